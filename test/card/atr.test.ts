import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toHex } from '../../src/lpa/bytes.ts';
import { readAtr } from '../../src/lpa/card/atr.ts';
import { DecodeError } from '../../src/lpa/errors.ts';

/** ETSI TS 102 221 §6.3.3 as Android reads it, then cards that are sold. */
const vectors = [
  { name: 'Android, eUICC', atr: '3F979580BFFE8210428031A073BE211797', euicc: true, mep: false },
  { name: 'Android, MEP', atr: '3B9F97C00AB1FE453FC6838031E073FE211F65D002341561810F29', euicc: true, mep: true },
  { name: 'Android, T=15 after T=0', atr: '3B9F97C00A3FC6828031E073FE211F65D002341512810F51', euicc: true, mep: false },
  { name: 'Android, the TB is not after T=15', atr: '3F979580BEFE8210428031A073BE211797', euicc: false, mep: false },
  { name: 'Android, b2 is clear', atr: '3F979580BFFE8110428031A073BE211797', euicc: false, mep: false },
  { name: '5ber', atr: '3B9F96803FC7828031E073FE211B57AA8660F0020001FD', euicc: true, mep: false },
  { name: '9eSIM', atr: '3B9F96803F87828031E073FE211F574543753130276F3C', euicc: true, mep: false },
  { name: 'a SIM', atr: '3B9F96801FC78031E073FE211B63E20F0F830F900000', euicc: false, mep: false },
];

for (const { name, atr, euicc, mep } of vectors) {
  test(`the eUICC bits of ${name} are read`, () => {
    const read = readAtr(fromHex(atr));
    assert.deepEqual({ euicc: read.euicc, mep: read.mep }, { euicc, mep });
  });
}

test('a card without TD1 speaks T=0 and has no check byte', () => {
  assert.deepEqual(readAtr(fromHex('3B021234')), {
    protocols: [0],
    euicc: false,
    mep: false,
    historical: fromHex('1234'),
    checkByte: 'absent',
  });
});

test('the protocols stand in the order of the offer, T=15 left out', () => {
  assert.deepEqual(readAtr(fromHex('3B9F97C00AB1FE453FC6838031E073FE211F65D002341561810F29')).protocols, [0, 1]);
  assert.deepEqual(readAtr(fromHex('3B9F96803FC7828031E073FE211B57AA8660F0020001FD')).protocols, [0]);
  assert.deepEqual(readAtr(fromHex('3B8000')).protocols, [0]);
  assert.deepEqual(readAtr(fromHex('3B8001')).protocols, [1]);
});

test('T=1: IFSC and the check of its blocks', () => {
  assert.deepEqual(readAtr(fromHex('3B9F97C00AB1FE453FC6838031E073FE211F65D002341561810F29')).t1, { ifsc: 254, crc: false });
  assert.deepEqual(readAtr(fromHex('3B80818140C1')).t1, { ifsc: 32, crc: false });
  assert.deepEqual(readAtr(fromHex('3B80814101C1')).t1, { ifsc: 32, crc: true });
});

test('the check byte is checked', () => {
  const good = '3B9F97C00AB1FE453FC6838031E073FE211F65D002341561810F29';
  assert.equal(readAtr(fromHex(good)).checkByte, 'right');
  assert.equal(readAtr(fromHex(`${good.slice(0, -2)}28`)).checkByte, 'wrong');
  assert.equal(readAtr(fromHex(good.slice(0, -2))).checkByte, 'wrong');
});

test('the historical bytes are those that T0 announces', () => {
  assert.equal(
    toHex(readAtr(fromHex('3B9F96803FC7828031E073FE211B57AA8660F0020001FD')).historical),
    '8031E073FE211B57AA8660F0020001',
  );
});

test('an ATR that ends early is refused at the place', () => {
  for (const [atr, path] of [
    ['', /ends before TS/],
    ['3B', /ends before T0/],
    ['00', /TS/],
    ['3B90', /ends before TA1/],
    ['3B80', /ends before TD1/],
    ['3B0512', /historical/],
  ] as const) {
    assert.throws(
      () => readAtr(fromHex(atr)),
      (error) => error instanceof DecodeError && path.test(error.message),
      atr,
    );
  }
});
