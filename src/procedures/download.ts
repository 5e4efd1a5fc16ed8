/** Profile download and installation. SGP.22 v2.5 §3.1.3; the LPDd role. */
import { equalBytes } from '../bytes.ts';
import {
  CancelledError,
  DecodeError,
  EuiccError,
  LpaError,
  PolicyError,
  ServerError,
  StatusWordError,
  TrustError,
  UsageError,
} from '../errors.ts';
import { AuthenticateClient, GetBoundProfilePackage } from '../es9/es9p.ts';
import { callRsp, sameTransaction, type Values } from '../es9/function.ts';
import {
  getRat,
  hashConfirmationCode,
  LOAD_BOUND_PROFILE_PACKAGE,
  loadBoundProfilePackage,
  prepareDownload,
  retrieveNotificationsList,
} from '../es10/es10b.ts';
import { getProfilesInfo } from '../es10/es10c.ts';
import { type BoundProfilePackage, InitialiseSecureChannelRequest, metadataOf, readBoundProfilePackage } from '../sgp22/bpp.ts';
import type { EUICCInfo2 } from '../sgp22/euicc-info.ts';
import { ProfileInstallationResult, type ProfileInstallationResultData } from '../sgp22/notification.ts';
import type { ProfileInfo, ProfileMetadata } from '../sgp22/profile.ts';
import { authenticate, type Handshake, type Target } from './authenticate.ts';
import type { JournalStage } from './journal.ts';
import { callOptions, type Lpa } from './lpa.ts';
import { differingField } from './metadata.ts';
import { type AllowedRule, checkPolicy, rulesOf } from './policy.ts';
import { cancelOnBothSides, endingWith, endSession } from './session.ts';

/** Octets that a Bound Profile Package may have. */
const MAX_PACKAGE = 2 * 1024 * 1024;
/** Wrong confirmation codes that are asked again; servers count too, and stop sooner. */
const MAX_CONFIRMATION_CODES = 10;

/** What the SM-DP+ proposes, and everything that the End User has to decide about. */
export interface Offer {
  readonly address: string;
  readonly smdpOid: string;
  readonly trustedBy: 'chip' | 'ca' | 'web';
  /** The CI that vouches for the server towards the eUICC, by key identifier. */
  readonly ciPKId: string;
  readonly metadata: ProfileMetadata;
  readonly ccRequired: boolean;
  readonly rules: readonly AllowedRule[];
  readonly euiccInfo2: EUICCInfo2;
  readonly profiles: readonly ProfileInfo[];
  /** The confirmation code given before was wrong; this is a new session in which to give another. */
  readonly confirmationCodeRefused: boolean;
  /** The metadata is octet for octet what was consented to before: only the confirmation code is open. */
  readonly consentedBefore: boolean;
}

export type ConsentAnswer =
  | {
      readonly confirmationCode?: string;
      readonly acceptedRules?: readonly string[];
      /** There is no other confirmation code to give: a refusal ends the download. */
      readonly onlyCode?: boolean;
    }
  | { readonly cancel: CancelledError['reason'] };

/** The one question a download asks. What it throws ends the session: a UsageError as postponed. */
export type Consent = (offer: Offer) => Promise<ConsentAnswer>;

export interface Installation {
  readonly iccid: string;
  readonly isdpAid?: string;
  readonly metadata: ProfileMetadata;
  /** The pending notification that tells the server: deliver it with `sendNotifications`. */
  readonly seqNumber: number;
}

type ClientAccepted = Values<NonNullable<(typeof AuthenticateClient)['response']>>;

/**
 * Download and install one Profile; it is left disabled. The result is a pending notification on the eUICC, a failure's
 * too: call `sendNotifications` afterwards, whether this returns or throws.
 *
 * Whatever it throws says by `codeState` what became of the activation code.
 *
 * @throws {CancelledError} when `consent` says no; the session is cancelled on both sides
 * @throws {EuiccError} with function ES10b.LoadBoundProfilePackage when the eUICC reports that the installation failed
 */
export async function downloadProfile(lpa: Lpa, target: Target, consent: Consent): Promise<Installation> {
  let consented: Uint8Array | undefined;
  let onlyCode = false;
  for (let tries = 1; ; tries++) {
    const handshake = await beforeSession(lpa, () => authenticate(lpa, target));
    const { transactionId } = handshake;
    const reached = (stage: JournalStage): Promise<void> => noteStage(lpa, handshake, stage);
    try {
      await reached('authenticated');
      const { bpp, metadata } = await bindProfile(lpa, handshake, async (offer, octets) => {
        const answer = await consent({
          ...offer,
          confirmationCodeRefused: tries > 1,
          consentedBefore: consented !== undefined && equalBytes(consented, octets),
        });
        consented = octets;
        onlyCode = 'onlyCode' in answer && answer.onlyCode === true;
        await reached('bound');
        return answer;
      });
      await reached('loading');
      const installation = await installProfile(lpa, handshake, bpp, metadata);
      lpa.journal?.remove(transactionId);
      return installation;
    } catch (error) {
      // What the user is told now needs no second telling; an outcome that nobody knows stays to be looked into.
      if (!(error instanceof LpaError) || error.codeState !== 'unknown') lpa.journal?.remove(transactionId);
      if (isRefusedConfirmationCode(error) && tries < MAX_CONFIRMATION_CODES && !onlyCode && !lpa.signal?.aborted) continue;
      throw error;
    }
  }
}

/** A journal that cannot be written is worth a warning and not the download. */
async function noteStage({ journal, listener }: Lpa, handshake: Handshake, stage: JournalStage): Promise<void> {
  if (!journal) return;
  try {
    const { readCertificate } = await import('../pki/certificate.ts');
    // The eUICC's certificate carries the EID; the card need not be asked.
    const { subject } = await readCertificate(handshake.euicc.euiccCertificate);
    const { address, transactionId } = handshake;
    journal.write({ eid: subject.serialNumber ?? '', address, transactionId, stage });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    listener?.({ type: 'warning', message: `the journal could not be written: ${why}`, cause });
  }
}

const isRefusedConfirmationCode = (error: unknown): boolean =>
  error instanceof ServerError && error.subjectCode === '8.2.7' && error.reasonCode === '3.8';

/** Nothing to cancel yet: the server has seen no activation code. */
export async function beforeSession<T>(lpa: Lpa, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (cause) {
    const error = lpa.signal?.aborted ? new CancelledError('postponed', { cause }) : cause;
    if (error instanceof LpaError) error.codeState = 'untouched';
    throw error;
  }
}

/** An offer before anybody was asked about it. */
export type OfferSoFar = Omit<Offer, 'confirmationCodeRefused' | 'consentedBefore'>;
type AskConsent = (offer: OfferSoFar, metadataOctets: Uint8Array) => Promise<ConsentAnswer>;

/** From authenticated to bound: the part of a session that can still be cancelled. */
async function bindProfile(
  lpa: Lpa,
  handshake: Handshake,
  ask: AskConsent,
): Promise<{ bpp: BoundProfilePackage; metadata: ProfileMetadata }> {
  try {
    const accepted = await authenticateClient(lpa, handshake);
    const { offer, refusal } = await readOffer(lpa, handshake, accepted);
    if (refusal) throw refusal;
    const answer = await ask(offer, accepted.profileMetadata.bytes);
    stopWhenAborted(lpa);
    const confirmationCode = agreed(offer, answer);
    const { transactionId } = handshake;
    const prepareDownloadResponse = await prepareDownload(lpa.isdr, {
      smdpSigned2: accepted.smdpSigned2,
      smdpSignature2: accepted.smdpSignature2,
      smdpCertificate: accepted.smdpCertificate,
      ...(confirmationCode !== undefined && { hashCc: hashConfirmationCode(confirmationCode, transactionId) }),
    });
    const bound = await callRsp(
      lpa.servers.post,
      handshake.address,
      GetBoundProfilePackage,
      { transactionId, prepareDownloadResponse },
      callOptions(lpa),
    );
    checkTransaction(GetBoundProfilePackage.name, bound.transactionId, handshake);
    const bpp = checkPackage(bound.boundProfilePackage, handshake, accepted);
    stopWhenAborted(lpa);
    return { bpp, metadata: offer.metadata };
  } catch (error) {
    throw await endSession(lpa, handshake, error);
  }
}

export async function authenticateClient(lpa: Lpa, handshake: Handshake): Promise<ClientAccepted> {
  const { transactionId, authenticateServerResponse } = handshake;
  const accepted = await callRsp(
    lpa.servers.post,
    handshake.address,
    AuthenticateClient,
    { transactionId, authenticateServerResponse },
    callOptions(lpa),
  );
  checkTransaction(AuthenticateClient.name, accepted.transactionId, handshake);
  checkTransaction(`${AuthenticateClient.name}/smdpSigned2`, accepted.smdpSigned2.value.transactionId, handshake);
  const { readCertificate } = await import('../pki/certificate.ts');
  const { oid } = await readCertificate(accepted.smdpCertificate);
  if (oid === undefined || oid !== handshake.serverOid) {
    throw new TrustError(
      'dpPbOid',
      `${AuthenticateClient.name}: CERT.DPpb is of SM-DP+ ${oid ?? '(unnamed)'}, CERT.DPauth of ${handshake.serverOid}`,
    );
  }
  return accepted;
}

function checkTransaction(where: string, got: string, { transactionId }: Handshake): void {
  if (!sameTransaction(got, transactionId))
    throw new TrustError('transactionId', `${where}: the transaction is not this session's`);
}

/**
 * What is offered. What the eUICC can hold is asked of it before anybody is asked for consent.
 *
 * @returns with `refusal` where this eUICC would not take it: the profile is there already, or a rule is not allowed
 */
export async function readOffer(
  lpa: Lpa,
  handshake: Handshake,
  accepted: ClientAccepted,
): Promise<{ offer: OfferSoFar; refusal?: LpaError }> {
  const metadata = accepted.profileMetadata.value;
  const { euiccInfo2 } = handshake.euicc.euiccSigned1.value;
  const profiles = await getProfilesInfo(lpa.isdr);
  const offer = {
    address: handshake.address,
    smdpOid: handshake.serverOid,
    trustedBy: lpa.servers.trustOf(handshake.address)?.trustedBy ?? ('chip' as const),
    ciPKId: handshake.ciPKId,
    metadata,
    ccRequired: accepted.smdpSigned2.value.ccRequiredFlag,
    rules: [],
    euiccInfo2,
    profiles,
  };
  if (profiles.some(({ iccid }) => iccid === metadata.iccid)) {
    // The eUICC would find out at the end, and the order would be spent.
    const error = new EuiccError(LOAD_BOUND_PROFILE_PACKAGE, 'iccidAlreadyExists', {
      message: `a profile with ICCID ${metadata.iccid} is on the eUICC already`,
    });
    return { offer, refusal: endingWith(error, 'postponed', 'good') };
  }
  const rat = rulesOf(metadata).length > 0 ? await getRat(lpa.isdr) : [];
  try {
    const rules = checkPolicy(metadata, { forbidden: euiccInfo2.forbiddenProfilePolicyRules ?? [], rat, profiles });
    return { offer: { ...offer, rules } };
  } catch (error) {
    if (error instanceof PolicyError) return { offer, refusal: error };
    throw error;
  }
}

/** @returns the confirmation code to send. @throws {CancelledError, UsageError} where the End User did not agree to everything */
function agreed({ ccRequired, rules }: OfferSoFar, answer: ConsentAnswer): string | undefined {
  if ('cancel' in answer) throw new CancelledError(answer.cancel);
  const open = rules.filter(({ rule, consentRequired }) => consentRequired && !answer.acceptedRules?.includes(rule));
  if (open.length > 0)
    throw new UsageError(`the profile's policy rules were not accepted: ${open.map(({ rule }) => rule).join(', ')}`);
  if (!ccRequired) return undefined;
  if (!answer.confirmationCode) throw new UsageError('the server wants a confirmation code, and none was given');
  return answer.confirmationCode;
}

/** The whole package is in hand and checked before the first octet of it goes to the card. */
function checkPackage(bytes: Uint8Array, { transactionId }: Handshake, { profileMetadata }: ClientAccepted): BoundProfilePackage {
  try {
    if (bytes.length > MAX_PACKAGE)
      throw new DecodeError('BoundProfilePackage', `${bytes.length} octets, more than ${MAX_PACKAGE}`);
    const bpp = readBoundProfilePackage(bytes);
    const bound = InitialiseSecureChannelRequest.decode(bpp.initialiseSecureChannel.bytes).transactionId;
    if (!sameTransaction(bound, transactionId)) throw new DecodeError('BoundProfilePackage/transactionId', "not this session's");
    const field = differingField(profileMetadata.bytes, metadataOf(bpp));
    if (field !== undefined) {
      const error = new TrustError('metadata', `${GetBoundProfilePackage.name}: ${field} in the package is not what was shown`);
      throw endingWith(error, 'metadataMismatch', 'ended');
    }
    return bpp;
  } catch (error) {
    throw error instanceof DecodeError ? endingWith(error, 'loadBppExecutionError', 'ended') : error;
  }
}

function stopWhenAborted({ signal }: Lpa): void {
  if (signal?.aborted) throw new CancelledError('postponed');
}

/** After the first segment nothing is cancelled: the eUICC itself says how it ended. */
async function installProfile(
  lpa: Lpa,
  handshake: Handshake,
  bpp: BoundProfilePackage,
  metadata: ProfileMetadata,
): Promise<Installation> {
  const result = await loadAndFindResult(lpa, handshake, bpp);
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
  handshake: Handshake,
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
  const kept = await resultOnCard(lpa, handshake, failure);
  if (kept) return kept;
  // Only now, with no result anywhere, may the session be cancelled (§3.1.3.3).
  if (failure instanceof StatusWordError || failure instanceof EuiccError || failure instanceof DecodeError) {
    await cancelOnBothSides(lpa, handshake, 'loadBppExecutionError');
  }
  if (failure instanceof LpaError) failure.codeState = 'unknown';
  throw failure;
}

/** The eUICC may have stored what it did not manage to say. */
async function resultOnCard(
  { isdr, listener }: Lpa,
  { transactionId }: Handshake,
  failure: unknown,
): Promise<ProfileInstallationResultData | undefined> {
  try {
    const pending = await retrieveNotificationsList(isdr, {
      searchCriteria: { profileManagementOperation: ['notificationInstall'] },
    });
    return pending
      .flatMap((item) =>
        'profileInstallationResult' in item ? [item.profileInstallationResult.value.profileInstallationResultData.value] : [],
      )
      .find((data) => sameTransaction(data.transactionId, transactionId));
  } catch (cause) {
    // A card that is gone cannot tell; the failure that brought us here is the one to report.
    const message = `the result could not be looked for: ${cause instanceof Error ? cause.message : String(cause)}`;
    if (cause !== failure) listener?.({ type: 'warning', message, cause });
    return undefined;
  }
}
