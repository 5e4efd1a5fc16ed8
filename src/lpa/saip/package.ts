/**
 * Read a profile package: a run of profile elements without anything around it. TCA profile package §7.1.
 *
 * The run itself has to be sound. An element whose inside is not is kept with its `fault`, as a card
 * would still name it by its identification in the EUICCResponse.
 */
import { hexTag, parseTlv, readHeader, type Tlv } from '../asn1/tlv.ts';
import { DecodeError } from '../errors.ts';
import { FileWalk, type ProfileFile } from './created-files.ts';
import { type ElementName, type ElementValue, elements } from './elements.ts';
import { offsetOf } from './locate.ts';

interface ElementOctets {
  /** Position in the package, from 0; messages count from one. */
  readonly index: number;
  readonly tag: number;
  /** Names the element in an EUICCResponse; the header has none. */
  readonly identification?: number;
  /** The eUICC may not pass it over. */
  readonly mandated: boolean;
  /** Of its first octet in the package. */
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** Why its inside could not be read; there is no `value` then. */
  readonly fault?: DecodeError;
  /** The files it creates or fills. */
  readonly files: readonly ProfileFile[];
}

/** An element of a known kind; `name` says which type `value` has. */
export type KnownElement<N extends ElementName = ElementName> = {
  [K in N]: ElementOctets & { readonly name: K; readonly value?: ElementValue<K> };
}[N];
/** An element whose tag no version up to 3.3.1 names: `unknown(BF2A)`. */
export type UnknownElement = ElementOctets & { readonly name: `unknown(${string})`; readonly value?: never };
export type ProfileElement = KnownElement | UnknownElement;

export interface ProfilePackage {
  readonly bytes: Uint8Array;
  readonly elements: readonly ProfileElement[];
  /** The ICCID of the header in reading order, without padding. */
  readonly iccid?: string;
}

/** More elements than any profile has; a bound for hostile packages. */
const MAX_ELEMENTS = 2_000;
/** Data objects in all: 500 KB of tiny files have half as many. */
const MAX_OBJECTS = 100_000;

/**
 * Reads the elements of an Unprotected Profile Package, as the segments of a bound package give it when put together.
 *
 * @throws {DecodeError} when the run of elements is empty, cut off, overlong or too long
 */
export function readProfilePackage(upp: Uint8Array): ProfilePackage {
  const walk = new FileWalk();
  const read: ProfileElement[] = [];
  let objects = 0;
  if (upp.length === 0) throw new DecodeError('ProfilePackage', 'the package is empty');
  for (let at = 0; at < upp.length; ) {
    if (read.length === MAX_ELEMENTS) throw new DecodeError('ProfilePackage', `more than ${MAX_ELEMENTS} elements`);
    const { tag, end } = readHeader(upp, at, `ProfilePackage/${read.length}`);
    objects += countObjects(upp.subarray(at, end), MAX_OBJECTS - objects);
    if (objects > MAX_OBJECTS) throw new DecodeError('ProfilePackage', `more than ${MAX_OBJECTS} data objects`);
    read.push(readElement(tag, upp.subarray(at, end), { index: read.length, offset: at }, walk));
    at = end;
  }
  const iccid = only({ elements: read }, 'header')[0]?.value?.iccid.replace(/F+$/, '');
  return { bytes: upp, elements: read, ...(iccid !== undefined && { iccid }) };
}

/** The elements of one kind, in order. */
export const only = <N extends ElementName>(
  { elements: all }: Pick<ProfilePackage, 'elements'>,
  ...names: readonly N[]
): Extract<KnownElement, { name: N }>[] =>
  // The filter is what the type says; TypeScript cannot follow a name through a list.
  all.filter(({ name }) => (names as readonly string[]).includes(name)) as Extract<KnownElement, { name: N }>[];

/** Names an element in messages, by its place counted from one: `element 9, usim (identification 8)`. */
export const nameOf = ({ name, identification, index }: Pick<ProfileElement, 'name' | 'identification' | 'index'>): string =>
  `element ${index + 1}, ${name}${identification === undefined ? '' : ` (identification ${identification})`}`;

/** Where fields stand in an element, `ef-imsi/0`, counted from its first octet; 0 where the path leads nowhere. */
export function fieldOffsets(element: ProfileElement): (path: string) => number {
  if (!isKnown(element.name)) return () => 0;
  const { shape } = elements[element.name].type;
  let tlv: Tlv;
  try {
    tlv = parseTlv(element.bytes);
  } catch (error) {
    if (error instanceof DecodeError) return () => 0; // the fault is inside the encoding itself
    throw error;
  }
  return (path) => offsetOf(shape, tlv, path);
}

/** Data objects at every level, without building any: the bound comes before the work. */
function countObjects(bytes: Uint8Array, most: number): number {
  let count = 0;
  try {
    for (let at = 0; at < bytes.length && count <= most; count++) {
      const { constructed, contentStart, end } = readHeader(bytes, at, 'ProfilePackage');
      at = constructed ? contentStart : end;
    }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error; // what is malformed is told when the element is read
  }
  return count;
}

const isKnown = (name: string): name is ElementName => name in elements;
const nameOfTag = new Map(Object.entries(elements).map(([name, { tag }]) => [tag, name as ElementName]));

function readElement(tag: number, bytes: Uint8Array, place: { index: number; offset: number }, walk: FileWalk): ProfileElement {
  const name = nameOfTag.get(tag);
  const common = { ...place, tag, bytes, mandated: false, files: [] };
  const label = name ?? (`unknown(${hexTag(tag)})` as const);
  let header: ReturnType<typeof readPEHeader> | undefined;
  try {
    const tlv = parseTlv(bytes, label);
    header = readPEHeader(tlv, name);
    if (!name) return { ...common, ...header, name: `unknown(${hexTag(tag)})` };
    const value = elements[name].type.decode(tlv, name) as Record<string, unknown>;
    return { ...common, ...header, name, value, files: walk.next(name, value) } as KnownElement; // value is of the type that the table names
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return { ...common, ...header, name: label, fault: error } as ProfileElement; // without a value every name will do
  }
}

/** PEHeader is the first member of every element but the header, whatever else the element holds. */
function readPEHeader(tlv: Tlv, name: ElementName | undefined): { mandated: boolean; identification?: number } {
  const header = name === 'header' ? undefined : tlv.children.find((child) => child.tag === 0xa0);
  const identification = header?.children.find((child) => child.tag === 0x81)?.content;
  return {
    mandated: header?.children.some((child) => child.tag === 0x80) ?? name === 'header',
    ...(identification &&
      identification.length <= 3 && { identification: identification.reduce((n, octet) => n * 0x100 + octet, 0) }),
  };
}
