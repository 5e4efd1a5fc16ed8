/** BSP against published vectors, and as server and card speak it to each other. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aesCmac, BspChannel, BspError, type BspKeys, deriveBspKeys, piecesFor, x963Kdf } from '../../src/lab/rsp/bsp.ts';
import { parseTlv } from '../../src/lpa/asn1/tlv.ts';
import { concat, fromHex, toHex } from '../../src/lpa/bytes.ts';

const EID = '89049032123451234512345678901235';
const hostId = new TextEncoder().encode('mahlzeit');

const keys: BspKeys = {
  macChainingValue: fromHex('00112233445566778899AABBCCDDEEFF'),
  enc: fromHex('000102030405060708090A0B0C0D0E0F'),
  mac: fromHex('F0E0D0C0B0A090807060504030201000'),
};

// NIST CAVP, "ANS X9.63-2001", SHA-256.
test('the X9.63 KDF gives the keys of the NIST vectors', () => {
  const without = x963Kdf(fromHex('96c05619d56c328ab95fe84b18264b08725b85e33fd34f08'), new Uint8Array(), 16);
  assert.equal(toHex(without), '443024C3DAE66B95E6F5670601558F71');
  const withInfo = x963Kdf(
    fromHex('22518b10e70f2a3f243810ae3254139efbee04aa57c7af7d'),
    fromHex('75eef81aa3041e33b80971203d2c0c52'),
    128,
  );
  assert.equal(
    toHex(withInfo).toLowerCase(),
    'c498af77161cc59f2962b9a713e2b215152d139766ce34a776df11866a69bf2e52a13d9c7c6fc878c50c5ea0bc7b00e0da2447cfd874f6cf92f30d0097111485500c90c3af8b487872d04685d14c8d1dc8d7fa08beb0ce0ababc11f0bd496269142d43525a78e5bc79a17f59676a5706dc54d54d4d1f0bd7e386128ec26afc21',
  );
});

// RFC 4493 §4.
test('AES-CMAC gives the tags of RFC 4493', () => {
  const key = fromHex('2b7e151628aed2a6abf7158809cf4f3c');
  const message = fromHex(
    '6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710',
  );
  const tagOf = (octets: number): string => toHex(aesCmac(key, message.subarray(0, octets))).toLowerCase();
  assert.equal(tagOf(0), 'bb1d6929e95937287fa37d129b756746');
  assert.equal(tagOf(16), '070a16b46b4d4144f79bdd9dd04a287c');
  assert.equal(tagOf(40), 'dfa66747de9ae63030ca32611497c827');
  assert.equal(tagOf(64), '51f0bebf7e3b9d92fc49741779363cfe');
});

test('the session keys are the KDF over keyType, keyLen, hostId and EID, in the order MCV, S-ENC, S-MAC', () => {
  const z = fromHex('11'.repeat(32));
  const all = x963Kdf(z, fromHex('8810086D61686C7A656974' + '1089049032123451234512345678901235'), 48);
  assert.deepEqual(deriveBspKeys(z, { hostId, eid: EID }), {
    macChainingValue: all.subarray(0, 16),
    enc: all.subarray(16, 32),
    mac: all.subarray(32, 48),
  });
});

test('what one side protects the other opens, over 87, 88 and 86, keys replaced in between', () => {
  const ppk: BspKeys = { macChainingValue: fromHex('22'.repeat(16)), enc: new Uint8Array(16), mac: fromHex('11'.repeat(16)) };
  const [server, card] = [new BspChannel(keys), new BspChannel(keys)];
  const said: [0x86 | 0x87 | 0x88, string][] = [
    [0x87, 'BF2400'],
    [0x88, 'BF2504'],
    [0x88, '5A02AABB'],
    [0x87, `BF2636${'00'.repeat(51)}`],
    [0x86, 'A0'.repeat(1007)],
    [0x86, ''],
  ];
  for (const [i, [tag, plaintext]] of said.entries()) {
    if (i === 4) for (const side of [server, card]) side.replaceKeys(ppk);
    const segment = server.protect(tag, fromHex(plaintext));
    assert.equal(parseTlv(segment).tag, tag);
    if (tag === 0x88) assert.ok(toHex(segment).includes(plaintext), 'metadata stays readable');
    assert.equal(toHex(card.open(tag, segment)), plaintext);
  }
});

test('the first segment is what the parts by hand give: ICV over block number 1, MAC over chaining value, header and body', () => {
  const segment = new BspChannel(keys).protect(0x88, fromHex('BF2500'));
  const mac = aesCmac(keys.mac, concat(keys.macChainingValue, fromHex('880BBF2500')));
  assert.equal(toHex(segment), `880BBF2500${toHex(mac.subarray(0, 8))}`);
  const next = new BspChannel(keys);
  next.protect(0x88, fromHex('BF2500'));
  assert.notDeepEqual(
    next.protect(0x87, fromHex('BF2400')),
    new BspChannel({ ...keys, macChainingValue: mac }).protect(0x87, fromHex('BF2400')),
    'an 88 counts as a block',
  );
});

const refuses = (kind: 'structure' | 'security', tag: 0x86 | 0x87 | 0x88, segment: Uint8Array): void => {
  assert.throws(
    () => new BspChannel(keys).open(tag, segment),
    (error) => error instanceof BspError && error.kind === kind,
  );
};

test('a segment of another tag, cut short, with octets over, or of half a block is a structure error', () => {
  const good = new BspChannel(keys).protect(0x86, fromHex('0102030405'));
  refuses('structure', 0x87, good);
  refuses('structure', 0x86, good.subarray(0, -1));
  refuses('structure', 0x86, concat(good, Uint8Array.of(0)));
  refuses('structure', 0x86, fromHex(`8610${'00'.repeat(16)}`));
  refuses('structure', 0x88, fromHex(`8807${'00'.repeat(7)}`));
  refuses('structure', 0x86, new Uint8Array());
});

test('a changed octet anywhere, a repeated or a skipped segment is a security error', () => {
  const sender = new BspChannel(keys);
  const [first, second] = [sender.protect(0x86, fromHex('0102')), sender.protect(0x86, fromHex('0304'))];
  for (const at of [2, 17, 18, 25]) refuses('security', 0x86, first.with(at, first[at]! ^ 1));
  refuses('security', 0x86, second);
  const card = new BspChannel(keys);
  card.open(0x86, first);
  assert.throws(
    () => card.open(0x86, first),
    (error) => error instanceof BspError && error.kind === 'security',
  );
});

test('a MAC that verifies over padding that does not is a security error', () => {
  const body = new Uint8Array(16);
  const header = fromHex('8618');
  const mac = aesCmac(keys.mac, concat(keys.macChainingValue, header, body)).subarray(0, 8);
  refuses('security', 0x86, concat(header, body, mac));
});

test('pieces fill segments of 1020 octets and no more, and lose nothing', () => {
  const plaintext = Uint8Array.from({ length: 5000 }, (_, i) => i);
  for (const [tag, octets, most] of [
    [0x86, 1020, 1007],
    [0x88, 1020, 1008],
    [0x86, 1036, 1023],
    [0x86, 200, 175],
  ] as const) {
    const pieces = [...piecesFor(tag, plaintext, octets)];
    assert.equal(pieces[0]?.length, most);
    assert.deepEqual(concat(...pieces), plaintext);
    for (const piece of pieces) assert.ok(new BspChannel(keys).protect(tag, piece).length <= octets);
  }
  assert.deepEqual([...piecesFor(0x86, new Uint8Array())], [new Uint8Array()]);
});
