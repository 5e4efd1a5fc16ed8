/**
 * Bearer secrets that this process was given: matching IDs, activation codes, confirmation codes and their hashes.
 * What is printed of a session goes through here, whatever the words or octets it is wrapped in.
 */
import { concat, concatAll, equalBytes, toHex, utf8Bytes } from '../../lpa/bytes.ts';

export const MASK = '•••';

/** Shorter texts would turn up by chance in whatever is printed. */
const MIN_TEXT = 4;

/** What a trace or a recording needs of it. */
export interface Masking {
  addText(text: string): void;
  addOctets(octets: Uint8Array): void;
  /** @param mask what takes the place of a secret; the mask, unless lengths have to stay */
  maskText(text: string, mask?: (secret: string) => string): string;
  /** Two characters an octet, `••` for one that is masked. */
  hexOf(pieces: readonly Uint8Array[]): string[];
}

export class Secrets implements Masking {
  readonly #texts = new Set<string>();
  readonly #octets: Uint8Array[] = [];

  /** A text, as it stands in requests and, by its octets, in APDUs. */
  addText(text: string): void {
    if (text === '') return;
    this.#texts.add(text);
    this.addOctets(utf8Bytes(text));
  }

  addOctets(octets: Uint8Array): void {
    if (octets.length === 0 || this.#octets.some((known) => equalBytes(known, octets))) return;
    this.#octets.push(octets);
    this.#octets.sort((a, b) => b.length - a.length); // the longest first: one may hold another
  }

  /** Mask every secret in a text, and its octets in hexadecimal and base64. */
  maskText(text: string, mask: (secret: string) => string = () => MASK): string {
    let shown = text;
    for (const secret of [...this.#texts].sort((a, b) => b.length - a.length)) {
      if (secret.length >= MIN_TEXT) shown = shown.replaceAll(secret, mask);
    }
    for (const octets of this.#octets) {
      if (octets.length < MIN_TEXT) continue;
      shown = shown.replaceAll(new RegExp(toHex(octets), 'gi'), mask);
      for (const form of base64Cores(octets)) shown = shown.replaceAll(form, mask);
    }
    return shown;
  }

  /**
   * Hexadecimal of some pieces of one stream, secrets masked also where they run from one piece into the next.
   *
   * @returns two characters an octet, `••` for one that is masked
   */
  hexOf(pieces: readonly Uint8Array[]): string[] {
    const masked = this.#maskedIn(concatAll(pieces));
    let at = 0;
    return pieces.map((piece) => {
      const start = at;
      at += piece.length;
      return [...piece].map((octet, i) => (masked[start + i] ? '••' : toHex(Uint8Array.of(octet)))).join('');
    });
  }

  /** For each octet of a stream, whether it is part of a secret: 1 or 0. */
  #maskedIn(stream: Uint8Array): Uint8Array {
    const masked = new Uint8Array(stream.length);
    for (const octets of this.#octets) {
      // Short codes are looked for where they stand alone as a data object, or they would be found everywhere.
      const wanted = octets.length >= MIN_TEXT ? octets : concat(Uint8Array.of(octets.length), octets);
      for (let at = indexOf(stream, wanted, 0); at >= 0; at = indexOf(stream, wanted, at + 1)) {
        masked.fill(1, at + wanted.length - octets.length, at + wanted.length);
      }
    }
    return masked;
  }
}

function indexOf(stream: Uint8Array, wanted: Uint8Array, from: number): number {
  return Buffer.from(stream.buffer, stream.byteOffset, stream.length).indexOf(wanted, from);
}

/** The characters of base64 that depend on nothing but the secret, for each of the three places where it may begin. */
function base64Cores(octets: Uint8Array): string[] {
  return [0, 1, 2].flatMap((shift) => {
    const whole = Buffer.from(concat(new Uint8Array(shift), octets))
      .toString('base64')
      .replace(/=+$/, '');
    const begin = Math.ceil((shift * 8) / 6);
    const end = Math.floor(((shift + octets.length) * 8) / 6);
    const core = whole.slice(begin, end);
    return core.length >= MIN_TEXT ? [core] : [];
  });
}

/** A word may be repeated by an error before anything has made sense of it: what in argv is a secret is known from the first. */
export function noteGiven(argv: readonly string[], secrets: Pick<Masking, 'addText'>): void {
  for (const [i, word] of argv.entries()) {
    const [, joined] = /^--(?:confirmation-code|matching-id)(?:=(.*))?$/s.exec(word) ?? ['', ''];
    const value = joined ?? argv[i + 1] ?? '';
    if (!value.startsWith('--')) secrets.addText(value);
    for (const [, matchingId = ''] of unescaped(word).matchAll(/1\$[^$]*\$([^$\s]+)/g)) {
      secrets.addText(matchingId);
      // In a setup link further parameters follow; elsewhere & and # belong to the matching ID.
      secrets.addText(/^[^&#]*/.exec(matchingId)?.[0] ?? '');
    }
  }
}

/** An activation code, or a setup link with one in it; perhaps with a mistake. */
export const looksLikeCode = (word: string): boolean => /^(lpa:)?1\$|[?&]carddata=/i.test(word.trim());

/** A setup link has its code percent-encoded. */
function unescaped(word: string): string {
  try {
    return decodeURIComponent(word);
  } catch {
    return word; // a % that is just one
  }
}
