/** lpa reset: eUICC memory reset. SGP.22 v2.5 §3.3.2. */
import { UsageError } from '../../lpa/errors.ts';
import { getEid, type ResetOption } from '../../lpa/es10/es10c.ts';
import { type Doomed, type Memory, readMemory, resetMemory, whatGoes } from '../../lpa/procedures/reset.ts';
import type { ProfileInfo } from '../../lpa/sgp22/profile.ts';
import type { OptionsOf, OptionTable } from '../../terminal/option.ts';
import { displayText } from '../../terminal/safe-text.ts';
import { command } from '../command.ts';
import { deliverPending } from '../downloads/send-notifications.ts';
import { canConfirm, confirmSevere } from '../input/confirm.ts';
import { titleOf } from '../input/select-profile.ts';
import { plural } from '../output/profile-names.ts';

interface Reset {
  readonly resetOptions: readonly ResetOption[];
  readonly changed: boolean;
  readonly before: Memory;
  readonly after: Memory;
  readonly notificationsPending?: number;
}

const OPTIONS = {
  operational: { flags: '--operational', text: 'delete every operational profile, the enabled one too' },
  test: { flags: '--test', text: 'delete test profiles, but for those that the maker put there' },
  defaultSmdp: { flags: '--default-smdp', text: 'set the default SM-DP+ back to what the maker set' },
  confirm: { flags: '--confirm <eid>', text: 'the EID in full, instead of being asked' },
} as const satisfies OptionTable;

export const reset = command({
  usage: 'reset',
  summary: 'Reset the memory of the eUICC: profiles of a kind, the default SM-DP+',
  details:
    'Shows what will go and asks for the last digits of the EID. Profiles go even when they are enabled or their rules forbid ' +
    'it, and their activation codes do not bring them back unless the operator says so. What the maker put there stays.',
  examples: [
    'lpa reset --operational',
    'lpa reset --operational --test --default-smdp --confirm 89049032000000000000000000000012',
  ],
  options: OPTIONS,
  changes: true,
  async run(app, options): Promise<Reset> {
    const resetOptions = resetOptionsFrom(options);
    canConfirm(app, options.confirm, 'EID');
    const isdr = await app.openIsdr();
    const before = await readMemory(isdr);
    const doomed = whatGoes(before, resetOptions);
    // The default SM-DP+ that the maker set is known to the card alone, so that has to be asked for.
    const nothing = doomed.operational.length + doomed.test.length === 0 && !options.defaultSmdp;
    if (nothing) return { resetOptions, changed: false, before, after: before };
    const what = whatText(doomed, options.defaultSmdp ?? false);
    if (options.confirm !== undefined) app.say(what);
    await confirmSevere(app, { what, identifier: 'EID', digits: await getEid(isdr), confirm: options.confirm });
    const { memory, changed } = await resetMemory(isdr, resetOptions, before);
    return { resetOptions, changed, before, after: memory };
  },
  text({ changed, before, after }, { paint }) {
    if (!changed) return 'There was nothing to reset';
    const gone = before.profiles.length - after.profiles.length;
    const left = `${plural(after.profiles.length, 'profile is', 'profiles are')} left`;
    const address =
      before.defaultDpAddress === after.defaultDpAddress
        ? ''
        : `; default SM-DP+: ${displayText(after.defaultDpAddress ?? '(none)')}`;
    return `${paint.good('Reset')}: ${plural(gone, 'profile')} deleted, ${left}${address}`;
  },
  json: ({ resetOptions, changed, notificationsPending }) => ({ resetOptions, changed, notificationsPending }),
  next: ({ changed }) => (changed ? '`lpa list`' : undefined),
  async afterwards(app, result) {
    const notificationsPending = await deliverPending(app);
    return { ...result, ...(notificationsPending !== undefined && { notificationsPending }) };
  },
});

function resetOptionsFrom({ operational, test, defaultSmdp }: OptionsOf<typeof OPTIONS>): ResetOption[] {
  const options: ResetOption[] = [
    ...(operational ? (['deleteOperationalProfiles'] as const) : []),
    ...(test ? (['deleteFieldLoadedTestProfiles'] as const) : []),
    ...(defaultSmdp ? (['resetDefaultSmdpAddress'] as const) : []),
  ];
  if (options.length > 0) return options;
  throw new UsageError('a reset of what? --operational, --test, --default-smdp, or several of them');
}

/** Safe to print. */
function whatText({ operational, test, defaultDpAddress }: Doomed, defaultSmdp: boolean): string {
  const profileLine = (profile: ProfileInfo, more = ''): string =>
    `  ${titleOf(profile)}${profile.profileState === 'enabled' ? ', in use' : ''}${more}`;
  return [
    'This takes from the card for good:',
    ...operational.map((profile) => profileLine(profile)),
    ...test.map((profile) => profileLine(profile, ', a test profile: unless the maker put it there')),
    ...(defaultSmdp
      ? [`  the default SM-DP+ ${displayText(defaultDpAddress ?? '(none is set)')}, back to what the maker set`]
      : []),
  ].join('\n');
}
