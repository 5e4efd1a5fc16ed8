/** lpa notifications: what the card still has to tell servers. SGP.22 v2.5 §3.5, §5.7.9 to §5.7.11. */
import { type LpaError, UsageError } from '../../errors.ts';
import { listNotification, removeNotificationFromList } from '../../es10/es10b.ts';
import { getEid } from '../../es10/es10c.ts';
import { type Delivery, sendNotifications } from '../../procedures/notifications.ts';
import type { NotificationMetadata } from '../../sgp22/notification.ts';
import type { App } from '../app.ts';
import { command } from '../command.ts';
import { canConfirm, confirmSevere } from '../confirm.ts';
import { orderOf } from '../deliver.ts';
import { displayText } from '../foreign-text.ts';
import { eventText, plural } from '../names.ts';
import { errorMembers, exitCodeOf } from '../present.ts';
import { type Cell, table } from '../table.ts';

export const notifications = command({
  usage: 'notifications',
  summary: 'List, deliver or drop what the card has to tell servers',
  everyReader: true,
  details: '`lpa notifications send` delivers them. They stay on the card until their server has taken them.',
  examples: ['lpa notifications', 'lpa notifications send', "lpa notifications --json | jq '.[].seqNumber'"],
  run: listed,
  text: listText,
  next: nextOfList,
});

export const notificationsList = command({
  usage: 'notifications list',
  summary: 'List what the card has to tell servers',
  everyReader: true,
  examples: ['lpa notifications list'],
  run: listed,
  text: listText,
  next: nextOfList,
});

interface Listed extends NotificationMetadata {
  /** Subject and reason code with which its server refused it last. */
  readonly refusal?: string;
}

async function listed(app: App): Promise<Listed[]> {
  const list = await listNotification(await app.openIsdr());
  const refused = list.length > 0 ? await app.refusedNotifications() : undefined;
  return list.map((notification) => {
    const refusal = refused?.reasonOf(notification);
    return { ...notification, ...(refusal !== undefined && { refusal }) };
  });
}

function listText(list: readonly Listed[], { columns }: { readonly columns?: number }): string {
  if (list.length === 0) return 'No notifications.';
  const anyRefused = list.some(({ refusal }) => refusal !== undefined);
  return table(
    ['SEQ', 'EVENT', 'ICCID', 'ADDRESS', ...(anyRefused ? ['REFUSED'] : [])],
    list.map(({ seqNumber, profileManagementOperation, iccid, notificationAddress, refusal = '' }): Cell[] => [
      { text: String(seqNumber), whole: true },
      eventText(profileManagementOperation),
      { text: iccid ?? '', whole: true },
      notificationAddress,
      ...(anyRefused ? [{ text: refusal, whole: true }] : []),
    ]),
    columns,
  );
}

function nextOfList(list: readonly Listed[]): string | undefined {
  return list.length === 0 ? undefined : '`lpa notifications send` delivers';
}

interface Sent extends Delivery {
  readonly wording?: Awaited<ReturnType<typeof errorMembers>>;
}

export const notificationsSend = command({
  usage: 'notifications send [<seq>...]',
  summary: 'Deliver notifications and remove them from the card',
  everyReader: true,
  details:
    'Servers are served side by side, each in the order of sequence numbers. A notification that its server refuses stays on the ' +
    'card, and the next one is sent. After any other failure nothing more is sent to that server.',
  examples: ['lpa notifications send', 'lpa notifications send 41 42'],
  arguments: { seq: 'numbers from `lpa notifications`; without them, all' },
  changes: true,
  session: true,
  async run(app, _options, seqs: string[]): Promise<Sent[]> {
    const wanted = seqNumbersFrom(seqs);
    if (wanted.length > 0) await presentOnCard(app, wanted);
    const deliveries = await sendNotifications(await app.lpa(), {
      ...orderOf(app),
      ...(wanted.length > 0 && { seqNumbers: wanted }),
    });
    return Promise.all(
      deliveries.map(async (delivery) => ({
        ...delivery,
        ...(delivery.error && { wording: await errorMembers(delivery.error, app) }),
      })),
    );
  },
  text: (sent, { paint }) =>
    sent.length === 0
      ? 'No notifications.'
      : sent
          .map(({ seqNumber, notificationAddress, delivered, wording }) => {
            const address = displayText(notificationAddress);
            return delivered
              ? `${paint.good('Delivered')} ${seqNumber} to ${address}`
              : `${paint.bad('Not delivered')} ${seqNumber} to ${address}: ${displayText(wording?.message ?? '', 300)}`;
          })
          .join('\n'),
  json: (sent) =>
    sent.map(({ seqNumber, notificationAddress, delivered, wording }) => ({
      seqNumber,
      notificationAddress,
      delivered,
      ...(wording && { error: wording }),
    })),
  exitCode: (sent) => {
    const failed = sent.find((delivery): delivery is Sent & { error: LpaError } => delivery.error !== undefined);
    return failed ? exitCodeOf(failed.error) : 0;
  },
  next: (sent) =>
    sent.some(({ delivered }) => !delivered) ? 'they are still on the card; `lpa notifications send` tries again' : undefined,
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
