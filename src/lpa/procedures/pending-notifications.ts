/** Reads pending notifications from the eUICC, for cards that filter them and for cards that do not. SGP.22 v2.5 §5.7.10. */
import { DecodeError, EuiccError, StatusWordError } from '../errors.ts';
import { retrieveNotificationsList } from '../es10/es10b.ts';
import type { Isdr } from '../es10/isdr.ts';
import type { NotificationMetadata, PendingNotification, ProfileInstallationResultData } from '../sgp22/notification.ts';

/**
 * Returns the octets of one notification, as the eUICC signed them (§5.7.10).
 *
 * @throws {EuiccError} `nothingToRetrieve` when the eUICC does not have it
 */
export const retrieveNotification = async (isdr: Isdr, seqNumber: number): Promise<Uint8Array> =>
  octetsOf(await pendingNotification(isdr, seqNumber));

/**
 * Returns one notification, read by its number. A card that answers undefinedError to every number is asked for the whole list.
 *
 * @throws {EuiccError} `nothingToRetrieve` when the eUICC does not have it
 */
export async function pendingNotification(isdr: Isdr, seqNumber: number): Promise<PendingNotification> {
  const find = (list: readonly PendingNotification[]): PendingNotification | undefined =>
    list.find((item) => metadataOfNotification(item).seqNumber === seqNumber);
  let found: PendingNotification | undefined;
  try {
    found = find(await retrieveNotificationsList(isdr, { searchCriteria: { seqNumber } }));
  } catch (error) {
    if (!(error instanceof EuiccError || error instanceof StatusWordError || error instanceof DecodeError)) throw error;
  }
  found ??= find(await retrieveNotificationsList(isdr));
  if (!found)
    throw new EuiccError('ES10b.RetrieveNotificationsList', 'nothingToRetrieve', {
      message: `the card lists notification ${seqNumber} and does not give it`,
    });
  return found;
}

/** What installations came to, as far as it is still on the card. By event where the card can, else from the whole list. */
export async function installationResults(isdr: Isdr): Promise<readonly ProfileInstallationResultData[]> {
  try {
    const results = await installationResultsByEvent(isdr);
    if (results.length > 0) return results;
  } catch (error) {
    if (!(error instanceof EuiccError || error instanceof StatusWordError || error instanceof DecodeError)) throw error;
  }
  return inList(await retrieveNotificationsList(isdr));
}

/** Asks for installation results alone. Some cards do not support it. @throws {EuiccError, StatusWordError} */
export async function installationResultsByEvent(isdr: Isdr): Promise<readonly ProfileInstallationResultData[]> {
  const searchCriteria = { profileManagementOperation: ['notificationInstall' as const] };
  return inList(await retrieveNotificationsList(isdr, { searchCriteria }));
}

const inList = (list: readonly PendingNotification[]): readonly ProfileInstallationResultData[] =>
  list.flatMap((item) => installationResultOf(item) ?? []);

/** Returns the result of an installation; undefined for any other notification. */
export const installationResultOf = (item: PendingNotification): ProfileInstallationResultData | undefined =>
  'profileInstallationResult' in item ? item.profileInstallationResult.value.profileInstallationResultData.value : undefined;

const metadataOfNotification = (item: PendingNotification): NotificationMetadata =>
  'profileInstallationResult' in item
    ? item.profileInstallationResult.value.profileInstallationResultData.value.notificationMetadata
    : item.otherSignedNotification.value.tbsOtherNotification.value;

export const octetsOf = (item: PendingNotification): Uint8Array =>
  'profileInstallationResult' in item ? item.profileInstallationResult.bytes : item.otherSignedNotification.bytes;
