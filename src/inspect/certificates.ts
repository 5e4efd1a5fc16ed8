/** Certificates in a line, or fact by fact. RFC 5280; SGP.22 v2.5 §4.5.2. */
import { DecodeError } from '../lpa/errors.ts';
import type { Certificate, Name } from '../lpa/pki/certificate.ts';
import { ciName, describeCi, isTestCi } from '../lpa/pki/ci-names.ts';
import type { Node } from './node.ts';
import { octetsCount, problemOf } from './values.ts';
import type { MetCertificate } from './walk.ts';

/** More than any data object holds; reading one takes a millisecond. */
const MAX_CERTIFICATES = 50;

/** Put the summary of each certificate into its node. */
export async function summarise(met: readonly MetCertificate[], now: Date): Promise<void> {
  for (const { node, bytes } of met.slice(0, MAX_CERTIFICATES)) {
    const certificate = await tryCertificate(bytes);
    if ('problem' in certificate) node.errors = [...(node.errors ?? []), certificate.problem];
    else {
      node.words = summaryOf(certificate);
      node.value = membersOf(certificate);
      const notes = notesOf(certificate, now);
      if (notes.length > 0) node.notes = notes;
    }
  }
}

/** A certificate fact by fact, or why it is none. */
export async function factsOf(
  bytes: Uint8Array,
  now: Date,
): Promise<{ readonly facts: Node[]; readonly notes: string[]; readonly words: string } | { readonly problem: string }> {
  const certificate = await tryCertificate(bytes);
  if ('problem' in certificate) return certificate;
  return { facts: facts(certificate), notes: notesOf(certificate, now), words: summaryOf(certificate) };
}

async function tryCertificate(bytes: Uint8Array): Promise<Certificate | { readonly problem: string }> {
  const { readCertificate } = await import('../lpa/pki/certificate.ts');
  try {
    return await readCertificate(bytes);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return { problem: error.path === 'Certificate' ? problemOf(error) : error.message };
  }
}

function summaryOf(certificate: Certificate): string {
  const { role, subject, issuer, oid, notBefore, notAfter, authorityKeyIdentifier } = certificate;
  return [
    `${role ?? 'certificate'} ${nameText(subject)}`,
    ...(oid ? [`OID ${oid}`] : []),
    `issued by ${(authorityKeyIdentifier && ciName(authorityKeyIdentifier)) ?? nameText(issuer)}`,
    `valid ${day(notBefore)} to ${day(notAfter)}`,
  ].join(', ');
}

/** What scripts may want of a certificate in a tree. */
function membersOf({ role, subject, issuer, serial, oid, notBefore, notAfter, ...keys }: Certificate): object {
  return {
    ...(role && { role }),
    subject,
    issuer,
    serial,
    ...(oid && { oid }),
    notBefore: notBefore.toISOString(),
    notAfter: notAfter.toISOString(),
    ...(keys.subjectKeyIdentifier && { subjectKeyIdentifier: keys.subjectKeyIdentifier }),
    ...(keys.authorityKeyIdentifier && { authorityKeyIdentifier: keys.authorityKeyIdentifier }),
  };
}

function notesOf({ notBefore, notAfter, authorityKeyIdentifier, subjectKeyIdentifier }: Certificate, now: Date): string[] {
  const issuer = authorityKeyIdentifier ?? subjectKeyIdentifier;
  return [
    ...(now < notBefore ? ["not yet valid by this computer's clock"] : []),
    ...(now > notAfter ? ["expired by this computer's clock"] : []),
    ...(issuer && isTestCi(issuer) ? ['under a test CI'] : []),
  ];
}

function facts(certificate: Certificate): Node[] {
  const { subject, issuer, roles, basicConstraints: constraints, nameConstraints, unknownCriticalExtensions } = certificate;
  const fact = (name: string, value: unknown, words: string | undefined): Node[] =>
    words === undefined || words === '' ? [] : [{ name, value, words }];
  const key = (name: string, id: string | undefined): Node[] => fact(name, id, id && describeCi(id));
  return [
    ...fact('role', certificate.role ?? roles, roles.join(', ')),
    ...fact('subject', subject, nameText(subject)),
    ...fact('issuer', issuer, nameText(issuer)),
    ...fact('serialNumber', certificate.serial, certificate.serial),
    ...fact('notBefore', certificate.notBefore.toISOString(), day(certificate.notBefore)),
    ...fact('notAfter', certificate.notAfter.toISOString(), day(certificate.notAfter)),
    ...fact('oid', certificate.oid, certificate.oid),
    ...fact('dnsNames', certificate.dnsNames, certificate.dnsNames.join(', ')),
    ...fact('publicKey', certificate.curve, certificate.curve ?? 'not on a curve that SGP.22 names'),
    ...key('subjectKeyIdentifier', certificate.subjectKeyIdentifier),
    ...key('authorityKeyIdentifier', certificate.authorityKeyIdentifier),
    ...fact('basicConstraints', constraints, constraints && constraintsText(constraints)),
    ...fact('keyUsage', certificate.keyUsage, certificate.keyUsage?.join(', ')),
    ...fact('extKeyUsage', certificate.extKeyUsage, certificate.extKeyUsage?.join(', ')),
    ...fact('permitted', nameConstraints?.permitted, nameConstraints?.permitted.map(nameText).join('; ')),
    ...fact('permittedEins', certificate.permittedEins, certificate.permittedEins?.join(', ')),
    ...fact('signature', undefined, certificate.signature ? `ECDSA with SHA-256, ${octetsCount(64)}` : 'another algorithm'),
    ...unknownCriticalExtensions.map((oid) => ({ name: 'extension', value: oid, words: oid, errors: ['critical, and unknown'] })),
  ];
}

const constraintsText = ({ ca, pathLenConstraint }: NonNullable<Certificate['basicConstraints']>): string =>
  ca ? `a CA${pathLenConstraint === undefined ? '' : `, at most ${pathLenConstraint} more below it`}` : 'no CA';

/** `"Common Name", Organization, EID 8904...`. */
function nameText({ commonName, organizationName, serialNumber, countryName }: Name): string {
  const parts = [commonName && `"${commonName}"`, organizationName, serialNumber && `serial number ${serialNumber}`, countryName];
  return parts.filter((part) => part).join(', ') || '(no name)';
}

const day = (date: Date): string => date.toISOString().slice(0, 10).replace(/^\+/, '');
