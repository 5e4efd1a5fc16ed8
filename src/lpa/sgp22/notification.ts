/** Notifications and installation results: what the eUICC has to tell servers. SGP.22 v2.5 §2.5.6, §3.5, §5.7.9 to §5.7.11. */
import { certificate, enumerated, hex, integer, named, octets, oid, signature, utf8 } from '../asn1/primitives.ts';
import { choice, dataObject, der, field, type Infer, listOf, optional, sequence } from '../asn1/schema.ts';
import { aid, iccid } from './identifiers.ts';
import { notificationEvent } from './profile.ts';

export const NotificationMetadata = dataObject(
  'NotificationMetadata',
  0xbf2f,
  sequence({
    seqNumber: field(0x80, integer),
    profileManagementOperation: field(0x81, notificationEvent),
    notificationAddress: field(0x0c, utf8),
    iccid: optional(0x5a, iccid),
  }),
);
export type NotificationMetadata = Infer<typeof NotificationMetadata>;

export const bppCommandId = enumerated({
  initialiseSecureChannel: 0,
  configureISDP: 1,
  storeMetadata: 2,
  storeMetadata2: 3,
  replaceSessionKeys: 4,
  loadProfileElements: 5,
});
export type BppCommandId = Infer<typeof bppCommandId>;

// biome-ignore format: a table
export const errorReason = enumerated({
  incorrectInputValues: 1, invalidSignature: 2, invalidTransactionId: 3, unsupportedCrtValues: 4, unsupportedRemoteOperationType: 5,
  unsupportedProfileClass: 6, scp03tStructureError: 7, scp03tSecurityError: 8, installFailedDueToIccidAlreadyExistsOnEuicc: 9,
  installFailedDueToInsufficientMemoryForProfile: 10, installFailedDueToInterruption: 11, installFailedDueToPEProcessingError: 12,
  installFailedDueToDataMismatch: 13, testProfileInstallFailedDueToInvalidNaaKey: 14, pprNotAllowed: 15,
  enterpriseProfilesNotSupported: 17, enterpriseRulesNotAllowed: 18, enterpriseProfileNotAllowed: 19, enterpriseOidMismatch: 20,
  enterpriseRulesError: 21, enterpriseProfilesOnly: 22, lprNotSupported: 23, unknownTlvInMetadata: 26,
  installFailedDueToInsufficientMinimumSecurityLevel: 31, installFailedDueToServerAddressAbsentInEuiccAllowList: 32,
  installFailedDueToUnknownError: 127,
});
export type ErrorReason = Infer<typeof errorReason>;

/** An EUICCResponse of the TCA profile package (see `saip/response.ts`), by octets here. */
const simaResponse = named('simaResponse', octets);

export const ProfileInstallationResultData = dataObject(
  'ProfileInstallationResultData',
  0xbf27,
  sequence({
    transactionId: field(0x80, hex),
    notificationMetadata: field(0xbf2f, NotificationMetadata.type),
    smdpOid: optional(0x06, oid),
    finalResult: field(
      0xa2,
      choice({
        successResult: field(0xa0, sequence({ aid: optional(0x4f, aid), simaResponse: optional(0x04, simaResponse) })),
        errorResult: field(
          0xa1,
          sequence({
            bppCommandId: field(0x80, bppCommandId),
            errorReason: field(0x81, errorReason),
            simaResponse: optional(0x82, simaResponse),
          }),
        ),
      }),
    ),
  }),
);
export type ProfileInstallationResultData = Infer<typeof ProfileInstallationResultData>;

const profileInstallationResult = sequence({
  profileInstallationResultData: field(0xbf27, der(ProfileInstallationResultData.type)),
  euiccSignPIR: field(0x5f37, signature),
});
export const ProfileInstallationResult = dataObject('ProfileInstallationResult', 0xbf37, der(profileInstallationResult));

const otherSignedNotification = sequence({
  tbsOtherNotification: field(0xbf2f, der(NotificationMetadata.type)),
  euiccNotificationSignature: field(0x5f37, signature),
  euiccCertificate: field(0x30, certificate),
  eumCertificate: field(0x30, certificate),
});
export const OtherSignedNotification = dataObject('OtherSignedNotification', 0x30, der(otherSignedNotification));

/** What ES9+.HandleNotification delivers; `bytes` go as they came. */
export const pendingNotification = choice({
  profileInstallationResult: field(0xbf37, der(profileInstallationResult)),
  otherSignedNotification: field(0x30, der(otherSignedNotification)),
});
export type PendingNotification = Infer<typeof pendingNotification>;

export const ListNotificationRequest = dataObject(
  'ListNotificationRequest',
  0xbf28,
  sequence({ profileManagementOperation: optional(0x81, notificationEvent) }),
);
export const ListNotificationResponse = dataObject(
  'ListNotificationResponse',
  0xbf28,
  choice({
    notificationMetadataList: field(0xa0, listOf(NotificationMetadata)),
    listNotificationsResultError: field(0x81, enumerated({ undefinedError: 127 })),
  }),
);

export const RetrieveNotificationsListRequest = dataObject(
  'RetrieveNotificationsListRequest',
  0xbf2b,
  sequence({
    searchCriteria: optional(
      0xa0,
      choice({ seqNumber: field(0x80, integer), profileManagementOperation: field(0x81, notificationEvent) }),
    ),
  }),
);
/** noResultAvailable: cards of v2.0 answer it where later ones give an empty list. */
export const RetrieveNotificationsListResponse = dataObject(
  'RetrieveNotificationsListResponse',
  0xbf2b,
  choice({
    notificationList: field(0xa0, listOf(pendingNotification)),
    notificationsListResultError: field(0x81, enumerated({ noResultAvailable: 1, undefinedError: 127 })),
  }),
);

export const NotificationSentRequest = dataObject(
  'NotificationSentRequest',
  0xbf30,
  sequence({ seqNumber: field(0x80, integer) }),
);
export const NotificationSentResponse = dataObject(
  'NotificationSentResponse',
  0xbf30,
  sequence({ deleteNotificationStatus: field(0x80, enumerated({ ok: 0, nothingToDelete: 1, undefinedError: 127 })) }),
);
