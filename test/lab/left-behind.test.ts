/** A lab whose daemon dies, or that is killed itself, ends in bounded time and leaves nothing. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type TestLab, testLab } from './program.ts';

/** A folder for temporary files of one test alone. */
function temporaryFolder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'left-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** Without the one in which all labs of a user note their ports. */
const labFolders = (dir: string): string[] => readdirSync(dir).filter((name) => /^lpa-lab-(?!ports-)/.test(name));

/** Processes of the PC/SC daemon with its folder below this one. */
function processesBelow(dir: string): { readonly pid: number; readonly line: string }[] {
  return readdirSync('/proc').flatMap((name) => {
    try {
      const line = readFileSync(`/proc/${Number(name)}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return line.includes(dir) ? [{ pid: Number(name), line }] : [];
    } catch {
      return []; // no process, or it has ended
    }
  });
}

async function until(condition: () => boolean, what: () => string): Promise<void> {
  for (const deadline = performance.now() + 15_000; !condition(); ) {
    assert.ok(performance.now() < deadline, what());
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function started(lab: TestLab, tmp: string, ...args: readonly string[]) {
  const running = lab.start(args, { TMPDIR: tmp });
  await running.printed(/export /);
  return running;
}

const killPcscd = (tmp: string, signal: NodeJS.Signals): void => {
  const daemon = processesBelow(tmp).find(({ line }) => /^\S*pcscd /.test(line));
  assert.ok(daemon);
  process.kill(daemon.pid, signal);
};

test('a lab whose PC/SC daemon is killed says so, ends and leaves nothing', { timeout: 60_000 }, async () => {
  using tmp = temporaryFolder();
  await using lab = testLab();
  const running = await started(lab, tmp.path, 'up', '--pcsc');
  killPcscd(tmp.path, 'SIGKILL');
  const { code, stderr } = await running.outcome;
  assert.equal(code, 2);
  assert.match(stderr, /the PC\/SC daemon ended/);
  assert.deepEqual([labFolders(tmp.path), processesBelow(tmp.path)], [[], []]);
});

test('a lab whose PC/SC daemon does not answer ends at SIGTERM and leaves nothing', { timeout: 60_000 }, async () => {
  using tmp = temporaryFolder();
  await using lab = testLab();
  const running = await started(lab, tmp.path, 'up', '--pcsc');
  killPcscd(tmp.path, 'SIGSTOP');
  running.child.kill('SIGTERM');
  await running.outcome;
  assert.deepEqual([labFolders(tmp.path), processesBelow(tmp.path)], [[], []]);
});

test('folders and processes of a lab that was killed are gone once another lab starts, in any state folder', {
  timeout: 60_000,
}, async () => {
  using tmp = temporaryFolder();
  await using killed = testLab();
  const running = await started(killed, tmp.path, 'up', '--pcsc');
  assert.equal(labFolders(tmp.path).length, 2); // of the control socket and of the daemon
  running.child.kill('SIGKILL');
  await running.outcome;
  assert.ok(labFolders(tmp.path).length > 0);
  await using other = testLab();
  const next = await started(other, tmp.path, 'card');
  await until(
    () => labFolders(tmp.path).length === 1 && processesBelow(tmp.path).length === 0,
    () => JSON.stringify([labFolders(tmp.path), processesBelow(tmp.path)]),
  );
  next.child.kill('SIGTERM');
  await next.outcome;
  assert.deepEqual(labFolders(tmp.path), []);
});

test('a command under run goes on when the PC/SC daemon ends, and its exit code is kept', { timeout: 60_000 }, async () => {
  using tmp = temporaryFolder();
  await using lab = testLab();
  const running = lab.start(['run', '--pcsc', '--', 'sh', '-c', 'echo ready; read -r line; exit 7'], { TMPDIR: tmp.path });
  await running.printed(/ready/);
  killPcscd(tmp.path, 'SIGKILL');
  await until(
    () => /the PC\/SC daemon of the card ended/.test(running.stderr()),
    () => running.stderr(),
  );
  running.child.stdin.end('\n');
  assert.equal((await running.outcome).code, 7);
  assert.deepEqual([labFolders(tmp.path), processesBelow(tmp.path)], [[], []]);
});
