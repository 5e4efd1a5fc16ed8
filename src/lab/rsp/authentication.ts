/** Common mutual authentication, the server's half: the same for SM-DP+ and SM-DS. SGP.22 v2.5 §3.0.1, §5.6.1, §5.8.1. */
import { buildDer } from '../../lpa/asn1/schema.ts';
import { equalBytes } from '../../lpa/bytes.ts';
import type { InitiateAuthentication } from '../../lpa/es9/es9p.ts';
import { sameTransaction, type Values } from '../../lpa/es9/function.ts';
import { sign } from '../../lpa/pki/ecdsa.ts';
import type { ServerSide } from '../../lpa/pki/trust.ts';
import { type AuthenticateResponseOk, type AuthenticateServerResponse, ServerSigned1 } from '../../lpa/sgp22/authentication.ts';
import type { EUICCInfo1 } from '../../lpa/sgp22/euicc-info.ts';
import { signatureObject } from '../euicc/es10/signature.ts';
import type { Certificates } from './certificates.ts';
import { type Euicc, isSignedBy, verifyEuicc } from './euicc-chain.ts';
import { altered } from './fault-hooks.ts';
import { Refusal, unless } from './refusal.ts';
import type { Call } from './routes.ts';
import type { ServerDomain, Session, Sessions } from './session.ts';

/** What a server needs to authenticate itself and its clients. */
export interface AuthServer {
  readonly side: ServerSide;
  readonly domains: readonly ServerDomain[];
  readonly sessions: Sessions;
  /** host or host:port, as the server signs it. */
  readonly address: () => string;
  readonly now: () => Date;
  readonly certificates: Certificates;
}

type Initiate = typeof InitiateAuthentication;

/** InitiateAuthentication of ES9+ and of ES11. */
export async function initiateAuthentication(
  server: AuthServer,
  { euiccChallenge, euiccInfo1, smdpAddress }: Values<Initiate['request']>,
  { faults, say }: Call,
): Promise<Values<NonNullable<Initiate['response']>>> {
  const { serverDomain, euiccCiPKId } = agree(server, smdpAddress, euiccInfo1.value);
  const session = server.sessions.begin(serverDomain, euiccCiPKId);
  const { transactionId, serverChallenge } = session;
  const serverSigned1 = buildDer(
    ServerSigned1,
    altered(faults, 'serverSigned1', { transactionId, euiccChallenge, serverAddress: server.address(), serverChallenge }),
  );
  const { certificate, privateKey } = await server.certificates.of(serverDomain, 'auth', faults);
  const signature = altered(faults, 'serverSignature1', sign(privateKey, serverSigned1.bytes));
  say(`a session under CI ${serverDomain.ciPKId}`);
  return {
    transactionId,
    serverSigned1,
    serverSignature1: signatureObject(signature),
    euiccCiPKIdToBeUsed: altered(faults, 'euiccCiPKIdToBeUsed', euiccCiPKId),
    serverCertificate: certificate,
  };
}

/** Address, version, and CIs that both sides know: the server's for the eUICC to verify, the eUICC's for the server. */
function agree(
  { domains, address, side }: AuthServer,
  asked: string,
  { svn, euiccCiPKIdListForSigning, euiccCiPKIdListForVerification }: EUICCInfo1,
): { serverDomain: ServerDomain; euiccCiPKId: string } {
  const subject = side === 'dp' ? '8.8' : '8.9';
  const [host] = address().split(':');
  const own = [address(), host].map((each) => each?.toLowerCase());
  unless(own.includes(asked.toLowerCase()), `${subject}.1/3.8`, `asked as ${asked}, it is ${address()}`);
  const [major] = svn.split('.');
  unless(major === '2', `${subject}.3/3.1`, `the eUICC has version ${svn}, 2.x is spoken here`);
  const known = (list: readonly string[]): readonly ServerDomain[] =>
    list.flatMap((id) => domains.filter(({ ciPKId }) => ciPKId === id));
  const [forSigning] = known(euiccCiPKIdListForSigning);
  unless(forSigning !== undefined, `${subject}.2/3.1`, 'the eUICC signs under no CI that is known here');
  const verifiable = known(euiccCiPKIdListForVerification);
  const serverDomain = verifiable.find(({ ciPKId }) => ciPKId === forSigning.ciPKId) ?? verifiable[0];
  unless(serverDomain !== undefined, `${subject}.4/3.7`, 'no certificate of this server is under a CI that the eUICC verifies');
  return { serverDomain, euiccCiPKId: forSigning.ciPKId };
}

export interface Authenticated {
  readonly euicc: Euicc;
  readonly ok: AuthenticateResponseOk;
}

/** Chain, then signature, then that it answers this session. @throws {Refusal} */
export async function authenticateEuicc(
  { domains, now, address }: AuthServer,
  session: Session,
  { value }: ReturnType<typeof AuthenticateServerResponse.decode>,
): Promise<Authenticated> {
  if (!('authenticateResponseOk' in value)) {
    throw new Refusal('8.1/4.2', `the eUICC refused this server: ${value.authenticateResponseError.errorCode}`);
  }
  const ok = value.authenticateResponseOk;
  const { euiccSigned1, euiccSignature1, euiccCertificate, eumCertificate } = ok;
  const euicc = await verifyEuicc(domains, { euicc: euiccCertificate, eum: eumCertificate }, now(), [session.euiccCiPKId]);
  unless(isSignedBy(euicc.certificate, euiccSigned1.bytes, euiccSignature1), '8.1/6.1', 'euiccSignature1 does not verify');
  const { transactionId, serverChallenge, serverAddress } = euiccSigned1.value;
  unless(sameTransaction(transactionId, session.transactionId), '8.10.1/3.9', 'euiccSigned1 is of another transaction');
  unless(equalBytes(serverChallenge, session.serverChallenge), '8.1/6.1', 'euiccSigned1 answers another challenge');
  unless(serverAddress === address(), '8.1/6.1', `euiccSigned1 is for ${serverAddress}`);
  return { euicc, ok };
}
