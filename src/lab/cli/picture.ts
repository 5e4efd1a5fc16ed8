/** A PNG picture of an activation code, as an operator sends it. PNG (ISO 15948): signature, IHDR, IDAT, IEND. */
import { deflateSync } from 'node:zlib';
import { concat } from '../../lpa/bytes.ts';
import { codeModules } from '../../terminal/qr-code.ts';

/** Light modules around a code (ISO 18004 §9.1). */
const QUIET = 4;

/** @param scale pixels a module */
export async function codePicture(code: string, scale = 8): Promise<Uint8Array> {
  const modules = await codeModules(code);
  const side = (modules.length + 2 * QUIET) * scale;
  const grey = new Uint8Array(side * side).fill(255);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      if (modules[Math.floor(y / scale) - QUIET]?.[Math.floor(x / scale) - QUIET]) grey[y * side + x] = 0;
    }
  }
  return greyPng(side, side, grey);
}

/** Pixels of one octet, row by row, 0 black to 255 white, as a PNG file. */
export function greyPng(width: number, height: number, grey: Uint8Array): Uint8Array {
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, width);
  header.setUint32(4, height);
  header.setUint8(8, 8); // bits a sample; colour type 0 (grey), deflate, adaptive filters, no interlace
  // Each row starts with its filter: 0, none.
  const rows = new Uint8Array(height * (width + 1));
  for (let y = 0; y < height; y++) rows.set(grey.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  return concat(
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk('IHDR', new Uint8Array(header.buffer)),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', new Uint8Array()),
  );
}

/** Length, type, data, CRC over type and data. */
function chunk(type: string, data: Uint8Array): Uint8Array {
  const body = concat(
    Uint8Array.from(type, (letter) => letter.charCodeAt(0)),
    data,
  );
  return concat(uint32(data.length), body, uint32(crc32(body)));
}

const uint32 = (value: number): Uint8Array => Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, i) => {
  let crc = i;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const octet of bytes) crc = (CRC_TABLE[(crc ^ octet) & 0xff] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
