/** The JSON binding, the server's side: the declarations that the client calls, answered. SGP.22 v2.5 §6.4, §6.5. */
import type { IncomingHttpHeaders } from 'node:http';
import { utf8Text } from '../../lpa/bytes.ts';
import { decodeParams, encodeParams, type Params, parseJsonObject, type Values } from '../../lpa/es9/function.ts';
import { Refusal } from './refusal.ts';
import type { Done, Route } from './routes.ts';

export type Json = Record<string, unknown>;

/** @throws {Refusal} for headers, @throws {DecodeError} for a body that the function cannot have */
export function readJson({ fn }: Route, headers: IncomingHttpHeaders, body: Uint8Array, isOperator: boolean): Values<Params> {
  checkHeaders(headers, 'application/json', isOperator);
  return decodeParams(fn.request, parseJsonObject(utf8Text(body), fn.name), fn.name);
}

/** undefined: HTTP 204, no body. */
export function writeJson({ fn }: Route, done: Done): Json | undefined {
  if ('refusal' in done) {
    const { status, subjectCode, reasonCode, message } = done.refusal;
    return { header: { functionExecutionStatus: { status, statusCodeData: { subjectCode, reasonCode, message } } } };
  }
  if (fn.response === null) return undefined;
  return {
    header: { functionExecutionStatus: { status: 'Executed-Success' } },
    ...encodeParams(fn.response, done.result),
  };
}

/** Media type and version are what the binding says; a parameter of the media type may follow. */
export function checkHeaders(headers: IncomingHttpHeaders, mediaType: string, isOperator: boolean): void {
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (type !== mediaType) throw new Refusal('1.2.1/2.1', `Content-Type is ${type ?? 'missing'}, expected ${mediaType}`);
  const version = headers['x-admin-protocol'];
  if (isOperator && version === undefined) return;
  if (typeof version !== 'string' || !/^gsma\/rsp\/v[23]\.\d+\.\d+$/.test(version)) {
    throw new Refusal('1.2.2/2.1', `X-Admin-Protocol is ${version ?? 'missing'}, expected gsma/rsp/v2.x.y`);
  }
}
