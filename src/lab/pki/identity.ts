/**
 * Who is who among the certificates of a folder: a role by its policy OID, a key by its public point, a chain by
 * key identifier and signature. What is missing is minted where the key of the CI, or of the EUM, is there.
 */
import type { KeyObject } from 'node:crypto';
import { toHex } from '../../lpa/bytes.ts';
import { type Certificate, readCertificate } from '../../lpa/pki/certificate.ts';
import { type Curve, keyIdentifier, verifyCertificate } from '../../lpa/pki/ecdsa.ts';
import { eumPermits } from '../../lpa/pki/eum.ts';
import type { Role } from '../../lpa/pki/roles.ts';
import type { Found } from './folder.ts';
import {
  type Identity,
  mintDpAuth,
  mintDpPb,
  mintDpTls,
  mintDsAuth,
  mintDsTls,
  mintEuicc,
  mintEum,
  type Overrides,
} from './mint.ts';

/** A certificate whose key may be elsewhere. */
export type Authority = Pick<Identity, 'certificate'> & { readonly privateKey?: KeyObject };

/** Everybody under one CI. */
export interface Domain {
  readonly curve: Curve;
  readonly ciPKId: string;
  readonly ci: Authority;
  /** For the card: absent where neither found nor to be minted. */
  readonly card?: { readonly eum: Authority; readonly euicc: Identity };
  /** For the servers; likewise. */
  readonly servers?: {
    readonly dpAuth: Identity;
    readonly dpPb: Identity;
    readonly dpTls: Identity;
    readonly dsAuth: Identity;
    readonly dsTls: Identity;
  };
  /** Roles of certificates that had to be minted. */
  readonly minted: readonly Role[];
}

export interface Wanted {
  /** 32 digits. */
  readonly eid: string;
  /** What the TLS certificates are for. */
  readonly host: string;
  readonly now: Date;
}

/** One domain for every CI key that is found, P-256 first. */
export async function findDomains(found: Found, wanted: Wanted): Promise<readonly Domain[]> {
  const domains: Domain[] = [];
  for (const ci of findCis(found, wanted.now)) domains.push(await findDomain(found, ci, wanted));
  return domains;
}

/** The EIDs of eUICC certificates that are whole: with their key, under an EUM that may have issued them. Check digits that are right come first. */
export function findEids(found: Found, now: Date): readonly string[] {
  const eids = findCis(found, now).flatMap((ci) =>
    issuedBy(found, ci, 'eum', now).flatMap((eum) =>
      issuedBy(found, eum, 'euicc', now)
        .filter((euicc) => keyOf(found, euicc) && eumPermits(eum, euicc))
        .map(({ subject }) => subject.serialNumber!),
    ),
  );
  const wrong = (eid: string): number => (BigInt(eid) % 97n === 1n ? 0 : 1);
  return [...new Set(eids)].sort((a, b) => wrong(a) - wrong(b));
}

/** CI certificates in force, one for each key: of several, the one whose name stands as issuer in most others. */
function findCis({ certificates }: Found, now: Date): readonly Certificate[] {
  const children = (ci: Certificate): number =>
    certificates.filter(({ issuerBytes }) => toHex(issuerBytes) === toHex(ci.subjectBytes)).length;
  const cis = certificates
    .filter(
      (certificate) =>
        certificate.role === 'ci' &&
        certificate.curve &&
        inForce(certificate, now) &&
        verifyCertificate(certificate, certificate),
    )
    .sort((a, b) => Number(a.curve !== 'P-256') - Number(b.curve !== 'P-256') || children(b) - children(a));
  return cis.filter((ci, i) => cis.findIndex((other) => idOf(other) === idOf(ci)) === i);
}

async function findDomain(found: Found, ci: Certificate, wanted: Wanted): Promise<Domain> {
  const minted: Role[] = [];
  const make = async (role: Role, mint: () => Promise<Identity>): Promise<Identity> => {
    minted.push(role);
    return mint();
  };
  const authority = authorityOf(found, ci);
  const card = await findCard(found, ci, wanted, make);
  const servers = isIdentity(authority)
    ? await findServers(found, ci, authority, wanted, make)
    : findWholeServers(found, ci, wanted);
  return {
    curve: ci.curve!,
    ciPKId: idOf(ci),
    ci: authority,
    ...(card ? { card } : {}),
    ...(servers ? { servers } : {}),
    minted,
  };
}

type Make = (role: Role, mint: () => Promise<Identity>) => Promise<Identity>;

/** The eUICC with the wanted EID; else one is minted under an EUM that may have it, and the EUM where the CI's key allows. */
async function findCard(found: Found, ci: Certificate, { eid, now }: Wanted, make: Make): Promise<Domain['card']> {
  const eums = issuedBy(found, ci, 'eum', now);
  for (const eum of eums) {
    const euicc = issuedBy(found, eum, 'euicc', now).find(
      (certificate) => certificate.subject.serialNumber === eid && keyOf(found, certificate) && eumPermits(eum, certificate),
    );
    if (euicc) return { eum: authorityOf(found, eum), euicc: identityOf(found, euicc) };
  }
  const permits = (eum: Certificate): boolean =>
    eumPermits(eum, {
      subject: { serialNumber: eid, ...(eum.subject.organizationName ? { organizationName: eum.subject.organizationName } : {}) },
    });
  const own = eums.find((certificate) => keyOf(found, certificate) && permits(certificate));
  const signer = authorityOf(found, ci);
  const newEum = (ciIdentity: Identity): Promise<Identity> => make('eum', () => mintEum(ciIdentity, { iin: eid.slice(0, 8) }));
  const eum = own ? identityOf(found, own) : isIdentity(signer) ? await newEum(signer) : undefined;
  if (!eum) return undefined;
  return { eum, euicc: await make('euicc', () => mintEuicc(eum, eid)) };
}

/** Servers' certificates under a CI whose key is there: found or minted. CERT.DPpb and TLS have the OID of CERT.DPauth. */
async function findServers(
  found: Found,
  ci: Certificate,
  signer: Identity,
  { host, now }: Wanted,
  make: Make,
): Promise<Domain['servers']> {
  const find = (role: Role, fits: (certificate: Certificate) => boolean): Identity | undefined => {
    const certificate = servers(found, ci, role, now).find(fits);
    return certificate && identityOf(found, certificate);
  };
  const hasOid = ({ oid }: Certificate): boolean => oid !== undefined;
  const dpAuth = find('dp-auth', hasOid) ?? (await make('dp-auth', () => mintDpAuth(signer)));
  const dsAuth = find('ds-auth', hasOid) ?? (await make('ds-auth', () => mintDsAuth(signer)));
  const dpOid = (await readCertificate(dpAuth.certificate)).oid!;
  const dsOid = (await readCertificate(dsAuth.certificate)).oid!;
  const withOid = (oid: string): Overrides => ({ oid });
  const tls =
    (oid: string) =>
    (certificate: Certificate): boolean =>
      certificate.dnsNames.includes(host) && [oid, undefined].includes(certificate.oid);
  return {
    dpAuth,
    dpPb: find('dp-pb', ({ oid }) => oid === dpOid) ?? (await make('dp-pb', () => mintDpPb(signer, withOid(dpOid)))),
    dpTls: find('dp-tls', tls(dpOid)) ?? (await make('dp-tls', () => mintDpTls(signer, host, withOid(dpOid)))),
    dsAuth,
    dsTls: find('ds-tls', tls(dsOid)) ?? (await make('ds-tls', () => mintDsTls(signer, host, withOid(dsOid)))),
  };
}

/** The same where nothing can be minted: all of them are there, or the lab has no servers under this CI. */
function findWholeServers(found: Found, ci: Certificate, { host, now }: Wanted): Domain['servers'] {
  const find = (role: Role, fits: (certificate: Certificate) => boolean = () => true): Certificate | undefined =>
    servers(found, ci, role, now).find(fits);
  const forHost = ({ dnsNames }: Certificate): boolean => dnsNames.includes(host);
  const [dpAuth, dsAuth] = [find('dp-auth'), find('ds-auth')];
  const dpPb = find('dp-pb', ({ oid }) => oid === dpAuth?.oid);
  const [dpTls, dsTls] = [find('dp-tls', forHost), find('ds-tls', forHost)];
  if (!dpAuth || !dpPb || !dpTls || !dsAuth || !dsTls) return undefined;
  const identity = (certificate: Certificate): Identity => identityOf(found, certificate);
  return {
    dpAuth: identity(dpAuth),
    dpPb: identity(dpPb),
    dpTls: identity(dpTls),
    dsAuth: identity(dsAuth),
    dsTls: identity(dsTls),
  };
}

/** End entities alone: SGP.26 has EUM certificates that bear the policy of CERT.DPauth, to be refused. */
const servers = (found: Found, ci: Certificate, role: Role, now: Date): readonly Certificate[] =>
  issuedBy(found, ci, role, now).filter(
    (certificate) => keyOf(found, certificate) && !certificate.keyUsage?.includes('keyCertSign'),
  );

const issuedBy = ({ certificates }: Found, issuer: Certificate, role: Role, now: Date): readonly Certificate[] =>
  certificates.filter(
    (certificate) =>
      certificate.role === role &&
      certificate.curve === issuer.curve &&
      certificate.authorityKeyIdentifier === issuer.subjectKeyIdentifier &&
      inForce(certificate, now) &&
      verifyCertificate(certificate, issuer),
  );

const inForce = ({ notBefore, notAfter }: Certificate, now: Date): boolean => notBefore <= now && now <= notAfter;

const idOf = ({ publicKey }: Certificate): string => keyIdentifier(publicKey!);

const keyOf = ({ keys }: Found, { publicKey }: Certificate): KeyObject | undefined =>
  publicKey ? keys.get(toHex(publicKey)) : undefined;

function authorityOf(found: Found, certificate: Certificate): Authority {
  const privateKey = keyOf(found, certificate);
  return { certificate: certificate.bytes, ...(privateKey ? { privateKey } : {}) };
}

const isIdentity = (authority: Authority): authority is Identity => authority.privateKey !== undefined;

function identityOf(found: Found, certificate: Certificate): Identity {
  return { certificate: certificate.bytes, privateKey: keyOf(found, certificate)! };
}
