/** Card tools that nobody here wrote, Debian's opensc-tool and pcsc_scan, at the lab's card through a real pcscd. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { xor } from '../../src/lab/euicc/card/aka.ts';
import { encodePackage, profileElements } from '../../src/lab/profile/build.ts';
import { fromHex, toHex } from '../../src/lpa/bytes.ts';
import { MILENAGE_SETS } from '../lab/euicc/card/test-sets.ts';
import type { Outcome } from '../lab/program.ts';
import { type LabUp, labUp } from './programs.ts';

const READER = 'Lab 00 00';
const ICCID = '8988201000000000019';
/** The ICCID as a file has it: nibbles swapped, filled up to ten octets (3GPP TS 31.102 §4.2.1). */
const EF_ICCID = '988802010000000010F9';
const SELECT_ICCID = ['00 A4 00 04 02 3F 00', '00 A4 00 04 02 2F E2'];
const READ_ICCID = [...SELECT_ICCID, '00 B0 00 00 0A'];
const ISDR = 'A0 00 00 05 59 10 10 FF FF FF FF 89 00 00 01 00';

describe('the card through pcscd', () => {
  let lab: LabUp;
  let eid: string;
  before(async () => {
    lab = await labUp('--pcsc');
    const code = await lab.order('--name', 'Alpha', '--iccid', ICCID);
    const downloaded = await lab.lpa(['download', code, '--yes']);
    assert.equal(downloaded.code, 0, downloaded.stderr);
    eid = (await lab.lpa(['info', 'eid'])).stdout.trim();
    assert.match(eid, /^\d{32}$/);
  });
  after(() => lab?.[Symbol.asyncDispose]());

  const tool = (program: string, ...args: readonly string[]): Promise<Outcome> => runTool(lab, program, ...args);
  const send = (...commands: readonly string[]): Promise<string[]> => sendTo(lab, ...commands);
  const profileState = async (): Promise<string[]> =>
    JSON.parse((await lab.lpa(['list', '--json'])).stdout).map((each: Record<string, string>) => each['profileState']);

  test('opensc-tool and pcsc_scan see the reader, the card and one and the same ATR', { timeout: 30_000 }, async () => {
    const readers = await tool('opensc-tool', '--list-readers');
    assert.match(readers.stdout, /^0 +Yes +Lab 00 00$/m);
    const atr = await tool('opensc-tool', '-r', READER, '--atr');
    assert.equal(atr.code, 0, atr.stderr);
    const octets = atr.stdout.trim().toUpperCase().split(':');
    // TB after T=15, b8 and b2: there is an eUICC (ETSI TS 102 221 §6.3.3).
    const afterT15 = octets.indexOf('3F');
    assert.equal(Number.parseInt(octets[afterT15 + 2] ?? '', 16) & 0x82, 0x82);
    assert.equal(
      octets.slice(1).reduce((sum, octet) => sum ^ Number.parseInt(octet, 16), 0),
      0,
      'TCK',
    );

    const name = await tool('opensc-tool', '-r', READER, '--name');
    assert.deepEqual([name.code, name.stdout], [0, 'Unsupported card\n'], 'what OpenSC calls a card without a driver of its own');

    assert.match((await tool('pcsc_scan', '-r')).stdout, /^0: Lab 00 00$/m);
    const scan = await tool('pcsc_scan', '-n', '-t', '2');
    assert.match(scan.stdout, /Reader 0: (\S*)Lab 00 00/);
    assert.match(scan.stdout, /Card state: \S*Card inserted/);
    assert.ok(scan.stdout.includes(octets.join(' ')), scan.stdout);
  });

  test('a channel, SELECT and STORE DATA by hand give the EID; the channel is closed by hand too', {
    timeout: 30_000,
  }, async () => {
    const answers = await send(
      '00 70 00 00 01',
      `01 A4 04 00 10 ${ISDR}`,
      '81 E2 91 00 06 BF 3E 03 5C 01 5A',
      '01 C0 00 00 15',
      '00 70 80 01',
    );
    assert.deepEqual(
      [answers[0], answers[1]?.slice(-4), answers[3], answers[4]],
      ['019000', '9000', `BF3E125A10${eid}9000`, '9000'],
    );
  });

  test('on the basic channel with Le, as others ask, the EID comes at once', { timeout: 30_000 }, async () => {
    const [, got] = await send(`00 A4 04 00 10 ${ISDR} 00`, '80 E2 91 00 06 BF 3E 03 5C 01 5A 00');
    assert.equal(got, `BF3E125A10${eid}9000`);
  });

  test('EF.ICCID is not there before lpa enable; then it is the profile’s; after lpa disable it is gone', {
    timeout: 60_000,
  }, async () => {
    assert.deepEqual(await profileState(), ['disabled']);
    assert.deepEqual((await send(...SELECT_ICCID)).map(statusOf), ['9000', '6A82']);

    const enabled = await lab.lpa(['enable', ICCID]);
    assert.equal(enabled.code, 0, enabled.stderr);
    const read = await send(...READ_ICCID);
    assert.equal(read.at(-1), `${EF_ICCID}9000`);
    // P2 00 and an Le, as others select.
    const other = await send('00 A4 00 00 02 3F 00 00', '00 A4 00 00 02 2F E2 00', '00 B0 00 00 00');
    assert.ok(other.at(-1) === '6C0A' || other.at(-1) === `${EF_ICCID}9000`, other.at(-1));

    const disabled = await lab.lpa(['disable', ICCID]);
    assert.equal(disabled.code, 0, disabled.stderr);
    assert.deepEqual((await send(...SELECT_ICCID)).map(statusOf), ['9000', '6A82']);
  });

  test('what a tool left open on the card is in nobody’s way', { timeout: 30_000 }, async () => {
    await send('00 70 00 00 01', `01 A4 04 00 10 ${ISDR}`, '81 E2 91 00 03 BF 2D 00');
    assert.equal((await lab.lpa(['list', '--json'])).code, 0);
  });
});

test('opensc-tool meets the enabled profile: EF.DIR, access rules, PINs, updates and AUTHENTICATE', {
  timeout: 90_000,
}, async () => {
  await using lab = await labUp('--pcsc');
  const send = (...commands: readonly string[]): Promise<string[]> => sendTo(lab, ...commands);
  const selectUsim = '00 A4 04 0C 07 A0 00 00 00 87 10 02';
  const pin = '30 30 30 30 FF FF FF FF';

  const bare = await send('00 A4 00 0C 02 2F 00', '00 B2 01 04 26', 'A0 A4 00 00 02 3F 00');
  assert.deepEqual(bare, ['9000', `${'FF'.repeat(38)}9000`, '6E00']);

  const [set] = MILENAGE_SETS;
  const file = join(lab.dir, 'milenage.der');
  writeFileSync(file, packageOfSet(set));
  const downloaded = await lab.lpa(['download', await lab.order('--iccid', ICCID, '--profile', file), '--yes']);
  assert.equal(downloaded.code, 0, downloaded.stderr);
  assert.equal((await lab.lpa(['enable', ICCID])).code, 0);

  const fcp = await send(selectUsim, '00 A4 00 04 02 6F 07', '00 C0 00 00 19');
  assert.match(fcp[2] ?? '', /83026F07.*8B036F0602.*9000$/); // the rule that the package gives EF.IMSI
  const updated = await send(selectUsim, '00 A4 00 0C 02 6F 05', '00 D6 00 00 02 64 65', '00 B0 00 00 02', '00 D6 87 00 01 09');
  assert.deepEqual(updated, ['9000', '9000', '9000', '64659000', '6982']);

  const autn = `${toHex(xor(fromHex(set.sqn), fromHex(set.f5)))}${set.amf}${set.f1}`;
  const challenge = `00 88 00 81 22 10 ${set.rand} 10 ${autn}`;
  const answered = await send(selectUsim, challenge, '00 C0 00 00 35', challenge.replace(/.$/, '0'));
  assert.deepEqual(answered.slice(2), [`DB08${set.f2}10${set.f3}10${set.f4}9000`.toUpperCase(), '9862']);

  const enabled = await send(`00 28 00 01 08 ${pin}`, `00 20 00 01 08 31 31 31 31 FF FF FF FF`, '00 20 00 01 00');
  assert.deepEqual(enabled, ['9000', '63C2', '63C2']);
  const later = await send(selectUsim, '00 B0 87 00 01', challenge, '00 20 00 01 00', `00 20 00 01 08 ${pin}`, '00 B0 87 00 01');
  assert.deepEqual(later, ['9000', '6982', '6982', '63C2', '9000', '089000']);
  assert.equal((await lab.lpa(['disable', ICCID])).code, 0);
  assert.equal((await lab.lpa(['enable', ICCID])).code, 0);
  const again = await send(selectUsim, '00 B0 87 00 01', '00 A4 00 0C 02 6F 05', `00 20 00 01 08 ${pin}`, '00 B0 00 00 02');
  assert.deepEqual(again, ['9000', '6982', '9000', '9000', '64659000']);
});

/** A package with the keys of a published test set; any sequence number is fresh. */
function packageOfSet({ k, opc }: (typeof MILENAGE_SETS)[number]): Uint8Array {
  const elements = profileElements({ iccid: ICCID, key: fromHex(k), opc: fromHex(opc), parts: ['opt-usim'] });
  return encodePackage(
    elements.map((element) =>
      'akaParameter' in element ? { akaParameter: { ...element.akaParameter, sqnDelta: fromHex('07FFFFFFFFFF') } } : element,
    ),
  );
}

const statusOf = (answer: string): string => answer.slice(-4);

test('a T=1 card answers opensc-tool on a logical channel, whole', { timeout: 60_000 }, async () => {
  await using lab = await labUp('--pcsc', '--manners', 't1');
  const eid = (await lab.lpa(['info', 'eid'])).stdout.trim();
  const answers = await sendTo(
    lab,
    '00 70 00 00 01',
    `01 A4 04 00 10 ${ISDR} 00`,
    '81 E2 91 00 06 BF 3E 03 5C 01 5A 00',
    '00 70 80 01',
  );
  assert.deepEqual([answers[0], answers[2], answers[3]], ['019000', `BF3E125A10${eid}9000`, '9000']);
  assert.match(answers[1] ?? '', /^6F.*9000$/);
});

async function runTool({ env }: LabUp, program: string, ...args: readonly string[]): Promise<Outcome> {
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code] = await once(child, 'close').catch((cause: unknown) => {
    throw new Error(`${program} is missing: sudo apt-get install -y --no-install-recommends opensc pcsc-tools`, { cause });
  });
  return { code: code as number, stdout, stderr };
}

/** @returns of each command APDU the octets of its answer and SW1 SW2, in hex */
async function sendTo(lab: LabUp, ...commands: readonly string[]): Promise<string[]> {
  const { code, stdout, stderr } = await runTool(lab, 'opensc-tool', '-r', READER, ...commands.flatMap((each) => ['-s', each]));
  assert.equal(code, 0, stderr);
  return stdout
    .split(/^Sending: .*\n/m)
    .slice(1)
    .map((text) => {
      const [, sw1, sw2] = /^Received \(SW1=0x(..), SW2=0x(..)\)/.exec(text) ?? [];
      const octets = [...text.matchAll(/^((?:[0-9A-F]{2} )+)/gm)].map(([, line = '']) => line.replaceAll(' ', ''));
      return `${octets.join('')}${sw1}${sw2}`;
    });
}
