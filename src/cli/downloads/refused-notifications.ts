/**
 * Which notifications their server refused, from one command to the next, as a file: a refusal that repeats is no news. An entry
 * names the notification by a hash over its metadata, so the card need not be asked for its EID.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fileReason } from '../../lpa/file-error.ts';
import type { RefusedNotifications } from '../../lpa/procedures/notifications.ts';
import type { NotificationMetadata } from '../../lpa/sgp22/notification.ts';
import { stateLines } from './state-lines.ts';

/**
 * @param folder of the state that outlives commands
 * @param warn is called once, when the file cannot be written
 */
export function refusedNotificationsIn(folder: string, warn: (text: string) => void): RefusedNotifications {
  const lines = stateLines(join(folder, 'refused-notifications'));
  let known: Map<string, string> | undefined;
  let isBroken = false;
  const reasons = (): Map<string, string> => {
    known ??= readReasons(lines.read());
    return known;
  };
  const write = (change: () => void): void => {
    if (isBroken) return;
    try {
      change();
    } catch (cause) {
      isBroken = true;
      warn(`the refusal of a notification cannot be kept: ${fileReason(cause)}. The next command reports it again.`);
    }
  };
  return {
    reasonOf: (notification) => reasons().get(keyOf(notification)),
    note(notification, reason) {
      reasons().set(keyOf(notification), reason);
      write(() => lines.add({ notification: keyOf(notification), reason }));
    },
    forget(notification) {
      if (!reasons().delete(keyOf(notification))) return;
      const isLast = reasons().size === 0;
      write(() => (isLast ? lines.remove() : lines.add({ notification: keyOf(notification) })));
    },
  };
}

/** A later line replaces an earlier one; a line without a reason ends the entry. */
function readReasons(lines: readonly Readonly<Record<string, unknown>>[]): Map<string, string> {
  const reasons = new Map<string, string>();
  for (const { notification, reason } of lines) {
    if (typeof notification !== 'string') continue;
    if (typeof reason === 'string') reasons.set(notification, reason);
    else reasons.delete(notification);
  }
  return reasons;
}

function keyOf({ seqNumber, profileManagementOperation, notificationAddress, iccid }: NotificationMetadata): string {
  const text = JSON.stringify([seqNumber, profileManagementOperation, notificationAddress, iccid ?? '']);
  return createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 32);
}
