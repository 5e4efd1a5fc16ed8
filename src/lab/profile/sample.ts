/** Keys and filler for packages that the lab builds: samples, nothing to protect with. */
import { equalBytes, utf8Bytes } from '../../lpa/bytes.ts';

/** The network key that everybody knows, of a Profile of class test: 00 01 02 ... (TS.48). */
export const testKey = (octets: number): Uint8Array => Uint8Array.from({ length: octets }, (_, i) => i);
export const isTestKey = (key: Uint8Array): boolean => equalBytes(key, testKey(key.length));

/** Octets that differ from seed to seed and are the same each time; they do not compress. */
export function sampleOctets(seed: string, length: number): Uint8Array {
  let state = utf8Bytes(seed).reduce((hash, octet) => Math.imul(hash ^ octet, 0x01000193), 0x811c9dc5) | 1;
  const octets = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    octets[i] = state;
  }
  return octets;
}
