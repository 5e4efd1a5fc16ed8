/** Packages shaped like the test profiles of GSMA TS.48, which real cards install: 5G, SUCI, BER-TLV files, sizes without content. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodePackage, type PackagePart, profileElements } from '../../../src/lab/profile/build.ts';
import type { CardInReader } from '../../../src/lab/readers/reader.ts';
import { parseTlv } from '../../../src/lpa/asn1/tlv.ts';
import { fromHex } from '../../../src/lpa/bytes.ts';
import { deleteProfile, disableProfile, enableProfile, getProfilesInfo } from '../../../src/lpa/es10/es10c.ts';
import type { ElementChoice } from '../../../src/lpa/saip/elements.ts';
import { fcp } from '../../../src/lpa/saip/file.ts';
import { numberOf } from '../../../src/lpa/saip/types.ts';
import { bench, openIsdr, play } from './harness.ts';
import { ICCID, install } from './package.ts';
import { sharedServer } from './server.ts';

const FIVE_G: readonly PackagePart[] = ['telecom', 'opt-usim', 'gsm-access', 'df-5gs', 'df-saip', 'isim', 'opt-isim', 'ber-tlv'];

const shapes: Readonly<Record<string, () => ElementChoice[]>> = {
  '5G, SUCI and BER-TLV files, version 2.3': () => profileElements({ iccid: ICCID, version: '2.3', parts: FIVE_G }),
  '5G, SUCI and BER-TLV files, version 3.1': () => profileElements({ iccid: ICCID, version: '3.1', parts: FIVE_G }),
  '5G, SUCI and BER-TLV files, version 3.3': () => profileElements({ iccid: ICCID, version: '3.3', parts: FIVE_G }),
  '5G without BER-TLV files, with the test algorithm': () =>
    profileElements({
      iccid: ICCID,
      algorithm: 'usim-test-algorithm',
      testProfile: true,
      parts: FIVE_G.filter((part) => part !== 'ber-tlv'),
    }),
  'every file of DF.5GS as its template has it': () =>
    profileElements({ iccid: ICCID, parts: FIVE_G }).map((element): ElementChoice => {
      if (!('df-5gs' in element)) return element;
      const bare = {
        'ef-5gauthkeys': [{ fileDescriptor: fcp({ fileID: '4F05' }) }],
        'ef-uac-aic': [{ fillFileContent: new Uint8Array(1) }],
      };
      return { 'df-5gs': { ...element['df-5gs'], ...bare } };
    }),
};

/** Sizes as TS 31.102 §4.4.11 has them, or as the package gives them; SELECT answers with them in tag 80. */
const FILES: readonly (readonly [fid: string, size: number, read: string])[] = [
  ['4F01', 20, '> 00 B0 00 00 14 \n < FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000001 9000'],
  ['4F02', 20, '> 00 B0 00 00 14 \n < FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000001 9000'],
  ['4F05', 110, `> 00 B0 00 00 6E \n < ${'FF'.repeat(110)} 9000`],
  ['4F06', 4, '> 00 B0 00 00 04 \n < 00 .. 9000'],
  ['4F07', 118, `> 00 B0 00 00 76 \n < A0020000${'FF'.repeat(114)} 9000`],
  ['4F08', 50, `> 00 B2 05 04 0A \n < ${'FF'.repeat(10)} 9000`],
  ['4F09', 20, `> 00 B0 00 00 14 \n < ${'FF'.repeat(20)} 9000`],
  ['4F0A', 4, '> 00 B0 00 00 04 \n < F0FF0000 9000'],
];

/** What SELECT by file identifier says of the size of a file. */
async function sizeOf(card: CardInReader, fid: string): Promise<number> {
  const short = await card.transmit(fromHex(`00A4000402${fid}`));
  const answer = short[0] === 0x61 ? await card.transmit(Uint8Array.of(0x00, 0xc0, 0x00, 0x00, short[1] ?? 0)) : short;
  const size = parseTlv(answer.subarray(0, -2)).children.find(({ tag }) => tag === 0x80);
  return size ? numberOf(size.content) : -1;
}

for (const [name, elements] of Object.entries(shapes)) {
  test(`${name}: installs, is listed, enabled, read, disabled and deleted`, async () => {
    const { card } = await bench();
    await using isdr = await openIsdr(card);
    const { data } = await install(isdr, await sharedServer(), { upp: encodePackage(elements()) });
    assert.ok('successResult' in data.finalResult, JSON.stringify(data.finalResult));
    assert.deepEqual(
      (await getProfilesInfo(isdr)).map(({ iccid, profileState }) => [iccid, profileState]),
      [[ICCID, 'disabled']],
    );
    await enableProfile(isdr, { iccid: ICCID }, false);
    await play(card, '> 00 A4 04 0C 07 A0000000871002 \n < 9000 \n > 00 A4 00 0C 02 5FC0 \n < 9000');
    for (const [fid, size, read] of FILES) {
      assert.equal(await sizeOf(card, fid), size, fid);
      await play(card, read);
    }
    if (!name.includes('without BER-TLV')) assert.equal(await sizeOf(card, '4F0B'), 1024);
    await disableProfile(isdr, { iccid: ICCID }, false);
    await deleteProfile(isdr, { iccid: ICCID });
    assert.deepEqual(await getProfilesInfo(isdr), []);
  });
}
