/** Common mutual authentication: what server and eUICC sign for each other. SGP.22 v2.5 §3.0.1, §5.7.13, §5.7.14, Annex H. */
import { certificate, enumerated, flags, hex, integer, octets, oid, signature, utf8 } from '../asn1/primitives.ts';
import { choice, dataObject, der, field, type Infer, optional, secret, sequence, type Type } from '../asn1/schema.ts';
import { EUICCInfo2 } from './euicc-info.ts';
import { ciPKId, imei, tbcd, versionType } from './identifiers.ts';

/** Versions of what a device supports. A computer with a reader has none of it; an empty one is legal and common. */
// biome-ignore format: a table
const deviceCapabilities = sequence({
  gsmSupportedRelease:           optional(0x80, versionType),
  utranSupportedRelease:         optional(0x81, versionType),
  cdma2000onexSupportedRelease:  optional(0x82, versionType),
  cdma2000hrpdSupportedRelease:  optional(0x83, versionType),
  cdma2000ehrpdSupportedRelease: optional(0x84, versionType),
  eutranEpcSupportedRelease:     optional(0x85, versionType),
  contactlessSupportedRelease:   optional(0x86, versionType),
  rspCrlSupportedVersion:        optional(0x87, versionType),
  nrEpcSupportedRelease:         optional(0x88, versionType),
  nr5gcSupportedRelease:         optional(0x89, versionType),
  eutran5gcSupportedRelease:     optional(0x8a, versionType),
  lpaSvn:                        optional(0x8b, versionType),
  catSupportedClasses:           optional(0x8c, flags()),
  euiccFormFactorType:           optional(0x8d, integer),
  deviceAdditionalFeatureSupport: optional(0xae, sequence({ naiSupport: optional(0x80, versionType) })),
});

export const deviceInfo = sequence({
  tac: field(0x80, tbcd),
  deviceCapabilities: field(0xa1, deviceCapabilities),
  imei: optional(0x82, imei),
});
export type DeviceInfo = Infer<typeof deviceInfo>;

/** matchingId: absent for a default SM-DP+ or an SM-DS, empty for an activation code without a token. */
export const ctxParamsForCommonAuthentication = sequence({
  matchingId: secret(optional(0x80, utf8)),
  deviceInfo: field(0xa1, deviceInfo),
});
export type CtxParamsForCommonAuthentication = Infer<typeof ctxParamsForCommonAuthentication>;

export const ServerSigned1 = dataObject(
  'ServerSigned1',
  0x30,
  sequence({
    transactionId: field(0x80, hex),
    euiccChallenge: field(0x81, octets),
    serverAddress: field(0x83, utf8),
    serverChallenge: field(0x84, octets),
  }),
);
export type ServerSigned1 = Infer<typeof ServerSigned1>;

/** All but ctxParams1 come from the server and are relayed as they came. */
export const AuthenticateServerRequest = dataObject(
  'AuthenticateServerRequest',
  0xbf38,
  sequence({
    serverSigned1: field(0x30, der(ServerSigned1.type)),
    serverSignature1: field(0x5f37, signature),
    euiccCiPKIdToBeUsed: field(0x04, ciPKId),
    serverCertificate: field(0x30, certificate),
    ctxParams1: field(0xa0, ctxParamsForCommonAuthentication),
  }),
);

/** What the server learns and the eUICC stands for; `ctxParams1` as received from the LPA. */
export const EuiccSigned1 = dataObject(
  'EuiccSigned1',
  0x30,
  sequence({
    transactionId: field(0x80, hex),
    serverAddress: field(0x83, utf8),
    serverChallenge: field(0x84, octets),
    euiccInfo2: field(0xbf22, EUICCInfo2.type),
    ctxParams1: field(0xa0, ctxParamsForCommonAuthentication),
  }),
);

// biome-ignore format: a table
export const authenticateErrorCode = enumerated({
  invalidCertificate: 1, invalidSignature: 2, unsupportedCurve: 3, noSessionContext: 4, invalidOid: 5, euiccChallengeMismatch: 6,
  ciPKUnknown: 7, transactionIdError: 8, missingCrl: 9, invalidCrlSignature: 10, revokedCert: 11, invalidCertOrCrlTime: 12,
  invalidCertOrCrlConfiguration: 13, invalidIccid: 14, undefinedError: 127,
});

/**
 * SEQUENCE { transactionId, error code }. The module's tagging gives the code tag 02; some peers and cards write 81,
 * and some leave the transactionId out: both are read, 02 is written.
 */
export function errorResponse<T>(code: Type<T>): Type<{ transactionId?: string; errorCode: T }> {
  const transactionId = optional(0x80, hex);
  const fields = { transactionId, errorCode: field(0x02, code) };
  const otherFields = { transactionId, errorCode: field(0x81, code) };
  const { tag } = otherFields.errorCode;
  const written = sequence(fields);
  const other = sequence(otherFields);
  return {
    shape: { kind: 'sequence', fields, also: [{ tag, name: 'errorCode' }] },
    encode: written.encode,
    decode: (tlv, path) => (tlv.children.some((child) => child.tag === tag) ? other : written).decode(tlv, path),
  };
}

export const authenticateResponseOk = sequence({
  euiccSigned1: field(0x30, der(EuiccSigned1.type)),
  euiccSignature1: field(0x5f37, signature),
  euiccCertificate: field(0x30, certificate),
  eumCertificate: field(0x30, certificate),
});
export type AuthenticateResponseOk = Infer<typeof authenticateResponseOk>;

/** Kept with its octets: it is what ES9+.AuthenticateClient sends. */
export const AuthenticateServerResponse = dataObject(
  'AuthenticateServerResponse',
  0xbf38,
  der(
    choice({
      authenticateResponseOk: field(0xa0, authenticateResponseOk),
      authenticateResponseError: field(0xa1, errorResponse(authenticateErrorCode)),
    }),
  ),
);

// biome-ignore format: a table
export const cancelSessionReason = enumerated({
  endUserRejection: 0, postponed: 1, timeout: 2, pprNotAllowed: 3, metadataMismatch: 4, loadBppExecutionError: 5,
  sessionAborted: 16, enterpriseProfilesNotSupported: 17, enterpriseRulesNotAllowed: 18, enterpriseProfileNotAllowed: 19,
  enterpriseOidMismatch: 20, enterpriseRulesError: 21, enterpriseProfilesOnly: 22, lprNotSupported: 23, lprNetworkDataNotAllowed: 24,
  emptyProfileOrSpName: 25, rpmDisabled: 27, invalidRpmPackage: 28, loadRpmPackageError: 29, operationAbandoned: 30,
  undefinedReason: 127,
});
export type CancelSessionReason = Infer<typeof cancelSessionReason>;

export const CancelSessionRequest = dataObject(
  'CancelSessionRequest',
  0xbf41,
  sequence({ transactionId: field(0x80, hex), reason: field(0x81, cancelSessionReason) }),
);

export const EuiccCancelSessionSigned = dataObject(
  'EuiccCancelSessionSigned',
  0x30,
  sequence({ transactionId: field(0x80, hex), smdpOid: field(0x81, oid), reason: field(0x82, cancelSessionReason) }),
);

/** Kept with its octets: it is what ES9+.CancelSession sends. */
export const CancelSessionResponse = dataObject(
  'CancelSessionResponse',
  0xbf41,
  der(
    choice({
      cancelSessionResponseOk: field(
        0xa0,
        sequence({
          euiccCancelSessionSigned: field(0x30, der(EuiccCancelSessionSigned.type)),
          euiccCancelSessionSignature: field(0x5f37, signature),
        }),
      ),
      cancelSessionResponseError: field(0x81, enumerated({ invalidTransactionId: 5, undefinedError: 127 })),
    }),
  ),
);
