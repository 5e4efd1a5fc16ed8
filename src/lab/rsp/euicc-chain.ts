/** Does this eUICC belong here? Its chain, as an SM-DP+ or SM-DS verifies it. SGP.22 v2.5 §4.5.2.2, §5.6.2. */
import { DecodeError } from '../../lpa/errors.ts';
import { type Certificate, readCertificate } from '../../lpa/pki/certificate.ts';
import { verify, verifyCertificate } from '../../lpa/pki/ecdsa.ts';
import { eumPermits } from '../../lpa/pki/eum.ts';
import type { Role } from '../../lpa/pki/roles.ts';
import { signatureIn } from '../euicc/es10/signature.ts';
import { Refusal, unless } from './refusal.ts';

/** A CI whose eUICCs are welcome. */
export interface TrustedDomain {
  readonly ciPKId: string;
  readonly ci: { readonly certificate: Uint8Array };
}

export interface Euicc {
  readonly eid: string;
  readonly certificate: Certificate;
}

/**
 * @param ciPKIds the CIs that may stand above this eUICC; without it any of `domains`
 * @throws {Refusal} 8.11.1/3.9 unknown CI, 8.1.2 the EUM's certificate, 8.1.3 the eUICC's
 */
export async function verifyEuicc(
  domains: readonly TrustedDomain[],
  { euicc: euiccBytes, eum: eumBytes }: { euicc: Uint8Array; eum: Uint8Array },
  now: Date,
  ciPKIds = domains.map(({ ciPKId }) => ciPKId),
): Promise<Euicc> {
  const eum = await readOrRefuse(eumBytes, '8.1.2', 'CERT.EUM');
  const domain = domains.find(({ ciPKId }) => ciPKId === eum.authorityKeyIdentifier);
  unless(
    domain !== undefined,
    '8.11.1/3.9',
    `CERT.EUM is under CI key ${eum.authorityKeyIdentifier ?? '(none)'}, not known here`,
  );
  unless(ciPKIds.includes(domain.ciPKId), '8.1.2/6.1', 'CERT.EUM is under another CI than the one agreed on');
  const ci = await readCertificate(domain.ci.certificate);
  checkCertificate(eum, ci, 'eum', '8.1.2', 'CERT.EUM', now);
  unless(eum.basicConstraints?.ca === true, '8.1.2/6.1', 'CERT.EUM is no CA');

  const euicc = await readOrRefuse(euiccBytes, '8.1.3', 'CERT.EUICC');
  checkCertificate(euicc, eum, 'euicc', '8.1.3', 'CERT.EUICC', now);
  unless(eumPermits(eum, euicc), '8.1.3/6.1', "CERT.EUICC: its EID or organization is not among the EUM's (name constraints)");
  return { eid: euicc.subject.serialNumber ?? '', certificate: euicc };
}

/** Whether the eUICC signed `data`; `signature` is a 5F37. */
export function isSignedBy({ curve, publicKey }: Certificate, data: Uint8Array, signature: Uint8Array): boolean {
  return curve !== undefined && publicKey !== undefined && verify(curve, publicKey, data, signatureIn(signature));
}

async function readOrRefuse(bytes: Uint8Array, subject: '8.1.2' | '8.1.3', name: string): Promise<Certificate> {
  try {
    return await readCertificate(bytes);
  } catch (error) {
    if (error instanceof DecodeError) throw new Refusal(`${subject}/6.1`, `${name} cannot be read: ${error.message}`);
    throw error;
  }
}

function checkCertificate(
  certificate: Certificate,
  issuer: Certificate,
  role: Role,
  subject: '8.1.2' | '8.1.3',
  name: string,
  now: Date,
): void {
  const invalid: `${string}/${string}` = `${subject}/6.1`;
  const usage = role === 'eum' ? 'keyCertSign' : 'digitalSignature';
  unless(verifyCertificate(certificate, issuer), invalid, `${name}: its issuer did not sign it`);
  unless(certificate.role === role, invalid, `${name}: its role is ${certificate.roles.join(', ') || 'none'}, expected ${role}`);
  unless(certificate.keyUsage?.includes(usage) === true, invalid, `${name}: its key usage is not ${usage}`);
  const [unknown] = certificate.unknownCriticalExtensions;
  unless(unknown === undefined, invalid, `${name}: critical extension ${unknown} is not known here`);
  unless(now >= certificate.notBefore, invalid, `${name}: not valid before ${certificate.notBefore.toISOString()}`);
  unless(now <= certificate.notAfter, `${subject}/6.3`, `${name}: expired on ${certificate.notAfter.toISOString()}`);
}
