import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeTlv, MAX_NESTING, MAX_OBJECTS, parseTlv, parseTlvs, tagListOctets } from '../../src/lpa/asn1/tlv.ts';
import { concat, fromHex, toHex } from '../../src/lpa/bytes.ts';
import { DecodeError } from '../../src/lpa/errors.ts';

const refused = (hex: string, message: RegExp): void =>
  assert.throws(
    () => parseTlv(fromHex(hex)),
    (error) => error instanceof DecodeError && message.test(error.message),
    hex,
  );

test('a data object keeps its octets, its content and its children', () => {
  const tlv = parseTlv(fromHex('BF2D0AE308810101BF22028000'));
  assert.equal(tlv.tag, 0xbf2d);
  assert.equal(toHex(tlv.children[0]!.bytes), 'E308810101BF22028000');
  assert.deepEqual(
    tlv.children[0]!.children.map(({ tag }) => tag),
    [0x81, 0xbf22],
  );
});

test('what is malformed is refused, and said where', () => {
  refused('', /no data object/);
  refused('80', /cut off/);
  refused('BF', /cut off/);
  refused('800100FF', /1 octets left over|cut off/);
  refused('8001008000', /2 octets left over/);
  refused('A0028003', /80 at octet 0 overruns its parent by 3/);
  refused('3080', /indefinite length/);
  refused('808500000000010000', /length field of 5 octets/);
  refused('1F8181818101', /tag of more than 4 octets/);
  refused('84FFFFFFFF', /length field|overruns/);
});

test('a length of more octets than needed is read, and written in the shortest form', () => {
  const tlv = parseTlv(fromHex('8083000001AA'));
  assert.equal(toHex(tlv.content), 'AA');
  assert.equal(toHex(encodeTlv(tlv.tag, tlv.content)), '8001AA');
  assert.equal(toHex(encodeTlv(0x5f49, new Uint8Array(200)).subarray(0, 4)), '5F4981C8');
  assert.equal(toHex(encodeTlv(0xbf36, new Uint8Array(70_000)).subarray(0, 6)), 'BF3683011170');
});

test(`nesting ends at ${MAX_NESTING} levels`, () => {
  const nested = (levels: number): Uint8Array => {
    let bytes: Uint8Array = new Uint8Array();
    for (let i = 0; i < levels; i++) bytes = encodeTlv(0x30, bytes);
    return bytes;
  };
  assert.equal(parseTlv(nested(MAX_NESTING)).tag, 0x30);
  assert.throws(() => parseTlv(nested(5000)), /nested deeper than 32/);
});

test('a tag list is its tags one after the other', () => {
  assert.equal(toHex(tagListOctets([0x5a, 0x9f70, 0xbf76])), '5A9F70BF76');
});

test('no octets, whatever they are, bring anything but a DecodeError, nor take long', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
      try {
        parseTlvs(bytes);
      } catch (error) {
        assert.ok(error instanceof DecodeError);
      }
    }),
    { numRuns: 2000 },
  );
});

test('what was written reads back, and no octet of it can be lost unnoticed', () => {
  const tlvs = fc.letrec<{ node: Uint8Array }>((tie) => ({
    node: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc
        .tuple(fc.constantFrom(0x04, 0x5a, 0x80, 0x9f70), fc.uint8Array({ maxLength: 300 }))
        .map(([tag, content]) => encodeTlv(tag, content)),
      fc
        .tuple(fc.constantFrom(0x30, 0xa0, 0xbf22), fc.array(tie('node'), { maxLength: 4 }))
        .map(([tag, children]) => encodeTlv(tag, concat(...children))),
    ),
  })).node;
  fc.assert(
    fc.property(tlvs, fc.nat(), (bytes, cut) => {
      const rebuild = ({ tag, content, children }: ReturnType<typeof parseTlv>): Uint8Array =>
        encodeTlv(tag, children.length > 0 ? concat(...children.map(rebuild)) : content);
      assert.deepEqual(rebuild(parseTlv(bytes)), bytes);
      assert.throws(() => parseTlv(bytes.subarray(0, cut % bytes.length)), DecodeError);
    }),
    { numRuns: 500 },
  );
});

test(`a run has at most ${MAX_OBJECTS} data objects, at whatever level`, () => {
  const flat = (count: number): Uint8Array => new Uint8Array(2 * count).map((_, i) => (i % 2 ? 0 : 0x04));
  assert.equal(parseTlvs(flat(MAX_OBJECTS)).length, MAX_OBJECTS);
  // 3 MiB of empty objects, which base64 in an answer of 4 MiB holds, would be a gigabyte of views.
  for (const bytes of [flat(1.5 * 2 ** 20), encodeTlv(0xa0, flat(MAX_OBJECTS))]) {
    assert.throws(() => parseTlvs(bytes), { name: 'DecodeError', message: /more than 100000 data objects/ });
  }
});
