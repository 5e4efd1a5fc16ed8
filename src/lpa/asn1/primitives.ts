/** The types without fields of their own: numbers, names, flags, text, octets. */
import { concat, fromHex, toHex, utf8Bytes } from '../bytes.ts';
import { DecodeError } from '../errors.ts';
import { oidOctets, oidText } from './oid.ts';
import { opaque, type Type } from './schema.ts';
import { numberOctets, parseTlvs, type Tlv } from './tlv.ts';

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

/** A type printed as text of its own, over octets. */
export const textual = (
  name: string,
  decode: (content: Uint8Array, path: string) => string,
  encode: (text: string) => Uint8Array,
): Type<string> => primitive(name, (tlv, path) => decode(tlv.content, path), encode);

/**
 * INTEGER with named values. A value the specification does not name reads as `unknown(9)`.
 *
 * @param former numbers that a name had in another version: read, never written
 */
export function enumerated<const M extends Readonly<Record<string, number>>>(
  names: M,
  former: Readonly<Record<number, keyof M & string>> = {},
): Type<(keyof M & string) | `unknown(${number})`> {
  return {
    shape: { kind: 'enumerated', names, ...(Object.keys(former).length > 0 && { former }) },
    decode(tlv, path) {
      const code = unsigned(tlv.content, path);
      return Object.keys(names).find((name) => names[name] === code) ?? former[code] ?? `unknown(${code})`;
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
