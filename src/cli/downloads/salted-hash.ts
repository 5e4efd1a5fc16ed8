/** Salted hashes: enough to recognise a secret that is given again, not enough to use it. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Returns 16 random octets in hexadecimal. */
export const newSalt = (): string => randomBytes(16).toString('hex');

/** Returns SHA-256 over the salt and the text, in hexadecimal. */
export const saltedHash = (salt: string, text: string): string =>
  createHash('sha256').update(Buffer.from(salt, 'hex')).update(text, 'utf8').digest('hex');

export function isHashOf(hash: string, salt: string, text: string): boolean {
  const known = Buffer.from(hash, 'hex');
  const given = Buffer.from(saltedHash(salt, text), 'hex');
  return known.length === given.length && timingSafeEqual(known, given);
}
