/**
 * ECDSA with SHA-256 and ECDH on the two curves of SGP.22 (v2.5 §2.6.7), over node:crypto.
 * Signatures are r and s, 32 octets each; public keys are uncompressed points of 65 octets, as ES10 and certificates carry them.
 */
import {
  createHash,
  createPublicKey,
  sign as cryptoSign,
  verify as cryptoVerify,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { concat, fromHex, toHex } from '../bytes.ts';

export type Curve = 'P-256' | 'brainpoolP256r1';
export const CURVES: readonly Curve[] = ['P-256', 'brainpoolP256r1'];

/** By OpenSSL's name; the OID of each; SubjectPublicKeyInfo up to the point. */
const PARAMETERS: Readonly<Record<Curve, { namedCurve: string; oid: string; spki: Uint8Array }>> = {
  'P-256': {
    namedCurve: 'prime256v1',
    oid: '1.2.840.10045.3.1.7',
    spki: fromHex('3059301306072A8648CE3D020106082A8648CE3D030107034200'),
  },
  brainpoolP256r1: {
    namedCurve: 'brainpoolP256r1',
    oid: '1.3.36.3.3.2.8.1.1.7',
    spki: fromHex('305A301406072A8648CE3D020106092B2403030208010107034200'),
  },
};

const POINT_OCTETS = 65;

export const curveOfOid = (oid: string): Curve | undefined => CURVES.find((curve) => PARAMETERS[curve].oid === oid);

/** A key's curve; undefined for RSA and for other curves. */
export const curveOf = (key: KeyObject): Curve | undefined =>
  CURVES.find((curve) => PARAMETERS[curve].namedCurve === key.asymmetricKeyDetails?.namedCurve);

/** SubjectPublicKeyInfo of a point, DER. */
export const publicKeyInfo = (curve: Curve, point: Uint8Array): Uint8Array => concat(PARAMETERS[curve].spki, point);

/** @throws {Error} when the point is not on the curve. */
export function publicKeyObject(curve: Curve, point: Uint8Array): KeyObject {
  const name = `${curve} ${toHex(point)}`;
  const key =
    lastKeys.get(name) ?? createPublicKey({ key: Buffer.from(publicKeyInfo(curve, point)), format: 'der', type: 'spki' });
  lastKeys.delete(name);
  lastKeys.set(name, key);
  const [oldest] = lastKeys.keys();
  if (lastKeys.size > MAX_LAST_KEYS && oldest !== undefined) lastKeys.delete(oldest);
  return key;
}
/** OpenSSL takes its time to read a key, and a session verifies with the same few again and again. */
const lastKeys = new Map<string, KeyObject>();
const MAX_LAST_KEYS = 32;

/** The public point of a key pair, public or private half alike. */
export function publicPoint(key: KeyObject): Uint8Array {
  const spki = (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'der', type: 'spki' });
  return Uint8Array.from(spki.subarray(spki.length - POINT_OCTETS));
}

/** How SGP.22 names a public key: SHA-1 over the uncompressed point (RFC 5280 §4.2.1.2, method 1), upper-case hex. */
export const keyIdentifier = (point: Uint8Array): string => toHex(createHash('sha1').update(point).digest());

export const newPrivateKey = (curve: Curve): KeyObject =>
  generateKeyPairSync('ec', { namedCurve: PARAMETERS[curve].namedCurve }).privateKey;

/** Sign: r and s, 64 octets. */
export const sign = (privateKey: KeyObject, data: Uint8Array): Uint8Array =>
  Uint8Array.from(cryptoSign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' }));

/** Whether `signature` (r and s, 64 octets) over `data` was made with the key of `point`. A point off the curve signs nothing. */
export function verify(curve: Curve, point: Uint8Array, data: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== 64 || point.length !== POINT_OCTETS) return false;
  try {
    return cryptoVerify('sha256', data, { key: publicKeyObject(curve, point), dsaEncoding: 'ieee-p1363' }, signature);
  } catch {
    // OpenSSL throws where the octets are no point of the curve: that is a "no" like any other.
    return false;
  }
}

/** What of a certificate verifying needs: see `Certificate`. */
interface Signed {
  readonly tbs: Uint8Array;
  readonly signature?: Uint8Array;
}
interface Signer {
  readonly curve?: Curve;
  readonly publicKey?: Uint8Array;
}

/** Whether the key of `issuer` signed `certificate`, with SHA-256. Names, dates and constraints are not looked at. */
export function verifyCertificate(certificate: Signed, issuer: Signer): boolean {
  if (!certificate.signature || !issuer.curve || !issuer.publicKey) return false;
  return verify(issuer.curve, issuer.publicKey, certificate.tbs, certificate.signature);
}

/** ECDH: the x-coordinate, 32 octets. @throws {Error} when the point is not on the key's curve. */
export function sharedSecret(privateKey: KeyObject, point: Uint8Array): Uint8Array {
  const curve = curveOf(privateKey);
  if (!curve) throw new Error('ECDH: neither P-256 nor brainpoolP256r1');
  return Uint8Array.from(diffieHellman({ privateKey, publicKey: publicKeyObject(curve, point) }));
}
