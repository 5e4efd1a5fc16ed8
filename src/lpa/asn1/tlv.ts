/**
 * BER-TLV in, DER out; strict, zero-copy, definite lengths only. ISO/IEC 8825-1, ISO 7816-4 §5.2.2.
 *
 * A tag is written as the specification prints it: its identifier octets read as one number,
 * so `[34] SEQUENCE -- Tag 'BF22'` is 0xbf22 and PRIVATE 3 is 0xe3.
 */
import { concat } from '../bytes.ts';
import { DecodeError } from '../errors.ts';

export interface Tlv {
  readonly tag: number;
  /** The whole data object as received: identifier, length and content octets. */
  readonly bytes: Uint8Array;
  /** The content octets alone. */
  readonly content: Uint8Array;
  /** The nested data objects; empty for a primitive one. */
  readonly children: readonly Tlv[];
}

/** Levels of nesting that any data object of SGP.22 or SAIP could need, several times over. */
export const MAX_NESTING = 32;

/** Data objects at every level of what is parsed at once: a package of 2 MiB has some ten thousand, each costs half a kilobyte. */
export const MAX_OBJECTS = 100_000;

/** Identifier octets: three hold every tag of SGP.22 and of ISO 7816. */
const MAX_TAG_OCTETS = 4;

/** Parse exactly one data object. @throws {DecodeError} on malformed or trailing octets. */
export function parseTlv(bytes: Uint8Array, path = 'TLV'): Tlv {
  const [tlv, ...rest] = parseTlvs(bytes, path);
  if (!tlv) throw new DecodeError(path, 'no data object');
  if (rest[0]) throw new DecodeError(path, `${bytes.length - tlv.bytes.length} octets left over`);
  return tlv;
}

/** Parse a run of data objects that fills `bytes` to the end. @throws {DecodeError} on malformed octets. */
export function parseTlvs(bytes: Uint8Array, path = 'TLV'): readonly Tlv[] {
  return parseRun(bytes, path, 0, { left: MAX_OBJECTS });
}

function parseRun(bytes: Uint8Array, path: string, depth: number, objects: { left: number }): Tlv[] {
  if (depth > MAX_NESTING) throw new DecodeError(path, `nested deeper than ${MAX_NESTING} levels`);
  const run: Tlv[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (objects.left-- === 0) throw new DecodeError(path, `more than ${MAX_OBJECTS} data objects`);
    const { tag, constructed, contentStart, end } = readHeader(bytes, at, path);
    const content = bytes.subarray(contentStart, end);
    run.push({
      tag,
      bytes: bytes.subarray(at, end),
      content,
      children: constructed ? parseRun(content, `${path}/${hexTag(tag)}`, depth + 1, objects) : [],
    });
    at = end;
  }
  return run;
}

interface Header {
  readonly tag: number;
  readonly constructed: boolean;
  readonly contentStart: number;
  readonly end: number;
}

/** Identifier and length octets at `at`. @throws {DecodeError} unless the whole data object is there. */
export function readHeader(bytes: Uint8Array, at: number, path: string): Header {
  const { tag, constructed, contentStart, length } = readAnnouncement(bytes, at, path);
  const left = bytes.length - contentStart;
  if (length > left) throw new DecodeError(path, `${hexTag(tag)} at octet ${at} overruns its parent by ${length - left} octets`);
  return { tag, constructed, contentStart, end: contentStart + length };
}

/** Identifier and length octets at `at`, whether or not the content is there. @throws {DecodeError} when they are malformed or cut off. */
export function readAnnouncement(bytes: Uint8Array, at: number, path: string): Omit<Header, 'end'> & { readonly length: number } {
  const cut = (): DecodeError => new DecodeError(path, `cut off at octet ${bytes.length}`);
  let i = at;
  const first = bytes[i++];
  if (first === undefined) throw cut();
  let tag = first;
  if ((first & 0x1f) === 0x1f) {
    for (let octet = 0x80; octet & 0x80; ) {
      if (i - at >= MAX_TAG_OCTETS) throw new DecodeError(path, `tag of more than ${MAX_TAG_OCTETS} octets at octet ${at}`);
      const next = bytes[i++];
      if (next === undefined) throw cut();
      octet = next;
      tag = tag * 0x100 + octet;
    }
  }
  let length = bytes[i++];
  if (length === undefined) throw cut();
  if (length === 0x80) throw new DecodeError(path, `indefinite length at octet ${at}`);
  if (length > 0x80) {
    const count = length & 0x7f;
    if (count > 4) throw new DecodeError(path, `length field of ${count} octets at octet ${at}`);
    length = 0;
    for (let k = 0; k < count; k++) {
      const next = bytes[i++];
      if (next === undefined) throw cut();
      length = length * 0x100 + next;
    }
  }
  return { tag, constructed: (first & 0x20) !== 0, contentStart: i, length };
}

/** Encode one data object, definite length, shortest form. */
export function encodeTlv(tag: number, content: Uint8Array): Uint8Array {
  return concat(numberOctets(tag), lengthOctets(content.length), content);
}

/** Identifier and length octets of a data object as received. */
export const headerOf = ({ bytes, content }: Tlv): Uint8Array => bytes.subarray(0, bytes.length - content.length);

export const hexTag = (tag: number): string => {
  const text = tag.toString(16).toUpperCase();
  return text.length % 2 ? `0${text}` : text;
};

/** A tag list as tag 5C carries it: the tags one after the other. */
export const tagListOctets = (tags: readonly number[]): Uint8Array => concat(...tags.map(numberOctets));

export function lengthOctets(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length);
  const octets = numberOctets(length);
  return Uint8Array.of(0x80 | octets.length, ...octets);
}

/** Big-endian, no leading zero octet (but one octet for zero). */
export function numberOctets(value: number): Uint8Array {
  const octets: number[] = [];
  for (let rest = value; rest > 0 || octets.length === 0; rest = Math.floor(rest / 0x100)) octets.unshift(rest % 0x100);
  return Uint8Array.from(octets);
}
