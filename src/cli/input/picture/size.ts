/** How large a picture says it is, read from its header before anything is unpacked. */
import type { PictureKind } from './picture.ts';
import { bitsOfPng } from './png.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
  /** Octets that a pixel takes when it is unpacked, where that is more than four. */
  readonly depth?: number;
}

/** @throws {RangeError} when the header is cut short or has no size */
export function sizeOf(kind: PictureKind, bytes: Uint8Array): Size {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (kind) {
    case 'PNG': {
      // Another chunk before IHDR is borne by some decoders, and they would find another size.
      if (view.getUint32(8) !== 13 || view.getUint32(12) !== 0x49484452) throw new RangeError('IHDR is not the first chunk');
      const depth = bitsOfPng(view) / 8;
      return { width: view.getUint32(16), height: view.getUint32(20), ...(depth > 4 && { depth }) };
    }
    case 'GIF':
      return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
    case 'BMP':
      // The oldest header has 16 bits for each; rows that run downwards have a negative height.
      if (view.getUint32(14, true) === 12) return { width: view.getUint16(18, true), height: view.getUint16(20, true) };
      return { width: view.getUint32(18, true), height: Math.abs(view.getInt32(22, true)) };
    case 'JPEG':
      return jpegSize(view);
    case 'WebP':
      return webpSize(view);
    default:
      throw new RangeError(`no header of ${kind} is known`);
  }
}

/** The frame header (ITU-T T.81 §B.2.2): SOF0 to SOF15 but for the three other markers among them. */
function jpegSize(view: DataView): Size {
  for (let at = 2; ; ) {
    if (view.getUint8(at) !== 0xff) throw new RangeError('a marker is missing');
    const marker = view.getUint8(at + 1);
    const frame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (frame) return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    // 0xff may be repeated before a marker.
    at += marker === 0xff ? 1 : 2 + Math.max(2, view.getUint16(at + 2));
  }
}

/** The first chunk: lossy, lossless or extended (RFC 9649 §2.5 to §2.7). */
function webpSize(view: DataView): Size {
  const chunk = view.getUint32(12);
  if (chunk === 0x56503820) return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
  if (chunk === 0x5650384c) {
    const bits = view.getUint32(21, true);
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
  }
  if (chunk !== 0x56503858) throw new RangeError('the first chunk is unknown');
  const uint24 = (at: number): number => view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
  return { width: uint24(24) + 1, height: uint24(27) + 1 };
}
