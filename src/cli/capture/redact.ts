/**
 * `--redact`: EIDs, ICCIDs and IMEIs in what is shared, replaced by others of the same length, the same one each time. Check
 * digits are right where they were; what tells the maker of a card, the issuer of a profile and the model of a device (the
 * first eight digits of an EID and an IMEI, the first six of an ICCID) stays, for it is what a bug may depend on.
 */
import { fromBase64, fromHex, toBase64, toHex, utf8Bytes } from '../../lpa/bytes.ts';
import { eidCheckDigitsHold, luhnHolds } from '../../lpa/sgp22/identifiers.ts';
import type { Masking } from './secrets.ts';

type Kind = 'eid' | 'iccid' | 'imei';

interface Identity {
  readonly digits: string;
  readonly replacement: string;
  /** The ways it is written in octets, and what is written instead. */
  readonly forms: readonly (readonly [octets: Uint8Array, instead: Uint8Array])[];
}

export class Identities {
  readonly #known = new Map<string, Identity>();
  readonly #replacements = new Set<string>();

  /** An identity that no pattern finds. */
  add(kind: Kind, digits: string): void {
    if (this.#known.has(digits) || this.#replacements.has(digits)) return;
    const replacement = REPLACE[kind](digits, this.#known.size + 1);
    const octets = FORMS[kind];
    const forms = octets.map((form) => [form(digits), form(replacement)] as const);
    this.#known.set(digits, { digits, replacement, forms: [...forms, [utf8Bytes(digits), utf8Bytes(replacement)]] });
    this.#replacements.add(replacement);
  }

  /** @returns as many octets, others where an identity stood */
  octets(stream: Uint8Array): Uint8Array {
    const latin1 = Buffer.from(stream.buffer, stream.byteOffset, stream.length).toString('latin1');
    for (const [, content = ''] of latin1.matchAll(EID_OBJECT)) this.#addIf('eid', hexOf(content), EID);
    for (const [, content = ''] of latin1.matchAll(ICCID_OBJECT)) this.#addIf('iccid', swapped(hexOf(content)), ICCID_OCTETS);
    for (const [, digits = ''] of latin1.matchAll(EID_STRING)) this.add('eid', digits);
    const shown = Uint8Array.from(stream);
    for (const { digits, forms } of this.#known.values()) {
      for (const [octets, instead] of forms) {
        const wanted = Buffer.from(octets).toString('latin1');
        for (let at = latin1.indexOf(wanted); at >= 0; at = latin1.indexOf(wanted, at + 1)) {
          shown.set(instead, at);
          if (digits.length === 32 && instead.length === 32) shown.set(...nameAfter(latin1, at + 32));
        }
      }
    }
    return shown;
  }

  /** The same in words, and in the hexadecimal and base64 that stand among them. */
  text(text: string): string {
    for (const [digits] of text.matchAll(EID_TEXT)) this.add('eid', digits);
    for (const [digits] of text.matchAll(ICCID_TEXT)) this.add('iccid', digits);
    for (const [, digits = ''] of text.matchAll(ICCID_MEMBER)) this.#addIf('iccid', digits, ICCID_OCTETS);
    const coded = text
      .replaceAll(HEX, (digits) => (/^\d{32}$/.test(digits) ? digits : toHex(this.octets(fromHex(digits)))))
      .replaceAll(BASE64, (base64) => (isBase64(base64) ? toBase64(this.octets(fromBase64(base64))) : base64));
    const longestFirst = [...this.#known.values()].sort((a, b) => b.digits.length - a.digits.length);
    return longestFirst.reduce((shown, { digits, replacement }) => shown.replaceAll(digits, replacement), coded);
  }

  #addIf(kind: Kind, digits: string, shape: RegExp): void {
    const bare = digits.replace(/F+$/, '');
    if (shape.test(digits)) this.add(kind, kind === 'iccid' ? bare : digits);
  }
}

/** Secrets masked as ever, identities replaced: one after the other, octet for octet. */
export const redacting = (secrets: Masking, identities: Identities): Masking => ({
  addText: (text) => secrets.addText(text),
  addOctets: (octets) => secrets.addOctets(octets),
  maskText: (text, mask) => identities.text(secrets.maskText(text, mask)),
  hexOf(pieces) {
    const redacted = toHex(identities.octets(Buffer.concat(pieces)));
    let at = 0;
    return secrets.hexOf(pieces).map((hex) => {
      const start = at;
      at += hex.length;
      return hex.replace(/[0-9A-F]/g, (_, i: number) => redacted[start + i] ?? '');
    });
  },
});

/** Many readers carry their serial number in their name. */
export const withoutSerial = (name: string): string =>
  name.replace(/(?=[A-F]*\d)[0-9A-F]{6,}/gi, (digits) => '0'.repeat(digits.length));

const EID = /^89\d{30}$/;
/** Profiles for tests may begin otherwise. */
const ICCID_OCTETS = /^(\d{18,20}|89[0-9A-E]{16,18})F{0,2}$/;
// One object may begin within what looks like another: each is looked for from each octet on.
const EID_OBJECT = /(?=\x5a\x10(.{16}))/gs;
const ICCID_OBJECT = /(?=\x5a\x0a(.{10}))/gs;
/** In the subject of a certificate: UTF8String or PrintableString. */
const EID_STRING = /(?=[\x0c\x13]\x20(89\d{30}))/g;
const EID_TEXT = /(?<![0-9A-Fa-f])89\d{30}(?![0-9A-Fa-f])/g;
const ICCID_TEXT = /(?<![0-9A-Fa-f])89\d{16,18}(?![0-9A-Fa-f])/g;
const ICCID_MEMBER = /"iccid":"([0-9A-F]{18,20})"/g;
const HEX = /(?<![0-9A-Za-z])(?:[0-9A-F]{2}){8,}(?![0-9A-Za-z])/g;
const BASE64 = /(?<![0-9A-Za-z+/])[0-9A-Za-z+/]{16,}={0,2}(?![0-9A-Za-z+/])/g;
const isBase64 = (text: string): boolean => text.length % 4 === 0 && toBase64(fromBase64(text)) === text;

const hexOf = (latin1: string): string => toHex(Buffer.from(latin1, 'latin1'));
const swapped = (digits: string): string => digits.replace(/(.)(.)/g, '$2$1');

const FORMS: Readonly<Record<Kind, readonly ((digits: string) => Uint8Array)[]>> = {
  eid: [fromHex],
  iccid: [(digits) => fromHex(swapped(digits.padEnd(20, 'F')))],
  // The check digit stands high, or low as SGP.22 v2.0 had it.
  imei: [
    (digits) => fromHex(`${swapped(digits.slice(0, 14))}${digits[14]}F`),
    (digits) => fromHex(`${swapped(digits.slice(0, 14))}F${digits[14]}`),
  ],
};

const counted = (prefix: string, count: number, length: number): string =>
  prefix + String(count).padStart(length - prefix.length, '0');

const REPLACE: Readonly<Record<Kind, (digits: string, count: number) => string>> = {
  eid(digits, count) {
    const body = counted(digits.slice(0, 8), count, 30);
    const check = eidCheckDigitsHold(digits) ? 98n - (BigInt(`${body}00`) % 97n) : 0n;
    return body + String(check).padStart(2, '0');
  },
  iccid: (digits, count) => withLuhn(counted(digits.slice(0, 6), count, digits.length - 1), luhnHolds(digits)),
  imei: (digits, count) => withLuhn(counted(digits.slice(0, 8), count, 14), luhnHolds(digits)),
};

/** @param right else a digit that does not hold, as that of the identity did not */
function withLuhn(body: string, right: boolean): string {
  const check = [...'0123456789'].find((digit) => luhnHolds(body + digit)) ?? '0';
  return body + (right ? check : (Number(check) + 1) % 10);
}

/** The common name that follows an EID in the subject of a certificate, X'ed out: what to write, and where. */
function nameAfter(latin1: string, at: number): [Uint8Array, number] {
  const match = /^\x31.\x30.\x06\x03\x55\x04\x03[\x0c\x13](.)/s.exec(latin1.slice(at, at + 12));
  const length = match?.[1]?.charCodeAt(0) ?? 0;
  return match && length < 128 && at + 11 + length <= latin1.length
    ? [new Uint8Array(length).fill(0x58), at + 11]
    : [new Uint8Array(), at];
}
