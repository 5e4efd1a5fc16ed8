/** ES9+.CancelSession answered: SGP.22 v2.5 §3.0.2, §5.6.5. */
import type * as es9p from '../../lpa/es9/es9p.ts';
import { sameTransaction, type Values } from '../../lpa/es9/function.ts';
import { readCertificate } from '../../lpa/pki/certificate.ts';
import type { CancelSessionReason } from '../../lpa/sgp22/authentication.ts';
import { isSignedBy } from '../rsp/euicc-chain.ts';
import { Refusal, unless } from '../rsp/refusal.ts';
import type { Call } from '../rsp/routes.ts';
import { type Es9Server, orderOf } from './es9-server.ts';
import { endOrder, type Order, releaseAgain } from './order.ts';

/** §5.6.5. What becomes of the order depends on the reason alone. */
export async function cancelSession(
  server: Es9Server,
  { transactionId, cancelSessionResponse }: Values<(typeof es9p.CancelSession)['request']>,
  { say }: Call,
): Promise<Record<never, never>> {
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
  server.save(order);
  say(`${signed.reason}: the order is ${order.state}`, { reason: signed.reason, iccid: order.iccid, orderState: order.state });
  return {};
}

function cancelOrder(order: Order, reason: CancelSessionReason): void {
  if (reason === 'postponed' || reason === 'timeout') releaseAgain(order);
  else endOrder(order, 'error', reason);
}
