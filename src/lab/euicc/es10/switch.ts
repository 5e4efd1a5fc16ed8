/** ES10c on the card: what changes which profile is there and enabled. SGP.22 v2.5 §3.2, §5.7.16 to §5.7.19, the checks in their order. */
import type { Infer } from '../../../lpa/asn1/schema.ts';
import { DeleteProfile, DisableProfile, EnableProfile, EuiccMemoryReset } from '../../../lpa/es10/es10c.ts';
import type {
  DeleteProfileResponse,
  DisableProfileResponse,
  EnableProfileResponse,
  EuiccMemoryResetResponse,
  ProfileIdentifier,
} from '../../../lpa/sgp22/profile.ts';
import type { Chip } from '../chip.ts';
import { metadataOf, type PendingSwitch, type ProfileRecord } from '../state.ts';
import { answer } from './es10.ts';
import { findProfile } from './es10c.ts';
import { notify } from './notifications.ts';

type Enable = Infer<typeof EnableProfileResponse>['enableResult'];
type Disable = Infer<typeof DisableProfileResponse>['disableResult'];
type Delete = Infer<typeof DeleteProfileResponse>['deleteResult'];
type Reset = Infer<typeof EuiccMemoryResetResponse>['resetResult'];

/** A result other than ok, and why. */
interface Refusal<Result> {
  readonly result: Result;
  readonly why: string;
}

export const switchAnswers = [
  answer(
    EnableProfile,
    (chip, { profileIdentifier, refreshFlag }) => ({
      enableResult: carryOut<Enable>(chip, EnableProfile.name, () => {
        const target = named(chip, profileIdentifier);
        if (!target) return { result: 'iccidOrAidNotFound', why: 'no such profile' };
        if (target.enabled) return { result: 'profileNotInDisabledState', why: `${target.iccid} is enabled` };
        const current = enabledProfile(chip);
        if (isTest(current) && !isTest(target) && ![undefined, target.iccid].includes(chip.state.enabledBeforeTest)) {
          return { result: 'wrongProfileReenabling', why: `${chip.state.enabledBeforeTest} was enabled before the test profile` };
        }
        // A test profile may take the place of one that must not be disabled: that one comes back after it (§2.4.5.3).
        if (current && !isTest(target) && hasRule(current, 'ppr1'))
          return { result: 'disallowedByPolicy', why: `${current.iccid} has ppr1` };
        return switchTo(chip, { enable: target.iccid, ...(current && { disable: current.iccid }) }, refreshFlag) ?? target.iccid;
      }),
    }),
    { enableResult: 'undefinedError' },
  ),

  answer(
    DisableProfile,
    (chip, { profileIdentifier, refreshFlag }) => ({
      disableResult: carryOut<Disable>(chip, DisableProfile.name, () => {
        const target = named(chip, profileIdentifier);
        if (!target) return { result: 'iccidOrAidNotFound', why: 'no such profile' };
        if (!target.enabled) return { result: 'profileNotInEnabledState', why: `${target.iccid} is disabled` };
        if (hasRule(target, 'ppr1')) return { result: 'disallowedByPolicy', why: `${target.iccid} has ppr1` };
        const back = isTest(target) ? chip.state.enabledBeforeTest : undefined;
        return (
          switchTo(chip, { disable: target.iccid, ...(back !== undefined && { enable: back }) }, refreshFlag) ?? target.iccid
        );
      }),
    }),
    { disableResult: 'undefinedError' },
  ),

  answer(
    DeleteProfile,
    (chip, profileIdentifier) => ({
      deleteResult: carryOut<Delete>(chip, DeleteProfile.name, () => {
        const target = named(chip, profileIdentifier);
        if (!target) return { result: 'iccidOrAidNotFound', why: 'no such profile' };
        if (target.enabled) return { result: 'profileNotInDisabledState', why: `${target.iccid} is enabled` };
        if (hasRule(target, 'ppr2')) return { result: 'disallowedByPolicy', why: `${target.iccid} has ppr2` };
        remove(chip, target);
        return target.iccid;
      }),
    }),
    { deleteResult: 'undefinedError' },
  ),

  answer(
    EuiccMemoryReset,
    (chip, { resetOptions }) => ({
      resetResult: carryOut<Reset>(chip, EuiccMemoryReset.name, () => {
        if (isBusy(chip)) return { result: 'catBusy', why: 'a proactive command is not done' };
        const doomed = chip.state.profiles.filter((profile) => isMeant(profile, resetOptions));
        const address = resetOptions.includes('resetDefaultSmdpAddress');
        if (doomed.length === 0 && !address)
          return { result: 'nothingToDelete', why: `nothing is meant by ${resetOptions.join(', ') || 'no option'}` };
        const refresh = doomed.some(({ enabled }) => enabled);
        for (const profile of doomed) remove(chip, profile);
        if (address) chip.state.defaultDpAddress = chip.state.initialDpAddress;
        chip.changed();
        if (refresh) askForRefresh(chip);
        return `${doomed.length} profiles deleted`;
      }),
    }),
    { resetResult: 'undefinedError' },
  ),
];

/** @param decide a refusal, or what was done in words */
function carryOut<Result>(chip: Chip, name: string, decide: () => Refusal<Result> | string): Result | 'ok' {
  const decision = decide();
  if (typeof decision === 'string') {
    chip.log(name, `${decision}: ok`, { result: 'ok' });
    return 'ok';
  }
  chip.log(name, `${decision.why}: ${decision.result}`, { result: decision.result });
  return decision.result;
}

/** Some cards know their profiles by AID alone. */
const named = (chip: Chip, identifier: ProfileIdentifier): ProfileRecord | undefined =>
  chip.manners.aidOnly && 'iccid' in identifier ? undefined : findProfile(chip, identifier);

const enabledProfile = ({ state }: Chip): ProfileRecord | undefined => state.profiles.find(({ enabled }) => enabled);
const isTest = (profile: ProfileRecord | undefined): boolean =>
  profile !== undefined && metadataOf(profile).profileClass === 'test';
const hasRule = (profile: ProfileRecord, rule: 'ppr1' | 'ppr2'): boolean =>
  metadataOf(profile).profilePolicyRules?.includes(rule) ?? false;

function isMeant(profile: ProfileRecord, options: readonly string[]): boolean {
  const { profileClass } = metadataOf(profile);
  if (profileClass === 'operational') return options.includes('deleteOperationalProfiles');
  return profileClass === 'test' && !profile.preLoaded && options.includes('deleteFieldLoadedTestProfiles');
}

const isBusy = ({ proactive, state }: Chip): boolean => proactive.busy || state.pendingSwitch !== undefined;

/** With refreshFlag the switch waits for the REFRESH it asks for, or a reset; without, it is done at once (§3.2.1). */
function switchTo(chip: Chip, change: PendingSwitch, refreshFlag: boolean): Refusal<'catBusy' | 'undefinedError'> | undefined {
  const { manners } = chip;
  if (isBusy(chip)) return { result: 'catBusy', why: 'a proactive command is not done' };
  if (chip.switchesRefused < manners.catBusyTimes) {
    chip.switchesRefused++;
    return { result: 'catBusy', why: `busy ${chip.switchesRefused} of ${manners.catBusyTimes} times` };
  }
  if (refreshFlag && manners.refusesRefresh) return { result: 'undefinedError', why: 'this card takes no refreshFlag' };
  if (chip.faults.ignoresSwitch()) return undefined;
  chip.state.pendingSwitch = change;
  chip.changed();
  if (!refreshFlag) settleSwitch(chip);
  else askForRefresh(chip);
  if (manners.deafUntilReset) chip.deaf = true;
  if (refreshFlag && manners.answerLostInRefresh) chip.answerLost = true;
  return undefined;
}

function askForRefresh(chip: Chip): void {
  const { manners } = chip;
  if (manners.resetsItself) chip.restart = true;
  else if (chip.terminalProfile || !manners.needsTerminalProfile)
    chip.proactive.refresh(manners.refresh, () => settleSwitch(chip));
}

/** What was switched takes effect: after a REFRESH, at a reset, or at once. */
export function settleSwitch(chip: Chip): void {
  const { state } = chip;
  const { pendingSwitch } = state;
  if (!pendingSwitch) return;
  state.pendingSwitch = undefined;
  const find = (iccid: string | undefined) => state.profiles.find((profile) => profile.iccid === iccid);
  const [disabled, enabled] = [find(pendingSwitch.disable), find(pendingSwitch.enable)];
  if (isTest(enabled) && !isTest(disabled)) state.enabledBeforeTest = disabled?.iccid;
  else if (!isTest(enabled)) state.enabledBeforeTest = undefined;
  if (chip.manners.fallsBack) state.fallback = { enable: disabled?.iccid, disable: enabled?.iccid };
  if (disabled) disabled.enabled = false;
  if (enabled) enabled.enabled = true;
  chip.changed();
  chip.log(
    'profile',
    `${[disabled && `${disabled.iccid} is disabled`, enabled && `${enabled.iccid} is enabled`].filter(Boolean).join(', ')}`,
  );
  if (disabled) notify(chip, disabled, 'notificationDisable');
  if (enabled) notify(chip, enabled, 'notificationEnable');
}

/** Manners: what was switched does not last. */
export function fallBack(chip: Chip): void {
  const { state } = chip;
  const { fallback } = state;
  if (!fallback) return;
  chip.log('profile', 'the card falls back to the profile before');
  state.pendingSwitch = fallback;
  settleSwitch(chip);
  state.fallback = undefined;
}

function remove(chip: Chip, profile: ProfileRecord): void {
  const { state } = chip;
  state.profiles = state.profiles.filter((each) => each !== profile);
  if (state.enabledBeforeTest === profile.iccid) state.enabledBeforeTest = undefined;
  chip.changed();
  notify(chip, profile, 'notificationDelete');
}
