/** Pictures as octets of a file and as grey pixels: which kind of file it is, and the few things done to pixels. */

/** The kinds of picture that are read, and those that are known by name only. */
export type PictureKind = 'PNG' | 'JPEG' | 'GIF' | 'WebP' | 'BMP' | 'HEIC' | 'AVIF' | 'TIFF' | 'PDF' | 'SVG';

/** Grey pixels, row by row, 0 black to 255 white. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly grey: Uint8Array;
}

/** Tell a picture by its first octets; undefined is text or something unknown. */
export function pictureKind(bytes: Uint8Array): PictureKind | undefined {
  const head = String.fromCharCode(...bytes.subarray(0, 64));
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'PNG';
  if (head.startsWith('\xff\xd8\xff')) return 'JPEG';
  if (/^GIF8[79]a/.test(head)) return 'GIF';
  if (/^RIFF....WEBP/s.test(head)) return 'WebP';
  // "BM" alone may begin a text: the reserved octets and the size of the header that follows may not.
  if (/^BM.{4}\0{4}.{4}[\x0c-\x7c]\0\0\0/s.test(head)) return 'BMP';
  if (/^.{4}ftypavi[fs]/s.test(head)) return 'AVIF';
  if (/^.{4}ftyp(hei[cxms]|hev[cxms]|mif1|msf1)/s.test(head)) return 'HEIC';
  if (/^(II\x2a\0|MM\0\x2a)/.test(head)) return 'TIFF';
  if (head.startsWith('%PDF-')) return 'PDF';
  if (/^(\xef\xbb\xbf)?\s*<(\?xml|svg|!doctype svg)/i.test(head)) return 'SVG';
  return undefined;
}

/** Grey of colours with alpha, lying on white paper. `rgba` has four octets a pixel. */
export function greyOf(width: number, height: number, rgba: Uint8Array | Uint8ClampedArray): Pixels {
  const grey = new Uint8Array(width * height);
  for (let i = 0, at = 0; i < grey.length; i++, at += 4) {
    const luma = 54 * (rgba[at] ?? 0) + 183 * (rgba[at + 1] ?? 0) + 19 * (rgba[at + 2] ?? 0);
    const alpha = rgba[at + 3] ?? 255;
    grey[i] = alpha === 255 ? luma >> 8 : ((luma >> 8) * alpha + 255 * (255 - alpha)) / 255;
  }
  return { width, height, grey };
}

/** What readers of codes take: four octets a pixel. */
export function rgbaOf({ grey }: Pixels): Uint8ClampedArray {
  const rgba = new Uint8ClampedArray(grey.length * 4);
  for (let i = 0, at = 0; i < grey.length; i++) {
    const level = grey[i] ?? 0;
    rgba[at++] = level;
    rgba[at++] = level;
    rgba[at++] = level;
    rgba[at++] = 255;
  }
  return rgba;
}

/** The picture with its darkest hundredth black and its lightest white: what is dim or pale becomes a code. */
export function stretched({ width, height, grey }: Pixels): Pixels {
  const histogram = new Uint32Array(256);
  for (const level of grey) histogram[level] = (histogram[level] ?? 0) + 1;
  const few = grey.length / 100;
  let dark = 0;
  for (let seen = histogram[0] ?? 0; seen <= few && dark < 255; seen += histogram[dark] ?? 0) dark++;
  let bright = 255;
  for (let seen = histogram[255] ?? 0; seen <= few && bright > 0; seen += histogram[bright] ?? 0) bright--;
  const span = Math.max(1, bright - dark);
  return { width, height, grey: grey.map((level) => Math.max(0, Math.min(255, ((level - dark) * 255) / span))) };
}

/** The same picture, its sides multiplied by `factor`: smaller by the mean of the pixels, larger by repeating them. */
export function scaled(pixels: Pixels, factor: number): Pixels {
  const width = Math.max(1, Math.round(pixels.width * factor));
  const height = Math.max(1, Math.round(pixels.height * factor));
  const grey = new Uint8Array(width * height);
  const columns = edges(pixels.width, width);
  const rows = edges(pixels.height, height);
  for (let y = 0; y < height; y++) {
    const top = rows[y] ?? 0;
    const bottom = Math.max(top + 1, rows[y + 1] ?? 0);
    for (let x = 0; x < width; x++) {
      const left = columns[x] ?? 0;
      const right = Math.max(left + 1, columns[x + 1] ?? 0);
      let sum = 0;
      for (let sy = top; sy < bottom; sy++) {
        for (let at = sy * pixels.width + left, end = at + right - left; at < end; at++) sum += pixels.grey[at] ?? 0;
      }
      grey[y * width + x] = sum / ((right - left) * (bottom - top));
    }
  }
  return { width, height, grey };
}

/** Where each of `to` equal parts of `from` pixels begins, and the end of the last. */
const edges = (from: number, to: number): Uint32Array =>
  Uint32Array.from({ length: to + 1 }, (_, i) => Math.floor((i * from) / to));
