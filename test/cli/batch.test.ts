import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import type { App } from '../../src/cli/app.ts';
import { formatCsv, parseCsv } from '../../src/cli/batch/csv.ts';
import { identityOf, type PlanRow, readPlan } from '../../src/cli/batch/plan.ts';
import { codePicture } from '../../src/lab/cli/picture.ts';
import { createSmdp, type Smdp } from '../../src/lab/smdp/smdp.ts';
import { newSmdpState } from '../../src/lab/smdp/state.ts';
import { toHex, utf8Text } from '../../src/lpa/bytes.ts';
import { CardError, UsageError } from '../../src/lpa/errors.ts';
import { takeLock } from '../../src/terminal/lock-file.ts';
import { linkTo } from '../lab/euicc/harness.ts';
import { sharedDomain } from '../lab/smdp/harness.ts';
import { doorsTo, eidNumber, makeCards, type NumberedCard, readerName } from './cards.ts';
import { lpa, type Ran, type RunOptions } from './harness.ts';

let smdp: Smdp;
let cards: NumberedCard[];
let dir = '';
let plan = '';

before(async () => {
  smdp = await createSmdp({ pki: { domains: [await sharedDomain()] }, state: newSmdpState(), log: () => {} });
  await smdp.listen(0);
});
after(() => smdp.close());
beforeEach(async (context) => {
  cards = await makeCards(await sharedDomain(), 2);
  dir = mkdtempSync(join(tmpdir(), 'lpa-batch-'));
  plan = join(dir, 'plan.csv');
  if ('after' in context) context.after(() => rmSync(dir, { recursive: true }));
});

const csv = (...lines: readonly string[]): void => writeFileSync(plan, `${lines.join('\n')}\n`);
const batch = (argv: readonly string[] = [], options: RunOptions = {}): Promise<Ran> =>
  lpa(['batch', plan, ...argv], { doors: doorsTo(cards), ...options });
const code = (more: Parameters<Smdp['createOrder']>[0] = {}): string => smdp.createOrder(more).activationCode;
const orderOf = (activationCode: string) =>
  smdp.state.orders.find(({ matchingId }) => matchingId !== '' && activationCode.includes(matchingId))!;
const resultsIn = (file = join(dir, 'plan.results.csv')): string[][] =>
  parseCsv(readFileSync(file, 'utf8')).map(({ cells }) => [...cells]);

test('each row brings its profile to its card, names and enables it; the results are a table and a CSV', async () => {
  const codes = [code(), code(), code()];
  csv(
    'eid,code,nickname,enable',
    `${cards[1]!.eid},${codes[0]},work,yes`,
    `${cards[0]!.eid},${codes[1]},,`,
    `${cards[1]!.eid},${codes[2]},"home, sweet",no`,
  );
  const { code: exit, out, err } = await batch(['--yes']);
  assert.equal(exit, 0, err);
  const iccids = codes.map((each) => orderOf(each).iccid);
  assert.equal(
    out,
    `\
LINE  READER     EID                               ICCID                RESULT
2     Lab 01 00  ${cards[1]!.eid}  ${iccids[0]}  done
3     Lab 00 00  ${cards[0]!.eid}  ${iccids[1]}  done
4     Lab 01 00  ${cards[1]!.eid}  ${iccids[2]}  done
3 rows: 3 done
`,
  );
  assert.deepEqual(
    cards.map(({ card }) => card.state.profiles.map(({ iccid, enabled, profileNickname }) => [iccid, enabled, profileNickname])),
    [
      [[iccids[1], false, undefined]],
      [
        [iccids[0], true, 'work'],
        [iccids[2], false, 'home, sweet'],
      ],
    ],
  );
  assert.deepEqual(
    cards.map(({ card }) => card.state.notifications),
    [[], []],
    'servers were told',
  );
  assert.equal(statSync(join(dir, 'plan.results.csv')).mode & 0o777, 0o600);
  assert.deepEqual(resultsIn(), [
    ['line', 'reader', 'eid', 'iccid', 'nickname', 'result', 'message', 'remedy'],
    ['2', 'Lab 01 00', cards[1]!.eid, iccids[0], 'work', 'done', '', ''],
    ['3', 'Lab 00 00', cards[0]!.eid, iccids[1], '', 'done', '', ''],
    ['4', 'Lab 01 00', cards[1]!.eid, iccids[2], 'home, sweet', 'done', '', ''],
  ]);
});

test('a second run of the same plan does nothing, and asks no card', async () => {
  const [one] = [code()];
  csv('reader,code', `lab 00,${one}`);
  assert.equal((await batch(['--yes'])).code, 0);
  const { code: exit, out } = await batch(['--yes', '--json'], {
    doors: { ...doorsTo(cards), listReaders: () => Promise.reject(new Error('a reader was looked for')) },
  });
  assert.equal(exit, 0);
  assert.deepEqual(JSON.parse(out), [
    { line: 2, reader: 'lab 00', result: 'done', earlier: true, eid: cards[0]!.eid, iccid: orderOf(one).iccid },
  ]);
});

test('what fails does not stop the others, and the next run tries it again where its code is still good', async () => {
  const [good, elsewhere] = [code(), code()];
  const spent = code();
  await lpa(['download', spent, '--yes', '--reader', readerName(1)], { doors: doorsTo(cards) });
  csv('eid,code', `${cards[0]!.eid},${spent}`, `${eidNumber(99)},${elsewhere}`, `${cards[0]!.eid},${good}`);
  const first = await batch(['--yes', '--json']);
  const rows = JSON.parse(first.out);
  assert.deepEqual(
    rows.map(({ result, error }: { result: string; error?: { code: string } }) => [result, error?.code]),
    [
      ['failed', 'server'],
      ['failed', 'card'],
      ['done', undefined],
    ],
  );
  assert.equal(first.code, 5, 'that of the first row that failed');
  assert.match(rows[1].error.message, /^no reader holds the card with this EID/);

  cards.push(...(await makeCards(await sharedDomain(), 99)).slice(98));
  const second = JSON.parse((await batch(['--yes', '--json'])).out);
  assert.deepEqual(
    second.map(({ result, earlier }: { result: string; earlier?: boolean }) => [result, earlier]),
    [
      ['failed', undefined],
      ['done', undefined],
      ['done', true],
    ],
  );
});

test('an unexpected error at one card does not stop the other cards', async () => {
  const codes = [code(), code(), code()];
  csv('reader,code', ...codes.map((each, i) => `${readerName(Math.min(i, 1))},${each}`));
  const doors = doorsTo(cards);
  const { openLink } = doors;
  const failing: typeof doors = {
    ...doors,
    async openLink(options) {
      if (options.reader === readerName(0)) throw new TypeError('not a function');
      return openLink!(options);
    },
  };
  const { code: exit, err } = await batch(['--yes'], { doors: failing });
  assert.equal(exit, 1);
  assert.match(err, /not a function/);
  assert.deepEqual(
    resultsIn().map(([line, , , , , result]) => [line, result]),
    [
      ['line', 'result'],
      ['2', 'left'],
      ['3', 'done'],
      ['4', 'done'],
    ],
  );
  assert.deepEqual(
    codes.map((each) => orderOf(each).state),
    ['released', 'installed', 'installed'],
  );
  assert.equal((await batch(['--yes'])).code, 0);
  assert.deepEqual(
    cards.map(({ card }) => card.state.profiles.length),
    [1, 2],
  );
});

test('a row whose activation code is used without a profile is not tried again', async () => {
  const used = code({ iccid: '89000000000000000211', package: { iccid: '89000000000000000212' } });
  csv('reader,code', `${readerName(0)},${used}`);
  const first = await batch(['--yes', '--json']);
  const [row] = JSON.parse(first.out);
  assert.deepEqual([first.code, row.result, row.error.activationCode], [4, 'failed', 'used'], first.out);
  assert.equal(row.error.errorReason, 'installFailedDueToDataMismatch');
  assert.deepEqual([orderOf(used).state, cards[0]!.card.state.notifications], ['error', []], 'the server has the result');
  const again = await batch(['--yes', '--json'], {
    doors: { ...doorsTo(cards), listReaders: () => Promise.reject(new Error('a reader was looked for')) },
  });
  const [later] = JSON.parse(again.out);
  assert.deepEqual([again.code, later.result, later.earlier, later.error.message], [4, 'failed', true, row.error.message]);
});

test('an activation code is not used with a card that took the place of the one in the plan', async () => {
  const planned = code();
  csv('eid,code', `${cards[0]!.eid},${planned}`);
  const before = doorsTo(cards);
  const swapped = doorsTo([cards[1]!, cards[0]!]);
  let opened = 0;
  const { code: exit, out } = await batch(['--yes', '--json'], {
    doors: { ...before, openLink: (options) => (opened++ < cards.length ? before : swapped).openLink!(options) },
  });
  const [row] = JSON.parse(out);
  assert.deepEqual([exit, row.result], [2, 'failed'], out);
  assert.match(row.error.message, /another card was put into the reader meanwhile/);
  assert.equal(orderOf(planned).state, 'released');
  assert.deepEqual(
    cards.map(({ card }) => card.state.profiles),
    [[], []],
  );
});

test('a confirmation code that the plan lacks leaves the order and its tries as they are', async () => {
  const locked = code({ confirmationCode: '1234', ccFlag: false });
  csv('reader,code', `${readerName(0)},${locked}`);
  for (const argv of [['--dry-run'], ['--yes']]) {
    const { code: exit, out } = await batch([...argv, '--json']);
    const [row] = JSON.parse(out);
    assert.deepEqual([exit, row.result], [2, 'failed'], out);
    assert.match(row.error.message, /confirmation code/);
    assert.match(row.error.remedy, /add a column "confirmationCode" to the plan/);
  }
  const { state, confirmationCodeTries } = orderOf(locked);
  assert.deepEqual([state, confirmationCodeTries], ['released', 3]);
});

test('--dry-run reports an offer that the eUICC would refuse, and a reader name that several readers match', async () => {
  const there = code();
  await lpa(['download', there, '--yes', '--reader', readerName(0)], { doors: doorsTo(cards) });
  const { iccid } = orderOf(there);
  smdp.state.remove(iccid);
  const twin = code({ iccid });
  csv('reader,code', `${readerName(0)},${twin}`, `Lab,${code()}`);
  const { out } = await batch(['--dry-run', '--json']);
  const [refused, several] = JSON.parse(out);
  assert.deepEqual([refused.result, several.result], ['failed', 'failed']);
  assert.match(refused.error.message, new RegExp(`already on this eUICC: ${iccid}`));
  assert.match(several.error.message, /"Lab" means several readers/);
  assert.equal(orderOf(twin).state, 'released');
});

test('on a terminal of 80 columns nothing of what a row came to is cut: messages and hints stand below the table', async () => {
  csv('eid,code', `${cards[0]!.eid},${code()}`, `${eidNumber(99)},${code()}`);
  const { out } = await batch(['--yes'], { columns: 80 });
  assert.equal(
    out.replace(/8900\d{15}/, '8900...............'),
    `\
LINE  READER     EID                               ICCID                RESULT
2     Lab 00 00  ${cards[0]!.eid}  8900...............  done
3                ${eidNumber(99)}                       failed
line 3: no reader holds the card with this EID
  hint: put it in and run the same command again; \`lpa readers\` shows which
        cards are there
2 rows: 1 done, 1 failed
`,
  );
});

test('--dry-run asks what each code stands for, installs nothing and writes nothing', async () => {
  const [one, two] = [code(), code({ confirmationCode: '1234', ccFlag: false })];
  csv('reader,code', `${readerName(0)},${one}`, `${readerName(1)},${two}`);
  const { code: exit, out } = await batch(['--dry-run', '--json']);
  const rows = JSON.parse(out);
  assert.deepEqual([rows[0].result, rows[0].iccid, rows[1].result], ['offered', orderOf(one).iccid, 'failed']);
  assert.deepEqual([exit, rows[1].error.code, rows[1].error.message], [2, 'usage', 'the server wants a confirmation code']);
  assert.deepEqual(
    cards.flatMap(({ card }) => card.state.profiles),
    [],
  );
  assert.deepEqual([existsSync(`${plan}.progress`), existsSync(join(dir, 'plan.results.csv'))], [false, false]);
  assert.equal(orderOf(one).state, 'released');
});

test('a plan in UTF-16 with tabs, as spreadsheets save "Unicode text"', async () => {
  const one = code();
  writeFileSync(plan, Buffer.from(`\ufeffreader\tcode\tnickname\r\n${readerName(0)}\t${one}\tüöä\r\n`, 'utf16le'));
  const { code: exit, err } = await batch(['--yes']);
  assert.equal(exit, 0, err);
  assert.equal(cards[0]!.card.state.profiles[0]!.profileNickname, 'üöä');
});

test('a confirmation code has a column, a picture of a code lies beside the plan', async () => {
  const confirmed = code({ confirmationCode: '4711' });
  const pictured = code();
  mkdirSync(join(dir, 'codes'));
  writeFileSync(join(dir, 'codes', '1.png'), await codePicture(pictured));
  csv('Reader;Code;Confirmation code', `${readerName(0)};${confirmed};4711`, `${readerName(1)};codes/1.png;`);
  const { code: exit, err } = await batch(['--yes']);
  assert.equal(exit, 0, err);
  assert.deepEqual([orderOf(confirmed).state, orderOf(pictured).state], ['installed', 'installed']);
});

test('the file of what was done is for the user alone and holds no code; the lock is gone', async () => {
  const one = code();
  csv('reader,code', `${readerName(0)},${one}`);
  await batch(['--yes']);
  const file = `${plan}.progress`;
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const { matchingId } = orderOf(one);
  for (const each of [file, join(dir, 'plan.results.csv')]) assert.ok(!readFileSync(each, 'utf8').includes(matchingId), each);
  assert.ok(!existsSync(`${file}.lock`));
});

test('a code that was used with one card is not used with another, nor once more when its profile is gone', async () => {
  const one = code();
  csv('eid,code', `${cards[0]!.eid},${one}`);
  await batch(['--yes']);
  csv('eid,code', `${cards[1]!.eid},${one}`);
  const other = await batch(['--yes']);
  assert.equal(other.code, 2);
  assert.match(other.out, new RegExp(`used with another card, whose EID is ${cards[0]!.eid}`));
  assert.deepEqual(cards[1]!.card.state.profiles, []);
});

test('a run that ended after the installation is taken up there: nickname, enabling, telling the server', async () => {
  const one = code();
  csv('eid,code,nickname,enable', `${cards[0]!.eid},${one},work,yes`);
  await batch(['--yes', '--no-notify']);
  const file = `${plan}.progress`;
  // As it stands when the program ends while it waits for the end of the installation.
  writeFileSync(file, readFileSync(file, 'utf8').replace('"done"', '"begun"'));
  const [profile] = cards[0]!.card.state.profiles;
  profile!.enabled = false;
  profile!.profileNickname = undefined;
  const { code: exit } = await batch(['--yes']);
  assert.equal(exit, 0);
  assert.deepEqual(
    cards[0]!.card.state.profiles.map(({ enabled, profileNickname }) => [enabled, profileNickname]),
    [[true, 'work']],
  );
  assert.deepEqual(cards[0]!.card.state.notifications, []);
  assert.equal(orderOf(one).state, 'installed');

  // The profile goes; the code went with it.
  writeFileSync(file, readFileSync(file, 'utf8').replace('"done"', '"installed"'));
  cards[0]!.card.state.profiles.splice(0);
  const gone = await batch(['--yes']);
  assert.deepEqual([gone.code, /was installed by an earlier run and is gone/.test(gone.out)], [2, true]);
});

test('two programs on one plan: the second is refused; a lock whose holder is gone blocks nobody', async () => {
  csv('reader,code', `${readerName(0)},${code()}`);
  const lock = await takeLock(`${plan}.progress.lock`, { held: () => new UsageError('held') });
  const second = await batch(['--yes']);
  assert.deepEqual(
    [second.code, second.err.split('\n')[0]],
    [2, `lpa: another lpa (process ${process.pid}) is at work on this plan`],
  );
  lock[Symbol.dispose]();
  for (const gone of ['{"pid":4194304}', `{"pid":${process.pid},"started":"another boot/1"}`, '{"pid":0}', '{', 'null', '']) {
    writeFileSync(`${plan}.progress.lock`, gone);
    assert.equal((await batch(['--yes'])).code, 0, gone);
  }
});

test('what cannot be read as progress is not begun anew: codes could be used twice', async () => {
  csv('reader,code', `${readerName(0)},${code()}`);
  const file = `${plan}.progress`;
  for (const put of [
    () => writeFileSync(file, '{'),
    () => writeFileSync(file, '{"salt":"00","codes":{}}'),
    () => mkdirSync(file),
    () => symlinkSync(plan, file),
  ]) {
    put();
    const { code: exit, err } = await batch(['--yes']);
    assert.equal(exit, 2);
    assert.match(err, /plan\.csv\.progress: it is no record of what was done/);
    rmSync(file, { recursive: true });
  }
  assert.deepEqual(cards[0]!.card.state.profiles, []);
});

test('results are written over, anything else is not', async () => {
  csv('reader,code', `${readerName(0)},${code()}`);
  const other = join(dir, 'other.csv');
  writeFileSync(other, 'mine');
  const refused = await batch(['--yes', '--results', other]);
  assert.deepEqual([refused.code, readFileSync(other, 'utf8')], [2, 'mine']);
  assert.deepEqual(cards[0]!.card.state.profiles, [], 'it is said before anything is done');
  for (let i = 0; i < 2; i++) assert.equal((await batch(['--yes'])).code, 0);
});

test('a batch has to be agreed to', async () => {
  csv('reader,code', `${readerName(0)},${code()}`);
  const script = await batch();
  assert.deepEqual(
    [script.code, script.err.split('\n')[0]],
    [2, 'lpa: a batch has to be agreed to, and nobody is there to be asked'],
  );
  const no = await batch([], { typed: '\n' });
  assert.deepEqual([no.code, cards[0]!.card.state.profiles], [130, []]);
  assert.match(no.err, /Download 1 profile to 1 card, whatever their codes stand for\?/);
  assert.equal((await batch([], { typed: 'y\n' })).code, 0);
});

test('results that cannot be written any more are one warning: the other rows are done, and the exit code is 10', async () => {
  csv('reader,code', ...[code(), code(), code()].map((each) => `${readerName(0)},${each}`));
  const results = join(dir, 'plan.results.csv');
  const { code: exit, err } = await batch(['--yes'], {
    onStderr: (text) => {
      if (!/^line 2: .*done/.test(text)) return;
      rmSync(results);
      mkdirSync(results);
    },
  });
  assert.equal(exit, 10, err);
  assert.equal(cards[0]!.card.state.profiles.length, 3);
  assert.equal(err.match(/plan\.results\.csv: cannot be written: it is a folder\. The batch continues/g)?.length, 1, err);
  rmSync(results, { recursive: true });
  assert.equal((await batch(['--yes'])).code, 0);
  assert.deepEqual(
    resultsIn().map((cells) => cells[5]),
    ['result', 'done', 'done', 'done'],
  );
});

test('Ctrl-C ends the sessions in good order; what was not begun is left, and its codes are good', async () => {
  const codes = [code(), code(), code()];
  csv('reader,code', ...codes.map((each) => `${readerName(0)},${each}`));
  let interrupt = (): void => {};
  const ran = await batch(['--yes', '--json'], {
    onInterrupt: (listener) => {
      interrupt = listener;
    },
    onStderr: (text) => {
      if (/^line 2: .*done/.test(text)) interrupt();
    },
  });
  assert.equal(ran.code, 130);
  assert.deepEqual(
    JSON.parse(ran.out).map(({ result }: { result: string }) => result),
    ['done', 'left', 'left'],
  );
  assert.deepEqual(
    codes.map((each) => orderOf(each).state),
    ['installed', 'released', 'released'],
  );
  assert.equal((await batch(['--yes'])).code, 0);
});

test('Ctrl-C while a card is writing says that it finishes first, and its row is done', async () => {
  const codes = [code(), code()];
  csv('reader,code,nickname,enable', `${readerName(0)},${codes[0]},work,yes`, `${readerName(0)},${codes[1]},,`);
  let interrupt = (): void => {};
  const doors = doorsTo(cards);
  const ran = await batch(['--yes', '--json'], {
    onInterrupt: (listener) => {
      interrupt = listener;
    },
    doors: {
      ...doors,
      async openLink(options) {
        const link = await doors.openLink!(options);
        const transmit: typeof link.transmit = (command) => {
          if (toHex(command.subarray(5)).startsWith('BF36')) interrupt();
          return link.transmit(command);
        };
        return { ...link, transmit };
      },
    },
  });
  assert.equal(ran.code, 130, ran.err);
  assert.match(ran.err, /^cancelling; a card that is writing finishes first\. Ctrl-C again leaves at once$/m);
  assert.deepEqual(
    resultsIn().map(([, , , , , result]) => result),
    ['result', 'done', 'left'],
  );
  assert.deepEqual(
    cards[0]!.card.state.profiles.map(({ enabled, profileNickname }) => [enabled, profileNickname]),
    [[true, 'work']],
  );
  assert.equal(orderOf(codes[1]!).state, 'released');
});

test('the results are there from the start, and whole after each row', async () => {
  const codes = [code(), code(), code()];
  csv('reader,code', ...codes.map((each, i) => `${readerName(i % 2)},${each}`));
  const seen: string[][] = [];
  const { err } = await batch(['--yes', '--progress', 'plain'], {
    onStderr: (text) => {
      if (/^line \d: .*: done/.test(text)) seen.push(resultsIn().map(([, , , , , result]) => result!));
    },
  });
  assert.match(err, /^line 2: Lab 00 00\n/, 'something is said before the first wait');
  assert.deepEqual(
    seen.map((results) => [results.length, results.filter((result) => result === 'done').length]),
    [
      [4, 1],
      [4, 2],
      [4, 3],
    ],
  );
});

test('a plan is looked at whole before a card is touched, and no code is told', async () => {
  const secret = 'LPA:1$smdp.example.com$SECRET-1';
  const wrong: readonly (readonly [RegExp, ...string[]])[] = [
    [/^lpa: the plan is empty/, ''],
    [/^lpa: the plan has a head and no rows/, 'eid,code'],
    [/^lpa: the plan has a column that is not known; known are eid, reader, code/, 'eid,code,phone', `x,${secret},`],
    [/^lpa: a column of the plan stands there twice/, 'eid,code,EID', 'x'],
    [/^lpa: the plan has no column "code"/, 'eid,nickname', 'x,y'],
    [/^lpa: the plan has neither a column "eid" nor/, 'code', secret],
    [/^lpa: line 2: an EID has 32 digits/, 'eid,code', `8.9049E+31,${secret}`],
    [/^lpa: line 3: there is no code/, 'reader,code', `x,${secret}`, 'x,'],
    [/^lpa: line 2: a card is named by its EID or by its reader/, 'eid,reader,code', `,,${secret}`],
    [/^lpa: line 2: enable is yes or no/, 'reader,code,enable', `x,${secret},maybe`],
    [/^lpa: line 2: 4 cells, and the head has 2/, 'reader,code', `x,${secret},,more`],
    [
      /^lpa: line 2: the nickname has 65 octets in UTF-8, at most 64 fit/,
      'reader,code,nickname',
      `x,${secret},${'n'.repeat(65)}`,
    ],
    [/^lpa: line 2: the activation code wants a confirmation code/, 'reader,code', `x,${secret}$$1`],
    [/^lpa: lines 2 and 4 have the same code/, 'reader,code', `x,${secret}`, '', `y,${secret.replace('smdp', 'SMDP')}`],
    [/^lpa: line 2: activation code: /, 'reader,code', 'x,LPA:2$smdp.example.com$SECRET-1'],
    [/^lpa: line 2: a quoted cell has no end/, 'reader,code', `"x,${secret}`],
    [/^lpa: line 2: .*none\.png: there is no such file/, 'reader,code', 'x,codes/none.png'],
  ];
  for (const [message, ...lines] of wrong) {
    csv(...lines);
    const { code: exit, err } = await batch(['--yes'], {
      doors: { listReaders: () => Promise.reject(new Error('a reader was looked for')) },
    });
    assert.equal(exit, 2, err);
    assert.match(err, message);
    assert.ok(!err.includes('SECRET'), err);
  }
});

test('CSV is read with quotes, line breaks, other separators and a byte order mark', () => {
  const read = (text: string): [number, string[]][] => parseCsv(text).map(({ line, cells }) => [line, [...cells]]);
  assert.deepEqual(read('a,b\r\n"1 ""x"", y","two\nlines"\r\n\r\n3,\n'), [
    [1, ['a', 'b']],
    [2, ['1 "x", y', 'two\nlines']],
    [5, ['3', '']],
  ]);
  assert.deepEqual(read('\uFEFFa;b\n1,5;2'), [
    [1, ['a', 'b']],
    [2, ['1,5', '2']],
  ]);
  assert.deepEqual(read('a\tb\n1\t2'), [
    [1, ['a', 'b']],
    [2, ['1', '2']],
  ]);
  assert.throws(() => read('a,b\n"1"x,2'), /line 2: something stands behind the end of a quoted cell/);
});

test('CSV is written quoted, and no cell is a formula for a spreadsheet', () => {
  assert.equal(formatCsv([['=1+1', '+2', '-3', '@x', 'a "b"', "plain'"]]), `"'=1+1","'+2","'-3","'@x","a ""b""","plain'"\r\n`);
  assert.equal(formatCsv([['\t=1', '\r=1', '\n=1']]), `"'\t=1","'\r=1","'\n=1"\r\n`);
});

test('a nickname that begins as a formula does not reach the results as one', async () => {
  csv('reader,code,nickname', `${readerName(0)},${code()},=HYPERLINK("http://x")`.replaceAll('"http://x"', '1'));
  assert.equal((await batch(['--yes'])).code, 0);
  const results = utf8Text(readFileSync(join(dir, 'plan.results.csv')));
  assert.ok(results.includes(`"'=HYPERLINK(1)"`), results);
});

test('CSV: a quoted cell ends at its quote, lines are counted within quoted cells, CR alone ends a line', () => {
  const read = (text: string): [number, string[]][] => parseCsv(text).map(({ line, cells }) => [line, [...cells]]);
  assert.deepEqual(read('a,b\n"x\ny\nz",1\n2,3'), [
    [1, ['a', 'b']],
    [2, ['x\ny\nz', '1']],
    [5, ['2', '3']],
  ]);
  assert.deepEqual(read('"a"\r b \rc'), [
    [1, ['a']],
    [2, ['b']],
    [3, ['c']],
  ]);
  assert.deepEqual(read('"",x\n"",""\n,\n'), [[1, ['', 'x']]]);
  assert.deepEqual(read(''), []);
  // The separator is that of the first line, a comma where it has none.
  assert.deepEqual(read('a;b;c,d\n1;2,5;3')[1], [2, ['1', '2,5', '3']]);
  assert.deepEqual(read('a\nb,c')[1], [2, ['b', 'c']]);
  assert.deepEqual(read('a\tb\n"1"\t2')[1], [2, ['1', '2']]);
  for (const [text, line] of [
    ['a\n"open', 2],
    ['a\n"open""', 2],
    ['"a\nb', 1],
  ] as const) {
    assert.throws(() => read(text), { name: 'UsageError', message: `line ${line}: a quoted cell has no end` }, text);
  }
  assert.throws(() => read('a\n"x\ny"z'), { message: 'line 3: something stands behind the end of a quoted cell' });
});

/** The plan as it is read: a plan needs of its app the place for secrets alone. */
async function rowsOf(...lines: readonly string[]): Promise<{ rows: PlanRow[]; secrets: string[] }> {
  csv(...lines);
  const secrets: string[] = [];
  const app = { secrets: { addText: (text: string) => secrets.push(text) } } as unknown as App;
  return { rows: await readPlan(app, plan), secrets };
}

test('a plan: names of columns and yes in any form, an EID with spaces, cells that are missing at the end', async () => {
  const words = ['yes', 'Y', 'TRUE', '1', 'x', '', 'no', 'N', 'False', '0'];
  const { rows } = await rowsOf('reader,code,ENABLE', ...words.map((word, i) => `r,LPA:1$a.example$M-${i},${word}`));
  assert.deepEqual(
    rows.map(({ enable }) => enable),
    words.map((_, i) => i < 5),
  );
  const eid = eidNumber(1);
  const spaced = `${eid.slice(0, 8)} ${eid.slice(8, 20)}-${eid.slice(20)}`;
  const {
    rows: [row],
    secrets,
  } = await rowsOf('E-ID,Code,Confirmation_Code,nick name,enable', `${spaced},1$a.example$M,4711`);
  const { code: _, ...rest } = row!;
  assert.deepEqual(rest, { line: 2, eid, confirmationCode: '4711', enable: false });
  assert.deepEqual(secrets.slice(0, 1), ['4711'], 'no error or trace shows it');
});

test('a plan: an EID that lacks a digit or has one more, and a row with both an EID and a reader, are refused', async () => {
  for (const eid of [eidNumber(1).slice(1), `${eidNumber(1)}0`]) {
    await assert.rejects(rowsOf('eid,code', `${eid},1$a.example$M`), /^UsageError: line 2: an EID has 32 digits/);
  }
  const both = rowsOf('eid,reader,code', `${eidNumber(1)},r,1$a.example$M`);
  await assert.rejects(both, /^UsageError: line 2: a card is named by its EID or by its reader/);
});

test('a plan: an activation code without a matching ID may stand once for each card, another one once', async () => {
  const [first, second] = [eidNumber(1), eidNumber(2)];
  const { rows } = await rowsOf('eid,code', `${first},1$a.example$`, `${second},1$a.example$`, `${first},1$b.example$`);
  assert.equal(new Set(rows.map(identityOf)).size, 3);
  const same = rowsOf('eid,code', `${first},1$a.example$`, `${first},1$a.example$`);
  await assert.rejects(same, /^UsageError: lines 2 and 3 have the same code/);
});

/** What a fault between consent and installation leaves of the activation code, and whether the next run tries again. */
const AFTER_CONSENT: [fault: string, activationCode: string, isTriedAgain: boolean][] = [
  ['hangup@getBoundProfilePackage', 'likelyGood', true],
  ['status:8.2/1.2@getBoundProfilePackage', 'good', true],
  ['status:8.2/3.7@getBoundProfilePackage', 'unknown', true],
  ['wrong-signature2', 'likelyEnded', false],
  ['metadata-unlike', 'ended', false],
];

for (const [fault, activationCode, isTriedAgain] of AFTER_CONSENT) {
  test(`${fault} after consent: the next run ${isTriedAgain ? 'tries again' : 'does not try again'}`, async (context) => {
    context.after(() => smdp.setFaults([]));
    csv('reader,code', `${readerName(0)},${code()}`);
    await smdp.setFaults([fault]);
    const [first] = JSON.parse((await batch(['--yes', '--json'])).out);
    assert.deepEqual([first.result, first.error.activationCode], ['failed', activationCode]);
    await smdp.setFaults([]);
    const asked: string[] = [];
    const { listReaders, ...doors } = doorsTo(cards);
    const counted = {
      ...doors,
      listReaders() {
        asked.push('readers');
        return listReaders!();
      },
    };
    const [second] = JSON.parse((await batch(['--yes', '--json'], { doors: counted })).out);
    assert.deepEqual([second.earlier ?? false, asked.length > 0], [!isTriedAgain, isTriedAgain]);
    if (!isTriedAgain) assert.deepEqual([second.result, second.error.message], ['failed', first.error.message]);
  });
}

test('a wrong confirmation code in the plan leaves the activation code valid: the corrected plan is carried out', async () => {
  const one = code({ confirmationCode: 'Right-1' });
  csv('reader,code,confirmation code', `${readerName(0)},${one},right-1`);
  const [wrong] = JSON.parse((await batch(['--yes', '--json'])).out);
  assert.deepEqual([wrong.result, wrong.error.subjectCode, wrong.error.activationCode], ['failed', '8.2.7', 'good']);
  csv('reader,code,confirmation code', `${readerName(0)},${one},Right-1`);
  assert.equal((await batch(['--yes'])).code, 0);
  assert.equal(orderOf(one).state, 'installed');
});

test('progress with a member of another form is refused: an activation code could be used twice', async () => {
  csv('reader,code', `${readerName(0)},${code()}`);
  const good = { state: 'done', eid: eidNumber(1), iccid: '89000000000000000211' };
  const salt = '0'.repeat(32);
  const wrong: unknown[] = [
    null,
    [],
    'text',
    { salt },
    { codes: {} },
    { salt: salt.slice(1), codes: {} },
    { salt: `${salt}0`, codes: {} },
    { salt: 0, codes: {} },
    { salt, codes: null },
    { salt, codes: 'text' },
    { salt, codes: { x: null } },
    { salt, codes: { x: { ...good, state: 'other' } } },
    { salt, codes: { x: { ...good, eid: 1 } } },
    { salt, codes: { x: { ...good, iccid: undefined } } },
    { salt, codes: { x: good, y: { ...good, state: undefined } } },
  ];
  for (const contents of wrong) {
    writeFileSync(`${plan}.progress`, JSON.stringify(contents));
    const { code: exit, err } = await batch(['--yes'], {
      doors: { listReaders: () => Promise.reject(new Error('a reader was looked for')) },
    });
    assert.deepEqual(
      [exit, /plan\.csv\.progress: it is no record of what was done/.test(err)],
      [2, true],
      JSON.stringify(contents),
    );
  }
});

test('an EID that is in no reader: the message lists the readers whose card could not be asked, and no other', async () => {
  csv('eid,code', `${eidNumber(99)},${code()}`);
  const doors = doorsTo(cards);
  const [plain] = await makeCards(await sharedDomain(), 1, () => {}, ['plain-uicc']);
  const busy = new CardError('another program holds the card', { problem: 'busy' });
  const { code: exit, out } = await batch(['--yes', '--json'], {
    doors: {
      ...doors,
      openLink: async (options) => {
        if (options.reader === readerName(0)) throw busy;
        return linkTo(plain!.card);
      },
    },
  });
  assert.equal(exit, 3);
  assert.equal(
    JSON.parse(out)[0].error.message,
    `no reader holds the card with this EID; ${readerName(0)}: another program holds the card`,
  );
});
