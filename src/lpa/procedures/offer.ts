/** What an SM-DP+ proposes, once both sides know each other. SGP.22 v2.5 §3.1.3 steps 3 to 5, §5.6.3. */
import { CancelledError, EuiccError, type LpaError, PolicyError, ServerError, TrustError } from '../errors.ts';
import { AuthenticateClient } from '../es9/es9p.ts';
import { callRsp, sameTransaction, type Values, wasNotSent } from '../es9/function.ts';
import { getRat, LOAD_BOUND_PROFILE_PACKAGE } from '../es10/es10b.ts';
import { getProfilesInfo } from '../es10/es10c.ts';
import type { EUICCInfo2 } from '../sgp22/euicc-info.ts';
import type { ProfileInfo, ProfileMetadata } from '../sgp22/profile.ts';
import type { Handshake } from './authenticate.ts';
import { codeStateOfInstalled } from './installed-before.ts';
import { callOptions, type Lpa, TEST_TAC } from './lpa.ts';
import { checkMetadataLimits } from './metadata-limits.ts';
import { type AllowedRule, checkPolicy, rulesOf } from './policy.ts';
import { beforeClient, endingWith } from './session.ts';

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
  /** Deviations of the metadata that some eUICCs refuse: sentences for the user. */
  readonly warnings: readonly string[];
  /** The confirmation code given before was wrong; this is a new session in which to give another. */
  readonly confirmationCodeRefused: boolean;
  /** How many confirmation codes may still be tried, where the server said so after the last. */
  readonly confirmationCodeTriesLeft?: number;
  /** The metadata is octet for octet what was consented to before: only the confirmation code is open. */
  readonly consentedBefore: boolean;
}

/** An offer before anybody was asked about it. */
export type OfferSoFar = Omit<Offer, 'confirmationCodeRefused' | 'confirmationCodeTriesLeft' | 'consentedBefore'>;
export type ClientAccepted = Values<NonNullable<(typeof AuthenticateClient)['response']>>;

export async function authenticateClient(lpa: Lpa, handshake: Handshake): Promise<ClientAccepted> {
  const { transactionId, authenticateServerResponse } = handshake;
  if (lpa.signal?.aborted) throw beforeClient(lpa, new CancelledError('postponed'));
  const accepted = await callRsp(
    lpa.servers.post,
    handshake.address,
    AuthenticateClient,
    { transactionId, authenticateServerResponse },
    callOptions(lpa),
  ).catch((error: unknown) => {
    throw wasNotSent(error) ? beforeClient(lpa, error) : withTacRemedy(lpa, error);
  });
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

/** 8.2.5/4.3 may be about the device, and the server was given a TAC that names none. */
function withTacRemedy({ device }: Lpa, error: unknown): unknown {
  const isAboutDevice = error instanceof ServerError && error.subjectCode === '8.2.5' && error.reasonCode === '4.3';
  if (!isAboutDevice || device.tac !== TEST_TAC) return error;
  const { function: fn, subjectCode, reasonCode, subjectIdentifier, serverMessage: message } = error;
  const remedy =
    'the eUICC (`lpa info`) or the device is not eligible; the server received the default TAC: ' +
    'give --imei or --tac of the device that the profile is for, or ask the operator for another profile';
  return new ServerError(fn, { subjectCode, reasonCode, subjectIdentifier, message }, { remedy, cause: error });
}

/** @throws {TrustError} */
export function checkTransaction(where: string, got: string, { transactionId }: Handshake): void {
  if (!sameTransaction(got, transactionId))
    throw new TrustError('transactionId', `${where}: the transaction is not this session's`);
}

/**
 * What is offered. What the eUICC can hold is asked of it before anybody is asked for consent.
 *
 * @returns with `refusal` where this eUICC would not take it: the profile is there already, its metadata is beyond a limit,
 *   or a rule is not allowed
 */
export async function readOffer(
  lpa: Lpa,
  handshake: Handshake,
  accepted: ClientAccepted,
): Promise<{ offer: OfferSoFar; refusal?: LpaError }> {
  const metadata = accepted.profileMetadata.value;
  const { euiccInfo2 } = handshake.euicc.euiccSigned1.value;
  const profiles = await getProfilesInfo(lpa.isdr);
  const limits = checkMetadataLimits(accepted.profileMetadata.bytes, metadata);
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
    warnings: limits.warnings,
  };
  if (profiles.some(({ iccid }) => iccid === metadata.iccid)) {
    // The eUICC would find out at the end, and the order would be spent.
    const { iccid } = metadata;
    const error = new EuiccError(LOAD_BOUND_PROFILE_PACKAGE, 'iccidAlreadyExists', {
      message: `this profile is already on this eUICC: ${iccid}`,
      details: { iccid },
    });
    error.codeState = await codeStateOfInstalled(lpa, handshake, iccid);
    return { offer, refusal: endingWith(error, 'postponed', error.codeState) };
  }
  if (limits.refusal) return { offer, refusal: limits.refusal };
  const rat = rulesOf(metadata).length > 0 ? await getRat(lpa.isdr) : [];
  try {
    const rules = checkPolicy(metadata, { forbidden: euiccInfo2.forbiddenProfilePolicyRules ?? [], rat, profiles });
    return { offer: { ...offer, rules } };
  } catch (error) {
    if (error instanceof PolicyError) return { offer, refusal: error };
    throw error;
  }
}
