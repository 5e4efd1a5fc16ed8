/** ES9+ answered: what an SM-DP+ checks, in the order of SGP.22 v2.5 §5.6, and what it signs. */
import { buildDer } from '../../lpa/asn1/schema.ts';
import { concat, fromBase64, fromHex } from '../../lpa/bytes.ts';
import * as es9p from '../../lpa/es9/es9p.ts';
import type { Values } from '../../lpa/es9/function.ts';
import { sign } from '../../lpa/pki/ecdsa.ts';
import { SmdpSigned2 } from '../../lpa/sgp22/download.ts';
import { signatureObject } from '../euicc/es10/signature.ts';
import { authenticateEuicc, initiateAuthentication } from '../rsp/authentication.ts';
import { altered, type Hooks } from '../rsp/fault-hooks.ts';
import { unless } from '../rsp/refusal.ts';
import { type Call, type Route, route } from '../rsp/routes.ts';
import { cancelSession } from './cancel-session.ts';
import { checkEligible, findOrder } from './eligible.ts';
import { type Es9Server, endingOnRefusal, told } from './es9-server.ts';
import { getBoundProfilePackage } from './get-package.ts';
import { receiveNotification } from './notification.ts';
import type { Order } from './order.ts';

export const es9Routes = (server: Es9Server): readonly Route[] => [
  route(es9p.InitiateAuthentication, (request, call) => initiateAuthentication(server, request, call)),
  route(es9p.AuthenticateClient, (request, call) => authenticateClient(server, request, call)),
  route(es9p.GetBoundProfilePackage, (request, call) => getBoundProfilePackage(server, request, call)),
  route(es9p.CancelSession, (request, call) => cancelSession(server, request, call)),
  route(es9p.HandleNotification, async ({ pendingNotification }, { say }) => {
    say(...(await receiveNotification(server, pendingNotification)));
    return {};
  }),
];

type Function = typeof es9p.AuthenticateClient;
type Answer = Values<NonNullable<Function['response']>>;

/** §5.6.2 */
async function authenticateClient(
  server: Es9Server,
  { transactionId, authenticateServerResponse }: Values<Function['request']>,
  { faults, say }: Call,
): Promise<Answer> {
  const session = server.sessions.get(transactionId);
  return endingOnRefusal(server, session, async () => {
    unless(session.client === undefined, '8.10.1/3.9', 'the eUICC has authenticated itself in this session already');
    const { euicc, ok } = await authenticateEuicc(server, session, authenticateServerResponse);
    const { ctxParams1, euiccInfo2 } = ok.euiccSigned1.value;
    const order = findOrder(server.state, ctxParams1.matchingId, euicc.eid);
    await told(server, order, 'eligibility', () => checkEligible(order, euiccInfo2, server.now()));
    const dpPb = await server.certificates.of(session.domain, 'binding', faults);
    const bound = order.bindings.at(-1);
    const smdpSigned2 = buildDer(
      SmdpSigned2,
      altered(faults, 'smdpSigned2', {
        transactionId: session.transactionId,
        ccRequiredFlag: order.hashedConfirmationCode !== undefined,
        ...(bound?.eid === euicc.eid && { bppEuiccOtpk: fromHex(bound.euiccOtpk) }),
      }),
    );
    const signature = sign(dpPb.privateKey, concat(smdpSigned2.bytes, ok.euiccSignature1));
    const smdpSignature2 = signatureObject(altered(faults, 'smdpSignature2', signature));
    session.client = { euicc, iccid: order.iccid, smdpSignature2, dpPb, isBound: false };
    say(`EID ${euicc.eid} may have the profile with ICCID ${order.iccid}`, {
      eid: euicc.eid,
      iccid: order.iccid,
      orderState: order.state,
      retry: bound !== undefined,
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

/** What is shown need not be sound when a fault has touched it: only its octets are sent. */
function metadataShown(order: Order, faults: readonly Hooks[]): Answer['profileMetadata'] {
  const bytes = altered(faults, 'shownMetadata', fromBase64(order.metadata));
  return { bytes, value: { iccid: order.iccid, serviceProviderName: '', profileName: '', profileClass: 'operational' } };
}
