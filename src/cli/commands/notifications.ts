/** lpa notifications: list, send, save and remove pending notifications. SGP.22 v2.5 §3.5, §5.7.9 to §5.7.11. */
import { lstatSync } from 'node:fs';
import { DecodeError, EuiccError, type LpaError, StatusWordError, UsageError } from '../../lpa/errors.ts';
import { listNotification, removeNotificationFromList } from '../../lpa/es10/es10b.ts';
import { getEid } from '../../lpa/es10/es10c.ts';
import type { Isdr } from '../../lpa/es10/isdr.ts';
import { fileReason } from '../../lpa/file-error.ts';
import { type Delivery, sendNotifications } from '../../lpa/procedures/notifications.ts';
import { installationResultsByEvent, pendingNotification } from '../../lpa/procedures/pending-notifications.ts';
import {
  type NotificationMetadata,
  type PendingNotification,
  type ProfileInstallationResultData,
  RetrieveNotificationsListResponse,
} from '../../lpa/sgp22/notification.ts';
import { writeNew } from '../../lpa/whole-file.ts';
import { exitCodeOf } from '../../terminal/exit-codes.ts';
import { displayText } from '../../terminal/safe-text.ts';
import { type Cell, table } from '../../terminal/table.ts';
import type { App } from '../app.ts';
import { command } from '../command.ts';
import { orderOf } from '../downloads/send-notifications.ts';
import { canConfirm, confirmSevere } from '../input/confirm.ts';
import { type FinalResult, finalResultOf, resultText } from '../output/installation-result.ts';
import { errorMembers } from '../output/present.ts';
import { eventText, plural } from '../output/profile-names.ts';

export const notifications = command({
  usage: 'notifications',
  summary: 'List, send, save or remove pending notifications',
  everyReader: true,
  details: '`lpa notifications send` sends them. They stay on the card until their server has accepted them.',
  examples: ['lpa notifications', 'lpa notifications send', "lpa notifications --json | jq '.[].seqNumber'"],
  run: listed,
  text: listText,
  json: listJson,
  next: nextOfList,
});

export const notificationsList = command({
  usage: 'notifications list',
  summary: 'List pending notifications',
  everyReader: true,
  examples: ['lpa notifications list'],
  run: listed,
  text: listText,
  json: listJson,
  next: nextOfList,
});

interface Listed extends NotificationMetadata {
  /** Of an installation, where the eUICC gives results alone. */
  readonly finalResult?: FinalResult;
  readonly result?: string;
  /** Subject and reason code with which its server refused it last. */
  readonly refusal?: string;
}

async function listed(app: App): Promise<Listed[]> {
  const isdr = await app.openIsdr();
  const list = await listNotification(isdr);
  const refused = list.length > 0 ? await app.refusedNotifications() : undefined;
  const installations = list.some(isInstallation) ? await installationsAlone(isdr) : [];
  return list.map((notification) => {
    const data = installations.find(({ notificationMetadata: { seqNumber } }) => seqNumber === notification.seqNumber);
    const refusal = refused?.reasonOf(notification);
    return {
      ...notification,
      ...(data && { finalResult: finalResultOf(data), result: resultText(data, app.io.platform) }),
      ...(refusal !== undefined && { refusal }),
    };
  });
}

const isInstallation = ({ profileManagementOperation }: NotificationMetadata): boolean =>
  profileManagementOperation.includes('notificationInstall');

/** One question to the eUICC. One that does not support it is not asked for its whole list. */
async function installationsAlone(isdr: Isdr): Promise<readonly ProfileInstallationResultData[]> {
  try {
    return await installationResultsByEvent(isdr);
  } catch (error) {
    if (error instanceof EuiccError || error instanceof StatusWordError || error instanceof DecodeError) return [];
    throw error;
  }
}

function listText(list: readonly Listed[], { columns }: { readonly columns?: number }): string {
  if (list.length === 0) return 'No notifications.';
  const anyResult = list.some(({ result }) => result !== undefined);
  const anyRefused = list.some(({ refusal }) => refusal !== undefined);
  return table(
    ['SEQ', 'EVENT', 'ICCID', 'ADDRESS', ...(anyResult ? ['RESULT'] : []), ...(anyRefused ? ['REFUSED'] : [])],
    list.map(({ seqNumber, profileManagementOperation, iccid, notificationAddress, result = '', refusal = '' }): Cell[] => [
      { text: String(seqNumber), whole: true },
      eventText(profileManagementOperation),
      { text: iccid ?? '', whole: true },
      notificationAddress,
      ...(anyResult ? [result] : []),
      ...(anyRefused ? [{ text: refusal, whole: true }] : []),
    ]),
    columns,
  );
}

function listJson(list: readonly Listed[]): unknown {
  return list.map(({ result: _, ...notification }) => notification);
}

function nextOfList(list: readonly Listed[]): string | undefined {
  return list.length === 0 ? undefined : '`lpa notifications send` delivers';
}

interface Sent extends Delivery {
  readonly wording?: Awaited<ReturnType<typeof errorMembers>>;
  /** Event, ICCID and the result of an installation. */
  readonly about: string;
}

export const notificationsSend = command({
  usage: 'notifications send [<seq>...]',
  summary: 'Send notifications and remove them from the card',
  everyReader: true,
  details:
    'Servers are served side by side, each in the order of sequence numbers. A notification that its server refuses stays on the ' +
    'card, and the next one is sent. After any other failure nothing more is sent to that server.',
  examples: ['lpa notifications send', 'lpa notifications send 41 42', 'lpa notifications send --keep'],
  arguments: { seq: 'numbers from `lpa notifications`; without them, all' },
  options: { keep: { flags: '--keep', text: 'leave the notifications on the card' } },
  changes: true,
  session: true,
  async run(app, { keep = false }, seqs: string[]): Promise<Sent[]> {
    const wanted = seqNumbersFrom(seqs);
    if (wanted.length > 0) await presentOnCard(app, wanted);
    const options = { ...orderOf(app), keep, ...(wanted.length > 0 && { seqNumbers: wanted }) };
    const deliveries = await sendNotifications(await app.lpa(), options);
    return Promise.all(
      deliveries.map(async (delivery) => ({
        ...delivery,
        about: aboutText(delivery, app.io.platform),
        ...(delivery.error && { wording: await errorMembers(delivery.error, app) }),
      })),
    );
  },
  text: (sent, { paint }) =>
    sent.length === 0
      ? 'No notifications.'
      : sent
          .map(({ seqNumber, notificationAddress, about, delivered, isKept, wording }) => {
            const what = `${seqNumber} to ${displayText(notificationAddress)} (${displayText(about, 200)})`;
            if (delivered) return `${paint.good('Delivered')} ${what}${isKept ? '; it stays on the card' : ''}`;
            return `${paint.bad('Not delivered')} ${what}: ${displayText(wording?.message ?? '', 300)}`;
          })
          .join('\n'),
  json: (sent) =>
    sent.map(
      ({ seqNumber, profileManagementOperation, notificationAddress, iccid, installation, delivered, isKept, wording }) => ({
        seqNumber,
        profileManagementOperation,
        notificationAddress,
        ...(iccid !== undefined && { iccid }),
        ...(installation && { finalResult: finalResultOf(installation) }),
        delivered,
        ...(isKept && { kept: true }),
        ...(wording && { error: wording }),
      }),
    ),
  exitCode: (sent) => {
    const failed = sent.find((delivery): delivery is Sent & { error: LpaError } => delivery.error !== undefined);
    return failed ? exitCodeOf(failed.error) : 0;
  },
  next: (sent) =>
    sent.some(({ delivered }) => !delivered) ? 'they are still on the card; `lpa notifications send` tries again' : undefined,
});

/** `install of 8949000000000000011, success` */
function aboutText({ profileManagementOperation, iccid, installation }: Delivery, platform: NodeJS.Platform): string {
  const result = installation ? `, ${resultText(installation, platform)}` : '';
  return `${eventText(profileManagementOperation)}${iccid === undefined ? '' : ` of ${iccid}`}${result}`;
}

export const notificationsSave = command({
  usage: 'notifications save <file> [<seq>...]',
  summary: 'Write pending notifications to a file',
  details:
    'Writes the signed octets of pending notifications as one RetrieveNotificationsListResponse (SGP.22 §5.7.10). `lpa explain` ' +
    'shows what is in the file. The notifications stay on the card. An existing file is not overwritten.',
  examples: ['lpa notifications save pending.der', 'lpa notifications save 41.der 41'],
  arguments: { file: 'the new file', seq: 'numbers from `lpa notifications`; without them, all' },
  changes: true,
  async run(app, _options, file: string, seqs: string[]): Promise<{ file: string; saved: readonly NotificationMetadata[] }> {
    const wanted = seqNumbersFrom(seqs);
    refuseExisting(file);
    const isdr = await app.openIsdr();
    const saved = wanted.length > 0 ? await presentOnCard(app, wanted) : await listNotification(isdr);
    const notificationList: PendingNotification[] = [];
    for (const { seqNumber } of saved) notificationList.push(await pendingNotification(isdr, seqNumber));
    if (saved.length > 0) saveNew(file, RetrieveNotificationsListResponse.encode({ notificationList }));
    return { file, saved };
  },
  text: ({ file, saved }) =>
    saved.length === 0
      ? 'No notifications.'
      : `Saved ${saved.map(({ seqNumber }) => seqNumber).join(', ')} to ${displayText(file, 200)}`,
  next: ({ saved }) => (saved.length === 0 ? undefined : '`lpa notifications send` sends them'),
});

/** Before the card is asked. @throws {UsageError} */
function refuseExisting(file: string): void {
  if (lstatSync(file, { throwIfNoEntry: false })) throw cannotSave(file, 'it exists already');
}

/** @throws {UsageError} */
function saveNew(file: string, octets: Uint8Array): void {
  try {
    writeNew(file, octets, 0o600);
  } catch (cause) {
    throw cannotSave(file, fileReason(cause), cause);
  }
}

const cannotSave = (file: string, reason: string, cause?: unknown): UsageError =>
  new UsageError(`${displayText(file, 200)}: the notifications cannot be saved: ${reason}`, {
    ...(cause !== undefined && { cause }),
    remedy: 'the notifications are still on the card: name another file',
  });

export const notificationsRemove = command({
  usage: 'notifications remove [<seq>...]',
  summary: 'Drop notifications without delivering them',
  details:
    'What is dropped is never told: a server that does not hear of a deletion takes the profile for installed, and it cannot ' +
    'be installed again.',
  examples: ['lpa notifications remove 41', 'lpa notifications remove --all --confirm <eid>'],
  arguments: { seq: 'numbers from `lpa notifications`' },
  options: {
    all: { flags: '--all', text: 'all of them' },
    confirm: { flags: '--confirm <eid>', text: 'the EID in full, instead of being asked' },
  },
  changes: true,
  async run(app, { all, confirm }, seqs: string[]) {
    const wanted = seqNumbersFrom(seqs);
    if (all ? wanted.length > 0 : wanted.length === 0) throw new UsageError('give the numbers of notifications, or --all');
    canConfirm(app, confirm, 'EID');
    const chosen = all ? await listNotification(await app.openIsdr()) : await presentOnCard(app, wanted);
    if (chosen.length === 0) return { removed: [] };
    const isdr = await app.openIsdr();
    await confirmSevere(app, { what: whatIsLost(chosen), identifier: 'EID', digits: await getEid(isdr), confirm });
    const removed: number[] = [];
    const refused = await app.refusedNotifications();
    for (const notification of chosen) {
      if (await removeNotificationFromList(isdr, notification.seqNumber)) removed.push(notification.seqNumber);
      refused?.forget(notification);
    }
    return { removed };
  },
  text: ({ removed }) => (removed.length === 0 ? 'No notifications.' : `Removed ${removed.join(', ')}`),
});

function whatIsLost(chosen: readonly NotificationMetadata[]): string {
  const deletions = chosen.filter(({ profileManagementOperation }) => profileManagementOperation.includes('notificationDelete'));
  return [
    `This drops ${plural(chosen.length, 'notification')} unsent; their servers will never hear of it.`,
    ...deletions.map(
      ({ iccid }) => `The operator goes on taking ${iccid ?? 'a deleted profile'} for installed: it cannot be installed again.`,
    ),
  ].join('\n');
}

/** @throws {UsageError} */
function seqNumbersFrom(seqs: readonly string[]): number[] {
  const wrong = seqs.find((seq) => !/^\d{1,15}$/.test(seq));
  if (wrong !== undefined) throw new UsageError(`"${displayText(wrong, 40)}" is no number of a notification`);
  return [...new Set(seqs.map(Number))];
}

/** @throws {UsageError} when one of them is not on the card */
async function presentOnCard(app: App, wanted: readonly number[]): Promise<NotificationMetadata[]> {
  const list = await listNotification(await app.openIsdr());
  const missing = wanted.filter((seqNumber) => !list.some((item) => item.seqNumber === seqNumber));
  if (missing.length > 0) {
    const there = list.length > 0 ? `; there are ${list.map(({ seqNumber }) => seqNumber).join(', ')}` : '; there are none';
    throw new UsageError(`no notification ${missing.join(', ')} is on the card${there}`);
  }
  return list.filter(({ seqNumber }) => wanted.includes(seqNumber));
}
