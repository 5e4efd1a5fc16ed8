/** Which eUICCs an EUM may certify. SGP.22 v2.5 §4.5.2.1.0.2 (name constraints) and v3.1 (permittedEins). */
import type { Certificate } from './certificate.ts';

/**
 * Whether `eum` may have issued a certificate to this eUICC: its EID begins with a permitted IIN or EIN, its organization is the permitted one.
 * Done by hand, since X.509's own rule for directory names does not know of an EID that merely begins with a serialNumber.
 */
export function eumPermits(eum: Certificate, { subject }: Pick<Certificate, 'subject'>): boolean {
  const eid = subject.serialNumber ?? '';
  const permitted = eum.nameConstraints?.permitted ?? [];
  const name = permitted.find(({ organizationName }) => organizationName !== undefined);
  if (name && name.organizationName !== subject.organizationName) return false;
  const heads = eum.permittedEins ?? permitted.flatMap(({ serialNumber }) => (serialNumber ? [serialNumber] : []));
  return /^\d{32}$/.test(eid) && heads.some((head) => eid.startsWith(head));
}
