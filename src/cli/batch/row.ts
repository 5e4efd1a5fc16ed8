/** One row of a plan on its card: from whatever was done of it before to done. */
import { EuiccError, LpaError, UsageError } from '../../lpa/errors.ts';
import { LOAD_BOUND_PROFILE_PACKAGE } from '../../lpa/es10/es10b.ts';
import { getEid, getProfilesInfo } from '../../lpa/es10/es10c.ts';
import type { Isdr } from '../../lpa/es10/isdr.ts';
import { targetOf } from '../../lpa/procedures/authenticate.ts';
import { inspectOffer } from '../../lpa/procedures/discovery.ts';
import { type Consent, downloadProfile } from '../../lpa/procedures/download.ts';
import { renameProfile, switchProfile } from '../../lpa/procedures/switch.ts';
import type { ProfileInfo } from '../../lpa/sgp22/profile.ts';
import { exitCodeOf } from '../../terminal/exit-codes.ts';
import type { App } from '../app.ts';
import { deliverPending } from '../downloads/send-notifications.ts';
import { consentOf } from '../input/consent.ts';
import { type ErrorMembers, errorMembers } from '../output/present.ts';
import { identityOf, type PlanRow } from './plan.ts';
import type { Progress, ProgressFile } from './progress-file.ts';

export interface Outcome {
  /** `left`: it was not begun. `offered`: what a dry run saw. */
  readonly result: 'done' | 'failed' | 'left' | 'offered';
  /** An earlier run did it. */
  readonly earlier?: true;
  readonly eid?: string;
  readonly iccid?: string;
  readonly error?: ErrorMembers;
  readonly exitCode?: number;
}

export interface RowOptions {
  readonly acceptedRules: readonly string[];
  readonly dryRun: boolean;
  readonly progress: ProgressFile;
}

/** Failures that leave the code as good as it was, or nearly: the next run tries again. */
const MAY_TRY_AGAIN: readonly (string | undefined)[] = ['untouched', 'good', 'likelyGood', 'mayRetry', 'unknown', undefined];

/** What an earlier run made of it, where nothing more is to be done. */
export function settled(row: PlanRow, { progress }: RowOptions): Outcome | undefined {
  const known = progress.of(identityOf(row));
  if (known?.state !== 'done' && known?.state !== 'failed') return undefined;
  const { eid, iccid, error, exitCode } = known;
  if (row.eid !== undefined && row.eid !== eid) return undefined; // told with the card at hand
  if (known.state === 'done') return { result: 'done', earlier: true, eid, iccid };
  return { result: 'failed', earlier: true, eid, iccid, ...(error && { error }), ...(exitCode && { exitCode }) };
}

/** @param app of the card that the row means */
export async function carryOut(app: App, row: PlanRow, options: RowOptions): Promise<Outcome> {
  let eid: string | undefined;
  let iccid: string | undefined;
  try {
    const isdr = await app.openIsdr();
    eid = await getEid(isdr);
    checkCard(row, eid, options.progress.of(identityOf(row)));
    if (options.dryRun) return { result: 'offered', eid, iccid: await offered(app, row) };
    const profile = await installed(app, isdr, row, eid, options, (known) => {
      iccid = known;
    });
    if (row.nickname !== undefined) await renameProfile(isdr, profile, row.nickname);
    if (row.enable) await switchProfile(isdr, 'enabled', profile);
    await deliverPending(app);
    iccid = profile.iccid ?? '';
    options.progress.note(identityOf(row), { state: 'done', eid, iccid });
    return { result: 'done', eid, iccid };
  } catch (error) {
    if (!(error instanceof LpaError)) throw error;
    if (app.signal.aborted && !app.wrote) return { result: 'left', ...(eid && { eid }) };
    const members = await errorMembers(error, app);
    const exitCode = exitCodeOf(error);
    const known = options.progress.of(identityOf(row));
    if (known?.state === 'begun' && !MAY_TRY_AGAIN.includes(error.codeState)) {
      options.progress.note(identityOf(row), { ...known, state: 'failed', error: members, exitCode });
    }
    return { result: 'failed', ...(eid && { eid }), ...(iccid && { iccid }), error: members, exitCode };
  }
}

/** @throws {UsageError} where the card is another one than the row, or an earlier run, means */
function checkCard(row: PlanRow, eid: string, known: Progress | undefined): void {
  if (row.eid !== undefined && row.eid !== eid) throw new UsageError('another card was put into the reader meanwhile');
  if (known && known.eid !== eid) {
    throw new UsageError(`the code was used with another card, whose EID is ${known.eid}`, {
      remedy: 'each card wants a code of its own',
    });
  }
}

/** @returns the ICCID. @throws {LpaError} what would stand in the way */
async function offered(app: App, row: PlanRow): Promise<string> {
  const offer = await inspectOffer(await app.lpa(), targetOf(row.code));
  if (offer.refusal) throw offer.refusal;
  if (offer.ccRequired && row.confirmationCode === undefined) throw noConfirmationCode();
  return offer.metadata.iccid;
}

const noConfirmationCode = (): UsageError =>
  new UsageError('the server wants a confirmation code', { remedy: 'add a column "confirmationCode" to the plan' });

/** The profile of the row, as the card lists it: downloaded now, unless it is there already. */
async function installed(
  app: App,
  isdr: Isdr,
  row: PlanRow,
  eid: string,
  { progress, acceptedRules }: RowOptions,
  tell: (iccid: string) => void,
): Promise<ProfileInfo> {
  const identity = identityOf(row);
  const known = progress.of(identity);
  // The ICCID was noted before the package was asked for, when it was on no card.
  const there = known && (await profileWith(isdr, known.iccid));
  if (known && there) {
    tell(known.iccid);
    return there;
  }
  if (known && known.state !== 'begun') {
    throw new UsageError(`the profile ${known.iccid} was installed by an earlier run and is gone: the code cannot be used again`);
  }
  const agree = consentOf(app, { confirmationCode: row.confirmationCode, acceptedRules });
  const consent: Consent = async (offer) => {
    if (offer.ccRequired && row.confirmationCode === undefined) throw noConfirmationCode();
    const answer = await agree(offer);
    if (!('cancel' in answer)) progress.note(identity, { state: 'begun', eid, iccid: offer.metadata.iccid });
    return answer;
  };
  app.useCode(row.code.smdpAddress, row.code.matchingId);
  let iccid: string;
  try {
    ({ iccid } = await downloadProfile(await app.lpa(), targetOf(row.code), consent));
  } catch (error) {
    // A failed installation has a result too, and its server is waiting for it.
    if (error instanceof EuiccError && error.function === LOAD_BOUND_PROFILE_PACKAGE) await deliverPending(app);
    throw error;
  }
  progress.note(identity, { state: 'installed', eid, iccid });
  tell(iccid);
  const profile = await profileWith(isdr, iccid);
  if (profile) return profile;
  throw new EuiccError('ES10c.GetProfilesInfo', 'iccidOrAidNotFound', { message: 'the eUICC does not list the new profile' });
}

const profileWith = async (isdr: Isdr, iccid: string): Promise<ProfileInfo | undefined> =>
  (await getProfilesInfo(isdr)).find((profile) => profile.iccid === iccid);
