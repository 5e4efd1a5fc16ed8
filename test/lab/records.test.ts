/** Records of the lab: what is kept after a crash, and what is said of a damaged file. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { RecordFile } from '../../src/lab/state/record-file.ts';
import { RecordFolder } from '../../src/lab/state/record-folder.ts';
import { MemoryRecords, type Records } from '../../src/lab/state/records.ts';
import { UsageError } from '../../src/lpa/errors.ts';

interface Folder extends Disposable {
  readonly dir: string;
  readonly path: string;
}

function folder(): Folder {
  const dir = mkdtempSync(join(tmpdir(), 'records-'));
  return { dir, path: join(dir, 'x.records'), [Symbol.dispose]: () => rmSync(dir, { recursive: true }) };
}

const contentOf = (path: string): Record<string, unknown> => {
  using file = new RecordFile(path, { mayWrite: false });
  return Object.fromEntries([...file.names()].map(([kind, key]) => [`${kind} ${key}`, file.get(kind, key)]));
};

const kinds: Record<string, (path: string) => Records & Partial<Disposable>> = {
  'in memory': () => new MemoryRecords(),
  'in a file': (path) => new RecordFile(path),
  'in a folder': (path) => new RecordFolder(path),
};

for (const [where, open] of Object.entries(kinds)) {
  test(`records ${where}: the last change counts, and groups have their keys`, () => {
    using at = folder();
    const records = open(at.path);
    records.write([
      ['order', '1', { state: 'released', name: 'a\tb\nc ä' }],
      ['binding', '1.A', 'first'],
      ['binding', '2.B', 'other'],
    ]);
    records.write([['order', '1', { state: 'installed' }]]);
    records.write([
      ['binding', '1.C', 'second'],
      ['order', '3', false],
    ]);
    records.write([['binding', '1.A', undefined]]);
    assert.deepEqual(records.get('order', '1'), { state: 'installed' });
    assert.deepEqual(records.get('order', '3'), false);
    assert.equal(records.get('binding', '1.A'), undefined);
    assert.equal(records.get('binding', '9.A'), undefined);
    assert.deepEqual(records.keys('binding', '1'), ['1.C']);
    assert.deepEqual(records.keys('binding', '9'), []);
    assert.deepEqual([...records.keys('binding')].sort(), ['1.C', '2.B']);
    records[Symbol.dispose]?.();
    if (where === 'in memory') return;
    const again = open(at.path);
    assert.deepEqual([...again.keys('order')].sort(), ['1', '3']);
    assert.deepEqual(again.get('order', '1'), { state: 'installed' });
    assert.equal(again.get('binding', '1.C'), 'second');
    again[Symbol.dispose]?.();
  });
}

test('a line that is cut off anywhere is dropped, the lines before it are kept, and others can follow', () => {
  using at = folder();
  {
    using file = new RecordFile(at.path);
    file.write([['order', '1', { downloads: 0 }]]);
  }
  const whole = readFileSync(at.path);
  {
    using file = new RecordFile(at.path);
    file.write([
      ['order', '1', { downloads: 1 }],
      ['binding', '1.A', 'ä'],
    ]);
  }
  const longer = readFileSync(at.path);
  for (let length = whole.length; length < longer.length; length++) {
    writeFileSync(at.path, longer.subarray(0, length));
    assert.deepEqual(contentOf(at.path), { 'order 1': { downloads: 0 } }, `${length} octets`);
    using file = new RecordFile(at.path);
    file.write([['order', '2', length]]);
    assert.deepEqual(contentOf(at.path), { 'order 1': { downloads: 0 }, 'order 2': length });
  }
  for (let length = 0; length < 10; length++) {
    truncateSync(at.path, length);
    using file = new RecordFile(at.path);
    file.write([['order', '2', length]]);
    assert.deepEqual(contentOf(at.path), { 'order 2': length });
  }
});

test('a changed octet in any line is an error that names the file and what to do', () => {
  using at = folder();
  {
    using file = new RecordFile(at.path);
    file.write([['order', '1', { downloads: 0 }]]);
    file.write([['order', '2', { downloads: 0 }]]);
  }
  const whole = readFileSync(at.path);
  const end = whole.length - 1; // without its last line feed, the line is one that was cut off
  for (let i = 0; i < end; i++) {
    writeFileSync(at.path, whole.with(i, whole[i]! ^ 0x04));
    assert.throws(
      () => new RecordFile(at.path),
      (error) =>
        error instanceof UsageError &&
        error.message.startsWith(`${at.path} is damaged: `) &&
        error.remedy === 'put back a copy of the file, or delete all lab state with `lpa-lab reset`',
      `octet ${i}`,
    );
  }
});

/** Writes two records with one number in one piece, counts up, and says each number once it is written. */
const WRITER = `
  const { RecordFile } = await import(process.argv[1]);
  const file = new RecordFile(process.argv[2]);
  const filler = 'x'.repeat(2000);
  for (let n = 1; ; n++) {
    file.write([['a', '1', { n, filler }], ['b', '1', { n, filler }]]);
    process.stdout.write(n + '\\n');
    if (n % 50 === 0) await new Promise(setImmediate);
  }
`;
const MODULE = new URL('../../src/lab/state/record-file.js', import.meta.url).href;

test('a program killed while it writes loses at most the change that it was writing', { timeout: 60_000 }, async () => {
  for (const octets of [0, 100_000, 3_000_000, 6_000_000]) {
    using at = folder();
    const child = spawn(process.execPath, ['--input-type=module', '-e', WRITER, MODULE, at.path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (more: string) => {
      text += more;
    });
    await once(child.stdout, 'data');
    // Over a megabyte out of date there is a snapshot: some of the kills are near one.
    while (octets > 0 && Number(text.split('\n').at(-2)) * 4100 < octets) await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'close');
    const said = Number(text.split('\n').at(-2));
    const { 'a 1': a, 'b 1': b } = contentOf(at.path) as Record<string, { n: number }>;
    assert.equal(a?.n, b?.n);
    assert.ok(a!.n >= said, `${said} was written, ${a?.n} is there`);
  }
});

test('a file mostly out of date is replaced by a snapshot, also after one that was not finished', () => {
  using at = folder();
  const filler = 'x'.repeat(10_000);
  {
    using file = new RecordFile(at.path);
    file.write([['kept', '1', 'early']]);
    appendFileSync(`${at.path}.new`, 'lpa-lab records 1\n00000000 half of a snapsh');
    for (let n = 0; n < 500; n++) file.write([['order', '1', { n, filler }]]);
    assert.deepEqual(file.get('order', '1'), { n: 499, filler });
    file.write([['order', '1', { n: 500 }]]);
  }
  assert.ok(statSync(at.path).size < 1_200_000, String(statSync(at.path).size));
  assert.deepEqual(contentOf(at.path), { 'kept 1': 'early', 'order 1': { n: 500 } });
  assert.deepEqual(readdirSync(at.dir), ['x.records']);
});

/** The second change is too long for what the system lets a file be; a short one is written afterwards. */
const FULL = `
  const { RecordFile } = await import(process.argv[1]);
  const file = new RecordFile(process.argv[2]);
  file.write([['a', '1', 1]]);
  try { file.write([['a', '1', 'x'.repeat(9000)]]); } catch (error) { process.stdout.write(error.code); }
  file.write([['a', '2', 2]]);
`;

test('a change that does not fit on the disk is taken back, and later ones are kept', () => {
  using at = folder();
  const shell = 'trap "" XFSZ; ulimit -f 8; exec "$0" --input-type=module -e "$1" "$2" "$3"';
  const { stdout, stderr } = spawnSync('sh', ['-c', shell, process.execPath, FULL, MODULE, at.path], { encoding: 'utf8' });
  assert.deepEqual([stdout, stderr], ['EFBIG', '']);
  assert.deepEqual(contentOf(at.path), { 'a 1': 1, 'a 2': 2 });
});
