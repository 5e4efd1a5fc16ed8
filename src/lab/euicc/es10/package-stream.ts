/**
 * A Bound Profile Package as it reaches the card: in segments, cut wherever the other side cut them. SGP.22 v2.5 §2.5.5, §5.7.6.
 *
 *     BF36 { BF23, A0 { 87 .. }, A1 { 88 .. }, [A2 { 87 .. }], A3 { 86 .. } }
 */
import { hexTag } from '../../../lpa/asn1/tlv.ts';
import { concat } from '../../../lpa/bytes.ts';
import type { BppCommandId } from '../../../lpa/sgp22/notification.ts';

/** BF23, or an 86, 87 or 88 with its header; `last` of its part. */
export interface Piece {
  readonly command: BppCommandId;
  readonly tag: number;
  readonly bytes: Uint8Array;
  readonly last: boolean;
}

/** The octets are no Bound Profile Package. */
export class StreamError extends Error {
  readonly command: BppCommandId;

  constructor(command: BppCommandId, why: string) {
    super(why);
    this.name = 'StreamError';
    this.command = command;
  }
}

export interface PackageStream {
  /** Octets of the whole package; 0 before its header was seen. */
  readonly total: number;
  /** Octets that are not yet a whole data object. */
  readonly rest: number;
  /** @throws {StreamError} */
  push(octets: Uint8Array): Iterable<Piece>;
  /** What the card works at, or would be given next. */
  readonly command: BppCommandId;
}

interface Part {
  readonly tag: number;
  readonly command: BppCommandId;
  readonly inner: number;
}

const BOUND_PROFILE_PACKAGE = 0xbf36;
const INITIALISE_SECURE_CHANNEL = 0xbf23;
const PARTS: readonly Part[] = [
  { tag: 0xa0, command: 'configureISDP', inner: 0x87 },
  { tag: 0xa1, command: 'storeMetadata', inner: 0x88 },
  { tag: 0xa2, command: 'replaceSessionKeys', inner: 0x87 },
  { tag: 0xa3, command: 'loadProfileElements', inner: 0x86 },
];
const OPTIONAL_PART = 0xa2;
const MAX_SECURE_CHANNEL = 1020;

/** @param maxSegment octets of an 86, 87 or 88 with its header */
export function packageStream(maxSegment: number): PackageStream {
  let buffer: Uint8Array = new Uint8Array();
  let total = 0;
  let left = 0;
  let stage: 'root' | 'secureChannel' | 'parts' = 'root';
  let awaited = PARTS;
  let part: { kind: Part; left: number; count: number } | undefined;

  const command = (): BppCommandId => {
    if (stage !== 'parts') return 'initialiseSecureChannel';
    if (part?.kind.command === 'storeMetadata' && part.count > 0) return 'storeMetadata2';
    return part?.kind.command ?? awaited[0]?.command ?? 'loadProfileElements';
  };
  const error = (why: string): StreamError => new StreamError(command(), why);

  const take = (octets: number): Uint8Array => {
    const taken = buffer.subarray(0, octets);
    buffer = buffer.subarray(octets);
    if (stage !== 'root') {
      left -= octets;
      if (left < 0) throw error('more octets than BF36 announces');
    }
    return taken;
  };

  /** The next whole piece; undefined while octets are missing. */
  function next(): Piece | undefined {
    for (let header = readHead(buffer, error); header; header = readHead(buffer, error)) {
      const { tag, headerLength, length } = header;
      if (stage === 'root') {
        if (tag !== BOUND_PROFILE_PACKAGE) throw error(`expected BF36, got ${hexTag(tag)}`);
        take(headerLength);
        total = headerLength + length;
        left = length;
        stage = 'secureChannel';
      } else if (stage === 'secureChannel') {
        if (tag !== INITIALISE_SECURE_CHANNEL) throw error(`expected BF23, got ${hexTag(tag)}`);
        if (length > MAX_SECURE_CHANNEL) throw error(`a BF23 of ${length} octets`);
        if (buffer.length < headerLength + length) return undefined;
        const bytes = take(headerLength + length);
        stage = 'parts';
        return { command: 'initialiseSecureChannel', tag, bytes, last: true };
      } else if (!part) {
        const at = awaited.findIndex((each) => each.tag === tag);
        const kind = awaited[at];
        if (!kind || (at > 0 && !(at === 1 && awaited[0]?.tag === OPTIONAL_PART))) {
          throw error(`expected ${awaited[0] ? hexTag(awaited[0].tag) : 'the end'}, got ${hexTag(tag)}`);
        }
        awaited = awaited.slice(at + 1);
        part = { kind, left: length, count: 0 };
        take(headerLength);
        if (length === 0) throw error(`${hexTag(tag)} is empty`);
        if (length > left) throw error(`${hexTag(tag)} is longer than the package`);
      } else {
        const whole = headerLength + length;
        if (tag !== part.kind.inner) throw error(`expected ${hexTag(part.kind.inner)}, got ${hexTag(tag)}`);
        if (whole > maxSegment) throw error(`a ${hexTag(tag)} of ${whole} octets, ${maxSegment} at most`);
        if (whole > part.left) throw error(`${hexTag(tag)} overruns its part`);
        if (buffer.length < whole) return undefined;
        const name = command();
        part.left -= whole;
        part.count++;
        const bytes = take(whole);
        const last = part.left === 0;
        if (last) part = undefined;
        if (last && awaited.length === 0 && left > 0) throw error(`${left} octets stand after the last part`);
        return { command: name, tag, bytes, last };
      }
    }
    return undefined;
  }

  return {
    get total() {
      return total;
    },
    get rest() {
      return buffer.length;
    },
    get command() {
      return command();
    },
    *push(octets) {
      buffer = buffer.length === 0 ? octets : concat(buffer, octets);
      for (let piece = next(); piece; piece = next()) yield piece;
    },
  };
}

interface Head {
  readonly tag: number;
  readonly headerLength: number;
  readonly length: number;
}

/** Tag and length at the beginning; undefined where they are not all there yet. */
function readHead(octets: Uint8Array, error: (why: string) => StreamError): Head | undefined {
  const [first, second] = octets;
  if (first === undefined) return undefined;
  const long = (first & 0x1f) === 0x1f;
  if (long && second === undefined) return undefined;
  const tag = long ? first * 0x100 + (second ?? 0) : first;
  const at = long ? 2 : 1;
  const short = octets[at];
  if (short === undefined) return undefined;
  if (short < 0x80) return { tag, headerLength: at + 1, length: short };
  const count = short & 0x7f;
  if (count === 0 || count > 4) throw error(`${hexTag(tag)} has a length field of ${count} octets`);
  if (octets.length < at + 1 + count) return undefined;
  const length = octets.subarray(at + 1, at + 1 + count).reduce((n, octet) => n * 0x100 + octet, 0);
  return { tag, headerLength: at + 1 + count, length };
}
