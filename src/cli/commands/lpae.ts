/** lpa lpae: the LPA in the eUICC (LPAe). SGP.22 v2.5 §2.3, §5.7.1. */
import { CancelledError, EuiccError, UsageError } from '../../lpa/errors.ts';
import { GetEuiccInfo2 } from '../../lpa/es10/es10b.ts';
import type { Isdr } from '../../lpa/es10/isdr.ts';
import { activateLpae, LPAE_OPTIONS, LpaeActivation, type LpaeKind, lpaeSupportIn } from '../../lpa/es10/lpae.ts';
import type { App } from '../app.ts';
import { command } from '../command.ts';
import { lpaeMeaning, lpaeText } from '../output/lpae-text.ts';

interface Status {
  /** Absent where the FCI says nothing. */
  readonly lpaeSupport?: readonly LpaeKind[];
  /** Of EUICCInfo2, on eUICCs of SGP.22 v3. */
  readonly lpaMode?: string;
}

const status = {
  summary: 'Show whether the eUICC has its own LPA (LPAe)',
  details:
    'An LPAe works in a phone or modem, by the Card Application Toolkit (CAT) or a Smart Card Web Server (SCWS). `lpa` is the ' +
    'LPA of the device (LPAd) and does not need it.',
  async run(app: App): Promise<Status> {
    const isdr = await app.openIsdrWithFci();
    const lpaeSupport = lpaeSupportIn(isdr.selectResponse);
    const { lpaMode } = await isdr.call(GetEuiccInfo2, {});
    return { ...(lpaeSupport && { lpaeSupport }), ...(lpaMode !== undefined && { lpaMode }) };
  },
  text: ({ lpaeSupport, lpaMode }: Status): string =>
    [
      `LPA in the eUICC  ${lpaeText(lpaeSupport)}`,
      ...(lpaMode === undefined ? [] : [`LPA in use        ${lpaMode}`]),
      lpaeMeaning(lpaeSupport),
    ].join('\n'),
};

export const lpae = command({ ...status, usage: 'lpae', examples: ['lpa lpae', 'lpa lpae activate --cat'] });
export const lpaeStatus = command({ ...status, usage: 'lpae status', examples: ['lpa lpae status', 'lpa lpae status --json'] });

export const lpaeActivate = command({
  usage: 'lpae activate',
  summary: 'Activate the LPA in the eUICC (LPAe)',
  details:
    'An activated LPAe shows its menus on a phone or modem; a card reader shows nothing of it. `lpa` takes the power from the ' +
    'card when it ends, and an eUICC may forget the activation then.',
  examples: ['lpa lpae activate --cat', 'lpa lpae activate --scws --yes'],
  options: {
    cat: { flags: '--cat', text: 'the LPAe that uses the Card Application Toolkit' },
    scws: { flags: '--scws', text: 'the LPAe that uses a Smart Card Web Server' },
  },
  changes: true,
  async run(app, { cat, scws }) {
    if (cat && scws) throw new UsageError('--cat cannot be used with --scws');
    if (!app.settings.yes && !app.interactive) {
      throw new UsageError('confirmation required, but input is not a terminal', {
        remedy: 'add --yes to confirm the activation',
      });
    }
    const isdr = await app.openIsdrWithFci();
    const kind = cat ? 'lpaeUsingCat' : scws ? 'lpaeUsingScws' : theOnly(isdr);
    await confirm(app, kind);
    await activateLpae(isdr, kind);
    return { activated: kind };
  },
  json: ({ activated }) => ({ lpaeOption: [LPAE_OPTIONS[activated]], changed: true }),
  text: ({ activated }, { paint }) => `${paint.good('Activated')} the LPA in the eUICC (${lpaeText([activated])})`,
});

/** @throws {UsageError} where there are two @throws {EuiccError} where there is none */
function theOnly(isdr: Isdr): LpaeKind {
  const [first, second] = lpaeSupportIn(isdr.selectResponse) ?? [];
  if (first === undefined) throw new EuiccError(LpaeActivation.name, 'notSupported');
  if (second === undefined) return first;
  throw new UsageError('this eUICC has two kinds of LPAe', { remedy: 'add --cat or --scws' });
}

async function confirm(app: App, kind: LpaeKind): Promise<void> {
  if (app.settings.yes) return;
  const answer = await app.ask(`This activates the LPA in the eUICC (${lpaeText([kind])}).\nActivate? [y]es, [n]o (default): `);
  if (typeof answer !== 'string' && ['y', 'yes'].includes(answer.text.trim().toLowerCase())) return;
  throw new CancelledError(answer === 'timeout' ? 'timeout' : 'postponed', { message: 'not confirmed; nothing was changed' });
}
