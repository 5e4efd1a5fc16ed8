/** The built program with its streams at pipes and files: what reaches them has no octet that a terminal obeys. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { preloadProfile } from '../../src/lab/euicc/state.ts';
import { offerAtSocket, type SocketReader } from '../../src/lab/readers/socket.ts';
import { type Lab, openLab } from '../cli/lab.ts';
import { cleanEnv, LPA, runNode } from './programs.ts';

const HOSTILE = '\x1b[2J\x1b]52;c;eA==\x07\u202eg\u2066\r\na\u2028b\u009b31m';
/** All but the line end. */
const OBEYED = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\u200b-\u200f\u061c\ufeff]/;

let lab: Lab;
let reader: SocketReader;
let dir = '';
before(async () => {
  dir = mkdtempSync(join(tmpdir(), 'lpa-streams-'));
  lab = await openLab();
  preloadProfile(lab.card.state, {
    iccid: '8949000000000000011',
    profileName: HOSTILE,
    serviceProviderName: HOSTILE,
    profileClass: 'operational',
  });
  reader = await offerAtSocket(lab.card);
});
after(async () => {
  await reader[Symbol.asyncDispose]();
  await lab[Symbol.asyncDispose]();
  rmSync(dir, { recursive: true });
});

const ENVIRONMENTS: readonly Readonly<Record<string, string | undefined>>[] = [
  { TERM: 'xterm-256color', COLORTERM: 'truecolor', FORCE_COLOR: undefined, NO_COLOR: undefined, COLUMNS: '40' },
  { TERM: 'xterm', FORCE_COLOR: undefined, NO_COLOR: '1' },
];
const envOf = (more: Readonly<Record<string, string | undefined>>) =>
  cleanEnv(dir, { LPA_READER: reader.name, NO_PROXY: 'localhost', ...more });

const NO_DAEMON = { LPA_READER: undefined, PCSCLITE_CSOCK_NAME: '/nowhere/pcscd.comm' };

interface Case {
  readonly argv: () => readonly string[];
  readonly exit: number;
  readonly error?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

const CASES: readonly Case[] = [
  { argv: () => ['list', '--wide', '--trace'], exit: 0 },
  { argv: () => ['info'], exit: 0 },
  { argv: () => ['qr', 'LPA:1$smdp.example.com$X'], exit: 0 },
  { argv: () => ['enable', HOSTILE], exit: 0 },
  { argv: () => ['enable', 'nothing'], exit: 2, error: 'usage' },
  { argv: () => ['list', '--no-such-option'], exit: 2, error: 'usage' },
  { argv: () => ['list'], exit: 3, error: 'card', env: NO_DAEMON },
  { argv: () => ['list'], exit: 3, error: 'card', env: { LPA_READER: 'tcp:127.0.0.1:1' } },
  { argv: () => ['download', 'LPA:1$localhost:1$X', '--yes'], exit: 6, error: 'network' },
  { argv: () => ['download', `LPA:1$${lab.smdp.address}$NO-SUCH-ORDER`, '--yes'], exit: 5, error: 'server' },
  { argv: () => ['download', lab.smdp.createOrder({ profileName: HOSTILE }).activationCode, '--yes', '--enable'], exit: 0 },
];

test('pipes: no escape sequence, and with --json a stdout that parses or is empty', { timeout: 120_000 }, async () => {
  for (const { argv, exit, error, env = {} } of CASES) {
    for (const [i, words] of [[], ['--json']].entries()) {
      const line = [...argv(), ...words];
      const what = `lpa ${JSON.stringify(line)}`;
      const { code, stdout, stderr } = await runNode([LPA, ...line], envOf({ ...ENVIRONMENTS[i], ...env }));
      assert.equal(code, exit, `${what}: ${stdout}${stderr}`);
      assert.doesNotMatch(stdout + stderr, OBEYED, what);
      if (words.length === 0) continue;
      if (error === undefined) JSON.parse(stdout);
      else {
        assert.equal(stdout, '', what);
        assert.equal(JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? '').error.code, error, what);
      }
    }
  }
});

test('files: no escape sequence either', { timeout: 60_000 }, async () => {
  for (const [argv, exit] of [
    [['list'], 0],
    [['enable', 'nothing'], 2],
  ] as const) {
    const [out, err] = ['out', 'err'].map((name) => join(dir, name)) as [string, string];
    const files = [out, err].map((file) => openSync(file, 'w'));
    const child = spawn(process.execPath, [LPA, ...argv], { env: envOf(ENVIRONMENTS[0]!), stdio: ['ignore', ...files] });
    const [code] = await once(child, 'close');
    for (const file of files) closeSync(file);
    assert.equal(code, exit);
    const written = readFileSync(out, 'utf8') + readFileSync(err, 'utf8');
    assert.ok(written.length > 0);
    assert.doesNotMatch(written, OBEYED);
  }
});
