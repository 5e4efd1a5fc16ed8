/** Sends pending notifications: each stays on the eUICC until its server accepted it. SGP.22 v2.5 §3.5. */
import {
  CardError,
  DecodeError,
  EuiccError,
  LpaError,
  NetworkError,
  ServerError,
  StatusWordError,
  TrustError,
} from '../errors.ts';
import { HandleNotification } from '../es9/es9p.ts';
import { callRsp } from '../es9/function.ts';
import { listNotification, removeNotificationFromList, retrieveNotificationsList } from '../es10/es10b.ts';
import type { Isdr } from '../es10/isdr.ts';
import type { NotificationMetadata, PendingNotification, ProfileInstallationResultData } from '../sgp22/notification.ts';
import { parseAddress } from './address.ts';
import { callOptions, type Lpa } from './lpa.ts';

export interface Delivery {
  readonly seqNumber: number;
  readonly notificationAddress: string;
  readonly delivered: boolean;
  /** Why not: the notification is still on the card. */
  readonly error?: LpaError;
}

export interface SendOptions {
  /** Those to send; without it, all. Numbers that are not on the card are the caller's to notice. */
  readonly seqNumbers?: readonly number[];
  /** Time for all of them together; what is left over stays on the card. */
  readonly deadlineMs?: number;
}

/**
 * Sends pending notifications, per address in order of sequence number, and removes each that its server accepted.
 *
 * A notification that its server refuses stays on the eUICC, and the next one is sent. After any other failure nothing more is
 * sent to that address: the next notification would fail too, and the server relies on the order.
 *
 * @returns one entry per notification, by address and number; failures are entries, not exceptions
 * @throws {EuiccError, StatusWordError} when the card does not even list them
 */
export async function sendNotifications(lpa: Lpa, { seqNumbers, deadlineMs }: SendOptions = {}): Promise<Delivery[]> {
  const listed = await listNotification(lpa.isdr);
  const wanted = listed.filter(({ seqNumber }) => seqNumbers?.includes(seqNumber) ?? true);
  const deadline = new AbortController();
  const timer = deadlineMs !== undefined && setTimeout(() => deadline.abort(outOfTime(deadlineMs)), deadlineMs);
  const signals = [deadline.signal, ...(lpa.signal ? [lpa.signal] : [])];
  try {
    return await deliverAll({ ...lpa, signal: AbortSignal.any(signals) }, wanted);
  } finally {
    if (timer) clearTimeout(timer);
  }
}

const outOfTime = (ms: number): NetworkError =>
  new NetworkError(`ES9+.HandleNotification: not done within ${ms / 1000} s`, { problem: 'timeout' });

async function deliverAll(lpa: Lpa, wanted: readonly NotificationMetadata[]): Promise<Delivery[]> {
  const deliveries: Delivery[] = [];
  for (const waiting of byAddress(wanted)) deliveries.push(...(await deliverInOrder(lpa, waiting)));
  return deliveries;
}

async function deliverInOrder(lpa: Lpa, waiting: readonly NotificationMetadata[]): Promise<Delivery[]> {
  const deliveries: Delivery[] = [];
  let last: LpaError | undefined;
  for (const { seqNumber, notificationAddress } of waiting) {
    const failure = last ? { error: last, isLast: true } : await deliver(lpa, seqNumber, notificationAddress);
    if (failure?.isLast) last = failure.error;
    deliveries.push({ seqNumber, notificationAddress, delivered: !failure, ...(failure && { error: failure.error }) });
  }
  return deliveries;
}

function byAddress(list: readonly NotificationMetadata[]): readonly (readonly NotificationMetadata[])[] {
  const groups = new Map<string, NotificationMetadata[]>();
  for (const item of [...list].sort((a, b) => a.seqNumber - b.seqNumber)) {
    groups.set(item.notificationAddress, [...(groups.get(item.notificationAddress) ?? []), item]);
  }
  return [...groups.values()];
}

interface Failure {
  readonly error: LpaError;
  /** Nothing more is sent to this address. */
  readonly isLast: boolean;
}

/** @returns why the notification is still on the eUICC; undefined when it was accepted and removed */
async function deliver(lpa: Lpa, seqNumber: number, notificationAddress: string): Promise<Failure | undefined> {
  let isSending = false;
  try {
    // Cards in the field hold addresses with a space at an end.
    const address = parseAddress(notificationAddress.trim());
    if ('problem' in address) throw new TrustError('notificationAddress', `notification ${seqNumber}: ${address.problem}`);
    lpa.signal?.throwIfAborted(); // for the next address, after the time was over at one
    const pendingNotification = await retrieveNotification(lpa.isdr, seqNumber);
    isSending = true;
    await callRsp(lpa.servers.post, address.authority, HandleNotification, { pendingNotification }, callOptions(lpa));
    isSending = false;
    await removeNotificationFromList(lpa.isdr, seqNumber);
    return undefined;
  } catch (error) {
    if (!(error instanceof LpaError)) throw error;
    // A refusal, and an eUICC that does not give this notification, concern this notification alone.
    const isLast = isSending
      ? !(error instanceof ServerError)
      : error instanceof CardError && !(error instanceof StatusWordError);
    return { error, isLast };
  }
}

/**
 * One notification, as the octets to deliver. By its number; cards that answer undefinedError to every number are asked
 * for the whole list.
 *
 * @throws {EuiccError} `nothingToRetrieve` when the card does not have it
 */
export async function retrieveNotification(isdr: Isdr, seqNumber: number): Promise<Uint8Array> {
  const find = (list: readonly PendingNotification[]): Uint8Array | undefined => {
    const found = list.find((item) => metadataOfNotification(item).seqNumber === seqNumber);
    return found && octetsOf(found);
  };
  let octets: Uint8Array | undefined;
  try {
    octets = find(await retrieveNotificationsList(isdr, { searchCriteria: { seqNumber } }));
  } catch (error) {
    if (!(error instanceof EuiccError || error instanceof StatusWordError || error instanceof DecodeError)) throw error;
  }
  octets ??= find(await retrieveNotificationsList(isdr));
  if (!octets)
    throw new EuiccError('ES10b.RetrieveNotificationsList', 'nothingToRetrieve', {
      message: `the card lists notification ${seqNumber} and does not give it`,
    });
  return octets;
}

/** What installations came to, as far as it is still on the card. By event where the card can, else from the whole list. */
export async function installationResults(isdr: Isdr): Promise<readonly ProfileInstallationResultData[]> {
  const inList = (list: readonly PendingNotification[]): readonly ProfileInstallationResultData[] =>
    list.flatMap((item) =>
      'profileInstallationResult' in item ? [item.profileInstallationResult.value.profileInstallationResultData.value] : [],
    );
  const searchCriteria = { profileManagementOperation: ['notificationInstall' as const] };
  try {
    const results = inList(await retrieveNotificationsList(isdr, { searchCriteria }));
    if (results.length > 0) return results;
  } catch (error) {
    if (!(error instanceof EuiccError || error instanceof StatusWordError || error instanceof DecodeError)) throw error;
  }
  return inList(await retrieveNotificationsList(isdr));
}

const metadataOfNotification = (item: PendingNotification): NotificationMetadata =>
  'profileInstallationResult' in item
    ? item.profileInstallationResult.value.profileInstallationResultData.value.notificationMetadata
    : item.otherSignedNotification.value.tbsOtherNotification.value;

const octetsOf = (item: PendingNotification): Uint8Array =>
  'profileInstallationResult' in item ? item.profileInstallationResult.bytes : item.otherSignedNotification.bytes;
