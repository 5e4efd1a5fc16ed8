import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Identities, redacting } from '../../src/cli/capture/redact.ts';
import { Secrets } from '../../src/cli/capture/secrets.ts';
import { toBase64, toHex, utf8Bytes } from '../../src/lpa/bytes.ts';
import { hashConfirmationCode } from '../../src/lpa/es10/es10b.ts';
import { parseRecording, printEntry, starred } from '../../src/lpa/recording.ts';
import { eidCheckDigitsHold, luhnHolds } from '../../src/lpa/sgp22/identifiers.ts';
import { lpa } from './harness.ts';
import { EID, openLab } from './lab.ts';
import { listed } from './profiles.ts';

const folder = mkdtempSync(join(tmpdir(), 'lpa-record-'));
const ICCID = '8949000000000000011';
const IMEI = '352906114321989';
const CONFIRMATION_CODE = '80-SECRET-99';

test('--record writes a session that a person can read, and --reader replay: plays it back without a card', async () => {
  const file = join(folder, 'list.txt');
  writeFileSync(file, 'what was there before');
  chmodSync(file, 0o644);
  const { code, out, err } = await lpa(['list', '--record', file, '--json'], { card: { BF2D: listed({ iccid: ICCID }) } });
  assert.deepEqual([code, err], [0, '']);
  assert.equal(statSync(file).mode & 0o077, 0, 'nobody else may read it');
  const text = readFileSync(file, 'utf8');
  assert.equal(
    text.replace(/^# \d{4}-.*Z$/m, '# (when)').replaceAll(/^# \d+ ms$/gm, '# 0 ms'),
    `\
# lpa 9.9.9: list
# (when)
card Test Reader
atr 3B9F96803FC7828031E073FE211B57AA8660F0020001FD
> 80 AA 00 00 07 A9058100830107
< 9000
> 00 70 00 00 01
< 01 9000
> 01 A4 04 00 10 A0000005591010FFFFFFFF8900000100 00
< 6F07E0058203020202 9000
# ES10c.GetProfilesInfo
> 81 E2 91 00 0D BF2D0A5C085A4F9F7090919295 00
< BF2D10A00EE30C5A0A989400000000000010F1 9000
# 0 ms
> 00 70 80 01
< 9000
`,
  );
  const replayed = await lpa(['list', '--reader', `replay:${file}`, '--json']);
  assert.deepEqual([replayed.code, replayed.out, replayed.err], [0, out, '']);
});

/** Each secret in every form in which it could be found again. */
const formsOf = (octets: Uint8Array): string[] => {
  const core = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), octets])
      .toString('base64')
      .replace(/=+$/, '')
      .slice(shift + 1, -1),
  );
  return [toHex(octets), toHex(octets).toLowerCase(), Buffer.from(octets).toString('latin1'), ...core];
};

test('a recorded download is replayed, result and all; no secret is in recording or capture, and each length is as it was', async () => {
  await using lab = await openLab();
  const { order, activationCode } = lab.smdp.createOrder({ confirmationCode: CONFIRMATION_CODE });
  const [record, pcap] = [join(folder, 'download.txt'), join(folder, 'download.pcap')];
  const argv = ['download', activationCode, '--yes', '--confirmation-code', CONFIRMATION_CODE, '--json'];
  const { code, out, err } = await lab.run([...argv, '--record', record, '--pcap', pcap]);
  assert.equal(code, 0, err);
  assert.equal(order.state, 'installed');

  const text = readFileSync(record, 'utf8');
  const entries = parseRecording(text);
  assert.equal(entries.map(printEntry).join(''), text);
  const transactionId = /"transactionId": "([0-9A-F]+)"/.exec(text)?.[1] ?? '';
  const hashCc = await hashConfirmationCode(CONFIRMATION_CODE, transactionId);
  const capture = readFileSync(pcap, 'latin1');
  // What went to and from servers, decoded once more: base64 hides what stands in it.
  const decoded = [...text.matchAll(/: "([A-Za-z0-9+/=]+)"/g)].map(([, base64 = '']) =>
    Buffer.from(base64, 'base64').toString('latin1'),
  );
  for (const secret of [utf8Bytes(order.matchingId), utf8Bytes(CONFIRMATION_CODE), hashCc]) {
    for (const form of formsOf(secret)) {
      assert.ok(!text.includes(form), form);
      assert.ok(!capture.includes(form), form);
      assert.ok(!decoded.some((octets) => octets.includes(form)), form);
    }
  }
  const masked = text.split('\n').filter((line) => line.includes('••'));
  assert.ok(
    masked.some((line) => line.startsWith('> ')) && masked.some((line) => line.startsWith('< ')),
    'in commands and answers',
  );
  for (const entry of entries) {
    if (entry.type !== 'apdu') continue;
    const command = starred(entry.command);
    if (command.length > 5) assert.ok([0, 1].includes(command.length - 5 - (command[4] ?? 0)), entry.command);
  }

  // Another code of the same length does, for secrets are not compared.
  const other = activationCode.replace(order.matchingId, 'X'.repeat(order.matchingId.length));
  const replayed = await lpa([...argv.map((word) => (word === activationCode ? other : word)), '--reader', `replay:${record}`]);
  assert.deepEqual([replayed.code, replayed.out], [0, out], replayed.err);
});

test('a replay whose session goes another way ends with what differs', async () => {
  const file = join(folder, 'other.txt');
  await lpa(['list', '--record', file], { card: { BF2D: listed() } });
  const { code, err } = await lpa(['info', '--reader', `replay:${file}`]);
  assert.equal(code, 3);
  assert.match(err, /^lpa: recording: its \d+\. step is 81E29100.*, and asked was 81E29100/);
  const missing = await lpa(['list', '--reader', 'replay:/nonexistent']);
  assert.deepEqual(
    [missing.code, missing.err.split('\n')[0]],
    [2, 'lpa: --reader replay: the recording cannot be read: no such file or folder'],
  );
  writeFileSync(file, 'no recording');
  assert.equal((await lpa(['list', '--reader', `replay:${file}`])).code, 7);
});

test('a server that cannot be reached is recorded, and is out of reach again in the replay', async () => {
  await using lab = await openLab();
  const { activationCode } = lab.smdp.createOrder();
  const address = activationCode.split('$')[1]!;
  const gone = activationCode.replace(address, 'localhost:1');
  const file = join(folder, 'unreachable.txt');
  const ran = await lab.run(['download', gone, '--yes', '--record', file]);
  assert.equal(ran.code, 6);
  assert.match(readFileSync(file, 'utf8'), /^<< failed network refused: /m);
  const replayed = await lpa(['download', gone, '--yes', '--reader', `replay:${file}`]);
  assert.deepEqual([replayed.code, replayed.err], [6, ran.err]);
});

test('--redact replaces EID, ICCID and IMEI everywhere, and the result on stdout stays as it is', async () => {
  await using lab = await openLab();
  const { order, activationCode } = lab.smdp.createOrder();
  const [record, pcap, trace] = ['redacted.txt', 'redacted.pcap', 'redacted.trace'].map((name) => join(folder, name));
  const files = ['--record', record!, '--pcap', pcap!, '--trace-file', trace!, '--redact'];
  const ran = await lab.run(['download', activationCode, '--yes', '--imei', IMEI, '--enable', '--json', ...files]);
  assert.equal(ran.code, 0, ran.err);
  assert.equal(JSON.parse(ran.out).iccid, order.iccid);
  const swap = (digits: string): string => digits.padEnd(20, 'F').replace(/(.)(.)/g, '$2$1');
  const [text, traced] = [readFileSync(record!, 'utf8'), readFileSync(trace!, 'utf8')];
  const joined = text.replaceAll(/^[<>] | |^#.*\n/gm, '');
  const decoded = [...text.matchAll(/: "([A-Za-z0-9+/=]+)"/g)].map(([, base64 = '']) =>
    Buffer.from(base64, 'base64').toString('hex').toUpperCase(),
  );
  const everything = [text, joined, traced, readFileSync(pcap!, 'hex').toUpperCase(), ...decoded];
  for (const digits of [EID, order.iccid, IMEI]) {
    for (const form of [digits, swap(digits), toHex(utf8Bytes(digits)), toBase64(utf8Bytes(digits)).slice(4, -4)]) {
      assert.ok(!everything.some((shown) => shown.includes(form)), `${digits} as ${form}`);
    }
  }
  assert.ok(!everything.some((shown) => shown.includes(`${swap(IMEI.slice(0, 14)).slice(0, 14)}${IMEI[14]}F`)));
  const iccid = /"iccid":"(\d+)"/.exec(traced)?.[1] ?? '';
  assert.equal(iccid.length, order.iccid.length);
  assert.ok(luhnHolds(iccid), iccid);
  assert.ok(text.includes(`5A0A${swap(iccid)}`), 'the same in trace and recording');
  // It can still be replayed.
  const replayed = await lpa([
    'download',
    activationCode,
    '--yes',
    '--enable',
    '--json',
    '--reader',
    `replay:${record}`,
    '--imei',
    '352906110000017',
  ]);
  assert.deepEqual([replayed.code, JSON.parse(replayed.out || '{}').iccid], [0, iccid], replayed.err);
});

test('an EID is replaced by one with right check digits, as octets, as text, in a certificate, across blocks', () => {
  const masking = redacting(new Secrets(), new Identities());
  const eidOf = (hex: string): string => /5A10(.{32})/.exec(hex)?.[1] ?? '';
  const object = Buffer.from(`BF3E125A10${EID}`, 'hex');
  const [first = '', second = ''] = masking.hexOf([object.subarray(0, 9), object.subarray(9)]);
  const replaced = eidOf(first + second);
  assert.notEqual(replaced, EID);
  assert.ok(eidCheckDigitsHold(replaced), replaced);
  assert.deepEqual([first.length, second.length, replaced.slice(0, 8)], [18, (object.length - 9) * 2, EID.slice(0, 8)]);
  assert.equal(masking.maskText(`{"eidValue":"${EID}"}`), `{"eidValue":"${replaced}"}`);
  // serialNumber and commonName of a subject, as an eUICC's certificate has them.
  const subject = Buffer.concat([
    Buffer.from('3129302706035504051320', 'hex'),
    utf8Bytes(EID),
    Buffer.from('310F300D06035504030C06', 'hex'),
    utf8Bytes('Card 7'),
    utf8Bytes(' and more'),
  ]);
  assert.equal(
    Buffer.from(masking.hexOf([subject])[0]!, 'hex')
      .toString('latin1')
      .slice(11),
    `${replaced}1\x0f0\r\x06\x03U\x04\x03\f\x06XXXXXX and more`,
  );
  assert.equal(Buffer.from(masking.maskText(toBase64(subject)), 'base64').indexOf(replaced), 11);
  assert.equal(masking.maskText(`again ${replaced}`), `again ${replaced}`, 'what was replaced stays');
});

test('identities keep their lengths, and check digits that did not hold do not', () => {
  const identities = new Identities();
  for (const digits of ['8949000000000000011', '894900000000000001', '89490000000000000123']) {
    const shown = identities.text(`iccid ${digits}.`).slice(6, -1);
    assert.notEqual(shown, digits);
    assert.deepEqual([shown.length, shown.slice(0, 6), luhnHolds(shown)], [digits.length, '894900', luhnHolds(digits)]);
  }
});

test('--redact alone is refused: what a command prints is not redacted', async () => {
  const { code, err } = await lpa(['list', '--redact'], { card: { BF2D: listed() } });
  assert.equal(code, 2);
  assert.match(err, /^lpa: --redact: there is nothing to redact$/m);
});

test('a file that cannot be written is refused before the card is asked', async () => {
  for (const option of ['--record', '--pcap', '--trace-file']) {
    const { code, err, asked } = await lpa(['list', option, '/nonexistent/file'], { card: { BF2D: listed() } });
    assert.deepEqual(
      [code, err.split('\n')[0], asked],
      [2, `lpa: ${option} /nonexistent/file: cannot be written: no such file or folder`, []],
    );
  }
});
