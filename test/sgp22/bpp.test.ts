import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeTlv } from '../../src/asn1/tlv.ts';
import { concat, equalBytes } from '../../src/bytes.ts';
import { metadataOf, readBoundProfilePackage, segmentsOf } from '../../src/sgp22/bpp.ts';

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
