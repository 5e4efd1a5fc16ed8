/** Files that a user names: regular files and FIFOs within a limit, and nothing else. */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readInput } from '../../src/lpa/input-file.ts';
import { lpa } from './harness.ts';
import { ALPHA, listed } from './profiles.ts';

const LPA = fileURLToPath(new URL('../../bin/lpa.js', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'lpa-input-'));
after(() => rmSync(dir, { recursive: true }));

function file(name: string, text = ''): string {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
}

const huge = file('huge');
truncateSync(huge, 80 * 1024 * 1024);

/** Each option and argument that names a file, and the largest file that it takes. */
const READERS: readonly { readonly argv: (path: string) => readonly string[]; readonly limit: string }[] = [
  { argv: (path) => ['qr', path], limit: '64 MiB' },
  { argv: (path) => ['explain', path], limit: '16 MiB' },
  { argv: (path) => ['batch', path, '--yes'], limit: '16 MiB' },
  { argv: (path) => ['list', '--reader', `replay:${path}`], limit: '64 MiB' },
  { argv: (path) => ['download', 'LPA:1$a.example$X', '--yes', '--ca', path], limit: '1 MiB' },
  { argv: (path) => ['download', 'LPA:1$a.example$X', '--yes', '--confirmation-code-file', path], limit: '64 KiB' },
];

for (const { argv, limit } of READERS) {
  const name = argv('FILE').join(' ');
  test(`lpa ${name}: a device, a folder and a large file are refused at once`, () => {
    const run = (path: string): { status: number | null; stderr: string } =>
      spawnSync(process.execPath, [LPA, ...argv(path)], {
        encoding: 'utf8',
        timeout: 20_000,
        env: { ...process.env, LPA_READER: `replay:${file('card', RECORDING)}`, CI: '', XDG_STATE_HOME: dir },
      });
    for (const [path, reason] of [
      ['/dev/zero', 'it is not a regular file'],
      [dir, 'it is a folder'],
      [huge, `it has more than ${limit}`],
    ] as const) {
      const { status, stderr } = run(path);
      assert.equal(status, 2, stderr);
      assert.ok(stderr.includes(reason), stderr);
    }
  });
}

/** A card that can be opened: `--ca` is read after it. */
const RECORDING = readFileSync(fileURLToPath(new URL('../../../test/recordings/list.txt', import.meta.url)), 'utf8');

test('a FIFO is read to its end within the limit, and a FIFO without a writer is no endless wait', async () => {
  const fifo = join(dir, 'fifo');
  execFileSync('mkfifo', [fifo]);
  const writer = spawn('sh', ['-c', 'sleep 0.2; { printf abc; sleep 0.2; printf def; } >"$0"', fifo]);
  assert.equal(Buffer.from(await readInput(fifo, 100)).toString(), 'abcdef');
  writer.kill();
  const endless = spawn('sh', ['-c', 'exec cat /dev/zero >"$0"', fifo]);
  try {
    await assert.rejects(readInput(fifo, 1024 * 1024), { name: 'UsageError', message: 'it has more than 1 MiB' });
  } finally {
    endless.kill('SIGKILL');
  }
});

test('a file without a size that gives more than the limit is refused', async () => {
  await assert.rejects(readInput('/proc/self/maps', 1024), { message: 'it has more than 1 KiB' });
});

test('a text file that is given as a picture is named as such, and so is one that is neither', async () => {
  const notes = file('notes.txt', 'these are my notes');
  const { code, err } = await lpa(['qr', notes]);
  assert.equal(code, 2);
  assert.ok(err.startsWith(`lpa: ${notes}: this is a text file, not a picture, and it holds no activation code (`), err);
  const binary = file('code.png', '\x00\x01\x02');
  const other = await lpa(['qr', binary]);
  assert.deepEqual(
    [other.code, other.err.split('\n')[0]],
    [2, `lpa: ${binary}: this is neither a picture of a known kind nor a text`],
  );
});

test('text that is not valid UTF-8 is refused before the card is asked', async () => {
  for (const argv of [
    ['rename', 'Alpha', 'B\ufffdcher'],
    ['download', 'LPA:1$a.example$X', '--yes', '--nickname', 'B\ufffdcher'],
  ]) {
    const { code, err, asked } = await lpa(argv, { card: { BF2D: listed(ALPHA) } });
    assert.deepEqual([code, err.split('\n')[0], asked], [2, 'lpa: the nickname is not valid UTF-8', []]);
  }
  const { err } = await lpa(['download', 'LPA:1$a.example$X', '--yes', '--confirmation-code', '12\ufffd4']);
  assert.equal(err.split('\n')[0], 'lpa: the confirmation code is not valid UTF-8');
});

test('the octets that a shell passes: lpa rename with a name in Latin-1', () => {
  const script = `exec "$0" "$1" rename Alpha "$(printf 'B\\374cher')"`;
  const { status, stderr } = spawnSync('sh', ['-c', script, process.execPath, LPA], { encoding: 'utf8', timeout: 20_000 });
  assert.equal(status, 2);
  assert.match(stderr, /^lpa: the nickname is not valid UTF-8$/m);
});
