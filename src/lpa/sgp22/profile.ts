/** The Profile as eUICC and SM-DP+ describe it. SGP.22 v2.5 §5.5.3, §5.7.15 to §5.7.21, Annex H. */
import { boolean, enumerated, flags, integer, named, octets, oid, utf8 } from '../asn1/primitives.ts';
import { choice, dataObject, defaulted, field, type Infer, listOf, opaque, optional, sequence } from '../asn1/schema.ts';
import { aid, iccid, tagList } from './identifiers.ts';
import { operatorId, pprIds } from './policy.ts';

export const profileClass = enumerated({ test: 0, provisioning: 1, operational: 2 });
export const profileState = enumerated({ disabled: 0, enabled: 1 });
export const iconType = enumerated({ jpg: 0, png: 1 });
const icon = named('icon', octets);

export const notificationEvent = flags('notificationInstall', 'notificationEnable', 'notificationDisable', 'notificationDelete');

/** Where to tell of which event. */
export const notificationConfigurationInformation = sequence({
  profileManagementOperation: field(0x80, notificationEvent),
  notificationAddress: field(0x81, utf8),
});
export type NotificationConfigurationInformation = Infer<typeof notificationConfigurationInformation>;

const notificationConfigurationInfo = listOf(field(0x30, notificationConfigurationInformation));
const vendorSpecificExtension = listOf(
  field(0x30, sequence({ vendorOid: field(0x80, oid), vendorSpecificData: optional(0xa1, opaque) })),
);
const dpProprietaryData = sequence({ dpOid: field(0x80, oid) });

/** ProfileInfo ::= [PRIVATE 3] SEQUENCE. What the request did not ask for is absent. */
// biome-ignore format: a table
export const ProfileInfo = dataObject('ProfileInfo', 0xe3, sequence({
  iccid:                            optional(0x5a, iccid),
  isdpAid:                          optional(0x4f, aid),
  profileState:                     optional(0x9f70, profileState),
  profileNickname:                  optional(0x90, utf8),
  serviceProviderName:              optional(0x91, utf8),
  profileName:                      optional(0x92, utf8),
  iconType:                         optional(0x93, iconType),
  icon:                             optional(0x94, icon),
  profileClass:                     optional(0x95, profileClass),
  notificationConfigurationInfo:    optional(0xb6, notificationConfigurationInfo),
  profileOwner:                     optional(0xb7, operatorId),
  dpProprietaryData:                optional(0xb8, dpProprietaryData),
  profilePolicyRules:               optional(0x99, pprIds),
  serviceSpecificDataStoredInEuicc: optional(0xbf22, vendorSpecificExtension),
  enabledOnEsimPort:                optional(0x9f24, integer),
  profileSize:                      optional(0x9f25, integer),
}));
export type ProfileInfo = Infer<typeof ProfileInfo>;

/** Tags for ProfileInfoListRequest.tagList, by the name of the field that each brings. */
// biome-ignore format: a table
export const PROFILE_INFO_TAGS = {
  iccid: 0x5a, isdpAid: 0x4f, profileState: 0x9f70, profileNickname: 0x90, serviceProviderName: 0x91, profileName: 0x92, iconType: 0x93,
  icon: 0x94, profileClass: 0x95, notificationConfigurationInfo: 0xb6, profileOwner: 0xb7, dpProprietaryData: 0xb8,
  profilePolicyRules: 0x99,
} as const;

export const ProfileInfoListRequest = dataObject(
  'ProfileInfoListRequest',
  0xbf2d,
  sequence({
    searchCriteria: optional(
      0xa0,
      choice({ isdpAid: field(0x4f, aid), iccid: field(0x5a, iccid), profileClass: field(0x95, profileClass) }),
    ),
    tagList: optional(0x5c, tagList),
  }),
);
export const ProfileInfoListResponse = dataObject(
  'ProfileInfoListResponse',
  0xbf2d,
  choice({
    profileInfoListOk: field(0xa0, listOf(ProfileInfo)),
    profileInfoListError: field(0x81, enumerated({ incorrectInputValues: 1, profileChangeOngoing: 11, undefinedError: 127 })),
  }),
);

/** Characters that the names of a profile may have: ASN.1 counts the characters of a UTF8String, not its octets (§5.5.3). */
export const NAME_LIMITS = { serviceProviderName: 32, profileName: 64 } as const;

/** What an SM-DP+ would install; it stands in the bound package too, octet for octet or field by field. */
// biome-ignore format: a table
export const StoreMetadataRequest = dataObject('StoreMetadataRequest', 0xbf25, sequence({
  iccid:                               field(0x5a, iccid),
  serviceProviderName:                 field(0x91, utf8),
  profileName:                         field(0x92, utf8),
  iconType:                            optional(0x93, iconType),
  icon:                                optional(0x94, icon),
  profileClass:                        defaulted(0x95, profileClass, 'operational'),
  notificationConfigurationInfo:       optional(0xb6, notificationConfigurationInfo),
  profileOwner:                        optional(0xb7, operatorId),
  profilePolicyRules:                  optional(0x99, pprIds),
  serviceSpecificDataStoredInEuicc:    optional(0xbf22, vendorSpecificExtension),
  serviceSpecificDataNotStoredInEuicc: optional(0xbf23, vendorSpecificExtension),
}));
export type ProfileMetadata = Infer<typeof StoreMetadataRequest>;

/** What an SM-DP+ changes of an installed Profile, over the profile's own channel (ES6, §5.4.1). */
// biome-ignore format: a table
export const UpdateMetadataRequest = dataObject('UpdateMetadataRequest', 0xbf2a, sequence({
  serviceProviderName:              optional(0x91, utf8),
  profileName:                      optional(0x92, utf8),
  iconType:                         optional(0x93, iconType),
  icon:                             optional(0x94, icon),
  profilePolicyRules:               optional(0x99, pprIds),
  serviceSpecificDataStoredInEuicc: optional(0xbf22, vendorSpecificExtension),
}));

/** A Profile is named by its ICCID or by the AID of its ISD-P. */
export const profileIdentifier = choice({ isdpAid: field(0x4f, aid), iccid: field(0x5a, iccid) });
export type ProfileIdentifier = Infer<typeof profileIdentifier>;

const switchRequest = sequence({ profileIdentifier: field(0xa0, profileIdentifier), refreshFlag: field(0x81, boolean) });

export const EnableProfileRequest = dataObject('EnableProfileRequest', 0xbf31, switchRequest);
// biome-ignore format: a table
export const EnableProfileResponse = dataObject('EnableProfileResponse', 0xbf31, sequence({
  enableResult: field(0x80, enumerated({
    ok: 0, iccidOrAidNotFound: 1, profileNotInDisabledState: 2, disallowedByPolicy: 3, wrongProfileReenabling: 4, catBusy: 5,
    disallowedByEnterpriseRule: 6, commandError: 7, disallowedForRpm: 9, noEsimPortAvailable: 10, rollbackNotAvailable: 20,
    undefinedError: 127,
  })),
}));

export const DisableProfileRequest = dataObject('DisableProfileRequest', 0xbf32, switchRequest);
// biome-ignore format: a table
export const DisableProfileResponse = dataObject('DisableProfileResponse', 0xbf32, sequence({
  // disallowedForRpm is 10 in v3.0 and 9 in v3.1.
  disableResult: field(0x80, enumerated({
    ok: 0, iccidOrAidNotFound: 1, profileNotInEnabledState: 2, disallowedByPolicy: 3, catBusy: 5, disallowedByEnterpriseRule: 6,
    commandError: 7, disallowedForRpm: 9, undefinedError: 127,
  }, { 10: 'disallowedForRpm' })),
}));

export const DeleteProfileRequest = dataObject('DeleteProfileRequest', 0xbf33, profileIdentifier);
// biome-ignore format: a table
export const DeleteProfileResponse = dataObject('DeleteProfileResponse', 0xbf33, sequence({
  deleteResult: field(0x80, enumerated({
    ok: 0, iccidOrAidNotFound: 1, profileNotInDisabledState: 2, disallowedByPolicy: 3, disallowedInTestMode: 4, commandError: 7,
    rollbackNotAvailable: 20, returnFallbackProfile: 21, undefinedError: 127,
  })),
}));

/** An empty nickname removes it: `90 00`; cards answer undefinedError to an absent 90. */
export const SetNicknameRequest = dataObject(
  'SetNicknameRequest',
  0xbf29,
  sequence({ iccid: field(0x5a, iccid), profileNickname: field(0x90, utf8) }),
);
export const SetNicknameResponse = dataObject(
  'SetNicknameResponse',
  0xbf29,
  sequence({ setNicknameResult: field(0x80, enumerated({ ok: 0, iccidNotFound: 1, undefinedError: 127 })) }),
);

/** The first three are v2's. */
// biome-ignore format: a table
const RESET_OPTIONS = [
  'deleteOperationalProfiles', 'deleteFieldLoadedTestProfiles', 'resetDefaultSmdpAddress', 'deletePreLoadedTestProfiles',
  'deleteProvisioningProfiles',
] as const;

export const EuiccMemoryResetRequest = dataObject(
  'EuiccMemoryResetRequest',
  0xbf34,
  sequence({
    resetOptions: field(0x82, flags(...RESET_OPTIONS)),
  }),
);
export const EuiccMemoryResetResponse = dataObject(
  'EuiccMemoryResetResponse',
  0xbf34,
  sequence({ resetResult: field(0x80, enumerated({ ok: 0, nothingToDelete: 1, catBusy: 5, undefinedError: 127 })) }),
);
