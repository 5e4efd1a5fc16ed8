/**
 * What ends a session, and what becomes of the code: the built `lpa` against a lab with a fault, and then the same code without
 * one. Looked at are the exit code, what the user is told about the code, and what card and server have in their logs.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { LogEntry } from '../../src/lab/state/log.ts';
import type { CodeState } from '../../src/lpa/errors.ts';
import { testLab } from '../lab/program.ts';
import { jsonErrorOf, type LabUp, labUp, logOf, orderIn, ROOT } from './programs.ts';

/** The rows, and beside the cases below the tests of other files that prove one: `file: name of the test`. */
const ROWS = {
  A: {
    row: 'anything before ES10b.AuthenticateServer succeeded',
    also: ['e2e/trust.test.ts: the card is not asked to authenticate the server', 'lab/smdp/fault-table.ts: relay'],
  },
  B: {
    row: 'explicit "refuse for good"',
    also: ['e2e/terminal.test.ts: the server hears endUserRejection', 'cli/download.test.ts: "r" refuses for good'],
  },
  C: {
    row: 'Enter, Ctrl-C, end of input, "later", no confirmation code, inspect, ICCID already there, a rule not accepted',
    also: [
      'e2e/terminal.test.ts: Enter, Ctrl-C at the preview and at the confirmation code: postponed',
      'cli/download.test.ts: Enter, end of input and "later" postpone',
      'cli/download.test.ts: a rule that wants consent is asked for by itself',
    ],
  },
  D: { row: 'no answer at the prompt', also: ['cli/download.test.ts: no answer at the prompt in time is a timeout'] },
  E: { row: 'network error or server time-out after AuthenticateServer', also: ['lab/smdp/fault-table.ts: slow-drip'] },
  F: {
    row: 'the server answered Failed or Expired',
    also: ['e2e/pcsc.test.ts: order, download, list, the same code again', 'lab/smdp/status-codes.test.ts: AuthenticateClient'],
  },
  G: {
    row: 'a wrong confirmation code, tries left',
    also: [
      'e2e/terminal.test.ts: a wrong confirmation code, then the right one, in one run',
      'cli/download.test.ts: a script with a wrong confirmation code is told once',
    ],
  },
  H: { row: 'PrepareDownload refused by the eUICC', also: ['lab/smdp/fault-table.ts: dppb-stolen'] },
  I: {
    row: 'a trust check failed after AuthenticateClient',
    also: ['lab/smdp/fault-table.ts: signed2-transaction'],
  },
  J: { row: 'policy rule not allowed', also: ['cli/download.test.ts: a rule that the card does not allow'] },
  K: { row: 'metadata differs', also: ['lab/smdp/fault-table.ts: metadata-unlike:icon'] },
  L: { row: 'package malformed, before the first segment', also: ['lab/smdp/fault-table.ts: package-order'] },
  M: { row: 'our own fault, an answer nobody can read', also: ['lab/smdp/fault-table.ts: metadata-twice'] },
  N: {
    row: 'a segment was sent, a result came',
    also: [
      'cli/download.test.ts: a failed installation is reported to the server',
      'cli/killed.test.ts: killed while the card is writing',
    ],
  },
  O: { row: 'a segment was sent, no result', also: [] },
} as const satisfies Readonly<Record<string, { row: string; also: readonly string[] }>>;
type Row = keyof typeof ROWS;

interface Case {
  readonly row: Row;
  /** Options of `lpa-lab order`, `lpa-lab up`, `lpa download`. */
  readonly order: readonly string[];
  readonly lab: readonly string[];
  readonly lpa: readonly string[];
  /** Exit code, and what the error names. */
  readonly ends: string;
  /** Reason of ES10b.CancelSession, or -. */
  readonly card: string;
  /** Reason of ES9+.CancelSession or how the server refused it, or -. */
  readonly server: string;
  /** What the user is told, or - where there is nothing to tell. */
  readonly code: string;
  /** Exit code of the same code without the fault. */
  readonly again: number;
}

// biome-ignore format: a table
const CASES = cases(`
  A | | --server-fault hangup@initiateAuthentication | | 6 reset | - | - | untouched | 0
  A | | --server-fault wrong-signature1 | | 4 invalidSignature | - | - | untouched | 0
  A | | --fault status-word@AuthenticateServer:6F00 | | 3 6F00 | - | - | untouched | 0

  C | --confirmation-code 1234 --no-cc-flag | | | 2 usage | postponed | postponed | good | 0
  C | --rules ppr2 | | | 2 usage | postponed | postponed | good | 0

  E | | --server-fault hangup@authenticateClient | | 6 reset | timeout | 8.10.1/3.9 | likelyGood | 0
  E | | --server-fault silent@getBoundProfilePackage | --timeout 1 | 6 timeout | timeout | timeout | likelyGood | 0
  E | | --server-fault cut@getBoundProfilePackage | | 6 reset | timeout | timeout | likelyGood | 0

  F | | --server-fault expired | | 5 8.8.5/4.10 | - | - | ended | 0
  F | | --server-fault status:8.2/1.2 | | 5 8.2/1.2 | - | - | good | 0
  F | | --server-fault status:8.2/3.7@getBoundProfilePackage | | 5 8.2/3.7 | - | - | unknown | 0
  G | --confirmation-code 1234 | | --confirmation-code 9999 | 5 8.2.7/3.8 | - | - | good | 0

  H | | --server-fault wrong-signature2 | | 4 invalidSignature | undefinedReason | undefinedReason | likelyEnded | 5
  H | | --fault refuse@PrepareDownload:noSessionContext | | 4 noSessionContext | - | - | likelyGood | 0
  H | | --fault refuse@PrepareDownload:undefinedError --fault refuse@CancelSession:undefinedError | | 4 undefinedError | - | - | likelyGood | 0
  I | | --server-fault dppb-other-oid | | 8 dpPbOid | undefinedReason | undefinedReason | likelyEnded | 5
  I | | --server-fault wrong-transaction@getBoundProfilePackage | | 8 transactionId | undefinedReason | undefinedReason | likelyEnded | 5
  K | | --server-fault metadata-unlike | | 8 metadata | metadataMismatch | metadataMismatch | ended | 5
  L | | --server-fault package-truncated | | 7 decode | loadBppExecutionError | loadBppExecutionError | ended | 5
  M | | --server-fault no-header@authenticateClient | | 7 decode | - | - | likelyGood | 0
  M | | --fault truncated-answer@GetProfilesInfo | | 7 decode | - | - | likelyGood | 0

  N | | --fault refuse@segment:5:installFailedDueToInterruption | | 4 installFailedDueToInterruption | - | - | mayRetry | 0
  N | | --fault refuse@segment:5:installFailedDueToPEProcessingError | | 4 installFailedDueToPEProcessingError | - | - | used | 5
  N | | --fault no-result | | 0 | - | - | - | 5
  O | | --fault status-word@segment:5:6F00 | | 3 6F00 | loadBppExecutionError | loadBppExecutionError | unknown | 5
  O | | --fault pull@segment:5 | | 3 gone | - | - | unknown | 0
`);

function cases(text: string): Case[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => {
    const [row, order, lab, lpa, ends = '', card = '', server = '', code = '', again] = line
      .split('|')
      .map((cell) => cell.trim());
    const words = (cell = ''): string[] => cell.split(' ').filter(Boolean);
    assert.ok(row !== undefined && row in ROWS, line);
    return {
      row: row as Row, // a key, as was just seen
      ...{ order: words(order), lab: words(lab), lpa: words(lpa) },
      ...{ ends, card, server, code, again: Number(again) },
    };
  });
}

/** The words for each, as docs and scripts know them. */
const TOLD: Readonly<Record<CodeState, string>> = {
  untouched: 'the activation code is still valid',
  good: 'the activation code is still good',
  likelyGood: 'the activation code is likely still good: run the same command again with the same card',
  mayRetry: 'the same activation code may be tried again',
  used: 'the activation code is used; whether it can be used again is up to the operator',
  likelyEnded: 'the activation code has likely ended',
  ended: 'the activation code has ended',
  unknown: 'what became of the activation code is not known',
};

/** What `--accept-rules` and a confirmation code add for whoever has to agree to everything. */
const ALL_AGREED = ['--accept-rules', 'ppr1,ppr2', '--confirmation-code', '1234'];

type Ending = Pick<Case, 'ends' | 'card' | 'server' | 'code'>;

/** Download with `--json`, and tell how that ended. */
async function endingOf(lab: LabUp, code: string, ...options: readonly string[]): Promise<Ending> {
  const outcome = await lab.lpa(['download', code, '--yes', '--json', '--progress', 'none', ...options]);
  const log = await lab.log();
  const cancellations = { card: cancellationOf(log, 'ES10b.CancelSession'), server: cancellationOf(log, 'ES9+.CancelSession') };
  if (outcome.code === 0) return { ends: '0', ...cancellations, code: '-' };
  const error = jsonErrorOf(outcome);
  const { activationCode = '-', lines = [] } = error;
  const told = Object.hasOwn(TOLD, activationCode) ? [TOLD[activationCode as CodeState]] : [];
  assert.deepEqual((lines as string[]).slice(-1), told, 'told in words as well');
  return { ends: `${outcome.code} ${nameOf(error)}`, ...cancellations, code: activationCode };
}

function nameOf(error: ReturnType<typeof jsonErrorOf>): unknown {
  if (error.code === 'server') return `${error['subjectCode']}/${error['reasonCode']}`;
  return error['check'] ?? error['result'] ?? error['sw'] ?? error['problem'] ?? error.code;
}

function cancellationOf(log: readonly LogEntry[], wanted: string): string {
  const all = log
    .filter(({ event }) => event === wanted)
    .map(({ data = {} }) => data['reason'] ?? `${data['subjectCode']}/${data['reasonCode']}`);
  return all.length === 0 ? '-' : all.join(', ');
}

describe('what ends a session', { concurrency: 2 }, () => {
  for (const { row, order, lab: faults, lpa, again, ...ending } of CASES) {
    const what = [...order, ...faults, ...lpa].filter((word) => !/^--(server-)?fault$/.test(word)).join(' ');
    test(`${row}, ${what}: ${ending.code}`, { timeout: 60_000 }, async () => {
      await using lab = await labUp(...faults);
      const code = await lab.order(...order);
      assert.deepEqual(await endingOf(lab, code, ...lpa), ending);
      await lab.restart();
      const next = await lab.lpa(['download', code, '--yes', '--json', '--progress', 'none', ...ALL_AGREED]);
      if (again === 0) assert.equal(JSON.parse(next.stdout).notificationsPending, 0, next.stderr);
      else assert.equal(nameOf(jsonErrorOf(next)), '8.2.6/3.8');
      assert.equal(next.code, again);
    });
  }

  test('C, inspect postpones, whatever it sees', { timeout: 60_000 }, async () => {
    await using lab = await labUp();
    const code = await lab.order('--confirmation-code', '1234');
    const { code: exit, stdout } = await lab.lpa(['inspect', code, '--json']);
    assert.deepEqual([exit, JSON.parse(stdout).confirmationCodeRequired], [0, true]);
    const log = await lab.log();
    assert.deepEqual(
      [cancellationOf(log, 'ES10b.CancelSession'), cancellationOf(log, 'ES9+.CancelSession')],
      Array(2).fill('postponed'),
    );
    assert.equal((await endingOf(lab, code, ...ALL_AGREED)).ends, '0');
  });

  test('C and J, what cannot be beside a profile that is there: its ICCID is postponed, PPR1 is refused', {
    timeout: 60_000,
  }, async () => {
    await using lab = await labUp();
    const there = await lab.order('--iccid', '89000000000000000000');
    assert.equal((await endingOf(lab, there)).ends, '0');
    const locking = await lab.order('--rules', 'ppr1');
    assert.deepEqual(await endingOf(lab, locking, ...ALL_AGREED), {
      ends: '9 policy',
      card: 'pprNotAllowed',
      server: 'pprNotAllowed',
      code: 'ended',
    });
    assert.equal((await endingOf(lab, locking, ...ALL_AGREED)).ends, '5 8.2.6/3.8');

    // It shows the ICCID of the profile that is there.
    await lab.restart('--server-fault', 'metadata-unlike:iccid');
    const twin = await lab.order();
    assert.deepEqual(await endingOf(lab, twin), {
      ends: '4 iccidAlreadyExists',
      card: 'postponed',
      server: 'postponed',
      code: 'good',
    });
    await lab.restart();
    assert.equal((await endingOf(lab, twin)).ends, '0');
  });

  test('D, no answer at the prompt is a timeout', { timeout: 60_000 }, async () => {
    await using lab = testLab();
    const code = await orderIn(lab);
    const running = lab.startInTerminal(['run', '--', 'env', 'LPA_PROMPT_TIMEOUT=0.2', 'lpa', 'download', code]);
    const { code: exit, stdout } = await running.outcome;
    assert.equal(exit, 130, stdout);
    assert.match(stdout, /lpa:\S* no answer at the prompt\r\nthe activation code is still good\r\n$/);
    const log = await logOf(lab);
    assert.deepEqual(
      [cancellationOf(log, 'ES10b.CancelSession'), cancellationOf(log, 'ES9+.CancelSession')],
      ['timeout', 'timeout'],
    );
    assert.equal((await lab.run(['run', '--', 'lpa', 'download', code, '--yes', '-q'])).code, 0);
  });

  test('O, the notifications are searched for a result before anything is cancelled', { timeout: 60_000 }, async () => {
    await using lab = await labUp('--fault', 'status-word@segment:5:6F00');
    const trace = join(lab.dir, 'trace.txt');
    const { code } = await lab.lpa(['download', await lab.order(), '--yes', '--trace-file', trace]);
    assert.equal(code, 3);
    const called = [...readFileSync(trace, 'utf8').matchAll(/^\S*\s*(ES10b\.\w+) /gm)].map(([, name]) => name);
    const from = called.indexOf('ES10b.LoadBoundProfilePackage');
    assert.deepEqual([...new Set(called.slice(from))].slice(0, 3), [
      'ES10b.LoadBoundProfilePackage',
      'ES10b.RetrieveNotificationsList',
      'ES10b.CancelSession',
    ]);
  });

  test('O, after a pulled card the next command on it says what became of the download', { timeout: 60_000 }, async () => {
    await using lab = await labUp('--fault', 'pull@segment:5');
    assert.equal((await endingOf(lab, await lab.order())).ends, '3 gone');
    await lab.restart();
    const { code, stderr } = await lab.lpa(['list']);
    assert.equal(code, 0);
    assert.match(
      stderr,
      /^warning: a download from localhost:\d+ was interrupted: .*the same activation code may be tried again\n/,
    );
  });
});

test('every row is proved', (t) => {
  for (const [letter, { row, also }] of Object.entries(ROWS)) {
    const here = CASES.filter((each) => each.row === letter).map(({ lab, order, lpa }) => [...lab, ...order, ...lpa].join(' '));
    t.diagnostic(`${row}: ${[...here, ...also].join('; ')}`);
    assert.ok(here.length + also.length > 0, row);
    for (const reference of also) {
      const [, file = '', name = ''] = /^(\S+): (.*)$/.exec(reference) ?? [];
      assert.ok(readFileSync(join(ROOT, 'test', file), 'utf8').includes(name), reference);
    }
  }
});
