/** QR codes in a picture, through ZXing's C++ as WebAssembly: bears perspective, poor light and several codes. */
import { readFile } from 'node:fs/promises';
import { type Pixels, rgbaOf } from './picture.ts';

const MAX_CODES = 8;

let ready: Promise<unknown> | undefined;

/**
 * @param picture octets of a PNG, JPEG or GIF file, which ZXing unpacks itself, or pixels
 * @throws {Error} when the file cannot be unpacked
 */
export async function zxingCodes(picture: Uint8Array | Pixels): Promise<string[]> {
  const { prepareZXingModule, readBarcodes } = await import('zxing-wasm/reader');
  // Without the octets at hand the package would fetch them from a web server.
  ready ??= readFile(new URL(import.meta.resolve('zxing-wasm/reader/zxing_reader.wasm'))).then((octets) =>
    prepareZXingModule({ overrides: { wasmBinary: Uint8Array.from(octets).buffer, printErr: () => {} }, fireImmediately: true }),
  );
  await ready;
  const image =
    picture instanceof Uint8Array
      ? picture
      : { width: picture.width, height: picture.height, data: rgbaOf(picture), colorSpace: 'srgb' };
  const found = await readBarcodes(image, { formats: ['QRCode'], textMode: 'Plain', maxNumberOfSymbols: MAX_CODES });
  const failed = found.find(({ error }) => error !== '');
  if (failed) throw new Error(failed.error);
  return found.filter(({ isValid, text }) => isValid && text !== '').map(({ text }) => text);
}
