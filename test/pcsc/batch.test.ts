/** lpa batch over four emulated readers of one PC/SC daemon: twenty rows, killed in the middle, and started again. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseCsv } from '../../src/cli/batch/csv.ts';
import { startPcscd } from '../../src/lab/readers/pcscd.ts';
import { createSmdp } from '../../src/lab/smdp/smdp.ts';
import { newSmdpState } from '../../src/lab/smdp/state.ts';
import { makeCards } from '../cli/cards.ts';
import { type Logged, sharedDomain } from '../lab/smdp/harness.ts';

const LPA = fileURLToPath(new URL('../../bin/lpa.js', import.meta.url));
const READERS = 4;
const ROWS = 20;
/** Rows that are done when the program is killed. */
const KILLED_AFTER = 7;

test('four readers, twenty rows, killed in the middle: each card has what the plan says and no code was used twice', async () => {
  const domain = await sharedDomain();
  const log: Logged[] = [];
  const smdp = await createSmdp({ pki: { domains: [domain] }, state: newSmdpState(), log: (entry) => log.push(entry) });
  await smdp.listen(0);
  const cards = await makeCards(domain, READERS);
  const dir = mkdtempSync(join(tmpdir(), 'lpa-batch-'));
  try {
    await using pcscd = await startPcscd(cards.map(({ card }) => ({ name: 'Lab', card })));
    const plan = join(dir, 'plan.csv');
    const rows = Array.from({ length: ROWS }, (_, i) => {
      const { order, activationCode } = smdp.createOrder({ profileName: `Plan ${i + 1}` });
      // Half of the rows name their card, half of them the reader; the last profile of each card but one is enabled.
      const card = cards[i % READERS]!;
      const place = i < ROWS / 2 ? `${card.eid},` : `,${pcscd.readers[i % READERS]}`;
      const nickname = i % 3 === 0 ? `phone ${i + 1}` : '';
      const enable = i >= ROWS - 2 * READERS && i < ROWS - READERS;
      return { order, card, nickname, enable, line: `${place},${activationCode},${nickname},${enable ? 'yes' : 'no'}` };
    });
    writeFileSync(plan, ['eid,reader,code,nickname,enable', ...rows.map(({ line }) => line)].join('\n'));
    const start = () => runBatch(plan, { PCSCLITE_CSOCK_NAME: pcscd.socketName, XDG_STATE_HOME: join(dir, 'state') });

    const first = start();
    await first.printed(() => first.stderr.split('\n').filter((line) => /: done$/.test(line)).length >= KILLED_AFTER);
    first.child.kill('SIGKILL');
    await first.ended;
    const installedThen = rows.filter(({ order }) => order.state === 'installed').length;
    assert.ok(installedThen >= KILLED_AFTER && installedThen < ROWS, `${installedThen} were installed when it was killed`);
    assert.equal(statSync(`${plan}.progress`).mode & 0o777, 0o600);

    const csv = () => parseCsv(readFileSync(join(dir, 'plan.results.csv'), 'utf8')).map(({ cells }) => cells);
    const [, ...soFar] = csv();
    assert.deepEqual(
      soFar.map(([line]) => Number(line)),
      rows.map((_, i) => i + 2),
      'the results are whole when it was killed',
    );
    const doneSoFar = soFar.filter(([, , , , , result]) => result === 'done').length;
    assert.ok(doneSoFar >= KILLED_AFTER && doneSoFar <= installedThen, `${doneSoFar} are done in the results`);

    const second = start();
    const code = await second.ended;
    assert.equal(code, 0, second.stderr + second.stdout);

    for (const { eid, card } of cards) {
      const planned = rows.filter((row) => row.card.eid === eid);
      assert.deepEqual(
        card.state.profiles.map(({ iccid, enabled, profileNickname = '' }) => ({ iccid, enabled, nickname: profileNickname })),
        planned.map(({ order, nickname, enable }) => ({ iccid: order.iccid, enabled: enable, nickname })),
      );
      assert.deepEqual(card.state.notifications, []);
    }
    assert.deepEqual(new Set(rows.map(({ order }) => order.state)), new Set(['installed']));
    assert.deepEqual(usedTwice(log), []);

    const [, ...results] = csv();
    assert.deepEqual(
      results.map(([line, , eid, iccid, nickname, result]) => [line, eid, iccid, nickname, result]),
      rows.map(({ order, card, nickname }, i) => [String(i + 2), card.eid, order.iccid, nickname, 'done']),
    );
    const told = readFileSync(`${plan}.progress`, 'utf8') + second.stderr + second.stdout + first.stderr;
    for (const { order } of rows) assert.ok(!told.includes(order.matchingId), 'no code is told');
  } finally {
    await smdp.close();
    rmSync(dir, { recursive: true });
  }
});

/** What a server says to a code that was used already. */
const usedTwice = (log: readonly Logged[]): string[] =>
  log.flatMap(({ data = {} }) => {
    const { function: name, subjectCode, reasonCode } = data as Record<string, string | undefined>;
    return subjectCode === undefined ? [] : [`${name}: ${subjectCode}/${reasonCode}`];
  });

interface Running {
  readonly child: ChildProcess;
  readonly stdout: string;
  readonly stderr: string;
  readonly ended: Promise<number | null>;
  printed(enough: () => boolean): Promise<void>;
}

function runBatch(plan: string, env: Readonly<Record<string, string>>): Running {
  const { CI: _ci, LPA_READER: _reader, ...inherited } = process.env;
  const child = spawn(process.execPath, [LPA, 'batch', plan, '--yes'], {
    env: { ...inherited, NO_PROXY: 'localhost', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text;
    });
  }
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return {
    child,
    ended,
    get stdout() {
      return texts.stdout;
    },
    get stderr() {
      return texts.stderr;
    },
    async printed(enough) {
      let over = false;
      ended.then(() => {
        over = true;
      });
      while (!enough()) {
        if (over) throw new Error(`it ended before:\n${texts.stdout}${texts.stderr}`);
        await Promise.race([once(child.stderr, 'data'), ended]);
      }
    },
  };
}
