/** ES9+ answered: what an SM-DP+ checks, in the order of SGP.22 v2.5 §5.6, and what it signs. */
import { createHash, createPrivateKey, randomBytes } from 'node:crypto';
import { buildDer, type Infer } from '../../asn1/schema.ts';
import { concat, equalBytes, fromBase64, fromHex, toBase64, toHex } from '../../bytes.ts';
import * as es9p from '../../es9/es9p.ts';
import { type RspFunction, sameTransaction, type Values } from '../../es9/function.ts';
import { readCertificate } from '../../pki/certificate.ts';
import { newPrivateKey, sign } from '../../pki/ecdsa.ts';
import { type AuthenticateResponseOk, type CancelSessionReason, ServerSigned1 } from '../../sgp22/authentication.ts';
import { type PrepareDownloadResponse, SmdpSigned2 } from '../../sgp22/download.ts';
import type { EUICCInfo1 } from '../../sgp22/euicc-info.ts';
import type { BspKeys } from '../bsp.ts';
import { signatureObject } from '../euicc/signature.ts';
import type { Identity } from '../pki/mint.ts';
import { bindPackage } from './bind.ts';
import { checkEligible, checkLimits, findOrder } from './eligible.ts';
import { type Euicc, isSignedBy, verifyEuicc } from './euicc-chain.ts';
import { altered, type Hooks } from './fault-hooks.ts';
import { type Call, type Route, route } from './http.ts';
import { receiveNotification } from './notification.ts';
import { type Bound, endOrder, type Order, packageOf, type SmdpState } from './order.ts';
import { Refusal, unless } from './refusal.ts';
import type { ServerDomain, Session, Sessions } from './session.ts';

export interface Es9Server {
  readonly state: SmdpState;
  readonly domains: readonly ServerDomain[];
  readonly sessions: Sessions;
  /** host or host:port, as the server signs it. */
  readonly address: () => string;
  readonly now: () => Date;
  readonly save: () => void;
  /** CERT.DPauth or CERT.DPpb, or what a fault puts in its place. */
  readonly certificate: (domain: ServerDomain, which: 'auth' | 'binding', faults: readonly Hooks[]) => Promise<Identity>;
}

export const es9Routes = (server: Es9Server): readonly Route[] => [
  route(es9p.InitiateAuthentication, (request, call) => initiateAuthentication(server, request, call)),
  route(es9p.AuthenticateClient, (request, call) => authenticateClient(server, request, call)),
  route(es9p.GetBoundProfilePackage, (request, call) => getBoundProfilePackage(server, request, call)),
  route(es9p.CancelSession, (request, call) => cancelSession(server, request, call)),
  route(es9p.HandleNotification, async ({ pendingNotification }, { say }) => {
    const { state, domains, now } = server;
    say(...(await receiveNotification(state, domains, pendingNotification, now())));
    server.save();
    return {};
  }),
];

type Functions = typeof es9p;
type Request<F extends keyof Functions> = Functions[F] extends RspFunction<infer Req, infer _> ? Values<Req> : never;
type Answer<F extends keyof Functions> = Functions[F] extends RspFunction<infer _, infer Res> ? Values<Res> : never;

/** §5.6.1 */
async function initiateAuthentication(
  server: Es9Server,
  { euiccChallenge, euiccInfo1, smdpAddress }: Request<'InitiateAuthentication'>,
  { faults, say }: Call,
): Promise<Answer<'InitiateAuthentication'>> {
  const { serverDomain, euiccCiPKId } = agree(server, smdpAddress, euiccInfo1.value);
  const session = server.sessions.begin(serverDomain, euiccCiPKId);
  const { transactionId, serverChallenge } = session;
  const serverSigned1 = buildDer(
    ServerSigned1,
    altered(faults, 'serverSigned1', { transactionId, euiccChallenge, serverAddress: server.address(), serverChallenge }),
  );
  const dpAuth = await server.certificate(serverDomain, 'auth', faults);
  const signature = altered(faults, 'serverSignature1', sign(dpAuth.privateKey, serverSigned1.bytes));
  say(`a session under CI ${serverDomain.ciPKId}`);
  return {
    transactionId,
    serverSigned1,
    serverSignature1: signatureObject(signature),
    euiccCiPKIdToBeUsed: altered(faults, 'euiccCiPKIdToBeUsed', euiccCiPKId),
    serverCertificate: dpAuth.certificate,
  };
}

/** Address, version, and CIs that both sides know: the server's for the eUICC to verify, the eUICC's for the server. */
export function agree(
  { domains, address }: Pick<Es9Server, 'domains' | 'address'>,
  asked: string,
  { svn, euiccCiPKIdListForSigning, euiccCiPKIdListForVerification }: EUICCInfo1,
  subject: '8.8' | '8.9' = '8.8',
): { serverDomain: ServerDomain; euiccCiPKId: string } {
  const [host] = address().split(':');
  const own = [address(), host].map((each) => each?.toLowerCase());
  unless(own.includes(asked.toLowerCase()), `${subject}.1/3.8`, `asked as ${asked}, it is ${address()}`);
  const [major = 0] = svn.split('.').map(Number);
  unless(major === 2, subject === '8.8' ? '8.8.3/3.1' : '8.9.3/3.1', `the eUICC has version ${svn}, 2.x is spoken here`);
  const knows = (list: readonly string[]) => domains.filter(({ ciPKId }) => list.includes(ciPKId));
  const [forSigning] = [...euiccCiPKIdListForSigning].flatMap((id) => knows([id]));
  unless(forSigning !== undefined, `${subject}.2/3.1`, 'the eUICC signs under no CI that is known here');
  const verifiable = knows(euiccCiPKIdListForVerification);
  const serverDomain = verifiable.find(({ ciPKId }) => ciPKId === forSigning.ciPKId) ?? verifiable[0];
  unless(serverDomain !== undefined, `${subject}.4/3.7`, 'no certificate of this server is under a CI that the eUICC verifies');
  return { serverDomain, euiccCiPKId: forSigning.ciPKId };
}

/** §5.6.2 */
async function authenticateClient(
  server: Es9Server,
  { transactionId, authenticateServerResponse }: Request<'AuthenticateClient'>,
  { faults, say }: Call,
): Promise<Answer<'AuthenticateClient'>> {
  const session = server.sessions.get(transactionId);
  return endingOnRefusal(server, session, async () => {
    unless(session.client === undefined, '8.10.1/3.9', 'the eUICC has authenticated itself in this session already');
    const { value } = authenticateServerResponse;
    if (!('authenticateResponseOk' in value)) {
      throw new Refusal('8.1/4.2', `the eUICC refused this server: ${value.authenticateResponseError.errorCode}`);
    }
    const ok = value.authenticateResponseOk;
    const euicc = await authenticateEuicc(server, session, ok, server.address());
    const { ctxParams1, euiccInfo2 } = ok.euiccSigned1.value;
    const order = findOrder(server.state, ctxParams1.matchingId, euicc.eid, server.now());
    checkEligible(order, euiccInfo2);
    const dpPb = await server.certificate(session.domain, 'binding', faults);
    const smdpSigned2 = buildDer(
      SmdpSigned2,
      altered(faults, 'smdpSigned2', {
        transactionId: session.transactionId,
        ccRequiredFlag: order.hashedConfirmationCode !== undefined,
        ...(order.bound?.eid === euicc.eid && { bppEuiccOtpk: fromHex(order.bound.euiccOtpk) }),
      }),
    );
    const signature = sign(dpPb.privateKey, concat(smdpSigned2.bytes, ok.euiccSignature1));
    const smdpSignature2 = signatureObject(altered(faults, 'smdpSignature2', signature));
    session.client = { euicc, iccid: order.iccid, smdpSignature2, dpPb, isBound: false };
    say(`EID ${euicc.eid} may have the profile with ICCID ${order.iccid}`, {
      eid: euicc.eid,
      iccid: order.iccid,
      orderState: order.state,
      retry: order.bound !== undefined,
    });
    return {
      transactionId: session.transactionId,
      profileMetadata: metadataShown(order, faults),
      smdpSigned2,
      smdpSignature2,
      smdpCertificate: dpPb.certificate,
    };
  });
}

/** Chain, then signature, then that it answers this session. @throws {Refusal} */
export async function authenticateEuicc(
  { domains, now }: Pick<Es9Server, 'domains' | 'now'>,
  session: Session,
  { euiccSigned1, euiccSignature1, euiccCertificate, eumCertificate }: AuthenticateResponseOk,
  address: string,
): Promise<Euicc> {
  const chain = { euicc: euiccCertificate, eum: eumCertificate };
  const euicc = await verifyEuicc(domains, chain, now(), [session.euiccCiPKId]);
  unless(isSignedBy(euicc.certificate, euiccSigned1.bytes, euiccSignature1), '8.1/6.1', 'euiccSignature1 does not verify');
  const { transactionId, serverChallenge, serverAddress } = euiccSigned1.value;
  unless(sameTransaction(transactionId, session.transactionId), '8.10.1/3.9', 'euiccSigned1 is of another transaction');
  unless(equalBytes(serverChallenge, session.serverChallenge), '8.1/6.1', 'euiccSigned1 answers another challenge');
  unless(serverAddress === address, '8.1/6.1', `euiccSigned1 is for ${serverAddress}`);
  return euicc;
}

/** What is shown need not be sound when a fault has touched it: only its octets are sent. */
function metadataShown(order: Order, faults: readonly Hooks[]): Answer<'AuthenticateClient'>['profileMetadata'] {
  const bytes = altered(faults, 'shownMetadata', fromBase64(order.metadata));
  return { bytes, value: { iccid: order.iccid, serviceProviderName: '', profileName: '', profileClass: 'operational' } };
}

/** §5.6.3 */
async function getBoundProfilePackage(
  server: Es9Server,
  { transactionId, prepareDownloadResponse }: Request<'GetBoundProfilePackage'>,
  { faults, say }: Call,
): Promise<Answer<'GetBoundProfilePackage'>> {
  const session = server.sessions.get(transactionId);
  return endingOnRefusal(server, session, async () => {
    const { client } = session;
    unless(client !== undefined && !client.isBound, '8.10.1/3.9', 'no package may be asked for in this session now');
    const order = orderOf(server.state, client.iccid);
    const { euiccSigned2, otpk, hashCc } = readPrepared(prepareDownloadResponse, session);
    const { euiccSignature2 } = euiccSigned2;
    const signed = concat(euiccSigned2.bytes, client.smdpSignature2);
    unless(isSignedBy(client.euicc.certificate, signed, euiccSignature2), '8.1/6.1', 'euiccSignature2 does not verify');
    checkConfirmationCode(order, hashCc, session.transactionId);
    checkLimits(order, server.now());
    const isSame = order.bound?.eid === client.euicc.eid && order.bound.euiccOtpk === toHex(otpk);
    unless(!order.bound || isSame || order.binding.rebind, '8.2/3.7', 'the eUICC has another otPK, and no new binding is made');
    const bound = newBinding(order, session, otpk, isSame);
    const boundProfilePackage = altered(
      faults,
      'boundProfilePackage',
      bindPackage(
        altered(faults, 'parts', {
          transactionId: session.transactionId,
          eid: client.euicc.eid,
          euiccOtpk: otpk,
          smdpOtsk: createPrivateKey({ key: Buffer.from(fromBase64(bound.smdpOtsk)), format: 'der', type: 'pkcs8' }),
          signingKey: client.dpPb.privateKey,
          metadata: altered(faults, 'packagedMetadata', fromBase64(order.metadata)),
          upp: packageOf(order),
          ...(bound.ppk !== undefined && { ppk: keysIn(bound.ppk) }),
          segmentOctets: order.binding.segmentOctets,
          metadataSegmentOctets: order.binding.metadataSegmentOctets,
        }),
      ),
    );
    order.bound = bound;
    order.eid ??= client.euicc.eid;
    order.state = 'downloaded';
    order.downloads++;
    client.isBound = true;
    server.save();
    say(`${isSame ? 'the same binding as before' : 'bound'}, ${boundProfilePackage.length} octets, download ${order.downloads}`, {
      eid: client.euicc.eid,
      iccid: order.iccid,
      orderState: order.state,
      octets: boundProfilePackage.length,
      rebound: isSame ? 'same' : 'new',
    });
    return { transactionId: session.transactionId, boundProfilePackage };
  });
}

function readPrepared({ value }: Infer<typeof PrepareDownloadResponse>, { transactionId }: Session) {
  if (!('downloadResponseOk' in value)) {
    throw new Refusal('8.1/4.2', `the eUICC refused the download: ${value.downloadResponseError.errorCode}`);
  }
  const { euiccSigned2, euiccSignature2 } = value.downloadResponseOk;
  const { euiccOtpk, hashCc, transactionId: signedId } = euiccSigned2.value;
  unless(sameTransaction(signedId, transactionId), '8.10.1/3.9', 'euiccSigned2 is of another transaction');
  return { euiccSigned2: { bytes: euiccSigned2.bytes, euiccSignature2 }, otpk: euiccOtpk, hashCc };
}

/** hashCc is SHA-256 over SHA-256 of the code and the TransactionId. A wrong one costs a try; the last one ends the order. */
function checkConfirmationCode(order: Order, hashCc: Uint8Array | undefined, transactionId: string): void {
  if (order.hashedConfirmationCode === undefined) return;
  unless(hashCc !== undefined, '8.2.7/2.2', 'a confirmation code is needed and there is none');
  const expected = createHash('sha256').update(fromHex(order.hashedConfirmationCode)).update(fromHex(transactionId)).digest();
  if (equalBytes(hashCc, expected)) return;
  order.confirmationCodeTries--;
  if (order.confirmationCodeTries > 0) {
    throw new Refusal('8.2.7/3.8', `wrong confirmation code, ${order.confirmationCodeTries} tries left`);
  }
  endOrder(order, 'error', 'too many wrong confirmation codes');
  throw new Refusal('8.2.7/6.4', 'wrong confirmation code, and that was the last try');
}

/** For the same otPK.EUICC the keys stay, so that the eUICC gets the package that it may have begun to load. */
function newBinding(order: Order, { transactionId, domain, client }: Session, otpk: Uint8Array, isSame: boolean): Bound {
  const { euicc } = client!;
  const kept = isSame && order.bound ? order.bound : undefined;
  const newKey = (): string => toBase64(newPrivateKey(domainCurve(euicc, domain)).export({ format: 'der', type: 'pkcs8' }));
  const ppk = kept ? kept.ppk : order.binding.ppk ? toHex(randomBytes(48)) : undefined;
  return {
    transactionId,
    eid: euicc.eid,
    euiccCertificate: toBase64(euicc.certificate.bytes),
    euiccOtpk: toHex(otpk),
    smdpOtsk: kept?.smdpOtsk ?? newKey(),
    ...(ppk !== undefined && { ppk }),
  };
}

const domainCurve = ({ certificate }: Euicc, domain: ServerDomain) => certificate.curve ?? domain.curve;

const keysIn = (hex: string): BspKeys => {
  const octets = fromHex(hex);
  return { macChainingValue: octets.subarray(0, 16), enc: octets.subarray(16, 32), mac: octets.subarray(32) };
};

/** §5.6.5. What becomes of the order depends on the reason alone. */
async function cancelSession(
  server: Es9Server,
  { transactionId, cancelSessionResponse }: Request<'CancelSession'>,
  { say }: Call,
): Promise<Answer<'CancelSession'>> {
  const session = server.sessions.get(transactionId);
  const { value } = cancelSessionResponse;
  if (!('cancelSessionResponseOk' in value)) {
    server.sessions.end(session);
    throw new Refusal('8.1/4.2', `the eUICC did not cancel: ${value.cancelSessionResponseError}; the session lapses`);
  }
  const { euiccCancelSessionSigned, euiccCancelSessionSignature } = value.cancelSessionResponseOk;
  const { client } = session;
  unless(client !== undefined, '8.10.1/3.9', 'no eUICC has authenticated itself in this session');
  const isSigned = isSignedBy(client.euicc.certificate, euiccCancelSessionSigned.bytes, euiccCancelSessionSignature);
  unless(isSigned, '8.1/6.1', 'euiccCancelSessionSignature does not verify');
  const signed = euiccCancelSessionSigned.value;
  unless(sameTransaction(signed.transactionId, session.transactionId), '8.10.1/3.9', 'signed for another transaction');
  const { oid } = await readCertificate(session.domain.servers.dpAuth.certificate);
  unless(signed.smdpOid === oid, '8.8/3.10', `cancelled for SM-DP+ ${signed.smdpOid}, this one is ${oid}`);
  const order = orderOf(server.state, client.iccid);
  cancelOrder(order, signed.reason);
  server.sessions.end(session);
  server.save();
  say(`${signed.reason}: the order is ${order.state}`, { reason: signed.reason, iccid: order.iccid, orderState: order.state });
  return {};
}

function cancelOrder(order: Order, reason: CancelSessionReason): void {
  if (reason === 'postponed' || reason === 'timeout') order.state = 'released';
  else endOrder(order, 'error', reason);
}

function orderOf({ orders }: SmdpState, iccid: string): Order {
  const order = orders.find((each) => each.iccid === iccid);
  unless(order !== undefined, '8.2.6/3.8', 'the order was removed meanwhile');
  return order;
}

/** A function that fails ends the session (§5.6); what it did to an order is kept. */
async function endingOnRefusal<T>({ sessions, save }: Es9Server, session: Session, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refusal) {
      sessions.end(session);
      save();
    }
    throw error;
  }
}
