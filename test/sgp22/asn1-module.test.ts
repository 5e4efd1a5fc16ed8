/**
 * Compares every table of data objects with the ASN.1 module of SGP.22 v2.5, as an ASN.1 compiler parsed it
 * (test/vectors/asn1/README.md). A wrong tag cannot pass because both sides of the lab share it.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Field, Fields, Shape, Type } from '../../src/lpa/asn1/schema.ts';
import { encodeTlv, hexTag, parseTlv } from '../../src/lpa/asn1/tlv.ts';
import { PROFILE_INFO_TAGS, ProfileInfo } from '../../src/lpa/sgp22/profile.ts';
import { REGISTRY } from '../../src/lpa/sgp22/registry.ts';
import * as iot from '../../src/lpa/sgp32/iot.ts';
import { DEVIATIONS, LATER_VALUES, NOT_DECLARED, SIZES_NOT_CHECKED } from './asn1-deviations.ts';

interface AsnType {
  readonly type: string;
  readonly tag?: string;
  readonly members?: readonly AsnMember[];
  readonly element?: AsnType;
  readonly namedNumbers?: Readonly<Record<string, number>>;
  readonly namedBits?: readonly (readonly [name: string, bit: string])[];
  readonly size?: readonly (number | readonly [min: number, max: number])[];
}
interface AsnMember extends AsnType {
  readonly name: string;
  readonly optional?: boolean;
  readonly default?: unknown;
}

const MODULE: Readonly<Record<string, AsnType>> = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../test/vectors/asn1/rsp-v2.5.json'), 'utf8'),
);
/** Types that the module imports from X.509 and from the TCA profile package. */
const IMPORTED: Readonly<Record<string, AsnType>> = {
  Certificate: { type: 'SEQUENCE' },
  CertificateList: { type: 'SEQUENCE' },
  SubjectKeyIdentifier: { type: 'OCTET STRING' },
  UICCCapability: { type: 'BIT STRING' },
};
// biome-ignore format: a table
const UNIVERSAL: Readonly<Record<string, number>> = {
  BOOLEAN: 0x01, INTEGER: 0x02, 'BIT STRING': 0x03, 'OCTET STRING': 0x04, 'OBJECT IDENTIFIER': 0x06, UTF8String: 0x0c,
  SEQUENCE: 0x30, 'SEQUENCE OF': 0x30,
};
const CLASSES: Readonly<Record<string, number>> = { APPLICATION: 0x40, CONTEXT: 0x80, PRIVATE: 0xc0 };

/** The type a reference ends at, with the nearest tag and size on the way. */
function resolve(type: AsnType): AsnType {
  const referenced = MODULE[type.type] ?? IMPORTED[type.type];
  if (referenced === undefined) return type;
  const { tag, size, ...rest } = resolve(referenced);
  return {
    ...rest,
    ...((type.tag ?? tag) && { tag: type.tag ?? tag }),
    ...((type.size ?? size) && { size: type.size ?? size }),
  } as AsnType;
}

/** The tag octets on the wire, as one number; undefined for an untagged CHOICE. */
function wireTag(member: AsnType, position?: number): number | undefined {
  const { type, tag, members } = resolve(member);
  if (type === 'CHOICE' && tag === undefined && position === undefined && members?.length === 1) return tagsOf(members)[0];
  const constructed = ['SEQUENCE', 'SEQUENCE OF', 'CHOICE'].includes(type) ? 0x20 : 0;
  const written = member.tag ?? (position === undefined ? tag : `CONTEXT ${position}`);
  if (written === undefined) return UNIVERSAL[type];
  const [className = '', number = ''] = written.split(' ');
  const low = Number(number);
  const first = CLASSES[className]! | constructed;
  return low < 31 ? first | low : ((first | 31) << 8) | low;
}

/** AUTOMATIC TAGS: members are numbered unless one of them has a tag of its own. */
const tagsOf = (members: readonly AsnMember[]): (number | undefined)[] => {
  const automatic = members.every((member) => member.tag === undefined);
  return members.map((member, i) => wireTag(member, automatic ? i : undefined));
};

const found: string[] = [];
const unchecked: string[] = [];
const reached = new Set<string>();

/** @param from the place of the type; a type with a name of its own is compared under that name */
function compare(from: string, asn: AsnType, ours: Type<any>, shape: Shape = ours.shape): void {
  for (let { type } = asn; MODULE[type] !== undefined; type = MODULE[type]!.type) reached.add(type);
  const path = MODULE[asn.type]?.members ? asn.type : from;
  const { type, members = [], element, namedNumbers, namedBits, size } = resolve(asn);
  if (type === 'CHOICE' && members.length === 1 && shape.kind !== 'choice') {
    // An untagged CHOICE with one alternative looks on the wire like that alternative.
    compare(`${path}.${members[0]!.name}`, members[0]!, ours, shape);
    return;
  }
  if (shape.kind === 'opaque' && shape.inner) {
    compare(path, asn, ours.inner ?? ours, shape.inner);
    return;
  }
  const expected = KINDS[type] ?? [];
  const kind = namedNumbers ? 'enumerated' : shape.kind === 'primitive' ? shape.name : shape.kind;
  if (namedNumbers ? shape.kind !== 'enumerated' : !expected.includes(kind))
    found.push(`${path}: ${type} is declared as ${kind}`);
  else if (shape.kind === 'sequence' || shape.kind === 'choice') compareFields(path, members, shape.fields);
  else if (shape.kind === 'list') compareList(path, element!, ours);
  else if (shape.kind === 'enumerated') compareNames(path, namedNumbers!, shape.names);
  else if (shape.kind === 'flags' && namedBits) {
    compareNames(path, Object.fromEntries(namedBits.map(([name, bit]) => [name, Number(bit)])), { ...shape.names } as never);
  }
  if (size) compareSize(path, size, type, ours);
}

// biome-ignore format: a table
const KINDS: Readonly<Record<string, readonly string[]>> = {
  // A CHOICE with one alternative looks like a SEQUENCE with one member.
  SEQUENCE: ['sequence', 'choice', 'opaque'], CHOICE: ['choice'], 'SEQUENCE OF': ['list'], INTEGER: ['integer'], BOOLEAN: ['boolean'],
  'BIT STRING': ['flags'], UTF8String: ['utf8'], 'OBJECT IDENTIFIER': ['oid'],
  'OCTET STRING': [
    'octets', 'hex', 'opaque', 'iccid', 'eid', 'tbcd', 'imei', 'version', 'mccMnc', 'ciPKId', 'aid', 'tagList', 'icon', 'simaResponse',
    'signature', 'sealedSegment', 'readableSegment',
  ],
};

function compareFields(path: string, members: readonly AsnMember[], fields: Fields): void {
  const tags = tagsOf(members);
  const names = members.map(({ name }) => name);
  for (const [i, member] of members.entries()) {
    const at = `${path}.${member.name}`;
    const ours = fields[member.name];
    if (ours === undefined) {
      found.push(`${at}: not declared`);
      continue;
    }
    if (ours.tag !== tags[i]) found.push(`${at}: tag ${hexTag(tags[i] ?? 0)} is declared as ${hexTag(ours.tag)}`);
    const mayBeAbsent = member.optional === true || member.default !== undefined;
    if (mayBeAbsent !== (ours.optional || ours.fallback !== undefined)) {
      found.push(`${at}: ${mayBeAbsent ? 'optional' : 'mandatory'} is declared as ${ours.optional ? 'optional' : 'mandatory'}`);
    }
    compare(at, member, ours.type);
  }
  const extra = Object.keys(fields).filter((name) => !names.includes(name));
  for (const name of extra) found.push(`${path}.${name}: ${tagsIn(fields[name]!)} is not in the module`);
  const order = Object.keys(fields).filter((name) => names.includes(name));
  const expected = names.filter((name) => name in fields);
  if (order.join() !== expected.join()) found.push(`${path}: order ${expected.join()} is declared as ${order.join()}`);
}

/** The tag of a member and of what a list in it holds: `A2[0C]`. */
function tagsIn({ tag, type: { shape } }: Field<any>): string {
  return `${hexTag(tag)}${shape.kind === 'list' && 'tag' in shape.item ? `[${tagsIn(shape.item)}]` : ''}`;
}

function compareList(path: string, element: AsnType, ours: Type<any>): void {
  if (ours.shape.kind !== 'list') return;
  const { item } = ours.shape;
  if (!('tag' in item)) {
    compare(`${path}[]`, element, item);
    return;
  }
  const tag = wireTag(element);
  if (item.tag !== tag) found.push(`${path}[]: tag ${hexTag(tag ?? 0)} is declared as ${hexTag(item.tag)}`);
  compare(`${path}[]`, element, item.type);
}

function compareNames(
  path: string,
  expected: Readonly<Record<string, number>>,
  declared: Readonly<Record<string, number>>,
): void {
  const ours = Object.entries(declared).map(([key, value]): [string, number] =>
    typeof value === 'string' ? [value, Number(key)] : [key, value],
  );
  for (const [name, number] of Object.entries(expected)) {
    const [, number2] = ours.find(([key]) => key === name) ?? [];
    if (number2 !== number) found.push(`${path}: ${name}(${number}) is declared as ${number2 ?? 'nothing'}`);
  }
  for (const [name, number] of ours.filter(([key]) => !(key in expected)))
    found.push(`${path}: ${name}(${number}) is not in the module`);
}

/** Octets that are one too few and one too many have to be refused; where they are not, the path is noted. */
function compareSize(path: string, size: NonNullable<AsnType['size']>, type: string, ours: Type<any>): void {
  if (type !== 'OCTET STRING' && type !== 'UTF8String') return;
  const [first = 0] = size;
  const [min, max] = typeof first === 'number' ? [first, first] : first;
  const wrong = [min - 1, max + 1].filter((length) => length >= 0);
  const accepted = wrong.filter((length) => {
    try {
      ours.decode(parseTlv(encodeTlv(0x80, new Uint8Array(length).fill(0x11))), path);
      return true;
    } catch {
      return false;
    }
  });
  if (accepted.length > 0) unchecked.push(path);
}

for (const { object } of REGISTRY) {
  const asn = MODULE[object.name];
  // SGP.32 has objects of the same names under tags of its own.
  if (asn === undefined || Object.values(iot).some((other) => other === object)) continue;
  reached.add(object.name);
  const tag = wireTag(asn);
  if (tag !== undefined && tag !== object.tag)
    found.push(`${object.name}: tag ${hexTag(tag)} is declared as ${hexTag(object.tag)}`);
  compare(object.name, { type: object.name }, object.type);
}

test('tags, names, optionality, order and named values are those of the ASN.1 module, with known deviations', () => {
  const unique = [...new Set(found)].sort();
  const deviations = [
    ...DEVIATIONS.flatMap(({ found: known }) => known),
    ...LATER_VALUES.flatMap(({ paths, values }) =>
      paths.flatMap((path) => values.map((value) => `${path}: ${value} is not in the module`)),
    ),
  ];
  assert.deepEqual(unique, deviations.sort());
});

test('every type of the ASN.1 module is declared in a table, with known exceptions', () => {
  const missing = Object.keys(MODULE).filter((name) => !reached.has(name));
  assert.deepEqual(missing.sort(), NOT_DECLARED.flatMap(({ types }) => types).sort());
});

test('sizes of the ASN.1 module that a table does not check are known', () => {
  assert.deepEqual([...new Set(unchecked)].sort(), SIZES_NOT_CHECKED.flatMap(({ fields }) => fields).sort());
});

test('a list of profiles asks for the tags that its fields have', () => {
  const { shape } = ProfileInfo.type;
  assert.ok(shape.kind === 'sequence');
  for (const [name, tag] of Object.entries(PROFILE_INFO_TAGS)) assert.equal(hexTag(tag), hexTag(shape.fields[name]!.tag), name);
});
