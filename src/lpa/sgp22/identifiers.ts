/** Identifiers with a printed form of their own. SGP.22 v2.5 Annex H, module RSPDefinitions; SGP.29 for the EID. */
import { hex, named, octets, textual } from '../asn1/primitives.ts';
import { dataObject, type Type } from '../asn1/schema.ts';
import { fromHex, toHex } from '../bytes.ts';
import { DecodeError } from '../errors.ts';

/**
 * ICCID as printed on a card: 18 to 20 digits. On the wire always 10 octets, nibbles swapped, F-padded (ITU-T E.118).
 * Whatever a card has in the 10 octets can be written again: it is what names the profile to the card.
 */
export const iccid: Type<string> = textual(
  'iccid',
  (content, path) => {
    if (content.length !== 10) throw new DecodeError(path, `expected 10 octets, got ${content.length}`);
    return swapNibbles(toHex(content)).replace(/F+$/, '');
  },
  (digits) => {
    if (!/^[0-9A-F]{0,20}$/i.test(digits)) throw new RangeError('an ICCID has at most 20 digits');
    return fromHex(swapNibbles(digits.toUpperCase().padEnd(20, 'F')));
  },
);

/** EID, 32 digits. */
export const eid: Type<string> = textual(
  'eid',
  (content, path) => {
    if (content.length !== 16) throw new DecodeError(path, `expected 16 octets, got ${content.length}`);
    return toHex(content);
  },
  fromHex,
);

/** Digits of a TAC in TBCD: nibbles swapped, F where there is no digit (3GPP TS 29.002). */
export const tbcd: Type<string> = textual(
  'tbcd',
  (content) => swapNibbles(toHex(content)).replace(/F+$/, ''),
  (digits) => fromHex(swapNibbles(digits.length % 2 ? `${digits}F` : digits)),
);

/**
 * IMEI of 15 digits in 8 octets: 14 digits in TBCD, then the check digit in the high nibble of the last
 * octet and F in the low one, as eUICCs since v2.1 expect it. The v2.0 form, check digit low, is read too.
 * LPAs without an IMEI send an empty one, and the eUICC signs it with the rest: it reads as ''.
 */
export const imei: Type<string> = textual(
  'imei',
  (content, path) => {
    if (content.length === 0) return '';
    if (content.length !== 8) throw new DecodeError(path, `an IMEI has 8 octets, here are ${content.length}`);
    const digits = toHex(content);
    const last = digits.slice(14);
    return swapNibbles(digits.slice(0, 14)) + (last.endsWith('F') ? last[0] : last[1]);
  },
  (digits) => {
    if (digits === '') return new Uint8Array();
    if (!/^[0-9A-F]{15}$/.test(digits)) throw new RangeError('an IMEI has 15 digits');
    return fromHex(`${swapNibbles(digits.slice(0, 14))}${digits[14]}F`);
  },
);

/** Three octets, printed `2.5.0`. */
export const versionType: Type<string> = textual(
  'version',
  (content, path) => {
    if (content.length !== 3) throw new DecodeError(path, `a version has 3 octets, here are ${content.length}`);
    return [...content].join('.');
  },
  (text) => Uint8Array.from(text.split('.'), Number),
);

/** MCC and MNC in three octets, printed `262-01` or `310-260`; a wildcard digit is E (3GPP TS 24.008 §10.5.1.13). */
export const mccMnc: Type<string> = textual(
  'mccMnc',
  (content, path) => {
    if (content.length !== 3) throw new DecodeError(path, `MCC and MNC have 3 octets, here are ${content.length}`);
    const nibbles = toHex(content);
    const [mcc1, mcc2, mcc3, mnc3, mnc1, mnc2] = [1, 0, 3, 2, 5, 4].map((i) => nibbles[i]);
    return `${mcc1}${mcc2}${mcc3}-${mnc1}${mnc2}${mnc3 === 'F' ? '' : mnc3}`;
  },
  (text) => {
    const [mcc = '', mnc = ''] = text.toUpperCase().split('-');
    if (!/^[0-9A-F]{3}$/.test(mcc) || !/^[0-9A-F]{2,3}$/.test(mnc)) throw new RangeError('MCC-MNC reads like 262-01');
    return fromHex(`${mcc[1]}${mcc[0]}${mnc[2] ?? 'F'}${mcc[2]}${mnc[1]}${mnc[0]}`);
  },
);

/** SHA-1 of a public key, as the eUICC lists CIs: the content of a subject key identifier, in hex. */
export const ciPKId: Type<string> = named('ciPKId', hex);
export const SubjectKeyIdentifier = dataObject('SubjectKeyIdentifier', 0x04, ciPKId);
/** AID of an application; of a Profile, that of its ISD-P. */
export const aid: Type<string> = named('aid', hex);
/** Tags one after the other, as 5C carries them. */
export const tagList: Type<Uint8Array> = named('tagList', octets);

/** ISO 7064 mod 97-10 over the 32 digits (SGP.29 §10). */
export const eidCheckDigitsHold = (digits: string): boolean => /^\d{32}$/.test(digits) && BigInt(digits) % 97n === 1n;

/** The last digit of an ICCID by Luhn; cards exist that do without. */
export function luhnHolds(digits: string): boolean {
  if (!/^\d{2,}$/.test(digits)) return false;
  const sum = [...digits].reverse().reduce((total, digit, i) => {
    const doubled = Number(digit) * (i % 2 ? 2 : 1);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}

const swapNibbles = (digits: string): string => digits.replace(/(.)(.)/g, '$2$1');
