/** Programs nobody here wrote: other blocks, other class bytes, Le or not, channels left open, the basic channel, FCP instead of FCI. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { preloadProfile } from '../../../src/lab/euicc/state.ts';
import type { CardInReader } from '../../../src/lab/readers/reader.ts';
import { concat, fromHex, toHex } from '../../../src/lpa/bytes.ts';
import { Isdr } from '../../../src/lpa/es10/isdr.ts';
import { bench, openIsdr, play } from './harness.ts';
import { boundPackage, METADATA, readResult } from './package.ts';
import { sharedServer } from './server.ts';

const ISDR = 'A0000005591010FFFFFFFF8900000100';

/** How a program speaks: octets a block, class of GET RESPONSE, whether Le stands after data at T=0. */
interface Style {
  readonly block: number;
  readonly getResponse: (channel: number) => number;
  readonly le: boolean;
}

async function storeData(card: CardInReader, channel: number, data: Uint8Array, style: Style): Promise<Uint8Array> {
  let answer: Uint8Array = new Uint8Array();
  for (let at = 0, n = 0; at < data.length; at += style.block, n++) {
    const block = data.subarray(at, at + style.block);
    const last = at + style.block >= data.length;
    const header = Uint8Array.of(0x80 | channel, 0xe2, last ? 0x91 : 0x11, n, block.length);
    let response = await card.transmit(concat(header, block, style.le ? Uint8Array.of(0) : new Uint8Array()));
    const parts: Uint8Array[] = [response.subarray(0, -2)];
    while (response.at(-2) === 0x61) {
      response = await card.transmit(Uint8Array.of(style.getResponse(channel), 0xc0, 0, 0, response.at(-1) ?? 0));
      parts.push(response.subarray(0, -2));
    }
    assert.match(toHex(response.subarray(-2)), /^(9000|91..)$/);
    answer = concat(...parts);
    if (answer.length > 0) return answer;
  }
  return answer;
}

const styles: readonly [string, Style][] = [
  ['blocks of 120 octets, GET RESPONSE with class 8X', { block: 120, getResponse: (channel) => 0x80 | channel, le: false }],
  ['blocks of 254 octets and an Le', { block: 254, getResponse: (channel) => channel, le: true }],
  ['blocks of 255 octets', { block: 255, getResponse: (channel) => channel, le: false }],
];
for (const [what, style] of styles) {
  test(`a package is loaded by a program with ${what}`, async () => {
    const { card } = await bench();
    const isdr = await openIsdr(card);
    assert.ok(isdr instanceof Isdr);
    const { bpp } = await boundPackage(isdr, await sharedServer());
    let result: Uint8Array = new Uint8Array();
    for (let at = 0; at < bpp.length && result.length === 0; at += 1500) {
      result = await storeData(card, 1, bpp.subarray(at, at + 1500), style);
    }
    assert.ok('successResult' in readResult(result).data.finalResult);
    assert.equal(toHex(await storeData(card, 1, fromHex('BF3E035C015A'), style)), 'BF3E125A1089049032123451234512345678901235');
  });
}

test('a session over the basic channel with an Le after data, as a reader of its own drives it', async () => {
  const { card, state } = await bench();
  preloadProfile(state, { ...METADATA, iccid: '8900012345678901234' });
  await card.powerOn();
  await play(
    card,
    `> 00 A4 04 00 10 ${ISDR} 00
     < 61 21
     > 00 C0 00 00 21
     < 6F1F 8410 ${ISDR} A504 9F6501FF E005 8203 020500 9000
     > 80 E2 91 00 03 BF22 00 00
     < 61 ..
     > 80 E2 91 00 06 BF3E 03 5C015A 00
     < 61 15
     > 00 C0 00 00 15
     < BF3E 12 5A10 89049032123451234512345678901235 9000
     > 80 E2 91 00 14 BF31 11 A00C 5A0A 980010325476981032F4 810100 00
     < 61 06
     > 00 C0 00 00 06
     < BF31 03 800100 9000
     > 80 E2 91 00 03 BF28 00 00
     < 61 ..
     > 80 E2 91 00 14 BF32 11 A00C 5A0A 980010325476981032F4 810100 00
     < 61 06
     > 00 C0 00 00 06
     < BF32 03 800100 9000`,
  );
});

test('channels left open by the program before are free after a reset, and two can have the ISD-R at once', async () => {
  const { card } = await bench();
  await card.powerOn();
  for (let n = 0; n < 19; n++) await card.transmit(fromHex('0070000001'));
  await play(card, '> 00 70 00 00 01 \n < 6A81');
  await card.powerOn();
  await play(
    card,
    `> 00 70 00 00 01
     < 01 9000
     > 00 70 00 00 01
     < 02 9000
     > 01 A4 04 0C 10 ${ISDR}
     < 9000
     > 02 A4 04 04 10 ${ISDR}
     < 61 21
     > 81 E2 11 00 03 BF3E03       # blocks of two programs do not mix
     < 9000
     > 82 E2 91 00 06 BF3E035C015A
     < 61 15
     > 81 E2 91 01 03 5C015A
     < 61 15
     > 02 C0 00 00 15
     < BF3E 12 5A10 89049032123451234512345678901235 9000
     > 01 C0 00 00 15
     < BF3E 12 5A10 89049032123451234512345678901235 9000`,
  );
});
