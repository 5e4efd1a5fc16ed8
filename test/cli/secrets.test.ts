import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { noteGiven, Secrets } from '../../src/cli/capture/secrets.ts';
import { CardError } from '../../src/lpa/errors.ts';
import { answering } from './every/world.ts';
import { lpa, type RunOptions } from './harness.ts';
import { labDoors, openLab } from './lab.ts';
import { ALPHA, listed, pending } from './profiles.ts';

const ID = 'QX7ZK-9WJVH-3TYPB-XRFGD';
const CODE = `LPA:1$smdp.example.com$${ID}`;

test('a server that repeats the code in its refusal does not get it printed or written', async () => {
  await using lab = await openLab();
  const { openServers: _, ...doors } = labDoors(lab);
  const statusCodeData = { subjectCode: '8.2.6', reasonCode: '3.8', subjectIdentifier: ID, message: `no order for ${ID}` };
  const post: RunOptions['post'] = async () => ({
    status: 200,
    body: JSON.stringify({ header: { functionExecutionStatus: { status: 'Failed', statusCodeData } } }),
  });
  const dir = mkdtempSync(join(tmpdir(), 'lpa-secrets-'));
  const plan = join(dir, 'plan.csv');
  writeFileSync(plan, `reader,code\nlab,${CODE}\n`);
  const readers = [{ name: 'Lab 00', present: true }];
  for (const argv of [
    ['download', CODE, '--yes'],
    ['inspect', CODE],
    ['batch', plan, '--yes'],
    ['batch', plan, '--dry-run'],
  ]) {
    for (const words of [[], ['--json'], ['--trace']]) {
      const { code, out, err } = await lpa([...argv, ...words], { post, readers, doors });
      assert.notEqual(code, 0);
      assert.match(out + err, /•••|matching ID refused/);
      assert.ok(!(out + err).includes(ID), `${argv[0]} ${words}: ${out}${err}`);
    }
  }
  assert.ok(!readFileSync(join(dir, 'plan.results.csv'), 'utf8').includes(ID));
  rmSync(dir, { recursive: true });
});

test('a secret is masked as text, in hexadecimal and in base64', () => {
  const secrets = new Secrets();
  secrets.addText(ID);
  assert.equal(secrets.maskText(`<${ID}>`), '<•••>');
  const hex = Buffer.from(ID).toString('hex');
  assert.equal(secrets.maskText(`80 ${hex} ${hex.toUpperCase()} 00`), '80 ••• ••• 00');
  const base64 = Buffer.from(`x${ID}y`).toString('base64');
  assert.ok(secrets.maskText(base64).includes('•••'));
});

test('what a server says is shown as escapes', async () => {
  await using lab = await openLab();
  const { openServers: _, ...doors } = labDoors(lab);
  const statusCodeData = { subjectCode: '8.2.6', reasonCode: '3.8', message: 'gone\x1b]52;c;aGk=\x07\r\nlpa: all is well\u202e' };
  const post: RunOptions['post'] = async () => ({
    status: 200,
    body: JSON.stringify({ header: { functionExecutionStatus: { status: 'Failed', statusCodeData } } }),
  });
  const { err } = await lpa(['download', CODE, '--yes'], { post, doors });
  assert.ok(err.includes('the server says: gone\\x1B]52;c;aGk=\\x07\\r\\nlpa: all is well\\u202E\n'), err);
  assert.doesNotMatch(err, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
});

test('a short code that stands in an ICCID by chance leaves the ICCID whole where a script reads it', async () => {
  await using lab = await openLab();
  const iccid = '8949000000000004321';
  const { activationCode } = lab.smdp.createOrder({ iccid, confirmationCode: '4321' });
  const doors = labDoors(lab);
  const argv = ['download', activationCode, '--yes', '--confirmation-code', '4321', '--enable', '--json'];
  const refusing = answering('BF31', 'BF3103800103');
  const { code, err } = await lab.run(argv, {
    doors: { ...doors, openLink: async (options) => refusing(await doors.openLink!(options)) },
  });
  assert.equal(code, 4, err);
  assert.deepEqual(JSON.parse(err.trimEnd().split('\n').at(-1)!).error.installed, { iccid });
});

test('secrets in argv are known before anything is made of it', () => {
  const masked = (...argv: string[]): string => {
    const secrets = new Secrets();
    noteGiven(argv, secrets);
    return secrets.maskText(`<${ID}>`);
  };
  const link = `https://esimsetup.apple.com/esim_qrcode_provisioning?carddata=${encodeURIComponent(CODE)}`;
  for (const argv of [
    [CODE],
    [CODE.slice(4)],
    [`${CODE}$2.999$1`],
    [link],
    ['--matching-id', ID],
    [`--matching-id=${ID}`],
    ['--confirmation-code', ID],
    [`--confirmation-code=${ID}`],
  ]) {
    assert.equal(masked(...argv), '<•••>', argv.join(' '));
  }
  for (const argv of [[ID], ['--confirmation-code-file', ID], ['--matching-id', '--json'], ['100%', '%'], ['--matching-id']]) {
    assert.equal(masked(...argv), `<${ID}>`, argv.join(' '));
  }
});

test('a code in the wrong place, or behind a misspelt option, is not repeated by the error', async () => {
  const card = { BF2D: listed(ALPHA), BF28: pending() };
  const link = `https://esimsetup.apple.com/esim_qrcode_provisioning?carddata=${encodeURIComponent(CODE)}`;
  const doors: RunOptions['doors'] = {
    openLink: async ({ reader }) => {
      throw new CardError(`no reader is called "${reader}"`, { problem: 'readerNotFound' });
    },
  };
  for (const [argv, options] of [
    [['enable', CODE], { card }],
    [['enable', link], { card }],
    [['rename', CODE, 'x'], { card }],
    [['notifications', 'send', CODE], { card }],
    [['list', '--reader', CODE], { doors }],
    [['list', `--reader=${link}`], { doors }],
    [['download', `--matching-di=${ID}`], {}],
    [[CODE], {}],
  ] as const) {
    const { code, out, err } = await lpa([...argv], options);
    assert.ok(code === 2 || code === 3, `${argv}: ${out}${err}`);
    assert.ok(!(out + err).includes(ID.slice(0, 6)), err);
  }
});
