import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { boolean, enumerated, flags, hex, integer, octets, oid, utf8 } from '../../src/lpa/asn1/primitives.ts';
import { choice, dataObject, defaulted, der, field, listOf, opaque, optional, sequence } from '../../src/lpa/asn1/schema.ts';
import { encodeTlv } from '../../src/lpa/asn1/tlv.ts';
import { fromHex, toHex } from '../../src/lpa/bytes.ts';
import { DecodeError } from '../../src/lpa/errors.ts';

const Sample = dataObject(
  'Sample',
  0xbf21,
  sequence({
    first: field(0x30, opaque),
    signature: optional(0x5f37, octets),
    second: field(0x30, opaque),
    state: defaulted(0x95, enumerated({ test: 0, operational: 2 }), 'operational'),
  }),
);

test('two fields of one tag are told apart by their order, a third is refused', () => {
  const value = Sample.decode(fromHex('BF2109 3003800101 3002 8000'.replaceAll(' ', '')));
  assert.equal(toHex(value.first), '3003800101');
  assert.equal(toHex(value.second), '30028000');
  assert.throws(() => Sample.decode(fromHex('BF2106300030003000')), /Sample: first \(30\) stands twice/);
});

test('a field that is missing is named with its tag, a default is filled in and left out again', () => {
  assert.throws(() => Sample.decode(fromHex('BF21023000')), { name: 'DecodeError', message: 'Sample: second (30) is missing' });
  const value = Sample.decode(fromHex('BF210430003000'));
  assert.equal(value.state, 'operational');
  assert.equal(toHex(Sample.encode(value)), 'BF210430003000');
  assert.equal(toHex(Sample.encode({ ...value, state: 'test' })), 'BF210730003000950100');
});

test('fields come in any order, unknown ones are passed over, a known one never stands twice', () => {
  const value = Sample.decode(fromHex('BF210E 950100 9F550101 3000 5F3700 3000'.replaceAll(' ', '')));
  assert.equal(value.state, 'test');
  assert.throws(() => Sample.decode(fromHex('BF210A30003000950100950102')), /state \(95\) stands twice/);
});

test('a choice has one alternative', () => {
  const Answer = dataObject('Answer', 0xbf2d, choice({ ok: field(0xa0, listOf(field(0x04, hex))), error: field(0x81, integer) }));
  assert.deepEqual(Answer.decode(fromHex('BF2D05A0030401AA')), { ok: ['AA'] });
  assert.deepEqual(Answer.decode(fromHex('BF2D0381017F')), { error: 127 });
  assert.throws(() => Answer.decode(fromHex('BF2D00')), /no alternative/);
  assert.throws(() => Answer.decode(fromHex('BF2D06810101810102')), /one alternative/);
  assert.throws(() => Answer.decode(fromHex('BF2D03820101')), /no alternative has tag 82/);
});

test('an untagged choice stands in a list by itself', () => {
  const List = dataObject('List', 0xa0, listOf(choice({ result: field(0xbf37, octets), other: field(0x30, octets) })));
  const bytes = fromHex('A008 BF3700 3000 BF3700'.replaceAll(' ', ''));
  const value = List.decode(bytes);
  assert.deepEqual(
    value.map((item) => Object.keys(item)[0]),
    ['result', 'other', 'result'],
  );
  assert.deepEqual(List.encode(value), bytes);
});

test('an enumeration keeps what the specification does not name', () => {
  const type = dataObject('E', 0x80, enumerated({ ok: 0, undefinedError: 127 }));
  assert.equal(type.decode(fromHex('80017F')), 'undefinedError');
  assert.equal(type.decode(fromHex('800109')), 'unknown(9)');
  assert.equal(toHex(type.encode('unknown(200)')), '800200C8');
});

test('named bits are written trimmed and read untrimmed', () => {
  const type = dataObject('F', 0x81, flags('install', 'enable', 'disable', 'delete'));
  for (const [octetsHex, names] of [
    ['81020780', ['install']],
    ['81020480', ['install']],
    ['81020080', ['install']],
    ['81020470', ['enable', 'disable', 'delete']],
    ['810100', []],
    ['8100', []],
    ['81020008', ['unknown(4)']],
  ] as const)
    assert.deepEqual(type.decode(fromHex(octetsHex)), names, octetsHex);
  assert.equal(toHex(type.encode(['install'])), '81020780');
  assert.equal(toHex(type.encode(['delete', 'enable', 'disable'])), '81020470');
  assert.equal(toHex(type.encode([])), '810100');
});

test('integers carry no sign, and more octets than a number holds are refused', () => {
  const type = dataObject('I', 0x80, integer);
  assert.equal(toHex(type.encode(300)), '8002012C');
  assert.equal(toHex(type.encode(128)), '80020080');
  assert.equal(type.decode(fromHex('8005FFFFFFFFFF')), 2 ** 40 - 1);
  assert.throws(() => type.decode(fromHex('80080100000000000000')), DecodeError);
  assert.throws(() => type.decode(fromHex('8000')), /without octets/);
});

test('object identifiers, the test one of SGP.26 among them', () => {
  const type = dataObject('O', 0x06, oid);
  assert.equal(toHex(type.encode('2.999.10')), '060388370A');
  assert.equal(type.decode(fromHex('060388370A')), '2.999.10');
  assert.equal(type.decode(type.encode('1.3.6.1.4.1.31746')), '1.3.6.1.4.1.31746');
  assert.throws(() => type.decode(fromHex('060188')), /cut off/);
  assert.throws(() => type.encode('2'), RangeError);
});

test('signed octets go on as they came, whatever form their lengths have', () => {
  const Signed = dataObject('Signed', 0xa0, sequence({ body: field(0x30, der(sequence({ flag: field(0x01, boolean) }))) }));
  const bytes = fromHex('A006 308103 010101'.replaceAll(' ', ''));
  const value = Signed.decode(bytes);
  assert.equal(value.body.value.flag, true);
  assert.deepEqual(Signed.encode(value), bytes);
  const Other = dataObject('Other', 0xa0, sequence({ body: field(0x31, opaque) }));
  assert.throws(() => Other.encode({ body: value.body.bytes }), /tag 30/);
});

test('integers, identifiers and bits read back what was written', () => {
  const object = dataObject(
    'All',
    0x30,
    sequence({ n: field(0x80, integer), o: field(0x06, oid), f: field(0x81, flags('a', 'b', 'c')) }),
  );
  fc.assert(
    fc.property(
      fc.nat({ max: 2 ** 40 }),
      fc.tuple(fc.constantFrom(0, 1, 2), fc.nat({ max: 39 }), fc.array(fc.nat(), { minLength: 1, maxLength: 6 })),
      fc.subarray(['a', 'b', 'c'] as const),
      (n, [root, second, rest], f) => {
        const value = { n, o: [root, second, ...rest].join('.'), f: [...f] };
        assert.deepEqual(object.decode(object.encode(value)), value);
      },
    ),
  );
});

test('a bit string that no one has names for is refused before it becomes a million words', () => {
  const object = dataObject('F', 0x99, flags('a', 'b'));
  assert.equal(object.decode(encodeTlv(0x99, new Uint8Array(65).fill(0xff, 1))).length, 512);
  assert.throws(() => object.decode(encodeTlv(0x99, new Uint8Array(3 * 2 ** 20).fill(0xff))), {
    name: 'DecodeError',
    message: 'F: a bit string of 3145727 octets',
  });
});

test('a byte order mark in a name is a character of the name', () => {
  const name = dataObject('N', 0x91, utf8);
  assert.equal(name.decode(fromHex('9104EFBBBF41')), '\uFEFFA');
  assert.equal(toHex(name.encode('\uFEFFA')), '9104EFBBBF41');
});
