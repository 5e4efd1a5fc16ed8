/** The values of data objects in words: what the number, the bits or the octets mean to people. */

import { familyOf } from '../failures/code-families.ts';
import type { Type } from '../lpa/asn1/schema.ts';
import { hexTag, type Tlv } from '../lpa/asn1/tlv.ts';
import { utf8Text } from '../lpa/bytes.ts';
import { DecodeError } from '../lpa/errors.ts';
import { describeCi, isTestCi } from '../lpa/pki/ci-names.ts';
import { eidCheckDigitsHold, luhnHolds } from '../lpa/sgp22/identifiers.ts';
import { PROFILE_INFO_TAGS } from '../lpa/sgp22/profile.ts';
import { oidWords } from './oids.ts';

/** A value of a leaf, and how it reads. */
export interface Reading {
  readonly value?: unknown;
  readonly words?: string;
  readonly notes?: readonly string[];
  readonly cause?: string;
  readonly remedy?: string;
  readonly error?: string;
  /** A value that no table names: another reading of the octets may do better. */
  readonly odd?: true;
}

/** Read a leaf by its type. What does not fit the type is an error in the reading, not an exception. */
export function read(type: Type<any>, tlv: Tlv): Reading {
  const { shape } = type;
  if (shape.kind === 'opaque') return { words: octetsCount(tlv.content.length) };
  let value: unknown;
  try {
    value = type.decode(tlv, '');
  } catch (error) {
    if (error instanceof DecodeError) return { error: problemOf(error) };
    throw error;
  }
  switch (shape.kind) {
    case 'enumerated': {
      const named = Object.hasOwn(shape.names, value as string);
      const number = toNumber(tlv.content);
      if (!named) return { value, words: `unknown (${number})`, odd: true };
      const { cause, remedy } = familyOf(shape.names)?.words(value as string) ?? {};
      return { value, words: `${value} (${number})`, ...(cause && { cause }), ...(remedy && { remedy }) };
    }
    case 'flags': {
      const names = value as readonly string[];
      const words = names.length === 0 ? '(none)' : names.map(flagWords).join(', ');
      return names.some((name) => name.startsWith('unknown(')) ? { value, words, odd: true } : { value, words };
    }
    case 'primitive':
      return PRIMITIVES[shape.name]?.(value, tlv.content) ?? {};
    default:
      throw new TypeError(`${shape.kind} is no leaf`);
  }
}

/** Bits whose names say too little. */
const FLAGS: Readonly<Record<string, string>> = {
  pprUpdateControl: 'pprUpdateControl (the rules may be changed later)',
  ppr1: 'ppr1 (may not be disabled)',
  ppr2: 'ppr2 (may not be deleted)',
  consentRequired: 'consentRequired (the End User has to agree)',
};
const flagWords = (name: string): string => FLAGS[name] ?? name;

const asIs = (value: unknown): Reading => ({ value, words: String(value) });

/** By the name in the shape. */
const PRIMITIVES: Readonly<Record<string, (value: any, content: Uint8Array) => Reading>> = {
  octets: () => ({}),
  hex: (value) => ({ value }),
  utf8: (value: string, content) => ({
    value,
    words: value === '' ? '(empty)' : `"${value}"`,
    ...(!isUtf8(content) && { error: 'not UTF-8' }),
  }),
  boolean: (value, content) => ({
    ...asIs(value),
    ...(content.length !== 1 && { error: `a BOOLEAN of ${content.length} octets` }),
  }),
  null: (value, content) => ({
    value,
    words: 'present',
    ...(content.length > 0 && { error: `a NULL of ${content.length} octets` }),
  }),
  integer: asIs,
  oid: (value) => ({ value, words: oidWords(value) }),
  iccid: (value) => ({ value, words: luhnHolds(value) ? value : `${value} (the check digit does not hold)` }),
  eid: (value) => ({ value, words: eidCheckDigitsHold(value) ? value : `${value} (the check digits do not hold)` }),
  tbcd: asIs,
  imei: asIs,
  version: asIs,
  mccMnc: (value) => ({ value, words: /^E+-E+$/.test(value) ? `${value} (any operator)` : value }),
  ciPKId: (value) => ({ value, words: describeCi(value), ...(isTestCi(value) && { notes: ['a test CI'] }) }),
  aid: (value) => ({ value, words: aidWords(value) }),
  tagList: (_, content) => ({ words: tagNames(content) }),
  icon: (_, content) => ({ words: pictureWords(content) }),
  simaResponse: () => ({}),
  sealedSegment: (_, content) => ({ words: `${octetsCount(content.length)}, encrypted for the eUICC, a MAC at the end` }),
  readableSegment: (_, content) => ({ words: `${octetsCount(content.length)}, readable, a MAC at the end` }),
};

/** What an unknown tag may hold, where universal tags or printable text tell. */
export const textIn = (content: Uint8Array): string | undefined =>
  content.length >= 3 && content.every((octet) => octet >= 0x20 && octet < 0x7f) ? utf8Text(content) : undefined;

export const octetsCount = (count: number): string => (count === 1 ? '1 octet' : `${count} octets`);

/** What a DecodeError says, without the path: the node stands where the path leads. */
export const problemOf = ({ path, message }: DecodeError): string =>
  message.startsWith(`${path}: `) ? message.slice(path.length + 2) : message;

const toNumber = (content: Uint8Array): number => content.reduce((n, octet) => n * 0x100 + octet, 0);

function isUtf8(content: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(content);
    return true;
  } catch {
    return false; // what fatal asks for
  }
}

const ISDP_HEAD = 'A0000005591010FFFFFFFF890000';
const AIDS: Readonly<Record<string, string>> = {
  A0000005591010FFFFFFFF8900000100: 'the ISD-R',
  A0000005591010FFFFFFFF8900000200: 'the ECASD',
  A0000005591010FFFFFFFF8900000D00: 'the load file of ISD-Ps',
  A0000005591010FFFFFFFF8900000E00: 'the module of ISD-Ps',
};

function aidWords(aid: string): string {
  const name = AIDS[aid] ?? (aid.startsWith(ISDP_HEAD) ? 'an ISD-P' : undefined);
  return name ? `${aid} (${name})` : aid;
}

const PROFILE_INFO_NAMES = new Map(Object.entries(PROFILE_INFO_TAGS).map(([name, tag]) => [tag as number, name]));

/** 5A 9F70 90 as `5A iccid, 9F70 profileState, 90 profileNickname`: a tag ends where b8 is not set, or b5 to b1 of the first are not. */
function tagNames(content: Uint8Array): string {
  const tags: number[] = [];
  for (let at = 0; at < content.length; ) {
    let tag = content[at++] ?? 0;
    if ((tag & 0x1f) === 0x1f) {
      let octet = 0x80;
      while (octet & 0x80 && at < content.length && tag < 0x1000000) {
        octet = content[at++] ?? 0;
        tag = tag * 0x100 + octet;
      }
    }
    tags.push(tag);
  }
  return tags.map((tag) => [hexTag(tag), PROFILE_INFO_NAMES.get(tag) ?? []].flat().join(' ')).join(', ');
}

function pictureWords(content: Uint8Array): string {
  const starts = (...octets: readonly number[]): boolean => octets.every((octet, i) => content[i] === octet);
  const size = octetsCount(content.length);
  if (starts(0x89, 0x50, 0x4e, 0x47) && content.length >= 24) {
    const view = new DataView(content.buffer, content.byteOffset, content.length);
    return `PNG, ${view.getUint32(16)} by ${view.getUint32(20)} pixels, ${size}`;
  }
  return starts(0xff, 0xd8, 0xff) ? `JPEG, ${size}` : size;
}
