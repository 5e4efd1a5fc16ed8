/** Sends pending notifications: each stays on the eUICC until its server accepted it. SGP.22 v2.5 §3.5. */
import { CardError, LpaError, NetworkError, ServerError, StatusWordError, TrustError } from '../errors.ts';
import { callNegotiated } from '../es9/admin-protocol.ts';
import { HandleNotification } from '../es9/es9p.ts';
import { listNotification, removeNotificationFromList } from '../es10/es10b.ts';
import type { NotificationMetadata, ProfileInstallationResultData } from '../sgp22/notification.ts';
import { type Address, type AddressFault, parseAddress } from './address.ts';
import { callOptions, type Lpa } from './lpa.ts';
import { installationResultOf, octetsOf, pendingNotification } from './pending-notifications.ts';

export interface Delivery extends NotificationMetadata {
  /** Of an installation, as far as the notification was read. */
  readonly installation?: ProfileInstallationResultData;
  /** The server accepted it. */
  readonly delivered: boolean;
  /** It was accepted, and is still on the eUICC. */
  readonly isKept?: true;
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
  /** Leave accepted notifications on the eUICC. */
  readonly keep?: boolean;
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
  const { seqNumbers, deadlineMs, inSequence = false, keep = false } = options;
  const listed = await listNotification(lpa.isdr);
  const wanted = listed.filter(({ seqNumber }) => seqNumbers?.includes(seqNumber) ?? true);
  const deliveries = await sideBySide(byAddress(wanted), inSequence ? 1 : SIDE_BY_SIDE, (waiting) =>
    withinTime(lpa, deadlineMs, (inTime) => deliverInOrder(inTime, waiting, keep)),
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

async function deliverInOrder(lpa: Lpa, waiting: readonly NotificationMetadata[], keep: boolean): Promise<Delivery[]> {
  const deliveries: Delivery[] = [];
  const wasRefused = (each: NotificationMetadata): boolean => lpa.refusedNotifications?.reasonOf(each) !== undefined;
  let last: LpaError | undefined;
  for (const notification of [...waiting.filter((each) => !wasRefused(each)), ...waiting.filter(wasRefused)]) {
    const { installation, failure }: Attempt = last
      ? { failure: { error: last, isLast: true } }
      : await deliver(lpa, notification, keep);
    if (failure?.isLast) last = failure.error;
    const isRepeated = keepReason(lpa, notification, failure?.error);
    deliveries.push({
      ...notification,
      ...(installation && { installation }),
      delivered: !failure,
      ...(keep && !failure && { isKept: true }),
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

interface Attempt {
  readonly installation?: ProfileInstallationResultData | undefined;
  /** Why the notification is still on the eUICC. */
  readonly failure?: Failure;
}

async function deliver(lpa: Lpa, notification: NotificationMetadata, keep: boolean): Promise<Attempt> {
  const { seqNumber } = notification;
  let installation: ProfileInstallationResultData | undefined;
  let isSending = false;
  try {
    const address = addressOf(notification);
    if ('problem' in address) throw new TrustError('notificationAddress', `notification ${seqNumber}: ${address.problem}`);
    lpa.signal?.throwIfAborted();
    const item = await pendingNotification(lpa.isdr, seqNumber);
    installation = installationResultOf(item);
    isSending = true;
    const request = { pendingNotification: octetsOf(item) };
    await callNegotiated(lpa.servers.post, address.authority, HandleNotification, request, callOptions(lpa));
    isSending = false;
    if (!keep) await removeNotificationFromList(lpa.isdr, seqNumber);
    return { installation };
  } catch (error) {
    if (!(error instanceof LpaError)) throw error;
    // A refusal, and an eUICC that does not give this notification, concern this notification alone.
    const isLast = isSending
      ? !(error instanceof ServerError)
      : error instanceof CardError && !(error instanceof StatusWordError);
    return { installation, failure: { error, isLast } };
  }
}
