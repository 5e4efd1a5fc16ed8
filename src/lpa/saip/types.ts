/** The basic types of the profile package format: sized octets and integers, and text forms of packed digits. */
import { hex, integer, octets } from '../asn1/primitives.ts';
import type { Type } from '../asn1/schema.ts';
import { DecodeError } from '../errors.ts';

const ofSize = <T>(type: Type<T>, min: number, max: number): Type<T> => ({
  ...type,
  decode(tlv, path) {
    const length = tlv.content.length;
    if (length < min || length > max) {
      throw new DecodeError(path, `expected ${min === max ? min : `${min} to ${max}`} octets, got ${length}`);
    }
    return type.decode(tlv, path);
  },
});

/** OCTET STRING (SIZE (min..max)). */
export const octetsOf = (min: number, max = min): Type<Uint8Array> => ofSize(octets, min, max);
/** The same as hexadecimal digits: file identifiers, paths, key references. */
export const hexOf = (min: number, max = min): Type<string> => ofSize(hex, min, max);
/** ApplicationIdentifier ::= OCTET STRING (SIZE (5..16)) */
export const applicationIdentifier = hexOf(5, 16);

const upTo = (max: number): Type<number> => ({
  ...integer,
  decode(tlv, path) {
    const value = integer.decode(tlv, path);
    if (value > max) throw new DecodeError(path, `expected at most ${max}, got ${value}`);
    return value;
  },
});
export const uint8 = upTo(0xff);
export const uint15 = upTo(0x7fff);
export const uint16 = upTo(0xffff);
export const uint31 = upTo(0x7fffffff);

/** Both nibbles of every octet exchanged: EF.ICCID and EF.IMSI store digits so, the profile header does not. */
export const swapNibbles = (bytes: Uint8Array): Uint8Array => bytes.map((octet) => (octet << 4) | (octet >> 4));

/** A number as octets, big-endian, leading zeros kept. */
export const numberOf = (bytes: Uint8Array): number => bytes.reduce((n, octet) => n * 0x100 + octet, 0);
