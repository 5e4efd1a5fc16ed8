/** Codes in a picture: which decoder its octets need, which readers are tried on it, and what is said when nothing is found. */
import { LpaError, UsageError } from '../../../lpa/errors.ts';
import { bmpPixels } from './bmp.ts';
import { gifPixels } from './gif.ts';
import { checkScans, jpegPixels } from './jpeg.ts';
import { jsqrCodes } from './jsqr.ts';
import { type PictureKind, type Pixels, pictureKind, scaled, stretched } from './picture.ts';
import { checkUnpacked, pngPixels } from './png.ts';
import { sizeOf } from './size.ts';
import { webpPixels } from './webp.ts';
import { zxingCodes } from './zxing.ts';

const MAX_FILE = 64 * 1024 * 1024;
/** What telephones' cameras take at most, 8160 x 6144, and a little; 600 MiB of memory are needed for it. */
const MAX_PIXELS = 51_000_000;
/** Larger pictures get no second look: it would double time and memory. */
const MAX_SECOND_LOOK = 25_000_000;
/** What is made of a picture for a second look is no larger than this. */
const SECOND_LOOK = 1_000_000;
/** jsqr is not begun later than this: on noise it may need a second. */
const JSQR_BEFORE_MS = 800;

/** ZXing unpacks these itself; the first look needs no decoder of ours. */
const UNPACKED_BY_ZXING: readonly PictureKind[] = ['PNG', 'JPEG'];
const DECODERS: Partial<Record<PictureKind, (bytes: Uint8Array) => Pixels | Promise<Pixels>>> = {
  PNG: pngPixels,
  JPEG: jpegPixels,
  GIF: gifPixels,
  WebP: webpPixels,
  BMP: bmpPixels,
};

const NOT_INSTALLED: readonly string[] = ['ENOENT', 'ERR_MODULE_NOT_FOUND'];

const SCREENSHOT = 'give a PNG or JPEG picture, such as a screenshot of the code';

/**
 * Every distinct text that the QR codes in a picture hold: activation codes or not, in no order that means
 * anything. There is at least one; where several are codes of different profiles, ask which.
 *
 * @throws {UsageError} when it is no picture that can be read, or no code was found in it
 */
export async function readCodes(bytes: Uint8Array): Promise<string[]> {
  const kind = pictureKind(bytes);
  if (kind === undefined) throw refused('the octets are of no kind of picture that is known');
  const decode = DECODERS[kind];
  if (!decode) throw refused(`${kind} files are not read`);
  if (bytes.length > MAX_FILE) throw refused(`a file of more than ${MAX_FILE / 1024 / 1024} MiB is not read`);
  try {
    const { width, height, depth = 4 } = sizeOf(kind, bytes);
    const weight = (width * height * depth) / 4;
    if (weight > MAX_PIXELS) throw refused(`${width} x ${height} pixels are too many`);
    if (kind === 'PNG') await checkUnpacked(bytes);
    if (kind === 'JPEG') checkScans(bytes);
    const { codes, tried } = await look(kind, bytes, weight <= MAX_SECOND_LOOK);
    if (codes.length > 0) return [...new Set(codes)];
    throw new UsageError(`picture: no QR code found in ${width} x ${height} pixels of ${kind} (tried ${tried.join(', ')})`, {
      remedy: 'cut it to the code with a white margin, or take a sharper picture from straight above',
    });
  } catch (cause) {
    // A package or its octets that are not where they were installed are no fault of the picture.
    if (cause instanceof LpaError || (cause instanceof Error && 'code' in cause && NOT_INSTALLED.includes(String(cause.code))))
      throw cause;
    throw new UsageError(`picture: the ${kind} file is damaged`, { cause, remedy: SCREENSHOT });
  }
}

/**
 * One reader after the other, each loaded when its turn comes; the first that finds codes is believed. ZXing
 * comes first, whatever the size: of two codes side by side jsqr often sees one, and nobody would be asked which.
 */
async function look(kind: PictureKind, bytes: Uint8Array, twice: boolean): Promise<{ codes: string[]; tried: string[] }> {
  const started = performance.now();
  const late = (): boolean => performance.now() - started > JSQR_BEFORE_MS;
  const tried: string[] = [];
  const reading = async (name: string, codes: Promise<string[]>): Promise<string[]> => {
    tried.push(name);
    return codes;
  };
  const decode = DECODERS[kind];
  const unpacked = UNPACKED_BY_ZXING.includes(kind);
  let codes = unpacked ? await reading('ZXing', zxingCodes(bytes)) : [];
  if (codes.length > 0 || !decode || (unpacked && !twice)) return { codes, tried };
  const pixels = await decode(bytes);
  if (!unpacked) codes = await reading('ZXing', zxingCodes(pixels));
  if (codes.length > 0 || !twice) return { codes, tried };
  const factor = Math.min(1, Math.sqrt(SECOND_LOOK / (pixels.width * pixels.height)));
  const second = stretched(factor === 1 ? pixels : scaled(pixels, factor));
  codes = await reading('ZXing with more contrast', zxingCodes(second));
  if (codes.length > 0 || late()) return { codes, tried };
  return { codes: await reading('jsqr', jsqrCodes(second, late)), tried };
}

const refused = (problem: string): UsageError => new UsageError(`picture: ${problem}`, { remedy: SCREENSHOT });
