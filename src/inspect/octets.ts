/** Octets without context: what they are, and the tree of it. */

import { statusWord } from '../failures/status-words.ts';
import type { DataObject, Field } from '../lpa/asn1/schema.ts';
import { hexTag, readAnnouncement } from '../lpa/asn1/tlv.ts';
import { toHex } from '../lpa/bytes.ts';
import { DecodeError } from '../lpa/errors.ts';
import { EUICCResponse } from '../lpa/saip/response.ts';
import { type Direction, REGISTRY, registered } from '../lpa/sgp22/registry.ts';
import { addSegments } from './bpp.ts';
import { factsOf, summarise } from './certificates.ts';
import { FCI } from './fci.ts';
import { everyNode, type Node } from './node.ts';
import { elementOf, isElement, packageTree } from './profile-package.ts';
import { type Draft, generic, only, Walk } from './walk.ts';

export interface ReadOptions {
  /** Where the octets were going, when that is known. */
  readonly direction?: Direction;
  /** The name of the data object, when somebody knows better: `SmdpSigned2`, `Certificate`, `ProfilePackage`. */
  readonly as?: string;
  /** For certificates. */
  readonly now?: Date;
}

/** Top-level data objects one after the other; what comes after is shown as octets. */
const MAX_OBJECTS = 1000;

/** A tree of any octets. Whatever they are, it is a tree: what cannot be read is said in `errors`. */
export async function octetsTree(bytes: Uint8Array, options: ReadOptions = {}): Promise<Node> {
  const now = options.now ?? new Date();
  const nodes: Draft[] = [];
  if (bytes.length === 0) return { name: 'octets', length: 0, errors: ['there are none'] };
  for (let at = 0; at < bytes.length; ) {
    if (nodes.length > 0 && at === bytes.length - 2 && isStatusWord(bytes, at)) {
      nodes.push(statusWordNode(bytes, at));
      break;
    }
    if (nodes.length >= MAX_OBJECTS) {
      nodes.push({ name: 'octets', offset: at, length: bytes.length - at, octets: toHex(bytes.subarray(at)) });
      break;
    }
    const { walk, node, next } = best(bytes, at, options);
    await finish(walk, node, bytes, now);
    nodes.push(node);
    at = next;
  }
  const [only] = nodes;
  const root: Draft = nodes.length === 1 && only ? only : { name: 'octets', length: bytes.length, children: nodes };
  const isPackage = root.name === 'ProfilePackage'; // it has a note of its own
  if (!isPackage && [...everyNode(root)].some(({ secret }) => secret)) root.notes = [...(root.notes ?? []), HOLDS_A_CODE];
  return root;
}

const HOLDS_A_CODE = 'what is shown here holds a code: whoever has it may have the profile';

/** What may be given as `as`. */
export const readableNames = (): readonly string[] => [
  ...new Set([
    ...REGISTRY.map(({ object }) => object.name),
    EUICCResponse.name,
    FCI.name,
    'Certificate',
    'ProfilePackage',
    'TLV',
  ]),
];

/** Of two readings that fit as well: people ask about answers, and an object without content is a question. */
const likelihood = ({ direction, node }: Attempt): number =>
  direction === undefined ? 0 : (direction === 'response') === (node.children?.length !== 0) ? 2 : 1;

interface Attempt {
  readonly name: string;
  readonly direction: Direction | undefined;
  readonly walk: Walk;
  readonly node: Draft;
  readonly next: number;
  /** The lower, the better the octets fit. */
  readonly score: number;
}

/** Of all that the octets at `at` may be, what they fit best. */
function best(bytes: Uint8Array, at: number, { direction, as }: ReadOptions): Attempt {
  const tag = tagAt(bytes, at);
  const attempts = candidates(tag, at === 0)
    .filter(({ name }) => as === undefined || name.toLowerCase() === as.toLowerCase())
    .filter((candidate) => direction === undefined || candidate.direction === undefined || candidate.direction === direction)
    .map((candidate) => attempt(candidate, bytes, at));
  const ranked = [...(attempts.length > 0 ? attempts : [attempt(TLV, bytes, at)])].sort(
    (a, b) => a.score - b.score || likelihood(b) - likelihood(a),
  );
  const [first, ...others] = ranked;
  if (!first) throw new TypeError('there is always one');
  const also = [...new Set(others.filter(({ score }) => score === first.score).map(({ name }) => name))];
  if (also.length > 0) {
    first.node.notes = [...(first.node.notes ?? []), `as well readable as ${also.join(', ')}: --as says which`];
  }
  return first;
}

interface Candidate {
  readonly name: string;
  readonly direction?: Direction;
  /** What a reading costs from the start: of two that fit, the likelier wins. */
  readonly handicap: number;
  readonly read: (walk: Walk, at: number, bytes: Uint8Array) => { readonly node: Draft; readonly next: number };
}

const TLV: Candidate = { name: 'TLV', handicap: 0, read: (walk, at, { length }) => walk.object(at, length, generic) };

const CERTIFICATE: Candidate = {
  name: 'Certificate',
  handicap: 0,
  read(walk, at, { length }) {
    const object = walk.object(at, length, generic);
    object.node.name = 'Certificate';
    if (!looksLikeCertificate(object.node)) walk.misfit += 5;
    return object;
  },
};

function candidates(tag: number | undefined, atStart: boolean): readonly Candidate[] {
  if (tag === undefined) return [TLV];
  const objects = registered(tag).map(({ object, direction }) => candidateOf(object, direction));
  return [
    ...objects,
    ...(tag === EUICCResponse.tag ? [candidateOf(EUICCResponse, 'part'), CERTIFICATE] : []),
    ...(tag === FCI.tag ? [candidateOf(FCI, 'response')] : []),
    ...(isElement(tag) && tag < 0xbf20 ? [elementCandidate] : []),
    ...(atStart && tag === HEADER ? [PROFILE_PACKAGE] : []),
    // Octets of a tag that the tables know are never better read without them, but for the universal tags.
    ...(objects.length === 0 || tag < 0x80 ? [{ ...TLV, handicap: objects.length === 0 ? 1 : 4 }] : []),
  ];
}

const candidateOf = (object: DataObject<any>, direction: Direction): Candidate => ({
  name: object.name,
  direction,
  handicap: 0,
  read: (walk, at, { length }) => walk.object(at, length, only(object as Field<any> & { name: string })),
});

/** One element of a profile, cut out of its package. */
const elementCandidate: Candidate = {
  name: 'ProfileElement',
  handicap: 1,
  read: (walk, at, { length }) => walk.object(at, length, elementOf),
};

/** Tag of ProfileHeader, which a package begins with. */
const HEADER = 0xa0;
const PROFILE_PACKAGE: Candidate = {
  name: 'ProfilePackage',
  handicap: 0,
  read(walk, _at, bytes) {
    // Whether it is a package shows in its header; what is damaged behind it does not make it less of one.
    const header = new Walk(bytes);
    header.object(0, bytes.length, elementOf);
    const node = packageTree(walk, bytes);
    walk.misfit = header.misfit;
    return { node, next: bytes.length };
  },
};

function attempt({ name, direction, handicap, read }: Candidate, bytes: Uint8Array, at: number): Attempt {
  const walk = new Walk(bytes);
  const { node, next } = read(walk, at, bytes);
  return { name, direction, walk, node, next, score: walk.misfit + handicap };
}

/** SEQUENCE { SEQUENCE, SEQUENCE, BIT STRING } */
const looksLikeCertificate = ({ children = [] }: Draft): boolean => children.map(({ tag }) => tag).join(' ') === '30 30 03';

/** What takes the whole tree, or more time. */
async function finish(walk: Walk, node: Draft, bytes: Uint8Array, now: Date): Promise<void> {
  if (node.name === 'Certificate' && node.offset !== undefined && node.length !== undefined) {
    const read = await factsOf(bytes.subarray(node.offset, node.offset + node.length), now);
    if ('problem' in read) walk.fault(node, read.problem);
    else {
      node.words = read.words;
      node.children = read.facts.map((fact) => ({ ...fact }) as Draft);
      if (read.notes.length > 0) node.notes = read.notes;
    }
  }
  await summarise(walk.certificates, now);
  for (const each of everyNode(node) as Iterable<Draft>) {
    if (each.tag === 'BF36' && each.offset !== undefined && each.length !== undefined && each.children) {
      addSegments(each, bytes.subarray(each.offset, each.offset + each.length));
    }
  }
}

function tagAt(bytes: Uint8Array, at: number): number | undefined {
  try {
    return readAnnouncement(bytes, at, '').tag;
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

const isStatusWord = (bytes: Uint8Array, at: number): boolean => [0x6, 0x9].includes((bytes[at] ?? 0) >> 4);

const isSuccess = (sw: number): boolean => sw === 0x9000 || [0x61, 0x91].includes(sw >> 8);

export function statusWordNode(bytes: Uint8Array, at: number): Draft {
  const sw = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  const { cause, remedy } = statusWord(sw) ?? {};
  return {
    name: 'status word',
    offset: at,
    length: 2,
    octets: hexTag(sw),
    words: cause ?? 'not one that is known',
    ...(remedy !== undefined && !isSuccess(sw) && { remedy }),
  };
}
