import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeTlv } from '../../src/lpa/asn1/tlv.ts';
import { concat, equalBytes } from '../../src/lpa/bytes.ts';
import { metadataOf, readBoundProfilePackage, segmentsOf } from '../../src/lpa/sgp22/bpp.ts';

const packageOf = (segments: number): Uint8Array => {
  const one = encodeTlv(0x88, new Uint8Array(9).fill(1));
  const all = new Uint8Array(one.length * segments);
  for (let i = 0; i < segments; i++) all.set(one, i * one.length);
  const sealed = (tag: number): Uint8Array => encodeTlv(tag, new Uint8Array(9));
  return encodeTlv(
    0xbf36,
    concat(
      encodeTlv(0xbf23, new Uint8Array()),
      encodeTlv(0xa0, sealed(0x87)),
      encodeTlv(0xa1, all),
      encodeTlv(0xa3, sealed(0x86)),
    ),
  );
};

test('a package in the smallest segments is cut and its metadata put together, up to the limit', () => {
  const bytes = packageOf(99_990);
  const bpp = readBoundProfilePackage(bytes);
  assert.equal(metadataOf(bpp).length, 99_990);
  const segments = [...segmentsOf(bpp)];
  let at = 0;
  for (const segment of segments) {
    assert.ok(equalBytes(segment, bytes.subarray(at, at + segment.length)));
    at += segment.length;
  }
  assert.equal(at, bytes.length);
  // 2 MiB of them: once, putting them together ended in "Maximum call stack size exceeded".
  assert.throws(() => readBoundProfilePackage(packageOf(190_000)), {
    name: 'DecodeError',
    message: /more than 100000 data objects/,
  });
});

test('a package whose tag, parts or their order are others is refused, and said where', () => {
  const sealed = (tag: number, inner: number): Uint8Array => encodeTlv(tag, encodeTlv(inner, new Uint8Array(9)));
  const [secure, a0, a1, a2, a3] = [
    encodeTlv(0xbf23, new Uint8Array()),
    sealed(0xa0, 0x87),
    sealed(0xa1, 0x88),
    sealed(0xa2, 0x87),
    sealed(0xa3, 0x86),
  ];
  const read = (parts: readonly Uint8Array[], tag = 0xbf36) => readBoundProfilePackage(encodeTlv(tag, concat(...parts)));
  assert.ok(read([secure, a0, a1, a2, a3]).replaceSessionKeys);
  const refused = (parts: readonly Uint8Array[], message: RegExp, tag?: number): void =>
    assert.throws(() => read(parts, tag), { name: 'DecodeError', message });
  refused([secure, a0, a1, a3], /expected tag BF36, got BF37/, 0xbf37);
  refused([a0, a1, a3], /expected initialiseSecureChannelRequest \(BF23\), got A0/);
  refused([secure, a1, a3], /expected firstSequenceOf87 \(A0\), got A1/);
  refused([secure, a0, sealed(0xa2, 0x88), a3], /expected sequenceOf88 \(A1\), got A2/);
  refused([secure, a0, a1], /expected sequenceOf86 \(A3\), got the end/);
  refused([secure, a0, a1, a3, a3], /A3 stands after the last part/);
  refused([secure, a0, a1, sealed(0xa3, 0x87)], /sequenceOf86: expected 86, got 87/);
  refused([secure, a0, a1, encodeTlv(0xa3, encodeTlv(0x86, new Uint8Array(8)))], /8 octets are too few/);
});
