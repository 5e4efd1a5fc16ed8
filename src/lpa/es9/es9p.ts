/** ES9+: LPA to SM-DP+. SGP.22 v2.5 §5.6 (functions), §6.5.2 (JSON). */
import { AuthenticateServerResponse, CancelSessionResponse, ServerSigned1 } from '../sgp22/authentication.ts';
import { PrepareDownloadResponse, SmdpSigned2 } from '../sgp22/download.ts';
import { EUICCInfo1 } from '../sgp22/euicc-info.ts';
import { SubjectKeyIdentifier } from '../sgp22/identifiers.ts';
import { StoreMetadataRequest } from '../sgp22/profile.ts';
import { alsoSpelt, base64, derOf, objectOf, rspFunction, text, transactionId } from './function.ts';

/** What a server signs to open a session; ES11 answers the same. */
export const serverAuthentication = {
  transactionId,
  serverSigned1: derOf(ServerSigned1),
  serverSignature1: base64,
  euiccCiPKIdToBeUsed: alsoSpelt('euiccCiPKIdTobeUsed', objectOf(SubjectKeyIdentifier)),
  serverCertificate: base64,
} as const;

/** What the LPA asks with; ES11 takes the same, with the SM-DS's address. */
export const initiateAuthenticationRequest = {
  euiccChallenge: base64,
  euiccInfo1: objectOf(EUICCInfo1),
  smdpAddress: text,
} as const;

export const InitiateAuthentication = rspFunction({
  name: 'ES9+.InitiateAuthentication',
  path: '/gsma/rsp2/es9plus/initiateAuthentication',
  request: initiateAuthenticationRequest,
  response: serverAuthentication,
});

export const AuthenticateClient = rspFunction({
  name: 'ES9+.AuthenticateClient',
  path: '/gsma/rsp2/es9plus/authenticateClient',
  request: { transactionId, authenticateServerResponse: objectOf(AuthenticateServerResponse) },
  response: {
    transactionId,
    profileMetadata: derOf(StoreMetadataRequest),
    smdpSigned2: derOf(SmdpSigned2),
    smdpSignature2: base64,
    smdpCertificate: base64,
  },
});

export const GetBoundProfilePackage = rspFunction({
  name: 'ES9+.GetBoundProfilePackage',
  path: '/gsma/rsp2/es9plus/getBoundProfilePackage',
  request: { transactionId, prepareDownloadResponse: objectOf(PrepareDownloadResponse) },
  response: { transactionId, boundProfilePackage: base64 },
});

/** `pendingNotification`: BF37 or 30, as the eUICC signed it. */
export const HandleNotification = rspFunction({
  name: 'ES9+.HandleNotification',
  path: '/gsma/rsp2/es9plus/handleNotification',
  request: { pendingNotification: base64 },
  response: null,
});

export const CancelSession = rspFunction({
  name: 'ES9+.CancelSession',
  path: '/gsma/rsp2/es9plus/cancelSession',
  request: { transactionId, cancelSessionResponse: objectOf(CancelSessionResponse) },
  response: {},
});
