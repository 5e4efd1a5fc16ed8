/** ES10b.AuthenticateServer and ES10b.CancelSession on the card. SGP.22 v2.5 §5.7.13, §5.7.14, the checks in their order. */
import { setTimeout as sleep } from 'node:timers/promises';
import { buildDer, type Infer, readDer, writeDer } from '../../../lpa/asn1/schema.ts';
import { encodeTlv, type Tlv } from '../../../lpa/asn1/tlv.ts';
import { concat, equalBytes, fromHex, utf8Bytes } from '../../../lpa/bytes.ts';
import { AuthenticateServer, CancelSession } from '../../../lpa/es10/es10b.ts';
import { sign, verify } from '../../../lpa/pki/ecdsa.ts';
import {
  type AuthenticateServerRequest,
  AuthenticateServerResponse,
  authenticateErrorCode,
  CancelSessionResponse,
  EuiccCancelSessionSigned,
  EuiccSigned1,
} from '../../../lpa/sgp22/authentication.ts';
import { EUICCInfo2 } from '../../../lpa/sgp22/euicc-info.ts';
import { checkServerCertificate } from '../certificates.ts';
import type { Chip } from '../chip.ts';
import { cancelled } from './ending.ts';
import { answer } from './es10.ts';
import { euiccInfo2 } from './euicc-info.ts';
import type { Authenticated } from './session.ts';
import { signatureIn, signatureObject } from './signature.ts';

type Request = Infer<typeof AuthenticateServerRequest>;
type Code = Infer<typeof authenticateErrorCode>;
const MAX_TRANSACTION_ID = 16;

export const authenticateAnswers = [
  answer(AuthenticateServer, async (chip, request, tlv) => {
    if (chip.manners.authenticateServerMs > 0) await sleep(chip.manners.authenticateServerMs);
    const { transactionId } = request.serverSigned1.value;
    const checked = await checkServer(chip, request);
    if ('refused' in checked) {
      chip.log(AuthenticateServer.name, `${checked.why}: ${checked.refused}(${codeOf(checked.refused)})`, {
        transactionId,
        result: checked.refused,
      });
      return writeDer(AuthenticateServerResponse, {
        authenticateResponseError: { transactionId, errorCode: checked.refused },
      });
    }
    const euiccSigned1 = readDer(EuiccSigned1, signedOctets(chip, request, tlv));
    const euiccSignature1 = signatureObject(sign(checked.identity.privateKey, euiccSigned1.bytes));
    chip.session = { state: 'authenticated', ...checked, euiccSignature1 };
    chip.log(AuthenticateServer.name, `${checked.serverAddress} (${checked.serverOid}) under CI ${checked.ci.ciPKId}: ok`);
    return writeDer(AuthenticateServerResponse, {
      authenticateResponseOk: {
        euiccSigned1,
        euiccSignature1,
        euiccCertificate: checked.identity.euiccCertificate,
        eumCertificate: checked.identity.eumCertificate,
      },
    });
  }),

  answer(
    CancelSession,
    (chip, { transactionId, reason }) => {
      const { session } = chip;
      if (!('transactionId' in session) || session.transactionId !== transactionId) {
        const why = 'transactionId' in session ? `the session is ${session.transactionId}` : 'there is no session';
        chip.log(CancelSession.name, `${why}, not ${transactionId}: invalidTransactionId(5)`, { reason });
        return writeDer(CancelSessionResponse, { cancelSessionResponseError: 'invalidTransactionId' });
      }
      const { serverOid, identity } = session;
      const signed = buildDer(EuiccCancelSessionSigned, { transactionId, smdpOid: serverOid, reason });
      chip.log(CancelSession.name, `${reason}: ok`, { reason });
      cancelled(chip);
      return writeDer(CancelSessionResponse, {
        cancelSessionResponseOk: {
          euiccCancelSessionSigned: signed,
          euiccCancelSessionSignature: signatureObject(sign(identity.privateKey, signed.bytes)),
        },
      });
    },
    writeDer(CancelSessionResponse, { cancelSessionResponseError: 'undefinedError' }),
  ),
];

const codeOf = (code: Code): number | undefined =>
  authenticateErrorCode.shape.kind === 'enumerated' ? authenticateErrorCode.shape.names[code] : undefined;

type Checked = Omit<Authenticated, 'euiccSignature1'> | { readonly refused: Code; readonly why: string };

async function checkServer(chip: Chip, request: Request): Promise<Checked> {
  const refuse = (refused: Code, why: string): Checked => ({ refused, why });
  const { session } = chip;
  const { transactionId, euiccChallenge, serverAddress } = request.serverSigned1.value;
  if (session.state !== 'challenged') return refuse('noSessionContext', `no challenge is open, the session is ${session.state}`);
  const identity = chip.identities.find(({ ciPKId }) => ciPKId === request.euiccCiPKIdToBeUsed);
  if (!identity) return refuse('ciPKUnknown', `the card has no key under CI ${request.euiccCiPKIdToBeUsed}`);
  const server = await checkServerCertificate(chip, request.serverCertificate, ['dp-auth', 'ds-auth']);
  if ('refused' in server) return server;
  if (!verify(server.curve, server.publicKey, request.serverSigned1.bytes, signatureIn(request.serverSignature1))) {
    return refuse('invalidSignature', 'serverSignature1 does not verify');
  }
  if (!equalBytes(euiccChallenge, session.challenge)) return refuse('euiccChallengeMismatch', "euiccChallenge is not the card's");
  if (!server.oid) return refuse('invalidOid', 'the certificate has no registeredID');
  if (transactionId.length === 0 || transactionId.length > 2 * MAX_TRANSACTION_ID) {
    return refuse('undefinedError', `a transactionId of ${transactionId.length / 2} octets`);
  }
  return { transactionId, serverAddress, serverOid: server.oid, ci: server.ci, identity };
}

/** euiccSigned1: what the server said, what the card is, and ctxParams1 octet for octet as the LPA sent it. */
function signedOctets(chip: Chip, { serverSigned1 }: Request, { children }: Tlv): Uint8Array {
  const { transactionId, serverAddress, serverChallenge } = serverSigned1.value;
  const ctxParams1 = children.find(({ tag }) => tag === 0xa0)?.bytes ?? new Uint8Array();
  return encodeTlv(
    0x30,
    concat(
      encodeTlv(0x80, fromHex(transactionId)),
      encodeTlv(0x83, utf8Bytes(serverAddress)),
      encodeTlv(0x84, serverChallenge),
      EUICCInfo2.encode(euiccInfo2(chip)),
      ctxParams1,
    ),
  );
}
