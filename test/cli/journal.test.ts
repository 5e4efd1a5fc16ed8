import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
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
import { test } from 'node:test';
import { tellInterrupted } from '../../src/cli/downloads/interrupted-downloads.ts';
import { fileJournal, isCodeOf, readEntries } from '../../src/cli/downloads/journal-files.ts';
import { stateFolder } from '../../src/cli/downloads/state-folder.ts';
import { stateLines } from '../../src/cli/downloads/state-lines.ts';
import { fromHex } from '../../src/lpa/bytes.ts';
import type { Isdr } from '../../src/lpa/es10/isdr.ts';
import type { JournalEntry } from '../../src/lpa/procedures/journal.ts';
import { EID, openBench } from '../lab/smdp/harness.ts';
import { lpaIn } from './lab.ts';

const ENTRY: JournalEntry = { eid: EID, address: 'smdp.example.com', transactionId: '0123ABCD', stage: 'authenticated' };
const CODE = 'smdp.example.com$SECRET-MATCHING-ID';

function temporary(): { dir: string; journal: string } & Disposable {
  const dir = mkdtempSync(join(tmpdir(), 'lpa-journal-'));
  return { dir, journal: join(dir, 'lpa', 'journal'), [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }) };
}
const inFolder = (home: { dir: string }) => ({ env: { XDG_STATE_HOME: home.dir } });

test('an entry is readable by its owner alone, and holds the code as a salted hash', () => {
  using home = temporary();
  const journal = fileJournal(home.journal, () => CODE);
  journal.write(ENTRY);
  journal.write({ ...ENTRY, stage: 'loading' });
  assert.equal(lstatSync(home.journal).mode & 0o777, 0o700);
  assert.deepEqual(readdirSync(home.journal), ['0123ABCD.json']);
  assert.equal(lstatSync(join(home.journal, '0123ABCD.json')).mode & 0o777, 0o600);
  const text = readFileSync(join(home.journal, '0123ABCD.json'), 'utf8');
  assert.ok(!text.includes('SECRET'));
  assert.deepEqual(Object.keys(JSON.parse(text)), ['eid', 'address', 'transactionId', 'stage', 'salt', 'codeHash']);
  const [entry] = readEntries(home.journal);
  assert.deepEqual([entry?.stage, isCodeOf(entry!, CODE), isCodeOf(entry!, `${CODE}2`)], ['loading', true, false]);
  journal.remove(ENTRY.transactionId);
  assert.equal(existsSync(home.journal), false);
  journal.remove(ENTRY.transactionId);
});

test('the folder stays while another download is under way', () => {
  using home = temporary();
  const journal = fileJournal(home.journal, () => undefined);
  journal.write(ENTRY);
  journal.write({ ...ENTRY, transactionId: 'FF' });
  journal.remove('FF');
  assert.deepEqual(readEntries(home.journal), [ENTRY]);
});

test('a link in the place of the folder or of an entry is not followed', () => {
  using home = temporary();
  const elsewhere = join(home.dir, 'elsewhere');
  mkdirSync(elsewhere);
  mkdirSync(join(home.dir, 'lpa'));
  symlinkSync(elsewhere, home.journal);
  const journal = fileJournal(home.journal, () => undefined);
  assert.throws(() => journal.write(ENTRY), /is not a folder/);
  assert.deepEqual(readdirSync(elsewhere), []);
  rmSync(home.journal);

  const victim = join(home.dir, 'victim');
  writeFileSync(victim, JSON.stringify(ENTRY));
  mkdirSync(home.journal);
  symlinkSync(victim, join(home.journal, '0123ABCD.json'));
  assert.deepEqual(readEntries(home.journal), []);
  symlinkSync(victim, join(home.journal, `FF.json.${process.pid}.new`));
  journal.write({ ...ENTRY, transactionId: 'FF' });
  assert.equal(readFileSync(victim, 'utf8'), JSON.stringify(ENTRY));
  assert.equal(lstatSync(home.journal).mode & 0o777, 0o700);
});

test('an entry of another owner is not believed, and a folder of another owner is not used', () => {
  const { getuid } = process;
  if (!getuid) return; // Windows: the folder of a user is closed to others
  using home = temporary();
  const journal = fileJournal(home.journal, () => CODE);
  const lines = stateLines(join(home.dir, 'lpa', 'codes'));
  journal.write(ENTRY);
  lines.add({ code: 1 });
  const uid = getuid();
  process.getuid = () => uid + 1;
  try {
    assert.deepEqual(readEntries(home.journal), []);
    assert.deepEqual(lines.read(), []);
    assert.throws(() => journal.write({ ...ENTRY, stage: 'loading' }), /belongs to another user/);
    assert.throws(() => lines.add({ code: 2 }), /not a file of this user/);
  } finally {
    process.getuid = getuid;
  }
  assert.deepEqual(readEntries(home.journal)[0]?.stage, 'authenticated');
  assert.deepEqual(lines.read(), [{ code: 1 }]);
});

test('what is no entry is passed over, and removed when it is old', () => {
  using home = temporary();
  mkdirSync(home.journal, { recursive: true });
  const files = { 'FF.json': '{"eid":', '01.json': JSON.stringify(ENTRY), 'AB.json.99.new': '', '02.json': 'x'.repeat(5000) };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(home.journal, name), text);
  assert.deepEqual(readEntries(home.journal), []);
  assert.equal(readdirSync(home.journal).length, 4);
  for (const name of Object.keys(files)) utimesSync(join(home.journal, name), 1, 1);
  assert.deepEqual(readEntries(home.journal), []);
  assert.equal(existsSync(home.journal), false);
});

test('entries of a newer lpa and files of other programs are left alone', () => {
  using home = temporary();
  mkdirSync(home.journal, { recursive: true });
  const files = {
    '0123ABCD.json': JSON.stringify({ ...ENTRY, stage: 'activating' }),
    'AB.json': JSON.stringify({ format: 2, download: { transactionId: 'AB' } }),
    'FF.json': JSON.stringify({ ...ENTRY, transactionId: 'FF', attempt: 3 }),
    'format-2.journal': 'x',
  };
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(home.journal, name), text);
    utimesSync(join(home.journal, name), 1, 1);
  }
  assert.deepEqual(readEntries(home.journal), []);
  assert.deepEqual(readdirSync(home.journal), Object.keys(files).sort());
});

test('a FIFO in the journal folder is not waited for, neither with the name of an entry nor where one is written', () => {
  using home = temporary();
  mkdirSync(home.journal, { recursive: true });
  for (const name of ['AB.json', `0123ABCD.json.${process.pid}.new`, '0123ABCD.json']) {
    execFileSync('mkfifo', [join(home.journal, name)]);
  }
  const script = `
    const { fileJournal, readEntries } = await import(${JSON.stringify(new URL('../../src/cli/downloads/journal-files.js', import.meta.url).href)});
    const journal = ${JSON.stringify(home.journal)};
    fileJournal(journal, () => undefined).write(${JSON.stringify(ENTRY)});
    console.log(JSON.stringify(readEntries(journal)));`;
  // In a process of its own: a synchronous call that never returns would stop this one.
  const printed = execFileSync(process.execPath, ['--input-type=module', '-e', script], { timeout: 20_000, encoding: 'utf8' });
  assert.deepEqual(JSON.parse(printed), [ENTRY]);
});

test('a state folder that cannot exist is a warning, and the call returns', () => {
  const script = `
    const { fileJournal } = await import(${JSON.stringify(new URL('../../src/cli/downloads/journal-files.js', import.meta.url).href)});
    try { fileJournal('/proc/nowhere/lpa/journal', () => undefined).write(${JSON.stringify(ENTRY)}); console.log('written'); }
    catch (error) { console.log(error.code); }`;
  const printed = execFileSync(process.execPath, ['--input-type=module', '-e', script], { timeout: 20_000, encoding: 'utf8' });
  assert.equal(printed, 'ENOENT\n');
});

test('where it is kept', () => {
  assert.equal(stateFolder({ XDG_STATE_HOME: '/state', HOME: '/home/me' }, 'linux'), '/state/lpa');
  assert.equal(stateFolder({ XDG_STATE_HOME: 'state', HOME: '/home/me' }, 'linux'), '/home/me/.local/state/lpa');
  assert.equal(stateFolder({ HOME: '/Users/me' }, 'darwin'), '/Users/me/Library/Application Support/lpa');
  assert.equal(stateFolder({}, 'linux'), undefined);
});

test('a download that ends leaves no entry; a journal that cannot be written is a warning', async () => {
  using home = temporary();
  await using bench = await openBench();
  const lpa = lpaIn(bench);
  const { activationCode } = bench.smdp.createOrder();
  const { code, err } = await lpa(['download', activationCode, '--yes', '-q'], inFolder(home));
  assert.deepEqual([code, err], [0, '']);
  assert.equal(existsSync(home.journal), false);
  writeFileSync(home.journal, 'in the way');
  const inTheWay = await lpa(['download', bench.smdp.createOrder().activationCode, '--yes', '-q'], inFolder(home));
  assert.equal(inTheWay.code, 0);
  assert.match(inTheWay.err, /^warning: the journal could not be written: /);
});

test('the next command on the card tells of what was interrupted, once; another card is none of its business', async () => {
  using home = temporary();
  await using bench = await openBench();
  const lpa = lpaIn(bench);
  const journal = fileJournal(home.journal, () => CODE);
  journal.write({ ...ENTRY, eid: '89049032000000000000000000000163', transactionId: 'EE' });
  journal.write(ENTRY);
  const first = await lpa(['list'], inFolder(home));
  assert.deepEqual(
    [first.code, first.err],
    [
      0,
      'warning: a download from smdp.example.com was interrupted before anything went to the card; its activation code is ' +
        'likely still good: run the same command again with this card\n',
    ],
  );
  const second = await lpa(['list'], inFolder(home));
  assert.equal(second.err, '');
  assert.deepEqual(readdirSync(home.journal), ['EE.json']);
});

test('a result on the card is told in words, and the code that is given again is known', async () => {
  using home = temporary();
  await using bench = await openBench();
  const lpa = lpaIn(bench);
  const { order, activationCode } = bench.smdp.createOrder();
  await bench.download({ order, activationCode });
  const [, smdpAddress, matchingId] = activationCode.split('$');
  const transactionId = order.bindings.at(-1)!.transactionId;
  const journal = fileJournal(home.journal, () => `${smdpAddress}$${matchingId}`);
  journal.write({ eid: EID, address: smdpAddress!, transactionId, stage: 'loading' });
  const { code, err } = await lpa(['download', activationCode, '--yes', '--json'], inFolder(home));
  assert.notEqual(code, 0);
  assert.equal(
    err.split('\n')[0],
    `warning: a download from ${smdpAddress} that was interrupted has installed its profile, ICCID ${order.iccid} ` +
      '(it is the code that was given now)',
  );
  assert.ok(!err.includes(matchingId!));

  journal.write({ eid: EID, address: 'smdp.example.com', transactionId: 'AB12', stage: 'loading' });
  const unknown = await lpa(['notifications', 'send', '-q'], inFolder(home));
  assert.match(unknown.err, /^warning: a download from smdp.example.com was interrupted while the card was writing/);
  assert.equal(existsSync(home.journal), false);
});

test('a card with other historical bytes is not asked for its EID; the entry stays for its own card', async () => {
  using home = temporary();
  const eids: string[] = [];
  const cardWith = (atr: string) => ({ card: { atr: fromHex(atr) } }) as unknown as Isdr;
  const told = {
    platform: 'linux' as const,
    warn: (text: string) => assert.fail(text),
    eid: async () => {
      eids.push('asked');
      return '89049032000000000000000000000163';
    },
  };
  fileJournal(home.journal, () => CODE, fromHex('3B9F96801FC78031E073FE2111574A330D058700016E')).write(ENTRY);
  await tellInterrupted(told, home.journal, cardWith('3B9F96803FC7828031E073FE211B574C504130312E3043'), undefined);
  assert.deepEqual(eids, []);
  // Other interface bytes, the same historical bytes: it may be the card. So may one without an ATR.
  await tellInterrupted(told, home.journal, cardWith('3B9F95801FC78031E073FE2111574A330D058700016E'), undefined);
  assert.equal(eids.length, 1);
  await tellInterrupted(told, home.journal, cardWith(''), undefined);
  assert.equal(eids.length, 2);
  assert.equal(readEntries(home.journal).length, 1);
});

test('an entry expires after 30 days with a note, without a question to the card', async () => {
  using home = temporary();
  const journal = fileJournal(home.journal, () => CODE);
  journal.write(ENTRY);
  journal.write({ ...ENTRY, transactionId: 'FF', eid: '89049032000000000000000000000163', stage: 'loading' });
  const days = (n: number): Date => new Date(Date.now() - n * 24 * 60 * 60 * 1000);
  utimesSync(join(home.journal, `${ENTRY.transactionId}.json`), days(31), days(31));
  utimesSync(join(home.journal, 'FF.json'), days(29), days(29));
  const warnings: string[] = [];
  const told = {
    platform: 'linux' as const,
    warn: (text: string) => void warnings.push(text),
    eid: async () => EID,
  };
  const isdr = { card: { atr: new Uint8Array() } } as unknown as Isdr;
  await tellInterrupted(told, home.journal, isdr, undefined);
  assert.deepEqual(warnings, [
    `the card of an interrupted download was not seen for 30 days; the journal entry was removed (from smdp.example.com, EID ${EID})`,
  ]);
  assert.deepEqual(
    readEntries(home.journal).map(({ transactionId }) => transactionId),
    ['FF'],
  );
  await tellInterrupted(told, home.journal, isdr, undefined);
  assert.equal(warnings.length, 1);
});
