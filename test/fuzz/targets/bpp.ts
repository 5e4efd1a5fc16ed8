/** Bound packages: segments are the package, cut; the card puts any cuts together to the same pieces. */

import { packageStream, StreamError } from '../../../src/lab/euicc/es10/package-stream.ts';
import { encodeTlv } from '../../../src/lpa/asn1/tlv.ts';
import { concat, equalBytes, fromHex, toHex } from '../../../src/lpa/bytes.ts';
import { metadataOf, readBoundProfilePackage, segmentsOf } from '../../../src/lpa/sgp22/bpp.ts';
import { mutateTlv } from '../mutate.ts';
import { hashOf, randomOf } from '../random.ts';
import { Finding, outcomeNow, type Target } from '../target.ts';

/** No card's: what is compared is how the octets are cut. */
const MAX_SEGMENT = 4096;

export const bpp: Target = {
  name: 'bpp',
  mutate: mutateTlv,
  seeds: () => [samplePackage(true), samplePackage(false)],
  run: (input) => `${outcomeNow(() => checkCuts(input))}; ${checkStream(input)}`,
};

function checkCuts(input: Uint8Array): void {
  const pkg = readBoundProfilePackage(input);
  const segments = [...segmentsOf(pkg)];
  if (!equalBytes(concat(...segments), input)) throw new Finding('the segments are not the package');
  if (segments.some(({ length }) => length === 0)) throw new Finding('an empty segment');
  metadataOf(pkg);
  const pieces = piecesOf(segments);
  if (pieces.startsWith('error') && !/at most|BF23 of|length field|octets stand after|longer than/.test(pieces))
    throw new Finding(`a package that was found good is refused by the card: ${pieces}`);
}

/** Whatever the octets are: cut anywhere, they give the same pieces, or are refused alike. */
function checkStream(input: Uint8Array): string {
  const random = randomOf(hashOf(input));
  const whole = piecesOf([input]);
  for (let i = 0; i < 3; i++) {
    const cuts: Uint8Array[] = [];
    for (let at = 0; at < input.length; ) {
      const length = random.chance(0.3) ? 1 : 1 + random.int(300);
      cuts.push(input.subarray(at, at + length));
      at += length;
    }
    if (piecesOf(cuts) !== whole) throw new Finding('other cuts give other pieces');
  }
  return whole.replace(/[0-9A-F]+|\d+/g, '#').slice(0, 80);
}

function piecesOf(cuts: readonly Uint8Array[]): string {
  const stream = packageStream(MAX_SEGMENT);
  const pieces: string[] = [];
  try {
    for (const cut of cuts) {
      for (const { command, tag, bytes, last } of stream.push(cut)) pieces.push(`${command} ${tag} ${toHex(bytes)} ${last}`);
    }
  } catch (error) {
    if (error instanceof StreamError) return `error ${error.message}`;
    throw error;
  }
  return pieces.join('\n');
}

/** One without keys that anybody holds: the outer form is right. */
export function samplePackage(replaceKeys: boolean): Uint8Array {
  const sealed = (tag: number, octets: number): Uint8Array => encodeTlv(tag, new Uint8Array(octets).fill(0x5a));
  const metadata = fromHex('BF251E5A0A980021436587092143F191084F70657261746F729205416C706861');
  return encodeTlv(
    0xbf36,
    concat(
      encodeTlv(
        0xbf23,
        concat(
          fromHex('820101800411223344A60D800188810110840568656C6C6F'),
          encodeTlv(0x5f49, new Uint8Array(65).fill(4)),
          encodeTlv(0x5f37, new Uint8Array(64).fill(1)),
        ),
      ),
      encodeTlv(0xa0, sealed(0x87, 24)),
      encodeTlv(0xa1, encodeTlv(0x88, concat(metadata, new Uint8Array(8)))),
      ...(replaceKeys ? [encodeTlv(0xa2, sealed(0x87, 72))] : []),
      encodeTlv(0xa3, concat(sealed(0x86, 1016), sealed(0x86, 200), sealed(0x86, 40))),
    ),
  );
}
