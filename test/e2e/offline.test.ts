/** What works without PC/SC, network and card; and what each of the things that may be missing is called. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { codePicture } from '../../src/lab/cli/picture.ts';
import { type Outcome, testLab } from '../lab/program.ts';
import { startClient, startRig } from '../pcsc/rig.ts';
import { cleanEnv, jsonErrorOf, LPA, runNode } from './programs.ts';

const CODE = 'LPA:1$smdp.example.com$MATCHING-ID';
const NO_DEVICES = fileURLToPath(new URL('./no-devices.js', import.meta.url));
const TOUCHED = 99;

describe('without PC/SC and network', () => {
  let dir: string;
  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'lpa-offline-'));
    writeFileSync(join(dir, 'code.png'), await codePicture(CODE));
  });
  after(() => rmSync(dir, { recursive: true }));

  const offline = (argv: readonly string[], env: Readonly<Record<string, string>> = {}, stdin = ''): Promise<Outcome> =>
    runNode(['--import', NO_DEVICES, LPA, ...argv], cleanEnv(dir, { PCSCLITE_CSOCK_NAME: '/nonexistent/pcscd', ...env }), stdin);

  test('a command that needs a reader or a server reaches for it, and is seen doing so', async () => {
    const reader = await offline(['list']);
    assert.deepEqual([reader.code, reader.stdout], [TOUCHED, '']);
    assert.match(reader.stderr, /^touched: a native module .*\.node$/m);
    const socket = await offline(['list'], { LPA_READER: 'tcp:127.0.0.1:9' });
    assert.equal(socket.code, TOUCHED, socket.stderr);
  });

  for (const [argv, expected] of [
    [[], /\nProfiles:\n {2}download /],
    [['help'], /\nProfiles:\n {2}download /],
    [['--help'], /\nProfiles:\n {2}download /],
    [['help', 'download'], /lpa download \[<code>\]/],
    [['help', 'troubleshooting'], /lpa doctor/],
    [['--version'], /^lpa \d+\.\d+\.\d+\S*\n$/],
    [['qr', CODE], /[█▀▄]/],
    [['qr', 'code.png'], /LPA:1\$smdp\.example\.com\$MATCHING-ID/],
    [['explain', '6A82'], /6A82/],
    [['explain', '8.2.6/3.8'], /matching/i],
    [['completion', 'bash'], /complete /],
  ] as const) {
    test(`lpa ${argv.join(' ')}`, async () => {
      const words = argv.map((word) => (word === 'code.png' ? join(dir, word) : word));
      const { code, stdout, stderr } = await offline(words);
      assert.deepEqual([code, stderr], [0, '']);
      assert.match(stdout, expected);
    });
  }

  test('lpa qr - --json', async () => {
    const { code, stdout, stderr } = await offline(['qr', '-', '--json'], {}, `${CODE}\n`);
    assert.deepEqual([code, stderr], [0, '']);
    assert.deepEqual(JSON.parse(stdout), {
      smdpAddress: 'smdp.example.com',
      matchingId: 'MATCHING-ID',
      confirmationCodeRequired: false,
    });
  });
});

/** The same command for people and for programs. */
interface Said {
  readonly message: string;
  readonly hint: string;
}

async function refused(problem: string, run: (...options: readonly string[]) => Promise<Outcome>): Promise<Said> {
  const { code, stdout, stderr } = await run();
  assert.deepEqual([code, stdout], [3, '']);
  const [, message = '', hint = ''] = /^lpa: (.*)\nhint: (.*)\n$/m.exec(stderr) ?? [];
  assert.ok(message !== '' && hint !== '', stderr);
  const json = await run('--json');
  assert.equal(json.code, 3);
  const error = jsonErrorOf(json);
  assert.deepEqual([error.code, error['problem'], error.remedy], ['card', problem, hint]);
  return { message, hint };
}

test('no daemon, no reader, no card, a card that is held, a plain UICC, an M2M card: each in its own words', {
  timeout: 110_000,
}, async () => {
  await using lab = testLab();
  const listAt =
    (socketName: string, ...words: readonly string[]) =>
    (...options: readonly string[]): Promise<Outcome> =>
      runNode([LPA, 'list', ...words, ...options], cleanEnv(lab.dir, { PCSCLITE_CSOCK_NAME: socketName }));
  const said: Said[] = [];

  const noDaemon = await refused('noService', listAt('/nonexistent/pcscd'));
  assert.match(noDaemon.message, /^the PC\/SC service does not run/);
  assert.match(noDaemon.hint, /pcscd/);
  said.push(noDaemon);

  {
    await using rig = await startRig([]);
    const noReader = await refused('noReader', listAt(rig.socketName));
    assert.equal(noReader.message, 'no smart card reader found');
    said.push(noReader);
  }
  {
    await using rig = await startRig([{ name: 'Alpha', absent: true }]);
    const noCard = await refused('noCard', listAt(rig.socketName));
    assert.match(noCard.message, /Alpha 00 00/);
    said.push(noCard);
  }
  {
    await using rig = await startRig([{ name: 'Alpha' }]);
    await using holder = startClient(rig.socketName);
    await holder.call({ do: 'openLink' });
    const began = performance.now();
    const held = await refused('busy', listAt(rig.socketName, '--wait', '1'));
    assert.ok(performance.now() - began > 2000, 'waited for a second, twice');
    assert.match(held.message, /^Alpha 00 00: another program holds the card, and has for 1 s$/);
    assert.match(held.hint, /--wait/);
    const { stderr } = await listAt(rig.socketName, '--wait', '0.2')();
    assert.match(stderr, /^waiting for the card in Alpha 00 00, which another program holds\nlpa: /);
    said.push(held);
    await holder.end();
  }
  for (const [manners, problem, message] of [
    ['plain-uicc', 'noEuicc', /a plain UICC/],
    ['m2m', 'm2m', /an M2M eUICC \(SGP\.02\)/],
  ] as const) {
    const inReader = (...options: readonly string[]): Promise<Outcome> =>
      lab.run(['run', '--pcsc', '--manners', manners, '--', 'lpa', 'list', ...options]);
    const wrongCard = await refused(problem, inReader);
    assert.match(wrongCard.message, message);
    said.push(wrongCard);
  }
  assert.equal(new Set(said.map(({ message }) => message)).size, said.length);
  assert.equal(new Set(said.map(({ hint }) => hint)).size, said.length);
});
