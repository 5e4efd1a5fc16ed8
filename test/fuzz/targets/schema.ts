/**
 * Every data object of `src/sgp22`: octets either are one, and then what was read can be written and reads the same
 * again, or they are refused.
 */
import { isDeepStrictEqual } from 'node:util';
import { readHeader } from '../../../src/lpa/asn1/tlv.ts';
import { fromHex } from '../../../src/lpa/bytes.ts';
import { DecodeError } from '../../../src/lpa/errors.ts';
import { REGISTRY, registered } from '../../../src/lpa/sgp22/registry.ts';
import { jsonText } from '../../../src/terminal/safe-text.ts';
import { mutateTlv } from '../mutate.ts';
import { randomOf } from '../random.ts';
import { sampleOf } from '../sample.ts';
import { Finding, outcomeNow, type Target } from '../target.ts';

export const schema: Target = {
  name: 'schema',
  mutate: mutateTlv,
  words: ['EFBBBF', 'FFFFFFFFFFFFFFFF', '00FFFFFFFFFFFF', '8080808001', 'ED A0 80'.replaceAll(' ', '')].map(fromHex),
  seeds() {
    const random = randomOf(1);
    return REGISTRY.flatMap(({ object }) => [sampleOf(object, random, 1), sampleOf(object, random, 0.5)]);
  },
  run(input) {
    const entries = registered(tagOf(input));
    if (entries.length === 0) return 'unknown';
    return entries.map(({ object }) => outcomeNow(() => check(object, input))).join('; ');
  },
};

function check(object: (typeof REGISTRY)[number]['object'], input: Uint8Array): void {
  const value: unknown = object.decode(input);
  const written = object.encode(value);
  let again: unknown;
  try {
    again = object.decode(written);
  } catch (error) {
    throw new Finding(`${object.name}: what was written cannot be read`, { cause: error });
  }
  if (!isDeepStrictEqual(again, value)) throw new Finding(`${object.name}: reads otherwise when it was written`);
  jsonText(value);
}

function tagOf(input: Uint8Array): number {
  try {
    return readHeader(input, 0, '').tag;
  } catch (error) {
    if (error instanceof DecodeError) return -1;
    throw error;
  }
}
