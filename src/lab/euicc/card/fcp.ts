/** File control parameters, what SELECT and STATUS answer. TS 102 221 §11.1.1.3. */
import { encodeTlv, numberOctets } from '../../../lpa/asn1/tlv.ts';
import { concat, fromHex } from '../../../lpa/bytes.ts';
import { isDirectory } from '../../../lpa/saip/templates.ts';
import type { CardFile } from '../../profile/file-system.ts';

/** File descriptor octet by kind (§11.1.1.4.3), shareable. */
const DESCRIPTOR = { mf: 0x78, df: 0x78, adf: 0x78, transparent: 0x41, linearFixed: 0x42, cyclic: 0x46, berTlv: 0x79 } as const;
const DATA_CODING = 0x21;
/** UICC characteristics: clock stop allowed, supply voltage classes A to C. */
const CHARACTERISTICS = fromHex('800171');

/** @param isEnabled whether a PIN of this directory is enabled */
export function fcpOf(file: CardFile, isEnabled: (reference: number) => boolean): Uint8Array {
  const { kind, fid, aid, lifeCycle, accessRules } = file;
  const hasFid = kind !== 'adf' && /^[0-9A-F]{4}$/.test(fid);
  const common = concat(
    hasFid ? encodeTlv(0x83, fromHex(fid)) : NOTHING,
    aid === undefined ? NOTHING : encodeTlv(0x84, fromHex(aid)),
    kind === 'mf' || kind === 'adf' ? encodeTlv(0xa5, CHARACTERISTICS) : NOTHING,
    encodeTlv(0x8a, Uint8Array.of(lifeCycle)),
    accessRules === undefined ? NOTHING : encodeTlv(0x8b, fromHex(accessRules)),
  );
  const own = isDirectory(kind) ? encodeTlv(0xc6, pinStatus(file, isEnabled)) : sizeAndSfi(file);
  return encodeTlv(0x62, concat(encodeTlv(0x82, descriptorOf(file)), common, own));
}

const NOTHING = new Uint8Array();

function descriptorOf({ kind, recordLength, content }: CardFile): Uint8Array {
  const start = Uint8Array.of(DESCRIPTOR[kind], DATA_CODING);
  if (!recordLength) return start;
  return concat(start, twoOctets(recordLength), Uint8Array.of(Math.min(0xff, Math.floor(content.length / recordLength))));
}

/** Without 88 the short identifier would be that of the file identifier: an empty one says that the file has none. */
const sizeAndSfi = ({ content, sfi }: CardFile): Uint8Array =>
  concat(encodeTlv(0x80, twoOctets(content.length)), encodeTlv(0x88, sfi === undefined ? NOTHING : Uint8Array.of(sfi << 3)));

const twoOctets = (n: number): Uint8Array => (n > 0xffff ? numberOctets(n) : Uint8Array.of(n >> 8, n & 0xff));

/** Which PINs are enabled, then their key references (§9.5.2). */
function pinStatus({ pinReferences }: CardFile, isEnabled: (reference: number) => boolean): Uint8Array {
  const shown = pinReferences.slice(0, 8);
  const enabled = shown.reduce((bits, reference, i) => bits | (isEnabled(reference) ? 0x80 >> i : 0), 0);
  return concat(encodeTlv(0x90, Uint8Array.of(enabled)), ...shown.map((reference) => encodeTlv(0x83, Uint8Array.of(reference))));
}
