/** BMP pictures of any depth and header, run-length coded ones too. Few lines, so no package. */
import { greyOf, type Pixels } from './picture.ts';
import { sizeOf } from './size.ts';

const BI_RGB = 0;
const BI_RLE8 = 1;
const BI_RLE4 = 2;
const BI_BITFIELDS = 3;

/** @throws {RangeError} when the file is cut short or of a form that is not defined */
export function bmpPixels(bytes: Uint8Array): Pixels {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { width, height } = sizeOf('BMP', bytes);
  const header = view.getUint32(14, true);
  const old = header === 12;
  const depth = view.getUint16(old ? 24 : 28, true);
  const compression = old ? BI_RGB : view.getUint32(30, true);
  const data = view.getUint32(10, true);
  const topDown = !old && view.getInt32(22, true) < 0;

  let rows = bytes.subarray(data);
  let stride = Math.ceil((width * depth) / 32) * 4;
  let bits = depth;
  if ((compression === BI_RLE8 && depth === 8) || (compression === BI_RLE4 && depth === 4)) {
    [rows, stride, bits] = [runs(rows, width, height, depth), width, 8];
  } else if (compression !== BI_RGB && compression !== BI_BITFIELDS) {
    throw new RangeError(`a BMP compression of ${compression} is not read`);
  }
  if (![1, 4, 8, 16, 24, 32].includes(depth)) throw new RangeError(`a depth of ${depth} bits is not defined`);
  if (stride * height > rows.length) throw new RangeError('pixels are missing');

  const rgba = new Uint8Array(width * height * 4).fill(255);
  const colorOf =
    depth <= 8 ? paletteColor(bytes.subarray(14 + header), old ? 3 : 4) : directColor(view, depth, compression === BI_BITFIELDS);
  for (let y = 0; y < height; y++) {
    const row = stride * (topDown ? y : height - 1 - y);
    for (let x = 0; x < width; x++) {
      const at = row + ((x * bits) >> 3);
      let value = 0;
      for (let octet = Math.max(1, bits >> 3) - 1; octet >= 0; octet--) value = value * 256 + (rows[at + octet] ?? 0);
      // Below an octet, the leftmost pixel is in the highest bits.
      if (bits < 8) value = (value >> (8 - bits - ((x * bits) & 7))) & ((1 << bits) - 1);
      colorOf(value, rgba, 4 * (y * width + x));
    }
  }
  return greyOf(width, height, rgba);
}

type ColorOf = (value: number, rgba: Uint8Array, to: number) => void;

/** Entries are blue, green, red, and but for the oldest header one octet that means nothing. */
const paletteColor =
  (palette: Uint8Array, entry: number): ColorOf =>
  (value, rgba, to) => {
    for (let i = 0; i < 3; i++) rgba[to + i] = palette[value * entry + 2 - i] ?? 0;
  };

function directColor(view: DataView, depth: number, bitFields: boolean): ColorOf {
  const masks = bitFields
    ? [54, 58, 62].map((at) => view.getUint32(at, true))
    : depth === 16
      ? [0x7c00, 0x3e0, 0x1f]
      : [0xff0000, 0xff00, 0xff];
  return (value, rgba, to) => {
    for (let i = 0; i < 3; i++) {
      const mask = masks[i] ?? 0;
      rgba[to + i] = mask === 0 ? 0 : (((value & mask) >>> 0) / mask) * 255;
    }
  };
}

/** Palette indexes, an octet each, of run-length coded rows: count and value; or 0 and an end, a step or a literal run. */
function runs(coded: Uint8Array, width: number, height: number, depth: number): Uint8Array {
  const indexes = new Uint8Array(width * height);
  let x = 0;
  let y = 0;
  const put = (index: number): void => {
    if (x < width && y < height) indexes[y * width + x] = index;
    x++;
  };
  for (let at = 0; at + 1 < coded.length; ) {
    if (y >= height) return indexes; // runs beyond the last row would only take time
    const count = coded[at++] ?? 0;
    const value = coded[at++] ?? 0;
    if (count > 0) {
      for (let i = 0; i < count && x < width; i++) put(depth === 8 ? value : i % 2 === 0 ? value >> 4 : value & 15);
    } else if (value === 0) {
      [x, y] = [0, y + 1];
    } else if (value === 1) {
      return indexes;
    } else if (value === 2) {
      x += coded[at++] ?? 0;
      y += coded[at++] ?? 0;
    } else {
      const octets = depth === 8 ? value : Math.ceil(value / 2);
      for (let i = 0; i < value; i++) {
        const octet = coded[at + (depth === 8 ? i : i >> 1)] ?? 0;
        put(depth === 8 ? octet : i % 2 === 0 ? octet >> 4 : octet & 15);
      }
      at += octets + (octets % 2);
    }
  }
  throw new RangeError('the end of the runs is missing');
}
