/** Common mutual authentication. SGP.22 v2.5 §3.0.1; shared by download (ES9+) and discovery (ES11). */
import type { Der, Infer } from '../asn1/schema.ts';
import { equalBytes } from '../bytes.ts';
import { TrustError, UsageError } from '../errors.ts';
import { callNegotiated } from '../es9/admin-protocol.ts';
import { InitiateAuthentication } from '../es9/es9p.ts';
import { sameTransaction, type Values } from '../es9/function.ts';
import { authenticateServer, GetEuiccChallenge, GetEuiccInfo1 } from '../es10/es10b.ts';
import type { ServerSide } from '../pki/trust.ts';
import type { AuthenticateResponseOk, AuthenticateServerResponse } from '../sgp22/authentication.ts';
import type { EUICCInfo1 } from '../sgp22/euicc-info.ts';
import type { ActivationCode } from './activation-code.ts';
import { parseAddress, sameAddress } from './address.ts';
import { callOptions, type Lpa } from './lpa.ts';

/** Whom to talk to, and what to ask for. */
export interface Target {
  /** host or host:port, as parseAddress writes it. */
  readonly address: string;
  /** Absent: whatever waits for this eUICC. Empty: an activation code without a token. */
  readonly matchingId?: string;
  /** Where the activation code names it, the server's certificate has to carry it. */
  readonly smdpOid?: string;
  /** Likewise the CI that has to vouch for the server: its key identifier, upper-case hex, or the beginning of it. */
  readonly ciPKIndicator?: string;
}

/** The server and the order that an activation code names. */
export const targetOf = ({ smdpAddress, matchingId, smdpOid, ciPKIndicator }: ActivationCode): Target => ({
  address: smdpAddress,
  matchingId,
  ...(smdpOid !== undefined && { smdpOid }),
  ...(ciPKIndicator !== undefined && { ciPKIndicator }),
});

/** The eUICC has accepted the server, and the server may now accept the eUICC. */
export interface Handshake {
  readonly address: string;
  readonly transactionId: string;
  /** registeredID of CERT.DPauth or CERT.DSauth. */
  readonly serverOid: string;
  /** The CI that vouches for the server, by key identifier. */
  readonly ciPKId: string;
  readonly authenticateServerResponse: Infer<typeof AuthenticateServerResponse>;
  readonly euicc: AuthenticateResponseOk;
}

type InitiateFunction = typeof InitiateAuthentication;

/**
 * From the first octet to ES10b.AuthenticateServer. Whatever fails here leaves nothing to cancel: the eUICC has signed
 * nothing, and an activation code was not shown to the server.
 *
 * @param initiate ES9+ or ES11.InitiateAuthentication
 * @param side an SM-DP+ or an SM-DS: the role of the server's certificate
 * @throws {TrustError} when the answer is not for this session, this server or this eUICC
 */
export async function authenticate(
  lpa: Lpa,
  target: Target,
  initiate: InitiateFunction = InitiateAuthentication,
  side: ServerSide = 'dp',
): Promise<Handshake> {
  const { isdr, servers } = lpa;
  servers.connect(target.address, side);
  const euiccInfo1 = await isdr.call(GetEuiccInfo1, {});
  const { euiccChallenge } = await isdr.call(GetEuiccChallenge, {});
  const answer = await callNegotiated(
    servers.post,
    target.address,
    initiate,
    { euiccChallenge, euiccInfo1, smdpAddress: target.address },
    callOptions(lpa),
  );
  const server = await checkServer(lpa, target, initiate.name, side, { answer, euiccChallenge, euiccInfo1 });
  const { response, ok } = await authenticateServer(isdr, {
    serverSigned1: answer.serverSigned1,
    serverSignature1: answer.serverSignature1,
    euiccCiPKIdToBeUsed: answer.euiccCiPKIdToBeUsed,
    serverCertificate: answer.serverCertificate,
    ctxParams1: { ...(target.matchingId !== undefined && { matchingId: target.matchingId }), deviceInfo: lpa.device },
  });
  return {
    address: target.address,
    transactionId: answer.transactionId,
    ...server,
    authenticateServerResponse: response,
    euicc: ok,
  };
}

interface Initiated {
  readonly answer: Values<NonNullable<InitiateFunction['response']>>;
  readonly euiccChallenge: Uint8Array;
  readonly euiccInfo1: Der<EUICCInfo1>;
}

/** The eUICC checks the signature; what only the LPA can see is checked here, before the eUICC signs anything. */
async function checkServer(
  { allowTestCi = false }: Lpa,
  target: Target,
  fn: string,
  side: ServerSide,
  { answer, euiccChallenge, euiccInfo1 }: Initiated,
): Promise<{ serverOid: string; ciPKId: string }> {
  const signed = answer.serverSigned1.value;
  const ours = parseAddress(target.address);
  if ('problem' in ours) throw new UsageError(`the server's address: ${ours.problem}`);
  // Against the relay that answers with a genuine server's signature: SGP.22 §3.1.2, and the reason this check stands first.
  if (!sameAddress(signed.serverAddress, ours)) {
    throw new TrustError('serverAddress', `${fn}: ${target.address} answers with the signature of another server`);
  }
  if (!equalBytes(signed.euiccChallenge, euiccChallenge)) {
    throw new TrustError('euiccChallenge', `${fn}: the server signed another challenge than this eUICC's`);
  }
  if (!sameTransaction(signed.transactionId, answer.transactionId)) {
    throw new TrustError('transactionId', `${fn}: the transaction in the answer is not the signed one`);
  }
  if (!euiccInfo1.value.euiccCiPKIdListForSigning.includes(answer.euiccCiPKIdToBeUsed)) {
    throw new TrustError('euiccCiPKIdToBeUsed', `${fn}: the server wants a CI under which this eUICC cannot sign`);
  }
  const [{ readCertificate }, { verifyServerCertificate }] = await Promise.all([
    import('../pki/certificate.ts'),
    import('../pki/trust.ts'),
  ]);
  const certificate = await readCertificate(answer.serverCertificate);
  const { ciPKId } = await verifyServerCertificate(certificate, {
    role: side,
    ciPKIds: euiccInfo1.value.euiccCiPKIdListForVerification,
    allowTestCi,
  });
  if (target.ciPKIndicator && !ciPKId.startsWith(target.ciPKIndicator)) {
    throw new TrustError(
      'ciPKIndicator',
      `${fn}: the activation code is for a server under the CI ${target.ciPKIndicator}, this one is under ${ciPKId}`,
    );
  }
  const serverOid = certificate.oid ?? '';
  if (target.smdpOid && target.smdpOid !== serverOid) {
    throw new TrustError(
      'smdpOid',
      `${fn}: the activation code is for SM-DP+ ${target.smdpOid}, this one is ${serverOid || '(unnamed)'}`,
    );
  }
  return { serverOid, ciPKId };
}
