/** An X.509 certificate as plain data. RFC 5280; the profile of SGP.22 v2.5 §4.5.2. */
import { concat, toHex } from '../bytes.ts';
import { DecodeError } from '../errors.ts';
import { type DerNode, readDer } from './der.ts';
import { type Curve, curveOfOid } from './ecdsa.ts';
import { type Role, roleOf } from './roles.ts';

/** The attributes of a distinguished name that SGP.22 uses; of one that stands twice, the last. */
export interface Name {
  readonly commonName?: string;
  readonly organizationName?: string;
  readonly serialNumber?: string;
  readonly countryName?: string;
}

export interface Certificate {
  /** As received. */
  readonly bytes: Uint8Array;
  /** What is signed: the TBSCertificate as received. */
  readonly tbs: Uint8Array;
  /** Upper-case hex of the content octets, a leading zero octet included. */
  readonly serial: string;
  readonly subject: Name;
  readonly issuer: Name;
  /** The distinguished names as received. */
  readonly subjectBytes: Uint8Array;
  readonly issuerBytes: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Absent for RSA and other curves; then there is no publicKey either. */
  readonly curve?: Curve;
  /** The uncompressed point, 65 octets. */
  readonly publicKey?: Uint8Array;
  /** Upper-case hex. */
  readonly subjectKeyIdentifier?: string;
  readonly authorityKeyIdentifier?: string;
  /** Every policy under 2.23.146.1.2.1, in words; an unnamed one reads `unknown(<oid>)`. */
  readonly roles: readonly string[];
  /** The role where there is exactly one, and it is known. */
  readonly role?: Role;
  /** registeredID of the subjectAltName, dotted: the OID of an SM-DP+, SM-DS, EUM or CI. */
  readonly oid?: string;
  readonly dnsNames: readonly string[];
  readonly basicConstraints?: { readonly ca: boolean; readonly pathLenConstraint?: number };
  readonly keyUsage?: readonly string[];
  /** `serverAuth`, `clientAuth`, or the OID. */
  readonly extKeyUsage?: readonly string[];
  readonly nameConstraints?: {
    readonly bytes: Uint8Array;
    /** The permitted directory names: of an EUM its organizationName and the IIN as serialNumber. */
    readonly permitted: readonly Name[];
  };
  /** v3: the EINs that an EUM may put at the head of an EID (2.23.146.1.2.2.0). */
  readonly permittedEins?: readonly string[];
  /** OIDs of critical extensions that nobody here understands. */
  readonly unknownCriticalExtensions: readonly string[];
  /** ecdsa-with-SHA256: r and s, 64 octets. Absent for any other algorithm. */
  readonly signature?: Uint8Array;
}

const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';
const EC_PUBLIC_KEY = '1.2.840.10045.2.1';

/** @throws {DecodeError} unless `bytes` are one certificate and nothing else. */
export async function readCertificate(bytes: Uint8Array): Promise<Certificate> {
  const path = 'Certificate';
  const [tbs, algorithm, signatureValue] = children(await readDer(bytes, path), 0x30, path);
  const fields = [...children(tbs, 0x30, `${path}/tbsCertificate`)];
  if (fields[0]?.tag === 0xa0) fields.shift(); // version: what matters of it, the extensions, shows by itself
  const [serial, signature, issuer, validity, subject, publicKeyInfo, ...optional] = fields;
  const [notBefore, notAfter] = children(validity, 0x30, `${path}/validity`);
  const sameAlgorithm = algorithm && signature && toHex(algorithm.bytes) === toHex(signature.bytes);
  if (!sameAlgorithm) throw new DecodeError(`${path}/signatureAlgorithm`, 'is not the one of tbsCertificate');
  return {
    bytes,
    tbs: tbs!.bytes,
    serial: toHex(tagged(serial, 0x02, `${path}/serialNumber`).content),
    issuer: readName(issuer, `${path}/issuer`),
    subject: readName(subject, `${path}/subject`),
    issuerBytes: issuer!.bytes,
    subjectBytes: subject!.bytes,
    notBefore: time(notBefore, `${path}/notBefore`),
    notAfter: time(notAfter, `${path}/notAfter`),
    ...readPublicKey(publicKeyInfo, `${path}/subjectPublicKeyInfo`),
    ...(await readExtensions(optional.find(({ tag }) => tag === 0xa3))),
    ...(await readSignature(children(algorithm, 0x30, `${path}/signatureAlgorithm`)[0], signatureValue)),
  };
}

function readPublicKey(info: DerNode | undefined, path: string): Pick<Certificate, 'curve' | 'publicKey'> {
  const [algorithm, key] = children(info, 0x30, path);
  const [type, parameters] = children(algorithm, 0x30, `${path}/algorithm`);
  const { octets, unusedBits } = bits(key, `${path}/subjectPublicKey`);
  if (text(type, path) !== EC_PUBLIC_KEY || parameters?.tag !== 0x06) return {};
  const curve = curveOfOid(text(parameters, path));
  if (!curve) return {};
  if (octets.length !== 65 || octets[0] !== 0x04 || unusedBits !== 0) throw new DecodeError(path, 'not an uncompressed point');
  return { curve, publicKey: octets };
}

async function readSignature(
  algorithm: DerNode | undefined,
  value: DerNode | undefined,
): Promise<Pick<Certificate, 'signature'>> {
  const path = 'Certificate/signatureValue';
  const { octets } = bits(value, path);
  if (text(algorithm, path) !== ECDSA_WITH_SHA256) return {};
  const numbers = children(await readDer(octets, path), 0x30, path);
  if (numbers.length !== 2) throw new DecodeError(path, 'expected r and s');
  return { signature: concat(...numbers.map((number) => scalar(tagged(number, 0x02, path).content, path))) };
}

/** A positive INTEGER of a 256-bit group as 32 octets. */
function scalar(content: Uint8Array, path: string): Uint8Array {
  if (content.length === 0 || content[0]! & 0x80) throw new DecodeError(path, 'negative or empty');
  const digits = content[0] === 0 ? content.subarray(1) : content;
  if (digits.length > 32) throw new DecodeError(path, `a number of ${digits.length} octets, 32 at most`);
  return concat(new Uint8Array(32 - digits.length), digits);
}

type FromExtensions = Pick<
  Certificate,
  | 'subjectKeyIdentifier'
  | 'authorityKeyIdentifier'
  | 'roles'
  | 'role'
  | 'oid'
  | 'dnsNames'
  | 'basicConstraints'
  | 'keyUsage'
  | 'extKeyUsage'
  | 'nameConstraints'
  | 'permittedEins'
  | 'unknownCriticalExtensions'
>;

type Found = { -readonly [K in keyof FromExtensions]?: FromExtensions[K] };

/** Extensions by OID: what each adds. */
const EXTENSIONS: Readonly<Record<string, (value: DerNode, path: string) => Found>> = {
  '2.5.29.14': (value, path) => ({ subjectKeyIdentifier: toHex(tagged(value, 0x04, path).content) }),
  '2.5.29.35': (value, path) => {
    const identifier = children(value, 0x30, path).find(({ tag }) => tag === 0x80);
    return identifier ? { authorityKeyIdentifier: toHex(identifier.content) } : {};
  },
  '2.5.29.15': (value, path) => ({ keyUsage: namedBits(bits(value, path).octets, KEY_USAGES) }),
  '2.5.29.37': (value, path) => ({
    extKeyUsage: children(value, 0x30, path).map((purpose) => EXT_KEY_USAGES[text(purpose, path)] ?? text(purpose, path)),
  }),
  '2.5.29.19': (value, path) => {
    const fields = children(value, 0x30, path);
    const length = fields.find(({ tag }) => tag === 0x02);
    const ca = fields.find(({ tag }) => tag === 0x01)?.value === true;
    return { basicConstraints: { ca, ...(length ? { pathLenConstraint: smallNumber(length.content, path) } : {}) } };
  },
  '2.5.29.17': (value, path) => {
    const names = children(value, 0x30, path);
    const registered = names.filter(({ tag }) => tag === 0x88).map(({ content }) => dottedOid(content, path));
    if (registered.length > 1) throw new DecodeError(path, 'registeredID stands twice');
    const dnsNames = names.filter(({ tag }) => tag === 0x82).map(({ content }) => ascii(content, path));
    return { dnsNames, ...(registered[0] ? { oid: registered[0] } : {}) };
  },
  '2.5.29.32': (value, path) => {
    const policies = children(value, 0x30, path).map((policy) => text(children(policy, 0x30, path)[0], path));
    const roles = policies.map(roleOf).filter((role) => role !== undefined);
    const [role, ...more] = roles;
    return { roles, ...(role && more.length === 0 && !role.startsWith('unknown(') ? { role: role as Role } : {}) };
  },
  '2.5.29.30': (value, path) => {
    const permitted = children(value, 0x30, path)
      .filter(({ tag }) => tag === 0xa0)
      .flatMap((subtrees) => subtrees.children)
      .map((subtree) => children(subtree, 0x30, path)[0])
      .filter((base) => base?.tag === 0xa4)
      .map((base) => readName(base?.children[0], path));
    return { nameConstraints: { bytes: value.bytes, permitted } };
  },
  // permittedEins of SGP.22 v3: SEQUENCE OF PrintableString
  '2.23.146.1.2.2.0': (value, path) => ({ permittedEins: children(value, 0x30, path).map((ein) => text(ein, path)) }),
  // cRLDistributionPoints: known, and not followed (revocation is not checked).
  '2.5.29.31': () => ({}),
};

async function readExtensions(wrapper: DerNode | undefined): Promise<FromExtensions> {
  const found: Found = {};
  const unknownCriticalExtensions: string[] = [];
  const seen = new Set<string>();
  const list = wrapper ? children(wrapper.children[0], 0x30, 'Certificate/extensions') : [];
  for (const extension of list) {
    const fields = children(extension, 0x30, 'Certificate/extensions');
    const oid = text(fields[0], 'Certificate/extensions');
    const path = `Certificate/extensions/${oid}`;
    if (seen.has(oid)) throw new DecodeError(path, 'stands twice');
    seen.add(oid);
    const critical = fields.length > 2 && fields[1]?.value === true;
    const read = EXTENSIONS[oid];
    if (read) Object.assign(found, read(await readDer(tagged(fields.at(-1), 0x04, path).content, path), path));
    else if (critical) unknownCriticalExtensions.push(oid);
  }
  return { roles: [], dnsNames: [], ...found, unknownCriticalExtensions };
}

/** By bit number (RFC 5280 §4.2.1.3). */
export const KEY_USAGES = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const;

export const EXT_KEY_USAGES: Readonly<Record<string, string>> = {
  '1.3.6.1.5.5.7.3.1': 'serverAuth',
  '1.3.6.1.5.5.7.3.2': 'clientAuth',
  '2.5.29.37.0': 'any',
};

const namedBits = (octets: Uint8Array, names: readonly string[]): string[] =>
  names.filter((_, bit) => ((octets[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1);

export const NAME_ATTRIBUTES: Readonly<Record<string, keyof Name>> = {
  '2.5.4.3': 'commonName',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'countryName',
  '2.5.4.10': 'organizationName',
};

function readName(node: DerNode | undefined, path: string): Name {
  const name: { -readonly [K in keyof Name]: Name[K] } = {};
  for (const set of children(node, 0x30, path)) {
    for (const pair of children(set, 0x31, path)) {
      const [type, value] = children(pair, 0x30, path);
      const attribute = NAME_ATTRIBUTES[text(type, path)];
      if (attribute) name[attribute] = text(value, path);
    }
  }
  return name;
}

/** Octets of an OBJECT IDENTIFIER: those of SGP.22 have ten or so. */
const MAX_OID = 128;

/** OBJECT IDENTIFIER content octets, as an implicit tag holds them: X.690 §8.19. */
function dottedOid(content: Uint8Array, path: string): string {
  if (content.length > MAX_OID) throw new DecodeError(path, `an OBJECT IDENTIFIER of ${content.length} octets`);
  const arcs: bigint[] = [];
  let arc = 0n;
  for (const octet of content) {
    arc = arc * 128n + BigInt(octet & 0x7f);
    if (octet & 0x80) continue;
    arcs.push(arc);
    arc = 0n;
  }
  const [first, ...rest] = arcs;
  if (first === undefined || content.at(-1)! & 0x80) throw new DecodeError(path, 'not an OBJECT IDENTIFIER');
  const root = first < 80n ? first / 40n : 2n;
  return [root, first - root * 40n, ...rest].join('.');
}

/** A node with its tag as expected. @throws {DecodeError} when it is missing or another. */
function tagged(node: DerNode | undefined, tag: number, path: string): DerNode {
  if (node?.tag !== tag) throw new DecodeError(path, node ? `unexpected tag ${toHex(node.bytes.subarray(0, 1))}` : 'is missing');
  return node;
}

const children = (node: DerNode | undefined, tag: number, path: string): readonly DerNode[] => tagged(node, tag, path).children;

function text(node: DerNode | undefined, path: string): string {
  if (typeof node?.value !== 'string') throw new DecodeError(path, 'expected an identifier or text');
  return node.value;
}

function time(node: DerNode | undefined, path: string): Date {
  if (!(node?.value instanceof Date)) throw new DecodeError(path, 'expected a time');
  return node.value;
}

function bits(node: DerNode | undefined, path: string): { octets: Uint8Array; unusedBits: number } {
  if (typeof node?.value !== 'object' || node.value instanceof Date) throw new DecodeError(path, 'expected a BIT STRING');
  return node.value;
}

function smallNumber(content: Uint8Array, path: string): number {
  if (content.length !== 1 || content[0]! & 0x80) throw new DecodeError(path, 'expected a number from 0 to 127');
  return content[0]!;
}

/** Octets of a name in the DNS (RFC 1035 §2.3.4), and a little. */
const MAX_NAME = 255;

/** IA5String: a name with octets beyond it, or with control characters, matches no host and is not worth repairing. */
function ascii(content: Uint8Array, path: string): string {
  if (content.length > MAX_NAME) throw new DecodeError(path, `a dNSName of ${content.length} octets`);
  if (content.some((octet) => octet < 0x20 || octet > 0x7e)) throw new DecodeError(path, 'a dNSName that is not ASCII');
  return String.fromCharCode(...content);
}
