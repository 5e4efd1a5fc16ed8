/** `--trace-file`, `--record` and `--pcap` at files that fail: one warning, and the command ends as it would without them. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openPrivate } from '../../src/cli/capture/private-file.ts';
import { recorderTo } from '../../src/cli/capture/record.ts';
import { Secrets } from '../../src/cli/capture/secrets.ts';
import { readEntries } from '../../src/cli/downloads/journal-files.ts';
import { lpa } from './harness.ts';
import { openLab } from './lab.ts';
import { listed } from './profiles.ts';

const OPTIONS = ['--trace-file', '--record', '--pcap'] as const;
const dir = mkdtempSync(join(tmpdir(), 'lpa-side-'));
after(() => rmSync(dir, { recursive: true }));

const warningsIn = (err: string): string[] => err.split('\n').filter((line) => line.startsWith('warning:'));

test('a device without space under --trace-file, --record or --pcap is one warning, and the download succeeds', async () => {
  await using lab = await openLab();
  for (const option of OPTIONS) {
    const { activationCode } = lab.smdp.createOrder();
    const { code, out, err } = await lab.run(['download', activationCode, '--yes', '-q', '--json', option, '/dev/full']);
    assert.equal(code, 0, err);
    assert.match(JSON.parse(out).iccid, /^\d{19,20}$/);
    assert.deepEqual(warningsIn(err), [
      `warning: ${option} /dev/full: cannot be written: no space left on the device. The file is incomplete; the command continues.`,
    ]);
  }
});

test('a symbolic link is refused before the card is used, and its target stays as it was', async () => {
  const [target, link] = [join(dir, 'target'), join(dir, 'link')];
  writeFileSync(target, 'keep');
  symlinkSync(target, link);
  const nowhere = join(dir, 'nowhere');
  symlinkSync(join(dir, 'new-file'), nowhere);
  for (const option of OPTIONS) {
    for (const name of [link, nowhere]) {
      const { code, err, asked } = await lpa(['list', option, name], { card: { BF2D: listed() } });
      assert.deepEqual([code, err.split('\n')[0], asked], [2, `lpa: ${option} ${name}: the file is a symbolic link`, []]);
    }
  }
  assert.equal(readFileSync(target, 'utf8'), 'keep');
  assert.equal(existsSync(join(dir, 'new-file')), false);
});

test('a FIFO without a reader is refused at once, and one whose reader stops reading ends in a warning', async () => {
  const fifo = join(dir, 'fifo');
  execFileSync('mkfifo', [fifo]);
  assert.throws(() => openPrivate('--trace-file', fifo, () => {}), /cannot be written: no program reads from it/);
  const reader = spawn('sh', ['-c', 'exec 3<"$0"; echo ready; exec sleep 60', fifo], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    // The shell opens the FIFO when a writer does.
    const warnings: string[] = [];
    const file = await openedWith(fifo, (text) => warnings.push(text));
    for (let i = 0; i < 200; i++) file.write('x'.repeat(64 * 1024));
    await file.close();
    assert.deepEqual(warnings, [
      `--trace-file ${fifo}: cannot be written: the reading program is too slow. The file is incomplete; the command continues.`,
    ]);
  } finally {
    reader.kill('SIGKILL');
  }
});

async function openedWith(fifo: string, warn: (text: string) => void) {
  for (let tries = 0; ; tries++) {
    try {
      return openPrivate('--trace-file', fifo, warn);
    } catch (error) {
      if (tries > 500) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

test('a recording that throws is stopped with one warning, and the card sees nothing of it', async () => {
  const stopped: unknown[] = [];
  const secrets = new Secrets();
  let fails = false;
  let isStopped = false;
  const recorder = recorderTo(
    {
      secrets,
      text: () => {
        if (fails) throw new Error('broken');
      },
      shield:
        (step) =>
        (...args) => {
          if (isStopped) return;
          try {
            step(...args);
          } catch (error) {
            isStopped = true;
            stopped.push(error);
          }
        },
    },
    'test',
  );
  const answer = Uint8Array.of(0x90, 0x00);
  const link = await recorder
    .through({
      openLink: async () => ({
        name: 'reader',
        atr: Uint8Array.of(0x3b, 0x00),
        transmit: async () => answer,
        reset: async () => {},
        [Symbol.asyncDispose]: async () => {},
      }),
    } as never)
    .openLink({} as never);
  fails = true;
  assert.equal(await link.transmit(Uint8Array.of(0, 0x70, 0, 0, 1)), answer);
  await link.reset(); // writes what was kept back
  assert.equal(await link.transmit(Uint8Array.of(0, 0x70, 0, 0, 1)), answer);
  recorder.end();
  assert.equal(stopped.length, 1);
});

test('a file that was readable for all is emptied only after it is closed to others', async () => {
  const file = join(dir, 'old');
  writeFileSync(file, 'old', { mode: 0o644 });
  await lpa(['list', '--record', file], { card: { BF2D: listed() } });
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.doesNotMatch(readFileSync(file, 'utf8'), /old/);
});

test('a journal that cannot be written is one warning for the whole download', async () => {
  await using lab = await openLab();
  const state = join(dir, 'state');
  mkdirSync(join(state, 'lpa'), { recursive: true });
  writeFileSync(join(state, 'lpa', 'journal'), 'in the way');
  const { activationCode } = lab.smdp.createOrder();
  const { code, err } = await lab.run(['download', activationCode, '--yes', '-q'], { env: { XDG_STATE_HOME: state } });
  assert.equal(code, 0);
  assert.equal(warningsIn(err).length, 1, err);
  assert.match(err, /^warning: the journal could not be written: /);
});

test('an error that is not an answer of the eUICC leaves the journal entry of a load', async () => {
  await using lab = await openLab();
  const state = join(dir, 'state-of-load');
  const { activationCode } = lab.smdp.createOrder();
  const journal = join(state, 'lpa', 'journal');
  // The progress line is the one listener that is not shielded here: it throws in the middle of the load.
  const ran = lab.run(['download', activationCode, '--yes', '--progress', 'json'], {
    env: { XDG_STATE_HOME: state },
    onStderr: (text) => {
      if (text.includes('"sent"') && !text.includes('"sent":0')) throw new Error('broken');
    },
  });
  const { code } = await ran;
  assert.equal(code, 1);
  assert.deepEqual(
    readEntries(journal).map(({ stage }) => stage),
    ['loading'],
  );
});
