/**
 * Enable, disable, delete, rename. A card's yes is not believed: only what it shows when it is read again. SGP.22 v2.5
 * §3.2.1 to §3.2.4.
 *
 * Cards differ in what they accept, so there is a ladder: ICCID and refreshFlag 1, ICCID and 0, AID and 1, AID and 0. It is
 * climbed on answers that may come from the form of the request, never on those that are decisions.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { isValidText, utf8Bytes } from '../bytes.ts';
import { drainProactive } from '../card/proactive.ts';
import { CardError, DecodeError, EuiccError, StatusWordError, UsageError } from '../errors.ts';
import * as es10c from '../es10/es10c.ts';
import type { Isdr } from '../es10/isdr.ts';
import type { ProfileIdentifier, ProfileInfo } from '../sgp22/profile.ts';

export type ProfileState = 'enabled' | 'disabled';

/** Answers that another form of the same request may turn into a yes. */
const CLIMB_ON: ReadonlySet<string> = new Set(['iccidOrAidNotFound', 'undefinedError']);
const CAT_BUSY_TRIES = 3;
const CAT_BUSY_WAIT_MS = 500;
/** Octets of UTF-8 in a nickname (§5.7.21). */
const MAX_NICKNAME = 64;

/**
 * Bring one profile to a state; the card is reset afterwards, for there is no modem here to REFRESH.
 *
 * The reset stands for a REFRESH that the card announces, so the command is not fetched, as other LPAs on PC/SC do not fetch it
 * either. A card that does not change its state by that is asked once more, and everything is fetched from then on.
 *
 * @param profile as the card listed it
 * @returns whether anything had to be sent
 * @throws {EuiccError} the card's decision, or `stateUnchanged` when it said yes and did not do it
 */
export async function switchProfile(isdr: Isdr, wanted: ProfileState, profile: ProfileInfo): Promise<{ changed: boolean }> {
  if (profile.profileState === wanted) return { changed: false };
  let last: unknown;
  let fetches = false;
  const forms = [...rungs(profile)];
  for (let form = forms.shift(); form; form = forms.shift()) {
    let leavesRefresh = false;
    try {
      await attempt(isdr, wanted, ...form);
      leavesRefresh = !fetches && isdr.pendingProactive > 0;
    } catch (error) {
      if (!mayClimb(error)) throw error;
      last = error;
    }
    await (fetches ? settle(isdr) : isdr.reset());
    if ((await readProfile(isdr, profile, es10c.STATE_FIELDS))?.profileState === wanted) return { changed: true };
    if (leavesRefresh) forms.unshift(form);
    fetches = true;
  }
  if (last) throw last;
  const fn = wanted === 'enabled' ? es10c.EnableProfile.name : es10c.DisableProfile.name;
  throw new EuiccError(fn, 'stateUnchanged', { message: `${fn}: the eUICC said ok, and the profile is still not ${wanted}` });
}

/** Delete a disabled profile; believed when the card no longer lists it. @throws {EuiccError} */
export async function removeProfile(isdr: Isdr, profile: ProfileInfo): Promise<void> {
  let last: unknown;
  for (const identifier of identifiers(profile)) {
    try {
      await es10c.deleteProfile(isdr, identifier);
    } catch (error) {
      if (!mayClimb(error)) throw error;
      last = error;
    }
    if (!(await readProfile(isdr, profile, ['iccid', 'isdpAid']))) return;
  }
  throw (
    last ??
    new EuiccError(es10c.DeleteProfile.name, 'stateUnchanged', {
      message: `${es10c.DeleteProfile.name}: the eUICC said ok, and the profile is still there`,
    })
  );
}

/** @throws {UsageError} when a nickname is too long or is not valid UTF-8; a command checks it before a card is used */
export function checkNickname(nickname: string): void {
  if (!isValidText(nickname)) {
    throw new UsageError('the nickname is not valid UTF-8', { remedy: 'set your terminal to UTF-8, or use ASCII letters' });
  }
  const { length } = utf8Bytes(nickname);
  if (length > MAX_NICKNAME) throw new UsageError(`the nickname has ${length} octets in UTF-8, at most ${MAX_NICKNAME} fit`);
}

/** @throws {UsageError} as checkNickname does. @throws {EuiccError} `iccidNotFound` */
export async function renameProfile(isdr: Isdr, profile: ProfileInfo, nickname: string): Promise<{ changed: boolean }> {
  checkNickname(nickname);
  if ((profile.profileNickname ?? '') === nickname) return { changed: false };
  if (!profile.iccid) throw new UsageError('the profile has no ICCID, and only by that can it be named');
  await es10c.setNickname(isdr, profile.iccid, nickname);
  return { changed: true };
}

const identifiers = ({ iccid, isdpAid }: ProfileInfo): readonly ProfileIdentifier[] => [
  ...(iccid ? [{ iccid }] : []),
  ...(isdpAid ? [{ isdpAid }] : []),
];

const rungs = (profile: ProfileInfo): readonly (readonly [ProfileIdentifier, boolean])[] =>
  identifiers(profile).flatMap((identifier) => [[identifier, true] as const, [identifier, false] as const]);

/** One rung. */
function attempt(isdr: Isdr, wanted: ProfileState, identifier: ProfileIdentifier, refreshFlag: boolean): Promise<void> {
  const call = wanted === 'enabled' ? es10c.enableProfile : es10c.disableProfile;
  return untilFree(isdr, () => call(isdr, identifier, refreshFlag));
}

/** catBusy is not a no: the card has a proactive session to finish first. Asked three times, no more. */
export async function untilFree(isdr: Isdr, ask: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof EuiccError) || error.result !== 'catBusy' || tries === CAT_BUSY_TRIES) throw error;
      await settle(isdr);
      await wait(CAT_BUSY_WAIT_MS * tries);
    }
  }
}

const mayClimb = (error: unknown): boolean => isNoAnswer(error) || (error instanceof EuiccError && CLIMB_ON.has(error.result));

/** A status word alone, one that nobody can read, or none: the card may have done it all the same. */
export const isNoAnswer = (error: unknown): boolean =>
  error instanceof StatusWordError || error instanceof DecodeError || isInterrupted(error);

/** Cards that restart themselves in the middle of the answer: what counts is what they show afterwards. */
export const isInterrupted = (error: unknown): boolean => error instanceof CardError && error.problem === 'reset';

/** Let the card say what it has to say, then start it anew: from here on it shows its new state. */
export async function settle(isdr: Isdr): Promise<void> {
  try {
    await drainProactive(isdr.card.transmit, isdr.pendingProactive);
  } catch (error) {
    if (!isInterrupted(error)) throw error;
  }
  await isdr.reset();
}

const readProfile = async (
  isdr: Isdr,
  { iccid, isdpAid }: ProfileInfo,
  fields: readonly es10c.ProfileInfoField[],
): Promise<ProfileInfo | undefined> =>
  (await es10c.getProfilesInfo(isdr, fields)).find((profile) => (iccid ? profile.iccid === iccid : profile.isdpAid === isdpAid));
