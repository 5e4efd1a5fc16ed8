/** ES10b.PrepareDownload on the card: a one-time key for the package, signed. SGP.22 v2.5 §5.7.5, the checks in their order. */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { buildDer, type Infer, writeDer } from '../../../lpa/asn1/schema.ts';
import { concat, fromBase64, fromHex, toBase64, toHex } from '../../../lpa/bytes.ts';
import { PrepareDownload } from '../../../lpa/es10/es10b.ts';
import { newPrivateKey, publicPoint, sign, verify } from '../../../lpa/pki/ecdsa.ts';
import {
  downloadErrorCode,
  EUICCSigned2,
  type PrepareDownloadRequest,
  PrepareDownloadResponse,
} from '../../../lpa/sgp22/download.ts';
import { checkServerCertificate, type ServerCertificate } from '../certificates.ts';
import type { Chip } from '../chip.ts';
import { answer } from './es10.ts';
import { packageLoader } from './load.ts';
import type { Authenticated } from './session.ts';
import { signatureIn, signatureObject } from './signature.ts';

type Request = Infer<typeof PrepareDownloadRequest>;
type Code = Infer<typeof downloadErrorCode>;

/** One-time keys kept for packages that may come again; the oldest gives way. */
const MAX_ONE_TIME_KEYS = 8;

export const prepareAnswers = [
  answer(PrepareDownload, async (chip, request) => {
    const checked = await checkOffer(chip, request);
    if ('refused' in checked) {
      const { transactionId } = request.smdpSigned2.value;
      chip.log(PrepareDownload.name, `${checked.why}: ${checked.refused}(${codeOf(checked.refused)})`, {
        result: checked.refused,
      });
      return writeDer(PrepareDownloadResponse, { downloadResponseError: { transactionId, errorCode: checked.refused } });
    }
    const { session, server } = checked;
    const { transactionId } = session;
    const { otPk, otSk, reused } = oneTimeKey(chip, session, server, request.smdpSigned2.value.bppEuiccOtpk);
    const euiccSigned2 = buildDer(EUICCSigned2, {
      transactionId,
      euiccOtpk: otPk,
      ...(request.hashCc && { hashCc: request.hashCc }),
    });
    const prepared = { ...session, smdpCurve: server.curve, smdpPublicKey: server.publicKey, otPk, otSk };
    chip.session = { ...prepared, state: 'prepared', loader: packageLoader(chip, prepared) };
    chip.log(PrepareDownload.name, `${reused ? 'the one-time key of an earlier session' : 'a new one-time key'}: ok`);
    return writeDer(PrepareDownloadResponse, {
      downloadResponseOk: {
        euiccSigned2,
        euiccSignature2: signatureObject(sign(session.identity.privateKey, concat(euiccSigned2.bytes, request.smdpSignature2))),
      },
    });
  }),
];

const codeOf = (code: Code): number | undefined =>
  downloadErrorCode.shape.kind === 'enumerated' ? downloadErrorCode.shape.names[code] : undefined;

type Checked =
  | { readonly session: Authenticated; readonly server: ServerCertificate }
  | { readonly refused: Code; readonly why: string };

async function checkOffer(chip: Chip, { smdpSigned2, smdpSignature2, smdpCertificate, hashCc }: Request): Promise<Checked> {
  const refuse = (refused: Code, why: string): Checked => ({ refused, why });
  const { session } = chip;
  const { transactionId, ccRequiredFlag } = smdpSigned2.value;
  if (session.state !== 'authenticated')
    return refuse('noSessionContext', `no server is authenticated, the session is ${session.state}`);
  if (transactionId !== session.transactionId) return refuse('invalidTransactionId', `the session is ${session.transactionId}`);
  const server = await checkServerCertificate(chip, smdpCertificate, ['dp-pb']);
  if ('refused' in server) return server;
  if (server.ci.ciPKId !== session.ci.ciPKId)
    return refuse('invalidCertificate', `it is under another CI than CERT.DPauth, ${server.ci.ciPKId}`);
  if (server.oid !== session.serverOid) {
    return refuse('invalidCertificate', `its OID is ${server.oid ?? 'absent'}, CERT.DPauth has ${session.serverOid}`);
  }
  if (!verify(server.curve, server.publicKey, concat(smdpSigned2.bytes, session.euiccSignature1), signatureIn(smdpSignature2))) {
    return refuse('invalidSignature', 'smdpSignature2 does not verify');
  }
  if (ccRequiredFlag && !hashCc) return refuse('undefinedError', 'a confirmation code is required, and no hashCc was given');
  return { session, server };
}

/** The key that the SM-DP+ asks for where the card still holds it, else a new one. It is kept: the package may come again (§2.6.5). */
function oneTimeKey(
  chip: Chip,
  { serverOid }: Authenticated,
  { curve }: ServerCertificate,
  wanted: Uint8Array | undefined,
): { otPk: Uint8Array; otSk: KeyObject; reused: boolean } {
  const { state } = chip;
  const held = wanted && state.oneTimeKeys.find(({ smdpOid, publicKey }) => smdpOid === serverOid && publicKey === toHex(wanted));
  if (held) {
    const otSk = createPrivateKey({ key: Buffer.from(fromBase64(held.privateKey)), format: 'der', type: 'pkcs8' });
    return { otPk: fromHex(held.publicKey), otSk, reused: true };
  }
  const otSk = newPrivateKey(curve);
  const otPk = publicPoint(otSk);
  const privateKey = toBase64(Uint8Array.from(otSk.export({ format: 'der', type: 'pkcs8' })));
  state.oneTimeKeys = [...state.oneTimeKeys, { smdpOid: serverOid, publicKey: toHex(otPk), privateKey }].slice(
    -MAX_ONE_TIME_KEYS,
  );
  chip.changed();
  return { otPk, otSk, reused: false };
}
