import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { preloadProfile } from '../../../src/lab/euicc/state.ts';
import { buildProfilePackage } from '../../../src/lab/profile/build.ts';
import { encodeTlv } from '../../../src/lpa/asn1/tlv.ts';
import { concat } from '../../../src/lpa/bytes.ts';
import { listNotification } from '../../../src/lpa/es10/es10b.ts';
import { getEid, getProfilesInfo } from '../../../src/lpa/es10/es10c.ts';
import { bench, openIsdr } from './harness.ts';
import { boundPackage, ICCID, installInSegments, METADATA, readResult } from './package.ts';
import { authenticate, sharedServer } from './server.ts';

const octets = (max: number) => fc.uint8Array({ minLength: 0, maxLength: max });

/** Every function's tag, and some that nobody has. */
const TAGS = [
  0xbf20, 0xbf21, 0xbf22, 0xbf28, 0xbf29, 0xbf2b, 0xbf2d, 0xbf2e, 0xbf30, 0xbf31, 0xbf32, 0xbf33, 0xbf34, 0xbf35, 0xbf36, 0xbf38,
  0xbf3c, 0xbf3e, 0xbf3f, 0xbf41, 0xbf43, 0xbf56, 0xbf7f, 0x86, 0x87, 0x88, 0xa0, 0xa1, 0xa2, 0xa3,
];
const INNER = [
  0x30, 0x80, 0x81, 0x82, 0x83, 0x84, 0x5a, 0x4f, 0x5c, 0x90, 0x91, 0x92, 0xa0, 0xa1, 0x04, 0x01, 0x5f37, 0x5f49, 0x9f70, 0xbf22,
];

/** Data objects within data objects, of tags that mean something. */
const object: fc.Arbitrary<Uint8Array> = fc.letrec<{ tlv: Uint8Array }>((tie) => ({
  tlv: fc
    .tuple(
      fc.constantFrom(...INNER),
      fc.oneof(
        { maxDepth: 3 },
        octets(20),
        fc.array(tie('tlv'), { maxLength: 4 }).map((list) => concat(...list)),
      ),
    )
    .map(([tag, content]) => encodeTlv(tag, content)),
})).tlv;
const request = fc
  .tuple(fc.constantFrom(...TAGS), fc.array(object, { maxLength: 5 }))
  .map(([tag, members]) => encodeTlv(tag, concat(...members)));

const storeData = (data: Uint8Array): Uint8Array[] => {
  const blocks: Uint8Array[] = [];
  for (let at = 0, n = 0; at === 0 || at < data.length; at += 255, n++) {
    const block = data.subarray(at, at + 255);
    blocks.push(concat(Uint8Array.of(0x80, 0xe2, at + 255 >= data.length ? 0x91 : 0x11, n & 0xff, block.length), block));
  }
  return blocks;
};

test('no command, whatever it is, leaves the card without an answer', async () => {
  const { card, state } = await bench();
  preloadProfile(state, METADATA, { enabled: true });
  const command = fc.oneof(
    octets(40),
    fc
      .tuple(
        fc.constantFrom(0x00, 0x80, 0x01, 0x81, 0x40, 0xc0),
        fc.constantFrom(0x10, 0x12, 0x14, 0x20, 0x2c, 0x70, 0xa4, 0xaa, 0xb0, 0xb2, 0xc0, 0xc2, 0xca, 0xd6, 0xdc, 0xe2, 0xf2),
        fc.nat(255),
        fc.nat(255),
        octets(30),
      )
      .map(([cla, ins, p1, p2, data]) => Uint8Array.of(cla, ins, p1, p2, data.length, ...data)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 8 }), async (commands) => {
      await card.powerOn();
      for (const each of commands) {
        const answer = await card.transmit(each);
        assert.ok(answer.length >= 2 && answer.length <= 258);
      }
    }),
    { numRuns: 400 },
  );
});

test('no data object, whatever stands in it, throws anything out of the card; the EID is still told', async () => {
  const server = await sharedServer();
  await fc.assert(
    fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 4 }), fc.boolean(), async (requests, inSession) => {
      const { card, state } = await bench();
      preloadProfile(state, METADATA);
      await using isdr = await openIsdr(card);
      if (inSession) await authenticate(isdr, server);
      for (const data of requests) {
        for (const block of storeData(data)) {
          const channel = concat(Uint8Array.of(0x81), block.subarray(1));
          assert.ok((await card.transmit(channel)).length >= 2);
        }
      }
      await isdr.reset();
      assert.equal((await getEid(isdr)).length, 32);
    }),
    { numRuns: 150 },
  );
});

test('a package with any octet changed ends in a signed result, or in one refused segment; never otherwise', async () => {
  const server = await sharedServer();
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 255 }), async (where, change) => {
      const { card, state } = await bench();
      await using isdr = await openIsdr(card);
      const { bpp } = await boundPackage(isdr, server);
      const broken = bpp.map((octet, i) => (i === where % bpp.length ? octet ^ change : octet));
      let result: Uint8Array = new Uint8Array();
      for (let at = 0; at < broken.length && result.length === 0; at += 900) {
        try {
          result = await isdr.storeData(broken.subarray(at, at + 900), 'segment');
        } catch {
          break; // BF36 itself was changed: no segment of a package, no function
        }
      }
      if (result.length > 0) readResult(result);
      else await isdr.reset();
      assert.equal(state.profiles.length, 0);
      assert.equal(state.loading, undefined);
    }),
    { numRuns: 120 },
  );
});

test('metadata and elements, whatever an SM-DP+ signs, end in a signed result', async () => {
  const server = await sharedServer();
  const good = buildProfilePackage({ iccid: ICCID, size: 3000 });
  const mutated = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }).map((changes) => {
    const upp = Uint8Array.from(good);
    for (const [at, octet] of changes) upp[at] = octet;
    return upp;
  });
  const iccid = fc.uint8Array({ minLength: 10, maxLength: 10 }).map((content) => encodeTlv(0x5a, content));
  const names = Uint8Array.of(0x91, 0x01, 0x41, 0x92, 0x01, 0x42);
  const metadata = fc
    .tuple(iccid, fc.array(object, { maxLength: 2 }))
    .map(([first, more]) => encodeTlv(0xbf25, concat(first, names, ...more)));
  const changes = fc.oneof(
    mutated.map((upp) => ({ upp })),
    metadata.map((metadataOctets) => ({ metadataOctets })),
  );
  await fc.assert(
    fc.asyncProperty(changes, async (change) => {
      const { card } = await bench();
      await using isdr = await openIsdr(card);
      const { bpp } = await boundPackage(isdr, server, change);
      const { data } = await installInSegments(isdr, [bpp]);
      assert.ok(data.finalResult);
      await getProfilesInfo(isdr);
      await listNotification(isdr);
    }),
    { numRuns: 150 },
  );
});
