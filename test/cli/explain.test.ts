/** lpa explain, as it is typed. */
import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { codePicture } from '../../src/lab/cli/picture.ts';
import { toBase64, toHex } from '../../src/lpa/bytes.ts';
import { FAILED_INSTALLATION, octets, vector } from '../explain/samples.ts';
import { lpa } from './harness.ts';

/** No card, no reader, no server: whoever asks for one fails. */
const explain = (...argv: readonly string[]) => lpa(['explain', ...argv]);
const folder = mkdtempSync(join(tmpdir(), 'lpa-explain-'));
const fileWith = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

test('a status word, a result and a pair of codes get cause and hint', async () => {
  assert.deepEqual(await explain('6A84'), {
    code: 0,
    out: 'status word 6A84\n  cause: not enough memory\n  hint: `lpa info` shows the free memory; delete a profile that is not needed\n',
    err: '',
    asked: [],
  });
  assert.equal(
    (await explain('EnableProfile', 'catBusy')).out,
    "ES10c.EnableProfile: catBusy (5)\n  cause: the card's SIM toolkit is in the middle of something\n  hint: try again in a moment\n",
  );
  assert.match((await explain('8.2.6/3.8')).out, /^8\.2\.6\/3\.8\n {2}cause: matching ID refused\n {2}hint: /);
});

test('a PC/SC result is known by number and by name', async () => {
  const byNumber = await explain('0x8010000B');
  assert.match(byNumber.out, /^PC\/SC 8010000B\n {2}cause: another program holds the card .*\n {2}hint: close what holds it/);
  assert.equal((await explain('SCARD_E_SHARING_VIOLATION')).out, byNumber.out);
});

test('what TLS and the network call their failures is known', async () => {
  assert.match(
    (await explain('CERT_HAS_EXPIRED')).out,
    /^trust check tlsExpired\n {2}cause: the server's certificate, .*\n {2}hint: look at/,
  );
  assert.match(
    (await explain('ENOTFOUND')).out,
    /^ENOTFOUND\n {2}cause: the server: the name is not known\n {2}hint: check the address/,
  );
  assert.match((await explain('ERR_SSL_WRONG_VERSION_NUMBER')).out, /cause: the server: no TLS connection could be agreed on/);
  assert.match((await explain('http', '503')).out, /hint: the server has a fault of its own/);
});

test('octets are read from words, base64, a file of text, a file of octets and stdin', async () => {
  const bytes = octets('BF3103800105');
  const expected = (await explain('BF3103800105')).out;
  assert.match(expected, /^0 {2}BF31 {4}EnableProfileResponse\n3 {2}80 {8}enableResult: catBusy \(5\) {2}05\n/);
  const forms: string[][] = [
    ['BF', '31', '03', '80', '01', '05'],
    ['bf:31:03:80:01:05'],
    ['0xBF3103800105'],
    [toBase64(bytes)],
    [fileWith('answer.hex', 'BF31 0380\n0105\n')],
    [fileWith('answer.bin', bytes)],
    [
      fileWith(
        'answer.xxd',
        '00000000: bf31 0380                                .1..\n00000004: 0105                                     ..\n',
      ),
    ],
  ];
  const dump = '00000000  bf 31 03 80 01 05                                 |.1....|\n00000006\n';
  forms.push([fileWith('answer.dump', dump)]);
  for (const argv of forms) assert.equal((await explain(...argv)).out, expected, argv.join(' '));
  assert.equal((await lpa(['explain', '-'], { stdin: bytes })).out, expected);
  assert.equal((await lpa(['explain', '-'], { stdin: toHex(bytes) })).out, expected);
});

test('--json gives the tree', async () => {
  const { out } = await explain('--json', 'BF3103800105');
  assert.deepEqual(JSON.parse(out), {
    name: 'EnableProfileResponse',
    tag: 'BF31',
    offset: 0,
    length: 6,
    children: [
      {
        name: 'enableResult',
        tag: '80',
        offset: 3,
        length: 3,
        octets: '05',
        value: 'catBusy',
        words: 'catBusy (5)',
        cause: "the card's SIM toolkit is in the middle of something",
        remedy: 'try again in a moment',
      },
    ],
  });
});

test('an installation result says which element failed, and why', async () => {
  const { out } = await explain(toHex(FAILED_INSTALLATION));
  assert.match(
    out,
    /errorReason: installFailedDueToPEProcessingError \(12\).*\n +cause: PE processing error\n +hint: check the profile package first, not the eUICC/,
  );
  assert.match(out, /identification: 7/);
});

test('a certificate is read from DER and PEM', async () => {
  const der = await explain(fileWith('ci.der', vector('CertificateIssuer/CERT_CI_ECDSA_NIST.der')));
  assert.match(der.out, /^0 {2}30 {6}Certificate: ci "Test CI", /);
  const pem = await explain(fileWith('ci.pem', vector('CertificateIssuer/CERT_CI_ECDSA_NIST.pem')));
  assert.equal(pem.out, der.out);
});

test('an activation code is taken apart, as text and as a picture', async () => {
  const code = 'LPA:1$smdp.example.com$04386-AGYFT$1.3.6.1.4.1.31746$1';
  const { out } = await explain(code);
  assert.equal(
    out,
    `activation code
  note: it is a secret: whoever has it may have the profile
  smdpAddress: smdp.example.com
  matchingId: "04386-AGYFT"
  smdpOid: 1.3.6.1.4.1.31746
  confirmationCodeRequired: yes
`,
  );
  assert.equal((await explain(fileWith('code.png', await codePicture(code)))).out, out);
  const broken = await explain('LPA:2$smdp.example.com$');
  assert.equal(broken.code, 2);
  assert.match(broken.err, /^lpa: activation code: format is "2", only 1 is defined \(column 5\)\n/);
});

test('a trace is put together from its APDUs', async () => {
  const trace = [
    'ES10c.GetProfilesInfo {"tagList":"5A"}',
    '  > 81E2910006BF2D035C015A',
    '  < 6105',
    '  > 01C0000005',
    '  < BF2D02A0009000',
  ].join('\n');
  assert.equal(
    (await lpa(['explain', '-'], { stdin: trace })).out,
    `           STORE DATA: channel 1
0  BF2D      ProfileInfoListRequest
3  5C          tagList: 5A iccid
0  BF2D      ProfileInfoListResponse
3  A0          profileInfoListOk
             status word: success  9000
`,
  );
});

test('octets that a trace masks are read as 00, and it says so', async () => {
  const trace = '> 80E291000EBF290B5A0A980000000000000000F1\n> 80E2910009BF3F06800 4'.replace('800 4', '8004••••••••');
  const { out } = await lpa(['explain', '-'], { stdin: trace });
  assert.match(out, /^ +APDUs: 2 commands\n +note: octets that are masked are read as 00\n/);
});

test('text that is long and nearly something is let go at once', async () => {
  const started = performance.now();
  const texts = [
    `00000000: ${'a'.repeat(50_000)}!`,
    `> ${'ab '.repeat(50_000)}!`,
    `${'1.'.repeat(140)}/`,
    `(${'1/'.repeat(20_000)}`,
  ];
  for (const text of texts) assert.equal((await lpa(['explain', '-'], { stdin: text })).code, 2);
  assert.ok(performance.now() - started < 3000);
});

test('a body of a server says what its status means', async () => {
  const body = {
    header: {
      functionExecutionStatus: {
        status: 'Failed',
        statusCodeData: { subjectCode: '8.2.7', reasonCode: '3.8', message: 'wrong\u001b[2J code' },
      },
    },
  };
  const { out } = await explain(JSON.stringify(body));
  assert.match(out, /statusCodeData: 8\.2\.7\/3\.8\n +cause: confirmation code refused\n/);
  assert.match(out, /note: the server says: wrong\\x1B\[2J code/);
});

test('--as decides what octets are, and a name that is none is told', async () => {
  assert.match((await explain('--as', 'notificationsentrequest', 'BF3003800101')).out, /NotificationSentRequest\n.*seqNumber: 1/);
  const wrong = await explain('--as', 'SmdpSigned9', 'BF3003800101');
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /there is no such data object\nhint: did you mean SmdpSigned2\?/);
});

test('what is nothing is not repeated, for it may be a secret', async () => {
  const { code, out, err } = await explain('hunter2-hunter2');
  assert.equal(code, 2);
  assert.equal(out, '');
  assert.equal(err.includes('hunter2'), false);
  assert.equal((await explain('no/such.bin')).err, 'lpa: no/such.bin: there is no such file\n');
  const empty = fileWith('empty.der', '');
  assert.equal((await explain(empty)).err, `lpa: ${empty}: the file is empty\n`);
});
