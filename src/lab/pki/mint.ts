/**
 * Certificates made here: CI, EUM, eUICC, SM-DP+ and SM-DS, as SGP.26 variant O has them (SGP.22 v2.5 §4.5.2).
 *
 * Each `mint...` gives a good certificate; any field of `CertificateBody` given beside it replaces the good one,
 * which is how the tests and the lab's faults make those that must be refused.
 */
import { sign as cryptoSign, type KeyObject, randomBytes } from 'node:crypto';
import { concat, fromHex } from '../../lpa/bytes.ts';
import { EXT_KEY_USAGES, KEY_USAGES, NAME_ATTRIBUTES, type Name, readCertificate } from '../../lpa/pki/certificate.ts';
import { type DerWriter, derWriter } from '../../lpa/pki/der.ts';
import { type Curve, curveOf, keyIdentifier, newPrivateKey, publicKeyInfo, publicPoint } from '../../lpa/pki/ecdsa.ts';
import { policyOf, type Role } from '../../lpa/pki/roles.ts';

/** A certificate and the key to it. */
export interface Identity {
  readonly certificate: Uint8Array;
  readonly privateKey: KeyObject;
}

export type NameParts = readonly (readonly [keyof Name, string])[];

export interface CertificateBody {
  readonly curve: Curve;
  /** Without it a new one is made on `curve`. */
  readonly privateKey?: KeyObject | undefined;
  /** In the order given. */
  readonly subject: NameParts;
  /** Instead of the issuer's own name. */
  readonly issuer?: NameParts | undefined;
  /** Hex; nine random octets, the first 02, where not given. */
  readonly serial?: string | undefined;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Of the signature. */
  readonly hash: 'sha256' | 'sha384' | 'sha512' | 'sha1';
  readonly basicConstraints?: { readonly ca: boolean; readonly pathLenConstraint?: number } | undefined;
  readonly keyUsage?: readonly (typeof KEY_USAGES)[number][] | undefined;
  readonly extKeyUsage?: readonly ('serverAuth' | 'clientAuth')[] | undefined;
  /** A role, or the OIDs of policies. */
  readonly policies?: Role | readonly string[] | undefined;
  /** TLS certificates carry their policy as not critical. */
  readonly policiesCritical?: boolean | undefined;
  readonly dnsNames?: readonly string[] | undefined;
  /** registeredID, dotted. */
  readonly oid?: string | undefined;
  readonly crlDistributionPoints?: readonly string[] | undefined;
  /** Permitted directory name, as an EUM has it. */
  readonly permittedName?: NameParts | undefined;
  /** Upper-case hex; false leaves the extension out. */
  readonly subjectKeyIdentifier?: string | false | undefined;
  readonly authorityKeyIdentifier?: string | false | undefined;
  /** Further extensions, the value as DER. */
  readonly extensions?: readonly { readonly oid: string; readonly critical: boolean; readonly value: Uint8Array }[] | undefined;
}

export type Overrides = Partial<CertificateBody>;

const HOUR = 3600e3;
const DAY = 24 * HOUR;

/** In force an hour ago, so that clocks that differ a little agree. */
const since = (): Date => new Date(Math.floor((Date.now() - HOUR) / 1000) * 1000);
const inDays = (days: number): Date => new Date(Math.floor((Date.now() + days * DAY) / 1000) * 1000);

/** "No expiration", RFC 5280 §4.1.2.5. */
const NEVER = new Date('9999-12-31T23:59:59Z');

/** The OIDs that SGP.26 gives its parties. */
export const TEST_OIDS = { ci: '2.999.1', eum: '2.999.5', dp: '2.999.10', ds: '2.999.15' } as const;

const CRLS = ['http://ci.test.example.com/CRL-1.crl', 'http://ci.test.example.com/CRL-2.crl'];

export const mintCi = (overrides: Overrides = {}): Promise<Identity> =>
  mintCertificate({
    ...defaults(3650 * 3),
    subject: [
      ['commonName', 'Lab CI'],
      ['organizationName', 'lpa lab'],
      ['countryName', 'XX'],
    ],
    basicConstraints: { ca: true },
    policies: 'ci',
    keyUsage: ['keyCertSign', 'cRLSign'],
    oid: TEST_OIDS.ci,
    crlDistributionPoints: CRLS,
    ...overrides,
  });

export const mintCiSubCa = (ci: Identity, overrides: Overrides = {}): Promise<Identity> =>
  mintCertificate(
    {
      ...defaults(3650, ci),
      subject: [
        ['commonName', 'Lab CI Sub-CA'],
        ['organizationName', 'lpa lab'],
        ['countryName', 'XX'],
      ],
      basicConstraints: { ca: true },
      policies: 'ci-sub-ca',
      keyUsage: ['keyCertSign', 'cRLSign'],
      oid: '2.999.2',
      crlDistributionPoints: CRLS,
      ...overrides,
    },
    ci,
  );

/** A server's own sub-CA (v3, variants with a DP SubCA or DS SubCA). */
export const mintServerSubCa = (ci: Identity, side: 'dp' | 'ds' = 'dp', overrides: Overrides = {}): Promise<Identity> =>
  mintCertificate(
    {
      ...defaults(3650, ci),
      subject: [
        ['organizationName', 'lpa lab'],
        ['commonName', `Lab SM-${side === 'dp' ? 'DP+' : 'DS'} Sub-CA`],
      ],
      basicConstraints: { ca: true, pathLenConstraint: 0 },
      policies: side === 'dp' ? 'dp-sub-ca' : 'ds-sub-ca',
      keyUsage: ['keyCertSign', 'cRLSign'],
      oid: side === 'dp' ? '2.999.221' : '2.999.222',
      crlDistributionPoints: CRLS,
      ...overrides,
    },
    ci,
  );

/** @param iin the digits that the EIDs of its eUICCs begin with */
export const mintEum = (
  ci: Identity,
  { iin = '89049032', organizationName = 'lpa lab EUM' } = {},
  overrides: Overrides = {},
): Promise<Identity> =>
  mintCertificate(
    {
      ...defaults(3650, ci),
      subject: [
        ['countryName', 'XX'],
        ['organizationName', organizationName],
        ['commonName', 'Lab EUM'],
      ],
      keyUsage: ['keyCertSign'],
      policies: 'eum',
      oid: TEST_OIDS.eum,
      basicConstraints: { ca: true, pathLenConstraint: 0 },
      crlDistributionPoints: CRLS,
      permittedName: [
        ['organizationName', organizationName],
        ['serialNumber', iin],
      ],
      ...overrides,
    },
    ci,
  );

/** The certificate of one eUICC; its organizationName is the EUM's. */
export async function mintEuicc(eum: Identity, eid: string, overrides: Overrides = {}): Promise<Identity> {
  const { subject } = await readCertificate(eum.certificate);
  return mintCertificate(
    {
      ...defaults(0, eum),
      notAfter: NEVER,
      subject: [
        ['countryName', subject.countryName ?? 'XX'],
        ['organizationName', subject.organizationName ?? 'lpa lab EUM'],
        ['serialNumber', eid],
        ['commonName', 'Lab eUICC'],
      ],
      keyUsage: ['digitalSignature'],
      policies: 'euicc',
      ...overrides,
    },
    eum,
  );
}

const mintSigner =
  (role: Role, commonName: string, oid: string) =>
  (ci: Identity, overrides: Overrides = {}): Promise<Identity> =>
    mintCertificate(
      {
        ...defaults(3650, ci),
        subject: [
          ['organizationName', 'lpa lab'],
          ['commonName', commonName],
        ],
        oid,
        keyUsage: ['digitalSignature'],
        policies: role,
        crlDistributionPoints: CRLS,
        ...overrides,
      },
      ci,
    );

export const mintDpAuth = mintSigner('dp-auth', 'Lab SM-DP+', TEST_OIDS.dp);
export const mintDpPb = mintSigner('dp-pb', 'Lab SM-DP+', TEST_OIDS.dp);
export const mintDsAuth = mintSigner('ds-auth', 'Lab SM-DS', TEST_OIDS.ds);

const mintTls =
  (role: Role, oid: string) =>
  (ci: Identity, host: string, overrides: Overrides = {}): Promise<Identity> =>
    mintCertificate(
      {
        ...defaults(3650, ci),
        subject: [
          ['organizationName', 'lpa lab'],
          ['commonName', host],
        ],
        keyUsage: ['digitalSignature'],
        extKeyUsage: ['serverAuth', 'clientAuth'],
        policies: role,
        policiesCritical: false,
        dnsNames: [host],
        oid,
        crlDistributionPoints: CRLS,
        ...overrides,
      },
      ci,
    );

export const mintDpTls = mintTls('dp-tls', TEST_OIDS.dp);
export const mintDsTls = mintTls('ds-tls', TEST_OIDS.ds);

/** The fields that a good certificate shares with the others; on the issuer's curve. */
function defaults(
  days: number,
  issuer?: Identity,
): Pick<CertificateBody, 'curve' | 'notBefore' | 'notAfter' | 'hash' | 'policiesCritical'> {
  const curve = issuer ? curveOf(issuer.privateKey) : 'P-256';
  return { curve: curve ?? 'P-256', notBefore: since(), notAfter: inDays(days), hash: 'sha256', policiesCritical: true };
}

/** Make the certificate that `body` describes, signed by `issuer`, or by its own key. */
export async function mintCertificate(body: CertificateBody, issuer?: Identity): Promise<Identity> {
  const der = await derWriter();
  const privateKey = body.privateKey ?? newPrivateKey(body.curve);
  const curve = curveOf(privateKey) ?? body.curve;
  const point = publicPoint(privateKey);
  const signer = issuer ? await readCertificate(issuer.certificate) : undefined;
  const signerKeyIdentifier = issuer && (signer?.subjectKeyIdentifier ?? keyIdentifier(publicPoint(issuer.privateKey)));
  const subject = nameOctets(der, body.subject);
  const algorithm = der.sequence(der.oid(SIGNATURE_ALGORITHMS[body.hash]));
  const tbs = der.sequence(
    der.tagged(0xa0, der.integer(Uint8Array.of(2))),
    der.integer(body.serial === undefined ? concat(Uint8Array.of(2), randomBytes(8)) : fromHex(body.serial)),
    algorithm,
    body.issuer ? nameOctets(der, body.issuer) : (signer?.subjectBytes ?? subject),
    der.sequence(der.time(body.notBefore), der.time(body.notAfter)),
    subject,
    publicKeyInfo(curve, point),
    der.tagged(0xa3, der.sequence(...extensions(der, body, keyIdentifier(point), signerKeyIdentifier))),
  );
  const signature = Uint8Array.from(cryptoSign(body.hash, tbs, issuer?.privateKey ?? privateKey));
  return { certificate: der.sequence(tbs, algorithm, der.bitString(signature)), privateKey };
}

const SIGNATURE_ALGORITHMS = {
  sha1: '1.2.840.10045.4.1',
  sha256: '1.2.840.10045.4.3.2',
  sha384: '1.2.840.10045.4.3.3',
  sha512: '1.2.840.10045.4.3.4',
} as const;

/** In the order that SGP.26 writes them. */
function extensions(
  der: DerWriter,
  body: CertificateBody,
  ownKeyIdentifier: string,
  signerKeyIdentifier: string | undefined,
): Uint8Array[] {
  const list: Uint8Array[] = [];
  const add = (oid: string, critical: boolean, value: Uint8Array): void => {
    list.push(der.sequence(der.oid(oid), ...(critical ? [der.boolean(true)] : []), der.octetString(value)));
  };
  const authority = body.authorityKeyIdentifier ?? signerKeyIdentifier ?? false;
  if (authority !== false) add('2.5.29.35', false, der.sequence(der.tagged(0x80, fromHex(authority))));
  const own = body.subjectKeyIdentifier ?? ownKeyIdentifier;
  if (own !== false) add('2.5.29.14', false, der.octetString(fromHex(own)));
  if (body.keyUsage) add('2.5.29.15', true, namedBits(der, body.keyUsage));
  if (body.extKeyUsage)
    add('2.5.29.37', true, der.sequence(...body.extKeyUsage.map((usage) => der.oid(oidNamed(EXT_KEY_USAGES, usage)))));
  if (body.policies) {
    const policies = typeof body.policies === 'string' ? [policyOf(body.policies)] : body.policies;
    add('2.5.29.32', body.policiesCritical ?? true, der.sequence(...policies.map((policy) => der.sequence(der.oid(policy)))));
  }
  if (body.dnsNames || body.oid) {
    const dns = (body.dnsNames ?? []).map((name) => der.tagged(0x82, ascii(name)));
    add('2.5.29.17', false, der.sequence(...dns, ...(body.oid ? [der.tagged(0x88, der.oidContent(body.oid))] : [])));
  }
  if (body.basicConstraints) {
    const { ca, pathLenConstraint } = body.basicConstraints;
    const length = pathLenConstraint === undefined ? [] : [der.integer(Uint8Array.of(pathLenConstraint))];
    add('2.5.29.19', true, der.sequence(...(ca ? [der.boolean(true)] : []), ...length));
  }
  if (body.crlDistributionPoints) {
    const points = body.crlDistributionPoints.map((uri) =>
      der.sequence(der.tagged(0xa0, der.tagged(0xa0, der.tagged(0x86, ascii(uri))))),
    );
    add('2.5.29.31', false, der.sequence(...points));
  }
  if (body.permittedName) {
    const subtree = der.sequence(der.tagged(0xa4, nameOctets(der, body.permittedName)));
    add('2.5.29.30', true, der.sequence(der.tagged(0xa0, subtree)));
  }
  for (const { oid, critical, value } of body.extensions ?? []) add(oid, critical, value);
  return list;
}

/** countryName and serialNumber are PrintableString (RFC 5280, appendix A.1), the others UTF8String. */
function nameOctets(der: DerWriter, parts: NameParts): Uint8Array {
  const pairs = parts.map(([attribute, text]) => {
    const printable = attribute === 'countryName' || attribute === 'serialNumber';
    return der.set(
      der.sequence(der.oid(oidNamed(NAME_ATTRIBUTES, attribute)), printable ? der.printableString(text) : der.utf8String(text)),
    );
  });
  return der.sequence(...pairs);
}

/** A BIT STRING without trailing zero bits, as DER has named bits. */
function namedBits(der: DerWriter, names: readonly string[]): Uint8Array {
  const numbers = KEY_USAGES.flatMap((name, bit) => (names.includes(name) ? [bit] : []));
  const last = numbers.at(-1) ?? 0;
  const octets = new Uint8Array((last >> 3) + 1);
  for (const bit of numbers) octets[bit >> 3]! |= 0x80 >> (bit & 7);
  return der.bitString(octets, 7 - (last & 7));
}

const oidNamed = (names: Readonly<Record<string, string>>, name: string): string =>
  Object.keys(names).find((oid) => names[oid] === name)!;

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
