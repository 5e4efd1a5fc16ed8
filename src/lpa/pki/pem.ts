/** Certificates as PEM (RFC 7468), as `--ca` takes them. */
import { fromBase64, toBase64 } from '../bytes.ts';
import { DecodeError } from '../errors.ts';
import { type Certificate, readCertificate } from './certificate.ts';

/** The octets of every CERTIFICATE block; text between blocks is passed over. @throws {DecodeError} when a block is not base64. */
export function pemCertificates(text: string): readonly Uint8Array[] {
  return [...text.matchAll(/-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----/g)].map(([, body = ''], i) => {
    try {
      return fromBase64(body.replace(/\s+/g, ''));
    } catch (cause) {
      throw new DecodeError(`PEM/${i}`, 'not base64', { cause });
    }
  });
}

/** Read the certificates of a PEM file. @throws {DecodeError} when there is none, or one cannot be read. */
export async function readPem(text: string): Promise<readonly Certificate[]> {
  const blocks = pemCertificates(text);
  if (blocks.length === 0) throw new DecodeError('PEM', 'no certificate');
  return Promise.all(blocks.map(readCertificate));
}

export const toPem = (certificate: Uint8Array): string =>
  `-----BEGIN CERTIFICATE-----\n${toBase64(certificate).replace(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`;
