/** What stands between a program and a card, provoked with a real pcscd: the doctor tells each apart. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readersWhen, sourcesWith, startClient, startRig } from './rig.ts';

const LPA = fileURLToPath(new URL('../../bin/lpa.js', import.meta.url));
const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url));
const NOBODY = 65534;

const home = mkdtempSync(join(tmpdir(), 'lpa-doctor-'));
after(() => rmSync(home, { recursive: true }));

interface Told {
  readonly check: string;
  readonly ok: boolean;
  readonly message: string;
  readonly remedy?: string;
}

interface Seen {
  readonly code: number;
  readonly wrong: readonly Told[];
  readonly fine: readonly string[];
  readonly ms: number;
}

async function doctor(socketName: string, { uid, lpa = LPA }: { uid?: number; lpa?: string } = {}): Promise<Seen> {
  const started = performance.now();
  const child = spawn(process.execPath, [lpa, 'doctor', '--json'], {
    env: { ...process.env, HOME: home, LPA_READER: '', PCSCLITE_CSOCK_NAME: socketName },
    ...(uid !== undefined && { uid }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const [code] = (await once(child, 'close')) as [number];
  assert.notEqual(out, '', err);
  const findings: Told[] = JSON.parse(out);
  return {
    code,
    wrong: findings.filter(({ ok }) => !ok),
    fine: findings.filter(({ ok }) => ok).map(({ check }) => check),
    ms: performance.now() - started,
  };
}

test('no daemon, and a socket that nobody serves any more', async () => {
  const { code, wrong, fine, ms } = await doctor(join(home, 'no-such-socket'));
  assert.deepEqual([code, wrong.map(({ check }) => check), fine], [3, ['pcscService'], ['pcscLibrary', 'clock']]);
  assert.match(wrong[0]!.message, /the PC\/SC service does not run/);
  assert.match(wrong[0]!.remedy!, /systemctl start pcscd/);
  assert.ok(ms < 3000, `${ms} ms`);

  const dead = join(home, 'dead');
  const server = spawn(process.execPath, ['-e', `require('net').createServer().listen('${dead}', () => console.log('up'))`]);
  await once(server.stdout, 'data');
  server.kill('SIGKILL'); // leaves its socket, as a daemon would
  await once(server, 'close');
  const left = await doctor(dead);
  assert.match(left.wrong[0]!.message, /is there, and no PC\/SC service answers at it$/);
});

test('a daemon that refuses this user', { timeout: 30_000 }, async () => {
  await using rig = await startRig([{ name: 'Lab A' }]);
  chmodSync(dirname(rig.socketName), 0o755);
  chmodSync(rig.socketName, 0o000);
  // Nothing is closed to root.
  const { code, wrong, fine } = await doctor(rig.socketName, process.getuid?.() === 0 ? { uid: NOBODY } : {});
  assert.deepEqual([code, wrong.map(({ check }) => check), fine], [3, ['pcscService'], ['pcscLibrary', 'clock']]);
  assert.match(wrong[0]!.message, /^the PC\/SC service runs and refuses this user: /);
  assert.match(wrong[0]!.remedy!, /^`ls -l /);
});

test('no reader, an empty reader, a card that another program holds, a card that is no eUICC', { timeout: 60_000 }, async () => {
  {
    await using none = await startRig([]);
    const { code, wrong, ms } = await doctor(none.socketName);
    assert.deepEqual([code, wrong.map(({ check }) => check)], [3, ['readers']]);
    assert.match(wrong[0]!.remedy!, /lsusb/);
    assert.ok(ms < 3000, `${ms} ms`);
  }
  await using rig = await startRig([{ name: 'Lab A', absent: true }]);
  const empty = await doctor(rig.socketName);
  assert.deepEqual([empty.code, empty.wrong.map(({ check }) => check)], [3, ['card']]);
  assert.match(empty.wrong[0]!.remedy!, /put the card in/);

  await rig.move(0, true);
  await using holder = startClient(rig.socketName);
  await holder.call({ do: 'open' });
  await readersWhen(holder, ([reader]) => reader?.present === true);
  await holder.call({ do: 'connect', reader: rig.readers[0]! });
  const held = await doctor(rig.socketName);
  assert.deepEqual([held.code, held.wrong.map(({ check }) => check)], [3, ['card']]);
  assert.match(held.wrong[0]!.message, /another program holds the card/);
  await holder.call({ do: 'close' });
  await holder.end();

  const plain = await doctor(rig.socketName);
  assert.deepEqual([plain.code, plain.wrong.map(({ check }) => check)], [3, ['isdr']]);
  assert.ok(plain.fine.includes('card'));
});

test('no PC/SC binding at all', async () => {
  using bare = sourcesWith([]);
  symlinkSync(join(REPOSITORY, 'node_modules', 'commander'), join(dirname(bare.src), 'node_modules', 'commander'));
  const program = join(dirname(bare.src), 'lpa.js');
  writeFileSync(
    program,
    `import { main } from './src/cli/main.js';
     import { processIo } from './src/cli/io.js';
     process.exitCode = await main(process.argv.slice(2), '0', processIo());`,
  );
  const { code, wrong, fine } = await doctor(join(home, 'no-such-socket'), { lpa: program });
  assert.deepEqual([code, wrong.map(({ check }) => check), fine], [3, ['pcscLibrary'], ['clock']]);
});
