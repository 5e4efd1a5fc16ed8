import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { bmpPixels } from '../../../src/cli/input/picture/bmp.ts';
import { readCodes } from '../../../src/cli/input/picture/decode.ts';
import { gifPixels } from '../../../src/cli/input/picture/gif.ts';
import { type PictureKind, pictureKind } from '../../../src/cli/input/picture/picture.ts';
import { sizeOf } from '../../../src/cli/input/picture/size.ts';
import { codePicture, greyPng } from '../../../src/lab/cli/picture.ts';
import { concat, utf8Bytes } from '../../../src/lpa/bytes.ts';
import { UsageError } from '../../../src/lpa/errors.ts';
import { bmp, gif, jpeg, photograph, png, square, webp } from './raster.ts';

const CODE = 'LPA:1$smdp.example.com$04386-AGYFT-A74Y8-3F815';

const OTHER = 'LPA:1$other.example.com$OTHER-CODE$$1';

const saying = (message: string | RegExp) => (error: unknown) =>
  error instanceof UsageError && (typeof message === 'string' ? error.message === message : message.test(error.message));

for (const scale of [1, 2, 3, 8, 20]) {
  test(`a PNG with ${scale} pixel${scale === 1 ? '' : 's'} a module is read`, async () => {
    assert.deepEqual(await readCodes(await codePicture(CODE, scale)), [CODE]);
  });
}

test('two different codes in one picture are both found, the same twice counts once', async () => {
  const pair = async (left: string, right: string): Promise<Uint8Array> =>
    png(
      await photograph({
        width: 700,
        height: 350,
        codes: [
          [left, square([175, 175], 300)],
          [right, square([525, 175], 300, 10)],
        ],
      }),
    );
  assert.deepEqual((await readCodes(await pair(CODE, OTHER))).sort(), [OTHER, CODE]);
  assert.deepEqual(await readCodes(await pair(CODE, CODE)), [CODE]);
});

const files: readonly (readonly [PictureKind, () => Promise<Uint8Array>])[] = [
  ['PNG', async () => png(await scene())],
  ['JPEG', async () => jpeg(await scene(), 50)],
  ['GIF', async () => gif(await scene())],
  ['WebP', async () => webp(await scene())],
  ['BMP', async () => bmp(await scene())],
];
const scene = () => photograph({ width: 301, height: 200, codes: [[CODE, square([150, 100], 190)]] });

for (const [kind, make] of files) {
  test(`a ${kind} file is told by its octets, measured, read; cut short it is damaged or still read`, async () => {
    const file = await make();
    assert.equal(pictureKind(file), kind);
    assert.deepEqual(sizeOf(kind, file), { width: 301, height: 200 });
    assert.deepEqual(await readCodes(file), [CODE]);
    for (const length of [12, 20, 30, Math.floor(file.length / 3), file.length - 40]) {
      try {
        assert.deepEqual(await readCodes(file.subarray(0, length)), [CODE]);
      } catch (error) {
        assert.ok(saying(/^picture: (the \w+ file is damaged|no QR code found|the octets are of no kind)/)(error), String(error));
      }
    }
  });
}

test('a picture without a code says what was looked at', async () => {
  await assert.rejects(
    readCodes(greyPng(300, 200, new Uint8Array(300 * 200).fill(200))),
    saying('picture: no QR code found in 300 x 200 pixels of PNG (tried ZXing, ZXing with more contrast, jsqr)'),
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

/** Little-endian fields of two or four octets: negative numbers stand for the length of the one that follows. */
const le = (...fields: readonly (readonly [octets: number, value: number])[]): Uint8Array =>
  Uint8Array.from(fields.flatMap(([octets, value]) => Array.from({ length: octets }, (_, i) => (value >> (8 * i)) & 255)));

/** A BMP of 4 x 2 pixels with a palette of black, white and greys. */
function smallBmp(depth: number, compression: number, rows: readonly number[], height = 2): Uint8Array {
  const palette =
    depth <= 8
      ? [0, 0, 0, 0, 255, 255, 255, 0, 128, 128, 128, 0]
      : compression === 3
        ? [0, 0xf8, 0, 0, 0xe0, 7, 0, 0, 0x1f, 0, 0, 0]
        : [];
  const header = le([4, 40], [4, 4], [4, height], [2, 1], [2, depth], [4, compression], [4, 0], [4, 0], [4, 0], [4, 0], [4, 0]);
  return concat(
    utf8Bytes('BM'),
    le([4, 0], [4, 0], [4, 54 + palette.length]),
    header,
    Uint8Array.from(palette),
    Uint8Array.from(rows),
  );
}

test('BMP rows are read at every depth, bottom up or top down, plain or as runs', () => {
  const rows = [0, 255, 0, 255, 255, 255, 0, 0];
  const pixels = (file: Uint8Array): number[] => [...bmpPixels(file).grey];
  assert.deepEqual(pixels(smallBmp(1, 0, [0b1100_0000, 0, 0, 0, 0b0101_0000, 0, 0, 0])), rows);
  assert.deepEqual(pixels(smallBmp(1, 0, [0b0101_0000, 0, 0, 0, 0b1100_0000, 0, 0, 0], -2)), rows);
  assert.deepEqual(pixels(smallBmp(4, 0, [0x11, 0x00, 0, 0, 0x01, 0x01, 0, 0])), rows);
  assert.deepEqual(pixels(smallBmp(8, 0, [1, 1, 0, 0, 0, 1, 0, 1])), rows);
  const [black, white] = [
    [0, 0, 0],
    [255, 255, 255],
  ];
  assert.deepEqual(pixels(smallBmp(24, 0, [white, white, black, black, black, white, black, white].flat() as number[])), rows);
  const [black16, white16] = [
    [0, 0],
    [0xff, 0xff],
  ];
  assert.deepEqual(
    pixels(smallBmp(16, 0, [white16, white16, black16, black16, black16, white16, black16, white16].flat() as number[])),
    rows,
  );
  assert.deepEqual(
    pixels(smallBmp(16, 3, [white16, white16, black16, black16, black16, white16, black16, white16].flat() as number[])),
    rows,
  );
  // Two runs and an end of line; a literal run with its filling octet; an end.
  assert.deepEqual(pixels(smallBmp(8, 1, [2, 1, 2, 0, 0, 0, 0, 4, 0, 1, 0, 1, 0, 1])), rows);
  assert.deepEqual(pixels(smallBmp(4, 2, [2, 0x11, 2, 0x00, 0, 0, 4, 0x01, 0, 1])), rows);
  // A step to the right and up.
  assert.deepEqual(pixels(smallBmp(8, 1, [1, 1, 0, 2, 0, 1, 1, 1, 0, 1])), [0, 255, 0, 0, 255, 0, 0, 0]);
  for (const file of [
    smallBmp(8, 1, [2, 1]),
    smallBmp(8, 0, [1]),
    smallBmp(7, 0, [0, 0, 0, 0, 0, 0, 0, 0]),
    smallBmp(24, 4, []),
  ]) {
    assert.throws(() => bmpPixels(file), RangeError);
  }
});

test('whatever the octets, there are codes or a usage error, and nothing is printed', async (t) => {
  const made = await Promise.all(files.map(([, make]) => make()));
  for (const name of ['log', 'warn', 'error'] as const)
    t.mock.method(console, name, () => assert.fail(`console.${name} was called`));
  await fc.assert(
    fc.asyncProperty(
      fc.nat(4),
      fc.double({ min: 0, max: 0.99, noNaN: true }),
      fc.uint8Array({ maxLength: 20 }),
      async (kind, where, octets) => {
        const broken = Uint8Array.from(made[kind] ?? []);
        const at = Math.floor(where * broken.length);
        broken.set(octets.subarray(0, broken.length - at), at);
        try {
          assert.deepEqual(await readCodes(broken), [CODE]);
        } catch (error) {
          assert.ok(error instanceof UsageError, String(error));
        }
      },
    ),
    { numRuns: 200 },
  );
});

/** Codes of LZW, in blocks. */
function lzw(codes: readonly (readonly [code: number, bits: number])[]): Uint8Array {
  const octets: number[] = [];
  let held = 0;
  let heldBits = 0;
  for (const [code, bits] of codes) {
    held |= code << heldBits;
    for (heldBits += bits; heldBits >= 8; heldBits -= 8, held >>>= 8) octets.push(held & 0xff);
  }
  octets.push(held & 0xff);
  const blocks: number[] = [];
  for (let at = 0; at < octets.length; at += 255) {
    const block = octets.slice(at, at + 255);
    blocks.push(block.length, ...block);
  }
  return Uint8Array.from([...blocks, 0]);
}

/** Black, white, grey, white; one frame at a place on the screen. */
const smallGif = (
  screen: [number, number],
  frame: [number, number, number, number],
  flags: number,
  data: Uint8Array,
  before: number[] = [],
) =>
  concat(
    utf8Bytes('GIF89a'),
    le([2, screen[0]], [2, screen[1]], [1, 0x81], [2, 0]),
    Uint8Array.from([0, 0, 0, 255, 255, 255, 128, 128, 128, 255, 255, 255]),
    Uint8Array.from(before),
    le([1, 0x2c], [2, frame[0]], [2, frame[1]], [2, frame[2]], [2, frame[3]], [1, flags], [1, 2]),
    data,
    Uint8Array.of(0x3b),
  );

test('GIF frames are read wherever they lie, interlaced, transparent, with codes that stand for many colours', () => {
  const pixels = (file: Uint8Array): number[] => [...gifPixels(file).grey];
  // Clear, 0, then 6 (what was last and its own first colour: 0 0), 1, end.
  const growing = lzw([
    [4, 3],
    [0, 3],
    [6, 3],
    [1, 3],
    [5, 4],
  ]);
  assert.deepEqual(pixels(smallGif([4, 1], [0, 0, 4, 1], 0, growing)), [0, 0, 0, 255]);
  const plain = lzw([
    [4, 3],
    [0, 3],
    [1, 3],
    [2, 3],
    [0, 4],
    [5, 4],
  ]);
  assert.deepEqual(pixels(smallGif([3, 3], [1, 1, 2, 2], 0, plain)), [255, 255, 255, 255, 0, 255, 255, 128, 0]);
  const transparent = [0x21, 0xf9, 4, 1, 0, 0, 0, 0];
  assert.deepEqual(pixels(smallGif([2, 2], [0, 0, 2, 2], 0, plain, transparent)), [255, 255, 128, 255]);
  const rows = lzw([
    [4, 3],
    [0, 3],
    [1, 3],
    [2, 3],
    [0, 4],
    [1, 4],
    [5, 4],
  ]); // rows 0, 4, 2, 1, 3
  assert.deepEqual(pixels(smallGif([1, 5], [0, 0, 1, 5], 0x40, rows)), [0, 0, 128, 255, 255]);
  for (const file of [
    smallGif([2, 2], [1, 0, 2, 2], 0, plain),
    smallGif(
      [2, 2],
      [0, 0, 2, 2],
      0,
      lzw([
        [4, 3],
        [7, 3],
      ]),
    ),
    smallGif([2, 2], [0, 0, 2, 2], 0, Uint8Array.of(0)),
    smallGif([2, 2], [0, 0, 2, 2], 0, plain).subarray(0, 28),
  ]) {
    assert.throws(() => gifPixels(file), RangeError);
  }
});

test('files that would take minutes or gigabytes are refused, or stopped', async () => {
  const chunk = (type: string, data: Uint8Array): Uint8Array => {
    const length = Uint8Array.of(data.length >>> 24, data.length >>> 16, data.length >>> 8, data.length);
    return concat(length, utf8Bytes(type), data, new Uint8Array(4));
  };
  const header = (side: number, depth: number, colour: number, interlace: number): Uint8Array =>
    Uint8Array.of(0, 0, side >> 8, side & 255, 0, 0, side >> 8, side & 255, depth, colour, 0, 0, interlace);
  const pngOf = (...chunks: Uint8Array[]): Uint8Array =>
    concat(Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a), ...chunks, chunk('IEND', new Uint8Array()));
  const much = chunk('IDAT', deflateSync(new Uint8Array(50_000_000)));
  for (const [interlace, octets] of [
    [0, 10_100],
    [1, 10_188],
  ] as const) {
    await assert.rejects(
      readCodes(pngOf(chunk('IHDR', header(100, 8, 0, interlace)), much)),
      saying(`picture: the PNG file unpacks to more than its ${octets} octets of pixels`),
    );
  }
  await assert.rejects(
    readCodes(pngOf(chunk('CgBI', new Uint8Array(4)), chunk('IHDR', header(65535, 8, 6, 0)))),
    saying('picture: the PNG file is damaged'),
  );
  await assert.rejects(
    readCodes(pngOf(chunk('IHDR', header(6000, 16, 6, 0)), much)),
    saying('picture: 6000 x 6000 pixels are too many'),
  );

  const photo = await jpeg(await scene(), 50);
  const scan = photo.subarray(
    photo.findLastIndex((octet, i) => octet === 0xff && photo[i + 1] === 0xda),
    -2,
  );
  const scans = concat(photo.subarray(0, -2), ...Array.from({ length: 100 }, () => scan), photo.subarray(-2));
  await assert.rejects(readCodes(scans), saying('picture: the JPEG file has 101 scans, 100 at most are read'));

  // Codes that stand for thousands of colours, long after the frame is full.
  const codes: [number, number][] = [];
  let bits = 3;
  for (let round = 0; round < 20; round++) {
    codes.push([4, bits], [0, 3]);
    bits = 3;
    for (let next = 6; next < 4095; next++) {
      codes.push([next, bits]);
      if (next + 1 === 1 << bits && bits < 12) bits++;
    }
    for (let i = 0; i < 4000; i++) codes.push([4094, 12]);
  }
  const started = performance.now();
  const frame = gifPixels(smallGif([300, 300], [0, 0, 300, 300], 0, lzw(codes)));
  assert.ok(frame.grey.every((grey) => grey === 0));
  assert.ok(performance.now() - started < 1000);

  // 400 KB of runs that all lie beyond the only row.
  const runs = smallBmp(
    8,
    1,
    Array.from({ length: 400_000 }, (_, i) => (i % 2 ? 1 : 255)),
    1,
  );
  assert.deepEqual([...bmpPixels(concat(runs, Uint8Array.of(0, 1))).grey], [255, 255, 255, 255]);
});
