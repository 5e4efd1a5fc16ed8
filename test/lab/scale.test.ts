/** The cost of an order, of a download and of its notification does not grow with the number of orders; many clients at once are served. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createEuicc } from '../../src/lab/euicc/euicc.ts';
import { newCardState } from '../../src/lab/euicc/state.ts';
import { openPki } from '../../src/lab/pki/store.ts';
import type { SampleOptions } from '../../src/lab/smdp/order.ts';
import { newSmdpState } from '../../src/lab/smdp/state.ts';
import { FILES } from '../../src/lab/state/folder.ts';
import { RecordFolder } from '../../src/lab/state/record-folder.ts';
import { fromBase64, toBase64 } from '../../src/lpa/bytes.ts';
import { iso7816Card } from '../../src/lpa/card/iso7816.ts';
import { openRspDoor } from '../../src/lpa/es9/https.ts';
import { Isdr } from '../../src/lpa/es10/isdr.ts';
import { readCertificate } from '../../src/lpa/pki/certificate.ts';
import { parseActivationCode } from '../../src/lpa/procedures/activation-code.ts';
import { downloadProfile } from '../../src/lpa/procedures/download.ts';
import { deviceInfoOf, type Lpa } from '../../src/lpa/procedures/lpa.ts';
import { sendNotifications } from '../../src/lpa/procedures/notifications.ts';
import { StoreMetadataRequest } from '../../src/lpa/sgp22/profile.ts';
import { runNode } from '../e2e/programs.ts';
import { linkTo } from './euicc/harness.ts';
import { keptSmdp } from './kept.ts';
import { type Running, type TestLab, testLab } from './program.ts';

const FEW = 20;
const MANY = 20_000;
/** For what is measured at MANY, against FEW. */
const MOST = 1.5;
const LPA = fileURLToPath(new URL('../../bin/lpa.js', import.meta.url));

const labs = new Map<number, TestLab>();
const labOf = (orders: number): TestLab => labs.get(orders)!;

before(async () => {
  for (const orders of [FEW, MANY]) {
    const lab = testLab();
    labs.set(orders, lab);
    assert.equal((await lab.run(['order'])).code, 0);
    using records = new RecordFolder(join(lab.dir, FILES.smdp));
    const state = newSmdpState(records);
    const [order] = state.orders;
    const metadataOfFirst = StoreMetadataRequest.decode(fromBase64(order!.metadata));
    const { sample } = order!.package as { readonly sample: SampleOptions };
    for (let i = 1; i < orders; i++) {
      const iccid = `8988201${String(i).padStart(12, '0')}`;
      const metadata = toBase64(StoreMetadataRequest.encode({ ...metadataOfFirst, iccid }));
      state.add({ ...order!, iccid, matchingId: `MANY-${i}`, metadata, package: { sample: { ...sample, iccid } } });
    }
  }
});

after(async () => {
  for (const lab of labs.values()) await lab[Symbol.asyncDispose]();
});

const median = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;

/** By turns, so that what else this machine does slows both. */
async function byTurns(times: number, measure: (orders: number) => Promise<number>): Promise<{ few: number; many: number }> {
  const few: number[] = [];
  const many: number[] = [];
  for (let i = 0; i < times; i++) {
    few.push(await measure(FEW));
    many.push(await measure(MANY));
  }
  return { few: median(few), many: median(many) };
}

test('`lpa-lab order` takes no longer among 20,000 orders', { timeout: 300_000 }, async (t) => {
  const { few, many } = await byTurns(9, async (orders) => {
    const begun = performance.now();
    const { code, stderr } = await labOf(orders).run(['order']);
    assert.equal(code, 0, stderr);
    return performance.now() - begun;
  });
  t.diagnostic(`${few.toFixed()} ms among ${FEW} orders, ${many.toFixed()} ms among ${MANY}`);
  assert.ok(many <= MOST * few, `${many} ms against ${few} ms`);
});

interface Up extends AsyncDisposable {
  readonly running: Running;
  readonly env: NodeJS.ProcessEnv;
}

async function up(lab: TestLab): Promise<Up> {
  const running = lab.start(['up']);
  await running.printed(/Ctrl-C ends it/);
  const exported = [...running.stdout().matchAll(/^ {2}export (LPA_\w+)=(\S+)$/gm)].map(([, name, value]) => [name, value]);
  return {
    running,
    env: {
      ...process.env,
      LPA_JSON: '',
      NO_PROXY: 'localhost',
      XDG_STATE_HOME: join(lab.dir, 'user'),
      ...Object.fromEntries(exported),
    },
    async [Symbol.asyncDispose]() {
      running.child.kill('SIGINT');
      await running.outcome;
    },
  };
}

/** Octets that a process has written, to files and sockets. */
function writtenBy({ child }: Running): number {
  const [, octets] = /^wchar: (\d+)$/m.exec(readFileSync(`/proc/${child.pid}/io`, 'utf8')) ?? [];
  return Number(octets);
}

/** Octets in the files of the folder. */
const sizeOf = (dir: string): number =>
  readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(join(dir, name)))
    .reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0);

test('a download and its notification write no more among 20,000 orders', { timeout: 300_000 }, async (t) => {
  await using few = await up(labOf(FEW));
  await using many = await up(labOf(MANY));
  const measured = new Map<number, { written: number; grown: number }>();
  for (const [orders, { running, env }] of [
    [FEW, few],
    [MANY, many],
  ] as const) {
    const { dir } = labOf(orders);
    const code = (await labOf(orders).run(['order'])).stdout.trim();
    const size = sizeOf(dir);
    const before = writtenBy(running);
    const { code: ended, stderr } = await runNode([LPA, 'download', code, '--yes'], env);
    assert.equal(ended, 0, stderr);
    measured.set(orders, { written: writtenBy(running) - before, grown: sizeOf(dir) - size });
    assert.equal(keptSmdp(dir).orders.at(-1)?.state, 'installed');
  }
  const { written, grown } = measured.get(FEW)!;
  const among = measured.get(MANY)!;
  t.diagnostic(
    `${written} octets written among ${FEW} orders, ${among.written} among ${MANY}; files grew by ${grown}, ${among.grown}`,
  );
  assert.ok(written > 10_000 && among.written <= MOST * written, `${among.written} octets against ${written}`);
  assert.ok(grown > 1000 && among.grown <= MOST * grown, `the files grew by ${among.grown} octets against ${grown}`);
});

const CLIENTS = 200;

test('200 clients at once download and report, each its own order', { timeout: 600_000 }, async () => {
  const lab = labOf(MANY);
  const pki = await openPki(join(lab.dir, FILES.pki));
  await using served = await up(lab);
  const smdp = String(served.env['LPA_LAB_SMDP']);
  const cis = await Promise.all(
    pki.domains.map(async ({ ciPKId, curve, ci }) => ({
      ciPKId,
      curve,
      publicKey: (await readCertificate(ci.certificate)).publicKey!,
    })),
  );
  const client = async (number: number): Promise<void> => {
    const card = createEuicc({
      state: newCardState({ eid: pki.eid }),
      identities: pki.domains.map(({ ciPKId, curve, card }) => ({
        ciPKId,
        curve,
        privateKey: card!.euicc.privateKey,
        euiccCertificate: card!.euicc.certificate,
        eumCertificate: card!.eum.certificate,
      })),
      cis,
    });
    await using isdr = await Isdr.open(iso7816Card(await linkTo(card)));
    const ciPKIds = cis.map(({ ciPKId }) => ciPKId);
    await using door = openRspDoor({
      anchors: async () => ({ ciPKIds, ca: [], allowTestCi: false, strictCi: false }),
      env: {},
    });
    const lpa: Lpa = { isdr, servers: door, device: deviceInfoOf() };
    const { smdpAddress, matchingId } = parseActivationCode(`LPA:1$${smdp}$MANY-${number}`);
    await downloadProfile(lpa, { address: smdpAddress, matchingId }, async () => ({}));
    const [delivery] = await sendNotifications(lpa);
    assert.equal(delivery?.delivered, true);
  };
  const ended = await Promise.allSettled(Array.from({ length: CLIENTS }, (_, i) => client(1000 + i)));
  const failed = ended.flatMap((each) => (each.status === 'rejected' ? [String(each.reason)] : []));
  assert.deepEqual(failed, []);
  const states = keptSmdp(lab.dir).orders.filter(({ matchingId }) => /^MANY-1[01]\d\d$/.test(matchingId));
  assert.deepEqual(
    states.map(({ state }) => state),
    Array.from({ length: CLIENTS }, () => 'installed'),
  );
});

test('a state whose file is damaged is an error with what to do, one that is cut off is read', async () => {
  const lab = labOf(FEW);
  const folder = join(lab.dir, FILES.smdp);
  const files = readdirSync(folder).map((name) => join(folder, name));
  const before = files.map((path) => readFileSync(path));
  for (const path of files) truncateSync(path, statSync(path).size - 1);
  assert.match((await lab.run(['order'])).stdout, /^LPA:1\$/);
  for (const [i, path] of files.entries()) writeFileSync(path, before[i]!.with(30, before[i]![30]! ^ 1));
  const { code, stdout, stderr } = await lab.run(['order']);
  assert.deepEqual([code, stdout], [2, '']);
  assert.match(
    stderr,
    /^lpa-lab: \S+\.records is damaged: .*\n.*put back a copy of the file, or delete all lab state with `lpa-lab reset`\n$/,
  );
  assert.equal((await lab.run(['reset'])).code, 0);
  assert.ok(!existsSync(folder));
});
