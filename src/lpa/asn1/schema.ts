/**
 * Data objects declared once: the declaration gives the TypeScript type, the decoder, the encoder,
 * the JSON form (values are plain data) and, through `shape`, whatever walks a data object by name:
 * the trace, `lpa explain`, the docs.
 */
import { concat, concatAll } from '../bytes.ts';
import { DecodeError } from '../errors.ts';
import { encodeTlv, hexTag, parseTlv, type Tlv } from './tlv.ts';

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
  /** `also`: further tags that a field or an item is read under. */
  | {
      readonly kind: 'sequence';
      readonly fields: Fields;
      readonly also?: readonly { readonly tag: number; readonly name: string }[];
    }
  | { readonly kind: 'choice'; readonly fields: Fields }
  | { readonly kind: 'list'; readonly item: Item; readonly also?: readonly number[] }
  /** `former`: numbers that a name had in another version, read as that name. */
  | {
      readonly kind: 'enumerated';
      readonly names: Readonly<Record<string, number>>;
      readonly former?: Readonly<Record<number, string>>;
    }
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

/**
 * SEQUENCE OF.
 *
 * @param item a tagged type, or a `choice` whose alternatives stand in the list themselves
 * @param also further tags that an item is read under, never written
 */
export function listOf<T>(item: Item<T>, also: readonly number[] = []): Type<T[]> {
  return {
    shape: { kind: 'list', item, ...(also.length > 0 && { also }) },
    decode: (tlv, path) =>
      tlv.children.map((child, i) => {
        const at = `${path}/${i}`;
        if (!('tag' in item)) {
          if (item.shape.kind !== 'choice') throw new TypeError('a list item without a tag has to be a choice');
          return chooseFrom(item.shape.fields, child, at) as T; // T is the choice's own value
        }
        if (child.tag !== item.tag && !also.includes(child.tag))
          throw new DecodeError(at, `expected tag ${hexTag(item.tag)}, got ${hexTag(child.tag)}`);
        return item.type.decode(child, at);
      }),
    encode: (values) => concatAll(values.map((value) => ('tag' in item ? encodeField(item, value) : item.encode(value)))),
  };
}

/** The data object as received, tag and length included: relayed or signed, never rebuilt. */
export const opaque: Type<Uint8Array> = {
  shape: { kind: 'opaque' },
  decode: (tlv) => tlv.bytes,
  encode: (bytes) => parseTlv(bytes).content,
  verbatim: (bytes) => bytes,
};

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
