/** ES9+ and ES11 as ASN.1 over HTTP: the binding that servers offer beside JSON. SGP.22 v2.5 §6.6, Annex H. */
import { certificate, enumerated, hex, octets, signature, utf8 } from '../asn1/primitives.ts';
import { choice, dataObject, field, listOf, secret, sequence } from '../asn1/schema.ts';
import { AuthenticateServerResponse, CancelSessionResponse, ServerSigned1 } from './authentication.ts';
import { BoundProfilePackage } from './bpp.ts';
import { PrepareDownloadResponse, SmdpSigned2 } from './download.ts';
import { EUICCInfo1 } from './euicc-info.ts';
import { ciPKId } from './identifiers.ts';
import { pendingNotification } from './notification.ts';
import { StoreMetadataRequest } from './profile.ts';

export const InitiateAuthenticationRequest = dataObject(
  'InitiateAuthenticationRequest',
  0xbf39,
  sequence({ euiccChallenge: field(0x81, octets), smdpAddress: field(0x83, utf8), euiccInfo1: EUICCInfo1 }),
);
export const InitiateAuthenticationResponse = dataObject(
  'InitiateAuthenticationResponse',
  0xbf39,
  choice({
    initiateAuthenticationOk: field(
      0xa0,
      sequence({
        transactionId: field(0x80, hex),
        serverSigned1: ServerSigned1,
        serverSignature1: field(0x5f37, signature),
        euiccCiPKIdToBeUsed: field(0x04, ciPKId),
        serverCertificate: field(0x30, certificate),
      }),
    ),
    // biome-ignore format: a table
    initiateAuthenticationError: field(0x81, enumerated({
      invalidDpAddress: 1, euiccVersionNotSupportedByDp: 2, ciPKNotSupported: 3, invalidInputData: 124, missingInputData: 125,
      functionProviderBusy: 126, undefinedError: 127,
    })),
  }),
);

export const AuthenticateClientRequest = dataObject(
  'AuthenticateClientRequest',
  0xbf3b,
  sequence({ transactionId: field(0x80, hex), authenticateServerResponse: AuthenticateServerResponse }),
);
export const AuthenticateClientResponseEs9 = dataObject(
  'AuthenticateClientResponseEs9',
  0xbf3b,
  choice({
    authenticateClientOk: field(
      0xa0,
      sequence({
        transactionId: field(0x80, hex),
        profileMetaData: StoreMetadataRequest,
        smdpSigned2: SmdpSigned2,
        smdpSignature2: field(0x5f37, signature),
        smdpCertificate: field(0x30, certificate),
      }),
    ),
    // biome-ignore format: a table
    authenticateClientError: field(0x81, enumerated({
      eumCertificateInvalid: 1, eumCertificateExpired: 2, euiccCertificateInvalid: 3, euiccCertificateExpired: 4,
      euiccSignatureInvalid: 5, matchingIdRefused: 6, eidMismatch: 7, noEligibleProfile: 8, ciPKUnknown: 9, invalidTransactionId: 10,
      insufficientMemory: 11, ciPKMismatch: 12, euiccRspCapabilityHasChanged: 13, lpaRspCapabilityHasChanged: 14,
      deviceChangeNotSupported: 15, deviceChangeNotAllowed: 16, iccidUnknown: 17, downloadOrderExpired: 18, invalidInputData: 124,
      missingInputData: 125, functionProviderBusy: 126, undefinedError: 127,
    })),
  }),
);

/** An event waits at `rspServerAddress`; its `eventId` is the matching ID there. */
export const AuthenticateClientResponseEs11 = dataObject(
  'AuthenticateClientResponseEs11',
  0xbf40,
  choice({
    authenticateClientOk: field(
      0xa0,
      sequence({
        transactionId: field(0x80, hex),
        eventEntries: field(
          0xa1,
          listOf(field(0x30, sequence({ eventId: secret(field(0x80, utf8)), rspServerAddress: field(0x81, utf8) }))),
        ),
      }),
    ),
    // biome-ignore format: a table
    authenticateClientError: field(0x81, enumerated({
      eumCertificateInvalid: 1, eumCertificateExpired: 2, euiccCertificateInvalid: 3, euiccCertificateExpired: 4,
      euiccSignatureInvalid: 5, eventIdUnknown: 6, invalidTransactionId: 7, ciPKUnknown: 8, ciPKMismatch: 9,
      euiccRspCapabilityHasChanged: 10, lpaRspCapabilityHasChanged: 11, pushServiceNotSupport: 12,
      pushServiceRegistrationNotSupported: 13, invalidInputData: 124, missingInputData: 125, functionProviderBusy: 126, undefinedError: 127,
    })),
  }),
);

export const GetBoundProfilePackageRequest = dataObject(
  'GetBoundProfilePackageRequest',
  0xbf3a,
  sequence({ transactionId: field(0x80, hex), prepareDownloadResponse: PrepareDownloadResponse }),
);
export const GetBoundProfilePackageResponse = dataObject(
  'GetBoundProfilePackageResponse',
  0xbf3a,
  choice({
    getBoundProfilePackageOk: field(
      0xa0,
      sequence({ transactionId: field(0x80, hex), boundProfilePackage: BoundProfilePackage }),
    ),
    // biome-ignore format: a table
    getBoundProfilePackageError: field(0x81, enumerated({
      euiccSignatureInvalid: 1, confirmationCodeMissing: 2, confirmationCodeRefused: 3, confirmationCodeRetriesExceeded: 4,
      bppRebindingRefused: 5, downloadOrderExpired: 6, invalidTransactionId: 95, undefinedError: 127,
    })),
  }),
);

/** It has no answer but the HTTP status. */
export const HandleNotification = dataObject(
  'HandleNotification',
  0xbf3d,
  sequence({ pendingNotification: field(0xa0, pendingNotification) }),
);

export const CancelSessionRequestEs9 = dataObject(
  'CancelSessionRequestEs9',
  0xbf41,
  sequence({ transactionId: field(0x80, hex), cancelSessionResponse: field(0xa1, CancelSessionResponse.type) }),
);
export const CancelSessionResponseEs9 = dataObject(
  'CancelSessionResponseEs9',
  0xbf41,
  choice({
    cancelSessionOk: field(0xa0, sequence({})),
    cancelSessionError: field(0x81, enumerated({ invalidTransactionId: 1, euiccSignatureInvalid: 2, undefinedError: 127 })),
  }),
);

/** The body of a request to /gsma/rsp2/asn1. */
export const RemoteProfileProvisioningRequest = dataObject(
  'RemoteProfileProvisioningRequest',
  0xa2,
  choice({
    initiateAuthenticationRequest: InitiateAuthenticationRequest,
    authenticateClientRequest: AuthenticateClientRequest,
    getBoundProfilePackageRequest: GetBoundProfilePackageRequest,
    cancelSessionRequestEs9: CancelSessionRequestEs9,
    handleNotification: HandleNotification,
  }),
);
export const RemoteProfileProvisioningResponse = dataObject(
  'RemoteProfileProvisioningResponse',
  0xa2,
  choice({
    initiateAuthenticationResponse: InitiateAuthenticationResponse,
    authenticateClientResponseEs9: AuthenticateClientResponseEs9,
    getBoundProfilePackageResponse: GetBoundProfilePackageResponse,
    cancelSessionResponseEs9: CancelSessionResponseEs9,
    authenticateClientResponseEs11: AuthenticateClientResponseEs11,
  }),
);
