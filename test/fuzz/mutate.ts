/** Inputs made wrong: by octets, by data objects (lengths kept right, or not), by pieces of other inputs. */
import { numberOctets, readHeader } from '../../src/lpa/asn1/tlv.ts';
import { concat } from '../../src/lpa/bytes.ts';
import { DecodeError } from '../../src/lpa/errors.ts';
import type { Random } from './random.ts';

/** What decides in most formats: borders of lengths, of signs, of fields. */
const ODD_OCTETS = [0x00, 0x01, 0x7f, 0x80, 0x81, 0x82, 0x84, 0x1f, 0x20, 0x30, 0xa0, 0xbf, 0xfe, 0xff];

/** Octets of an input that grows no further. */
const MAX_INPUT = 64 * 1024;

export type Mutator = (
  input: Uint8Array,
  random: Random,
  pool: readonly Uint8Array[],
  words: readonly Uint8Array[],
) => Uint8Array;

/** One to eight changes to the octets. */
export const mutateOctets: Mutator = (input, random, pool, words) => {
  let octets = input;
  for (let left = 1 + random.int(random.chance(0.2) ? 8 : 2); left > 0; left--)
    octets = changeOctets(octets, random, pool, words);
  return octets.subarray(0, MAX_INPUT);
};

function changeOctets(octets: Uint8Array, random: Random, pool: readonly Uint8Array[], words: readonly Uint8Array[]): Uint8Array {
  const at = random.int(octets.length + 1);
  const end = Math.min(octets.length, at + 1 + random.int(random.chance(0.1) ? octets.length + 1 : 8));
  const put = (middle: Uint8Array, from = at, to = at): Uint8Array =>
    concat(octets.subarray(0, from), middle, octets.subarray(to));
  switch (random.int(11)) {
    case 0: {
      const flipped = Uint8Array.from(octets);
      if (at < flipped.length) flipped[at]! ^= 1 << random.int(8);
      return flipped;
    }
    case 1:
      return put(Uint8Array.of(random.pick(ODD_OCTETS)), at, at + 1);
    case 2:
      return put(random.octets(1), at, at + 1);
    case 3:
      return put(random.octets(1 + random.int(8)));
    case 4:
      return put(new Uint8Array(), at, end);
    case 5:
      return put(octets.slice(at, end)); // the same piece twice
    case 6:
      return octets.subarray(0, at);
    case 7: {
      const other = random.pick(pool);
      const from = random.int(other.length + 1);
      return put(other.subarray(from, from + random.int(other.length + 1)), at, end);
    }
    case 8:
      return put(new Uint8Array(1 + random.int(300)).fill(random.pick(ODD_OCTETS)));
    case 9:
      return words.length > 0 ? put(random.pick(words), at, random.chance(0.5) ? at : end) : put(random.octets(2));
    default: {
      const target = random.int(octets.length + 1); // a piece goes elsewhere
      const piece = octets.slice(at, end);
      const rest = put(new Uint8Array(), at, end);
      return concat(rest.subarray(0, target), piece, rest.subarray(target));
    }
  }
}

/** A data object that can be changed; `content` where it has no children. */
interface Node {
  tag: Uint8Array;
  content: Uint8Array;
  children: Node[] | undefined;
  /** Says more or less than there is. */
  lie?: number;
  /** The length field is written in so many octets more than needed. */
  padding?: number;
}

/** One to four changes to the data objects of an input, where it has any; else to its octets. */
export const mutateTlv: Mutator = (input, random, pool, words) => {
  const roots = nodesOf(input, 0);
  if (!roots || roots.length === 0 || random.chance(0.15)) return mutateOctets(input, random, pool, words);
  for (let left = 1 + random.int(random.chance(0.25) ? 4 : 1); left > 0; left--) changeTree(roots, random, pool, words);
  const octets = concat(...roots.map(octetsOf));
  return (random.chance(0.05) ? mutateOctets(octets, random, pool, words) : octets).subarray(0, MAX_INPUT);
};

function changeTree(roots: Node[], random: Random, pool: readonly Uint8Array[], words: readonly Uint8Array[]): void {
  const places: { list: Node[]; i: number }[] = [];
  const walk = (list: Node[]): void => {
    for (const [i, node] of list.entries()) {
      places.push({ list, i });
      if (node.children) walk(node.children);
    }
  };
  walk(roots);
  if (places.length === 0) return;
  const { list, i } = random.pick(places);
  const other = random.pick(places);
  const node = list[i]!;
  switch (random.int(12)) {
    case 0:
      list.splice(i, 1);
      break;
    case 1:
      list.splice(i, 0, structuredClone(node));
      break;
    case 2: {
      const copy = structuredClone(other.list[other.i]!);
      list.splice(random.int(list.length + 1), 0, copy);
      break;
    }
    case 3:
      list.splice(random.int(list.length), 0, ...list.splice(i, 1)); // another order
      break;
    case 4:
      node.tag = random.chance(0.5) ? other.list[other.i]!.tag : random.octets(1 + random.int(3));
      break;
    case 5:
      list[i] = { tag: Uint8Array.of(random.pick([0x30, 0xa0, 0xa1, 0xa3])), content: new Uint8Array(), children: [node] };
      break;
    case 6:
      if (node.children) list.splice(i, 1, ...node.children);
      else node.content = new Uint8Array();
      break;
    case 7:
      node.lie = random.pick([-1, 1, 2, 127, 128, 0x7fff, -node.content.length]);
      break;
    case 8:
      node.padding = 1 + random.int(4);
      break;
    case 9:
      node.children = undefined;
      node.content = random.chance(0.3) ? random.octets(random.pick([0, 1, 2, 3, 7, 8, 9, 10, 16, 17, 300])) : node.content;
      break;
    default:
      if (node.children && random.chance(0.5)) {
        node.children.push(...(nodesOf(random.pick(pool), 0)?.slice(0, 2) ?? []));
      } else {
        node.content = changeOctets(node.children ? concat(...node.children.map(octetsOf)) : node.content, random, pool, words);
        node.children = undefined;
      }
  }
}

function nodesOf(octets: Uint8Array, depth: number): Node[] | undefined {
  const nodes: Node[] = [];
  try {
    for (let at = 0; at < octets.length && nodes.length < 2000; ) {
      const { tag, constructed, contentStart, end } = readHeader(octets, at, '');
      const content = octets.subarray(contentStart, end);
      const children = constructed && depth < 40 ? nodesOf(content, depth + 1) : undefined;
      nodes.push({ tag: numberOctets(tag), content, children });
      at = end;
    }
    return nodes;
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

function octetsOf({ tag, content, children, lie = 0, padding = 0 }: Node): Uint8Array {
  const inside = children ? concat(...children.map(octetsOf)) : content;
  const length = Math.max(0, inside.length + lie);
  const digits = numberOctets(length);
  const long = length >= 0x80 || padding > 0;
  const field = long ? concat(Uint8Array.of(0x80 | (digits.length + padding)), new Uint8Array(padding), digits) : digits;
  return concat(tag, field, inside);
}

/** Several pieces in one input, each behind two octets of its length: APDUs, certificates of a chain. */
export const pack = (pieces: readonly Uint8Array[]): Uint8Array =>
  concat(...pieces.flatMap((piece) => [Uint8Array.of(piece.length >> 8, piece.length & 0xff), piece]));

/** The pieces again, whatever the octets are: the last one may be short. */
export function unpack(octets: Uint8Array): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at + 2 <= octets.length; ) {
    const end = at + 2 + octets[at]! * 0x100 + octets[at + 1]!;
    pieces.push(octets.subarray(at + 2, end));
    at = end;
  }
  return pieces;
}

/** Change one piece by `inner`, or the pieces as such. */
export const mutatePieces =
  (inner: Mutator): Mutator =>
  (input, random, pool, words) => {
    const pieces = unpack(input);
    const elsewhere = random.pick(pool);
    for (let left = 1 + random.int(3); left > 0; left--) {
      const i = random.int(pieces.length + 1);
      const piece = pieces[i];
      switch (random.int(8)) {
        case 0:
          pieces.splice(i, 1);
          break;
        case 1:
          if (piece) pieces.splice(i, 0, piece);
          break;
        case 2:
          pieces.splice(i, 0, ...unpack(elsewhere).slice(random.int(4), 4 + random.int(4)));
          break;
        case 3:
          if (pieces.length > 1) pieces.splice(random.int(pieces.length), 0, ...pieces.splice(i, 1));
          break;
        default:
          if (piece) pieces[i] = inner(piece, random, pieces, words).slice(0, 0xffff);
      }
    }
    return pack(pieces);
  };
