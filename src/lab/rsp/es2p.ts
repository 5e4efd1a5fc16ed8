/** ES2+: the operator to the SM-DP+, and back. SGP.22 v2.5 §5.3 (functions), §6.5.2 (JSON). No part of an LPA. */
import { DecodeError } from '../../lpa/errors.ts';
import { jsonOf, optionalParam, rspFunction, text } from '../../lpa/es9/function.ts';

/** Who asks, and a name for the call; mandatory between servers (§6.5.1.3). */
export interface RequestHeader {
  readonly functionRequesterIdentifier: string;
  readonly functionCallIdentifier: string;
}

export const header = jsonOf<RequestHeader>((json, path) => {
  const { functionRequesterIdentifier, functionCallIdentifier } = (json ?? {}) as Partial<Record<keyof RequestHeader, unknown>>;
  if (typeof functionRequesterIdentifier !== 'string' || typeof functionCallIdentifier !== 'string') {
    throw new DecodeError(path, 'expected functionRequesterIdentifier and functionCallIdentifier');
  }
  return { functionRequesterIdentifier, functionCallIdentifier };
});

export const flag = jsonOf<boolean>((json, path) => {
  if (typeof json !== 'boolean') throw new DecodeError(path, `expected true or false, got ${typeof json}`);
  return json;
});

const pattern = (what: string, form: RegExp) =>
  jsonOf<string>((json, path) => {
    if (typeof json !== 'string' || !form.test(json)) throw new DecodeError(path, `expected ${what}`);
    return json;
  });

export const eid = pattern('an EID of 32 digits', /^\d{32}$/);
/** With or without the F that fills it up. */
export const iccid = pattern('an ICCID of 18 to 20 digits', /^\d{18,20}F{0,2}$/);

const PATH = '/gsma/rsp2/es2plus';

export const DownloadOrder = rspFunction({
  name: 'ES2+.DownloadOrder',
  path: `${PATH}/downloadOrder`,
  request: { header, eid: optionalParam(eid), iccid: optionalParam(iccid), profileType: optionalParam(text) },
  response: { iccid },
});

export const ConfirmOrder = rspFunction({
  name: 'ES2+.ConfirmOrder',
  path: `${PATH}/confirmOrder`,
  request: {
    header,
    iccid,
    eid: optionalParam(eid),
    matchingId: optionalParam(text),
    confirmationCode: optionalParam(text),
    smdsAddress: optionalParam(text),
    releaseFlag: flag,
  },
  response: { eid: optionalParam(eid), matchingId: text, smdpAddress: optionalParam(text) },
});

export const CancelOrder = rspFunction({
  name: 'ES2+.CancelOrder',
  path: `${PATH}/cancelOrder`,
  request: {
    header,
    iccid,
    eid: optionalParam(eid),
    matchingId: optionalParam(text),
    finalProfileStatusIndicator: pattern('Available or Unavailable', /^(Available|Unavailable)$/),
  },
  response: {},
});

export const ReleaseProfile = rspFunction({
  name: 'ES2+.ReleaseProfile',
  path: `${PATH}/releaseProfile`,
  request: { header, iccid },
  response: {},
});

/** Where a download is (§5.3.5). */
export const NOTIFICATION_POINTS = { eligibility: 1, confirmation: 2, download: 3, installation: 4 } as const;
export type NotificationPoint = keyof typeof NOTIFICATION_POINTS;

/** The other way: the SM-DP+ tells the operator. */
export interface DownloadProgressInfo {
  readonly header: RequestHeader;
  readonly eid?: string;
  readonly iccid: string;
  readonly profileType: string;
  /** YYYY-MM-DDThh:mm:ssZ */
  readonly timestamp: string;
  readonly notificationPointId: number;
  readonly notificationPointStatus: {
    readonly status: 'Executed-Success' | 'Failed' | 'Expired';
    readonly statusCodeData?: { readonly subjectCode: string; readonly reasonCode: string };
  };
  /** The ProfileInstallationResult, base64. */
  readonly resultData?: string;
}

export const HANDLE_DOWNLOAD_PROGRESS_INFO = `${PATH}/handleDownloadProgressInfo`;
