/** Lock files: one holder at a time, whatever is at the path, and never a wait without end. */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../src/lpa/errors.ts';
import { holderOfLock, type LockOptions, takeLock } from '../src/terminal/lock-file.ts';
import { testLab } from './lab/program.ts';

const LPA = fileURLToPath(new URL('../bin/lpa.js', import.meta.url));
const MODULE = new URL('../src/terminal/lock-file.js', import.meta.url).href;

const root = mkdtempSync(join(tmpdir(), 'lpa-lock-'));
after(() => rmSync(root, { recursive: true }));
let dir = '';
let path = '';
beforeEach(() => {
  dir = mkdtempSync(join(root, 'test-'));
  path = join(dir, 'it.lock');
});

const HELD: LockOptions = { held: ({ pid }) => new UsageError(`held by ${pid}`) };

/** What is at the path that is no lock, and how it is made. */
const OBSTACLES: Readonly<Record<string, (path: string) => void>> = {
  'a symbolic link that leads nowhere': (at) => symlinkSync(join(root, 'nowhere'), at),
  'a symbolic link to a file': (at) => {
    writeFileSync(join(root, 'target'), '{"pid":0}');
    symlinkSync(join(root, 'target'), at);
  },
  'a folder': (at) => mkdirSync(at),
  'a FIFO': (at) => void execFileSync('mkfifo', [at]),
  'a large file': (at) => writeFileSync(at, 'x'.repeat(5000)),
};

for (const [what, make] of Object.entries(OBSTACLES)) {
  test(`${what} at the path of the lock is an error with a hint, for lpa batch and for lpa-lab`, async () => {
    const plan = join(dir, 'plan.csv');
    writeFileSync(plan, 'reader,code\n1,LPA:1$smdp.example.com$X\n');
    const lock = `${plan}.progress.lock`;
    make(lock);
    const before = lstatSync(lock).ino;
    const batch = spawnSync(process.execPath, [LPA, 'batch', plan, '--yes'], { encoding: 'utf8', timeout: 30_000 });
    assert.equal(batch.status, 2, `${batch.signal} ${batch.stderr}`);
    assert.match(
      batch.stderr,
      /^lpa: .*plan\.csv\.progress\.lock is not a lock file: .*\nhint: remove it if you do not need it\n$/,
    );
    assert.equal(lstatSync(lock).ino, before);

    await using lab = testLab();
    make(join(lab.dir, 'smdp.lock'));
    const order = await lab.run(['order']);
    assert.equal(order.code, 2, order.stderr);
    assert.match(order.stderr, /^lpa-lab: .*smdp\.lock is not a lock file: .*\nhint: remove it/);
  });
}

test('a lock of the lab that is cut short holds nothing', async () => {
  await using lab = testLab();
  writeFileSync(join(lab.dir, 'smdp.lock'), '{"pid":');
  utimesSync(join(lab.dir, 'smdp.lock'), 1, 1);
  const { code, stderr } = await lab.run(['order']);
  assert.deepEqual([code, stderr], [0, '']);
});

test('a lock of a living process is refused, then given back; nothing is left in the folder', async () => {
  {
    using _lock = await takeLock(path, { ...HELD, members: { command: 'up' } });
    assert.deepEqual([holderOfLock(path)?.pid, holderOfLock(path)?.['command']], [process.pid, 'up']);
    await assert.rejects(takeLock(path, HELD), { message: `held by ${process.pid}` });
  }
  assert.equal(holderOfLock(path), undefined);
  assert.deepEqual(readdirSync(dir), []);
});

test('a lock that another program took over is not removed when the first holder gives back', async () => {
  const lock = await takeLock(path, HELD);
  writeFileSync(path, '{"pid":1}');
  lock[Symbol.dispose]();
  assert.equal(readFileSync(path, 'utf8'), '{"pid":1}');
});

test('a file system without hard links: the lock is taken and refused as elsewhere, and half a lock is waited for', async () => {
  const link = (): never => {
    throw Object.assign(new Error('no links'), { code: 'EPERM' });
  };
  writeFileSync(path, '');
  const begun = Date.now();
  using _lock = await takeLock(path, { ...HELD, link });
  assert.ok(Date.now() - begun >= 400, 'another program could be writing it');
  await assert.rejects(takeLock(path, { ...HELD, link }), { message: `held by ${process.pid}` });
  assert.deepEqual(readdirSync(dir), ['it.lock']);
});

test('a folder that cannot be written is an error that names the reason', async () => {
  await assert.rejects(takeLock(join(dir, 'none', 'it.lock'), HELD), {
    name: 'UsageError',
    message: `${join(dir, 'none', 'it.lock')}: the lock file cannot be written: no such file or folder`,
  });
});

test('a program that died while it removed a stale lock does not block the next', async () => {
  writeFileSync(path, '{"pid":0}');
  writeFileSync(`${path}.stale`, '{"pid":0}');
  using _lock = await takeLock(path, HELD);
  assert.deepEqual(readdirSync(dir), ['it.lock']);
});

test('many processes at one stale lock: one at a time has it, also when holders are killed', { timeout: 120_000 }, async () => {
  const counter = join(dir, 'counter');
  const inside = join(dir, 'inside');
  writeFileSync(counter, '0');
  writeFileSync(path, '{"pid":0}');
  const script = `
    import { readFileSync, rmSync, writeFileSync } from 'node:fs';
    const { takeLock } = await import('${MODULE}');
    const [path, counter, inside, rounds, dies] = process.argv.slice(1);
    for (let i = 0; i < Number(rounds); i++) {
      const lock = await takeLock(path, { held: () => new Error('held too long'), patienceMs: () => 60_000 });
      if (dies === 'yes') process.kill(process.pid, 'SIGKILL');
      writeFileSync(inside, String(process.pid), { flag: 'wx' });
      const count = Number(readFileSync(counter, 'utf8'));
      await new Promise((resolve) => setTimeout(resolve, 2));
      writeFileSync(counter, String(count + 1));
      rmSync(inside);
      lock[Symbol.dispose]();
    }`;
  const start = async (rounds: number, dies: string): Promise<unknown> => {
    const argv = ['--input-type=module', '-e', script, path, counter, inside, String(rounds), dies];
    const child = spawn(process.execPath, argv, { stdio: ['ignore', 'ignore', 'inherit'] });
    return (await once(child, 'close'))[0];
  };
  const codes = await Promise.all([
    ...Array.from({ length: 4 }, () => start(25, 'no')),
    ...Array.from({ length: 4 }, () => start(1, 'yes')),
  ]);
  assert.deepEqual(codes, [0, 0, 0, 0, null, null, null, null]);
  assert.equal(readFileSync(counter, 'utf8'), '100');
});
