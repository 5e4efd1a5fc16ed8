/**
 * GIF pictures: the first frame, which is where a code is. Few lines, so no package; and the usual decoders go on with the
 * codes of a frame that is full, four thousand steps for each: a megabyte of them took eighteen seconds.
 */
import { greyOf, type Pixels } from './picture.ts';
import { sizeOf } from './size.ts';

const EXTENSION = 0x21;
const FRAME = 0x2c;
const GRAPHIC_CONTROL = 0xf9;

/** @throws {RangeError} when the file is cut short or holds no frame */
export function gifPixels(bytes: Uint8Array): Pixels {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const screen = sizeOf('GIF', bytes);
  const globalTable = tableAt(view, 10, 13);
  let at = 13 + globalTable.length;
  let transparent: number | undefined;
  while (view.getUint8(at) === EXTENSION) {
    // Disposal and transparency: flags, two octets of delay, the index that is not painted.
    if (view.getUint8(at + 1) === GRAPHIC_CONTROL && view.getUint8(at + 3) & 1) transparent = view.getUint8(at + 6);
    at = afterBlocks(view, at + 2);
  }
  if (view.getUint8(at) !== FRAME) throw new RangeError('no frame');
  const [left, top, width, height] = [1, 3, 5, 7].map((field) => view.getUint16(at + field, true)) as Box;
  if (left + width > screen.width || top + height > screen.height) throw new RangeError('the frame is larger than the screen');
  const localTable = tableAt(view, at + 9, at + 10);
  const table = localTable.length > 0 ? localTable : globalTable;
  const interlaced = (view.getUint8(at + 9) & 0x40) !== 0;
  const indexes = unpacked(view, at + 10 + localTable.length, width * height);

  const shades = shadesOf(table, transparent);
  const grey = new Uint8Array(screen.width * screen.height).fill(255);
  const rows = interlaced ? interlacedRows(height) : Array.from({ length: height }, (_, y) => y);
  for (const [i, y] of rows.entries()) {
    const to = (top + y) * screen.width + left;
    for (let x = 0; x < width; x++) grey[to + x] = shades[indexes[i * width + x] ?? 0] ?? 0;
  }
  return { width: screen.width, height: screen.height, grey };
}

/** Grey of every index. */
function shadesOf(table: Uint8Array, transparent: number | undefined): Uint8Array {
  const rgba = new Uint8Array(4 * 256).fill(255);
  for (let index = 0; index < 256; index++) {
    for (let colour = 0; colour < 3; colour++) rgba[4 * index + colour] = table[3 * index + colour] ?? 0;
    if (index === transparent) rgba[4 * index + 3] = 0;
  }
  return greyOf(256, 1, rgba).grey;
}

type Box = [left: number, top: number, width: number, height: number];

/** Red, green, blue; empty where the flags say that there is no table. */
function tableAt(view: DataView, flagsAt: number, at: number): Uint8Array {
  const flags = view.getUint8(flagsAt);
  if (!(flags & 0x80)) return new Uint8Array();
  const length = 3 << (1 + (flags & 7));
  if (at + length > view.byteLength) throw new RangeError('the colours are cut short');
  return new Uint8Array(view.buffer, view.byteOffset + at, length);
}

/** Blocks of at most 255 octets, each behind its length; an empty one ends them. */
function afterBlocks(view: DataView, first: number): number {
  let at = first;
  for (let length = view.getUint8(at); length > 0; length = view.getUint8(at)) at += 1 + length;
  return at + 1;
}

/** Rows come in four passes: every eighth, those between, and twice more. */
const interlacedRows = (height: number): number[] =>
  [[0, 8] as const, [4, 8] as const, [2, 4] as const, [1, 2] as const].flatMap(([first, step]) =>
    Array.from({ length: Math.max(0, Math.ceil((height - first) / step)) }, (_, i) => first + i * step),
  );

const MAX_CODES = 4096;

/** LZW with codes of growing length: at most `count` colours, and no more is read when they are there. */
function unpacked(view: DataView, start: number, count: number): Uint8Array {
  const minimum = view.getUint8(start);
  if (minimum < 1 || minimum > 11) throw new RangeError('a code length that is not defined');
  const clear = 1 << minimum;
  const out = new Uint8Array(count);
  /** What each code stands for: a place in `out`, and how many colours from there. */
  const places = new Uint32Array(MAX_CODES);
  const lengths = new Uint16Array(MAX_CODES);
  let next = clear + 2;
  let bits = minimum + 1;
  let to = 0;
  let held = 0;
  let heldBits = 0;
  let at = start + 1;
  for (let left = view.getUint8(at++); to < count; ) {
    while (heldBits < bits) {
      if (left === 0) throw new RangeError('the frame ends early');
      held |= view.getUint8(at++) << heldBits;
      heldBits += 8;
      left -= 1;
      if (left === 0) left = view.getUint8(at++);
    }
    const code = held & ((1 << bits) - 1);
    held >>>= bits;
    heldBits -= bits;
    if (code === clear) {
      [next, bits] = [clear + 2, minimum + 1];
      continue;
    }
    if (code === clear + 1) break;
    if (code >= next) throw new RangeError('a code that is not defined');
    const from = to;
    if (code < clear) out[to++] = code;
    else {
      const place = places[code] ?? 0;
      const end = Math.min(count, to + (lengths[code] ?? 0));
      for (let i = place; to < end; i++) out[to++] = out[i] ?? 0;
    }
    // The next code to be defined is this one and one colour more: it stands here, and the colour after it is still to come.
    if (next < MAX_CODES) {
      places[next] = from;
      lengths[next] = to - from + 1;
      next += 1;
      if (next - 1 === 1 << bits && bits < 12) bits += 1;
    }
  }
  return out;
}
