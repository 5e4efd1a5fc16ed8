import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Io } from '../../src/cli/io.ts';
import { progressTo } from '../../src/cli/output/progress.ts';

const NAME = 'ES10b.LoadBoundProfilePackage';

function terminal(term: string): { io: Io; written: () => string } {
  let written = '';
  const io: Io = {
    env: { TERM: term },
    platform: 'linux',
    stdout: () => assert.fail('progress is no result'),
    stderr: (text) => {
      written += text;
    },
    stdin: new PassThrough(),
    stdoutColumns: 80,
    stderrColumns: 80,
    onInterrupt: () => () => {},
    leave: () => {},
  };
  return { io, written: () => written };
}

test('the progress line has a bar and a rate, is written over in place, and is gone at the end', async () => {
  const { io, written } = terminal('xterm');
  const progress = progressTo(io, { progress: 'auto' });
  progress.listener({ type: 'progress', name: NAME, sent: 0, total: 40_960 });
  assert.equal(written(), `\rinstalling  [${'.'.repeat(24)}]   0 %`);
  await pause(600);
  progress.listener({ type: 'progress', name: NAME, sent: 20_480, total: 40_960 });
  const shown = written().split('\r').at(-1) ?? '';
  assert.match(shown, /^installing {2}\[#{12}\.{12}\] {2}50 % {2}\d+(\.\d)? KiB\/s *$/);
  progress.listener({ type: 'progress', name: NAME, sent: 20_480, total: 40_960 });
  assert.equal(written().split('\r').at(-1), shown, 'what is the same is not written again');
  progress.clear();
  assert.match(written(), /\r {40,}\r$/);
  assert.ok(!written().includes('\n') && !written().includes('\x1b'));
});

test('what is over before it could be read is not written at all; a wait is, and what follows it at once', async () => {
  const { io, written } = terminal('xterm');
  const progress = progressTo(io, { progress: 'auto' });
  const call = (name: string) => progress.listener({ type: 'call', door: 'card', name, request: new Uint8Array() });
  call('ES10c.GetProfilesInfo');
  progress.clear();
  await pause(300);
  assert.equal(written(), '');
  call('ES10c.GetProfilesInfo');
  call('ES10c.EnableProfile');
  await pause(300);
  assert.equal(written(), '\renabling');
  progress.step('waiting');
  assert.equal(written(), '\renabling\rwaiting ');
  progress.clear();
});

test('a dumb terminal gets lines, each step once, and nothing is taken back', () => {
  const { io, written } = terminal('dumb');
  const progress = progressTo(io, { progress: 'auto' });
  for (let sent = 0; sent <= 4; sent++) progress.listener({ type: 'progress', name: NAME, sent, total: 4 });
  progress.clear();
  assert.equal(written(), 'installing\n');
});
