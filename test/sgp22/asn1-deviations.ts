/** Deliberate differences between our tables and the ASN.1 module of SGP.22 v2.5, each with its reason. */

interface Deviations {
  readonly reason: string;
  readonly found: readonly string[];
}

export const DEVIATIONS: readonly Deviations[] = [
  {
    reason: 'Some cards leave these members out, and `lpa info` shows the rest.',
    found: [
      ...[
        'profileVersion',
        'euiccFirmwareVer',
        'extCardResource',
        'uiccCapability',
        'rspCapability',
        'ppVersion',
        'sasAcreditationNumber',
      ].map((name) => `EUICCInfo2.${name}: mandatory is declared as optional`),
      'EuiccConfiguredAddressesResponse.rootDsAddress: mandatory is declared as optional',
    ],
  },
  {
    reason: 'Some cards leave these members of an installation result out, and the result is still reported.',
    found: ['ProfileInstallationResultData.smdpOid', 'SuccessResult.aid', 'SuccessResult.simaResponse'].map(
      (path) => `${path}: mandatory is declared as optional`,
    ),
  },
  {
    reason: 'Some cards leave the transactionId of an error out; one name serves both error responses.',
    found: [
      'AuthenticateResponseError.authenticateErrorCode: not declared',
      'AuthenticateResponseError.errorCode: 02 is not in the module',
      'AuthenticateResponseError.transactionId: mandatory is declared as optional',
      'PrepareDownloadResponseError.downloadErrorCode: not declared',
      'PrepareDownloadResponseError.errorCode: 02 is not in the module',
      'PrepareDownloadResponseError.transactionId: mandatory is declared as optional',
    ],
  },
  {
    reason: 'Members of v2.6, v3 and SGP.32, which newer cards send.',
    found: [
      'EUICCInfo1.highestSvn: 93',
      'EUICCInfo2.additionalEuiccInfo: 92',
      'EUICCInfo2.euiccCiPKIdListForSigningV3: B1[04]',
      'EUICCInfo2.highestSvn: 93',
      'EUICCInfo2.iotSpecificInfo: B4',
      'EUICCInfo2.lpaMode: 90',
      'EuiccConfiguredAddressesResponse.additionalRootDsAddresses: A2[0C]',
      'EuiccConfiguredAddressesResponse.allowedCiPKId: 83',
      'ProfileInfo.enabledOnEsimPort: 9F24',
      'ProfileInfo.profileSize: 9F25',
    ].map((member) => `${member} is not in the module`),
  },
  {
    reason: 'v3 renamed the member, and the JSON output of `lpa info` promises the newer name.',
    found: [
      'EUICCInfo2.additionalEuiccProfilePackageVersions: not declared',
      'EUICCInfo2.additionalProfilePackageVersions: AF[04] is not in the module',
      'ISDRProprietaryApplicationTemplate.euiccConfiguration: 03 is not in the module',
      'ISDRProprietaryApplicationTemplate.lpaeSupport: not declared',
    ],
  },
  {
    reason: 'The octets contain a constructed type of ETSI TS 102 226, which is decoded.',
    found: ['EUICCInfo2.extCardResource: OCTET STRING is declared as sequence'],
  },
  {
    reason: 'The CRL is relayed without being decoded.',
    found: ['LoadCRLRequest.crl: SEQUENCE is declared as octets'],
  },
  {
    reason: 'An open type has no tag in the module; [1] before an open type is explicit, hence A1.',
    found: [
      'ProfileInfo.serviceSpecificDataStoredInEuicc',
      'StoreMetadataRequest.serviceSpecificDataNotStoredInEuicc',
      'StoreMetadataRequest.serviceSpecificDataStoredInEuicc',
      'UpdateMetadataRequest.serviceSpecificDataStoredInEuicc',
    ].flatMap((path) => [
      `${path}[].vendorOid: OPENTYPE.&typeId is declared as oid`,
      `${path}[].vendorSpecificData: OPENTYPE.&Type is declared as opaque`,
      `${path}[].vendorSpecificData: mandatory is declared as optional`,
      `${path}[].vendorSpecificData: tag 81 is declared as A1`,
    ]),
  },
];

interface LaterValues {
  readonly since: string;
  readonly paths: readonly string[];
  readonly values: readonly string[];
}

const MISSING_INPUT = ['invalidInputData(124)', 'missingInputData(125)', 'functionProviderBusy(126)'];

/** Named values that later versions added: newer cards and servers send them. */
export const LATER_VALUES: readonly LaterValues[] = [
  {
    since: 'v3',
    paths: ['AuthenticateClientResponseEs11.authenticateClientError'],
    values: [
      'ciPKUnknown(8)',
      'ciPKMismatch(9)',
      'euiccRspCapabilityHasChanged(10)',
      'lpaRspCapabilityHasChanged(11)',
      'pushServiceNotSupport(12)',
      'pushServiceRegistrationNotSupported(13)',
      ...MISSING_INPUT,
    ],
  },
  {
    since: 'v2.6 and v3',
    paths: ['AuthenticateClientResponseEs9.authenticateClientError'],
    values: [
      'ciPKMismatch(12)',
      'euiccRspCapabilityHasChanged(13)',
      'lpaRspCapabilityHasChanged(14)',
      'deviceChangeNotSupported(15)',
      'deviceChangeNotAllowed(16)',
      'iccidUnknown(17)',
      'downloadOrderExpired(18)',
      ...MISSING_INPUT,
    ],
  },
  {
    since: 'v3',
    paths: ['InitiateAuthenticationResponse.initiateAuthenticationError'],
    values: [...MISSING_INPUT, 'undefinedError(127)'],
  },
  {
    since: 'v3',
    paths: ['CancelSessionRequest.reason', 'EuiccCancelSessionSigned.reason'],
    values: [
      'sessionAborted(16)',
      'enterpriseProfilesNotSupported(17)',
      'enterpriseRulesNotAllowed(18)',
      'enterpriseProfileNotAllowed(19)',
      'enterpriseOidMismatch(20)',
      'enterpriseRulesError(21)',
      'enterpriseProfilesOnly(22)',
      'lprNotSupported(23)',
      'lprNetworkDataNotAllowed(24)',
      'emptyProfileOrSpName(25)',
      'rpmDisabled(27)',
      'invalidRpmPackage(28)',
      'loadRpmPackageError(29)',
      'operationAbandoned(30)',
    ],
  },
  {
    since: 'v3',
    paths: ['ErrorResult.errorReason'],
    values: [
      'enterpriseProfilesNotSupported(17)',
      'enterpriseRulesNotAllowed(18)',
      'enterpriseProfileNotAllowed(19)',
      'enterpriseOidMismatch(20)',
      'enterpriseRulesError(21)',
      'enterpriseProfilesOnly(22)',
      'lprNotSupported(23)',
      'unknownTlvInMetadata(26)',
      'installFailedDueToInsufficientMinimumSecurityLevel(31)',
      'installFailedDueToServerAddressAbsentInEuiccAllowList(32)',
    ],
  },
  {
    since: 'v3',
    paths: ['DeleteProfileResponse.deleteResult'],
    values: ['disallowedInTestMode(4)', 'commandError(7)', 'rollbackNotAvailable(20)', 'returnFallbackProfile(21)'],
  },
  {
    since: 'v3',
    paths: ['DisableProfileResponse.disableResult'],
    values: ['disallowedByEnterpriseRule(6)', 'commandError(7)', 'disallowedForRpm(9)'],
  },
  {
    since: 'v3',
    paths: ['EnableProfileResponse.enableResult'],
    values: [
      'disallowedByEnterpriseRule(6)',
      'commandError(7)',
      'disallowedForRpm(9)',
      'noEsimPortAvailable(10)',
      'rollbackNotAvailable(20)',
    ],
  },
  {
    since: 'v2.6 and v3',
    paths: ['EUICCInfo2.rspCapability'],
    values: [
      'hriServerAddressSupport(6)',
      'serviceProviderMessageSupport(7)',
      'lpaProxySupport(8)',
      'enterpriseProfilesSupport(9)',
      'serviceDescriptionSupport(10)',
      'deviceChangeSupport(11)',
      'encryptedDeviceChangeDataSupport(12)',
      'estimatedProfileSizeIndicationSupport(13)',
      'profileSizeInProfilesInfoSupport(14)',
      'crlStaplingV3Support(15)',
      'certChainV3VerificationSupport(16)',
      'signedSmdsResponseV3Support(17)',
      'euiccRspCapInInfo1(18)',
      'osUpdateSupport(19)',
      'cancelForEmptySpnPnSupport(20)',
      'updateNotifConfigInfoSupport(21)',
      'updateMetadataV3Support(22)',
    ],
  },
  {
    since: 'v3',
    paths: ['EuiccMemoryResetRequest.resetOptions'],
    values: ['deletePreLoadedTestProfiles(3)', 'deleteProvisioningProfiles(4)'],
  },
  { since: 'v3', paths: ['ProfileInfoListResponse.profileInfoListError'], values: ['profileChangeOngoing(11)'] },
  { since: 'v3', paths: ['RetrieveNotificationsListResponse.notificationsListResultError'], values: ['noResultAvailable(1)'] },
  { since: 'v3', paths: ['SetDefaultDpAddressResponse.setDefaultDpAddressResult'], values: ['unsupportedCiPKId(8)'] },
];

interface NotDeclared {
  readonly reason: string;
  readonly types: readonly string[];
}

export const NOT_DECLARED: readonly NotDeclared[] = [
  {
    reason: 'Their values are declared where they are used, under another name.',
    types: ['AuthenticateErrorCode', 'DownloadErrorCode'],
  },
  {
    reason: 'The eUICC computes the signature over this form; it is never on the wire.',
    types: ['InitialiseSecureChannelRequest-ver'],
  },
  {
    reason: 'Extensions of certificates and CRLs, not data objects of a function.',
    types: ['CertificateInfo', 'ExpirationDate', 'PartialCrlNumber', 'SegmentedCrlList', 'TotalPartialCrlNumber'],
  },
  { reason: 'No type of the module uses it.', types: ['Octet2'] },
];

interface SizesNotChecked {
  readonly reason: string;
  readonly fields: readonly string[];
}

export const SIZES_NOT_CHECKED: readonly SizesNotChecked[] = [
  {
    reason: 'The value is compared with the one of the session; a wrong length cannot be equal.',
    fields: [
      ...[
        'AuthenticateClientOk',
        'AuthenticateClientOkEs11',
        'AuthenticateClientRequest',
        'AuthenticateResponseError',
        'CancelSessionRequest',
        'CancelSessionRequestEs9',
        'EUICCSigned2',
        'EuiccCancelSessionSigned',
        'EuiccSigned1',
        'GetBoundProfilePackageOk',
        'GetBoundProfilePackageRequest',
        'InitialiseSecureChannelRequest',
        'InitiateAuthenticationOkEs9',
        'PrepareDownloadResponseError',
        'ProfileInstallationResultData',
        'ServerSigned1',
        'SmdpSigned2',
      ].map((type) => `${type}.transactionId`),
      'EuiccSigned1.serverChallenge',
      'InitiateAuthenticationRequest.euiccChallenge',
      'ServerSigned1.euiccChallenge',
      'ServerSigned1.serverChallenge',
    ],
  },
  {
    reason: 'The eUICC makes it and the SM-DP+ checks it; the LPA relays the octets as received.',
    fields: ['EUICCSigned2.hashCc', 'GetEuiccChallengeResponse.euiccChallenge', 'PrepareDownloadRequest.hashCc'],
  },
  {
    reason: 'The eUICC compares it with its own value; the LPA relays the octets as received.',
    fields: ['ControlRefTemplate.hostId', 'ControlRefTemplate.keyLen', 'ControlRefTemplate.keyType'],
  },
  {
    reason:
      'The limits of names and icons are checked before PrepareDownload, each with its own error; a list shows what the card has.',
    fields: [
      ...['ProfileInfo', 'StoreMetadataRequest', 'UpdateMetadataRequest'].flatMap((type) =>
        ['icon', 'profileName', 'serviceProviderName'].map((name) => `${type}.${name}`),
      ),
      'ProfileInfo.profileNickname',
      'SetNicknameRequest.profileNickname',
    ],
  },
  {
    reason: 'A card names its applications; its AIDs are used as the card gave them.',
    fields: [
      'DeleteProfileRequest.isdpAid',
      'DisableProfileRequest.profileIdentifier.isdpAid',
      'EnableProfileRequest.profileIdentifier.isdpAid',
      'ProfileInfo.isdpAid',
      'ProfileInfoListRequest.searchCriteria.isdpAid',
      'SuccessResult.aid',
    ],
  },
  {
    reason: 'The value is only shown, or only sent by `lpa` with a fixed length.',
    fields: ['DeviceInfo.tac', 'EUICCInfo2.sasAcreditationNumber', 'GetEuiccDataRequest.tagList'],
  },
];
