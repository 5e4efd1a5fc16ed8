/** Keys and personalisation data of a security domain in words. GlobalPlatform Card Specification v2.3 §11.1.8, §11.1.9 and §11.11. */
import { hexTag, parseTlvs } from '../lpa/asn1/tlv.ts';
import { fromHex, toHex } from '../lpa/bytes.ts';
import { DecodeError } from '../lpa/errors.ts';
import { octetsCount } from './values.ts';

/** By the name of the field, for octets in hexadecimal. */
const READERS: Readonly<Record<string, (octets: Uint8Array) => string | undefined>> = {
  keyUsageQualifier: keyUsage,
  keyType: (octets) => KEY_TYPES[octets[0] ?? -1],
};

export function fieldWords(name: string, octets: string): string | undefined {
  return READERS[name]?.(fromHex(octets));
}

/** Table 11-16. */
const KEY_TYPES: Readonly<Record<number, string>> = {
  128: 'DES',
  129: 'triple DES, reserved',
  130: 'triple DES in CBC mode',
  131: 'DES in ECB mode',
  132: 'DES in CBC mode',
  133: 'pre-shared key for TLS',
  136: 'AES',
  144: 'HMAC-SHA1',
  145: 'HMAC-SHA1 of 160 bits',
  160: 'RSA public key, exponent e',
  161: 'RSA public key, modulus N',
  162: 'RSA private key, modulus N',
  163: 'RSA private key, exponent d',
  164: 'RSA private key, CRT component P',
  165: 'RSA private key, CRT component Q',
  166: 'RSA private key, CRT component PQ',
  167: 'RSA private key, CRT component DP1',
  168: 'RSA private key, CRT component DQ1',
  176: 'ECC public key',
  177: 'ECC private key',
  178: 'ECC field parameter P',
  179: 'ECC field parameter A',
  180: 'ECC field parameter B',
  181: 'ECC field parameter G',
  182: 'ECC field parameter N',
  183: 'ECC field parameter k',
  240: 'ECC key parameters reference',
  255: 'extended format',
};

/** Table 11-17. */
const USAGES: readonly (readonly [octet: number, bit: number, text: string])[] = [
  [0, 0x80, 'verification or encryption'],
  [0, 0x40, 'computation or decryption'],
  [0, 0x20, 'secure messaging in responses'],
  [0, 0x10, 'secure messaging in commands'],
  [0, 0x08, 'confidentiality'],
  [0, 0x04, 'cryptographic checksum'],
  [0, 0x02, 'digital signature'],
  [0, 0x01, 'cryptographic authorization'],
  [1, 0x80, 'key agreement'],
];

/** Combinations that have names in the secure channel protocols. */
const KNOWN_USAGES: Readonly<Record<string, string>> = {
  '18': 'C-ENC: ',
  '14': 'C-MAC: ',
  '48': 'C-DEK: ',
  '38': 'C-ENC and R-ENC: ',
  '34': 'C-MAC and R-MAC: ',
  C8: 'C-DEK and R-DEK: ',
};

function keyUsage(octets: Uint8Array): string {
  const texts = USAGES.filter(([octet, bit]) => ((octets[octet] ?? 0) & bit) !== 0).map(([, , text]) => text);
  return `${KNOWN_USAGES[toHex(octets)] ?? ''}${texts.join(', ') || 'no usage'}`;
}

/** Data objects that STORE DATA sets in a security domain. */
const DATA_OBJECTS: Readonly<Record<number, string>> = {
  66: 'issuer identification number',
  69: 'card image number',
  79: 'AID',
  102: 'card recognition data',
  103: 'card capability information',
  133: 'HTTP administration session parameters',
  24352: 'application provider identifier',
  24400: 'URL of the security domain manager',
};

/** A STORE DATA block of sdPersoData: its data group and what is in it. */
export function personalisationWords(octets: Uint8Array): string | undefined {
  if (octets.length < 3) return undefined;
  const long = octets[2] === 0xff;
  const start = long ? 5 : 3;
  const length = long ? ((octets[3] ?? 0) << 8) | (octets[4] ?? 0) : octets[2]!;
  if (start + length !== octets.length) return undefined;
  const group = `data group ${toHex(octets.subarray(0, 2))}, ${octetsCount(length)}`;
  try {
    const objects = parseTlvs(octets.subarray(start), 'sdPersoData').map(
      ({ tag }) => `${DATA_OBJECTS[tag] ?? 'data object'} (${hexTag(tag)})`,
    );
    return `${group}: ${objects.join(', ')}`;
  } catch (error) {
    if (error instanceof DecodeError) return group; // the group holds no data objects
    throw error;
  }
}
