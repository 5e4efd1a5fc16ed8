/**
 * Where an RSP server is: the one rule for every address that comes from outside, be it an activation
 * code, a card's default SM-DP+ or SM-DS, an event or a notification. A host name, or a host name and a
 * port; nothing that could make a URL mean something else.
 */
import { domainToASCII, domainToUnicode } from 'node:url';
import { UsageError } from '../errors.ts';

export interface Address {
  /** Lower case, IDN as punycode. */
  readonly host: string;
  /** Only where it was written. */
  readonly port?: number;
  /** `host` or `host:port`: what requests carry, and what a server signs. */
  readonly authority: string;
}

/** Why a text is no address. `column` counts characters from 1; the text itself is not repeated. */
export interface AddressFault {
  readonly problem: string;
  readonly column: number;
}

/** Octets of a name in the DNS (RFC 1035 §2.3.4). */
const MAX_HOST = 253;
/** Characters of a text worth a look: accents may be written apart and a port follows. */
const MAX_TEXT = 4 * MAX_HOST;

const NO_IP = 'an IP address is not allowed, only a host name';

/** Read `host` or `host:port`. Nothing is trimmed or mended. */
export function parseAddress(text: string): Address | AddressFault {
  if (text.length > MAX_TEXT) return { problem: 'the address is too long', column: MAX_TEXT + 1 };
  if (text === '') return { problem: 'the address is empty', column: 1 };
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//iu.exec(text);
  if (scheme) return { problem: 'the address is a host name, without a scheme', column: 1 };
  if (text.startsWith('[')) return { problem: NO_IP, column: 1 };
  const foreign = /[^\p{L}\p{M}\p{N}.:-]/u.exec(text);
  if (foreign) return { problem: `${nameOf(foreign[0])} in an address`, column: columnOf(text, foreign.index) };

  const colon = text.indexOf(':');
  const name = colon < 0 ? text : text.slice(0, colon);
  const host = parseHost(name);
  if (typeof host !== 'string') return host;
  if (colon < 0) return { host, authority: host };
  const portText = text.slice(colon + 1);
  const port = /^[1-9][0-9]{0,4}$/.test(portText) ? Number(portText) : 0;
  if (port < 1 || port > 65_535)
    return { problem: 'the port is not a number from 1 to 65535', column: columnOf(text, colon + 1) };
  return { host, port, authority: `${host}:${port}` };
}

/**
 * The same for text that a person gave.
 *
 * @param what names it in the error: `--smdp`
 * @throws {UsageError}
 */
export function addressFrom(text: string, what: string): Address {
  const address = parseAddress(text);
  if ('problem' in address) throw new UsageError(`${what}: ${address.problem} (column ${address.column})`);
  return address;
}

/**
 * Whether the address that a server signed is the one we went to: as written with its port, or the bare
 * host where ours has a port. This check alone stops a relay that shows us another server's signature.
 */
export function sameAddress(signed: string, ours: Address): boolean {
  const theirs = parseAddress(signed);
  if ('problem' in theirs) return false;
  return theirs.authority === ours.authority || (ours.port !== undefined && theirs.authority === ours.host);
}

function parseHost(name: string): string | AddressFault {
  if (name === '') return { problem: 'the host name is empty', column: 1 };
  // An IDN's own full stops (U+3002 and its kin) are no letters and were refused; a dot is a dot here.
  let at = 0;
  for (const label of name.split('.')) {
    const column = columnOf(name, at);
    if (label === '') return { problem: 'a part of the host name is empty', column };
    if (label.startsWith('-') || label.endsWith('-'))
      return { problem: 'a part of the host name starts or ends with a hyphen', column };
    at += label.length + 1;
  }
  const host = domainToASCII(name);
  // What a URL parser takes for an IPv4 address ends in a number, decimal, octal or hexadecimal
  // (WHATWG URL §3.5); where it is none that is valid, domainToASCII gives nothing.
  const last = (host === '' ? name.normalize('NFKC') : host).split('.').at(-1) ?? '';
  if (/^([0-9]+|0x[0-9a-f]*)$/i.test(last)) return { problem: NO_IP, column: 1 };
  const isValid = /^[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(host) && host.split('.').every(isWholePunycode);
  if (!isValid) return { problem: 'the host name is not valid', column: 1 };
  const long = host.split('.').find((label) => label.length > 63);
  if (long !== undefined || host.length > MAX_HOST) return { problem: 'the host name is too long', column: 1 };
  return host;
}

/**
 * Whether a label is no punycode, or punycode of an internationalized label. Node 24 leaves a name in ASCII as it is, other
 * versions refuse malformed punycode themselves.
 */
function isWholePunycode(label: string): boolean {
  if (!label.startsWith('xn--')) return true;
  const unicode = domainToUnicode(label);
  return /[^\x20-\x7e]/.test(unicode) && domainToASCII(unicode) === label;
}

const columnOf = (text: string, index: number): number => [...text.slice(0, index)].length + 1;

/** The character at fault, in words and not itself: it may be what a terminal obeys. */
function nameOf(character: string): string {
  if (/\p{Zs}/u.test(character)) return 'a space';
  if (/\p{C}|\p{Zl}|\p{Zp}/u.test(character)) return 'a control character';
  if (character === '/') return 'a path';
  if (character === '@') return 'a user name';
  return 'a character that is not allowed';
}
