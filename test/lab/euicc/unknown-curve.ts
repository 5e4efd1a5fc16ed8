/** A certificate that a CI signed over a key on secp256k1, which SGP.22 does not know: rewritten before it was signed. */
import assert from 'node:assert/strict';
import { type Identity, mintDpAuth } from '../../../src/lab/pki/mint.ts';
import { encodeTlv, parseTlv } from '../../../src/lpa/asn1/tlv.ts';
import { concat, fromHex, toHex } from '../../../src/lpa/bytes.ts';
import { sign } from '../../../src/lpa/pki/ecdsa.ts';

export async function mintOnUnknownCurve(ci: Identity, mint = mintDpAuth): Promise<Identity> {
  const good = await mint(ci);
  const whole = parseTlv(good.certificate);
  const [tbs, algorithm] = whole.children;
  assert.ok(tbs && algorithm);
  const p256 = '06082A8648CE3D030107';
  const k1 = '06052B8104000A';
  const spki = tbs.children.find(({ bytes }) => toHex(bytes).includes(p256));
  assert.ok(spki);
  const [, key] = spki.children;
  assert.ok(key);
  const changed = encodeTlv(0x30, concat(encodeTlv(0x30, fromHex(`06072A8648CE3D0201${k1}`)), key.bytes));
  const newTbs = encodeTlv(0x30, concat(...tbs.children.map((child) => (child === spki ? changed : child.bytes))));
  const raw = sign(ci.privateKey, newTbs);
  const integer = (octets: Uint8Array) => {
    const digits = octets.subarray(octets.findIndex((octet) => octet !== 0));
    return encodeTlv(0x02, (digits[0] ?? 0) & 0x80 ? concat(Uint8Array.of(0), digits) : digits);
  };
  const signature = encodeTlv(0x30, concat(integer(raw.subarray(0, 32)), integer(raw.subarray(32))));
  const certificate = encodeTlv(0x30, concat(newTbs, algorithm.bytes, encodeTlv(0x03, concat(Uint8Array.of(0), signature))));
  return { certificate, privateKey: good.privateKey };
}
