/** PNG pictures, through pngjs. ISO 15948. */
import { Buffer } from 'node:buffer';
import { pipeline } from 'node:stream/promises';
import { createInflate } from 'node:zlib';
import { UsageError } from '../../../lpa/errors.ts';
import { greyOf, type Pixels } from './picture.ts';

export async function pngPixels(bytes: Uint8Array): Promise<Pixels> {
  const { default: pngjs } = await import('pngjs');
  const { width, height, data } = pngjs.PNG.sync.read(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  return greyOf(width, height, data);
}

/** Samples of a pixel by colour type: grey, red green blue, palette, and with alpha (§11.2.1). */
const SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
/** No octet of deflate becomes more than so many. */
const MAX_RATIO = 1032;
/** Octets that sloppy writers leave behind the pixels. */
const SLACK = 64 * 1024;
/** First pixel and distance of each pass of an interlaced picture (§8.2). */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** Bits of one pixel. @throws {RangeError} for a colour type that is not defined */
export function bitsOfPng(view: DataView): number {
  const samples = SAMPLES[view.getUint8(25)];
  if (samples === undefined) throw new RangeError('the colour type is not defined');
  return samples * view.getUint8(24);
}

/**
 * Refuse a picture whose data unpacks to more than its header says. Decoders unpack all of it first: two megabytes of file
 * became two gigabytes of memory for a picture of 100 x 100.
 *
 * @throws {UsageError}
 */
export async function checkUnpacked(bytes: Uint8Array): Promise<void> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data = dataChunks(bytes, view);
  const expected = unpackedOctets(view);
  if (data.reduce((sum, { length }) => sum + length, 0) * MAX_RATIO <= expected) return;
  try {
    await pipeline(data, createInflate({ chunkSize: 256 * 1024 }), async (unpacked: AsyncIterable<Uint8Array>) => {
      let octets = 0;
      for await (const chunk of unpacked) {
        octets += chunk.length;
        if (octets > expected + SLACK)
          throw new UsageError(`picture: the PNG file unpacks to more than its ${expected} octets of pixels`);
      }
    });
  } catch (error) {
    if (error instanceof UsageError) throw error; // anything else is damage, and for the decoders to tell
  }
}

function unpackedOctets(view: DataView): number {
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const passes = view.getUint8(28) === 0 ? [[0, 0, 1, 1] as const] : PASSES;
  let octets = 0;
  for (const [x, y, dx, dy] of passes) {
    const [columns, rows] = [Math.ceil((width - x) / dx), Math.ceil((height - y) / dy)];
    if (columns > 0 && rows > 0) octets += rows * (1 + Math.ceil((columns * bitsOfPng(view)) / 8));
  }
  return octets;
}

/** What stands in the IDATs, as far as they are there. */
function dataChunks(bytes: Uint8Array, view: DataView): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    if (view.getUint32(at + 4) === 0x49444154) found.push(bytes.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  return found;
}
