/** Good octets for a data object, made from its declaration: every field, every alternative, values from edge to edge. */
import type { DataObject, Field, Shape } from '../../src/lpa/asn1/schema.ts';
import { encodeTlv } from '../../src/lpa/asn1/tlv.ts';
import { concat, fromHex, utf8Bytes } from '../../src/lpa/bytes.ts';
import type { Random } from './random.ts';

/** The whole data object. @param fill how likely an optional field is there */
export const sampleOf = (object: DataObject<unknown>, random: Random, fill = 0.6): Uint8Array =>
  encodeTlv(object.tag, contentOf(object.type.shape, object.tag, random, fill));

const fieldOf = ({ tag, type }: Field<unknown>, random: Random, fill: number): Uint8Array =>
  encodeTlv(tag, contentOf(type.shape, tag, random, fill));

function contentOf(shape: Shape, tag: number, random: Random, fill: number): Uint8Array {
  switch (shape.kind) {
    case 'sequence':
      return concat(
        ...Object.values(shape.fields)
          .filter((field) => (!field.optional && field.fallback === undefined) || random.chance(fill))
          .map((field) => fieldOf(field, random, fill)),
      );
    case 'choice':
      return fieldOf(random.pick(Object.values(shape.fields)), random, fill);
    case 'list': {
      const { item } = shape;
      const one = (): Uint8Array => ('tag' in item ? fieldOf(item, random, fill) : contentOf(item.shape, 0, random, fill));
      return concat(...Array.from({ length: random.int(4) }, one));
    }
    case 'enumerated':
      return integerOf(random.chance(0.9) ? random.pick(Object.values(shape.names)) : random.int(200));
    case 'flags':
      return concat(Uint8Array.of(random.int(8)), random.octets(1 + random.int(4)));
    case 'opaque':
      if (shape.inner) return contentOf(shape.inner, tag, random, fill);
      return isConstructed(tag) ? encodeTlv(0x04, random.octets(random.int(12))) : random.octets(random.int(40));
    case 'primitive':
      if (isConstructed(tag)) return encodeTlv(0x30, random.octets(0));
      return PRIMITIVES[shape.name]?.(random) ?? random.octets(random.int(24));
  }
}

const integerOf = (value: number): Uint8Array =>
  value < 0x80
    ? Uint8Array.of(value)
    : value < 0x8000
      ? Uint8Array.of(value >> 8, value & 0xff)
      : Uint8Array.of(0, value >> 16, (value >> 8) & 0xff, value & 0xff);

const TEXTS = [
  '',
  'Operator',
  'smdp.example.com',
  'Ωμέγα',
  '\u202Eabc',
  '\x1b]52;c;aGk=\x07',
  'a'.repeat(200),
  '\u{1F600}\u200d',
];

const PRIMITIVES: Readonly<Record<string, (random: Random) => Uint8Array>> = {
  iccid: (random) => random.octets(10),
  eid: (random) => random.octets(16),
  version: (random) => random.octets(3),
  mccMnc: (random) => random.octets(3),
  imei: (random) => fromHex(random.pick(['539260113254768F', '53926011325476F8'])),
  integer: (random) => integerOf(random.int(random.pick([2, 128, 40_000]))),
  oid: (random) => fromHex(random.pick(['883709', '2B0601040181F652', '00', '8837FFFFFF7F', '67810102010100'])),
  boolean: (random) => Uint8Array.of(random.pick([0, 1, 0xff])),
  null: () => new Uint8Array(),
  utf8: (random) => (random.chance(0.8) ? utf8Bytes(random.pick(TEXTS)) : random.octets(random.int(20))),
};

/** The class and form are in the first of the identifier octets. */
const isConstructed = (tag: number): boolean => {
  let first = tag;
  while (first > 0xff) first = Math.floor(first / 0x100);
  return (first & 0x20) !== 0;
};
