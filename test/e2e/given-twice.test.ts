/** One activation code given twice, and a server that refuses notifications: the built programs, a lab of their own, and TLS. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LabUp, labUp } from './programs.ts';

async function saysThatItIsThere(lab: LabUp, activationCode: string, exitCode: number): Promise<void> {
  const { code, stderr } = await lab.lpa(['download', activationCode, '--yes']);
  assert.equal(code, exitCode, stderr);
  assert.match(stderr, /this profile is already on this eUICC: \d{19}/);
  assert.match(stderr, /^hint: run `lpa list` to see it/m);
  assert.doesNotMatch(stderr, /delete|good|valid/);
}

test('the second download of one activation code names the profile: result pending, result sent, another LPA', {
  timeout: 120_000,
}, async () => {
  await using lab = await labUp();
  const pending = await lab.order('--name', 'Alpha');
  assert.equal((await lab.lpa(['download', pending, '--yes', '--no-notify'])).code, 0);
  await saysThatItIsThere(lab, pending, 4);
  const sent = await lab.order('--name', 'Beta');
  assert.equal((await lab.lpa(['download', sent, '--yes'])).code, 0);
  await saysThatItIsThere(lab, sent, 5);
  const byAnother = await lab.order('--name', 'Gamma');
  const elsewhere = { XDG_STATE_HOME: `${lab.dir}/another-user` };
  assert.equal((await lab.lpa(['download', byAnother, '--yes', '--no-notify'], { env: elsewhere })).code, 0);
  await saysThatItIsThere(lab, byAnother, 4);
});

test('a server that refuses a notification: exit 5, the reason, and the notification is still on the card', {
  timeout: 60_000,
}, async () => {
  await using lab = await labUp('--server-fault', 'status:8.2.6/3.8@handleNotification');
  assert.equal((await lab.lpa(['download', await lab.order(), '--yes', '--no-notify'])).code, 0);
  const sent = await lab.lpa(['notifications', 'send']);
  assert.equal(sent.code, 5, sent.stderr);
  assert.match(sent.stdout, /^Not delivered 1 to .*\(8\.2\.6\/3\.8\)$/m);
  assert.equal(JSON.parse((await lab.lpa(['notifications', '--json'])).stdout).length, 1);
});
