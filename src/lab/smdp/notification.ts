/** What eUICCs tell after the download: installation results and notifications, verified and recorded. SGP.22 v2.5 §3.5, §5.6.4. */

import type { Infer } from '../../lpa/asn1/schema.ts';
import { parseTlv } from '../../lpa/asn1/tlv.ts';
import { fromBase64 } from '../../lpa/bytes.ts';
import { sameTransaction } from '../../lpa/es9/function.ts';
import { readCertificate } from '../../lpa/pki/certificate.ts';
import {
  type NotificationMetadata,
  OtherSignedNotification,
  ProfileInstallationResult,
  type ProfileInstallationResultData,
} from '../../lpa/sgp22/notification.ts';
import { isSignedBy, type TrustedDomain, verifyEuicc } from '../rsp/euicc-chain.ts';
import { Refusal } from '../rsp/refusal.ts';
import type { Es9Server } from './es9-server.ts';
import { endOrder, type Order, type ReceivedNotification, releaseAgain } from './order.ts';
import type { SmdpState } from './state.ts';

type Said = readonly [detail: string, data: Readonly<Record<string, unknown>>];

/** Failures after which the same order may be tried again. */
const TEMPORARY = ['installFailedDueToInterruption', 'installFailedDueToInsufficientMemoryForProfile'];

/**
 * Record one. Whatever it is worth, the eUICC may forget it: the answer is always 204.
 *
 * @throws {DecodeError} when it is neither ProfileInstallationResult nor OtherSignedNotification
 */
export async function receiveNotification(
  { state, domains, now: clock, progress, save }: Es9Server,
  octets: Uint8Array,
): Promise<Said> {
  const now = clock();
  const received =
    parseTlv(octets, 'PendingNotification').tag === ProfileInstallationResult.tag
      ? await readResult(state, octets)
      : await readOther(state, domains, octets, now);
  const { metadata, order, eid, why, result } = received;
  const operation = metadata.profileManagementOperation.join(' ');
  const isRepeated = state.notifications.some(
    (known) => known.verified && known.seqNumber === metadata.seqNumber && known.eid === eid && known.iccid === metadata.iccid,
  );
  const record: ReceivedNotification = {
    time: now.toISOString(),
    operation,
    seqNumber: metadata.seqNumber,
    notificationAddress: metadata.notificationAddress,
    ...(metadata.iccid !== undefined && { iccid: metadata.iccid }),
    ...(eid !== undefined && { eid }),
    verified: why === undefined,
    ...(why !== undefined && { why }),
    ...(result !== undefined && { result }),
    ...(isRepeated && { repeated: true }),
  };
  state.addNotification(record);
  if (order && why === undefined && !isRepeated) {
    apply(order, operation, result);
    save(order);
    if (result !== undefined) progress(order, 'installation', { result: octets, isFailed: result !== 'ok' });
  }
  const verdict = why ?? (isRepeated ? 'verified, and received before' : 'verified');
  const about = `${operation.replace(/notification/g, '').toLowerCase()} ${metadata.seqNumber} of ICCID ${metadata.iccid ?? '(none)'}`;
  return [
    `${about}${result === undefined ? '' : `, ${result}`}: ${verdict}`,
    {
      operation,
      seqNumber: metadata.seqNumber,
      ...(result && { result }),
      verified: record.verified,
      ...(order && { orderState: order.state }),
    },
  ];
}

interface Read {
  readonly metadata: NotificationMetadata;
  readonly order?: Order | undefined;
  readonly eid?: string | undefined;
  /** Why it is not believed. */
  readonly why?: string | undefined;
  readonly result?: string | undefined;
}

/** A result carries no certificate: it is verified with the one of its transaction. */
async function readResult(state: SmdpState, octets: Uint8Array): Promise<Read> {
  const { value } = ProfileInstallationResult.decode(octets);
  const { profileInstallationResultData: data, euiccSignPIR } = value;
  const { transactionId, notificationMetadata: metadata } = data.value;
  const result = resultOf(data.value);
  const order = state.byTransaction(transactionId);
  const bound = order?.bindings.find((each) => sameTransaction(each.transactionId, transactionId));
  if (!order || !bound) return { metadata, result, why: `no package was bound in transaction ${transactionId}` };
  const { eid } = bound;
  const certificate = await readCertificate(fromBase64(bound.euiccCertificate));
  if (!isSignedBy(certificate, data.bytes, euiccSignPIR)) return { metadata, result, eid, why: 'euiccSignPIR does not verify' };
  const isOther = metadata.iccid !== undefined && metadata.iccid !== order.iccid;
  if (isOther) return { metadata, result, eid, why: `the package had ICCID ${order.iccid}` };
  return { metadata, order, result, eid };
}

function resultOf({ finalResult }: Infer<typeof ProfileInstallationResultData>): string {
  if ('successResult' in finalResult) return 'ok';
  const { bppCommandId, errorReason } = finalResult.errorResult;
  return `${bppCommandId}/${errorReason}`;
}

async function readOther(state: SmdpState, domains: readonly TrustedDomain[], octets: Uint8Array, now: Date): Promise<Read> {
  const { value } = OtherSignedNotification.decode(octets);
  const { tbsOtherNotification, euiccNotificationSignature, euiccCertificate, eumCertificate } = value;
  const metadata = tbsOtherNotification.value;
  try {
    const { eid, certificate } = await verifyEuicc(domains, { euicc: euiccCertificate, eum: eumCertificate }, now);
    if (!isSignedBy(certificate, tbsOtherNotification.bytes, euiccNotificationSignature)) {
      return { metadata, eid, why: 'euiccNotificationSignature does not verify' };
    }
    const order = metadata.iccid === undefined ? undefined : state.byIccid(metadata.iccid);
    if (!order) return { metadata, eid, why: 'no profile with this ICCID was ordered here' };
    const bound = order.bindings.at(-1);
    if (bound?.eid !== eid) return { metadata, eid, why: `the profile is bound to EID ${bound?.eid ?? '(none)'}` };
    return { metadata, order, eid };
  } catch (error) {
    if (error instanceof Refusal) return { metadata, why: error.message };
    throw error;
  }
}

function apply(order: Order, operation: string, result: string | undefined): void {
  if (result === 'ok') {
    endOrder(order, 'installed', 'installed');
    order.profileState = 'disabled';
  } else if (result !== undefined) {
    if (TEMPORARY.some((reason) => result.endsWith(reason))) releaseAgain(order);
    else endOrder(order, 'error', result);
  } else if (operation === 'notificationEnable') order.profileState = 'enabled';
  else if (operation === 'notificationDisable') order.profileState = 'disabled';
  else if (operation === 'notificationDelete') order.profileState = 'deleted';
}
