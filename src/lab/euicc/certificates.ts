/** How the card looks at a server's certificate: under one of its CIs, of the right role, not revoked. SGP.22 v2.5 §4.5.2, §5.7.13. */
import { DecodeError } from '../../lpa/errors.ts';
import { type Certificate, readCertificate } from '../../lpa/pki/certificate.ts';
import { type Curve, verifyCertificate } from '../../lpa/pki/ecdsa.ts';
import type { Role } from '../../lpa/pki/roles.ts';
import type { Chip } from './chip.ts';
import type { TrustedCi } from './chip-keys.ts';
import { isRevoked } from './es10/crl.ts';

export interface ServerCertificate {
  readonly oid?: string;
  readonly ci: TrustedCi;
  readonly curve: Curve;
  readonly publicKey: Uint8Array;
}

export interface CertificateRefusal {
  readonly refused: 'invalidCertificate' | 'unsupportedCurve';
  readonly why: string;
}

/** @param roles any of them is right */
export async function checkServerCertificate(
  chip: Chip,
  bytes: Uint8Array,
  roles: readonly Role[],
): Promise<ServerCertificate | CertificateRefusal> {
  const invalid = (why: string): CertificateRefusal => ({ refused: 'invalidCertificate', why });
  const certificate = await readOrNothing(bytes);
  if (typeof certificate === 'string') return invalid(`the certificate cannot be read, ${certificate}`);
  const ci = chip.cis.find(({ ciPKId }) => ciPKId === certificate.authorityKeyIdentifier);
  if (!ci) return invalid(`its issuer ${certificate.authorityKeyIdentifier ?? '(no key identifier)'} is none of the card's CIs`);
  if (!verifyCertificate(certificate, ci)) return invalid(`the CI ${ci.ciPKId} did not sign it`);
  if (!certificate.role || !roles.includes(certificate.role)) {
    return invalid(`certificate role is ${certificate.roles.join(' and ') || 'none'}, expected ${roles.join(' or ')}`);
  }
  if (certificate.basicConstraints?.ca) return invalid('it is a CA certificate');
  if (!certificate.keyUsage?.includes('digitalSignature')) return invalid('its key usage is not digitalSignature');
  const [unknown] = certificate.unknownCriticalExtensions;
  if (unknown) return invalid(`it has the critical extension ${unknown}, which the card does not know`);
  const now = chip.now?.();
  if (now && now < certificate.notBefore) return invalid(`it is not valid before ${certificate.notBefore.toISOString()}`);
  if (now && now > certificate.notAfter) return invalid(`it expired on ${certificate.notAfter.toISOString()}`);
  if (isRevoked(chip, ci.ciPKId, certificate.serial)) return invalid(`serial number ${certificate.serial} is revoked`);
  const { curve, publicKey, oid } = certificate;
  if (!curve || !publicKey) return { refused: 'unsupportedCurve', why: 'its key is on neither P-256 nor brainpoolP256r1' };
  return { ci, curve, publicKey, ...(oid !== undefined && { oid }) };
}

async function readOrNothing(bytes: Uint8Array): Promise<Certificate | string> {
  try {
    return await readCertificate(bytes);
  } catch (error) {
    if (error instanceof DecodeError) return error.message;
    throw error;
  }
}
