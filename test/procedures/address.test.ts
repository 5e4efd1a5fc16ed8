import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { UsageError } from '../../src/lpa/errors.ts';
import { type Address, addressFrom, parseAddress, sameAddress } from '../../src/lpa/procedures/address.ts';

const accepted: readonly [string, Address][] = [
  ['smdp.example.com', { host: 'smdp.example.com', authority: 'smdp.example.com' }],
  ['SMDP.GSMA.COM', { host: 'smdp.gsma.com', authority: 'smdp.gsma.com' }],
  ['localhost', { host: 'localhost', authority: 'localhost' }],
  ['localhost:8443', { host: 'localhost', port: 8443, authority: 'localhost:8443' }],
  ['raspberrypi.fritz.box:4443', { host: 'raspberrypi.fritz.box', port: 4443, authority: 'raspberrypi.fritz.box:4443' }],
  ['example.com:443', { host: 'example.com', port: 443, authority: 'example.com:443' }],
  ['example.com:65535', { host: 'example.com', port: 65535, authority: 'example.com:65535' }],
  ['1a.2.example', { host: '1a.2.example', authority: '1a.2.example' }],
  ['faß.de', { host: 'xn--fa-hia.de', authority: 'xn--fa-hia.de' }],
  ['BÜCHER.example:8443', { host: 'xn--bcher-kva.example', port: 8443, authority: 'xn--bcher-kva.example:8443' }],
  ['xn--bcher-kva.example', { host: 'xn--bcher-kva.example', authority: 'xn--bcher-kva.example' }],
  ['XN--FA-HIA.de', { host: 'xn--fa-hia.de', authority: 'xn--fa-hia.de' }],
  ['xn--mgba3gch31f060k.example', { host: 'xn--mgba3gch31f060k.example', authority: 'xn--mgba3gch31f060k.example' }],
  // Cyrillic letters that look like "paypal": shown as what they are.
  ['раураl.example', { host: 'xn--l-7sba6dbr.example', authority: 'xn--l-7sba6dbr.example' }],
];

for (const [text, address] of accepted) {
  test(`${text} is an address`, () => assert.deepEqual(parseAddress(text), address));
}

const NO_IP = 'an IP address is not allowed, only a host name';
const PORT = 'the port is not a number from 1 to 65535';
const refused: readonly (readonly [string, string, number])[] = [
  ['', 'the address is empty', 1],
  ['127.0.0.1', NO_IP, 1],
  ['127.0.0.1:8443', NO_IP, 1],
  ['169.254.169.254', NO_IP, 1],
  ['2130706433', NO_IP, 1],
  ['0x7f.1', NO_IP, 1],
  ['0X7F000001', NO_IP, 1],
  ['0177.0.0.1', NO_IP, 1],
  ['127.1', NO_IP, 1],
  ['0x', NO_IP, 1],
  ['1.2.3.4.5', NO_IP, 1],
  ['256.256.256.256', NO_IP, 1],
  ['smdp.1', NO_IP, 1],
  ['１２７.0.0.1', NO_IP, 1],
  ['１２７.0.0.256', NO_IP, 1],
  ['[::1]', NO_IP, 1],
  ['[::ffff:7f00:1]:443', NO_IP, 1],
  ['::1', 'the host name is empty', 1],
  ['fe80::1', PORT, 6],
  ['https://smdp.example.com', 'the address is a host name, without a scheme', 1],
  ['HTTP://smdp.example.com', 'the address is a host name, without a scheme', 1],
  ['smdp.example.com/x', 'a path in an address', 17],
  ['smdp.example.com?x', 'a character that is not allowed in an address', 17],
  ['smdp.example.com#x', 'a character that is not allowed in an address', 17],
  ['smdp.example.com\\x', 'a character that is not allowed in an address', 17],
  ['user@smdp.example.com', 'a user name in an address', 5],
  ['user:pw@smdp.example.com', 'a user name in an address', 8],
  ['smdp example.com', 'a space in an address', 5],
  [' smdp.example.com', 'a space in an address', 1],
  ['smdp.example.com ', 'a space in an address', 17],
  ['smdp\u00a0.example.com', 'a space in an address', 5],
  ['smdp.example.com\r\nHost: x', 'a control character in an address', 17],
  ['smdp\x00.example.com', 'a control character in an address', 5],
  ['smdp\x1b[2J', 'a control character in an address', 5],
  ['smdp\u202e.example', 'a control character in an address', 5],
  ['sm\u200bdp.example', 'a control character in an address', 3],
  ['sm\u00addp.example', 'a control character in an address', 3],
  ['smdp\ud800.example', 'a control character in an address', 5],
  ['ex%61mple.com', 'a character that is not allowed in an address', 3],
  ['smdp。example', 'a character that is not allowed in an address', 5],
  ['sm_dp.example', 'a character that is not allowed in an address', 3],
  ['smdp..example.com', 'a part of the host name is empty', 6],
  ['.example.com', 'a part of the host name is empty', 1],
  ['example.com.', 'a part of the host name is empty', 13],
  ['-smdp.example', 'a part of the host name starts or ends with a hyphen', 1],
  ['a.smdp-.example', 'a part of the host name starts or ends with a hyphen', 3],
  [`${'a'.repeat(64)}.example`, 'the host name is too long', 1],
  [`${'a.'.repeat(130)}example`, 'the host name is too long', 1],
  ['x'.repeat(100_000), 'the address is too long', 1013],
  ...['xn--a', 'xn--a.example', 'smdp.xn--99999999.example', 'XN--0.example', 'xn--1ug.example', 'xn--xn---epa.example'].map(
    (name) => [name, 'the host name is not valid', 1] as const,
  ),
  ['example.com:', PORT, 13],
  ['example.com:0', PORT, 13],
  ['example.com:08443', PORT, 13],
  ['example.com:65536', PORT, 13],
  ['example.com:99999999999', PORT, 13],
  ['example.com:-1', PORT, 13],
  ['example.com:8443:1', PORT, 13],
  ['example.com:٨٤٤٣', PORT, 13],
  ['bücher.example:x', PORT, 16],
];

for (const [text, problem, column] of refused) {
  test(`${JSON.stringify(text.slice(0, 40))} is no address: ${problem}`, () =>
    assert.deepEqual(parseAddress(text), { problem, column }));
}

test('no accepted address means anything else to a URL parser', () => {
  const piece = fc.constantFrom(
    ...'0x7f.1:[]@/?#%aé１。-\\ \t'.split(''),
    'localhost',
    '127',
    '0x7f',
    'xn--',
    '2130706433',
    '.com',
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(piece).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, (candidate) => {
      const address = parseAddress(candidate);
      if ('problem' in address) return;
      const url = new URL(`https://${address.authority}/gsma`);
      assert.equal(url.hostname, address.host);
      assert.equal(url.port, address.port === undefined || address.port === 443 ? '' : String(address.port));
      assert.deepEqual([isIP(address.host), url.username, url.pathname, url.search], [0, '', '/gsma', '']);
      assert.deepEqual(parseAddress(address.authority), address, 'what was read is read again');
    }),
    { numRuns: 5000 },
  );
});

test('an address that a person gave fails as usage, by name and column, without its text', () => {
  assert.equal(addressFrom('localhost:8443', '--smdp').authority, 'localhost:8443');
  assert.throws(
    () => addressFrom('secret.example/x', '--smdp'),
    (error) => error instanceof UsageError && error.message === '--smdp: a path in an address (column 15)',
  );
});

test('a signed address is ours in any case, as IDN or punycode, with our port or bare', () => {
  const address = (text: string): Address => addressFrom(text, 'test');
  const ours = address('smdp.example.com:8443');
  assert.equal(sameAddress('smdp.example.com:8443', ours), true);
  assert.equal(sameAddress('SMDP.Example.COM:8443', ours), true);
  assert.equal(sameAddress('smdp.example.com', ours), true);
  assert.equal(sameAddress('smdp.example.com:443', ours), false);
  assert.equal(sameAddress('evil.example', ours), false);
  assert.equal(sameAddress('', ours), false);
  assert.equal(sameAddress('https://smdp.example.com:8443', ours), false);
  assert.equal(sameAddress('smdp.example.com:8443/', ours), false);
  assert.equal(sameAddress('smdp.example.com.', address('smdp.example.com')), false);
  assert.equal(sameAddress('smdp.example.com:8443', address('smdp.example.com')), false);
  assert.equal(sameAddress('BÜCHER.example', address('xn--bcher-kva.example')), true);
  assert.equal(sameAddress('xn--bcher-kva.example', address('bücher.example:8443')), true);
});

test('the limits of an address are exact: 63 and 253 octets, ports from 1, a last label that only begins with a digit', () => {
  const host = (text: string): string => {
    const address = parseAddress(text);
    return 'problem' in address ? address.problem : address.host;
  };
  const label = 'a'.repeat(63);
  const longest = `${label}.${label}.${label}.${'a'.repeat(61)}`;
  assert.equal(longest.length, 253);
  for (const text of [`${label}.example`, longest, 'smdp.3com', 'smdp.0x7g', 'example:1']) {
    assert.equal(host(text), text.replace(':1', ''), text);
  }
  const tooLong = 'the host name is too long';
  assert.deepEqual([host(`${label}a.example`), host(`${longest}a`)], [tooLong, tooLong]);
  assert.equal(host('example:0'), PORT);
  assert.equal(host('smdp.0X7F'), NO_IP);
});
