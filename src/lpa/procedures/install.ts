/**
 * A bound package goes to the card. From the first segment on nothing is cancelled: the eUICC itself says how it ended.
 * SGP.22 v2.5 §2.5.6, §3.1.3 steps 9 and 10, §3.1.3.3, §5.7.6.
 */
import { DecodeError, EuiccError, LpaError, StatusWordError } from '../errors.ts';
import { sameTransaction } from '../es9/function.ts';
import { LOAD_BOUND_PROFILE_PACKAGE, loadBoundProfilePackage } from '../es10/es10b.ts';
import type { BoundProfilePackage } from '../sgp22/bpp.ts';
import { ProfileInstallationResult, type ProfileInstallationResultData } from '../sgp22/notification.ts';
import type { ProfileMetadata } from '../sgp22/profile.ts';
import type { Lpa } from './lpa.ts';
import { installationResults } from './pending-notifications.ts';
import { cancelOnBothSides, type OpenSession } from './session.ts';
import { isInterrupted } from './switch.ts';

export interface Installation {
  readonly iccid: string;
  readonly isdpAid?: string;
  readonly metadata: ProfileMetadata;
  /** The pending notification that tells the server: deliver it with `sendNotifications`. */
  readonly seqNumber: number;
}

/**
 * Load the package; the profile is left disabled.
 *
 * @throws {EuiccError} with function ES10b.LoadBoundProfilePackage when the eUICC reports that it failed
 */
export async function installProfile(
  lpa: Lpa,
  session: OpenSession,
  bpp: BoundProfilePackage,
  metadata: ProfileMetadata,
): Promise<Installation> {
  const result = await loadAndFindResult(lpa, session, bpp);
  const failed = installationError(result, metadata.iccid);
  if (failed) throw failed;
  const { finalResult, notificationMetadata } = result;
  const aid = 'successResult' in finalResult ? finalResult.successResult.aid : undefined;
  return { iccid: metadata.iccid, ...(aid && { isdpAid: aid }), metadata, seqNumber: notificationMetadata.seqNumber };
}

/** A ProfileInstallationResult as an error; undefined where it tells of success. */
export function installationError({ finalResult }: ProfileInstallationResultData, iccid?: string): EuiccError | undefined {
  if (!('errorResult' in finalResult)) return undefined;
  const { errorReason, bppCommandId, simaResponse } = finalResult.errorResult;
  const error = new EuiccError(LOAD_BOUND_PROFILE_PACKAGE, errorReason, {
    message: `installation failed in ${bppCommandId}: ${errorReason}`,
    details: { bppCommandId, errorReason, ...(iccid && { iccid }), ...(simaResponse && { simaResponse }) },
  });
  error.codeState = MAY_RETRY.has(errorReason) ? 'mayRetry' : 'used';
  return error;
}

const MAY_RETRY: ReadonlySet<string> = new Set([
  'installFailedDueToInterruption',
  'installFailedDueToInsufficientMemoryForProfile',
]);

async function loadAndFindResult(
  lpa: Lpa,
  session: OpenSession,
  bpp: BoundProfilePackage,
): Promise<ProfileInstallationResultData> {
  let failure: unknown;
  try {
    const answer = await loadBoundProfilePackage(lpa.isdr, bpp);
    if (answer.length > 0) return ProfileInstallationResult.decode(answer).value.profileInstallationResultData.value;
    failure = new EuiccError(LOAD_BOUND_PROFILE_PACKAGE, 'noResult', {
      message: 'the eUICC took the whole package and gave no result',
    });
  } catch (error) {
    failure = error;
  }
  const kept = await resultOnCard(lpa, session, failure);
  if (kept) return kept;
  // Only now, with no result anywhere, may the session be cancelled (§3.1.3.3).
  if (failure instanceof StatusWordError || failure instanceof EuiccError || failure instanceof DecodeError) {
    await cancelOnBothSides(lpa, session, 'loadBppExecutionError');
  }
  if (failure instanceof LpaError) failure.codeState = 'unknown';
  throw failure;
}

/** The eUICC may have stored what it did not manage to say. */
async function resultOnCard(
  { isdr, listener }: Lpa,
  { transactionId }: OpenSession,
  failure: unknown,
): Promise<ProfileInstallationResultData | undefined> {
  try {
    // A card that was reset has its result on its list, and the ISD-R has to be selected again to read it.
    if (isInterrupted(failure)) await isdr.reset();
    return (await installationResults(isdr)).find((data) => sameTransaction(data.transactionId, transactionId));
  } catch (cause) {
    // A card that is gone cannot tell; the failure that brought us here is the one to report.
    const message = `the result could not be looked for: ${cause instanceof Error ? cause.message : String(cause)}`;
    if (cause !== failure) listener?.({ type: 'warning', message, cause });
    return undefined;
  }
}
