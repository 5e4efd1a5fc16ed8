/** Every command of the index through every kind of error: exit code, streams, and no octet that a terminal would obey. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ENTRIES } from '../../src/cli/commands/index.ts';
import { type Outcome, ROWS, type Row, SITUATIONS, type Situation } from './every/rows.ts';
import {
  answering,
  interruptedAtCard,
  noCard,
  openWorld,
  pulled,
  READER,
  type Server,
  SPARE,
  USED,
  type World,
} from './every/world.ts';
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
    if (outcome.error !== undefined) assert.match(err, /(^|: )lpa: .+$|^cancelled$/m, seen);
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
  assert.deepEqual(ENTRIES.map(({ name }) => name).sort(), Object.keys(ROWS).sort());
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

interface Case {
  readonly what: string;
  readonly argv: () => readonly string[];
  readonly options?: () => RunOptions;
  readonly outcome: Outcome;
  /** Members of the JSON error or of the result, and what the last lines of text say. */
  readonly json?: (told: any) => void;
  readonly text?: RegExp;
}

const usage: Outcome = { exit: 2, error: 'usage' };
const card = (more: Parameters<World['doors']>[0] = {}) => ({
  readers: [{ name: READER, present: true }],
  doors: world.doors(more),
});
const LAST = '{"error"';

/** What is half done, asked in vain, refused before anything was asked, or a fault of our own. */
const CASES: readonly Case[] = [
  {
    what: 'installed, and the eUICC refuses to enable it',
    argv: () => ['download', world.code(), '--yes', '--enable'],
    options: () => ({ doors: world.doors({}, answering('BF31', 'BF3103800103')) }),
    outcome: { exit: 4, error: 'euicc' },
    json: ({ error }) => assert.match(error.installed.iccid, /^89/),
    text: /lpa: ES10c\.EnableProfile: disallowedByPolicy\n/,
  },
  {
    what: 'switched, and no server can be told',
    argv: () => ['enable', SPARE],
    options: () => ({ doors: world.doors({ server: 'network' }) }),
    outcome: { exit: 0 },
    json: ({ changed, notificationsPending }) => assert.deepEqual([changed, notificationsPending > 0], [true, true]),
    text: /warning: \d notifications? (is|are) still on the card: .*\n.*`lpa notifications send` tries again\n/,
  },
  {
    what: 'one row done, one not',
    argv: () => [
      'batch',
      world.file(`plan-${world.count()}.csv`, `reader,code\n${READER},${world.code()}\n${READER},${world.code('network')}\n`),
      '--yes',
    ],
    outcome: { exit: 6 },
    json: (rows) =>
      assert.deepEqual(
        rows.map(({ result }: { result: string }) => result),
        ['done', 'failed'],
      ),
    text: /next: the same command goes on with what is left\n$/,
  },
  {
    what: 'two rows with one code',
    argv: () => ['batch', world.file('twice.csv', `reader,code\n1,LPA:1$localhost:1$X\n1,LPA:1$localhost:1$X\n`), '--yes'],
    outcome: usage,
  },
  {
    what: 'found, and one of them refused',
    argv: () => ['discover', '--install', '--yes'],
    options: () => ({ doors: world.doors({ server: 'status' }) }),
    outcome: { exit: 5, error: 'server' },
  },
  {
    what: 'one reader of two is held',
    argv: () => ['list', '--reader', 'all'],
    options: () => {
      const doors = world.doors();
      const held = noCard('busy', 'Held: another program holds the card').openLink!;
      return {
        doors: {
          ...doors,
          listReaders: async () => ['Held', READER].map((name) => ({ name, present: true })),
          openLink: (wanted) => (wanted.reader === 'Held' ? held(wanted) : doors.openLink!(wanted)),
        },
      };
    },
    outcome: { exit: 3 },
    json: (entries) =>
      assert.deepEqual(
        entries.map((entry: object) => 'error' in entry),
        [true, false],
      ),
  },
  {
    what: 'rules that the eUICC does not allow',
    argv: () => ['download', world.code('good', { rules: ['ppr2'] }), '--yes', '--accept-rules', 'ppr2'],
    options: () => ({ doors: world.doors({ state: { ...world.state(), rat: 'BF4302A000' } }) }),
    outcome: { exit: 9, error: 'policy' },
  },
  {
    what: 'a wrong confirmation code',
    argv: () => ['download', world.code('good', { confirmationCode: '4321' }), '--yes', '--confirmation-code', '1234'],
    outcome: { exit: 5, error: 'server' },
    json: ({ error }) => assert.equal(error.activationCode, 'good'),
    text: /the activation code is still good\n/,
  },
  {
    what: 'no confirmation code at hand',
    argv: () => ['download', world.code('good', { confirmationCode: '4321' }), '--yes'],
    outcome: usage,
  },
  { what: 'nobody is there to agree', argv: () => ['download', world.code()], outcome: usage },
  { what: 'nobody is there to confirm', argv: () => ['delete', SPARE], outcome: usage },
  {
    what: 'no answer to the preview',
    argv: () => ['download', world.code()],
    options: () => ({ ...card(), typed: '' }),
    outcome: { exit: 130, error: 'cancelled' },
  },
  {
    what: 'no digits where they are asked for',
    argv: () => ['delete', SPARE],
    options: () => ({ ...card(), typed: '' }),
    outcome: { exit: 130, error: 'cancelled' },
  },
  {
    what: 'the ICCID of another profile',
    argv: () => ['delete', SPARE, '--confirm', USED],
    outcome: usage,
  },
  {
    what: 'a profile in use',
    argv: () => ['delete', USED, '--confirm', USED],
    outcome: { exit: 4, error: 'euicc' },
    text: /hint: `lpa disable \d+` first\n$/,
  },
  { what: 'a word that means two profiles', argv: () => ['enable', '8949'], outcome: usage, text: /matches 2 profiles/ },
  { what: 'a word that means none', argv: () => ['disable', 'nothing'], outcome: usage, text: /profile "nothing" not found/ },
  { what: 'a recording that is not there', argv: () => ['list', '--reader', 'replay:/nowhere'], outcome: usage },
  { what: 'a recording that cannot be written', argv: () => ['list', '--record', '/nowhere/x'], outcome: usage },
  { what: 'a CA file that is none', argv: () => ['inspect', world.code(), '--ca', '/dev/null'], outcome: usage },
  { what: 'a folder for icons that is a file', argv: () => ['list', '--icons', '/dev/null'], outcome: usage },
  { what: 'no such command', argv: () => ['lisst'], outcome: usage, text: /did you mean `lpa list`/ },
  { what: 'options alone', argv: () => ['--quiet'], outcome: usage },
  { what: 'an option without its value', argv: () => ['list', '--reader'], outcome: usage, text: /argument missing/ },
  { what: 'a value that is none of those known', argv: () => ['list', '--progress', 'loud'], outcome: usage },
  {
    what: 'a fault of our own',
    argv: () => ['list'],
    options: () => ({ doors: { openLink: () => Promise.reject(new TypeError('\x1b[2Jx is not a function')) } }),
    outcome: { exit: 1, error: 'bug' },
    text: /please report it/,
  },
];

for (const { what, argv, options = card, outcome, json, text } of CASES) {
  test(`${what}: exit ${outcome.exit}`, async () => {
    for (const env of ENVIRONMENTS) {
      const plain = await lpa(argv(), { env, ...options() });
      check(what, unpainted(plain, options()), outcome, false);
      if (text) assert.match(plain.out + plain.err, text);
      const told = await lpa([...argv(), '--json'], { env, ...options() });
      check(`${what}, --json`, unpainted(told, options()), outcome, true);
      json?.(JSON.parse(told.out !== '' ? told.out : (told.err.trimEnd().split('\n').at(-1) ?? '')));
      assert.equal(told.err.split(LAST).length, outcome.error === undefined ? 1 : 2, 'one error');
    }
  });
}

/** Where somebody types, stderr is a terminal, and may have colours. */
const unpainted = (ran: Ran, { typed }: RunOptions): Ran =>
  typed === undefined ? ran : { ...ran, err: ran.err.replaceAll(/\x1b\[\d+m/g, '') };
