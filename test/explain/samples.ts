/** Octets to explain: those of real cards, and one of every data object that a table describes, made from the table itself. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FCI } from '../../src/inspect/fci.ts';
import type { Field, Shape, Type } from '../../src/lpa/asn1/schema.ts';
import { encodeTlv, parseTlv } from '../../src/lpa/asn1/tlv.ts';
import { concat, fromHex, utf8Bytes } from '../../src/lpa/bytes.ts';
import { EUICCResponse } from '../../src/lpa/saip/response.ts';
import { REGISTRY } from '../../src/lpa/sgp22/registry.ts';

export const octets = (hex: string): Uint8Array => fromHex(hex.replace(/\s+/g, ''));

/** EUICCInfo2 of a consumer card: SGP.22 v2.2.2, profile package 2.3.1. */
export const REAL_EUICC_INFO2 = octets(`
  BF227E 8103020301 8203020202 8303040200 840D 8101008204000279D083020B89 8505077F3E1F80 8603090200 8703020300 88020490
  A916041481370F5125D0B1D408D4C3B232E6D25E795BEBFB AA16041481370F5125D0B1D408D4C3B232E6D25E795BEBFB
  8B0100 99020640 0403010000 0C0D45442D5A492D55502D30383236`);

/** What a card answers to SELECT of its ISD-R. */
export const REAL_FCI = octets('6F1F 8410A0000005591010FFFFFFFF8900000100 A5049F6501FF E0058203020202');

const tlv = (tag: number, ...content: readonly (string | Uint8Array)[]): Uint8Array =>
  encodeTlv(tag, concat(...content.map((part) => (typeof part === 'string' ? octets(part) : part))));

/** Two profiles as cards list them: all that was asked for, and next to nothing. */
export const PROFILE_LIST = tlv(
  0xbf2d,
  tlv(
    0xa0,
    tlv(
      0xe3,
      '5A0A98109909001032547698 4F10A0000005591010FFFFFFFF8900001100 9F700101',
      tlv(0x90, utf8Bytes('Büro')),
      tlv(0x91, utf8Bytes('Example')),
      '920441636D65 930101 950102 B705800362F210 99020560 9F240101 9F7B01FF',
    ),
    tlv(0xe3, '5A0A980000000000000000F2 9F700100'),
  ),
);

/** An installation that failed at an element: PE processing error, feature not supported. */
export const FAILED_INSTALLATION = tlv(
  0xbf37,
  tlv(
    0xbf27,
    '8010 00112233445566778899AABBCCDDEEFF',
    tlv(0xbf2f, '800112 81020780', tlv(0x0c, utf8Bytes('smdp.example.com')), '5A0A98109909001032547698'),
    '0603883701',
    tlv(0xa2, tlv(0xa1, '800105 81010C', tlv(0x82, tlv(0x30, tlv(0xa0, tlv(0x30, '80010A 810107 83012A')), '8100')))),
  ),
  tlv(0x5f37, '11'.repeat(32), '22'.repeat(32)),
);

/** What a download sends to the card: it holds a matching ID. */
export const CTX_PARAMS = tlv(0xa0, tlv(0x80, utf8Bytes('04386-AGYFT')), 'A112 800489674523 A100 8208214365870921435F');

export const vector = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(join(import.meta.dirname, '../../../test/vectors/sgp26', name)));

export interface Sample {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** One for each registered object and each alternative of its first choice. */
export function samplesOfEveryObject(): Sample[] {
  const objects = [...REGISTRY.map(({ object }) => object), EUICCResponse, FCI];
  return objects.flatMap(({ name, tag, type }) =>
    Array.from({ length: alternativesOf((type.inner ?? type).shape) }, (_, variant) => ({
      name: variant === 0 ? name : `${name} (${variant + 1})`,
      bytes: encodeTlv(tag, contentOf(type, variant)),
    })),
  );
}

function alternativesOf(shape: Shape): number {
  return shape.kind === 'choice' ? Object.keys(shape.fields).length : 1;
}

/** Content octets of a value that the type reads. Of choices, the alternative by number. */
function contentOf(outer: Type<any>, variant: number): Uint8Array {
  const type = outer.inner ?? outer;
  const { shape } = type;
  switch (shape.kind) {
    case 'sequence':
      return concat(...Object.values(shape.fields).map((field) => fieldOf(field, variant)));
    case 'choice': {
      const fields = Object.values(shape.fields);
      return fieldOf(fields[variant % fields.length]!, variant);
    }
    case 'list': {
      const { item } = shape;
      // Two 88 hold one StoreMetadataRequest together: here the first has it all.
      if ('tag' in item) return concat(...Array.from({ length: item.tag === 0x88 ? 1 : 2 }, () => fieldOf(item, variant)));
      return concat(...[0, 1].map((i) => contentOf(item, i)));
    }
    case 'enumerated':
      return Uint8Array.of(Object.values(shape.names).at(variant) ?? 127);
    case 'flags':
      return Uint8Array.of(0x06, 0x40);
    case 'opaque':
      return shape.name === 'signature' ? new Uint8Array(64).fill(7) : octets('0203010203');
    case 'primitive':
      return PRIMITIVES[shape.name] ?? octets('AABB');
  }
}

const CERTIFICATE = vector('eUICC/CERT_EUICC_ECDSA_NIST.der');

function fieldOf({ tag, type }: Field<any>, variant: number): Uint8Array {
  const { shape } = type;
  if (shape.kind === 'opaque' && shape.name === 'certificate') return encodeTlv(tag, parseTlv(CERTIFICATE).content);
  return encodeTlv(tag, contentOf(type, variant));
}

const PRIMITIVES: Readonly<Record<string, Uint8Array>> = {
  utf8: utf8Bytes('smdp.example'),
  boolean: Uint8Array.of(0xff),
  null: new Uint8Array(),
  integer: Uint8Array.of(42),
  oid: octets('883701'),
  iccid: octets('98109909001032547698'),
  eid: octets('89049032123451234512345678901235'),
  tbcd: octets('89674523'),
  imei: octets('214365870921435F'),
  version: Uint8Array.of(2, 5, 0),
  mccMnc: octets('62F210'),
  ciPKId: octets('81370F5125D0B1D408D4C3B232E6D25E795BEBFB'),
  aid: octets('A0000005591010FFFFFFFF8900001100'),
  tagList: octets('5A9F7090'),
  simaResponse: octets('3007A0053003800100'),
  icon: octets('89504E470D0A1A0A0000000D4948445200000040000000400806000000'),
  sealedSegment: new Uint8Array(40).fill(0x5a),
  readableSegment: octets('BF25185A0A9801020304050607080991044F70657292 04576F726B 0011223344556677'),
};
