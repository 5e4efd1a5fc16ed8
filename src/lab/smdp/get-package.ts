/** ES9+.GetBoundProfilePackage answered: SGP.22 v2.5 §3.1.3.2, §5.6.3. */
import { createHash, createPrivateKey, randomBytes } from 'node:crypto';
import type { Infer } from '../../lpa/asn1/schema.ts';
import { concat, equalBytes, fromBase64, fromHex, toBase64, toHex } from '../../lpa/bytes.ts';
import type * as es9p from '../../lpa/es9/es9p.ts';
import { sameTransaction, type Values } from '../../lpa/es9/function.ts';
import { type Curve, newPrivateKey, publicKeyObject } from '../../lpa/pki/ecdsa.ts';
import type { PrepareDownloadResponse } from '../../lpa/sgp22/download.ts';
import type { BspKeys } from '../rsp/bsp.ts';
import { type Euicc, isSignedBy } from '../rsp/euicc-chain.ts';
import { altered, type Hooks } from '../rsp/fault-hooks.ts';
import { Refusal, unless } from '../rsp/refusal.ts';
import type { Call } from '../rsp/routes.ts';
import type { AuthenticatedClient, Session } from '../rsp/session.ts';
import { bindPackage } from './bind.ts';
import { checkLimits } from './eligible.ts';
import { type Es9Server, endingOnRefusal, orderOf, told } from './es9-server.ts';
import { type Bound, endOrder, isReleased, type Order, packageOf } from './order.ts';

type Function = typeof es9p.GetBoundProfilePackage;

export async function getBoundProfilePackage(
  server: Es9Server,
  { transactionId, prepareDownloadResponse }: Values<Function['request']>,
  { faults, say }: Call,
): Promise<Values<NonNullable<Function['response']>>> {
  const session = server.sessions.get(transactionId);
  return endingOnRefusal(server, session, async () => {
    const { client } = session;
    unless(client !== undefined && !client.isBound, '8.10.1/3.9', 'no package may be asked for in this session now');
    const order = orderOf(server.state, client.iccid);
    // Another session may have ended it since AuthenticateClient.
    unless(isReleased(order.state), '8.2/3.7', `the order is ${order.state}`);
    const { euiccOtpk, hashCc } = readPrepared(prepareDownloadResponse, session, client);
    if (order.hashedConfirmationCode !== undefined) {
      await told(server, order, 'confirmation', () => checkConfirmationCode(order, hashCc, session.transactionId));
    }
    return told(server, order, 'download', () => {
      checkLimits(order, server.now());
      const { bound, isSame } = bindingFor(order, session, client, euiccOtpk);
      const boundProfilePackage = packageBoundTo(bound, order, client, faults);
      Object.assign(order, {
        bindings: [...order.bindings, bound],
        eid: client.euicc.eid,
        state: 'downloaded',
        downloads: order.downloads + 1,
      } satisfies Partial<Order>);
      client.isBound = true;
      const octets = boundProfilePackage.length;
      say(`${isSame ? 'the same binding as before' : 'bound'}, ${octets} octets, download ${order.downloads}`, {
        eid: client.euicc.eid,
        iccid: order.iccid,
        orderState: order.state,
        octets,
        rebound: isSame ? 'same' : 'new',
      });
      return { transactionId: session.transactionId, boundProfilePackage };
    });
  });
}

/** What the eUICC signed, verified. */
function readPrepared(
  { value }: Infer<typeof PrepareDownloadResponse>,
  { transactionId }: Session,
  { euicc, smdpSignature2 }: AuthenticatedClient,
): { euiccOtpk: Uint8Array; hashCc?: Uint8Array } {
  if (!('downloadResponseOk' in value)) {
    throw new Refusal('8.1/4.2', `the eUICC refused the download: ${value.downloadResponseError.errorCode}`);
  }
  const { euiccSigned2, euiccSignature2 } = value.downloadResponseOk;
  unless(
    sameTransaction(euiccSigned2.value.transactionId, transactionId),
    '8.10.1/3.9',
    'euiccSigned2 is of another transaction',
  );
  const isSigned = isSignedBy(euicc.certificate, concat(euiccSigned2.bytes, smdpSignature2), euiccSignature2);
  unless(isSigned, '8.1/6.1', 'euiccSignature2 does not verify');
  const { euiccOtpk, hashCc } = euiccSigned2.value;
  unless(isPoint(curveOf(euicc), euiccOtpk), '8.1/6.1', 'otPK.EUICC is no point of the curve');
  return { euiccOtpk, ...(hashCc && { hashCc }) };
}

/** hashCc is SHA-256 over SHA-256 of the code and the TransactionId. A wrong one costs a try; the last one ends the order. */
function checkConfirmationCode(order: Order, hashCc: Uint8Array | undefined, transactionId: string): void {
  unless(hashCc !== undefined, '8.2.7/2.2', 'a confirmation code is needed and there is none');
  const expected = createHash('sha256')
    .update(fromHex(order.hashedConfirmationCode ?? ''))
    .update(fromHex(transactionId))
    .digest();
  if (equalBytes(hashCc, expected)) return;
  order.confirmationCodeTries--;
  if (order.confirmationCodeTries > 0) {
    throw new Refusal('8.2.7/3.8', `wrong confirmation code, ${order.confirmationCodeTries} tries left`);
  }
  endOrder(order, 'error', 'too many wrong confirmation codes');
  throw new Refusal('8.2.7/6.4', 'wrong confirmation code, and that was the last try');
}

/** For the same otPK.EUICC the keys stay, so that the eUICC gets the package that it may have begun to load. */
function bindingFor(
  order: Order,
  { transactionId }: Session,
  { euicc }: AuthenticatedClient,
  euiccOtpk: Uint8Array,
): { bound: Bound; isSame: boolean } {
  const { eid, certificate } = euicc;
  const before = order.bindings.at(-1);
  const isSame = before?.eid === eid && before.euiccOtpk === toHex(euiccOtpk);
  unless(!before || isSame || order.binding.rebind, '8.2/3.7', 'the eUICC has another otPK, and no new binding is made');
  const keys = isSame ? before : newKeys(curveOf(euicc), order.binding.ppk);
  return {
    isSame,
    bound: {
      transactionId,
      eid,
      euiccCertificate: toBase64(certificate.bytes),
      euiccOtpk: toHex(euiccOtpk),
      smdpOtsk: keys.smdpOtsk,
      ...(keys.ppk !== undefined && { ppk: keys.ppk }),
    },
  };
}

const newKeys = (curve: Curve, withPpk: boolean): Pick<Bound, 'smdpOtsk' | 'ppk'> => ({
  smdpOtsk: toBase64(newPrivateKey(curve).export({ format: 'der', type: 'pkcs8' })),
  ...(withPpk && { ppk: toHex(randomBytes(48)) }),
});

function packageBoundTo(bound: Bound, order: Order, { dpPb }: AuthenticatedClient, faults: readonly Hooks[]): Uint8Array {
  const parts = altered(faults, 'parts', {
    transactionId: bound.transactionId,
    eid: bound.eid,
    euiccOtpk: fromHex(bound.euiccOtpk),
    smdpOtsk: createPrivateKey({ key: Buffer.from(bound.smdpOtsk, 'base64'), format: 'der', type: 'pkcs8' }),
    signingKey: dpPb.privateKey,
    metadata: altered(faults, 'packagedMetadata', fromBase64(order.metadata)),
    upp: packageOf(order),
    ...(bound.ppk !== undefined && { ppk: keysIn(bound.ppk) }),
    segmentOctets: order.binding.segmentOctets,
    metadataSegmentOctets: order.binding.metadataSegmentOctets,
  });
  return altered(faults, 'boundProfilePackage', bindPackage(parts));
}

const curveOf = ({ certificate }: Euicc): Curve => certificate.curve ?? 'P-256';

function isPoint(curve: Curve, point: Uint8Array): boolean {
  try {
    return publicKeyObject(curve, point).type === 'public';
  } catch {
    return false; // OpenSSL throws for what is not on the curve
  }
}

const keysIn = (hex: string): BspKeys => {
  const octets = fromHex(hex);
  return { macChainingValue: octets.subarray(0, 16), enc: octets.subarray(16, 32), mac: octets.subarray(32) };
};
