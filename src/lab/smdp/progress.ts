/** ES2+.HandleDownloadProgressInfo: the operator is told how far a download is. SGP.22 v2.5 §5.3.5. */
import { randomUUID } from 'node:crypto';
import * as http from 'node:http';
import * as https from 'node:https';
import { toBase64 } from '../../lpa/bytes.ts';
import { toPem } from '../../lpa/pki/pem.ts';
import {
  type DownloadProgressInfo,
  HANDLE_DOWNLOAD_PROGRESS_INFO,
  NOTIFICATION_POINTS,
  type NotificationPoint,
} from '../rsp/es2p.ts';
import type { LabLog } from '../state/log.ts';
import type { Outcome } from './es9-server.ts';
import type { Order } from './order.ts';

export interface ProgressOptions {
  /** `https://operator.example.com` or `http://localhost:8080`; the path is the function's. */
  readonly operator: string;
  /** functionRequesterIdentifier: the SM-DP+'s OID. */
  readonly requester: string;
  /** CIs under which the operator's server may be. */
  readonly cis: readonly Uint8Array[];
  readonly now: () => Date;
  readonly log: LabLog;
}

export interface Progress {
  tell(order: Order, point: NotificationPoint, outcome?: Outcome): void;
  /** When all that was told so far has arrived, or failed to. */
  settled(): Promise<void>;
}

const TIMEOUT_MS = 10_000;

/** One after the other, beside the downloads: an operator that is slow holds nobody up. */
export function tellOperator(options: ProgressOptions): Progress {
  let queue: Promise<void> = Promise.resolve();
  return {
    tell(order, point, outcome = {}) {
      const info = infoOf(order, point, outcome, options);
      const data = { iccid: order.iccid, notificationPointId: info.notificationPointId };
      queue = queue
        .then(() => post(info, options))
        .then(
          (status) =>
            options.log({ who: 'sm-dp+', event: 'ES2+.HandleDownloadProgressInfo', detail: `${point}: HTTP ${status}`, data }),
          (error: Error) =>
            options.log({
              who: 'sm-dp+',
              event: 'ES2+.HandleDownloadProgressInfo',
              detail: `${point}: not delivered, ${error.message}`,
              data,
            }),
        );
    },
    settled: () => queue,
  };
}

function infoOf(
  order: Order,
  point: NotificationPoint,
  { refusal, result, isFailed }: Outcome,
  { requester, now }: ProgressOptions,
): DownloadProgressInfo {
  const statusCodeData = refusal && { subjectCode: refusal.subjectCode, reasonCode: refusal.reasonCode };
  return {
    header: { functionRequesterIdentifier: requester, functionCallIdentifier: randomUUID() },
    ...(order.eid !== undefined && { eid: order.eid }),
    iccid: order.iccid,
    profileType: order.profileType,
    timestamp: now()
      .toISOString()
      .replace(/\.\d+Z$/, 'Z'),
    notificationPointId: NOTIFICATION_POINTS[point],
    notificationPointStatus: {
      status: refusal || isFailed ? 'Failed' : 'Executed-Success',
      ...(statusCodeData && { statusCodeData }),
    },
    ...(result && { resultData: toBase64(result) }),
  };
}

/** @returns the HTTP status */
async function post(info: DownloadProgressInfo, { operator, cis }: ProgressOptions): Promise<number> {
  const url = new URL(HANDLE_DOWNLOAD_PROGRESS_INFO, operator);
  const body = JSON.stringify(info);
  const headers = { 'content-type': 'application/json', 'x-admin-protocol': 'gsma/rsp/v2.5.0' };
  const { request } = url.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    const asked = request(url, { method: 'POST', headers, timeout: TIMEOUT_MS, ca: cis.map(toPem) }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    asked.on('timeout', () => asked.destroy(new Error('no answer in time')));
    asked.on('error', reject);
    asked.end(body);
  });
}
