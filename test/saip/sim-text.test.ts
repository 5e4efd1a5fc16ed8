/** Text of the USIM, with octets that others published. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromHex, toHex } from '../../src/lpa/bytes.ts';
import { alphaOctets, alphaText, networkNameOctets, networkNameText } from '../../src/lpa/saip/sim-text.ts';

test('packs a network name into 7 bits as TS 23.038 does', () => {
  // The example of many SMS decoders: "hellohello" in nine octets, of which the last has two spare bits.
  assert.equal(toHex(networkNameOctets('hellohello', 13)), '82E8329BFD4697D9EC37');
  assert.equal(networkNameText(fromHex('82E8329BFD4697D9EC37')), 'hellohello');
  // Eight characters fill seven octets.
  assert.equal(toHex(networkNameOctets('12345678', 13)), '8031D98C56B3DD70');
  // Seven characters leave seven spare bits: they are no eighth character.
  assert.equal(networkNameText(networkNameOctets('1234567', 13)), '1234567');
});

test('writes what the default alphabet lacks in UCS2, and cuts between characters', () => {
  assert.equal(toHex(networkNameOctets('楽天', 13)), '90697D5929');
  assert.equal(networkNameText(fromHex('90697D5929')), '楽天');
  assert.equal(toHex(alphaOctets('楽天', 16)), '80697D5929');
  assert.equal(alphaText(alphaOctets('楽天モバイル株式会社', 16)), '楽天モバイル株');
  assert.equal(alphaText(alphaOctets('Example Telecom Limited', 16)), 'Example Telecom ');
  assert.equal(networkNameText(networkNameOctets('Example Telecom', 14)), 'Example Teleco');
});

test('codes @, umlauts and the extension table as the default alphabet has them, not as ASCII', () => {
  assert.equal(toHex(alphaOctets('@$_ÄÖÜß', 16)), '0002115B5C5E1E');
  assert.equal(toHex(alphaOctets('A€[', 16)), '411B651B3C');
  assert.equal(alphaText(fromHex('0002115B5C5E1EFFFF')), '@$_ÄÖÜß');
  assert.equal(alphaText(fromHex('411B651B3CFF')), 'A€[');
});

test('reads the three forms of UCS2 of TS 102 221 Annex A', () => {
  assert.equal(alphaText(fromHex('80043104320433FFFF')), 'бвг');
  // The examples of the annex: a base of 0980, and a base of 0530.
  assert.equal(alphaText(fromHex('8104135395A6A0FF')), 'S\u0995\u09a6\u09a0');
  assert.equal(alphaText(fromHex('820505302D82D32D31')), '-\u0532\u0583-1');
});

test('an empty field, and octets of another coding, are no text', () => {
  assert.equal(alphaText(fromHex('FFFFFF')), undefined);
  assert.equal(alphaText(fromHex('4142C3A9')), undefined);
  assert.equal(networkNameText(fromHex('A04142')), undefined);
});

test('whatever was written reads back, and no octets throw', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 14 }), (text) => {
      const alpha = alphaOctets(text, 16);
      assert.ok(alpha.length <= 16);
      assert.ok(text.startsWith(alphaText(alpha) ?? ''));
      assert.equal(networkNameText(networkNameOctets(text, 32)), text);
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 20 }), (octets) => {
      alphaText(octets);
      networkNameText(octets);
    }),
  );
});
