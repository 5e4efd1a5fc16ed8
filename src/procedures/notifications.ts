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
import { callNegotiated } from '../es9/admin-protocol.ts';
import { HandleNotification } from '../es9/es9p.ts';
import { listNotification, removeNotificationFromList, retrieveNotificationsList } from '../es10/es10b.ts';
import type { Isdr } from '../es10/isdr.ts';
import type { NotificationMetadata, PendingNotification, ProfileInstallationResultData } from '../sgp22/notification.ts';
import { type Address, type AddressFault, parseAddress } from './address.ts';
import { callOptions, type Lpa } from './lpa.ts';

export interface Delivery {
  readonly seqNumber: number;
  readonly notificationAddress: string;
  readonly delivered: boolean;
  /** Why not: the notification is still on the card. */
  readonly error?: LpaError;
  /** The server refused it for the same reason before. */
  readonly isRepeated?: true;
}

/** Which notifications their server refused in an earlier command. */
export interface RefusedNotifications {
  /** Subject and reason code of the last refusal; undefined where the server has not refused it. */
  reasonOf(notification: NotificationMetadata): string | undefined;
  note(notification: NotificationMetadata, reason: string): void;
  /** The notification is no longer on the eUICC. */
  forget(notification: NotificationMetadata): void;
}

export interface SendOptions {
  /** Those to send; without it, all. Numbers that are not on the card are the caller's to notice. */
  readonly seqNumbers?: readonly number[];
  /** Time for each address; what is left over then stays on the eUICC. */
  readonly deadlineMs?: number;
  /** Serve one address after the other, each with its own time: a recording then has the same order as its replay. */
  readonly inSequence?: boolean;
}

/** Addresses that are served at the same time. */
const SIDE_BY_SIDE = 32;

/**
 * Sends pending notifications, and removes each that its server accepted: addresses side by side, for each address in order
 * of sequence number.
 *
 * A notification that its server refuses stays on the eUICC, and the next one is sent. After any other failure nothing more is
 * sent to that address: the next notification would fail too, and the server relies on the order. A notification that was
 * refused in an earlier command is sent after the others for its address.
 *
 * @returns one entry per notification, by address and number; failures are entries, not exceptions
 * @throws {EuiccError, StatusWordError} when the card does not even list them
 */
export async function sendNotifications(lpa: Lpa, options: SendOptions = {}): Promise<Delivery[]> {
  const { seqNumbers, deadlineMs, inSequence = false } = options;
  const listed = await listNotification(lpa.isdr);
  const wanted = listed.filter(({ seqNumber }) => seqNumbers?.includes(seqNumber) ?? true);
  const deliveries = await sideBySide(byAddress(wanted), inSequence ? 1 : SIDE_BY_SIDE, (waiting) =>
    withinTime(lpa, deadlineMs, (inTime) => deliverInOrder(inTime, waiting)),
  );
  return deliveries.flat();
}

/** Works on up to `width` items at a time. @returns the results in the order of the items */
async function sideBySide<Item, Result>(
  items: readonly Item[],
  width: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const rest = items.entries();
  const workers = Array.from({ length: Math.min(width, items.length) }, async () => {
    for (const [i, item] of rest) results[i] = await work(item);
  });
  // A fault in one does not leave the others unattended.
  for (const settled of await Promise.allSettled(workers)) if (settled.status === 'rejected') throw settled.reason;
  return results;
}

/** Aborts what `work` waits for once the time is over. Each address has its own time. */
async function withinTime<Result>(
  lpa: Lpa,
  deadlineMs: number | undefined,
  work: (lpa: Lpa) => Promise<Result>,
): Promise<Result> {
  if (deadlineMs === undefined) return work(lpa);
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(outOfTime(deadlineMs)), deadlineMs);
  const signals = [deadline.signal, ...(lpa.signal ? [lpa.signal] : [])];
  try {
    return await work({ ...lpa, signal: AbortSignal.any(signals) });
  } finally {
    clearTimeout(timer);
  }
}

const outOfTime = (ms: number): NetworkError =>
  new NetworkError(`ES9+.HandleNotification: not done within ${ms / 1000} s`, { problem: 'timeout' });

async function deliverInOrder(lpa: Lpa, waiting: readonly NotificationMetadata[]): Promise<Delivery[]> {
  const deliveries: Delivery[] = [];
  const wasRefused = (each: NotificationMetadata): boolean => lpa.refusedNotifications?.reasonOf(each) !== undefined;
  let last: LpaError | undefined;
  for (const notification of [...waiting.filter((each) => !wasRefused(each)), ...waiting.filter(wasRefused)]) {
    const { seqNumber, notificationAddress } = notification;
    const failure = last ? { error: last, isLast: true } : await deliver(lpa, notification);
    if (failure?.isLast) last = failure.error;
    const isRepeated = keepReason(lpa, notification, failure?.error);
    deliveries.push({
      seqNumber,
      notificationAddress,
      delivered: !failure,
      ...(failure && { error: failure.error }),
      ...(isRepeated && { isRepeated: true }),
    });
  }
  return deliveries;
}

/** @returns whether the server refused this notification for the same reason before */
function keepReason({ refusedNotifications: refused }: Lpa, notification: NotificationMetadata, error?: LpaError): boolean {
  if (!error) refused?.forget(notification);
  if (!(error instanceof ServerError)) return false;
  const reason = `${error.subjectCode}/${error.reasonCode}`;
  if (refused?.reasonOf(notification) === reason) return true;
  refused?.note(notification, reason);
  return false;
}

function byAddress(list: readonly NotificationMetadata[]): readonly (readonly NotificationMetadata[])[] {
  const groups = new Map<string, NotificationMetadata[]>();
  for (const item of [...list].sort((a, b) => a.seqNumber - b.seqNumber)) {
    const address = addressOf(item);
    const key = 'problem' in address ? item.notificationAddress : address.authority;
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return [...groups.values()];
}

/** Cards in the field hold addresses with a space at an end. */
const addressOf = ({ notificationAddress }: NotificationMetadata): Address | AddressFault =>
  parseAddress(notificationAddress.trim());

interface Failure {
  readonly error: LpaError;
  /** Nothing more is sent to this address. */
  readonly isLast: boolean;
}

/** @returns why the notification is still on the eUICC; undefined when it was accepted and removed */
async function deliver(lpa: Lpa, notification: NotificationMetadata): Promise<Failure | undefined> {
  const { seqNumber } = notification;
  let isSending = false;
  try {
    const address = addressOf(notification);
    if ('problem' in address) throw new TrustError('notificationAddress', `notification ${seqNumber}: ${address.problem}`);
    lpa.signal?.throwIfAborted();
    const pendingNotification = await retrieveNotification(lpa.isdr, seqNumber);
    isSending = true;
    await callNegotiated(lpa.servers.post, address.authority, HandleNotification, { pendingNotification }, callOptions(lpa));
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
