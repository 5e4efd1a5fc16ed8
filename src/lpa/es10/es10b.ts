/** ES10b: Profile download and notifications, LPA to ISD-R. SGP.22 v2.5 §5.7.5 to §5.7.14, §5.7.22. */
import type { Infer } from '../asn1/schema.ts';
import { concat, fromHex, utf8Bytes } from '../bytes.ts';
import { EuiccError } from '../errors.ts';
import {
  type AuthenticateResponseOk,
  AuthenticateServerRequest,
  AuthenticateServerResponse,
  CancelSessionRequest,
  CancelSessionResponse,
} from '../sgp22/authentication.ts';
import { type BoundProfilePackage, segmentsOf } from '../sgp22/bpp.ts';
import { LoadCrlRequest, LoadCrlResponse } from '../sgp22/crl.ts';
import { PrepareDownloadRequest, PrepareDownloadResponse } from '../sgp22/download.ts';
import {
  EUICCInfo1,
  EUICCInfo2,
  GetEuiccChallengeRequest,
  GetEuiccChallengeResponse,
  GetEuiccInfo1Request,
  GetEuiccInfo2Request,
} from '../sgp22/euicc-info.ts';
import {
  ListNotificationRequest,
  ListNotificationResponse,
  type NotificationMetadata,
  NotificationSentRequest,
  NotificationSentResponse,
  type PendingNotification,
  RetrieveNotificationsListRequest,
  RetrieveNotificationsListResponse,
} from '../sgp22/notification.ts';
import { GetRatRequest, GetRatResponse, type ProfilePolicyAuthorisationRule } from '../sgp22/policy.ts';
import { es10Function, type Isdr } from './isdr.ts';

/** Octets that a whole notification list may have: a full store of results, certificates and all. */
const MAX_NOTIFICATION_LIST = 256 * 1024;

export const LOAD_BOUND_PROFILE_PACKAGE = 'ES10b.LoadBoundProfilePackage';

export const GetEuiccInfo1 = es10Function('ES10b.GetEUICCInfo1', GetEuiccInfo1Request, EUICCInfo1);
export const GetEuiccInfo2 = es10Function('ES10b.GetEUICCInfo2', GetEuiccInfo2Request, EUICCInfo2);
export const GetEuiccChallenge = es10Function('ES10b.GetEUICCChallenge', GetEuiccChallengeRequest, GetEuiccChallengeResponse);
export const AuthenticateServer = es10Function('ES10b.AuthenticateServer', AuthenticateServerRequest, AuthenticateServerResponse);
export const PrepareDownload = es10Function('ES10b.PrepareDownload', PrepareDownloadRequest, PrepareDownloadResponse);
export const CancelSession = es10Function('ES10b.CancelSession', CancelSessionRequest, CancelSessionResponse);
export const LoadCrl = es10Function('ES10b.LoadCRL', LoadCrlRequest, LoadCrlResponse);
export const GetRat = es10Function('ES10b.GetRAT', GetRatRequest, GetRatResponse);
export const ListNotification = es10Function('ES10b.ListNotification', ListNotificationRequest, ListNotificationResponse);
export const RetrieveNotificationsList = es10Function(
  'ES10b.RetrieveNotificationsList',
  RetrieveNotificationsListRequest,
  RetrieveNotificationsListResponse,
  MAX_NOTIFICATION_LIST,
);
export const RemoveNotificationFromList = es10Function(
  'ES10b.RemoveNotificationFromList',
  NotificationSentRequest,
  NotificationSentResponse,
);

/**
 * Let the eUICC check the server and sign its answer (§5.7.13).
 *
 * @returns the whole response as the server wants it, and what stands in it when it is good
 * @throws {EuiccError} `invalidCertificate`, `invalidSignature`, `ciPKUnknown`, ...
 */
export async function authenticateServer(
  isdr: Isdr,
  request: Infer<typeof AuthenticateServerRequest>,
): Promise<{ response: Infer<typeof AuthenticateServerResponse>; ok: AuthenticateResponseOk }> {
  const response = await isdr.call(AuthenticateServer, request);
  const { value } = response;
  if ('authenticateResponseError' in value) {
    throw new EuiccError(AuthenticateServer.name, value.authenticateResponseError.errorCode);
  }
  return { response, ok: value.authenticateResponseOk };
}

/**
 * Consent, as the eUICC signs it: the one-time key the package will be bound to (§5.7.5).
 *
 * @returns PrepareDownloadResponse as the server wants it
 * @throws {EuiccError} `invalidSignature`, `noSessionContext`, ...
 */
export async function prepareDownload(
  isdr: Isdr,
  request: Infer<typeof PrepareDownloadRequest>,
): Promise<Infer<typeof PrepareDownloadResponse>> {
  const response = await isdr.call(PrepareDownload, request);
  const { value } = response;
  if ('downloadResponseError' in value) throw new EuiccError(PrepareDownload.name, value.downloadResponseError.errorCode);
  return response;
}

/**
 * End the session on the eUICC (§5.7.14).
 *
 * @returns CancelSessionResponse, signed, as the server wants it
 * @throws {EuiccError} `invalidTransactionId` when the eUICC has no such session
 */
export async function cancelSession(
  isdr: Isdr,
  request: Infer<typeof CancelSessionRequest>,
): Promise<Infer<typeof CancelSessionResponse>> {
  const response = await isdr.call(CancelSession, request);
  const { value } = response;
  if ('cancelSessionResponseError' in value) throw new EuiccError(CancelSession.name, value.cancelSessionResponseError);
  return response;
}

/** §5.7.5: the Confirmation Code never leaves the device in clear; its hash is bound to the transaction. */
export async function hashConfirmationCode(code: string, transactionId: string): Promise<Uint8Array> {
  const { createHash } = await import('node:crypto'); // loaded where a code is given, and not for every list
  const sha256 = (bytes: Uint8Array): Uint8Array => Uint8Array.from(createHash('sha256').update(bytes).digest());
  return sha256(concat(sha256(utf8Bytes(code)), fromHex(transactionId)));
}

/**
 * Send a Bound Profile Package, segment by segment, until the eUICC says how it ended (§2.5.5, §5.7.6).
 * Nothing is sent after the first answer with data: it is the result, good or bad.
 *
 * @param onSegment told before each segment: from then on the session cannot be cancelled
 * @returns the octets of the ProfileInstallationResult; empty when the eUICC took everything and gave none
 * @throws {StatusWordError} when the card refused a segment without a result
 */
export async function loadBoundProfilePackage(
  isdr: Isdr,
  bpp: BoundProfilePackage,
  onSegment: () => void = () => {},
): Promise<Uint8Array> {
  const total = bpp.root.bytes.length;
  let sent = 0;
  isdr.progress(LOAD_BOUND_PROFILE_PACKAGE, sent, total);
  for (const segment of segmentsOf(bpp)) {
    onSegment();
    const answer = await isdr.storeData(segment, LOAD_BOUND_PROFILE_PACKAGE);
    sent += segment.length;
    isdr.progress(LOAD_BOUND_PROFILE_PACKAGE, sent, total);
    if (answer.length > 0) return answer;
  }
  return new Uint8Array();
}

/** Rules that the maker allows profiles to have, in order; empty where the card has no table (§5.7.22). */
export async function getRat(isdr: Isdr): Promise<ProfilePolicyAuthorisationRule[]> {
  return (await isdr.call(GetRat, {})).rat;
}

/** What waits to be told to servers, without the signed notifications themselves (§5.7.9). @throws {EuiccError} */
export async function listNotification(isdr: Isdr): Promise<NotificationMetadata[]> {
  const response = await isdr.call(ListNotification, {});
  if ('listNotificationsResultError' in response) {
    throw new EuiccError(ListNotification.name, response.listNotificationsResultError);
  }
  return response.notificationMetadataList;
}

/** Signed notifications, as octets to deliver (§5.7.10). @throws {EuiccError} `undefinedError` */
export async function retrieveNotificationsList(
  isdr: Isdr,
  request: Infer<typeof RetrieveNotificationsListRequest> = {},
): Promise<PendingNotification[]> {
  const response = await isdr.call(RetrieveNotificationsList, request);
  if ('notificationList' in response) return response.notificationList;
  if (response.notificationsListResultError === 'noResultAvailable') return [];
  throw new EuiccError(RetrieveNotificationsList.name, response.notificationsListResultError);
}

/** Drop a notification that the server took (§5.7.11). @returns false when there was none of that number. @throws {EuiccError} */
export async function removeNotificationFromList(isdr: Isdr, seqNumber: number): Promise<boolean> {
  const { deleteNotificationStatus } = await isdr.call(RemoveNotificationFromList, { seqNumber });
  if (deleteNotificationStatus === 'ok') return true;
  if (deleteNotificationStatus === 'nothingToDelete') return false;
  throw new EuiccError(RemoveNotificationFromList.name, deleteNotificationStatus);
}
