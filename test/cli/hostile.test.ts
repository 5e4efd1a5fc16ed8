/** Names of profiles, providers, readers and servers that try something, through every command that prints them. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, before, test } from 'node:test';
import stringWidth from 'string-width';
import { App } from '../../src/cli/app.ts';
import { Secrets } from '../../src/cli/capture/secrets.ts';
import { ENTRIES } from '../../src/cli/commands/index.ts';
import { realDoors } from '../../src/cli/devices/transports.ts';
import type { Io } from '../../src/cli/io.ts';
import { settingsFrom } from '../../src/cli/settings.ts';
import { preloadProfile } from '../../src/lab/euicc/state.ts';
import { toHex } from '../../src/lpa/bytes.ts';
import { EUICCInfo2 } from '../../src/lpa/sgp22/euicc-info.ts';
import { ProfileInfoListResponse } from '../../src/lpa/sgp22/profile.ts';
import { plainPaint } from '../../src/terminal/style.ts';
import { answering, EID, openWorld, SPARE, USED, type World } from './every/world.ts';
import { lpa, type Ran, type RunOptions } from './harness.ts';

/** At most 64 octets each, as the specification has it of names. */
const NAMES = [
  '\x1b[31mred\x1b[2J\x1b[1;1H',
  '\x1b]52;c;aGVsbG8=\x07',
  '\x1b]0;title\x1b\\',
  '\u202egnp.exe\u2066x\u2069\u200b\ufeff',
  'two\r\nlines\u2028three\u0085four\tfive',
  '\u009b31m\x00\x08\x7f',
  '📶'.repeat(16),
  '中国移动通信集团'.repeat(2),
  '👩\u200d🔧👍🏽🇩🇪❤️',
  'Zürich ไทย ভারত',
] as const;
const ALL = '\x1b[2J\x1b]52;c;eA==\x07\u202eg\u2066\u200b\ufeff\r\na\u2028b\u0085\t\u009b31m\x00\x08\x7f';

let world: World;
const dir = mkdtempSync(join(tmpdir(), 'lpa-hostile-'));
before(async () => {
  world = await openWorld(dir);
});
after(async () => {
  await world[Symbol.asyncDispose]();
  rmSync(dir, { recursive: true });
});

/** A card of which every text tries something. */
function hostileDoors(): Required<Pick<RunOptions, 'doors'>> {
  const state = world.state();
  state.profiles = [];
  for (const [i, profileName] of NAMES.entries()) {
    preloadProfile(
      state,
      {
        iccid: iccidOf(i),
        profileName,
        serviceProviderName: [...NAMES[(i + 1) % NAMES.length]!].slice(0, 16).join(''),
        profileClass: 'operational',
        notificationConfigurationInfo: [
          { profileManagementOperation: ['notificationEnable'], notificationAddress: NAMES[(i + 2) % NAMES.length]! },
        ],
      },
      { enabled: i === 0, ...(i % 2 === 1 && { profileNickname: NAMES[(i + 3) % NAMES.length]! }) },
    );
  }
  const [{ signed }] = state.notifications as [(typeof state.notifications)[number]];
  state.notifications = NAMES.map((address, i) => ({
    seqNumber: i + 1,
    event: 'notificationDelete',
    address,
    iccid: iccidOf(i),
    signed,
  }));
  state.defaultDpAddress = ALL;
  state.rootDsAddress = NAMES[3];
  return {
    doors: {
      ...world.doors({ state }),
      listReaders: async () => NAMES.map((name, i) => ({ name: `${name} 0${i}`, present: i === 0 })),
    },
  };
}

const iccidOf = (i: number): string => `894900000000000${String(1000 + i)}`;

/** Everything that a terminal obeys, hides or turns round, but for the line end. */
const OBEYED =
  /[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e0fff}]/u;

const harmless = (what: string, text: string): void => assert.doesNotMatch(text, OBEYED, `${what}: ${JSON.stringify(text)}`);

/** Each column of the table begins below its head, at least two columns after what stands left of it. */
function aligned(out: string): void {
  const [head = '', ...rows] = out.trimEnd().split('\n');
  const starts = [...head.matchAll(/(?<=^| {2})\S/g)].map(({ index }) => index).filter((start) => start > 0);
  assert.ok(starts.length > 0 && rows.length > 0, out);
  for (const row of rows) {
    const cells: string[] = [];
    for (const { segment } of new Intl.Segmenter().segment(row)) {
      cells.push(segment, ...Array.from({ length: Math.max(0, stringWidth(segment) - 1) }, () => ''));
    }
    for (const start of starts) {
      if (cells.length <= start) continue;
      assert.deepEqual([cells[start - 2], cells[start - 1]], [' ', ' '], `column ${start}:\n${out}`);
    }
  }
}

const TABLES = new Set(['list', 'notifications', 'notifications list', 'readers']);

interface Case {
  readonly argv: readonly string[];
  readonly exit: number;
  readonly typed?: string;
}

/** By the command of the index; a command that has none prints nothing foreign, and says why. */
const CASES: Readonly<Record<string, readonly Case[] | string>> = {
  download: [
    { argv: ['download', '{code}', '--yes'], exit: 0 },
    { argv: ['download', '{code}', '--yes', '--progress', 'plain', '--trace', '--no-notify'], exit: 0 },
    { argv: ['download', '{code}'], exit: 130, typed: '\n' },
    { argv: ['download', '--yes'], exit: 8 },
  ],
  inspect: [{ argv: ['inspect', '{code}'], exit: 0 }],
  discover: [{ argv: ['discover'], exit: 8 }],
  list: [
    { argv: ['list'], exit: 0 },
    { argv: ['list', '--wide'], exit: 0 },
    { argv: ['list', '--trace'], exit: 0 },
    { argv: ['list', '--reader', 'all'], exit: 0 },
  ],
  enable: [
    { argv: ['enable', iccidOf(4), '--no-notify'], exit: 0 },
    { argv: ['enable', iccidOf(4)], exit: 0 },
    { argv: ['enable', ALL], exit: 2 },
    { argv: ['enable', '8949'], exit: 2 },
  ],
  disable: [{ argv: ['disable', iccidOf(0), '--no-notify'], exit: 0 }],
  rename: [
    { argv: ['rename', iccidOf(4), ALL], exit: 0 },
    { argv: ['rename', ALL, ALL], exit: 2 },
  ],
  delete: [
    { argv: ['delete', iccidOf(4), '--confirm', iccidOf(4), '--no-notify'], exit: 0 },
    { argv: ['delete', iccidOf(4), '--no-notify'], exit: 0, typed: `${iccidOf(4).slice(-4)}\n` },
    { argv: ['delete', iccidOf(0), '--confirm', iccidOf(0)], exit: 4 },
  ],
  notifications: [{ argv: ['notifications'], exit: 0 }],
  'notifications list': [{ argv: ['notifications', 'list'], exit: 0 }],
  'notifications send': [{ argv: ['notifications', 'send'], exit: 8 }],
  'notifications save': [
    // The store holds one signed notification under several numbers.
    { argv: ['notifications', 'save', join(dir, 'saved-{count}.der')], exit: 4 },
    { argv: ['notifications', 'save', `${dir}/${NAMES[3]}\n/saved.der`], exit: 4 },
  ],
  'notifications remove': [
    { argv: ['notifications', 'remove', '1'], exit: 0, typed: `${EID.slice(-4)}\n` },
    { argv: ['notifications', 'remove', ALL, '--confirm', EID], exit: 2 },
  ],
  batch: [
    { argv: ['batch', '{plan}', '--yes'], exit: 0 },
    { argv: ['batch', `${dir}/${NAMES[3]}\n.csv`, '--yes'], exit: 2 },
  ],
  info: [
    { argv: ['info'], exit: 0 },
    { argv: ['info', '--trace'], exit: 0 },
  ],
  'info eid': 'it prints digits',
  smdp: [
    { argv: ['smdp'], exit: 0 },
    { argv: ['smdp', ALL], exit: 2 },
  ],
  lpae: 'it prints names of bits',
  'lpae status': 'it prints names of bits',
  'lpae activate': [{ argv: ['lpae', 'activate', ALL], exit: 2 }],
  reset: [
    { argv: ['reset', '--operational', '--default-smdp', '--no-notify'], exit: 0, typed: `${EID.slice(-4)}\n` },
    { argv: ['reset', '--operational', '--default-smdp', '--confirm', EID, '--no-notify'], exit: 0 },
  ],
  readers: [{ argv: ['readers'], exit: 0 }],
  doctor: [{ argv: ['doctor', '{code}'], exit: 6 }],
  qr: [{ argv: ['qr', `LPA:1$${ALL}$X`], exit: 2 }],
  explain: [
    { argv: ['explain', '{octets}'], exit: 0 },
    { argv: ['explain', ALL], exit: 2 },
  ],
  completion: [{ argv: ['completion', ALL], exit: 2 }],
  help: [{ argv: ['help', ALL], exit: 2 }],
};

/** What stands in braces. */
function filled(word: string): string {
  if (word === '{code}') return world.code('good', { profileName: ALL, serviceProviderName: NAMES[1] });
  if (word === '{plan}') {
    const code = world.code('good', { profileName: ALL, serviceProviderName: NAMES[4] });
    return world.file(
      `plan-${world.count()}.csv`,
      `reader,code,nickname\n"${NAMES[0]}",${code},"${NAMES[4].replace('\0', '')}"\n`,
    );
  }
  if (word !== '{octets}') return word.replace('{count}', String(world.count()));
  const profiles = NAMES.map((profileName, i) => ({ iccid: iccidOf(i), profileName, serviceProviderName: ALL.slice(0, 30) }));
  return toHex(ProfileInfoListResponse.encode({ profileInfoListOk: profiles }));
}

const run = ({ argv, typed }: Case, more: RunOptions = {}): Promise<Ran> =>
  lpa(argv.map(filled), { env: { TERM: 'xterm-256color' }, ...hostileDoors(), ...(typed !== undefined && { typed }), ...more });

/** What is answered at a terminal comes with stderr there: colours of lpa's own are left out. */
const unpainted = (err: string, { typed }: Case): string => (typed === undefined ? err : err.replaceAll(/\x1b\[\d+m/g, ''));

test('every command has its cases', () => {
  assert.deepEqual(Object.keys(CASES).sort(), ENTRIES.map(({ name }) => name).sort());
});

for (const [name, cases] of Object.entries(CASES)) {
  if (typeof cases === 'string') continue;
  test(`lpa ${name}: names that try something are harmless in text, in JSON and on a terminal, and tables stay tables`, async () => {
    for (const one of cases) {
      const what = `lpa ${JSON.stringify(one.argv)}`;
      const plain = await run(one);
      assert.equal(plain.code, one.exit, `${what}: ${plain.out}${plain.err}`);
      harmless(what, plain.out + unpainted(plain.err, one));
      if (TABLES.has(name) && plain.code === 0 && !one.argv.includes('all')) aligned(plain.out);

      const json = await run({ ...one, argv: [...one.argv, '--json'] });
      assert.equal(json.code, one.exit, `${what} --json: ${json.out}${json.err}`);
      harmless(`${what} --json`, json.out + unpainted(json.err, one));
      if (json.out !== '') JSON.parse(json.out);

      // On a terminal only what lpa itself paints is left: colours, and lines of progress written over.
      const seen = await run({ typed: '', ...one }, { columns: 80 });
      harmless(`${what} at a terminal`, (seen.out + seen.err).replaceAll(/\x1b\[\d+m|\r/g, ''));
      if (['list', 'notifications', 'notifications list'].includes(name) && !one.argv.includes('--wide') && seen.code === 0) {
        const long = seen.out.split('\n').filter((line) => stringWidth(line) > 80);
        assert.deepEqual(long, [], what);
        if (!one.argv.includes('all')) aligned(seen.out.replaceAll(/\x1b\[\d+m/g, ''));
      }
    }
  });
}

test('JSON says what the names are', async () => {
  const { out } = await run({ argv: ['list', '--json'], exit: 0 });
  assert.deepEqual(
    JSON.parse(out).map(({ profileName }: { profileName: string }) => profileName),
    NAMES,
  );
});

test('info: whatever the eUICC says of itself', async () => {
  const state = world.state();
  const info = EUICCInfo2.encode({
    svn: '2.5.0',
    euiccCiPKIdListForVerification: [],
    euiccCiPKIdListForSigning: [],
    sasAcreditationNumber: ALL,
    certificationDataObject: { platformLabel: NAMES[1], discoveryBaseURL: NAMES[4] },
  });
  for (const words of [['info'], ['info', '--json'], ['info', '--trace']]) {
    const { code, out, err } = await lpa(words, { doors: world.doors({ state }, answering('BF22', toHex(info))) });
    assert.equal(code, 0, err);
    harmless(words.join(' '), out + err);
  }
});

test('what a server says of its refusal, in every command that asks one', async () => {
  const body = JSON.stringify({
    header: {
      functionExecutionStatus: {
        status: 'Failed',
        statusCodeData: { subjectCode: '8.2.6', reasonCode: '3.8', subjectIdentifier: ALL, message: NAMES.join('') },
      },
    },
  });
  const post: RunOptions['post'] = async () => ({ status: 200, body });
  const { openServers: _, ...doors } = world.doors();
  for (const words of [
    ['download', world.code(), '--yes'],
    ['inspect', world.code()],
    ['batch', world.file('refused.csv', `reader,code\nlab 00,${world.code()}\n`), '--yes'],
    ['discover', '--install', '--yes'],
    ['enable', SPARE],
    ['disable', USED],
    ['notifications', 'send'],
  ]) {
    for (const json of [[], ['--json'], ['--trace']]) {
      const argv = [...words, ...json];
      const { out, err } = await lpa(argv, { doors, post });
      harmless(argv.join(' '), out + err);
      assert.ok((out + err).length > 0);
    }
  }
});

test('what a server answers instead of JSON, and codes that are none', async () => {
  const { openServers: _, ...doors } = world.doors();
  const statusCodeData = { subjectCode: NAMES[0], reasonCode: NAMES[1], message: ALL };
  for (const [status, body] of [
    [200, `<html>${ALL}</html>`],
    [500, ALL],
    [200, `{"${ALL.replaceAll(/[\x00-\x1f"\\]/g, '?')}":1}`],
    [200, JSON.stringify({ header: { functionExecutionStatus: { status: 'Failed', statusCodeData } } })],
    [200, JSON.stringify({ header: { functionExecutionStatus: { status: ALL } } })],
  ] as const) {
    for (const argv of [
      ['download', world.code(), '--yes', '--trace'],
      ['enable', SPARE],
      ['notifications', 'send'],
    ]) {
      for (const json of [[], ['--json']]) {
        const { out, err } = await lpa([...argv, ...json], { doors, post: async () => ({ status, body }) });
        harmless(`${argv.join(' ')}: ${body}`, out + err);
      }
    }
  }
});

test('files that lpa writes: trace, recording and results of a batch', async () => {
  const files = ['trace.txt', 'record.txt'].map((name) => join(dir, name)) as [string, string];
  const ran = await run({
    argv: ['download', '{code}', '--yes', '--no-notify', '--trace-file', files[0], '--record', files[1]],
    exit: 0,
  });
  assert.equal(ran.code, 0, ran.err);
  const plan = filled('{plan}');
  assert.equal((await run({ argv: ['batch', plan, '--yes'], exit: 0 })).code, 0);
  for (const file of [...files, plan.replace(/csv$/, 'results.csv')]) {
    harmless(file, readFileSync(file, 'utf8').replaceAll(/\r\n(?="\d|$)/g, '\n'));
  }
});

test('warnings and notices are harmless and masked, whoever says them', () => {
  let err = '';
  const io: Io = {
    env: {},
    platform: 'linux',
    stdout: () => {},
    stderr: (text) => {
      err += text;
    },
    stdin: new PassThrough(),
    stdoutColumns: undefined,
    stderrColumns: undefined,
    onInterrupt: () => () => {},
    leave: () => {},
  };
  const secrets = new Secrets();
  secrets.addText('SECRET-77');
  const app = new App({
    io,
    settings: settingsFrom({ progress: 'none' }, {}),
    doors: realDoors,
    secrets,
    paint: plainPaint,
    signal: new AbortController().signal,
  });
  for (const say of ['warn', 'say', 'notice'] as const) app[say](`${ALL.replaceAll(/[\r\n]/g, '')} SECRET-77`);
  harmless('what is said', err);
  assert.equal(err.split('•••').length, 4);
  assert.ok(!err.includes('SECRET'));
});
