/** QR codes in pixels, through jsqr: small, quick on clean pictures, one code at a time. */
import { type Pixels, rgbaOf, scaled } from './picture.ts';

/** jsqr needs seconds for more, and tens of seconds for a noisy photograph. */
const MAX_PIXELS = 500_000;
/** Below this, a module may be a pixel or two, which jsqr finds only when enlarged. */
const SMALL = 90_000;
const MAX_CODES = 8;

/** Every code that jsqr finds, at the first scale at which it finds any. `outOfTime` is asked between attempts. */
export async function jsqrCodes(pixels: Pixels, outOfTime: () => boolean): Promise<string[]> {
  const { default: jsqr } = await import('jsqr');
  const count = pixels.width * pixels.height;
  const largest = Math.min(1, Math.sqrt(MAX_PIXELS / count));
  const factors = [largest, largest / 2, ...(count <= SMALL ? [3] : [])];
  for (const factor of factors) {
    const picture = factor === 1 ? pixels : scaled(pixels, factor);
    const rgba = rgbaOf(picture);
    const codes: string[] = [];
    while (codes.length < MAX_CODES) {
      if (outOfTime()) return codes;
      const found = jsqr.default(rgba, picture.width, picture.height, { inversionAttempts: 'attemptBoth' });
      if (!found) break;
      if (found.data !== '') codes.push(found.data);
      // jsqr gives one code. What it found is painted over, and what else is there comes to light.
      const { topLeftCorner, topRightCorner, bottomRightCorner, bottomLeftCorner } = found.location;
      paintOver(rgba, picture.width, picture.height, [topLeftCorner, topRightCorner, bottomRightCorner, bottomLeftCorner]);
    }
    if (codes.length > 0) return codes;
  }
  return [];
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Fill a convex quadrangle, and a little around it, with white. */
function paintOver(rgba: Uint8ClampedArray, width: number, height: number, corners: readonly Point[]): void {
  const centre = { x: corners.reduce((sum, { x }) => sum + x / 4, 0), y: corners.reduce((sum, { y }) => sum + y / 4, 0) };
  const outer = corners.map(({ x, y }) => ({ x: centre.x + (x - centre.x) * 1.1, y: centre.y + (y - centre.y) * 1.1 }));
  for (let y = 0; y < height; y++) {
    const crossings: number[] = [];
    for (const [i, a] of outer.entries()) {
      const b = outer[(i + 1) % outer.length] ?? a;
      if (a.y <= y !== b.y <= y) crossings.push(a.x + ((y - a.y) * (b.x - a.x)) / (b.y - a.y));
    }
    const left = Math.max(0, Math.floor(Math.min(...crossings)));
    const right = Math.min(width, Math.ceil(Math.max(...crossings)));
    if (left < right) rgba.fill(255, 4 * (y * width + left), 4 * (y * width + right));
  }
}
