/** State that the first version of the lab kept is read, once, by this one. Recorded: test/vectors/lab-first-version. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { newSmdpState } from '../../src/lab/smdp/state.ts';
import { FILES, FIRST_FILES } from '../../src/lab/state/folder.ts';
import { eidAfter } from '../../src/lab/state/saved-euicc.ts';
import { fromBase64 } from '../../src/lpa/bytes.ts';
import * as es9p from '../../src/lpa/es9/es9p.ts';
import { callRsp } from '../../src/lpa/es9/function.ts';
import { keptSmdp } from './kept.ts';
import { type TestLab, testLab } from './program.ts';
import { openBench } from './smdp/harness.ts';

// From build/test/lab; the vectors are not compiled.
const VECTORS = fileURLToPath(new URL('../../../test/vectors/lab-first-version', import.meta.url));
const FIRST_EID = '89049032141898590772084862211225';
const SECOND_EID = '89049032141898590772084862212292';
const recorded = (name: string): string => readFileSync(join(VECTORS, name), 'utf8');

/** Puts the recorded files into a folder, with its EID and its ports in place of theirs. @returns its EIDs */
async function asFirstVersion(lab: TestLab): Promise<{ eid: string; second: string; smdp: string }> {
  const info = await lab.run(['run', '--', 'lpa', 'info', 'eid']);
  const eid = info.stdout.trim();
  const second = eidAfter(eid, 10);
  const path = join(lab.dir, FILES.lab);
  const { ports } = JSON.parse(readFileSync(path, 'utf8'));
  const { ports: before } = JSON.parse(recorded('lab.json'));
  writeFileSync(path, JSON.stringify({ format: 1, ports }));
  for (const name of Object.values(FIRST_FILES)) {
    const text = recorded(name)
      .replaceAll(FIRST_EID, eid)
      .replaceAll(SECOND_EID, second)
      .replaceAll(`localhost:${before.smdp}`, `localhost:${ports.smdp}`)
      .replaceAll(`localhost:${before.smds}`, `localhost:${ports.smds}`);
    writeFileSync(join(lab.dir, name), text);
  }
  for (const part of ['card', 'furtherCards', 'smdp', 'smds'] as const) {
    rmSync(join(lab.dir, FILES[part]), { recursive: true, force: true });
  }
  return { eid, second, smdp: `localhost:${ports.smdp}` };
}

test('profiles, orders, Events and further cards of the first version are there', { timeout: 120_000 }, async () => {
  await using lab = testLab();
  const { eid, second, smdp } = await asFirstVersion(lab);
  const lpa = async (...args: string[]) => {
    const { code, stdout, stderr } = await lab.run(['run', '--', 'lpa', ...args]);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const names = async (): Promise<string[]> =>
    JSON.parse(await lpa('list', '--json')).map(({ profileName }: { profileName: string }) => profileName);
  assert.deepEqual(await names(), ['Alpha']);
  const { orders } = keptSmdp(lab.dir);
  assert.deepEqual(
    orders.map(({ iccid, state, bindings, isRegistered }) => [iccid, state, bindings.length, isRegistered]),
    [
      ['8988201000000000019', 'downloaded', 1, undefined],
      ['8988201000000000027', 'released', 0, undefined],
      ['8988201000000000035', 'released', 0, true],
    ],
  );
  const found = JSON.parse(await lpa('discover', '--json')) as { matchingId?: string }[];
  assert.ok(JSON.stringify(found).includes(orders[2]!.matchingId), JSON.stringify(found));
  await lpa('download', `LPA:1$${smdp}$${orders[1]!.matchingId}`, '--yes', '--no-notify');
  assert.deepEqual(await names(), ['Alpha', 'Beta']);
  const readers = await lab.run(['run', '--pcsc', '--cards', '2', '--', 'lpa', 'readers', '--json']);
  assert.deepEqual(
    JSON.parse(readers.stdout).map((each: { eid: string }) => each.eid),
    [eid, second],
  );
  for (const name of Object.values(FIRST_FILES)) assert.ok(!existsSync(join(lab.dir, name)), name);
  assert.equal(JSON.parse(readFileSync(join(lab.dir, FILES.lab), 'utf8')).format, 2);
});

test('an installation result is verified with the binding that the first version kept', async () => {
  const state = newSmdpState();
  state.addFirst(JSON.parse(recorded('smdp.json')));
  await using bench = await openBench({ state });
  const { notifications } = JSON.parse(recorded('card.json'));
  const pendingNotification = fromBase64(notifications[0].signed);
  await callRsp(bench.door.post, bench.smdp.address, es9p.HandleNotification, { pendingNotification });
  assert.deepEqual(
    state.notifications.map(({ verified, result }) => [verified, result]),
    [[true, 'ok']],
  );
  assert.equal(state.byIccid('8988201000000000019')?.state, 'installed');
});
