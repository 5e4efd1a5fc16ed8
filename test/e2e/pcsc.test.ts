/** A technician's afternoon over PC/SC: a real daemon, its CCID driver, a card in an emulated reader; the built programs. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Outcome, testLab } from '../lab/program.ts';
import { cleanEnv, jsonErrorOf, orderIn, ROOT, runNode } from './programs.ts';

/** The package as shipped, beside a node_modules without these packages: as if they had never been installed or built. */
function installedWithout(...packages: readonly string[]): { readonly programs: string } & Disposable {
  const dir = mkdtempSync(join(tmpdir(), 'lpa-installed-'));
  cpSync(join(ROOT, 'dist'), join(dir, 'dist'), { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(dir, 'package.json'));
  mkdirSync(join(dir, 'node_modules'));
  for (const name of readdirSync(join(ROOT, 'node_modules'))) {
    if (name.startsWith('.') || packages.includes(name)) continue;
    symlinkSync(join(ROOT, 'node_modules', name), join(dir, 'node_modules', name));
  }
  const { resolve } = createRequire(join(dir, 'dist/bin/lpa.js'));
  for (const name of packages) assert.throws(() => resolve(name), /Cannot find module/);
  return { programs: join(dir, 'dist/bin'), [Symbol.dispose]: () => rmSync(dir, { recursive: true }) };
}

/** Everything that goes through a daemon is one `lpa-lab run --pcsc`; each gets a daemon of its own. */
async function story(programs: string): Promise<void> {
  await using lab = testLab();
  const labProgram = join(programs, 'lpa-lab.js');
  const env = cleanEnv(lab.dir, { LPA_LAB_STATE: lab.dir });
  const overPcsc = (...words: readonly string[]): Promise<Outcome> => runNode([labProgram, 'run', '--pcsc', '--', ...words], env);
  const code = await orderIn({ run: (args) => runNode([labProgram, ...args], env) }, '--name', 'Alpha');

  const downloaded = await overPcsc('lpa', 'download', code, '--yes');
  assert.equal(downloaded.code, 0, downloaded.stderr);
  assert.match(downloaded.stdout, /^Installed \d{18,20} \(Lab Alpha\), disabled\n$/);
  const [iccid = ''] = /\d{18,20}/.exec(downloaded.stdout) ?? [];

  const list = await overPcsc('lpa', 'list');
  assert.equal(list.code, 0, list.stderr);
  assert.match(list.stdout, new RegExp(`^ICCID +STATE +NAME.*\\n${iccid} +disabled +Alpha +Lab\\b.*\\n$`));

  const again = await overPcsc('lpa', 'download', code, '--yes');
  assert.deepEqual([again.code, again.stdout], [5, '']);
  assert.match(again.stderr, /^lpa: ES9\+\.AuthenticateClient: matching ID refused \(8\.2\.6\/3\.8\)$/m);
  assert.match(again.stderr, new RegExp(`^this profile is already on this eUICC: ${iccid}$`, 'm'));
  assert.match(again.stderr, /^hint: run `lpa list` to see it/m);
  assert.ok(!again.stderr.includes(code.split('$')[2]!), 'the code reaches no message');

  // As in a shell script: several commands one after the other, their stdout for programs alone.
  const script = 'lpa enable Alpha --json && lpa enable Alpha --json && lpa list --json && lpa readers --json';
  const enabled = await overPcsc('sh', '-c', `set -e; { ${script}; } | node -e '${READ_VALUES}'`);
  assert.equal(enabled.code, 0, enabled.stderr);
  const [first, second, profiles, readers] = JSON.parse(enabled.stdout);
  assert.ok(first, enabled.stderr);
  assert.deepEqual(first, { iccid, profileState: 'enabled', changed: true, notificationsPending: 0 });
  assert.deepEqual(second, { iccid, profileState: 'enabled', changed: false, notificationsPending: 0 });
  assert.equal(profiles.length, 1);
  assert.deepEqual(
    [profiles[0].iccid, profiles[0].profileState, profiles[0].profileName, profiles[0].serviceProviderName],
    [iccid, 'enabled', 'Alpha', 'Lab'],
  );
  assert.deepEqual(
    readers.map(({ name, present, kind }: Record<string, unknown>) => ({ name, present, kind })),
    [{ name: 'Lab 00 00', present: true, kind: 'consumer' }],
  );
}

/** Values of JSON, each over several lines, and nothing else: what jq -s does. */
const READ_VALUES = `
  const text = require("fs").readFileSync(0, "utf8");
  const values = text.split(/(?<=^[}\\]])\\n/m).filter(Boolean).map((value) => JSON.parse(value));
  console.log(JSON.stringify(values));`.replace(/\n\s*/g, ' ');

test('order, download, list, the same code again, enable twice, in a script', { timeout: 110_000 }, () =>
  story(join(ROOT, 'dist/bin')),
);

test('the same where pcsclite was not built: pcsc-mini takes over by itself', { timeout: 110_000 }, async () => {
  using installed = installedWithout('pcsclite');
  await story(installed.programs);
});

test('without either binding the programs say so, and a card at a socket works on', { timeout: 60_000 }, async () => {
  using installed = installedWithout('pcsclite', 'pcsc-mini');
  await using lab = testLab();
  const env = cleanEnv(lab.dir, { LPA_LAB_STATE: lab.dir });
  const overPcsc = await runNode([join(installed.programs, 'lpa.js'), 'list', '--json'], env);
  assert.equal(overPcsc.code, 3);
  const { problem, remedy = '' } = jsonErrorOf(overPcsc);
  assert.equal(problem, 'noDriver');
  assert.match(remedy, /pcsc/);
  const atSocket = await runNode([join(installed.programs, 'lpa-lab.js'), 'run', '--', 'lpa', 'list', '--json'], env);
  assert.deepEqual(atSocket, { code: 0, stdout: '[]\n', stderr: '' });
});
