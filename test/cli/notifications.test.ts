import assert from 'node:assert/strict';
import { existsSync, lstatSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { refusedNotificationsIn } from '../../src/cli/downloads/refused-notifications.ts';
import { lpa } from './harness.ts';
import { openLab } from './lab.ts';
import { pending } from './profiles.ts';

const EID = '89049032123451234512345678901235';
const DELETED = {
  seqNumber: 0,
  profileManagementOperation: ['notificationDelete' as const],
  notificationAddress: 'smdp.example.com\x1b[2J',
  iccid: '8949000000000000011',
};
const INSTALLED = {
  seqNumber: 12,
  profileManagementOperation: ['notificationInstall' as const],
  notificationAddress: 'smdp.example.com',
};
const card = { BF28: pending(DELETED, INSTALLED), BF3E: `BF3E125A10${EID}`, BF30: 'BF3003800100', BF2B: 'BF2B02A000' };

test('notifications, for people and for programs', async () => {
  const { code, out } = await lpa(['notifications'], { card });
  assert.equal(code, 0);
  assert.equal(
    out,
    `\
SEQ  EVENT    ICCID                ADDRESS
0    delete   8949000000000000011  smdp.example.com\\x1B[2J
12   install                       smdp.example.com
`,
  );
  const json = await lpa(['notifications', 'list', '--json'], { card });
  assert.deepEqual(JSON.parse(json.out), [DELETED, INSTALLED]);
  assert.equal((await lpa(['notifications'], { card: { BF28: pending() } })).out, 'No notifications.\n');
});

test('notifications remove wants the numbers, and the EID', async () => {
  const none = await lpa(['notifications', 'remove'], { card });
  assert.equal(none.code, 2);
  const alone = await lpa(['notifications', 'remove', '0'], { card });
  assert.deepEqual([alone.code, alone.asked], [2, []]);
  const wrong = await lpa(['notifications', 'remove', '0', '--confirm', EID.replace('1235', '1236')], { card });
  assert.equal(wrong.code, 2);
  assert.ok(!wrong.asked.some((request) => request.startsWith('BF30')));
  const right = await lpa(['notifications', 'remove', '0', '--confirm', EID, '--json'], { card });
  assert.deepEqual([right.code, JSON.parse(right.out)], [0, { removed: [0] }]);
  assert.deepEqual(right.asked.at(-1), 'BF3003800100');
});

test('notifications remove says what is lost before it asks', async () => {
  const { code, err, out } = await lpa(['notifications', 'remove', '--all'], { card, typed: '1235\n' });
  assert.equal(code, 0);
  assert.equal(out, 'Removed 0, 12\n');
  assert.equal(
    err,
    `\
This drops 2 notifications unsent; their servers will never hear of it.
The operator goes on taking 8949000000000000011 for installed: it cannot be
installed again.
To confirm, type the last 4 digits of the EID ${EID}: `,
  );
});

test('a number that is not on the card, or none at all: exit 2', async () => {
  const missing = await lpa(['notifications', 'send', '5'], { card });
  assert.deepEqual([missing.code, missing.err], [2, 'lpa: no notification 5 is on the card; there are 0, 12\n']);
  assert.equal((await lpa(['notifications', 'send', '5x'], { card })).code, 2);
});

test('notifications send: what failed is told, and decides the exit code', async () => {
  const { code, out } = await lpa(['notifications', 'send', '0', '--json'], { card });
  assert.equal(code, 8);
  const [{ delivered, error }] = JSON.parse(out);
  assert.deepEqual([delivered, error.code, error.check], [false, 'trust', 'notificationAddress']);
});

test('notifications send: a refusal by the server is exit 5 with the reason, and the notification stays on the card', async () => {
  await using lab = await openLab({ faults: ['status:8.2.6/3.8@handleNotification'] });
  const { order, activationCode } = lab.smdp.createOrder();
  const installed = await lab.run(['download', activationCode, '--yes']);
  assert.equal(installed.code, 0, installed.err);
  assert.equal(installed.err.match(/^warning: /gm)?.length, 1);
  assert.match(installed.err, /^warning: 1 notification is still on the card: ES9\+\.HandleNotification: .* \(8\.2\.6\/3\.8\)$/m);
  const sent = await lab.run(['notifications', 'send']);
  assert.equal(sent.code, 5);
  assert.match(sent.out, /^Not delivered 1 .*ES9\+\.HandleNotification: .* \(8\.2\.6\/3\.8\)$/m);
  const { seqNumber, iccid } = JSON.parse((await lab.run(['notifications', 'list', '--json'])).out)[0];
  assert.deepEqual([seqNumber, iccid], [1, order.iccid]);
});

test('a refused notification is sent last by later commands, which are silent while the refusal repeats', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'lpa-refused-'));
  const memory = join(dir, 'lpa', 'refused-notifications');
  const env = { XDG_STATE_HOME: dir };
  const faults = ['status:8.2.6/3.8@handleNotification'];
  try {
    await using lab = await openLab({ faults });
    const { order, activationCode } = lab.smdp.createOrder();
    const installed = await lab.run(['download', activationCode, '--yes'], { env });
    assert.match(installed.err, /^warning: 1 notification is still on the card: /m);
    assert.ok(!readFileSync(memory, 'utf8').includes(order.iccid));
    const list = await lab.run(['notifications'], { env });
    assert.match(list.out, /^SEQ .* REFUSED$/m);
    assert.match(list.out, /^1 .* 8\.2\.6\/3\.8$/m);
    assert.equal(JSON.parse((await lab.run(['notifications', '--json'], { env })).out)[0].refusal, '8.2.6/3.8');

    // The refusal repeats for the first notification; the one for the enabling is new, and sent before it.
    const enabled = await lab.run(['enable', order.iccid], { env });
    assert.equal(enabled.code, 0, enabled.err);
    assert.equal(enabled.err.match(/^warning: /gm)?.length, 1);
    assert.match(enabled.err, /^warning: 1 notification is still on the card: /m);
    const again = await lab.run(['disable', order.iccid, '--json'], { env });
    assert.equal(again.err.match(/^warning: /gm)?.length, 1);
    const silent = await lab.run(['enable', order.iccid, '--json', '--no-notify'], { env });
    assert.equal(JSON.parse(silent.out).notificationsPending, 4);
    const asked = await lab.run(['notifications', 'send', '--json'], { env });
    assert.equal(asked.code, 5);
    assert.deepEqual(
      JSON.parse(asked.out).map(({ seqNumber }: { seqNumber: number }) => seqNumber),
      [4, 1, 2, 3],
    );
    const repeated = await lab.run(['disable', order.iccid, '--no-notify'], { env });
    assert.equal(repeated.code, 0);
    const onlyNew = await lab.run(['enable', order.iccid], { env });
    assert.match(onlyNew.err, /^warning: 2 notifications are still on the card: /m);
    const nothingNew = await lab.run(['enable', order.iccid], { env });
    assert.deepEqual([nothingNew.code, nothingNew.err.includes('warning')], [0, false]);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('a refusal is forgotten with its notification: accepted by the server, or removed', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'lpa-refused-'));
  const memory = join(dir, 'lpa', 'refused-notifications');
  const env = { XDG_STATE_HOME: dir };
  try {
    const refused = refusedNotificationsIn(join(dir, 'lpa'), assert.fail);
    refused.note(INSTALLED, '8.2.6/3.8');
    refused.note(DELETED, '8.1/6.1');
    refused.note(INSTALLED, '8.10.1/3.9');
    const later = refusedNotificationsIn(join(dir, 'lpa'), assert.fail);
    assert.deepEqual([later.reasonOf(INSTALLED), later.reasonOf(DELETED)], ['8.10.1/3.9', '8.1/6.1']);
    assert.equal(later.reasonOf({ ...INSTALLED, seqNumber: 13 }), undefined);
    const removed = await lpa(['notifications', 'remove', '0', '--confirm', EID], { card, env });
    assert.equal(removed.code, 0, removed.err);
    assert.ok(existsSync(memory));
    assert.equal((await lpa(['notifications', 'remove', '12', '--confirm', EID], { card, env })).code, 0);
    assert.equal(existsSync(memory), false);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('notifications list and send name the event, the ICCID and the result of an installation', async () => {
  await using lab = await openLab();
  const good = lab.smdp.createOrder();
  assert.equal((await lab.run(['download', good.activationCode, '--yes', '--enable', '--no-notify'])).code, 0);
  const { iccid } = good.order;
  const list = await lab.run(['notifications']);
  assert.match(list.out, new RegExp(`^1 +install +${iccid} +\\S+ +success *$`, 'm'));
  assert.match(list.out, new RegExp(`^2 +enable +${iccid} +\\S+ *$`, 'm'));
  const [first, second] = JSON.parse((await lab.run(['notifications', '--json'])).out);
  assert.match(first.finalResult.successResult.aid, /^A000000559/);
  assert.equal(second.finalResult, undefined);
  const { out } = await lab.run(['notifications', 'send', '--keep']);
  assert.equal(
    out,
    `Delivered 1 to ${lab.smdp.address} (install of ${iccid}, success); it stays on the card\n` +
      `Delivered 2 to ${lab.smdp.address} (enable of ${iccid}); it stays on the card\n`,
  );
  assert.deepEqual(JSON.parse((await lab.run(['notifications', 'send', '1', '--json', '--keep'])).out), [
    {
      seqNumber: 1,
      profileManagementOperation: ['notificationInstall'],
      notificationAddress: lab.smdp.address,
      iccid,
      finalResult: first.finalResult,
      delivered: true,
      kept: true,
    },
  ]);
  assert.equal(lab.card.state.notifications.length, 2);
  assert.equal((await lab.run(['notifications', 'send'])).code, 0);
  assert.deepEqual(lab.card.state.notifications, []);
});

test('a failed installation is listed and sent with its reason', async () => {
  await using lab = await openLab({ euicc: { faults: ['refuse@segment:5:installFailedDueToPEProcessingError'] } });
  const { order, activationCode } = lab.smdp.createOrder();
  assert.equal((await lab.run(['download', activationCode, '--yes', '--no-notify'])).code, 4);
  const [listed] = JSON.parse((await lab.run(['notifications', '--json'])).out);
  assert.equal(listed?.finalResult.errorResult.errorReason, 'installFailedDueToPEProcessingError');
  const { out } = await lab.run(['notifications', 'send']);
  assert.match(out, new RegExp(`^Delivered 1 to \\S+ \\(install of ${order.iccid}, installation failed in .*\\)$`, 'm'));
});

test('notifications save writes the signed octets of pending notifications, which stay on the card', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'lpa-saved-'));
  try {
    await using lab = await openLab();
    const { order, activationCode } = lab.smdp.createOrder();
    const file = join(dir, 'pending.der');
    const none = await lab.run(['notifications', 'save', file]);
    assert.deepEqual([none.code, none.out, existsSync(file)], [0, 'No notifications.\n', false]);
    assert.equal((await lab.run(['download', activationCode, '--yes', '--enable', '--no-notify'])).code, 0);
    const saved = await lab.run(['notifications', 'save', file, '--json']);
    assert.equal(saved.code, 0, saved.err);
    assert.deepEqual(
      JSON.parse(saved.out).saved.map(({ seqNumber }: { seqNumber: number }) => seqNumber),
      [1, 2],
    );
    assert.equal(lstatSync(file).mode & 0o777, 0o600);
    // The octets are those that the eUICC signed, in their order.
    const signed = lab.card.state.notifications.map((each) => Buffer.from(each.signed, 'base64'));
    assert.ok(readFileSync(file).includes(Buffer.concat(signed)));
    const explained = await lab.run(['explain', file]);
    assert.equal(explained.code, 0, explained.err);
    assert.match(explained.out, new RegExp(order.iccid));
    assert.equal(lab.card.state.notifications.length, 2);

    const again = await lab.run(['notifications', 'save', file]);
    assert.equal(again.code, 2);
    assert.match(again.err, /pending\.der: the notifications cannot be saved: it exists already$/m);
    assert.equal((await lab.run(['notifications', 'save', join(dir, 'second.der'), '2'])).code, 0);
    assert.ok(readFileSync(join(dir, 'second.der')).includes(signed[1] ?? ''));
    assert.ok(!readFileSync(join(dir, 'second.der')).includes(signed[0] ?? ''));
  } finally {
    rmSync(dir, { recursive: true });
  }
});
