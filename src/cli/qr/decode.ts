/** Codes in a picture: which decoder its octets need, which readers are tried on it, and what is said when nothing is found. */
import { LpaError, UsageError } from '../../errors.ts';
import { jsqrCodes } from './jsqr.ts';
import { MAX_PIXELS, type PictureKind, type Pixels, pictureKind } from './picture.ts';
import { pngPixels, pngSize } from './png.ts';

/** Octets of a file. */
const MAX_FILE = 64 * 1024 * 1024;
const MAX_MS = 10_000;

/**
 * Every distinct text that the QR codes in a picture hold: activation codes or not, in no order that means
 * anything. There is at least one; where several are codes of different profiles, ask which.
 *
 * @throws {UsageError} when it is no picture that can be read, or no code was found in it
 */
export async function readCodes(bytes: Uint8Array): Promise<string[]> {
  const kind = pictureKind(bytes);
  if (kind === undefined) throw new UsageError('picture: the octets are of no kind of picture that is known', { remedy: REMEDY });
  if (bytes.length > MAX_FILE)
    throw new UsageError(`picture: a file of more than ${MAX_FILE / 1024 / 1024} MiB is not read`, { remedy: REMEDY });
  const pixels = await pixelsOf(kind, bytes);
  const started = performance.now();
  const codes = await jsqrCodes(pixels, () => performance.now() - started > MAX_MS);
  if (codes.length > 0) return [...new Set(codes)];
  throw new UsageError(`picture: no QR code found in a ${kind} picture of ${pixels.width} x ${pixels.height} pixels`, {
    remedy: 'cut it to the code with a white margin, or take a sharper picture from straight above',
  });
}

const REMEDY = 'give a PNG picture, such as a screenshot of the code';

async function pixelsOf(kind: PictureKind, bytes: Uint8Array): Promise<Pixels> {
  try {
    if (kind === 'PNG') {
      const { width, height } = pngSize(bytes);
      if (width * height > MAX_PIXELS)
        throw new UsageError(`picture: ${width} x ${height} pixels are too many`, { remedy: REMEDY });
      return await pngPixels(bytes);
    }
  } catch (cause) {
    if (cause instanceof LpaError) throw cause;
    throw new UsageError(`picture: the ${kind} file is damaged`, { cause });
  }
  throw new UsageError(`picture: ${kind} files are not read`, { remedy: REMEDY });
}
