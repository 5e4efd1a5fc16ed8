/** A small camera: codes laid on a table, seen from anywhere, in any light; and the files that such pictures come in. */
import { readFile } from 'node:fs/promises';
import encodeJpeg, { init as initJpeg } from '@jsquash/jpeg/encode.js';
import encodeWebp, { init as initWebp } from '@jsquash/webp/encode.js';
import { PNG } from 'pngjs';
import { type Pixels, rgbaOf } from '../../../src/cli/input/picture/picture.ts';
import { greyPng } from '../../../src/lab/cli/picture.ts';
import { concat } from '../../../src/lpa/bytes.ts';
import { codeModules } from '../../../src/terminal/qr-code.ts';

export type Point = readonly [x: number, y: number];

export interface Scene {
  readonly width: number;
  readonly height: number;
  /** Each text, and where the corners of its quiet zone are: top left, top right, bottom right, bottom left. */
  readonly codes: readonly (readonly [text: string, corners: readonly Point[]])[];
  /** Grey of dark and light modules, and of what lies around the codes. */
  readonly ink?: number;
  readonly paper?: number;
  readonly table?: number;
  /** Light at a point, multiplied onto what is there. */
  readonly light?: (x: number, y: number) => number;
  /** Radius of the blur in pixels. */
  readonly blur?: number;
  /** Largest deviation of a pixel from what it should be. */
  readonly noise?: number;
  /** Modules of light around a code. */
  readonly quiet?: number;
}

/** Numbers from 0 to 1 that are the same in every run. */
export function dice(seed: number): () => number {
  let state = seed * 2654435761;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Corners of a square around a centre, turned by degrees. */
export function square(centre: Point, side: number, degrees = 0): Point[] {
  const [sin, cos] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)];
  const corners: readonly Point[] = [
    [-0.5, -0.5],
    [0.5, -0.5],
    [0.5, 0.5],
    [-0.5, 0.5],
  ];
  return corners.map(([x, y]) => [centre[0] + side * (x * cos - y * sin), centre[1] + side * (x * sin + y * cos)]);
}

export async function photograph(scene: Scene, seed = 1): Promise<Pixels> {
  const { width, height, ink = 0, paper = 255, table = 255, light, blur = 0, noise = 0, quiet = 4 } = scene;
  let grey: Float32Array = new Float32Array(width * height).fill(table);
  for (const [text, corners] of scene.codes) lay(grey, width, height, await codeModules(text), quiet, corners, ink, paper);
  if (light) for (let i = 0; i < grey.length; i++) grey[i] = (grey[i] ?? 0) * light(i % width, Math.floor(i / width));
  for (let pass = 0; pass < 2 && blur > 0; pass++) grey = boxBlur(boxBlur(grey, width, height, blur), height, width, blur);
  const random = dice(seed);
  const seen = new Uint8Array(grey.length);
  for (let i = 0; i < grey.length; i++)
    seen[i] = Math.max(0, Math.min(255, (grey[i] ?? 0) + (noise > 0 ? (2 * random() - 1) * noise : 0)));
  return { width, height, grey: seen };
}

/** Paint one code into the quadrangle: for nine points of every pixel, which module is there. */
function lay(
  grey: Float32Array,
  width: number,
  height: number,
  modules: readonly boolean[][],
  quiet: number,
  corners: readonly Point[],
  ink: number,
  paper: number,
): void {
  const side = modules.length + 2 * quiet;
  const toSquare = inverse(fromSquare(corners));
  const xs = corners.map(([x]) => x);
  const ys = corners.map(([, y]) => y);
  for (let y = Math.max(0, Math.floor(Math.min(...ys))); y < Math.min(height, Math.max(...ys)); y++) {
    for (let x = Math.max(0, Math.floor(Math.min(...xs))); x < Math.min(width, Math.max(...xs)); x++) {
      let sum = 0;
      for (let point = 0; point < 9; point++) {
        const [px, py] = [x + ((point % 3) + 0.5) / 3, y + (Math.floor(point / 3) + 0.5) / 3];
        const w = toSquare[6] * px + toSquare[7] * py + toSquare[8];
        const u = (toSquare[0] * px + toSquare[1] * py + toSquare[2]) / w;
        const v = (toSquare[3] * px + toSquare[4] * py + toSquare[5]) / w;
        const inside = u >= 0 && u < 1 && v >= 0 && v < 1;
        const dark = modules[Math.floor(v * side) - quiet]?.[Math.floor(u * side) - quiet];
        sum += inside ? (dark ? ink : paper) : (grey[y * width + x] ?? 0);
      }
      grey[y * width + x] = sum / 9;
    }
  }
}

type Matrix = readonly [number, number, number, number, number, number, number, number, number];

/** The projection that takes the unit square to a quadrangle (Heckbert 1989, §2.2.3). */
function fromSquare(corners: readonly Point[]): Matrix {
  const [[x0, y0], [x1, y1], [x2, y2], [x3, y3]] = corners as readonly [Point, Point, Point, Point];
  const [dx1, dx2, dx3] = [x1 - x2, x3 - x2, x0 - x1 + x2 - x3];
  const [dy1, dy2, dy3] = [y1 - y2, y3 - y2, y0 - y1 + y2 - y3];
  const determinant = dx1 * dy2 - dx2 * dy1;
  const g = (dx3 * dy2 - dx2 * dy3) / determinant;
  const h = (dx1 * dy3 - dx3 * dy1) / determinant;
  return [x1 - x0 + g * x1, x3 - x0 + h * x3, x0, y1 - y0 + g * y1, y3 - y0 + h * y3, y0, g, h, 1];
}

/** Up to a factor, which a projection does not notice. */
function inverse([a, b, c, d, e, f, g, h, i]: Matrix): Matrix {
  return [
    e * i - f * h,
    c * h - b * i,
    b * f - c * e,
    f * g - d * i,
    a * i - c * g,
    c * d - a * f,
    d * h - e * g,
    b * g - a * h,
    a * e - b * d,
  ];
}

/** Means over 2 r + 1 pixels of a row; rows become columns, so twice gives both directions. */
function boxBlur(grey: Float32Array, width: number, height: number, radius: number): Float32Array {
  const blurred = new Float32Array(grey.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let dx = -radius; dx <= radius; dx++) sum += grey[y * width + Math.max(0, Math.min(width - 1, x + dx))] ?? 0;
      blurred[x * height + y] = sum / (2 * radius + 1);
    }
  }
  return blurred;
}

export const inverted = ({ width, height, grey }: Pixels): Pixels => ({ width, height, grey: grey.map((level) => 255 - level) });

export const png = ({ width, height, grey }: Pixels): Uint8Array => greyPng(width, height, grey);

/** Black ink on nothing at all: every pixel is black, and what is light is transparent. */
export function transparentPng({ width, height, grey }: Pixels): Uint8Array {
  const image = new PNG({ width, height });
  for (const [i, level] of grey.entries()) image.data.set([0, 0, 0, 255 - level], 4 * i);
  return PNG.sync.write(image);
}

const imageOf = (pixels: Pixels) => ({ width: pixels.width, height: pixels.height, data: rgbaOf(pixels), colorSpace: 'srgb' });
const packed = async (path: string) => Uint8Array.from(await readFile(new URL(import.meta.resolve(path)))).buffer;

export async function webp(pixels: Pixels): Promise<Uint8Array> {
  await initWebp({ wasmBinary: await packed('@jsquash/webp/codec/enc/webp_enc_simd.wasm') });
  return new Uint8Array(await encodeWebp(imageOf(pixels), { quality: 30 }));
}

export async function jpeg(pixels: Pixels, quality: number): Promise<Uint8Array> {
  await initJpeg({ wasmBinary: await packed('@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm') });
  return new Uint8Array(await encodeJpeg(imageOf(pixels), { quality, progressive: false }));
}

const uint16 = (value: number): number[] => [value & 255, (value >> 8) & 255];
const uint32 = (value: number): number[] => [...uint16(value), ...uint16(value >> 16)];

/** BMP of 8 bits with a grey palette, rows from the bottom. */
export function bmp({ width, height, grey }: Pixels): Uint8Array {
  const stride = Math.ceil(width / 4) * 4;
  const rows = new Uint8Array(stride * height);
  for (let y = 0; y < height; y++) rows.set(grey.subarray(y * width, (y + 1) * width), stride * (height - 1 - y));
  const palette = Array.from({ length: 256 }, (_, level) => [level, level, level, 0]).flat();
  const offset = 14 + 40 + palette.length;
  return concat(
    Uint8Array.from([0x42, 0x4d, ...uint32(offset + rows.length), ...uint32(0), ...uint32(offset)]),
    Uint8Array.from([...uint32(40), ...uint32(width), ...uint32(height), ...uint16(1), ...uint16(8), ...Array(24).fill(0)]),
    Uint8Array.from(palette),
    rows,
  );
}

/** GIF of 128 greys, its LZW never compressing: codes of eight bits, cleared before they would grow. */
export function gif({ width, height, grey }: Pixels): Uint8Array {
  const palette = Array.from({ length: 128 }, (_, level) => [2 * level, 2 * level, 2 * level]).flat();
  const codes: number[] = [];
  for (const [i, level] of grey.entries()) {
    if (i % 100 === 0) codes.push(128);
    codes.push(level >> 1);
  }
  codes.push(129);
  const blocks: Uint8Array[] = [];
  for (let at = 0; at < codes.length; at += 255) {
    const block = codes.slice(at, at + 255);
    blocks.push(Uint8Array.of(block.length, ...block));
  }
  return concat(
    Uint8Array.from([...'GIF89a'].map((letter) => letter.charCodeAt(0))),
    Uint8Array.from([
      ...uint16(width),
      ...uint16(height),
      0xf6,
      0,
      0,
      ...palette,
      0x2c,
      0,
      0,
      0,
      0,
      ...uint16(width),
      ...uint16(height),
      0,
      7,
    ]),
    ...blocks,
    Uint8Array.of(0, 0x3b),
  );
}
