/**
 * Data objects declared once: the declaration gives the TypeScript type, the decoder, the encoder,
 * the JSON form (values are plain data) and, through `shape`, whatever walks a data object by name:
 * the trace, `lpa explain`, the docs.
 */
import { concat, concatAll, fromHex, toHex, utf8Bytes } from '../bytes.ts';
import { DecodeError } from '../errors.ts';
import { encodeTlv, hexTag, numberOctets, parseTlv, parseTlvs, type Tlv } from './tlv.ts';

/** How one ASN.1 type maps to a value. `path` names the field in a DecodeError. */
export interface Type<T> {
  decode(tlv: Tlv, path: string): T;
  /** The content octets, without tag and length. */
  encode(value: T): Uint8Array;
  readonly shape: Shape;
  /** Present where the value is the data object as received, header and all: it is relayed, never rebuilt. */
  verbatim?(value: T): Uint8Array;
  /** Present where the value is `{ bytes, value }`: the type of the value in it. */
  readonly inner?: Type<any>;
}

/** What a type is made of, for code that walks data objects without knowing them. */
export type Shape =
  /** `also`: further tags that a field is read under. */
  | {
      readonly kind: 'sequence';
      readonly fields: Fields;
      readonly also?: readonly { readonly tag: number; readonly name: string }[];
    }
  | { readonly kind: 'choice'; readonly fields: Fields }
  | { readonly kind: 'list'; readonly item: Item }
  | { readonly kind: 'enumerated'; readonly names: Readonly<Record<string, number>> }
  | { readonly kind: 'flags'; readonly names: readonly string[] }
  | { readonly kind: 'primitive'; readonly name: string }
  /** `name` says what the octets are, where they are not looked into: `certificate`, `signature`. */
  | { readonly kind: 'opaque'; readonly name?: string; readonly inner?: Shape };

/** A type under the tag it has on the wire. */
export interface Field<T, Optional extends boolean = boolean> {
  readonly tag: number;
  readonly type: Type<T>;
  readonly optional: Optional;
  /** DEFAULT: what an absent field reads as, and what is left out when written. */
  readonly fallback?: T;
  /** A bearer secret: masked wherever a data object is shown. */
  readonly secret?: boolean;
}

/** A named top-level data object, such as ProfileInfo. It can stand as a field too. */
export interface DataObject<T> extends Field<T, false> {
  readonly name: string;
  decode(bytes: Uint8Array): T;
  encode(value: T): Uint8Array;
}

/** The value a type, field or data object carries. */
export type Infer<S> = S extends { type: Type<infer T> } ? T : S extends Type<infer T> ? T : never;

export type Fields = Readonly<Record<string, Field<any>>>;
/** What a list holds: one tag, or the alternatives of an untagged CHOICE. */
export type Item<T = any> = Field<T> | Type<T>;

type OptionalKeys<F extends Fields> = { [K in keyof F]: F[K]['optional'] extends true ? K : never }[keyof F];
type Flatten<T> = { [K in keyof T]: T[K] };
export type SequenceValue<F extends Fields> = Flatten<
  { [K in Exclude<keyof F, OptionalKeys<F>>]: Infer<F[K]> } & { [K in OptionalKeys<F>]?: Infer<F[K]> }
>;
export type ChoiceValue<F extends Fields> = { [K in keyof F]: { [P in K]: Infer<F[K]> } }[keyof F];

export const field = <T>(tag: number, type: Type<T>): Field<T, false> => ({ tag, type, optional: false });
export const optional = <T>(tag: number, type: Type<T>): Field<T, true> => ({ tag, type, optional: true });
export const defaulted = <T>(tag: number, type: Type<T>, fallback: T): Field<T, false> => ({
  tag,
  type,
  optional: false,
  fallback,
});
export const secret = <F extends Field<any>>(inner: F): F => ({ ...inner, secret: true });

export function dataObject<T>(name: string, tag: number, type: Type<T>): DataObject<T> {
  return {
    name,
    tag,
    type,
    optional: false,
    encode: (value) => encodeField({ tag, type, optional: false }, value),
    decode(bytes) {
      const tlv = parseTlv(bytes, name);
      if (tlv.tag !== tag) throw new DecodeError(name, `expected tag ${hexTag(tag)}, got ${hexTag(tlv.tag)}`);
      return type.decode(tlv, name);
    },
  };
}

/**
 * SEQUENCE. Fields are matched by tag, in any order; unknown ones are passed over (SGP.22 is
 * EXTENSIBILITY IMPLIED). A known tag that stands twice is refused: what one reader shows, another installs.
 */
export function sequence<const F extends Fields>(fields: F): Type<SequenceValue<F>> {
  return {
    shape: { kind: 'sequence', fields },
    decode(tlv, path) {
      const value: Record<string, unknown> = {};
      for (const child of tlv.children) {
        // smdpSigned2 and smdpCertificate share tag 30: the first takes the first, the second the next.
        const names = Object.keys(fields).filter((key) => fields[key]!.tag === child.tag);
        const name = names.find((key) => !(key in value));
        if (name) value[name] = fields[name]!.type.decode(child, `${path}/${name}`);
        else if (names[0]) throw new DecodeError(path, `${names[0]} (${hexTag(child.tag)}) stands twice`);
      }
      for (const [name, { tag, optional, fallback }] of Object.entries(fields)) {
        if (name in value || optional) continue;
        if (fallback === undefined) throw new DecodeError(path, `${name} (${hexTag(tag)}) is missing`);
        value[name] = fallback;
      }
      return value as SequenceValue<F>; // every mandatory name was just checked, every type decoded its own field
    },
    encode: (value) => encodeFields(fields, value as Record<string, unknown>),
  };
}

/**
 * CHOICE, as an object with one key: `{ profileInfoListOk: [...] }`. Under a tag of its own the
 * chosen alternative is the one child; as the item of a list it stands itself.
 */
export function choice<const F extends Fields>(fields: F): Type<ChoiceValue<F>> {
  return {
    shape: { kind: 'choice', fields },
    decode(tlv, path) {
      const [chosen, second] = tlv.children;
      if (second) throw new DecodeError(path, `a choice has one alternative, here are ${tlv.children.length}`);
      if (!chosen) throw new DecodeError(path, 'no alternative is there');
      return chooseFrom(fields, chosen, path);
    },
    encode: (value) => encodeFields(fields, value as Record<string, unknown>),
  };
}

function chooseFrom<const F extends Fields>(fields: F, tlv: Tlv, path: string): ChoiceValue<F> {
  const name = Object.keys(fields).find((key) => fields[key]!.tag === tlv.tag);
  if (!name) throw new DecodeError(path, `no alternative has tag ${hexTag(tlv.tag)}`);
  return { [name]: fields[name]!.type.decode(tlv, `${path}/${name}`) } as ChoiceValue<F>; // the one key is a key of F
}

/** SEQUENCE OF. @param item a tagged type, or a `choice` whose alternatives stand in the list themselves */
export function listOf<T>(item: Item<T>): Type<T[]> {
  return {
    shape: { kind: 'list', item },
    decode: (tlv, path) =>
      tlv.children.map((child, i) => {
        const at = `${path}/${i}`;
        if (!('tag' in item)) {
          if (item.shape.kind !== 'choice') throw new TypeError('a list item without a tag has to be a choice');
          return chooseFrom(item.shape.fields, child, at) as T; // T is the choice's own value
        }
        if (child.tag !== item.tag) throw new DecodeError(at, `expected tag ${hexTag(item.tag)}, got ${hexTag(child.tag)}`);
        return item.type.decode(child, at);
      }),
    encode: (values) => concatAll(values.map((value) => ('tag' in item ? encodeField(item, value) : item.encode(value)))),
  };
}

/** INTEGER with named values. A value the specification does not name reads as `unknown(9)`. */
export function enumerated<const M extends Readonly<Record<string, number>>>(
  names: M,
): Type<(keyof M & string) | `unknown(${number})`> {
  return {
    shape: { kind: 'enumerated', names },
    decode(tlv, path) {
      const code = unsigned(tlv.content, path);
      return Object.keys(names).find((name) => names[name] === code) ?? `unknown(${code})`;
    },
    encode: (name) => integerOctets(names[name] ?? Number(/\d+/.exec(name)?.[0])),
  };
}

/** The longest of SGP.22 has some forty bits; each that is set becomes a name. */
const MAX_FLAG_OCTETS = 64;

/**
 * BIT STRING with named bits, as the names that are set. Bits without a name read as `unknown(17)`.
 * Written as DER wants it, trailing zero bits trimmed; cards and servers send untrimmed forms too.
 */
export function flags<const N extends readonly string[]>(...names: N): Type<(N[number] | `unknown(${number})`)[]> {
  return {
    shape: { kind: 'flags', names },
    decode({ content }, path) {
      if (content.length > 1 + MAX_FLAG_OCTETS) throw new DecodeError(path, `a bit string of ${content.length - 1} octets`);
      const [unused = 0, ...octets] = content;
      const bits = Math.max(0, octets.length * 8 - Math.min(unused, 7));
      return Array.from({ length: bits }, (_, bit) => bit)
        .filter((bit) => octets[bit >> 3]! & (0x80 >> (bit & 7)))
        .map((bit) => (names[bit] as N[number] | undefined) ?? (`unknown(${bit})` as const));
    },
    encode(set) {
      const bits = set.map((name) => (names.includes(name) ? names.indexOf(name) : Number(/\d+/.exec(name)?.[0])));
      if (bits.length === 0) return Uint8Array.of(0);
      const highest = Math.max(...bits);
      const octets = new Uint8Array((highest >> 3) + 2);
      for (const bit of bits) octets[(bit >> 3) + 1]! |= 0x80 >> (bit & 7);
      octets[0] = 7 - (highest & 7);
      return octets;
    },
  };
}

const primitive = <T>(name: string, decode: (tlv: Tlv, path: string) => T, encode: (value: T) => Uint8Array): Type<T> => ({
  shape: { kind: 'primitive', name },
  decode,
  encode,
});

/** OCTET STRING, or anything else that is looked at by octets. */
export const octets = primitive<Uint8Array>(
  'octets',
  (tlv) => tlv.content,
  (value) => value,
);
/** Octets that people know by their hexadecimal digits: AIDs, TransactionIds, key identifiers. */
export const hex = primitive<string>('hex', (tlv) => toHex(tlv.content), fromHex);
/** A mark at the beginning (U+FEFF) is a character as any other: two names that differ in it are two names. */
const text = new TextDecoder('utf-8', { ignoreBOM: true });
export const utf8 = primitive<string>('utf8', (tlv) => text.decode(tlv.content), utf8Bytes);
export const boolean = primitive<boolean>(
  'boolean',
  (tlv) => tlv.content.some((octet) => octet !== 0),
  (value) => Uint8Array.of(value ? 0xff : 0x00),
);
/** NULL: present or not; the value is always `true`. */
export const nothing = primitive<true>(
  'null',
  () => true,
  () => new Uint8Array(),
);
/** INTEGER of no sign: sequence numbers, sizes. At most six octets, what a number holds exactly. */
export const integer = primitive<number>('integer', (tlv, path) => unsigned(tlv.content, path), integerOctets);
/** OBJECT IDENTIFIER in dotted form. */
export const oid = primitive<string>('oid', (tlv, path) => oidText(tlv.content, path), oidOctets);

/** The data object as received, tag and length included: relayed or signed, never rebuilt. */
export const opaque: Type<Uint8Array> = {
  shape: { kind: 'opaque' },
  decode: (tlv) => tlv.bytes,
  encode: (bytes) => parseTlv(bytes).content,
  verbatim: (bytes) => bytes,
};

/** The same octets and the same value, under a name that says what they are. */
export const named = <T>(name: string, type: Type<T>): Type<T> => {
  const { shape } = type;
  if (shape.kind !== 'primitive' && shape.kind !== 'opaque') throw new TypeError(`${shape.kind} has a shape of its own`);
  return { ...type, shape: { ...shape, name } };
};

/** An X.509 certificate, relayed and verified as received. */
export const certificate = named('certificate', opaque);
/** A signature with its header, `5F37 40 ...`. */
export const signature = named('signature', opaque);

/** A constructed type inside an OCTET STRING: the tag says primitive, the content is data objects (extCardResource). */
export const embedded = <T>(type: Type<T>): Type<T> => ({
  shape: type.shape,
  decode: (tlv, path) => type.decode({ ...tlv, children: parseTlvs(tlv.content, path) }, path),
  encode: type.encode,
});

/** A type printed as text of its own, over octets. */
export const textual = (
  name: string,
  decode: (content: Uint8Array, path: string) => string,
  encode: (text: string) => Uint8Array,
): Type<string> => primitive(name, (tlv, path) => decode(tlv.content, path), encode);

/** A signed data object: `value` to read, `bytes` to relay and verify. */
export interface Der<T> {
  readonly bytes: Uint8Array;
  readonly value: T;
}

/** A type whose octets are kept beside its value. */
export const der = <T>(type: Type<T>): Type<Der<T>> => ({
  shape: { kind: 'opaque', inner: type.shape },
  decode: (tlv, path) => ({ bytes: tlv.bytes, value: type.decode(tlv, path) }),
  encode: ({ bytes }) => parseTlv(bytes).content,
  verbatim: ({ bytes }) => bytes,
  inner: type,
});

/** Read a data object and keep its octets. */
export const readDer = <T>(object: DataObject<T>, bytes: Uint8Array): Der<T> => ({ bytes, value: object.decode(bytes) });

/** Build a data object to be signed: its value, and the octets the signature covers. */
export const buildDer = <T>(object: DataObject<T>, value: T): Der<T> => ({ bytes: object.encode(value), value });

/** Write a data object that is declared to keep its octets: what the lab does in the place of card and server. */
export function writeDer<T>({ name, tag, type }: DataObject<Der<T>>, value: T): Der<T> {
  if (!type.inner) throw new TypeError(`${name} is not declared with der()`);
  return { bytes: encodeTlv(tag, type.inner.encode(value)), value };
}

export function encodeField<T>({ tag, type }: Field<T>, value: T): Uint8Array {
  if (!type.verbatim) return encodeTlv(tag, type.encode(value));
  const bytes = type.verbatim(value);
  const found = parseTlv(bytes).tag;
  if (found !== tag) throw new DecodeError(hexTag(tag), `the data object to relay has tag ${hexTag(found)}`);
  return bytes;
}

const encodeFields = (fields: Fields, value: Record<string, unknown>): Uint8Array =>
  concat(
    ...Object.entries(fields)
      .filter(([name, { fallback }]) => value[name] !== undefined && (fallback === undefined || value[name] !== fallback))
      .map(([name, fieldOf]) => encodeField(fieldOf, value[name])),
  );

function unsigned(content: Uint8Array, path: string): number {
  if (content.length === 0) throw new DecodeError(path, 'an integer without octets');
  if (content.length > 7 || (content.length === 7 && content[0] !== 0))
    throw new DecodeError(path, `an integer of ${content.length} octets`);
  return content.reduce((n, octet) => n * 0x100 + octet, 0);
}

/** DER: a leading zero octet where the value would else read as negative. */
function integerOctets(value: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not an unsigned integer: ${value}`);
  const magnitude = numberOctets(value);
  return magnitude[0]! & 0x80 ? concat(Uint8Array.of(0), magnitude) : magnitude;
}

function oidText(content: Uint8Array, path: string): string {
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

function oidOctets(text: string): Uint8Array {
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
