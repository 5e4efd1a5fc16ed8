/** Signals that end the built program in the middle of a download: the session is cancelled on both sides. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import type { LogEntry } from '../../src/lab/state/log.ts';
import { type LabUp, LPA, labUp } from './programs.ts';

const SILENT = ['--server-fault', 'silent@getBoundProfilePackage'];

let lab: LabUp;
before(async () => {
  lab = await labUp(...SILENT);
});
after(() => lab[Symbol.asyncDispose]());

/** Who was asked to cancel, once both were or the time is over. */
async function cancelled(): Promise<string[]> {
  const found: LogEntry[] = [];
  for (let tries = 0; tries < 100; tries++) {
    found.push(...(await lab.log()).filter(({ event }) => /CancelSession/.test(event)));
    const asked = [...new Set(found.map(({ who }) => who))].sort();
    if (asked.length === 2) return asked;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return found.map(({ who }) => who);
}

function printed(child: ChildProcess, pattern: RegExp): Promise<void> {
  let text = '';
  return new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (piece: Buffer) => {
        text += piece.toString('utf8');
        if (pattern.test(text)) resolve();
      });
    }
    child.once('close', () => reject(new Error(`ended before ${pattern}: ${text}`)));
  });
}

for (const { signals, expected } of [
  { signals: ['SIGHUP', 'SIGHUP'], expected: 130 },
  { signals: ['SIGTERM'], expected: 143 },
  { signals: ['SIGINT'], expected: 130 },
] as const) {
  test(`${signals.join(' and ')} while the server is silent: cancelled on both sides, exit ${expected}`, async () => {
    const argv = [LPA, 'download', await lab.order(), '--yes', '--progress', 'json'];
    await lab.log();
    const child = spawn(process.execPath, argv, { env: lab.env, stdio: ['ignore', 'pipe', 'pipe'] });
    await printed(child, /ES9\+\.GetBoundProfilePackage/);
    for (const signal of signals) child.kill(signal);
    const [code, signal] = await once(child, 'close');
    assert.deepEqual([code, signal], [expected, null]);
    assert.deepEqual(await cancelled(), ['card', 'sm-dp+']);
  });
}

test('a terminal that is closed at the question of a download: cancelled on both sides', async () => {
  const code = await lab.order();
  await lab.log();
  const line = `exec '${process.execPath}' '${LPA}' download '${code}'`;
  const { CI: _, ...env } = lab.env;
  const terminal = spawn('script', ['-qec', line, '/dev/null'], { env: { ...env, SHELL: '/bin/sh', TERM: 'xterm' } });
  await printed(terminal, /\(default\)[^\n]*: $/);
  terminal.kill('SIGKILL'); // the system hangs up on the programs of the terminal
  assert.deepEqual(await cancelled(), ['card', 'sm-dp+']);
});
