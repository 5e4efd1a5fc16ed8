/** What the eUICC says of itself. SGP.22 v2.5 §5.7.8, §5.7.20, Annex H; members of v3 and SGP.32 are read where they are. */
import { embedded, enumerated, flags, integer, octets, utf8 } from '../asn1/primitives.ts';
import { dataObject, der, field, type Infer, listOf, opaque, optional, sequence } from '../asn1/schema.ts';
import { ciPKId, eid, tagList, versionType } from './identifiers.ts';
import { pprIds } from './policy.ts';

const ciPKIds = listOf(field(0x04, ciPKId));

/** TCA profile package capabilities, bit 0 first. */
// biome-ignore format: a table
export const UICC_CAPABILITIES = [
  'contactlessSupport', 'usimSupport', 'isimSupport', 'csimSupport', 'akaMilenage', 'akaCave', 'akaTuak128', 'akaTuak256',
  'usimTestAlgorithm', 'rfu2', 'gbaAuthenUsim', 'gbaAuthenISim', 'mbmsAuthenUsim', 'eapClient', 'javacard', 'multos',
  'multipleUsimSupport', 'multipleIsimSupport', 'multipleCsimSupport', 'berTlvFileSupport', 'dfLinkSupport', 'catTp', 'getIdentity',
  'profile-a-x25519', 'profile-b-p256', 'suciCalculatorApi', 'dns-resolution', 'scp11ac', 'scp11c-authorization-mechanism', 's16mode',
  'eaka', 'iotminimal',
] as const;

/** v2 names the first six; the others came with v3 and v2.6.1. */
// biome-ignore format: a table
export const rspCapability = flags(
  'additionalProfile', 'crlSupport', 'rpmSupport', 'testProfileSupport', 'deviceInfoExtensibilitySupport', 'serviceSpecificDataSupport',
  'hriServerAddressSupport', 'serviceProviderMessageSupport', 'lpaProxySupport', 'enterpriseProfilesSupport',
  'serviceDescriptionSupport', 'deviceChangeSupport', 'encryptedDeviceChangeDataSupport', 'estimatedProfileSizeIndicationSupport',
  'profileSizeInProfilesInfoSupport', 'crlStaplingV3Support', 'certChainV3VerificationSupport', 'signedSmdsResponseV3Support',
  'euiccRspCapInInfo1', 'osUpdateSupport', 'cancelForEmptySpnPnSupport', 'updateNotifConfigInfoSupport', 'updateMetadataV3Support',
);

/** ETSI TS 102 226 extended card resources: a count, and sizes in octets. */
export const extCardResource = embedded(
  sequence({
    installedApplications: optional(0x81, integer),
    freeNonVolatileMemory: optional(0x82, integer),
    freeVolatileMemory: optional(0x83, integer),
  }),
);

const euiccInfo1 = sequence({
  svn: field(0x82, versionType),
  euiccCiPKIdListForVerification: field(0xa9, ciPKIds),
  euiccCiPKIdListForSigning: field(0xaa, ciPKIds),
  highestSvn: optional(0x93, versionType),
});
/** Kept with its octets: they go to the server as the eUICC wrote them. */
export const EUICCInfo1 = dataObject('EUICCInfo1', 0xbf20, der(euiccInfo1));
export type EUICCInfo1 = Infer<typeof euiccInfo1>;
export const GetEuiccInfo1Request = dataObject('GetEuiccInfo1Request', 0xbf20, sequence({}));

/** What older and odd cards leave out is optional here, whatever the module says: `lpa info` still has something to show. */
// biome-ignore format: a table
export const EUICCInfo2 = dataObject('EUICCInfo2', 0xbf22, sequence({
  profileVersion:                   optional(0x81, versionType),
  svn:                              field(0x82, versionType),
  euiccFirmwareVer:                 optional(0x83, versionType),
  extCardResource:                  optional(0x84, extCardResource),
  uiccCapability:                   optional(0x85, flags(...UICC_CAPABILITIES)),
  ts102241Version:                  optional(0x86, versionType),
  globalplatformVersion:            optional(0x87, versionType),
  rspCapability:                    optional(0x88, rspCapability),
  euiccCiPKIdListForVerification:   field(0xa9, ciPKIds),
  euiccCiPKIdListForSigning:        field(0xaa, ciPKIds),
  euiccCategory:                    optional(0x8b, enumerated({ other: 0, basicEuicc: 1, mediumEuicc: 2, contactlessEuicc: 3 })),
  forbiddenProfilePolicyRules:      optional(0x99, pprIds),
  ppVersion:                        optional(0x04, versionType),
  sasAcreditationNumber:            optional(0x0c, utf8),
  certificationDataObject:          optional(0xac, sequence({ platformLabel: field(0x80, utf8), discoveryBaseURL: field(0x81, utf8) })),
  treProperties:                    optional(0x8d, flags('isDiscrete', 'isIntegrated', 'usesRemoteMemory')),
  treProductReference:              optional(0x8e, utf8),
  additionalProfilePackageVersions: optional(0xaf, listOf(field(0x04, versionType))),
  lpaMode:                          optional(0x90, enumerated({ lpad: 0, lpae: 1 })),
  euiccCiPKIdListForSigningV3:      optional(0xb1, ciPKIds),
  additionalEuiccInfo:              optional(0x92, octets),
  highestSvn:                       optional(0x93, versionType),
  iotSpecificInfo:                  optional(0xb4, opaque),
}));
export type EUICCInfo2 = Infer<typeof EUICCInfo2>;
export const GetEuiccInfo2Request = dataObject('GetEuiccInfo2Request', 0xbf22, sequence({}));

export const GetEuiccChallengeRequest = dataObject('GetEuiccChallengeRequest', 0xbf2e, sequence({}));
export const GetEuiccChallengeResponse = dataObject(
  'GetEuiccChallengeResponse',
  0xbf2e,
  sequence({ euiccChallenge: field(0x80, octets) }),
);

export const GetEuiccDataRequest = dataObject('GetEuiccDataRequest', 0xbf3e, sequence({ tagList: field(0x5c, tagList) }));
export const GetEuiccDataResponse = dataObject('GetEuiccDataResponse', 0xbf3e, sequence({ eidValue: field(0x5a, eid) }));

/** In the FCI of the ISD-R of a consumer eUICC; that of an IoT eUICC stands in `iot.ts`. */
export const ISDRProprietaryApplicationTemplate = dataObject(
  'ISDRProprietaryApplicationTemplate',
  0xe0,
  sequence({
    svn: field(0x82, versionType),
    euiccConfiguration: optional(0x03, flags('lpaeUsingCat', 'lpaeUsingScws', 'enabledProfile', 'lpaeUsingE4E')),
  }),
);
