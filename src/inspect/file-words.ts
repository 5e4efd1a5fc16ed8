/** The content of the few files that people look for in a profile. 3GPP TS 31.102 §4.2, ETSI TS 102 221 §13.2. */
import { readHeader } from '../lpa/asn1/tlv.ts';
import { toHex } from '../lpa/bytes.ts';
import { DecodeError } from '../lpa/errors.ts';
import { alphaText, networkNameText } from '../lpa/saip/sim-text.ts';
import { swapNibbles } from '../lpa/saip/types.ts';

/** By the name of the file in its element. */
const READERS: Readonly<Record<string, (content: Uint8Array) => string | undefined>> = {
  'ef-iccid': (content) => `ICCID ${digits(content)}`,
  // The first octet is the length, the low nibble of the second the parity.
  'ef-imsi': (content) => `IMSI ${digits(content.subarray(1, 1 + (content[0] ?? 0))).slice(1)}`,
  'ef-spn': (content) => quoted(alphaText(content.subarray(1))),
  'ef-pnn': networkNames,
};

export const contentWords = (field: string, content: Uint8Array): string | undefined => READERS[field]?.(content);

const digits = (content: Uint8Array): string => toHex(swapNibbles(content)).replace(/F+$/, '');

/** The first record: the full name under tag 43, the short one under 45 (TS 24.008 §10.5.3.5a). */
function networkNames(content: Uint8Array): string | undefined {
  const names: string[] = [];
  try {
    for (let at = 0; at < content.length && (content[at] === FULL_NAME || content[at] === SHORT_NAME); ) {
      const { contentStart, end } = readHeader(content, at, 'EF.PNN');
      const name = quoted(networkNameText(content.subarray(contentStart, end)));
      if (name !== undefined) names.push(content[at] === FULL_NAME ? name : `short ${name}`);
      at = end;
    }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return undefined; // the octets stand beside it
  }
  return names.length > 0 ? names.join(', ') : undefined;
}
const FULL_NAME = 0x43;
const SHORT_NAME = 0x45;

const quoted = (text: string | undefined): string | undefined => (text === undefined ? undefined : `"${text}"`);
