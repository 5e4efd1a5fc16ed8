/** Every command of the index through every kind of error: exit code, streams, and no octet that a terminal would obey. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ENTRIES } from '../../src/cli/commands/index.ts';
import { type Outcome, type Row, ROWS, SITUATIONS, type Situation } from './every/rows.ts';
import { answering, interruptedAtCard, noCard, openWorld, pulled, READER, type Server, type World } from './every/world.ts';
import { lpa, type Ran, type RunOptions } from './harness.ts';

let world: World;
const dir = mkdtempSync(join(tmpdir(), 'lpa-every-'));
before(async () => {
  world = await openWorld(dir);
});
after(async () => {
  await world[Symbol.asyncDispose]();
  rmSync(dir, { recursive: true });
});

const SERVERS: Partial<Record<Situation, Server>> = { network: 'network', tls: 'tls', serverStatus: 'status' };

function optionsIn(situation: Situation, { asks, toldAll }: Row): RunOptions {
  const [tag, refusal] = asks ?? [''];
  const server = SERVERS[situation] ?? 'good';
  const state = world.state(server);
  if (toldAll) state.notifications = [];
  const faulty = (answer: string | undefined) => (tag === '' || answer === undefined ? undefined : answering(tag, answer));
  const doors: RunOptions['doors'] = {
    unknownOption: noCard('noService', 'no card is to be touched'),
    tooManyWords: noCard('noService', 'no card is to be touched'),
    noService: noCard('noService', 'the PC/SC service does not run'),
    noReader: noCard('noReader', 'no smart card reader found'),
    noCard: noCard('noCard', 'no card is in any of the readers'),
    held: noCard('busy', `${READER}: another program holds the card`),
    plainUicc: world.doors({ manners: ['plain-uicc'] }),
    m2m: world.doors({ manners: ['m2m'] }),
    pulled: world.doors({ state }, pulled),
    statusWord: world.doors({ state }, faulty('6F00')),
    refused: world.doors({ state }, faulty(refusal)),
    garbage: world.doors({ state }, faulty(`${tag}05FFFFFFFFFF`)),
    network: world.doors({ state }),
    tls: world.doors({ state }),
    serverStatus: world.doors({ state }),
    cancelled: world.doors({ state }),
  }[situation];
  const readers = situation === 'noReader' ? [] : [{ name: READER, present: situation !== 'noCard' }];
  return situation === 'cancelled' ? { readers, ...interruptedAtCard(doors) } : { readers, doors };
}

function argvIn(situation: Situation, { argv }: Row): string[] {
  const words = argv(world, SERVERS[situation] ?? 'good');
  if (situation === 'unknownOption') return [...words, '--no-such-option'];
  if (situation === 'tooManyWords') return [...words, 'one', 'two', 'three'];
  return [...words];
}

/** C0 but for the line end, C1, line separators, bidirectional controls, zero width. */
const OBEYED = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\u200b-\u200f\u061c\ufeff]/;

function check(what: string, { code, out, err }: Ran, outcome: Outcome, json: boolean): void {
  const seen = `${what}\nstdout: ${out}\nstderr: ${err}`;
  assert.equal(code, outcome.exit, seen);
  assert.doesNotMatch(out + err, OBEYED, seen);
  assert.ok((out === '' || out.endsWith('\n')) && (err === '' || err.endsWith('\n')), seen);
  if (outcome.error === undefined) assert.notEqual(out, '', seen);
  else assert.equal(out, '', seen);
  const last = err.trimEnd().split('\n').at(-1) ?? '';
  if (!json) {
    if (outcome.error !== undefined) assert.match(err, /^(lpa: .+|cancelled)$/m, seen);
    return;
  }
  if (out !== '') JSON.parse(out);
  if (outcome.error === undefined) return;
  const { error } = JSON.parse(last);
  assert.equal(error.code, outcome.error, seen);
  assert.ok(error.message.length > 0 && !/\bundefined\b/.test(error.message), seen);
}

/** A pipe, whatever the environment says of terminals. */
const ENVIRONMENTS: readonly Readonly<Record<string, string>>[] = [
  { TERM: 'xterm-256color', COLORTERM: 'truecolor' },
  { TERM: 'xterm', NO_COLOR: '1' },
];

test('every command has a row', () => {
  assert.deepEqual(
    ENTRIES.map(({ name }) => name).sort(),
    Object.keys(ROWS).sort(),
  );
});

for (const { name } of ENTRIES) {
  test(`lpa ${name} in every kind of error: exit code, an empty or whole stdout, nothing for a terminal`, async () => {
    const row = ROWS[name];
    assert.ok(row, 'it has no row');
    for (const situation of SITUATIONS) {
      const outcome = row.outcomes[situation];
      for (const [i, env] of ENVIRONMENTS.entries()) {
        for (const json of [true, false]) {
          const argv = [...argvIn(situation, row), ...(json ? ['--json'] : [])];
          const ran = await lpa(argv, { env, ...optionsIn(situation, row) });
          check(`${situation}, ${i}: lpa ${argv.join(' ')}`, ran, outcome, json);
        }
      }
    }
  });
}
