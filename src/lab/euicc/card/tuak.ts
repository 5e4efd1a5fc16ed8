/**
 * TUAK: f1 to f5* on the permutation Keccak-f[1600]. 3GPP TS 35.231 §6.
 *
 *     TOPc or TOP (32) | INSTANCE (1) | ALGONAME (7) | RAND (16) | AMF (2) | SQN (6) | K (16 or 32, zeros behind) |
 *     padding 1F 00..00 80 (40) | zeros (64)
 *
 * The specification numbers bits from the other end: each field stands with its octets in reverse order.
 */
import { keccakP } from '@noble/hashes/sha3.js';
import { utf8Bytes } from '../../../lpa/bytes.ts';
import type { AkaAlgorithm } from './aka.ts';

export interface TuakKeys {
  /** K, 16 or 32 octets. */
  readonly key: Uint8Array;
  readonly topc: Uint8Array;
  /** How often the permutation is applied. */
  readonly iterations: number;
  readonly macOctets?: 8 | 16 | 32;
  readonly resOctets: number;
  readonly ckOctets?: 16 | 32;
  readonly ikOctets?: 16 | 32;
}

const ALGONAME = utf8Bytes('TUAK1.0');
/** Where the fields stand in IN and OUT. */
const AT = { top: 0, instance: 32, algoName: 33, rand: 40, amf: 56, sqn: 58, key: 64, padding: 96 } as const;
/** INSTANCE of f1, f1*, f2 to f5 and f5*, without the bits for lengths. */
const INSTANCE = { topc: 0x00, f1: 0x00, f1Star: 0x80, f2345: 0x40, f5Star: 0xc0 } as const;
const LONG_KEY = 0x01;
const LONG_IK = 0x02;
const LONG_CK = 0x04;

interface Fields {
  readonly top: Uint8Array;
  readonly key: Uint8Array;
  readonly instance: number;
  readonly rand?: Uint8Array;
  readonly sqn?: Uint8Array;
  readonly amf?: Uint8Array;
}

/** Returns TOPc, the operator's constant TOP under the subscriber's key. */
export const topcOf = (key: Uint8Array, top: Uint8Array, iterations: number): Uint8Array =>
  taken(permuted({ top, key, instance: INSTANCE.topc }, iterations), 0, 32);

/** @throws {RangeError} for keys of another length, or more than 255 iterations */
export function tuak(keys: TuakKeys): AkaAlgorithm {
  const { key, topc: top, iterations, macOctets = 8, resOctets, ckOctets = 16, ikOctets = 16 } = keys;
  if ((key.length !== 16 && key.length !== 32) || top.length !== 32)
    throw new RangeError('TUAK: K has 16 or 32 octets, TOPc has 32');
  if (iterations < 1 || iterations > 255) throw new RangeError('TUAK: 1 to 255 iterations');
  const mac = (instance: number, rand: Uint8Array, sqn: Uint8Array, amf: Uint8Array): Uint8Array =>
    taken(permuted({ top, key, rand, sqn, amf, instance: instance | macOctets }, iterations), 0, macOctets);
  return {
    f1: (rand, sqn, amf) => mac(INSTANCE.f1, rand, sqn, amf),
    f1Star: (rand, sqn, amf) => mac(INSTANCE.f1Star, rand, sqn, amf),
    f2345(rand) {
      // RES of 4, 8, 16, 32 octets: 000, 001, 010, 100 in b6 to b4.
      const lengths = ((resOctets >> 3) << 3) | (ckOctets === 32 ? LONG_CK : 0) | (ikOctets === 32 ? LONG_IK : 0);
      const out = permuted({ top, key, rand, instance: INSTANCE.f2345 | lengths }, iterations);
      return {
        res: taken(out, 0, resOctets),
        ck: taken(out, 32, ckOctets),
        ik: taken(out, 64, ikOctets),
        ak: taken(out, 96, 6),
      };
    },
    f5Star: (rand) => taken(permuted({ top, key, rand, instance: INSTANCE.f5Star }, iterations), 96, 6),
  };
}

function permuted({ top, key, instance, rand, sqn, amf }: Fields, iterations: number): Uint8Array {
  const state = new Uint8Array(200);
  const put = (field: Uint8Array, at: number): void => state.set(field.toReversed(), at);
  put(top, AT.top);
  state[AT.instance] = instance | (key.length === 32 ? LONG_KEY : 0);
  put(ALGONAME, AT.algoName);
  if (rand) put(rand, AT.rand);
  if (amf) put(amf, AT.amf);
  if (sqn) put(sqn, AT.sqn);
  put(key, AT.key);
  state[AT.padding] = 0x1f;
  state[135] = 0x80;
  const words = new Uint32Array(state.buffer);
  for (let i = 0; i < iterations; i++) keccakP(words);
  return state;
}

/** A field of OUT. */
const taken = (out: Uint8Array, at: number, octets: number): Uint8Array => out.slice(at, at + octets).toReversed();
