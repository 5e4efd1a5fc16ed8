import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { dataObject, type Type } from '../../src/lpa/asn1/schema.ts';
import { encodeTlv } from '../../src/lpa/asn1/tlv.ts';
import { fromHex, toHex } from '../../src/lpa/bytes.ts';
import { eid, iccid, imei, mccMnc, tbcd, versionType } from '../../src/lpa/sgp22/identifiers.ts';

const printed = (type: Type<string>, octets: string): string =>
  dataObject('I', 0x80, type).decode(encodeTlv(0x80, fromHex(octets.replaceAll(' ', ''))));

test('identifiers are printed as people know them', () => {
  assert.equal(printed(iccid, '98001032547698103214'), '89000123456789012341');
  assert.equal(printed(iccid, '980010325476981032F4'), '8900012345678901234');
  assert.equal(printed(mccMnc, '62F210'), '262-01');
  assert.equal(printed(mccMnc, '130062'), '310-260');
  assert.equal(printed(imei, '539260113254768F'), '352906112345678');
  assert.equal(printed(imei, '53926011325476F8'), '352906112345678', 'as cards of v2.0 have it');
  assert.throws(() => printed(imei, '5392'), /an IMEI has 8 octets, here are 2/);
});

test('whatever a card or a server has in an identifier can be written again', () => {
  // An ICCID of all F, one with F in the middle, an operator of A: each was read, and then broke the answer it stood in.
  for (const odd of ['FFFFFFFFFFFFFFFFFFFF', '98F01032547698103214']) {
    assert.equal(toHex(iccid.encode(printed(iccid, odd))), odd);
  }
  assert.equal(toHex(mccMnc.encode(printed(mccMnc, 'AAFABB'))), 'AAFABB');
  const types: [Type<string>, number][] = [
    [iccid, 10],
    [eid, 16],
    [mccMnc, 3],
    [versionType, 3],
    [imei, 8],
    [tbcd, 4],
  ];
  for (const [type, length] of types) {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: length, maxLength: length }), (octets) => {
        const text = printed(type, toHex(octets));
        assert.equal(printed(type, toHex(type.encode(text))), text);
      }),
    );
  }
});
