import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { UsageError } from '../../src/lpa/errors.ts';
import { type ActivationCode, formatActivationCode, parseActivationCode } from '../../src/lpa/procedures/activation-code.ts';

/** The members of every code below but for those named. */
const gsma = { smdpAddress: 'smdp.gsma.com', matchingId: '04386-AGYFT-A74Y8-3F815', confirmationCodeRequired: false };
const dc = 'AB+/=_-'.repeat(500);

const accepted: readonly [string, ActivationCode][] = [
  // SGP.22 §4.1
  ['LPA:1$SMDP.GSMA.COM$04386-AGYFT-A74Y8-3F815', gsma],
  ['LPA:1$SMDP.GSMA.COM$04386-AGYFT-A74Y8-3F815$$1', { ...gsma, confirmationCodeRequired: true }],
  [
    'LPA:1$SMDP.GSMA.COM$04386-AGYFT-A74Y8-3F815$1.3.6.1.4.1.31746$1',
    { ...gsma, smdpOid: '1.3.6.1.4.1.31746', confirmationCodeRequired: true },
  ],
  ['LPA:1$SMDP.GSMA.COM$04386-AGYFT-A74Y8-3F815$1.3.6.1.4.1.31746', { ...gsma, smdpOid: '1.3.6.1.4.1.31746' }],
  ['LPA:1$SMDP.GSMA.COM$$1.3.6.1.4.1.31746', { ...gsma, matchingId: '', smdpOid: '1.3.6.1.4.1.31746' }],
  ['1$SMDP.GSMA.COM$04386-AGYFT-A74Y8-3F815', gsma],
  ['lpa:1$smdp.gsma.com$04386-AGYFT-A74Y8-3F815', gsma],
  [' \r\n\tLPA:1$smdp.gsma.com$04386-AGYFT-A74Y8-3F815\n', gsma],
  ['1$smdp.gsma.com$', { ...gsma, matchingId: '' }],
  ['1$smdp.gsma.com$$', { ...gsma, matchingId: '' }],
  ['1$smdp.gsma.com$$$', { ...gsma, matchingId: '' }],
  ['1$smdp.gsma.com$X$$0', { ...gsma, matchingId: 'X' }],
  ['1$smdp.gsma.com$ACR-0-8910300000000000019', { ...gsma, matchingId: 'ACR-0-8910300000000000019' }],
  [
    'LPA:1$raspberrypi.fritz.box:4443$0000-0000-0000-0001$2.999.10$1',
    {
      smdpAddress: 'raspberrypi.fritz.box:4443',
      matchingId: '0000-0000-0000-0001',
      smdpOid: '2.999.10',
      confirmationCodeRequired: true,
    },
  ],
  // v3
  [
    '1$smdp.gsma.com$X$$$81370f51-25d0b1d4-08d4c3b2-32e6d25e-795bebfb',
    { ...gsma, matchingId: 'X', ciPKIndicator: '81370F5125D0B1D408D4C3B232E6D25E795BEBFB' },
  ],
  [`1$smdp.gsma.com$X$$$$${dc}`, { ...gsma, matchingId: 'X', deleteNotificationForDc: dc }],
  // Test servers name an order by the file of its package.
  ...['TS48v5_SAIP2.3_BERTLV', 'a.b', '!"#%&\'()*+,./:;<=>?@[]^_`{|}~\\'].map((matchingId): [string, ActivationCode] => [
    `LPA:1$testsmdpplus1.example.com$${matchingId}`,
    {
      ...gsma,
      smdpAddress: 'testsmdpplus1.example.com',
      matchingId,
      warnings: ["the matching ID has characters outside the specification's set (A-Z, 0-9, -)"],
    },
  ]),
  // Odd, but no error.
  [
    '1$smdp.gsma.com$MixedCase',
    {
      ...gsma,
      matchingId: 'MixedCase',
      warnings: ['the matching ID has lower-case letters, which servers tell from upper-case ones'],
    },
  ],
  [
    '1$smdp.gsma.com$X$$2',
    { ...gsma, matchingId: 'X', warnings: ['the confirmation code flag is neither 1 nor empty, and was passed over'] },
  ],
  [
    '1$smdp.gsma.com$X$$1$$$new$ newer',
    {
      ...gsma,
      matchingId: 'X',
      confirmationCodeRequired: true,
      ignoredFields: [7, 8],
      warnings: ['field 7 is not defined and was passed over', 'field 8 is not defined and was passed over'],
    },
  ],
  // Setup links
  ['https://esimsetup.apple.com/esim_qrcode_provisioning?carddata=LPA:1$smdp.gsma.com$04386-AGYFT-A74Y8-3F815', gsma],
  ['https://esimsetup.android.com/esim_qrcode_provisioning?carddata=LPA%3A1%24smdp.gsma.com%2404386-AGYFT-A74Y8-3F815', gsma],
  ['HTTPS://ESIMSETUP.APPLE.COM/esim_qrcode_provisioning?x=1&carddata=1$smdp.gsma.com$04386-AGYFT-A74Y8-3F815#top', gsma],
];

for (const [text, code] of accepted) {
  test(`${text.slice(0, 120).trim()} is an activation code`, () => assert.deepEqual(parseActivationCode(text), code));
}

const LINK = 'of web links, only the eSIM setup links of Apple and Android hold a code';
const refused: readonly [string, string][] = [
  ['', 'it is empty (column 1)'],
  [' \n', 'it is empty (column 1)'],
  ['LPA:', 'it is empty (column 5)'],
  ['$$', 'the format is not 1 (column 1)'],
  ['hello', 'there is no $ in it (column 1)'],
  ['LPA:2$smdp.example.com$X', 'format is "2", only 1 is defined (column 5)'],
  ['LPA:1xyz$host$m', 'the format is not 1 (column 5)'],
  ['LPA:LPA:1$host$m', 'the format is not 1 (column 5)'],
  ['LPA: 1$host$m', 'the format is not 1 (column 5)'],
  ['LPA:1', 'the SM-DP+ address is missing (column 6)'],
  ['LPA:1$host', 'the $ after the SM-DP+ address is missing (column 11)'],
  ['LPA:1$$', 'the SM-DP+ address is empty (column 7)'],
  ['LPA:1$$X', 'the SM-DP+ address is empty (column 7)'],
  ['LPA:1$127.0.0.1$X', 'SM-DP+ address: an IP address is not allowed, only a host name (column 7)'],
  ['LPA:1$https://smdp.example.com$X', 'SM-DP+ address: the address is a host name, without a scheme (column 7)'],
  ['LPA:1$smdp.example.com/x?y=$X', 'SM-DP+ address: a path in an address (column 23)'],
  ['LPA:1$user@smdp.example.com$X', 'SM-DP+ address: a user name in an address (column 11)'],
  ['LPA:1$smdp.example.com:0$X', 'SM-DP+ address: the port is not a number from 1 to 65535 (column 24)'],
  ['LPA:1$smdp.example.com $X', 'SM-DP+ address: a space in an address (column 23)'],
  ['LPA:1$smdp.example.com$A B', 'the matching ID: expected printable ASCII other than $ (column 25)'],
  ['LPA:1$smdp.example.com$AB\u00a0C', 'the matching ID: expected printable ASCII other than $ (column 26)'],
  ['LPA:1$bücher.example$É', 'the matching ID: expected printable ASCII other than $ (column 22)'],
  ['LPA:1$smdp.example.com$A\x7f', 'a control character (column 25)'],
  ['LPA:1$smdp.example.com$A\x1b[2J', 'a control character (column 25)'],
  ['LPA:1$smdp.example.com$A\x00', 'a control character (column 25)'],
  ['LPA:1$smdp.example.com$A$1. 2', 'the SM-DP+ OID is not a dotted number (column 26)'],
  ['LPA:1$smdp.example.com$A\u2028$', 'a control character (column 25)'],
  ['LPA:1$smdp.example.com$A$1.2.x', 'the SM-DP+ OID is not a dotted number (column 26)'],
  ['LPA:1$smdp.example.com$A$1', 'the SM-DP+ OID is not a dotted number (column 26)'],
  ['LPA:1$smdp.example.com$A$3.1', 'the SM-DP+ OID is not a dotted number (column 26)'],
  ['LPA:1$smdp.example.com$A$1.40', 'the SM-DP+ OID is not a dotted number (column 26)'],
  ['LPA:1$smdp.example.com$A$1.2.03', 'the SM-DP+ OID is not a dotted number (column 26)'],
  ['LPA:1$smdp.example.com$A$$ 1', 'the confirmation code flag is 1 or empty (column 27)'],
  ['LPA:1$smdp.example.com$A$$1$XY', 'the CI key indicator is hexadecimal (column 29)'],
  ['LPA:1$smdp.example.com$A$$1$ABC', 'the CI key indicator lacks a digit (column 29)'],
  ['LPA:1$smdp.example.com$A$$1$$A B', 'the delete notification has a character that is not allowed (column 31)'],
  [`LPA:1$smdp.example.com$${'A'.repeat(237)}`, 'it is longer than 255 characters (column 260)'],
  [`1$smdp.example.com$A$$$$${'A'.repeat(4096)}`, 'it is longer than 4096 characters (column 4097)'],
  ['A'.repeat(1_000_000), 'it is too long (column 16385)'],
  [`1$smdp.example.com$A$$$$x${'$'.repeat(40)}`, 'it has more than 32 fields (column 52)'],
  ['https://example.com/?carddata=LPA:1$smdp.example.com$A', LINK],
  ['https://esimsetup.apple.com.evil.example/?carddata=LPA:1$smdp.example.com$A', LINK],
  ['https://esimsetup.apple.com:8443/?carddata=LPA:1$smdp.example.com$A', LINK],
  ['http://esimsetup.apple.com/?carddata=LPA:1$smdp.example.com$A', LINK],
  ['https://esimsetup.apple.com/esim_qrcode_provisioning', LINK],
  ['https://esimsetup.apple.com/?carddata=https://esimsetup.apple.com/?carddata=1$a$b', 'the format is not 1 (column 1)'],
  ['https://esimsetup.apple.com/?carddata=LPA:1$smdp.example.com$%00', 'a control character (column 24)'],
];

for (const [text, problem] of refused) {
  test(`${JSON.stringify(text.slice(0, 90))} is refused: ${problem}`, () => {
    assert.throws(
      () => parseActivationCode(text),
      (error) =>
        error instanceof UsageError &&
        error.message === `activation code: ${problem}` &&
        error.remedy?.includes('LPA:1$') === true,
    );
  });
}

test('a code of 255 characters is read, LPA: not counted', () => {
  const matchingId = 'A'.repeat(255 - '1$smdp.example.com$'.length);
  assert.equal(parseActivationCode(`LPA:1$smdp.example.com$${matchingId}`).matchingId, matchingId);
});

test('no error tells what stood in the code', () => {
  const secrets = [
    'LPA:1$smdp.example.com$HUNTER2 X',
    'LPA:1$HUNTER2/x$A',
    'HUNTER2$a$b',
    'LPA:1$a$b$HUNTER2',
    'https://HUNTER2.example/',
    '1$a$b$$$HUNTER2',
  ];
  for (const text of secrets) {
    assert.throws(
      () => parseActivationCode(text),
      (error) => error instanceof UsageError && !/HUNTER2/i.test(`${error.message} ${error.remedy} ${error.stack}`),
    );
  }
});

test('whatever the text, it is a code or a usage error, and soon', () => {
  const part = fc.constantFrom(
    'LPA:',
    '1',
    '$',
    '$',
    'smdp.example.com',
    'A-1',
    '1.2.3',
    ' ',
    'é',
    '\ud800',
    'https://',
    'esimsetup.apple.com/?carddata=',
    '%24',
    '%',
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme' }),
    fc.array(part, { maxLength: 30 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, (candidate) => {
      try {
        const code = parseActivationCode(candidate);
        assert.deepEqual(parseActivationCode(formatActivationCode(code)).smdpAddress, code.smdpAddress);
      } catch (error) {
        assert.ok(error instanceof UsageError, String(error));
      }
    }),
    { numRuns: 5000 },
  );
});

test('a text of a million characters costs no more than a short one', () => {
  const started = performance.now();
  for (const piece of ['$', '1$', 'a', '.', 'LPA:1$', ' ', '%24', 'é', '1.', 'https://esimsetup.apple.com/?carddata=']) {
    for (const length of [10_000, 16_384, 1_000_000]) {
      for (const prefix of ['', 'LPA:1$', 'LPA:1$a$b$', 'LPA:1$a$b$1.']) {
        const text = `${prefix}${piece.repeat(length / piece.length)}!`;
        assert.throws(() => parseActivationCode(text), UsageError);
      }
    }
  }
  assert.ok(performance.now() - started < 2000, `${performance.now() - started} ms`);
});

test('what is written is read back', () => {
  const label = fc.stringMatching(/^[a-z]([a-z0-9-]{0,10}[a-z])?$/);
  const code = fc.record(
    {
      smdpAddress: fc
        .tuple(fc.array(label, { minLength: 1, maxLength: 4 }), fc.option(fc.integer({ min: 1, max: 65_535 })))
        .map(([labels, port]) => labels.join('.') + (port === null ? '' : `:${port}`)),
      matchingId: fc.stringMatching(/^[A-Z0-9-]{0,40}$/),
      confirmationCodeRequired: fc.boolean(),
      smdpOid: fc.stringMatching(/^2\.999(\.[1-9][0-9]{0,3}){1,5}$/),
      ciPKIndicator: fc.constant('F54172BDF98A95D65CBEB88A38A1C11D800A85C3'),
      deleteNotificationForDc: fc.stringMatching(/^[A-Za-z0-9+/=]{1,400}$/),
    },
    { noNullPrototype: true, requiredKeys: ['smdpAddress', 'matchingId', 'confirmationCodeRequired'] },
  );
  fc.assert(
    fc.property(code, (given) => {
      // A label with hyphens third and fourth may claim to be punycode, and is refused.
      fc.pre(!/(^|\.)..--/.test(given.smdpAddress));
      assert.deepEqual(parseActivationCode(formatActivationCode(given as ActivationCode)), given);
    }),
    { numRuns: 2000 },
  );
});

test('a code is written as the specification prints it', () => {
  assert.equal(formatActivationCode(gsma), 'LPA:1$smdp.gsma.com$04386-AGYFT-A74Y8-3F815');
  assert.equal(formatActivationCode({ ...gsma, matchingId: '' }), 'LPA:1$smdp.gsma.com$');
  assert.equal(
    formatActivationCode({ ...gsma, confirmationCodeRequired: true }),
    'LPA:1$smdp.gsma.com$04386-AGYFT-A74Y8-3F815$$1',
  );
  assert.throws(() => formatActivationCode({ ...gsma, matchingId: 'A$1' }), UsageError);
});
