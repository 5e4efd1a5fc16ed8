/** Profile download and installation. SGP.22 v2.5 §3.1.3; the LPDd role. */
import { equalBytes, isValidText } from '../bytes.ts';
import { CancelledError, DecodeError, EuiccError, LpaError, ServerError, TrustError, UsageError } from '../errors.ts';
import { GetBoundProfilePackage } from '../es9/es9p.ts';
import { callRsp, sameTransaction } from '../es9/function.ts';
import { hashConfirmationCode, LOAD_BOUND_PROFILE_PACKAGE, prepareDownload } from '../es10/es10b.ts';
import { fileReason } from '../file-error.ts';
import { triesLeftIn } from '../server-message.ts';
import { type BoundProfilePackage, InitialiseSecureChannelRequest, metadataOf, readBoundProfilePackage } from '../sgp22/bpp.ts';
import type { ProfileMetadata } from '../sgp22/profile.ts';
import { authenticate, type Handshake, type Target } from './authenticate.ts';
import { type Installation, installProfile } from './install.ts';
import { explainRefusal } from './installed-before.ts';
import type { JournalStage } from './journal.ts';
import { callOptions, type Lpa } from './lpa.ts';
import { differingField } from './metadata.ts';
import { authenticateClient, type ClientAccepted, checkTransaction, type Offer, type OfferSoFar, readOffer } from './offer.ts';
import { endingWith, endSession } from './session.ts';

/** Octets that a Bound Profile Package may have. */
const MAX_PACKAGE = 2 * 1024 * 1024;
/** Wrong confirmation codes that are asked again; servers count too, and stop sooner. */
const MAX_CONFIRMATION_CODES = 10;

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
  let triesLeft: number | undefined;
  let isJournalLost = false;
  for (let tries = 1; ; tries++) {
    const handshake = await beforeSession(lpa, () => authenticate(lpa, target));
    const { transactionId } = handshake;
    let stage: JournalStage = 'authenticated';
    const reached = async (next: JournalStage): Promise<void> => {
      stage = next;
      if (!(await noteStage(lpa, handshake, stage, isJournalLost))) isJournalLost = true;
    };
    try {
      await reached('authenticated');
      const { bpp, metadata } = await bindProfile(lpa, handshake, async (offer, octets) => {
        const answer = await consent({
          ...offer,
          confirmationCodeRefused: tries > 1,
          ...(triesLeft !== undefined && { confirmationCodeTriesLeft: triesLeft }),
          consentedBefore: consented !== undefined && equalBytes(consented, octets),
        });
        consented = octets;
        onlyCode = 'onlyCode' in answer && answer.onlyCode === true;
        await reached('bound');
        return answer;
      });
      await reached('loading');
      const installation = await installProfile(lpa, handshake, bpp, metadata);
      if (!noteInstalled(lpa, installation.iccid, isJournalLost)) isJournalLost = true;
      lpa.journal?.remove(transactionId);
      return installation;
    } catch (error) {
      // An order that is asked for without a matching ID is any that waits for this eUICC.
      if (target.matchingId) await explainRefusal(lpa, handshake, error);
      if (isOutcomeKnown(error, stage)) lpa.journal?.remove(transactionId);
      if (isRefusedConfirmationCode(error) && tries < MAX_CONFIRMATION_CODES && !onlyCode && !lpa.signal?.aborted) {
        triesLeft = triesLeftIn(error.serverMessage);
        continue;
      }
      throw error;
    }
  }
}

/**
 * Whether this error tells the user how the download ended. Otherwise the entry stays, and the next command asks the card:
 * from the first segment on, only the result of the eUICC is an end.
 */
function isOutcomeKnown(error: unknown, stage: JournalStage): boolean {
  if (!(error instanceof LpaError) || error.codeState === 'unknown') return false;
  return stage !== 'loading' || (error instanceof EuiccError && error.function === LOAD_BOUND_PROFILE_PACKAGE);
}

/**
 * Writes the stage to the journal. A journal that cannot be written is one warning and never the end of the download.
 *
 * @returns false when it could not be written
 */
async function noteStage(lpa: Lpa, handshake: Handshake, stage: JournalStage, isWarned: boolean): Promise<boolean> {
  const { journal, listener } = lpa;
  if (!journal) return true;
  try {
    const { readCertificate } = await import('../pki/certificate.ts');
    // The eUICC's certificate carries the EID; the card need not be asked.
    const { subject } = await readCertificate(handshake.euicc.euiccCertificate);
    const { address, transactionId } = handshake;
    journal.write({ eid: subject.serialNumber ?? '', address, transactionId, stage });
    return true;
  } catch (cause) {
    const message = `the journal could not be written: ${fileReason(cause)}`;
    if (!isWarned) listener?.({ type: 'warning', message, cause });
    return false;
  }
}

/** A history that cannot be written is a warning, unless the journal was one already: both are in one folder. */
function noteInstalled({ codeHistory, listener }: Lpa, iccid: string, isWarned: boolean): boolean {
  try {
    codeHistory?.installed(iccid);
    return true;
  } catch (cause) {
    if (isWarned) return false;
    listener?.({ type: 'warning', message: `the history of activation codes could not be written: ${fileReason(cause)}`, cause });
    return false;
  }
}

const isRefusedConfirmationCode = (error: unknown): error is ServerError =>
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
      ...(confirmationCode !== undefined && { hashCc: await hashConfirmationCode(confirmationCode, transactionId) }),
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

/** @returns the confirmation code to send. @throws {CancelledError, UsageError} where the End User did not agree to everything */
function agreed({ ccRequired, rules }: OfferSoFar, answer: ConsentAnswer): string | undefined {
  if ('cancel' in answer) throw new CancelledError(answer.cancel);
  const open = rules.filter(({ rule, consentRequired }) => consentRequired && !answer.acceptedRules?.includes(rule));
  if (open.length > 0)
    throw new UsageError(`the profile's policy rules were not accepted: ${open.map(({ rule }) => rule).join(', ')}`);
  if (!ccRequired) return undefined;
  if (!answer.confirmationCode) throw new UsageError('the server wants a confirmation code, and none was given');
  // A wrong one counts: the server gives few tries.
  if (!isValidText(answer.confirmationCode)) throw new UsageError('the confirmation code is not valid UTF-8');
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
