/** The USIM test algorithm, exclusive or throughout. 3GPP TS 34.108 §8.1.2. */
import { concat } from '../../../lpa/bytes.ts';
import { type AkaAlgorithm, xor } from './aka.ts';

/** @param resOctets octets of RES, 4 to 16 */
export function testAlgorithm({ key, resOctets }: { readonly key: Uint8Array; readonly resOctets: number }): AkaAlgorithm {
  if (key.length !== 16) throw new RangeError('test algorithm: K has 16 octets');
  const xdout = (rand: Uint8Array): Uint8Array => xor(key, rand);
  const mac = (rand: Uint8Array, sqn: Uint8Array, amf: Uint8Array): Uint8Array => xor(xdout(rand).slice(0, 8), concat(sqn, amf));
  const rotated = (block: Uint8Array, octets: number): Uint8Array => concat(block.subarray(octets), block.subarray(0, octets));
  const ak = (rand: Uint8Array): Uint8Array => xdout(rand).slice(3, 9);
  return {
    f1: mac,
    f1Star: mac,
    f2345(rand) {
      const block = xdout(rand);
      return { res: block.slice(0, resOctets), ck: rotated(block, 1), ik: rotated(block, 2), ak: ak(rand) };
    },
    f5Star: ak,
  };
}
