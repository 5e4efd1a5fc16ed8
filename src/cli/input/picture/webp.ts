/** WebP pictures, through libwebp as WebAssembly. */
import { readFile } from 'node:fs/promises';
import { greyOf, type Pixels } from './picture.ts';

/** @throws whatever the library throws at a file that it cannot decode */
export async function webpPixels(bytes: Uint8Array): Promise<Pixels> {
  const { default: decode, init } = await import('@jsquash/webp/decode.js');
  const wasm = await readFile(new URL(import.meta.resolve('@jsquash/webp/codec/dec/webp_dec.wasm')));
  // A new instance for each file: one that a damaged file has ended stays ended.
  await init({ wasmBinary: Uint8Array.from(wasm).buffer, printErr: () => {} });
  const { width, height, data } = await decode(Uint8Array.from(bytes).buffer);
  return greyOf(width, height, data);
}
