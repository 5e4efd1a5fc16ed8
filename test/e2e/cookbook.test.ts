/** Every block of docs/cookbook.md, run by sh as it stands there, with two cards in readers of a PC/SC daemon. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type PrivatePcscd, startPcscd } from '../../src/lab/readers/pcscd.ts';
import type { CardInReader } from '../../src/lab/readers/reader.ts';
import { createSmdp, type Smdp } from '../../src/lab/smdp/smdp.ts';
import { newSmdpState } from '../../src/lab/smdp/state.ts';
import { makeCards, type NumberedCard } from '../cli/cards.ts';
import { sharedDomain } from '../lab/smdp/harness.ts';

// From build/test/e2e.
const DOC = fileURLToPath(new URL('../../../docs/cookbook.md', import.meta.url));
const LPA = fileURLToPath(new URL('../../bin/lpa.js', import.meta.url));

/** The block under each heading. */
const BLOCKS = new Map(
  [...readFileSync(DOC, 'utf8').matchAll(/^## (.*)\n[\s\S]*?^```sh\n([\s\S]*?)^```$/gm)].map(([, title, block]) => [
    title!,
    block!,
  ]),
);
const used = new Set<string>();

let smdp: Smdp;
let cards: NumberedCard[];
let pcscd: PrivatePcscd;
let dir = '';
/** Take the first card out, or put it back. */
let move: (present: boolean) => void;

before(async () => {
  const domain = await sharedDomain();
  smdp = await createSmdp({ pki: { domains: [domain] }, state: newSmdpState(), log: () => {} });
  await smdp.listen(0);
  cards = await makeCards(domain, 2);
  const first = movable(cards[0]!.card);
  move = first.move;
  pcscd = await startPcscd([first.card, cards[1]!.card].map((card) => ({ name: 'Lab', card })));
  dir = mkdtempSync(join(tmpdir(), 'lpa-cookbook-'));
  mkdirSync(join(dir, 'bin'));
  writeFileSync(join(dir, 'bin', 'lpa'), `#!/bin/sh\nexec '${process.execPath}' '${LPA}' "$@"\n`, { mode: 0o755 });
});
after(async () => {
  await pcscd[Symbol.asyncDispose]();
  await smdp.close();
  rmSync(dir, { recursive: true });
});

function movable(card: CardInReader): { card: CardInReader; move(present: boolean): void } {
  const listeners: ((present: boolean) => void)[] = [];
  return {
    move(present) {
      for (const listener of listeners) listener(present);
    },
    card: {
      get atr() {
        return card.atr;
      },
      powerOn: () => card.powerOn(),
      powerOff: () => card.powerOff(),
      transmit: (command) => card.transmit(command),
      onPresence: (listener) => void listeners.push(listener),
    },
  };
}

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A block in a folder with these files. The usual reader is the first, unless the environment says otherwise. */
function run(
  title: string,
  env: Readonly<Record<string, string>> = {},
  files: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const block = BLOCKS.get(title);
  assert.ok(block, `docs/cookbook.md has no block "${title}"`);
  used.add(title);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
  const { CI: _ci, ...inherited } = process.env;
  const child = spawn('sh', ['-c', block], {
    cwd: dir,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...inherited,
      PATH: [join(dir, 'bin'), process.env['PATH']].join(delimiter),
      PCSCLITE_CSOCK_NAME: pcscd.socketName,
      XDG_STATE_HOME: join(dir, 'state'),
      NO_PROXY: 'localhost',
      LPA_READER: pcscd.readers[0]!,
      ...env,
    },
  });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  return once(child, 'close').then(([code]) => ({ code: code as number | null, out, err }));
}

const order = (profileName: string) => smdp.createOrder({ profileName });

test('Download a list of codes, with a log', async () => {
  const orders = [order('Alpha'), order('Beta')];
  const [alpha, beta] = orders.map(({ activationCode }) => activationCode);
  const ran = await run('Download a list of codes, with a log', {}, { 'codes.txt': `${alpha}\n${alpha}\n${beta}\n` });
  assert.deepEqual(ran, { code: 0, out: '', err: '' });
  const log = readFileSync(join(dir, 'download.log'), 'utf8').replaceAll(/^\S+ /gm, '').trimEnd().split('\n');
  assert.equal(log[0], `line 1: installed ${orders[0]!.order.iccid}`);
  assert.match(log[1] ?? '', /^line 2: ES9\+\.AuthenticateClient: matching ID refused \(8\.2\.6\/3\.8\); the code: used$/);
  assert.equal(log[2], `line 3: installed ${orders[1]!.order.iccid}`);
  for (const each of orders) assert.ok(!log.join('\n').includes(each.order.matchingId), 'no code is logged');
});

test('Switch by nickname', async () => {
  const profile = cards[0]!.card.state.profiles.at(-1)!;
  profile.profileNickname = 'work';
  for (let i = 0; i < 2; i++) {
    assert.deepEqual(await run('Switch by nickname', { NICKNAME: 'work' }), { code: 0, out: `${profile.iccid}\n`, err: '' });
  }
  assert.equal(profile.enabled, true);
  assert.equal((await run('Switch by nickname', { NICKNAME: 'nobody' })).code, 2);
});

test('Many cards at once', async () => {
  const orders = [order('Gamma'), order('Delta')];
  const lines = orders.map(({ activationCode }, i) => `${cards[i]!.eid} ${activationCode}\n`);
  assert.deepEqual(await run('Many cards at once', {}, { 'cards.txt': lines.join('') }), { code: 0, out: '', err: '' });
  for (const [i, { order: ordered }] of orders.entries()) {
    const profile = cards[i]!.card.state.profiles.find(({ iccid }) => iccid === ordered.iccid);
    assert.deepEqual([profile?.enabled, profile?.profileNickname], [true, 'fleet']);
  }
  assert.ok(existsSync(join(dir, 'plan.results.csv')));
});

test('Deliver notifications from cron', async () => {
  const { card } = cards[0]!;
  const silent = { code: 0, out: '', err: '' };
  assert.deepEqual(await run('Deliver notifications from cron'), silent, 'nothing to deliver');
  // The switch of before, once more, with its notifications left where they are.
  const { order: ordered, activationCode } = order('Epsilon');
  const download = spawn(join(dir, 'bin', 'lpa'), ['download', activationCode, '--yes', '--quiet', '--no-notify'], {
    env: {
      ...process.env,
      PCSCLITE_CSOCK_NAME: pcscd.socketName,
      XDG_STATE_HOME: join(dir, 'state'),
      LPA_READER: pcscd.readers[0]!,
    },
    stdio: 'ignore',
  });
  await once(download, 'close');
  assert.equal(card.state.notifications.length, 1);
  assert.deepEqual(await run('Deliver notifications from cron'), silent);
  assert.deepEqual([card.state.notifications.length, ordered.state], [0, 'installed']);
});

test('Find the reader that holds an EID', async () => {
  const title = 'Find the reader that holds an EID';
  const found = await run(title, { EID: cards[1]!.eid });
  assert.deepEqual([found.code, found.err], [0, '']);
  assert.match(found.out, /fleet/);
  const none = await run(title, { EID: '89049032000000000000000000009999' });
  assert.deepEqual(none, { code: 3, out: '', err: 'no reader holds 89049032000000000000000000009999\n' });
});

test('Look at every card', async () => {
  const { code, out, err } = await run('Look at every card');
  assert.deepEqual([code, err], [0, '']);
  const lines = out.trimEnd().split('\n');
  for (const [i, { eid, card }] of cards.entries()) {
    assert.ok(
      lines.some((line) => line.startsWith(`${pcscd.readers[i]}\t${eid}\t`)),
      out,
    );
    const enabled = card.state.profiles.find((profile) => profile.enabled);
    assert.ok(lines.includes(`${pcscd.readers[i]}\t${enabled?.iccid}`), out);
  }
});

test('Act on what went wrong', async () => {
  const title = 'Act on what went wrong';
  const { order: ordered, activationCode } = order('Zeta');
  const files = { 'code.txt': activationCode };
  assert.equal((await run(title, {}, files)).out, `installed ${ordered.iccid}\n`);
  assert.match(
    (await run(title, {}, files)).out,
    /^the operator has to be asked: ES9\+\.AuthenticateClient: matching ID refused/,
  );
  assert.equal(
    (await run(title, { LPA_READER: 'nowhere' }, files)).out,
    'no card, or another program holds it: try again later\n',
  );
  const unreachable = { 'code.txt': 'LPA:1$localhost:1$CODE' };
  assert.equal((await run(title, {}, unreachable)).out, 'no network: the same command may be run again\n');
  assert.match(
    (await run(title, {}, { 'code.txt': 'LPA:2$x$y' })).out,
    /^activation code: format is "2", only 1 is defined \(column 5\)\n/,
  );
});

test('Wait for a card', async () => {
  move(false);
  // The daemon looks at its readers twice a second.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  let ended = false;
  const waiting = run('Wait for a card').then((ran) => {
    ended = true;
    return ran;
  });
  await new Promise((resolve) => setTimeout(resolve, 2500));
  assert.equal(ended, false, 'it waits');
  move(true);
  assert.deepEqual(await waiting, { code: 0, out: `${cards[0]!.eid}\n`, err: '' });
});

test('every block of the cookbook was run', () => {
  assert.deepEqual([...BLOCKS.keys()].sort(), [...used].sort());
  const headings = [...readFileSync(DOC, 'utf8').matchAll(/^## (.*)$/gm)].map(([, title]) => title);
  assert.deepEqual(headings.sort(), [...BLOCKS.keys()].sort(), 'each heading has its block');
});
