/**
 * Octets as a tree, by the tables of `sgp22` and `saip`. Damaged octets are shown as far as they go, with the error
 * where it is; unknown tags are kept. Whatever the octets are, nothing is thrown.
 */
import { boolean, integer, octets, oid, signature, utf8 } from '../lpa/asn1/primitives.ts';
import type { Field, Fields, Item, Shape, Type } from '../lpa/asn1/schema.ts';
import { encodeTlv, hexTag, MAX_NESTING, readAnnouncement, type Tlv } from '../lpa/asn1/tlv.ts';
import { toHex } from '../lpa/bytes.ts';
import { DecodeError } from '../lpa/errors.ts';
import { EUICCResponse } from '../lpa/saip/response.ts';
import { aid, tagList } from '../lpa/sgp22/identifiers.ts';
import { nameOfTag } from '../lpa/sgp22/registry.ts';
import type { Node } from './node.ts';
import { octetsCount, problemOf, type Reading, read, textIn } from './values.ts';

/** More nodes than any data object of SGP.22 has; what comes after is shown as octets. */
const MAX_NODES = 20_000;

/** What a data object is expected to be: its name, and its type where a table has it. */
export interface Expected {
  readonly name: string;
  readonly type?: Type<any>;
  readonly secret?: boolean;
  /** No table has its tag in this place. */
  readonly unknown?: true;
  /** It may not stand here: known, but twice, or not among the alternatives. */
  readonly error?: string;
}

/** Says what the next data object of a run is, by its tag. */
type Naming = (tag: number) => Expected;

/** A certificate met on the way, to be summed up later: reading one takes time. */
export interface MetCertificate {
  readonly node: Draft;
  readonly bytes: Uint8Array;
}

export type Draft = { -readonly [K in keyof Node]: K extends 'children' ? Draft[] : Node[K] };

export class Walk {
  readonly certificates: MetCertificate[] = [];
  /** How badly the octets fit: errors weigh most, then unknown tags, then values without a name. */
  misfit = 0;
  readonly #bytes: Uint8Array;
  #nodes = 0;

  /** @param bytes the octets that offsets count in */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The data object at `at`, and where the next one begins. */
  object(at: number, end: number, naming: Naming, depth = 0): { readonly node: Draft; readonly next: number } {
    this.#nodes += 1;
    let header: ReturnType<typeof readAnnouncement>;
    try {
      header = readAnnouncement(this.#bytes.subarray(0, end), at, '');
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return { node: this.#rest(at, end, problemOf(error)), next: end };
    }
    const { tag, constructed, contentStart, length } = header;
    const contentEnd = Math.min(contentStart + length, end);
    const expected = naming(tag);
    const node: Draft = { name: expected.name, tag: hexTag(tag), offset: at, length: contentEnd - at };
    if (expected.secret) node.secret = true;
    if (expected.unknown) this.misfit += 2;
    if (expected.error !== undefined) this.fault(node, expected.error);
    const cut = contentStart + length > end;
    if (cut) this.fault(node, `${octetsCount(length)} announced, ${contentEnd - contentStart} are there`);
    this.#fill(node, expected, { tag, constructed, start: contentStart, end: contentEnd, at, cut }, depth);
    return { node, next: contentEnd };
  }

  /** Data objects one after the other. */
  run(at: number, end: number, naming: Naming, depth = 0): Draft[] {
    const nodes: Draft[] = [];
    for (let next = at; next < end; ) {
      if (this.#nodes >= MAX_NODES) {
        nodes.push(this.#rest(next, end, `more than ${MAX_NODES} data objects`));
        break;
      }
      const object = this.object(next, end, naming, depth);
      nodes.push(object.node);
      next = object.next;
    }
    return nodes;
  }

  fault(node: Draft, problem: string): void {
    this.misfit += 3;
    node.errors = [...(node.errors ?? []), problem];
  }

  /** The content of a data object whose header was read. */
  #fill(node: Draft, { type: outer }: Expected, place: Place, depth: number): void {
    const type = outer?.inner ?? outer;
    const shape = type?.shape;
    if (depth >= MAX_NESTING && (place.constructed || (shape && isConstructed(shape)))) {
      node.octets = this.#hex(place);
      this.fault(node, `nested deeper than ${MAX_NESTING} levels`);
      return;
    }
    switch (shape?.kind) {
      case 'sequence': {
        const named = namedFields(shape.fields, shape.also);
        node.children = this.run(place.start, place.end, named.naming, depth + 1);
        // What is missing behind a cut is no error of its own.
        if (!place.cut) for (const missing of named.missing()) this.fault(node, missing);
        break;
      }
      case 'choice': {
        node.children = this.run(place.start, place.end, alternatives(shape.fields), depth + 1);
        if (node.children.length === 0) this.fault(node, 'no alternative is there');
        if (node.children.length > 1) this.fault(node, `a choice has one alternative, here are ${node.children.length}`);
        break;
      }
      case 'list':
        node.children = this.run(place.start, place.end, items(shape.item, shape.also), depth + 1);
        break;
      case 'opaque':
        if (shape.name === 'certificate') {
          node.octets = this.#hex(place);
          this.certificates.push({ node, bytes: this.#certificateAt(place) });
        } else if (place.constructed) node.children = this.run(place.start, place.end, generic, depth + 1);
        else this.#leaf(node, place, read(type!, this.#tlv(place)));
        break;
      case undefined:
        this.#generic(node, place, depth);
        break;
      default:
        this.#leaf(node, place, read(type!, this.#tlv(place)));
        if (shape?.kind === 'primitive' && shape.name === 'simaResponse') {
          node.children = this.run(place.start, place.end, only(EUICCResponse), depth + 1);
          delete node.octets;
        }
    }
  }

  /** A tag that no table has here: structure where it has one, else what universal tags and printable text tell. */
  #generic(node: Draft, place: Place, depth: number): void {
    if (place.constructed) {
      node.children = this.run(place.start, place.end, generic, depth + 1);
      return;
    }
    const tlv = this.#tlv(place);
    const universal = isLongInteger(tlv) ? octets : UNIVERSAL_TYPES[place.tag];
    const text = universal ? undefined : textIn(tlv.content);
    this.#leaf(node, place, universal ? read(universal, tlv) : text === undefined ? {} : { words: `"${text}"` });
  }

  #leaf(node: Draft, place: Place, { value, words, cause, remedy, notes, error, odd }: Reading): void {
    node.octets = this.#hex(place);
    if (value !== undefined) node.value = value;
    if (words !== undefined) node.words = words;
    if (cause !== undefined) node.cause = cause;
    if (remedy !== undefined) node.remedy = remedy;
    if (notes) node.notes = notes;
    if (odd) this.misfit += 1;
    if (error !== undefined) this.fault(node, error);
  }

  #rest(at: number, end: number, problem: string): Draft {
    const node: Draft = { name: 'octets', offset: at, length: end - at, octets: toHex(this.#bytes.subarray(at, end)) };
    this.fault(node, problem);
    return node;
  }

  /** A certificate stands whole, or under a tag in the place of its 30. */
  #certificateAt({ tag, start, end, at }: Place): Uint8Array {
    if (tag === 0x30) return this.#bytes.subarray(at, end);
    const content = this.#bytes.subarray(start, end);
    return isOneSequence(content) ? content : encodeTlv(0x30, content);
  }

  #hex({ start, end }: Place): string {
    return toHex(this.#bytes.subarray(start, end));
  }

  #tlv({ tag, start, end, at }: Place): Tlv {
    return { tag, bytes: this.#bytes.subarray(at, end), content: this.#bytes.subarray(start, end), children: [] };
  }
}

interface Place {
  readonly tag: number;
  readonly constructed: boolean;
  /** Of the tag. */
  readonly at: number;
  /** Of the content. */
  readonly start: number;
  readonly end: number;
  /** There are fewer octets than its length says. */
  readonly cut: boolean;
}

/** Any data object, by no table. */
export const generic: Naming = (tag) => {
  const universal = UNIVERSAL_NAMES[tag];
  return universal ? { name: universal } : (ALONE[tag] ?? unknownIn(tag));
};

/** Pieces that have a tag of their own, and travel alone in JSON. */
const ALONE: Readonly<Record<number, Expected>> = {
  79: { name: 'aid', type: aid },
  92: { name: 'tagList', type: tagList },
  24375: { name: 'signature', type: signature },
  24393: { name: 'publicKey', type: octets },
};

/** One data object that was decided upon before. */
export const only =
  ({ name, tag, type }: Field<any> & { readonly name: string }): Naming =>
  (found) =>
    found === tag ? { name, type } : { ...unknownIn(found), error: `expected ${name} (${hexTag(tag)})` };

const isConstructed = ({ kind }: Shape): boolean => kind === 'sequence' || kind === 'choice' || kind === 'list';

/** Fields by tag in any order, the first of a shared tag first: as `sequence` decodes them. */
function namedFields(
  fields: Fields,
  also: readonly { readonly tag: number; readonly name: string }[] = [],
): { readonly naming: Naming; missing(): string[] } {
  const seen = new Set<string>();
  return {
    naming(tag) {
      const names = [
        ...Object.keys(fields).filter((name) => fields[name]!.tag === tag),
        ...also.filter((other) => other.tag === tag).map(({ name }) => name),
      ];
      const name = names.find((each) => !seen.has(each)) ?? names[0];
      if (name === undefined) return unknownIn(tag);
      const twice = seen.has(name);
      seen.add(name);
      return { ...fieldNamed(name, fields[name]!), ...(twice && { error: 'stands twice' }) };
    },
    missing: () =>
      Object.entries(fields)
        .filter(([name, { optional, fallback }]) => !seen.has(name) && !optional && fallback === undefined)
        .map(([name, { tag }]) => `${name} (${hexTag(tag)}) is missing`),
  };
}

function alternatives(fields: Fields): Naming {
  return (tag) => {
    const name = Object.keys(fields).find((each) => fields[each]!.tag === tag);
    if (name !== undefined) return fieldNamed(name, fields[name]!);
    return { ...unknownIn(tag), error: 'not one of the alternatives' };
  };
}

function items(item: Item, also: readonly number[] = []): Naming {
  if (!('tag' in item)) return item.shape.kind === 'choice' ? alternatives(item.shape.fields) : unknownIn;
  let index = 0;
  const name = 'name' in item ? String(item.name) : undefined;
  return (tag) => {
    const at = `[${index++}]`;
    return tag === item.tag || also.includes(tag)
      ? fieldNamed(name ?? at, item)
      : { ...unknownIn(tag), error: `expected ${name ?? 'an item'} (${hexTag(item.tag)})` };
  };
}

const fieldNamed = (name: string, { type, secret }: Field<any>): Expected => ({ name, type, ...(secret && { secret }) });

const unknownIn = (tag: number): Expected => ({ name: nameOfTag(tag) ?? `unknown(${hexTag(tag)})`, unknown: true });

/** Serial numbers and parts of signatures: octets rather than numbers. */
const isLongInteger = ({ tag, content }: Tlv): boolean => tag === 0x02 && content.length > 6;

function isOneSequence(content: Uint8Array): boolean {
  try {
    const { tag, contentStart, length } = readAnnouncement(content, 0, '');
    return tag === 0x30 && contentStart + length === content.length;
  } catch (error) {
    if (error instanceof DecodeError) return false;
    throw error;
  }
}

/** Tags that mean the same everywhere (X.680). */
const UNIVERSAL_TYPES: Readonly<Record<number, Type<any>>> = {
  1: boolean,
  2: integer,
  3: octets,
  4: octets,
  6: oid,
  12: utf8,
  19: utf8,
  22: utf8,
  23: utf8,
  24: utf8,
};
// biome-ignore format: a table
const UNIVERSAL_NAMES: Readonly<Record<number, string>> = {
  1: 'BOOLEAN', 2: 'INTEGER', 3: 'BIT STRING', 4: 'OCTET STRING', 5: 'NULL', 6: 'OBJECT IDENTIFIER', 10: 'ENUMERATED',
  12: 'UTF8String', 19: 'PrintableString', 22: 'IA5String', 23: 'UTCTime', 24: 'GeneralizedTime', 48: 'SEQUENCE', 49: 'SET',
};
