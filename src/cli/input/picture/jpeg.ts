/** JPEG pictures, through mozjpeg as WebAssembly. */
import { readFile } from 'node:fs/promises';
import { UsageError } from '../../../lpa/errors.ts';
import { greyOf, type Pixels } from './picture.ts';

/** @throws whatever the library throws at a file that it cannot decode */
export async function jpegPixels(bytes: Uint8Array): Promise<Pixels> {
  const { default: decode, init } = await import('@jsquash/jpeg/decode.js');
  const wasm = await readFile(new URL(import.meta.resolve('@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm')));
  // A new instance for each file: one that a damaged file has ended stays ended.
  await init({ wasmBinary: Uint8Array.from(wasm).buffer, printErr: () => {} });
  const { width, height, data } = await decode(Uint8Array.from(bytes).buffer);
  return greyOf(width, height, data);
}

/**
 * Scans that one file may have. Ten are usual; each goes over the whole picture, and one of twelve octets that changes
 * nothing takes as long as a full one: a megabyte of them would take minutes.
 */
const MAX_SCANS = 100;

/** @throws {UsageError} */
export function checkScans(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let scans = 0;
  for (let at = 2; at + 4 <= bytes.length; ) {
    const marker = bytes[at + 1] ?? 0;
    if (bytes[at] !== 0xff || marker === EOI) break; // what follows is another file, or damage
    if (isStandalone(marker)) at += marker === 0xff ? 1 : 2;
    else at += 2 + Math.max(2, view.getUint16(at + 2));
    if (marker !== SOS) continue;
    scans++;
    // Coded pixels: in them FF is followed by 00 or by a restart.
    for (at = bytes.indexOf(0xff, at); at >= 0 && (bytes[at + 1] === 0 || isStandalone(bytes[at + 1] ?? 0)); )
      at = bytes.indexOf(0xff, at + 1);
    if (at < 0) break;
  }
  if (scans > MAX_SCANS) throw new UsageError(`picture: the JPEG file has ${scans} scans, ${MAX_SCANS} at most are read`);
}

const SOS = 0xda;
const EOI = 0xd9;
/** Restarts, TEM, and FF that fills: no length follows. */
const isStandalone = (marker: number): boolean => (marker >= 0xd0 && marker <= 0xd7) || marker === 0x01 || marker === 0xff;
