/** PNG pictures, through pngjs. */
import { Buffer } from 'node:buffer';
import { greyOf, type Pixels } from './picture.ts';

export async function pngPixels(bytes: Uint8Array): Promise<Pixels> {
  // CommonJS: in a bundle it has its default export alone.
  const { PNG } = (await import('pngjs')).default;
  const { width, height, data } = PNG.sync.read(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  return greyOf(width, height, data);
}
