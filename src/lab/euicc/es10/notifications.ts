/** Notifications on the card: one counter, a store that is full some day, signatures. SGP.22 v2.5 §2.5.6, §3.5, §5.7.9 to §5.7.11. */
import { buildDer, type Infer, writeDer } from '../../../lpa/asn1/schema.ts';
import { fromBase64, toBase64 } from '../../../lpa/bytes.ts';
import { ListNotification, RemoveNotificationFromList, RetrieveNotificationsList } from '../../../lpa/es10/es10b.ts';
import { sign } from '../../../lpa/pki/ecdsa.ts';
import {
  NotificationMetadata,
  OtherSignedNotification,
  type PendingNotification,
  ProfileInstallationResult,
  ProfileInstallationResultData,
  type RetrieveNotificationsListResponse,
} from '../../../lpa/sgp22/notification.ts';
import { type Chip, signerFor } from '../chip.ts';
import { metadataOf, type NotificationEvent, type ProfileRecord, type StoredNotification } from '../state.ts';
import { answer } from './es10.ts';
import { signatureObject } from './signature.ts';

export const notificationAnswers = [
  answer(
    ListNotification,
    ({ state, faults }, { profileManagementOperation }) => ({
      notificationMetadataList: state.notifications
        .filter(({ event }) => profileManagementOperation?.includes(event) ?? true)
        .map(({ seqNumber, event, address, iccid }) => ({
          seqNumber,
          profileManagementOperation: [event],
          notificationAddress: faults.text(address),
          ...(iccid !== undefined && { iccid }),
        })),
    }),
    { listNotificationsResultError: 'undefinedError' },
  ),

  answer(
    RetrieveNotificationsList,
    (chip, { searchCriteria }): Infer<typeof RetrieveNotificationsListResponse> => {
      if (searchCriteria && chip.manners.wholeListOnly) {
        chip.log(RetrieveNotificationsList.name, 'this card gives the whole list only: undefinedError(127)');
        return { notificationsListResultError: 'undefinedError' };
      }
      const found = chip.state.notifications.filter(({ seqNumber, event }) => {
        if (!searchCriteria) return true;
        return 'seqNumber' in searchCriteria
          ? seqNumber === searchCriteria.seqNumber
          : searchCriteria.profileManagementOperation.includes(event);
      });
      if (found.length === 0 && chip.manners.emptyListIsError) return { notificationsListResultError: 'noResultAvailable' };
      return { notificationList: found.map(pending) };
    },
    { notificationsListResultError: 'undefinedError' },
  ),

  answer(
    RemoveNotificationFromList,
    (chip, { seqNumber }) => {
      const { state } = chip;
      const kept = state.notifications.filter((each) => each.seqNumber !== seqNumber);
      const removed = kept.length < state.notifications.length;
      state.notifications = kept;
      if (removed) chip.changed();
      chip.log(
        RemoveNotificationFromList.name,
        removed ? `number ${seqNumber}: ok` : `there is no number ${seqNumber}: nothingToDelete(1)`,
      );
      return { deleteNotificationStatus: removed ? 'ok' : 'nothingToDelete' };
    },
    { deleteNotificationStatus: 'undefinedError' },
  ),
];

/** What is stored, read again: it goes out by its octets. */
function pending({ signed }: StoredNotification): PendingNotification {
  const bytes = fromBase64(signed);
  return bytes[0] === 0x30
    ? { otherSignedNotification: OtherSignedNotification.decode(bytes) }
    : { profileInstallationResult: ProfileInstallationResult.decode(bytes) };
}

/** What of a session an installation result tells; what is left of it after a loss of power. */
export interface Installation {
  readonly transactionId: string;
  readonly smdpOid: string;
  readonly address: string;
  readonly ciPKId: string;
  readonly iccid?: string | undefined;
}

export type FinalResult = Infer<typeof ProfileInstallationResultData>['finalResult'];

/** Sign and store a ProfileInstallationResult. @returns its octets: the answer to the last segment */
export function addInstallationResult(
  chip: Chip,
  { transactionId, smdpOid, address, ciPKId, iccid }: Installation,
  finalResult: FinalResult,
): Uint8Array {
  const seqNumber = chip.state.nextSeqNumber++;
  const profileInstallationResultData = buildDer(ProfileInstallationResultData, {
    transactionId,
    notificationMetadata: metadata(seqNumber, 'notificationInstall', address, iccid),
    smdpOid,
    finalResult,
  });
  const { privateKey } = signerFor(chip, ciPKId);
  const { bytes } = writeDer(ProfileInstallationResult, {
    profileInstallationResultData,
    euiccSignPIR: signatureObject(sign(privateKey, profileInstallationResultData.bytes)),
  });
  store(chip, { seqNumber, event: 'notificationInstall', address, iccid, signed: toBase64(bytes) });
  return bytes;
}

/** Tell of an event to every address that the profile's metadata names for it. @param except an address that learns of it otherwise */
export function notify(chip: Chip, profile: ProfileRecord, event: NotificationEvent, except?: string): void {
  for (const { profileManagementOperation, notificationAddress } of metadataOf(profile).notificationConfigurationInfo ?? []) {
    if (!profileManagementOperation.includes(event) || notificationAddress === except) continue;
    const seqNumber = chip.state.nextSeqNumber++;
    const tbsOtherNotification = buildDer(NotificationMetadata, metadata(seqNumber, event, notificationAddress, profile.iccid));
    const { privateKey, euiccCertificate, eumCertificate } = signerFor(chip, profile.ciPKId);
    const { bytes } = writeDer(OtherSignedNotification, {
      tbsOtherNotification,
      euiccNotificationSignature: signatureObject(sign(privateKey, tbsOtherNotification.bytes)),
      euiccCertificate,
      eumCertificate,
    });
    store(chip, { seqNumber, event, address: notificationAddress, iccid: profile.iccid, signed: toBase64(bytes) });
  }
}

const metadata = (
  seqNumber: number,
  event: NotificationEvent,
  address: string,
  iccid: string | undefined,
): NotificationMetadata => ({
  seqNumber,
  profileManagementOperation: [event],
  notificationAddress: address,
  ...(iccid !== undefined && { iccid }),
});

/** The store has an end: the oldest gives way (§3.5). */
function store(chip: Chip, notification: StoredNotification): void {
  const { state, manners } = chip;
  state.notifications.push(notification);
  while (state.notifications.length > manners.notificationStore) {
    const evicted = state.notifications.shift();
    chip.log('notification', `the store holds ${manners.notificationStore}: number ${evicted?.seqNumber} is dropped`, {
      evicted: evicted?.seqNumber,
    });
  }
  chip.changed();
  chip.log('notification', `number ${notification.seqNumber}, ${notification.event} for ${notification.address}`, {
    seqNumber: notification.seqNumber,
    event: notification.event,
  });
}
