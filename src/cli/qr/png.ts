/** PNG pictures, through pngjs. */
import { Buffer } from 'node:buffer';
import { greyOf, type Pixels } from './picture.ts';

/** Width and height as the header has them. */
export function pngSize(bytes: Uint8Array): { readonly width: number; readonly height: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { width: view.getUint32(16), height: view.getUint32(20) };
}

export async function pngPixels(bytes: Uint8Array): Promise<Pixels> {
  const { PNG } = await import('pngjs');
  const { width, height, data } = PNG.sync.read(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  return greyOf(width, height, data);
}
