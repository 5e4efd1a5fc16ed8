/**
 * Which keys could have made a signature? The one door of @noble/curves.
 *
 * A chip names its CIs by key identifier alone, and servers seldom send the CI's certificate. An ECDSA signature
 * gives away at most four public keys per curve; one of them hashes to the identifier, or the CI did not sign.
 */
import { createHash } from 'node:crypto';
import { toHex } from '../bytes.ts';
import { type Curve, keyIdentifier, verify } from './ecdsa.ts';

export interface CandidateKey {
  readonly curve: Curve;
  /** The uncompressed point, 65 octets. */
  readonly publicKey: Uint8Array;
  /** SHA-1 over the point, upper-case hex. */
  readonly keyIdentifier: string;
}

/** @noble/curves costs 40 ms: it is loaded when a key has to be recovered. */
const loadCurves = async () => {
  const [{ p256 }, { brainpoolP256r1 }] = await Promise.all([import('@noble/curves/nist.js'), import('@noble/curves/misc.js')]);
  return [['P-256', p256] as const, ['brainpoolP256r1', brainpoolP256r1] as const];
};

/** Every public key, on both curves, under which `signature` (r and s, 64 octets) over `data` with SHA-256 verifies. */
export async function recoverPublicKeys(data: Uint8Array, signature: Uint8Array): Promise<readonly CandidateKey[]> {
  const digest = Uint8Array.from(createHash('sha256').update(data).digest());
  const name = `${toHex(digest)} ${toHex(signature)}`;
  const recovered = lastRecovered.get(name) ?? (await recover(data, digest, signature));
  lastRecovered.delete(name);
  lastRecovered.set(name, recovered);
  const [oldest] = lastRecovered.keys();
  if (lastRecovered.size > MAX_LAST && oldest !== undefined) lastRecovered.delete(oldest);
  return recovered;
}
/** Milliseconds each, and the same certificate is asked about in every session with its server. */
const lastRecovered = new Map<string, readonly CandidateKey[]>();
const MAX_LAST = 16;

async function recover(data: Uint8Array, digest: Uint8Array, signature: Uint8Array): Promise<readonly CandidateKey[]> {
  const found: CandidateKey[] = [];
  for (const [curve, ecdsa] of await loadCurves()) {
    for (const recoveryId of [0, 1, 2, 3]) {
      try {
        const point = ecdsa.Signature.fromBytes(signature, 'compact').addRecoveryBit(recoveryId).recoverPublicKey(digest);
        const publicKey = point.toBytes(false);
        // OpenSSL has the last word: a key counts only when it verifies the signature.
        if (verify(curve, publicKey, data, signature)) found.push({ curve, publicKey, keyIdentifier: keyIdentifier(publicKey) });
      } catch {
        // r or s out of the curve's range, or no point at this x: this id gives no candidate. Others may.
      }
    }
  }
  return found;
}
