/** A private pcscd leaves nothing behind, and says what it lacks. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { startPcscd } from '../../src/lab/readers/pcscd.ts';
import { UsageError } from '../../src/lpa/errors.ts';
import { scriptedCard } from '../scripted-card.ts';
import { startClient, startRig } from './rig.ts';

/** Processes that were started with this folder in their arguments. */
function processesOf(dir: string): { readonly pid: number; readonly line: string }[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return line.includes(dir) ? [{ pid: Number(pid), line: line.replaceAll('\0', ' ') }] : [];
      } catch {
        return []; // it ended while we looked
      }
    });
}

async function untilNothingIsLeft(dir: string): Promise<void> {
  for (const deadline = performance.now() + 5000; existsSync(dir) || processesOf(dir).length > 0; ) {
    if (performance.now() > deadline) {
      const left = processesOf(dir);
      for (const { pid } of left) process.kill(pid, 'SIGKILL'); // a daemon without its readers takes a third of a processor
      rmSync(dir, { recursive: true, force: true });
      assert.fail(`left behind: ${dir} ${JSON.stringify(left)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test('ended in order, nothing is left the moment it has ended', async () => {
  const daemon = await startPcscd([{ name: 'Alpha', card: scriptedCard() }]);
  const dir = dirname(daemon.socketName);
  for (const program of ['pcscd', 'socat'])
    assert.ok(
      processesOf(dir).some(({ line }) => line.includes(`${program} `)),
      program,
    );
  await daemon[Symbol.asyncDispose]();
  assert.deepEqual(processesOf(dir), []);
  assert.equal(existsSync(dir), false);
  await daemon.ended;
});

for (const signal of ['SIGTERM', 'SIGINT', 'SIGKILL'] as const) {
  test(`nothing is left when its program is ended by ${signal}, a client or not`, async () => {
    const rig = await startRig([{ name: 'Alpha' }, { name: 'Beta' }]);
    const dir = dirname(rig.socketName);
    await using client = startClient(rig.socketName);
    await client.call({ do: 'openLink', reader: '1' });
    const exited = once(rig.process, 'exit');
    rig.process.kill(signal);
    await exited;
    await untilNothingIsLeft(dir);
    const { problem } = await client.fail({ do: 'transmit', command: '80100000' });
    assert.ok(['gone', 'noService'].includes(problem), problem);
    await client.end();
  });
}

test('a daemon that is killed is noticed', async () => {
  await using daemon = await startPcscd([{ name: 'Alpha', card: scriptedCard() }]);
  const dir = dirname(daemon.socketName);
  const pcscd = processesOf(dir).find(({ line }) => /^\S*pcscd /.test(line));
  assert.ok(pcscd);
  process.kill(pcscd.pid, 'SIGKILL');
  await daemon.ended;
  await untilNothingIsLeft(dir);
});

/** The process of a folder whose command line matches. */
function processOf(dir: string, pattern: RegExp): number {
  const found = processesOf(dir).find(({ line }) => pattern.test(line));
  assert.ok(found, `${pattern}: ${JSON.stringify(processesOf(dir))}`);
  return found.pid;
}
const PCSCD = /^\S*pcscd /;
const GUARD = /^\S*sh -c\s+dir=/;

test('a daemon that does not end by SIGTERM is killed, within seconds', { timeout: 30_000 }, async () => {
  const daemon = await startPcscd([{ name: 'Alpha', card: scriptedCard() }]);
  const dir = dirname(daemon.socketName);
  process.kill(processOf(dir, PCSCD), 'SIGSTOP');
  const start = performance.now();
  await daemon[Symbol.asyncDispose]();
  assert.ok(performance.now() - start < 8000);
  await untilNothingIsLeft(dir);
});

test('a program that is killed with a stopped daemon leaves nothing either', { timeout: 30_000 }, async () => {
  const rig = await startRig([{ name: 'Alpha' }]);
  const dir = dirname(rig.socketName);
  process.kill(processOf(dir, PCSCD), 'SIGSTOP');
  const exited = once(rig.process, 'exit');
  rig.process.kill('SIGKILL');
  await exited;
  await untilNothingIsLeft(dir);
});

test('a guard that is killed or stopped leaves nothing once its program has ended the daemon', { timeout: 60_000 }, async () => {
  for (const signal of ['SIGKILL', 'SIGSTOP'] as const) {
    const daemon = await startPcscd([{ name: 'Alpha', card: scriptedCard() }]);
    const dir = dirname(daemon.socketName);
    process.kill(processOf(dir, GUARD), signal);
    if (signal === 'SIGKILL') await daemon.ended;
    await daemon[Symbol.asyncDispose]();
    await untilNothingIsLeft(dir);
  }
});

test('what a program and its guard left behind, both killed, is removed at the next start', { timeout: 30_000 }, async () => {
  const rig = await startRig([{ name: 'Alpha' }, { name: 'Beta' }]);
  const dir = dirname(rig.socketName);
  const exited = once(rig.process, 'exit');
  for (const { pid, line } of processesOf(dir)) if (GUARD.test(line)) process.kill(pid, 'SIGKILL');
  rig.process.kill('SIGKILL');
  await exited;
  assert.ok(existsSync(dir));
  assert.ok(processesOf(dir).length > 0, 'nothing was left behind');
  await using daemon = await startPcscd([{ name: 'Gamma', card: scriptedCard() }]);
  await untilNothingIsLeft(dir);
  assert.ok(existsSync(dirname(daemon.socketName)));
});

test('several daemons side by side, each with its own readers', async () => {
  await using one = await startRig([{ name: 'One' }]);
  await using two = await startRig([{ name: 'Two' }, { name: 'Three' }]);
  await using first = startClient(one.socketName);
  await using second = startClient(two.socketName);
  assert.equal((await first.call({ do: 'openLink' })).name, 'One 00 00');
  assert.equal((await second.call({ do: 'openLink', reader: 'Three' })).name, 'Three 01 00');
  await first.end();
  await second.end();
});

test('ready in well under a second', async () => {
  const start = performance.now();
  await using daemon = await startPcscd([{ name: 'Alpha', card: scriptedCard() }]);
  assert.deepEqual(daemon.readers, ['Alpha 00 00']);
  assert.ok(performance.now() - start < 2000);
});

test('where something is missing the line that installs it is named', async () => {
  const path = process.env['PATH'];
  process.env['PATH'] = '/nonexistent';
  try {
    await assert.rejects(
      startPcscd([]),
      (error) =>
        error instanceof UsageError &&
        error.message === "the lab's PC/SC reader needs socat" &&
        error.remedy === 'sudo apt-get install -y --no-install-recommends pcscd libccid socat',
    );
  } finally {
    process.env['PATH'] = path;
  }
});

test('a card that takes its time is waited for', async () => {
  await using rig = await startRig([{ name: 'Slow', delayMs: 5000 }]);
  await using client = startClient(rig.socketName);
  await client.call({ do: 'openLink' });
  assert.equal(await client.call({ do: 'transmit', command: '80100000' }), '9000');
  await client.end();
});
