/** Orders made with lpa-lab, and downloaded with lpa: several processes, one folder. */
import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { buildProfilePackage } from '../../src/lab/profile/build.ts';
import { type TestLab, testLab } from './program.ts';

// From build/test/lab; the vectors are not compiled.
const SGP26 = fileURLToPath(new URL('../../../test/vectors/sgp26', import.meta.url));

const CODE = /^LPA:1\$localhost:\d+\$[0-9A-Z-]+\n$/;

/** `order`, whose stdout is the code alone. */
async function ordered(lab: TestLab, ...options: string[]): Promise<string> {
  const { code, stdout, stderr } = await lab.run(['order', ...options]);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  assert.match(stdout, options.includes('--confirmation-code') && !options.includes('--no-cc-flag') ? /\$\$1\n$/ : CODE);
  return stdout.trim();
}

const profiles = async (lab: TestLab, ...options: string[]): Promise<Record<string, unknown>[]> =>
  JSON.parse((await lab.run(['run', ...options, '--', 'lpa', 'list', '--json'])).stdout);

for (const reader of [[], ['--pcsc']]) {
  const where = reader.length > 0 ? 'over PC/SC' : 'over a socket';
  test(`an ordered profile is downloaded ${where}, stays, and is not given twice`, async () => {
    await using lab = testLab();
    const code = await ordered(lab, '--name', 'Alpha', '--provider', 'Example Telecom');
    const download = await lab.run(['run', ...reader, '--', 'lpa', 'download', code, '--yes']);
    assert.equal(download.code, 0, download.stderr);
    const [profile, ...others] = await profiles(lab, ...reader);
    assert.deepEqual(others, []);
    assert.equal(profile?.['profileName'], 'Alpha');
    assert.equal(profile?.['serviceProviderName'], 'Example Telecom');
    assert.equal(profile?.['profileState'], 'disabled');
    const again = await lab.run(['run', ...reader, '--', 'lpa', 'download', code, '--yes']);
    assert.equal(again.code, 5);
    assert.match(again.stderr, /matching ID refused \(8\.2\.6\/3\.8\)/);
  });
}

test('a lab that runs takes orders, and tells of them in the log', async () => {
  await using lab = testLab();
  const up = lab.start(['up']);
  await up.printed(/Ctrl-C ends it/);
  const variables = Object.fromEntries(
    [...up.stdout().matchAll(/^ {2}export (LPA_\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]),
  );
  assert.match(String(variables['LPA_READER']), /^tcp:127\.0\.0\.1:\d+$/);
  assert.equal(variables['LPA_LAB_STATE'], lab.dir);
  const code = await ordered(lab, '--iccid', '8988201000000000019');
  assert.ok(code.includes(`$${variables['LPA_LAB_SMDP']}$`));
  // One ICCID, one order: the lab that runs knows of the first.
  const twice = await lab.run(['order', '--iccid', '8988201000000000019']);
  assert.deepEqual(twice, { code: 2, stdout: '', stderr: 'lpa-lab: ICCID 8988201000000000019 is ordered already\n' });
  const { stdout } = await lab.run(['log', '--json']);
  const entries = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    entries.map(({ who, event, detail }) => ({ who, event, detail })),
    [{ who: 'operator', event: 'order', detail: 'released, ICCID 8988201000000000019' }],
  );
  up.child.kill('SIGINT');
  assert.equal((await up.outcome).code, 0);
  assert.deepEqual(
    readdirSync(lab.dir).filter((name) => name.endsWith('.lock')),
    [],
  );
});

test('a command under run may order', async () => {
  await using lab = testLab();
  const { code, stdout, stderr } = await lab.run([
    'run',
    '--',
    'sh',
    '-c',
    'lpa download "$(lpa-lab order)" --yes -q && lpa list --json',
  ]);
  assert.equal(code, 0, stderr);
  assert.equal(JSON.parse(stdout).length, 1);
});

test('a confirmation code is wanted, whether the activation code says so or not', async () => {
  await using lab = testLab();
  const told = await ordered(lab, '--confirmation-code', '1234');
  const untold = await ordered(lab, '--confirmation-code', '1234', '--no-cc-flag');
  for (const code of [told, untold]) {
    const without = await lab.run(['run', '--', 'lpa', 'download', code, '--yes']);
    assert.equal(without.code, 2, without.stderr);
    const right = await lab.run(['run', '--', 'lpa', 'download', code, '--yes', '--confirmation-code', '1234']);
    assert.equal(right.code, 0, right.stderr);
  }
});

test('a code read from the picture of an order is the code of the order', async () => {
  await using lab = testLab();
  const picture = join(lab.dir, 'alpha.png');
  const code = await ordered(lab, '--qr', picture);
  const read = await lab.run(['run', '--', 'lpa', 'qr', picture]);
  assert.ok(read.stdout.includes(code), read.stdout);
});

test('a package of the operator decides on the ICCID, and what cannot be ordered is said', async () => {
  await using lab = testLab();
  const path = join(lab.dir, 'own.der');
  writeFileSync(path, buildProfilePackage({ iccid: '8988201000000000027', testProfile: true }));
  const eid = (await lab.run(['run', '--', 'lpa', 'info', 'eid'])).stdout.trim();
  const code = await ordered(lab, '--profile', path, '--class', 'test', '--eid', eid);
  assert.equal((await lab.run(['run', '--', 'lpa', 'download', code, '--yes'])).code, 0);
  const [profile] = await profiles(lab);
  assert.equal(profile?.['iccid'], '8988201000000000027');
  assert.equal(profile?.['profileClass'], 'test');
  for (const [options, message] of [
    [['--rules', 'ppr3'], '--rules: ppr3 is none of ppr1, ppr2'],
    [['--icon', path], '--icon: expected PNG or JPEG\nhint: add --allow-invalid to order it all the same'],
    [['--provider', 'x'.repeat(33)], '--provider: 33 characters, limit 32\nhint: add --allow-invalid to order it all the same'],
    [['--profile', '/nowhere.der'], '/nowhere.der: cannot be read: no such file or folder'],
    [['--no-cc-flag'], '--no-cc-flag goes with --confirmation-code'],
    [['--eid', '1'], 'an EID has 32 digits'],
  ] as const) {
    assert.deepEqual(await lab.run(['order', ...options]), { code: 2, stdout: '', stderr: `lpa-lab: ${message}\n` });
  }
});

test('a fault of the server holds while the command runs, and no longer', async () => {
  await using lab = testLab();
  const code = await ordered(lab);
  const refused = await lab.run(['run', '--server-fault', 'tls-expired', '--', 'lpa', 'download', code, '--yes']);
  assert.equal(refused.code, 8, refused.stderr);
  const taken = await lab.run(['run', '--', 'lpa', 'download', code, '--yes']);
  assert.equal(taken.code, 0, taken.stderr);
  const unknown = await lab.run(['run', '--server-fault', 'rude', '--', 'true']);
  assert.deepEqual(unknown, { code: 2, stdout: '', stderr: 'lpa-lab: no such fault of a server: rude\n' });
});

test('orders made side by side are all there', async () => {
  await using lab = testLab();
  const outcomes = await Promise.all(['A', 'B', 'C', 'D'].map((name) => lab.run(['order', '--name', name])));
  const codes = outcomes.map(({ stdout }) => stdout);
  assert.equal(new Set(codes).size, 4);
  for (const code of codes) assert.match(code, CODE);
});

test('with the certificates of SGP.26 the card lists their CIs, and only --allow-test-ci downloads under them', async () => {
  await using lab = testLab();
  const set = await lab.run(['identity', '--from', SGP26]);
  assert.equal(set.code, 0, set.stderr);
  const [, eid = ''] = /^EID {2}(\d{32})\n/.exec(set.stdout) ?? [];
  for (const ci of ['F54172BDF98A95D65CBEB88A38A1C11D800A85C3', 'C0BC70BA36929D43B467FF57570530E57AB8FCD8']) {
    assert.ok(set.stdout.includes(ci), set.stdout);
  }
  assert.equal((await lab.run(['identity'])).stdout, set.stdout);
  assert.equal((await lab.run(['run', '--', 'lpa', 'info', 'eid'])).stdout, `${eid}\n`);
  const code = await ordered(lab);
  const refused = await lab.run(['run', '--', 'lpa', 'download', code, '--yes']);
  assert.equal(refused.code, 8, refused.stderr);
  const taken = await lab.run(['run', '--', 'lpa', 'download', code, '--yes', '--allow-test-ci']);
  assert.equal(taken.code, 0, taken.stderr);
});

test('another EID is another card', async () => {
  await using lab = testLab();
  assert.equal((await lab.run(['run', '--', 'sh', '-c', 'lpa download "$(lpa-lab order)" --yes -q'])).code, 0);
  const other = '89049032000000000000000000000260';
  assert.match((await lab.run(['identity', '--eid', other])).stdout, new RegExp(`^EID {2}${other}\n`));
  assert.equal((await lab.run(['run', '--', 'lpa', 'info', 'eid'])).stdout, `${other}\n`);
  assert.deepEqual(await profiles(lab), []);
});

test('an order at the SM-DS is found by its card, in this run or in a later one', async () => {
  await using lab = testLab();
  const before = await ordered(lab, '--smds', '--name', 'Found');
  const found = await lab.run(['run', '--', 'lpa', 'discover', '--json']);
  assert.equal(found.code, 0, found.stderr);
  const [event, ...others] = JSON.parse(found.stdout);
  assert.deepEqual(others, []);
  assert.equal(event.rspServerAddress, before.split('$')[1]);
  assert.equal(event.eventId, before.split('$')[2]);
  const script = 'lpa-lab order --smds --name Later >&2 && lpa discover --json && test -n "$LPA_LAB_SMDS"';
  const both = await lab.run(['run', '--', 'sh', '-c', script]);
  assert.equal(both.code, 0, both.stderr);
  assert.equal(JSON.parse(both.stdout).length, 2);
  const taken = await lab.run(['run', '--', 'lpa', 'download', before, '--yes']);
  assert.equal(taken.code, 0, taken.stderr);
  const left = await lab.run(['run', '--', 'lpa', 'discover', '--json']);
  assert.equal(JSON.parse(left.stdout).length, 1, left.stdout);
});

test('SM-DP+ and SM-DS run alone, side by side, and tell both addresses of each', async () => {
  await using lab = testLab();
  const smds = lab.start(['smds']);
  await smds.printed(/^localhost:\d+\nlocalhost:\d+\n$/);
  const smdp = lab.start(['smdp']);
  await smdp.printed(/^localhost:\d+\nlocalhost:\d+\n$/);
  await ordered(lab, '--smds');
  const { stdout } = await lab.run(['log', '--json']);
  assert.ok(
    stdout.split('\n').some((line) => line.includes('"ES12.RegisterEvent"') && line.includes('"sm-ds"')),
    stdout,
  );
  for (const server of [smdp, smds]) {
    server.child.kill('SIGTERM');
    assert.equal((await server.outcome).code, 0);
  }
});
