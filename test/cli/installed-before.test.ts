/** One activation code given twice: the second download names the profile that is there, and gives no advice that loses it. */
import assert from 'node:assert/strict';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { codeHistoryIn } from '../../src/cli/downloads/activation-code-history.ts';
import { stateLines } from '../../src/cli/downloads/state-lines.ts';
import type { Ran } from './harness.ts';
import { EID, type Lab, openLab } from './lab.ts';

const ALPHA = { profileName: 'Alpha', serviceProviderName: 'Lab Mobile' };

function stateHome(): { dir: string; env: Record<string, string> } & Disposable {
  const dir = mkdtempSync(join(tmpdir(), 'lpa-state-'));
  return { dir, env: { XDG_STATE_HOME: dir }, [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }) };
}

function saysThatItIsThere({ err }: Ran, iccid: string): void {
  assert.match(err, new RegExp(`this profile is already on this eUICC: ${iccid}$`, 'm'));
  assert.match(err, /^hint: run `lpa list` to see it/m);
  assert.match(err, /^the activation code is used/m);
  assert.doesNotMatch(err, /delete|good|valid|mistyped/);
}

const again = (lab: Lab, code: string, env: Record<string, string>): Promise<Ran> =>
  lab.run(['download', code, '--yes'], { env });

test('a download without notifications, then the same code: exit 4, the profile is there, and the code is used', async () => {
  await using lab = await openLab();
  using home = stateHome();
  const { order, activationCode } = lab.smdp.createOrder(ALPHA);
  const first = await lab.run(['download', activationCode, '--yes', '--no-notify'], home);
  assert.equal(first.code, 0, first.err);
  const second = await again(lab, activationCode, home.env);
  assert.equal(second.code, 4);
  saysThatItIsThere(second, order.iccid);
  // The session is postponed, and the result of the first download reaches the server.
  assert.ok(lab.log.some(({ who, data }) => who === 'sm-dp+' && data?.['reason'] === 'postponed'));
  assert.deepEqual([order.state, lab.card.state.notifications.length], ['installed', 0]);
});

test('the same code twice, the order ended by the first notification: exit 5, the profile is there, and the code is used', async () => {
  await using lab = await openLab();
  using home = stateHome();
  const { order, activationCode } = lab.smdp.createOrder(ALPHA);
  assert.equal((await again(lab, activationCode, home.env)).code, 0);
  const second = await again(lab, activationCode, home.env);
  assert.equal(second.code, 5);
  assert.match(second.err, /^lpa: ES9\+\.AuthenticateClient: matching ID refused \(8\.2\.6\/3\.8\)$/m);
  saysThatItIsThere(second, order.iccid);
  const json = await lab.run(['download', activationCode, '--yes', '--json'], home);
  const { error } = JSON.parse(json.err.trimEnd().split('\n').at(-1) ?? '');
  assert.deepEqual([error.code, error.iccid, error.activationCode], ['server', order.iccid, 'used']);
  const inspected = await lab.run(['inspect', activationCode], home);
  assert.equal(inspected.code, 5);
  saysThatItIsThere(inspected, order.iccid);
});

test('a profile that another LPA installed, its result pending: exit 4, the profile is there, and the code is used', async () => {
  await using lab = await openLab();
  using home = stateHome();
  const { order, activationCode } = lab.smdp.createOrder(ALPHA);
  // Another LPA, as far as this state folder knows.
  assert.equal((await lab.run(['download', activationCode, '--yes', '--no-notify'])).code, 0);
  const inspected = await lab.run(['inspect', activationCode], home);
  assert.match(inspected.out, /Nothing was installed\. Run `lpa list` to see the profile\.\n$/);
  const second = await again(lab, activationCode, home.env);
  assert.equal(second.code, 4);
  saysThatItIsThere(second, order.iccid);
});

test('another LPA installed it, its result pending, and the server refuses the code: the profile is named', async () => {
  await using lab = await openLab();
  using home = stateHome();
  const { order, activationCode } = lab.smdp.createOrder(ALPHA);
  assert.equal((await lab.run(['download', activationCode, '--yes', '--no-notify'])).code, 0);
  order.state = 'installed';
  const second = await again(lab, activationCode, home.env);
  assert.equal(second.code, 5);
  saysThatItIsThere(second, order.iccid);
});

test('a refused code that installed nothing here is not said to have: other profiles of the same SM-DP+ are not its own', async () => {
  await using lab = await openLab();
  using home = stateHome();
  const { activationCode } = lab.smdp.createOrder(ALPHA);
  assert.equal((await lab.run(['download', activationCode, '--yes', '--no-notify'], home)).code, 0);
  const mistyped = await again(lab, `${activationCode.slice(0, -1)}X`, home.env);
  assert.equal(mistyped.code, 5);
  assert.doesNotMatch(mistyped.err, /already on this eUICC/);
  assert.doesNotMatch(mistyped.err, /the activation code is used/);
});

test('the profile is there, and neither this computer nor the eUICC knows its activation code: the code stays good', async () => {
  await using lab = await openLab();
  using home = stateHome();
  const { order, activationCode } = lab.smdp.createOrder(ALPHA);
  assert.equal((await lab.run(['download', activationCode, '--yes'])).code, 0);
  assert.deepEqual(lab.card.state.notifications, []);
  order.state = 'released'; // the operator offers the profile again
  const { code, err } = await again(lab, activationCode, home.env);
  assert.equal(code, 4, err);
  assert.match(err, /this profile is already on this eUICC/);
  assert.match(err, /^the activation code is still good$/m);
  assert.doesNotMatch(err, /delete/);
});

test('the history of used codes holds hashes alone, and only its owner can read it', async () => {
  await using lab = await openLab();
  using home = stateHome();
  const { order, activationCode } = lab.smdp.createOrder(ALPHA);
  assert.equal((await again(lab, activationCode, home.env)).code, 0);
  const folder = join(home.dir, 'lpa');
  assert.deepEqual(readdirSync(folder), ['used-codes']);
  assert.equal(lstatSync(join(folder, 'used-codes')).mode & 0o777, 0o600);
  const text = readFileSync(join(folder, 'used-codes'), 'utf8');
  for (const secret of [order.iccid, EID, activationCode.split('$')[2] ?? '', lab.smdp.address]) {
    assert.ok(secret.length > 3 && !text.includes(secret), secret);
  }
});

test('a history that cannot be read or written is no obstacle to a download, and follows no link', async () => {
  await using lab = await openLab();
  using home = stateHome();
  const folder = join(home.dir, 'lpa');
  mkdirSync(folder);
  const target = join(home.dir, 'target');
  writeFileSync(target, 'mine\n');
  symlinkSync(target, join(folder, 'used-codes'));
  const { code, err } = await again(lab, lab.smdp.createOrder(ALPHA).activationCode, home.env);
  assert.equal(code, 0, err);
  assert.match(err, /^warning: the history of activation codes could not be written: it is a symbolic link$/m);
  assert.equal(readFileSync(target, 'utf8'), 'mine\n');
});

test('a line that is cut off is passed over, and a large history keeps its newest half', () => {
  using home = stateHome();
  const path = join(home.dir, 'lpa', 'lines');
  const lines = stateLines(path);
  assert.deepEqual(lines.read(), []);
  lines.add({ n: 1 });
  writeFileSync(path, `${readFileSync(path, 'utf8')}{"n":2`);
  chmodSync(path, 0o644);
  lines.add({ n: 3 }); // on the line that was cut off
  lines.add({ n: 4 });
  assert.deepEqual(lines.read(), [{ n: 1 }, { n: 4 }]);
  assert.equal(lstatSync(path).mode & 0o777, 0o600);
  for (let n = 5; n < 600; n++) lines.add({ n, filler: 'x'.repeat(1000) });
  const kept = lines.read();
  assert.equal(kept.at(-1)?.['n'], 599);
  assert.ok(kept.length > 100 && kept.length < 300, `${kept.length}`);
  lines.remove();
  assert.deepEqual(lines.read(), []);
});

test('the history knows the code of a profile, and that another code installed it', () => {
  using home = stateHome();
  codeHistoryIn(home.dir, () => 'a.b$ONE').installed('8949000000000000011');
  assert.equal(codeHistoryIn(home.dir, () => 'a.b$ONE').isFrom('8949000000000000011'), true);
  assert.equal(codeHistoryIn(home.dir, () => 'a.b$TWO').isFrom('8949000000000000011'), false);
  assert.equal(codeHistoryIn(home.dir, () => 'a.b$ONE').isFrom('8949000000000000029'), undefined);
  assert.equal(codeHistoryIn(home.dir, () => undefined).isFrom('8949000000000000011'), undefined);
});
