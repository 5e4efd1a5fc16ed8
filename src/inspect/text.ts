/** Text as people paste it: a code, octets in hexadecimal or base64, PEM, a JSON body, APDUs. */
import { readAnnouncement } from '../lpa/asn1/tlv.ts';
import { concat, fromBase64, fromHex } from '../lpa/bytes.ts';
import { DecodeError } from '../lpa/errors.ts';
import { pemCertificates } from '../lpa/pki/pem.ts';
import { nameOfTag, registered } from '../lpa/sgp22/registry.ts';
import { exchangesIn, exchangesTree, isCommand } from './apdu.ts';
import { jsonTree } from './json.ts';
import { lookUp } from './lookup.ts';
import type { Node } from './node.ts';
import { octetsTree, type ReadOptions } from './octets.ts';
import { isElement } from './profile-package.ts';

export interface TextOptions extends ReadOptions {
  /** Hints differ by operating system. */
  readonly platform: NodeJS.Platform;
}

/** Longer texts are no codes. */
const MAX_CODE = 300;

/** What a text is and says; undefined where it is nothing that is known here. */
export async function textTree(text: string, options: TextOptions): Promise<Node | undefined> {
  const given = text.trim();
  const code = given.length <= MAX_CODE && options.as === undefined ? lookUp(given, options.platform) : undefined;
  if (code) return code;
  if (given.includes('-----BEGIN')) return pemTree(given, options);
  if (/^[{[]/.test(given)) return jsonTree(given, options);
  const exchanges = exchangesIn(given);
  if (exchanges.length > 0) return exchangesTree(exchanges, options, given.includes('•'));
  const octets = hexIn(given) ?? base64In(given, options.as !== undefined);
  return octets && (await bytesTree(octets, options));
}

/** Octets: a command APDU, or data objects. */
export const bytesTree = async (bytes: Uint8Array, options: ReadOptions): Promise<Node> =>
  isCommand(bytes) && options.as === undefined ? exchangesTree([{ command: bytes }], options) : octetsTree(bytes, options);

async function pemTree(text: string, options: ReadOptions): Promise<Node | undefined> {
  let certificates: readonly Uint8Array[];
  try {
    certificates = pemCertificates(text);
  } catch (error) {
    if (error instanceof DecodeError) return { name: 'PEM', errors: [error.message] };
    throw error;
  }
  if (certificates.length === 0) return { name: 'PEM', errors: ['no certificate is in it; keys are better not shown'] };
  const children: Node[] = [];
  for (const certificate of certificates) children.push(await octetsTree(certificate, { ...options, as: 'Certificate' }));
  return children.length === 1 ? children[0] : { name: 'PEM', words: `${children.length} certificates`, children };
}

/** Hexadecimal digits with spaces, colons, commas, 0x or \\x between them, or as hex dumps print them. */
function hexIn(text: string): Uint8Array | undefined {
  const digits = (dumpedIn(text) ?? text).replace(/0x|\\x/gi, '').replace(/[\s:,;'"{}_-]/g, '');
  return digits.length > 0 && digits.length % 2 === 0 && /^[0-9a-f]*$/i.test(digits) ? fromHex(digits) : undefined;
}

/** The octets of a hex dump, as xxd and `hexdump -C` print them: the offsets have to begin at 0 and grow. */
function dumpedIn(text: string): string | undefined {
  let before = -1;
  const rows = text.split(/\r?\n/).map((line) => {
    const [, offset = '', rest = ''] = /^([0-9a-f]{4,8}):?(?: {1,2}(.*))?$/i.exec(line.trim()) ?? [];
    const at = Number.parseInt(offset, 16);
    const follows = before < 0 ? at === 0 : at > before;
    before = at;
    const octets =
      /^((?:[0-9a-f]{2} {1,2})*[0-9a-f]{2}) +\|.*\|$/i.exec(rest) ?? /^((?:[0-9a-f]{2,4} )*[0-9a-f]{2,4})(?: .*)?$/i.exec(rest);
    return follows ? (octets?.[1] ?? (rest === '' ? '' : undefined)) : undefined;
  });
  return rows.every((row) => row !== undefined) ? rows.join('') : undefined;
}

/** Short words are base64 too: it has to begin with a tag that is known. */
function base64In(text: string, certain: boolean): Uint8Array | undefined {
  try {
    const joined = text.replace(/\s+/g, '').replaceAll('-', '+').replaceAll('_', '/');
    const octets = fromBase64(joined);
    return certain || beginsWithKnownTag(octets) ? octets : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function beginsWithKnownTag(octets: Uint8Array): boolean {
  try {
    // Enough of a header to read the tag, whatever the length says.
    const { tag } = readAnnouncement(concat(octets.subarray(0, 6), new Uint8Array(4)), 0, '');
    return registered(tag).length > 0 || nameOfTag(tag) !== undefined || (tag >= 0xa0 && isElement(tag));
  } catch (error) {
    if (error instanceof DecodeError) return false;
    throw error;
  }
}
