/** Milenage: f1 to f5* on AES-128. 3GPP TS 35.206 §4.1. */
import { createCipheriv } from 'node:crypto';
import { concat } from '../../../lpa/bytes.ts';
import { type AkaAlgorithm, xor } from './aka.ts';

export interface MilenageKeys {
  /** K, 16 octets. */
  readonly key: Uint8Array;
  readonly opc: Uint8Array;
  /** r1 to r5 in bits, one octet each. */
  readonly rotations: Uint8Array;
  /** c1 to c5, 16 octets each. */
  readonly constants: Uint8Array;
  /** Octets of RES: 4 or 8. */
  readonly resOctets: number;
}

/** Returns OPc, the operator's constant OP under the subscriber's key. */
export const opcOf = (key: Uint8Array, op: Uint8Array): Uint8Array => xor(encrypt(key, op), op);

/** @throws {RangeError} for keys of another length */
export function milenage({ key, opc, rotations, constants, resOctets }: MilenageKeys): AkaAlgorithm {
  if (key.length !== 16 || opc.length !== 16) throw new RangeError('Milenage: K and OPc have 16 octets');
  const rotation = (n: number): number => (rotations[n - 1] ?? 0) / 8;
  const constant = (n: number): Uint8Array => constants.subarray(16 * (n - 1), 16 * n);

  const temp = (rand: Uint8Array): Uint8Array => encrypt(key, xor(rand, opc));

  /** OUT1: MAC-A, then MAC-S. */
  function out1(rand: Uint8Array, sqn: Uint8Array, amf: Uint8Array): Uint8Array {
    const in1 = concat(sqn, amf, sqn, amf);
    const block = xor(xor(temp(rand), rotate(xor(in1, opc), rotation(1))), constant(1));
    return xor(encrypt(key, block), opc);
  }

  /** OUT2 to OUT5. */
  const out = (n: number, rand: Uint8Array): Uint8Array =>
    xor(encrypt(key, xor(rotate(xor(temp(rand), opc), rotation(n)), constant(n))), opc);

  return {
    f1: (rand, sqn, amf) => out1(rand, sqn, amf).slice(0, 8),
    f1Star: (rand, sqn, amf) => out1(rand, sqn, amf).slice(8),
    f2345(rand) {
      const out2 = out(2, rand);
      return { res: out2.slice(8, 8 + resOctets), ck: out(3, rand), ik: out(4, rand), ak: out2.slice(0, 6) };
    },
    f5Star: (rand) => out(5, rand).slice(0, 6),
  };
}

/** To the left, by whole octets: every r of TS 35.206 is a multiple of eight. */
const rotate = (block: Uint8Array, octets: number): Uint8Array => block.map((_, i) => block[(i + octets) % 16]!);

function encrypt(key: Uint8Array, block: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false);
  return Uint8Array.from(cipher.update(block));
}
