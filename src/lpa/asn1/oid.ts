/** OBJECT IDENTIFIER: dotted form and content octets, X.690 §8.19. */
import { DecodeError } from '../errors.ts';

/** @throws {DecodeError} content that is empty, cut off, or has an arc that a number does not hold */
export function oidText(content: Uint8Array, path: string): string {
  const arcs: number[] = [];
  let arc = 0;
  for (const [i, octet] of content.entries()) {
    arc = arc * 0x80 + (octet & 0x7f);
    if (!Number.isSafeInteger(arc)) throw new DecodeError(path, 'an object identifier with an arc beyond 2^53');
    if (octet & 0x80) {
      if (i === content.length - 1) throw new DecodeError(path, 'an object identifier that is cut off');
      continue;
    }
    arcs.push(arc);
    arc = 0;
  }
  const [first, ...rest] = arcs;
  if (first === undefined) throw new DecodeError(path, 'an empty object identifier');
  const root = Math.min(2, Math.floor(first / 40));
  return [root, first - 40 * root, ...rest].join('.');
}

/** @throws {RangeError} text that is no object identifier */
export function oidOctets(text: string): Uint8Array {
  const [root = Number.NaN, second = Number.NaN, ...rest] = text.split('.').map(Number);
  const arcs = [root * 40 + second, ...rest];
  if (!arcs.every((arc) => Number.isSafeInteger(arc) && arc >= 0)) throw new RangeError(`not an object identifier: ${text}`);
  return Uint8Array.from(
    arcs.flatMap((arc) => {
      const septets = [arc % 0x80];
      for (let left = Math.floor(arc / 0x80); left > 0; left = Math.floor(left / 0x80)) septets.unshift(0x80 | (left % 0x80));
      return septets;
    }),
  );
}
