/** The content of the few files that people look for in a profile. 3GPP TS 31.102 §4.2, ETSI TS 102 221 §13.2. */
import { toHex, utf8Text } from '../bytes.ts';
import { swapNibbles } from '../saip/types.ts';

/** By the name of the file in its element. */
const READERS: Readonly<Record<string, (content: Uint8Array) => string | undefined>> = {
  'ef-iccid': (content) => `ICCID ${digits(content)}`,
  // The first octet is the length, the low nibble of the second the parity.
  'ef-imsi': (content) => `IMSI ${digits(content.subarray(1, 1 + (content[0] ?? 0))).slice(1)}`,
  'ef-spn': (content) => text(content.subarray(1)),
};

export const contentWords = (field: string, content: Uint8Array): string | undefined => READERS[field]?.(content);

const digits = (content: Uint8Array): string => toHex(swapNibbles(content)).replace(/F+$/, '');

/** The GSM default alphabet is ASCII where letters are; UCS2 begins with 80. */
function text(content: Uint8Array): string | undefined {
  const end = content.indexOf(0xff);
  const used = end < 0 ? content : content.subarray(0, end);
  return used.length > 0 && used.every((octet) => octet >= 0x20 && octet < 0x7f) ? `"${utf8Text(used)}"` : undefined;
}
