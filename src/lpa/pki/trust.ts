/**
 * Whom to believe: the chip is the anchor.
 *
 * An eUICC names the CIs that it believes by key identifier. A server proves itself to `lpa` under one of the same
 * keys (or one given with `--ca`, or by the web's roots), and no CI certificate needs to be shipped: the key that made
 * the signature at the end of the chain is recovered from it and compared with the chip's list.
 * The rules stand in docs/security.md, Trust. Revocation is not checked.
 */
import { X509Certificate } from 'node:crypto';
import { equalBytes } from '../bytes.ts';
import { DecodeError, TrustError } from '../errors.ts';
import { type Certificate, readCertificate } from './certificate.ts';
import { ciName, describeCi, isTestCi } from './ci-names.ts';
import { keyIdentifier, verifyCertificate } from './ecdsa.ts';
import { recoverPublicKeys } from './recover.ts';

/** An SM-DP+ (ES9+) or an SM-DS (ES11). */
export type ServerSide = 'dp' | 'ds';

export interface TrustAnchors {
  /** euiccCiPKIdListForVerification of the chip, upper-case hex. */
  readonly ciPKIds: readonly string[];
  /** Certificates given with `--ca`. */
  readonly ca: readonly Certificate[];
  readonly allowTestCi: boolean;
  /** Refuse servers that only the web's roots vouch for. */
  readonly strictCi: boolean;
  /** Accept a certificate under a CI of the chip that has no GSMA role. A wrong role stays refused. */
  readonly lenientRoles?: boolean;
}

export interface ServerChain {
  /** The certificates of the TLS handshake, DER: the server's own first, the others in any order. */
  readonly sent: readonly Uint8Array[];
  /** The host alone: lower case, no port. */
  readonly host: string;
  readonly role: ServerSide;
  readonly anchors: TrustAnchors;
  /** What the TLS library found against the web's roots, with none of ours added. */
  readonly web: { readonly authorized: boolean; readonly error?: string };
  readonly now: Date;
}

export interface Trusted {
  readonly trustedBy: 'chip' | 'ca' | 'web';
  /** The CI's key, for `chip` and `ca`. */
  readonly ciPKId?: string;
}

/** Certificates on a path, the server's own included. */
const MAX_PATH = 4;

/** Certificates of a handshake that are looked at. A chain needs four; without a bound a server could keep us busy for hours. */
const MAX_SENT = 8;

/** Roles of the certificates above a server's. An EUM is a CA too, but not for servers. */
const AUTHORITY_ROLES: readonly string[] = ['ci', 'ci-sub-ca', 'dp-sub-ca', 'ds-sub-ca'];
const TLS_ROLES: readonly string[] = ['dp-tls', 'ds-tls'];

const NOT_SENT = '; no request was sent';

/**
 * Decide whether a TLS server is who it says, before the first octet of a request is sent to it.
 *
 * @throws {TrustError} whose `check` names the rule that does not hold
 */
export async function verifyServerChain(chain: ServerChain): Promise<Trusted> {
  const { leaf, others } = await readSent(chain);
  const trusted = await findAnchor(chain, leaf, others);
  checkLeaf(chain, leaf, trusted);
  return trusted;
}

/** The server's own certificate, and what else of the handshake can be read; the rest cannot be on a path. */
async function readSent({ sent, host }: ServerChain): Promise<{ leaf: Certificate; others: readonly Certificate[] }> {
  const [first, ...rest] = sent.slice(0, MAX_SENT);
  if (!first) throw new TrustError('tlsPath', `${host}: the server sent no certificate`);
  const leaf = await readCertificate(first).catch((cause: unknown) => {
    if (!(cause instanceof DecodeError)) throw cause;
    throw new TrustError('tlsPath', `${host}: the server's certificate cannot be read: ${cause.message}`, { cause });
  });
  const others: Certificate[] = [];
  for (const bytes of rest) {
    const certificate = await readCertificate(bytes).catch((error: unknown) => {
      if (error instanceof DecodeError) return undefined;
      throw error;
    });
    if (certificate && ![leaf, ...others].some((known) => equalBytes(known.bytes, bytes))) others.push(certificate);
  }
  return { leaf, others };
}

/** Rules 1 and 2: a path to the chip's CIs or to `--ca`; where there is none, the web's roots. */
async function findAnchor(chain: ServerChain, leaf: Certificate, others: readonly Certificate[]): Promise<Trusted> {
  const { host, anchors, web } = chain;
  try {
    checkOnPath(chain, leaf);
    return await climb(chain, [leaf], others);
  } catch (error) {
    if (!(error instanceof TrustError) || error.check === 'testCi' || !web.authorized) throw error;
    if (!anchors.strictCi) return { trustedBy: 'web' };
    throw new TrustError('webRootOnly', `${host}: only the web's roots vouch for this server (${error.message})`, {
      cause: error,
    });
  }
}

/**
 * Follows the signatures from the last certificate of `path` up to an anchor.
 *
 * A certificate given with `--ca` ends the path wherever it signed, also where the server sent it. A CI of the chip ends
 * it only where no certificate that was sent signed: an issuer that is not allowed there cannot be skipped.
 */
async function climb(chain: ServerChain, path: readonly Certificate[], others: readonly Certificate[]): Promise<Trusted> {
  const last = path.at(-1)!;
  const given = await givenAnchor(chain, path);
  if (given && !(given instanceof TrustError)) return given;
  let failure = given;
  const issuers = isSelfSigned(last) ? [] : others.filter((other) => !path.includes(other) && verifyCertificate(last, other));
  if (issuers.length === 0) return chipAnchor(chain, path, others, failure);
  // A CI may have several certificates for one key: one of them has to hold.
  for (const issuer of issuers) {
    try {
      if (path.length === MAX_PATH)
        throw new TrustError('tlsPath', `${chain.host}: a chain of more than ${MAX_PATH} certificates`);
      checkAuthority(chain, issuer, path.length - 1);
      return await climb(chain, [...path, issuer], others);
    } catch (error) {
      if (!(error instanceof TrustError) || error.check === 'testCi') throw error;
      failure ??= error;
    }
  }
  throw failure;
}

const isSelfSigned = (certificate: Certificate): boolean => verifyCertificate(certificate, certificate);

/** Rule 2 (a): a certificate given with `--ca` signed the last one. Returns why it was refused where it breaks a rule itself. */
async function givenAnchor(
  chain: ServerChain,
  path: readonly Certificate[],
): Promise<Required<Trusted> | TrustError | undefined> {
  const last = path.at(-1)!;
  let failure: TrustError | undefined;
  for (const ca of chain.anchors.ca) {
    if (!verifyCertificate(last, ca)) continue;
    try {
      checkAuthority(chain, ca, path.length - 1);
      const trusted = { trustedBy: 'ca', ciPKId: keyIdentifier(ca.publicKey!) } as const;
      return refuseTestCi(chain, path, trusted, await signersOf(ca));
    } catch (error) {
      if (!(error instanceof TrustError) || error.check === 'testCi') throw error;
      failure ??= error;
    }
  }
  return failure;
}

/** Rule 2 (b): the chip lists the key that signed the last certificate. */
async function chipAnchor(
  chain: ServerChain,
  path: readonly Certificate[],
  others: readonly Certificate[],
  failure: TrustError | undefined,
): Promise<Trusted> {
  const candidates = await signersOf(path.at(-1)!);
  const ciPKId = candidates.find((id) => chain.anchors.ciPKIds.includes(id));
  if (!ciPKId) throw failure ?? noAnchor(chain, path, others);
  const trusted = refuseTestCi(chain, path, { trustedBy: 'chip', ciPKId });
  checkSubCaRoles(chain, path);
  return trusted;
}

/** Identifiers of the keys that may have signed: its own where it is self-signed, else what the signature gives away. */
async function signersOf(certificate: Certificate): Promise<readonly string[]> {
  if (isSelfSigned(certificate)) return [keyIdentifier(certificate.publicKey!)];
  if (!certificate.signature) return [];
  return (await recoverPublicKeys(certificate.tbs, certificate.signature)).map((key) => key.keyIdentifier);
}

function noAnchor({ host, anchors, web }: ServerChain, path: readonly Certificate[], others: readonly Certificate[]): TrustError {
  const last = path.at(-1)!;
  const webError = web.error;
  const known = last.signature && claimedIssuer(anchors, last, others);
  if (known) {
    return new TrustError('tlsSignature', `${host}: ${label(last)} names ${known} but the signature is not from that key`);
  }
  const ciPKId = isSelfSigned(last) && last.publicKey ? keyIdentifier(last.publicKey) : last.authorityKeyIdentifier;
  // Nothing on the way up is of the RSP world: whoever answers is hardly an RSP server.
  if (!path.some(({ roles }) => roles.length > 0) && !(ciPKId && (ciName(ciPKId) || anchors.ciPKIds.includes(ciPKId)))) {
    const issuer = quoted(last.issuer.commonName ?? last.issuer.organizationName);
    const why = webError ? ` (${webError})` : '';
    return new TrustError(
      'tlsInspected',
      `${host}: what answers has a certificate of ${issuer}, no CI of RSP servers, and the web's roots do not vouch for it${why}`,
    );
  }
  const end = webError ? `, and the web's roots do not vouch for it (${webError})` : '';
  if (!last.signature) return new TrustError('tlsPath', `${host}: ${label(last)} is not signed with ECDSA and SHA-256${end}`);
  const start = ciPKId ? `chains to CI key ${describeCi(ciPKId)}` : `was issued by ${quoted(last.issuer.commonName)}`;
  return new TrustError('tlsAnchor', `${host}: the server's certificate ${start}, which this eUICC does not list${end}`);
}

/**
 * Returns the trusted or sent issuer that a certificate names, although that one did not sign it. A forged certificate
 * copies the key identifier or the name of a real CI; an honest one under an unknown CI names a key that is not known here.
 */
function claimedIssuer({ ciPKIds, ca }: TrustAnchors, last: Certificate, others: readonly Certificate[]): string | undefined {
  const ids = [last.authorityKeyIdentifier, ...(isSelfSigned(last) ? [last.subjectKeyIdentifier] : [])];
  const named = (id: string | undefined): boolean => id !== undefined && ids.includes(id);
  const listed = ciPKIds.find(named);
  if (listed) return `CI key ${describeCi(listed)} as its issuer, which this eUICC lists,`;
  const hasNamedKey = ({ publicKey, subjectKeyIdentifier }: Certificate): boolean =>
    publicKey !== undefined && (named(keyIdentifier(publicKey)) || named(subjectKeyIdentifier));
  if (ca.some(hasNamedKey)) return 'a certificate given with --ca as its issuer,';
  const hasNamedSubject = ({ publicKey, subjectBytes }: Certificate): boolean =>
    publicKey !== undefined && equalBytes(subjectBytes, last.issuerBytes);
  const sent = others.find((other) => other !== last && (hasNamedKey(other) || hasNamedSubject(other)));
  return sent && `${label(sent)} as its issuer, which the server also sent,`;
}

/** Rule 5: the keys of test CIs are in everybody's hands, so it does not help that the chip lists one. */
function refuseTestCi(
  { host, anchors }: ServerChain,
  path: readonly Certificate[],
  trusted: Required<Trusted>,
  aboveAnchor: readonly string[] = [],
): Required<Trusted> {
  const keys = [
    trusted.ciPKId,
    ...aboveAnchor,
    ...path.flatMap(({ publicKey }) => (publicKey ? [keyIdentifier(publicKey)] : [])),
  ];
  const test = keys.find(isTestCi);
  if (test && !anchors.allowTestCi) throw testCi(`${host}: the server's certificate is under`, test);
  return trusted;
}

const testCi = (what: string, ciPKId: string): TrustError =>
  new TrustError('testCi', `${what} the test CI ${describeCi(ciPKId)}`);

/** What holds for every certificate of a path: rule 1, last sentence. */
function checkOnPath({ host, now }: ServerChain, certificate: Certificate): void {
  const who = label(certificate);
  if (now > certificate.notAfter) throw new TrustError('tlsExpired', `${host}: ${who} expired on ${day(certificate.notAfter)}`);
  if (now < certificate.notBefore) {
    const clock = `this computer's clock says ${day(now)} and may be wrong`;
    throw new TrustError('tlsNotYetValid', `${host}: ${who} is not valid before ${day(certificate.notBefore)}; ${clock}`);
  }
  const [unknown] = certificate.unknownCriticalExtensions;
  if (unknown)
    throw new TrustError('tlsCriticalExtension', `${host}: ${who} has a critical extension that lpa does not know (${unknown})`);
}

/** Rule 1 for a certificate above the server's. @param below how many CAs stand between it and the server's certificate */
function checkAuthority(chain: ServerChain, certificate: Certificate, below: number): void {
  const { host } = chain;
  const who = label(certificate);
  const { basicConstraints, keyUsage, roles } = certificate;
  const role = roles.find((name) => !AUTHORITY_ROLES.includes(name));
  if (role) {
    throw new TrustError('tlsRole', `${host}: ${who} has the role ${role} and may not issue certificates of servers${NOT_SENT}`);
  }
  if (!basicConstraints?.ca) throw new TrustError('tlsPath', `${host}: ${who} signed another certificate and is no CA`);
  if (!keyUsage?.includes('keyCertSign')) throw new TrustError('tlsPath', `${host}: ${who} may not sign certificates (keyUsage)`);
  const { pathLenConstraint = Number.POSITIVE_INFINITY } = basicConstraints;
  if (below > pathLenConstraint) {
    throw new TrustError(
      'tlsPath',
      `${host}: ${who} allows ${pathLenConstraint} CAs below it (pathLenConstraint), there are ${below}`,
    );
  }
  checkOnPath(chain, certificate);
  // Nothing here enforces them; an EUM's, the only ones that SGP.22 has, are not for servers.
  if (certificate.nameConstraints) throw new TrustError('tlsCriticalExtension', `${host}: ${who} has name constraints`);
}

/** Under a CI of the chip, each certificate between that CI and the server has a sub-CA role; the self-signed CI needs none. */
function checkSubCaRoles({ host, anchors }: ServerChain, path: readonly Certificate[]): void {
  const between = path.slice(1).filter((certificate) => !isSelfSigned(certificate));
  const without = between.find(({ roles }) => roles.length === 0);
  if (without && !anchors.lenientRoles) {
    throw new TrustError('tlsRoleMissing', `${host}: ${label(without)} has no role, expected a sub-CA of servers${NOT_SENT}`);
  }
}

/** Rule 3. */
function checkLeaf({ host, role, anchors }: ServerChain, leaf: Certificate, { trustedBy }: Trusted): void {
  if (!isFor(leaf, host)) {
    const names = leaf.dnsNames.length > 0 ? `for ${leaf.dnsNames.map(quoted).join(', ')}` : 'for no host at all (no dNSName)';
    throw new TrustError('tlsName', `${host}: the server's certificate is ${names}`);
  }
  if (!leaf.keyUsage?.includes('digitalSignature')) {
    throw new TrustError('tlsKeyUsage', `${host}: the server's certificate is not for signatures (keyUsage)`);
  }
  if (leaf.extKeyUsage && !leaf.extKeyUsage.includes('serverAuth')) {
    throw new TrustError('tlsKeyUsage', `${host}: the server's certificate is not for TLS servers (extKeyUsage)`);
  }
  if (trustedBy === 'web') return;
  const expected = `${role}-tls`;
  if (leaf.roles.length === 0) {
    if (trustedBy === 'ca' || anchors.lenientRoles) return;
    throw new TrustError('tlsRoleMissing', `${host}: the server's certificate has no role, expected ${expected}${NOT_SENT}`);
  }
  if (!leaf.roles.includes(expected) || leaf.roles.some((name) => !TLS_ROLES.includes(name))) {
    throw new TrustError(
      'tlsRole',
      `${host}: the server's certificate has the role ${leaf.roles.join(', ')}, expected ${expected}${NOT_SENT}`,
    );
  }
}

/** A dNSName of the host; a common name never counts, whatever else is there. */
function isFor(leaf: Certificate, host: string): boolean {
  try {
    return new X509Certificate(leaf.bytes).checkHost(host, { subject: 'never', partialWildcards: false }) !== undefined;
  } catch {
    // OpenSSL cannot read it: then it is for nobody.
    return false;
  }
}

/**
 * Check CERT.DPauth or CERT.DSauth of a session: its role, and that a CI of the chip issued it. Its signature is the eUICC's to verify.
 *
 * @throws {TrustError} `certificateRole`, `certificateCi`, `testCi`
 */
export async function verifyServerCertificate(
  certificate: Certificate,
  { role, ciPKIds, allowTestCi }: { role: ServerSide; ciPKIds: readonly string[]; allowTestCi: boolean },
): Promise<{ ciPKId: string }> {
  const name = role === 'dp' ? 'CERT.DPauth' : 'CERT.DSauth';
  if (certificate.role !== `${role}-auth`) {
    const found = certificate.roles.length > 0 ? `the role ${certificate.roles.join(', ')}` : 'no role';
    throw new TrustError('certificateRole', `${name}: has ${found}, expected ${role}-auth`);
  }
  const ciPKId = certificate.authorityKeyIdentifier;
  if (!ciPKId) throw new TrustError('certificateCi', `${name}: does not say which CI issued it (authorityKeyIdentifier)`);
  if (!ciPKIds.includes(ciPKId)) {
    throw new TrustError(
      'certificateCi',
      `${name}: was issued under CI key ${describeCi(ciPKId)}, which this eUICC does not list`,
    );
  }
  // The identifier is what the certificate claims; the signature shows who made it.
  const test = [ciPKId, ...(await signersOf(certificate))].find(isTestCi);
  if (test && !allowTestCi) throw testCi(`${name}: was issued under`, test);
  return { ciPKId };
}

const label = ({ subject, serial }: Certificate): string =>
  `the certificate ${(subject.commonName ?? subject.organizationName) ? quoted(subject.commonName ?? subject.organizationName) : `with serial number ${serial}`}`;

const quoted = (text: string | undefined): string => (text === undefined ? 'an unnamed issuer' : `"${text}"`);

const day = (date: Date): string => date.toISOString().slice(0, 10);
