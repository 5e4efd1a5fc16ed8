/**
 * One story however the card is reached: in vpcd's reader of a pcscd, at T=1 in the serial reader, at a socket; and what two
 * programs that want one card at the same time do to each other.
 */
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startPcscd } from '../../src/lab/readers/pcscd.ts';
import type { LogEntry } from '../../src/lab/state/log.ts';
import { readLogFile } from '../../src/lab/state/log-file.ts';
import type { Outcome } from '../lab/program.ts';
import { jsonErrorOf, type LabUp, LPA, labUp, runNode } from './programs.ts';

type Lpa = (...words: readonly string[]) => Promise<Outcome>;

/** info, download, list, enable, disable, notifications, delete; what the server heard of it. */
async function story(lab: LabUp, lpa: Lpa): Promise<void> {
  const json = async (...words: readonly string[]) => {
    const { code, stdout, stderr } = await lpa(...words, '--json');
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout);
  };
  const states = async () => (await json('list')).map((each: Record<string, string>) => each['profileState']);

  const { eid } = await json('info');
  assert.match(eid, /^\d{32}$/);
  const { iccid } = await json('download', await lab.order('--name', 'Alpha'), '--yes');
  assert.deepEqual(await states(), ['disabled']);
  const done = { iccid, changed: true, notificationsPending: 0 };
  assert.deepEqual(await json('enable', 'Alpha'), { ...done, profileState: 'enabled' });
  assert.deepEqual(await states(), ['enabled']);
  const disabled = await json('disable', 'Alpha', '--no-notify');
  assert.deepEqual([disabled.profileState, disabled.notificationsPending], ['disabled', 1]);
  const [kept] = await json('notifications', 'list');
  assert.deepEqual([kept.profileManagementOperation, kept.iccid], [['notificationDisable'], iccid]);
  const [sent] = await json('notifications', 'send');
  assert.deepEqual([sent.seqNumber, sent.delivered], [kept.seqNumber, true]);
  assert.deepEqual(await json('delete', 'Alpha', '--confirm', iccid), { iccid, deleted: true, notificationsPending: 0 });
  assert.deepEqual(await json('list'), []);

  const heard = (await lab.log()).filter(({ event }) => event === 'ES9+.HandleNotification').map(({ detail }) => detail);
  assert.deepEqual(
    heard.map((detail) => detail.split(' ')[0]),
    ['install', 'enable', 'disable', 'delete'],
  );
  for (const detail of heard) assert.match(detail, /: verified$/);
}

test('the whole story in a vpcd reader', { timeout: 120_000 }, async () => {
  const port = await freePort();
  const hex = `0x${port.toString(16).toUpperCase()}`;
  await using daemon = await startPcscd([], {
    furtherReaders: `FRIENDLYNAME "Virtual"\nDEVICENAME /dev/null:${hex}\nLIBPATH ${VPCD}\nCHANNELID ${hex}\n`,
  });
  await using lab = await whenListening(() => labUp('--vpcd', String(port)));
  const env = { PCSCLITE_CSOCK_NAME: daemon.socketName };
  const lpa: Lpa = (...words) => lab.lpa(words, { env });
  // vpcd looks for a card every 400 ms.
  await until(async () => readersOf(await lpa('readers', '--json')).some(({ kind }) => kind === 'consumer'));
  await story(lab, lpa);
  const [reader] = readersOf(await lpa('readers', '--json'));
  assert.match(reader?.name ?? '', /^Virtual/);
});

const VPCD = '/usr/lib/pcsc/drivers/serial/libifdvpcd.so';

test('the whole story at T=1 in the serial reader', { timeout: 120_000 }, async () => {
  await using lab = await labUp('--pcsc', '--manners', 't1');
  const lpa: Lpa = (...words) => lab.lpa(words);
  const [reader] = readersOf(await lpa('readers', '--json'));
  // TD1 is 81: the first protocol offered is T=1.
  assert.match(reader?.atr ?? '', /^3B9F..81/);
  await story(lab, lpa);
});

test('several cards, each in a reader of its own; what is on them stays theirs', { timeout: 120_000 }, async () => {
  await using lab = await labUp('--pcsc', '--cards', '3');
  const readers = async () => JSON.parse((await lab.lpa(['readers', '--json'])).stdout);
  const eids = (await readers()).map(({ eid }: { eid: string }) => eid);
  assert.deepEqual([new Set(eids).size, eids[0]], [3, lab.eid]);
  const which = await lab.lpa(['list', '--json']);
  assert.deepEqual([which.code, jsonErrorOf(which)['problem']], [3, 'severalReaders']);
  const downloaded = await lab.lpa(['download', await lab.order('--eid', eids[1]), '--yes', '--json', '--reader', 'Lab 01']);
  assert.equal(downloaded.code, 0, downloaded.stderr);
  const { iccid } = JSON.parse(downloaded.stdout);
  await lab.restart('--pcsc', '--cards', '2');
  const lists = JSON.parse((await lab.lpa(['list', '--json', '--reader', 'all'])).stdout);
  assert.deepEqual(
    lists.map(({ result }: { result: { iccid: string }[] }) => result.map((each) => each.iccid)),
    [[], [iccid]],
  );
  assert.deepEqual(
    (await readers()).map(({ eid }: { eid: string }) => eid),
    eids.slice(0, 2),
  );
  const log = (await lab.log()).filter(({ event }) => event === 'ES10b.LoadBoundProfilePackage');
  for (const { detail } of log) assert.match(detail, /^Lab 01: /);
  assert.ok(log.length > 0);
});

test('cards beyond the sixteenth are in the readers of a second daemon, and are removed by their number', {
  timeout: 120_000,
}, async () => {
  await using lab = await labUp('--pcsc', '--cards', '18');
  const [first, second = ''] = lab.env['LPA_LAB_PCSCD']?.split(':') ?? [];
  assert.equal(first, lab.env['PCSCLITE_CSOCK_NAME']);
  const namesAt = async (socket: string): Promise<string[]> =>
    JSON.parse((await runNode([LPA, 'readers', '--json'], { ...lab.env, PCSCLITE_CSOCK_NAME: socket })).stdout)
      .filter(({ eid }: { eid?: string }) => eid !== undefined)
      .map(({ name, eid }: { name: string; eid: string }) => `${name} ${eid}`);
  const [here, there] = [await namesAt(first ?? ''), await namesAt(second)];
  assert.deepEqual([here.length, there.length], [16, 2]);
  assert.equal(new Set([...here, ...there].map((each) => each.slice(-32))).size, 18);
  assert.match(there[1] ?? '', /^Lab B 01 00 /);
  assert.equal((await lab.lab('pull', '--card', '18')).code, 0);
  await until(async () => (await namesAt(second)).length === 1);
  assert.equal((await namesAt(first ?? '')).length, 16);
});

for (const [where, options] of [
  ['a PC/SC reader', ['--pcsc']],
  ['a socket', []],
] as const) {
  test(`a card pulled out of ${where} in the middle of a download, and put back`, {
    timeout: 120_000,
  }, async () => {
    await using lab = await labUp(...options, '--manners', 'slow-load');
    const code = await lab.order('--name', 'Alpha');
    const download = lab.lpa(['download', code, '--yes', '--json']);
    // It is logged once the package is in hand; what it takes to load is ten seconds.
    await until(async () => (await logNow(lab)).some(({ event }) => event === 'ES9+.GetBoundProfilePackage'));
    await delay(1000);
    assert.deepEqual((await lab.lab('pull')).code, 0);
    const ended = await download;
    assert.deepEqual([ended.code, jsonErrorOf(ended)['problem']], [3, 'gone'], ended.stderr);
    const without = await lab.lpa(['list', '--json']);
    assert.equal(without.code, 3, without.stderr);

    assert.equal((await lab.lab('insert')).code, 0);
    await until(async () => (await lab.lpa(['info', 'eid', '-q'])).code === 0);
    await lab.restart(...options); // a card that takes no time
    const again = await lab.lpa(['download', code, '--yes', '--json']);
    assert.equal(again.code, 0, again.stderr);
    assert.equal((await lab.lab('pull', '--back-after', '300ms')).code, 0);
    await until(async () => JSON.parse((await lab.lpa(['list', '--json'])).stdout || '[]').length === 1);
  });
}

test('a hand without a lab, and at a card that is not there', { timeout: 60_000 }, async () => {
  await using lab = await labUp();
  const other = await lab.lab('pull', '--card', '2');
  assert.deepEqual([other.code, other.stderr], [2, 'lpa-lab: --card: there is 1 card in this lab\n']);
  assert.equal((await lab.lab('insert')).code, 0, 'in it is already');
  const nowhere = await lab.lab('pull', '--state', join(lab.dir, 'nowhere'));
  assert.equal(nowhere.code, 2);
  assert.match(nowhere.stderr, /^lpa-lab: no lab with a card runs in this folder\nhint: /);
});

for (const [where, options] of [
  ['a PC/SC reader', ['--pcsc']],
  ['a socket', []],
] as const) {
  describe(`two programs, one card in ${where}`, () => {
    test('the second waits for its turn; one that has no time is told; blocks never mix', { timeout: 120_000 }, async () => {
      await using lab = await labUp(...options, '--server-fault', 'delay:1s');
      const codes = [await lab.order('--name', 'Alpha'), await lab.order('--name', 'Beta')];
      const downloads = codes.map((code) => lab.lpa(['download', code, '--yes', '--json', '--wait', '60']));
      await until(async () => (await logNow(lab)).some(({ event }) => event === 'ES9+.InitiateAuthentication'));

      const hurried = await lab.lpa(['list', '--json', '--wait', '0', '--progress', 'none']);
      assert.equal(hurried.code, 3, hurried.stderr);
      const { code, problem, message, remedy } = jsonErrorOf(hurried);
      assert.deepEqual([code, problem], ['card', 'busy']);
      assert.match(message, /another program holds the card/);
      assert.match(String(remedy), /\S/);

      const outcomes = await Promise.all(downloads);
      for (const { code, stderr } of outcomes) assert.equal(code, 0, stderr);
      const waited = outcomes.filter(({ stderr }) => /another program/.test(stderr));
      assert.equal(waited.length, 1, outcomes.map(({ stderr }) => stderr).join('\n---\n'));

      const names = JSON.parse((await lab.lpa(['list', '--json'])).stdout).map(
        (each: Record<string, string>) => each['profileName'],
      );
      assert.deepEqual(names.sort(), ['Alpha', 'Beta']);
      const turns = (await logNow(lab))
        .filter(({ who, transactionId }) => who === 'card' && transactionId !== undefined)
        .map(({ transactionId }) => transactionId)
        .filter((id, i, all) => id !== all[i - 1]);
      assert.equal(turns.length, 2, 'the card was spoken to by one program, then by the other');
    });

    test('six at once: each gets the whole of its answer', { timeout: 120_000 }, async () => {
      await using lab = await labUp(...options);
      assert.equal((await lab.lpa(['download', await lab.order('--name', 'Alpha'), '--yes'])).code, 0);
      const eid = (await lab.lpa(['info', 'eid'])).stdout;
      const commands = [
        ['info', 'eid'],
        ['list', '--json'],
        ['rename', 'Alpha', 'Work'],
      ].flatMap((each) => [each, each]);
      const outcomes = await Promise.all(commands.map((words) => lab.lpa([...words, '--wait', '60'])));
      for (const { code, stderr } of outcomes) assert.equal(code, 0, stderr);
      assert.deepEqual([outcomes[0]?.stdout, outcomes[1]?.stdout], [eid, eid]);
      for (const { stdout } of outcomes.slice(2, 4)) assert.equal(JSON.parse(stdout).length, 1);
    });
  });
}

interface ShownReader {
  readonly name: string;
  readonly kind: string;
  readonly atr?: string;
}

function readersOf({ code, stdout, stderr }: Outcome): ShownReader[] {
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

/** The log as it stands, without another program. */
async function logNow(lab: LabUp): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  for await (const entry of readLogFile(join(lab.dir, 'log.jsonl'), { follow: false })) entries.push(entry);
  return entries;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 30_000; !(await holds()); await delay(50)) assert.ok(Date.now() < deadline, 'in 30 s');
}

/** The daemon opens its readers some time after it has started. */
async function whenListening(open: () => Promise<LabUp>): Promise<LabUp> {
  for (const deadline = Date.now() + 20_000; ; await delay(100)) {
    try {
      return await open();
    } catch (error) {
      if (Date.now() > deadline || !/no vpcd listens/.test(String(error))) throw error;
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  assert.ok(address && typeof address === 'object');
  return address.port;
}
