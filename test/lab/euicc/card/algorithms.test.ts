import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AkaAlgorithm, gsmTriplet } from '../../../../src/lab/euicc/card/aka.ts';
import { milenage, opcOf } from '../../../../src/lab/euicc/card/milenage.ts';
import { testAlgorithm } from '../../../../src/lab/euicc/card/test-algorithm.ts';
import { topcOf, tuak } from '../../../../src/lab/euicc/card/tuak.ts';
import { fromHex, toHex } from '../../../../src/lpa/bytes.ts';
import { ALGO_DEFAULTS } from '../../../../src/lpa/saip/pins-and-keys.ts';
import { MILENAGE_SETS, TUAK_SETS } from './test-sets.ts';

const CONSTANTS = { rotations: ALGO_DEFAULTS.rotationConstants, constants: ALGO_DEFAULTS.xoringConstants };

function valuesOf(algorithm: AkaAlgorithm, rand: string, sqn: string, amf: string) {
  const { res, ck, ik, ak } = algorithm.f2345(fromHex(rand));
  return {
    f1: hex(algorithm.f1(fromHex(rand), fromHex(sqn), fromHex(amf))),
    f1Star: hex(algorithm.f1Star(fromHex(rand), fromHex(sqn), fromHex(amf))),
    f2: hex(res),
    f3: hex(ck),
    f4: hex(ik),
    f5: hex(ak),
    f5Star: hex(algorithm.f5Star(fromHex(rand))),
  };
}
const hex = (octets: Uint8Array): string => toHex(octets).toLowerCase();

for (const { set, k, op, opc, rand, sqn, amf, ...expected } of MILENAGE_SETS) {
  test(`Milenage gives the values of test set ${set} of TS 35.207 and TS 35.208`, () => {
    const key = fromHex(k);
    assert.equal(hex(opcOf(key, fromHex(op))), opc);
    const algorithm = milenage({ key, opc: fromHex(opc), ...CONSTANTS, resOctets: 8 });
    assert.deepEqual(valuesOf(algorithm, rand, sqn, amf), expected);
  });
}

for (const { set, iterations, k, top, topc, rand, sqn, amf, ...expected } of TUAK_SETS) {
  test(`TUAK gives the values of test set ${set} of TS 35.233`, () => {
    const key = fromHex(k);
    assert.equal(hex(topcOf(key, fromHex(top), iterations)), topc);
    const octets = (text: string) => text.length / 2;
    const algorithm = tuak({
      key,
      topc: fromHex(topc),
      iterations,
      macOctets: octets(expected.f1) as 8 | 16 | 32,
      resOctets: octets(expected.f2),
      ckOctets: octets(expected.f3) as 16 | 32,
      ikOctets: octets(expected.f4) as 16 | 32,
    });
    assert.deepEqual(valuesOf(algorithm, rand, sqn, amf), expected);
  });
}

test('the test algorithm gives the values that another implementation of TS 34.108 prints', () => {
  // flipk/pfk-milenage, main.cc: K 00 to 0F, RAND of 34, SQN 1, AMF 8000.
  const algorithm = testAlgorithm({ key: fromHex('000102030405060708090a0b0c0d0e0f'), resOctets: 16 });
  assert.deepEqual(valuesOf(algorithm, '34'.repeat(16), '000000000001', '8000'), {
    f1: '343536373030b233',
    f1Star: '343536373030b233',
    f2: '34353637303132333c3d3e3f38393a3b',
    f3: '353637303132333c3d3e3f38393a3b34',
    f4: '3637303132333c3d3e3f38393a3b3435',
    f5: '37303132333c',
    f5Star: '37303132333c',
  });
});

test('SRES and Kc of a GSM challenge follow c2 and c3', () => {
  // Test set 1 of TS 55.205, which takes K, OPc and RAND of test set 1 of TS 35.207.
  const [{ k, opc, rand }] = MILENAGE_SETS;
  const algorithm = milenage({ key: fromHex(k), opc: fromHex(opc), ...CONSTANTS, resOctets: 8 });
  const { sres, kc } = gsmTriplet(algorithm.f2345(fromHex(rand)));
  assert.deepEqual([hex(sres), hex(kc)], ['46f8416a', 'eae4be823af9a08b']);
});

test('keys of the wrong length are refused', () => {
  assert.throws(() => milenage({ key: new Uint8Array(15), opc: new Uint8Array(16), ...CONSTANTS, resOctets: 8 }), RangeError);
  assert.throws(() => tuak({ key: new Uint8Array(16), topc: new Uint8Array(16), iterations: 1, resOctets: 8 }), RangeError);
  assert.throws(() => tuak({ key: new Uint8Array(16), topc: new Uint8Array(32), iterations: 0, resOctets: 8 }), RangeError);
  assert.throws(() => testAlgorithm({ key: new Uint8Array(8), resOctets: 8 }), RangeError);
});
