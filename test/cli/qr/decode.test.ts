import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { concat, utf8Bytes } from '../../../src/bytes.ts';
import { readCodes } from '../../../src/cli/qr/decode.ts';
import { pictureKind } from '../../../src/cli/qr/picture.ts';
import { UsageError } from '../../../src/errors.ts';
import { codePicture, greyPng } from '../../../src/lab/picture.ts';

const CODE = 'LPA:1$smdp.example.com$04386-AGYFT-A74Y8-3F815';

const saying = (message: string | RegExp) => (error: unknown) =>
  error instanceof UsageError && (typeof message === 'string' ? error.message === message : message.test(error.message));

for (const scale of [1, 2, 3, 8, 20]) {
  test(`a PNG with ${scale} pixel${scale === 1 ? '' : 's'} a module is read`, async () => {
    assert.deepEqual(await readCodes(await codePicture(CODE, scale)), [CODE]);
  });
}

test('a picture without a code says what was looked at', async () => {
  await assert.rejects(
    readCodes(greyPng(300, 200, new Uint8Array(300 * 200).fill(200))),
    saying('picture: no QR code found in a PNG picture of 300 x 200 pixels'),
  );
});

test('a damaged, endless or unknown file is a usage error', async () => {
  const picture = await codePicture(CODE);
  await assert.rejects(readCodes(picture.subarray(0, picture.length / 2)), saying('picture: the PNG file is damaged'));
  await assert.rejects(
    readCodes(picture.map((octet, i) => (i > 60 && i < 80 ? octet ^ 0x55 : octet))),
    saying('picture: the PNG file is damaged'),
  );
  const huge = Uint8Array.from(picture);
  huge.set([0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff], 16);
  await assert.rejects(readCodes(huge), saying('picture: 65535 x 65535 pixels are too many'));
  await assert.rejects(readCodes(picture.subarray(0, 12)), saying('picture: the PNG file is damaged'));
  await assert.rejects(readCodes(utf8Bytes(CODE)), saying('picture: the octets are of no kind of picture that is known'));
  await assert.rejects(readCodes(new Uint8Array()), saying('picture: the octets are of no kind of picture that is known'));
});

test('files that are not read are named', async () => {
  const ftyp = (brand: string): Uint8Array => concat(Uint8Array.of(0, 0, 0, 24), utf8Bytes(`ftyp${brand}`));
  const files: readonly [string, Uint8Array][] = [
    ['HEIC', ftyp('heic')],
    ['HEIC', ftyp('mif1')],
    ['AVIF', ftyp('avif')],
    ['PDF', utf8Bytes('%PDF-1.7')],
    ['SVG', utf8Bytes('<svg xmlns="http://www.w3.org/2000/svg">')],
    ['TIFF', Uint8Array.of(0x49, 0x49, 0x2a, 0)],
  ];
  for (const [kind, bytes] of files) {
    assert.equal(pictureKind(bytes), kind);
    await assert.rejects(readCodes(bytes), saying(`picture: ${kind} files are not read`));
  }
});

test('no text that can be an activation code is taken for a picture', () => {
  for (const text of ['LPA:1$a$b', '1$bm.example$B', 'BM$', 'https://esimsetup.apple.com/?carddata=LPA:1$a$b', '']) {
    assert.equal(pictureKind(utf8Bytes(text)), undefined);
  }
});

test('whatever the octets, there are codes or a usage error', async () => {
  const picture = await codePicture(CODE, 2);
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 8, max: picture.length - 1 }), fc.uint8Array({ maxLength: 20 }), async (at, octets) => {
      const broken = Uint8Array.from(picture);
      broken.set(octets.subarray(0, picture.length - at), at);
      try {
        assert.deepEqual(await readCodes(broken), [CODE]);
      } catch (error) {
        assert.ok(error instanceof UsageError, String(error));
      }
    }),
    { numRuns: 200 },
  );
});
