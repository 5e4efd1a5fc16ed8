/** What does not have to happen now, and what has to be borne: a network that dies, a card that takes its time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labUp } from './programs.ts';

test('the network dies after the profile is installed: done, with a warning; the notification is delivered later', {
  timeout: 60_000,
}, async () => {
  await using lab = await labUp('--server-fault', 'dies-after-package');
  const { code, stdout, stderr } = await lab.lpa(['download', await lab.order('--name', 'Alpha'), '--yes', '--json']);
  assert.equal(code, 0, stderr);
  const { iccid, profileState, notificationsPending } = JSON.parse(stdout);
  assert.deepEqual([profileState, notificationsPending], ['disabled', 1]);
  assert.match(stderr, /^warning: 1 notification is still on the card: \S+: .*\n`lpa notifications send` tries again$/m);

  // Still nobody there: what is said is an error now, for it was asked for.
  const early = await lab.lpa(['notifications', 'send', '--json']);
  assert.equal(early.code, 6);
  assert.equal(JSON.parse(early.stdout)[0].delivered, false);

  await lab.restart();
  const [pending, ...others] = JSON.parse((await lab.lpa(['notifications', '--json'])).stdout);
  assert.deepEqual([pending.profileManagementOperation, pending.iccid, others], [['notificationInstall'], iccid, []]);
  assert.ok(!(await lab.log()).some(({ event }) => event === 'ES9+.HandleNotification'));
  const sent = await lab.lpa(['notifications', 'send', '--json']);
  assert.equal(sent.code, 0, sent.stderr);
  assert.deepEqual(JSON.parse(sent.stdout), [{ ...pending, delivered: true }]);
  const heard = (await lab.log()).filter(({ event }) => event === 'ES9+.HandleNotification');
  assert.deepEqual(
    heard.map(({ detail, data = {} }) => [detail, data['verified']]),
    [[`install ${pending.seqNumber} of ICCID ${iccid}, ok: verified`, true]],
  );
  assert.deepEqual(JSON.parse((await lab.lpa(['notifications', '--json'])).stdout), []);
});

test('a load of ten seconds: one connection for the whole download, its notification included', { timeout: 60_000 }, async () => {
  await using lab = await labUp('--manners', 'slow-load');
  const code = await lab.order();
  await lab.log();
  const began = performance.now();
  const { code: exit, stdout, stderr } = await lab.lpa(['download', code, '--yes', '--json']);
  assert.equal(exit, 0, stderr);
  assert.ok(performance.now() - began > 10_000);
  assert.equal(JSON.parse(stdout).notificationsPending, 0);
  const log = await lab.log();
  assert.ok(log.some(({ event }) => event === 'ES9+.HandleNotification'));
  const handshakes = log.filter(
    ({ who, event, data }) => who === 'sm-dp+' && event === 'TLS' && data?.['protocol'] !== undefined,
  );
  assert.equal(handshakes.length, 1);
});
