/** What an IoT eUICC adds for its IPA and eIM, as far as it says something to whoever looks at a card. SGP.32 v1.2 §5.9, Annex H. */
import { boolean, certificate, enumerated, flags, integer, nothing, octets, oid, utf8 } from '../asn1/primitives.ts';
import { choice, dataObject, field, listOf, opaque, optional, sequence } from '../asn1/schema.ts';
import { ciPKId } from '../sgp22/identifiers.ts';

/** In the FCI of the ISD-R of an IoT eUICC, where a consumer eUICC has E0. */
export const ISDRProprietaryApplicationTemplateIoT = dataObject(
  'ISDRProprietaryApplicationTemplateIoT',
  0xe1,
  sequence({ euiccConfiguration: optional(0x80, flags('ipaeSupported', 'enabledProfile')) }),
);

export const GetCertsRequest = dataObject('GetCertsRequest', 0xbf56, sequence({ euiccCiPKId: optional(0x80, ciPKId) }));
export const GetCertsResponse = dataObject(
  'GetCertsResponse',
  0xbf56,
  choice({
    certs: field(0xa0, sequence({ eumCertificate: field(0xa5, certificate), euiccCertificate: field(0xa6, certificate) })),
    getCertsError: field(0x81, enumerated({ invalidCiPKId: 1, undefinedError: 127 })),
  }),
);

const eimConfigurationData = sequence({
  eimId: field(0x80, utf8),
  eimFqdn: optional(0x81, utf8),
  eimIdType: optional(0x82, enumerated({ eimIdTypeOid: 1, eimIdTypeFqdn: 2, eimIdTypeProprietary: 3 })),
  counterValue: optional(0x83, integer),
  associationToken: optional(0x84, integer),
  eimPublicKeyData: optional(0xa5, opaque),
  trustedPublicKeyDataTls: optional(0xa6, opaque),
  eimSupportedProtocol: optional(
    0x87,
    flags('eimRetrieveHttps', 'eimRetrieveCoaps', 'eimInjectHttps', 'eimInjectCoaps', 'eimProprietary'),
  ),
  euiccCiPKId: optional(0x88, ciPKId),
  indirectProfileDownload: optional(0x89, nothing),
});
export const GetEimConfigurationDataRequest = dataObject(
  'GetEimConfigurationDataRequest',
  0xbf55,
  sequence({ searchCriteria: optional(0xa0, choice({ eimId: field(0x80, utf8) })) }),
);
export const GetEimConfigurationDataResponse = dataObject(
  'GetEimConfigurationDataResponse',
  0xbf55,
  sequence({ eimConfigurationDataList: field(0xa0, listOf(field(0x30, eimConfigurationData))) }),
);

const refresh = sequence({ refreshFlag: field(0x80, boolean) });

export const ProfileRollbackRequest = dataObject('ProfileRollbackRequest', 0xbf58, refresh);
export const ProfileRollbackResponse = dataObject(
  'ProfileRollbackResponse',
  0xbf58,
  sequence({
    cmdResult: field(0x02, enumerated({ ok: 0, rollbackNotAllowed: 1, catBusy: 5, commandError: 7, undefinedError: 127 })),
    eUICCPackageResult: optional(0xbf51, opaque),
  }),
);

export const ConfigureImmediateProfileEnablingRequest = dataObject(
  'ConfigureImmediateProfileEnablingRequest',
  0xbf59,
  sequence({
    immediateEnableFlag: optional(0x80, nothing),
    defaultSmdpOid: optional(0x81, oid),
    defaultSmdpAddress: optional(0x82, utf8),
  }),
);
export const ConfigureImmediateProfileEnablingResponse = dataObject(
  'ConfigureImmediateProfileEnablingResponse',
  0xbf59,
  sequence({
    configImmediateEnableResult: field(
      0x80,
      enumerated({ ok: 0, insufficientMemory: 1, associatedEimAlreadyExists: 2, undefinedError: 127 }),
    ),
  }),
);

export const ImmediateEnableRequest = dataObject('ImmediateEnableRequest', 0xbf5a, refresh);
export const ImmediateEnableResponse = dataObject(
  'ImmediateEnableResponse',
  0xbf5a,
  sequence({
    immediateEnableResult: field(
      0x80,
      enumerated({ ok: 0, immediateEnableNotAvailable: 1, noSessionContext: 4, catBusy: 5, undefinedError: 127 }),
    ),
  }),
);

export const EnableEmergencyProfileRequest = dataObject('EnableEmergencyProfileRequest', 0xbf5b, refresh);
export const EnableEmergencyProfileResponse = dataObject(
  'EnableEmergencyProfileResponse',
  0xbf5b,
  sequence({
    enableEmergencyProfileResult: field(
      0x80,
      enumerated({ ok: 0, profileNotInDisabledState: 2, catBusy: 5, ecallNotAvailable: 8, undefinedError: 127 }),
    ),
  }),
);
export const DisableEmergencyProfileRequest = dataObject('DisableEmergencyProfileRequest', 0xbf5c, refresh);
export const DisableEmergencyProfileResponse = dataObject(
  'DisableEmergencyProfileResponse',
  0xbf5c,
  sequence({
    disableEmergencyProfileResult: field(
      0x80,
      enumerated({ ok: 0, profileNotInEnabledState: 2, catBusy: 5, undefinedError: 127 }),
    ),
  }),
);

export const ExecuteFallbackMechanismRequest = dataObject('ExecuteFallbackMechanismRequest', 0xbf5d, refresh);
// biome-ignore format: a table
export const ExecuteFallbackMechanismResponse = dataObject('ExecuteFallbackMechanismResponse', 0xbf5d, sequence({
  executeFallbackMechanismResult: field(0x80, enumerated({
    ok: 0, profileNotInDisabledState: 2, catBusy: 5, fallbackNotAvailable: 6, commandError: 7, ecallActive: 104, undefinedError: 127,
  })),
}));
export const ReturnFromFallbackRequest = dataObject('ReturnFromFallbackRequest', 0xbf5e, refresh);
export const ReturnFromFallbackResponse = dataObject(
  'ReturnFromFallbackResponse',
  0xbf5e,
  sequence({
    returnFromFallbackResult: field(
      0x80,
      enumerated({ ok: 0, catBusy: 5, fallbackNotAvailable: 6, commandError: 7, undefinedError: 127 }),
    ),
  }),
);

export const GetConnectivityParametersRequest = dataObject('GetConnectivityParametersRequest', 0xbf5f, sequence({}));
export const GetConnectivityParametersResponse = dataObject(
  'GetConnectivityParametersResponse',
  0xbf5f,
  choice({
    connectivityParameters: field(0xa0, sequence({ httpParams: optional(0x81, octets) })),
    connectivityParametersError: field(0x81, enumerated({ parametersNotAvailable: 1, undefinedError: 127 })),
  }),
);

export const IotEuiccMemoryResetRequest = dataObject(
  'EuiccMemoryResetRequest',
  0xbf64,
  sequence({
    resetOptions: field(
      0x82,
      flags(
        'deleteOperationalProfiles',
        'deleteFieldLoadedTestProfiles',
        'resetDefaultSmdpAddress',
        'deletePreLoadedTestProfiles',
        'deleteProvisioningProfiles',
        'resetEimConfigData',
        'resetImmediateEnableConfig',
      ),
    ),
  }),
);
// biome-ignore format: a table
export const IotEuiccMemoryResetResponse = dataObject('EuiccMemoryResetResponse', 0xbf64, sequence({
  resetResult: field(0x80, enumerated({ ok: 0, nothingToDelete: 1, catBusy: 5, ecallActive: 104, undefinedError: 127 })),
  resetEimResult: optional(0x81, enumerated({ ok: 0, nothingToDelete: 1, eimResetNotSupported: 2, undefinedError: 127 })),
  resetImmediateEnableConfigResult: optional(0x82, enumerated({ ok: 0, resetIECNotSupported: 1, undefinedError: 127 })),
}));

export const IotSetDefaultDpAddressRequest = dataObject(
  'SetDefaultDpAddressRequest',
  0xbf65,
  sequence({ defaultDpAddress: field(0x80, utf8) }),
);
export const IotSetDefaultDpAddressResponse = dataObject(
  'SetDefaultDpAddressResponse',
  0xbf65,
  sequence({ setDefaultDpAddressResult: field(0x80, enumerated({ ok: 0, undefinedError: 127 })) }),
);
