/**
 * The JSON binding of ES9+ and ES11: each function is declared once, as data, and the
 * declaration serves the client, the test server and the trace. SGP.22 v2.5 §6.4, §6.5.
 */

import type { DataObject, Der } from '../asn1/schema.ts';
import { readDer } from '../asn1/schema.ts';
import { fromBase64, toBase64, utf8Bytes } from '../bytes.ts';
import { nowMs } from '../clock.ts';
import { DecodeError, NetworkError, ServerError } from '../errors.ts';
import type { Listener } from '../events.ts';

/** One JSON member: how its value on the wire maps to a value here. */
export interface Param<T, Optional extends boolean = boolean> {
  decode(json: unknown, path: string): T;
  encode(value: T): unknown;
  readonly optional: Optional;
  /** A spelling that servers in the field use too. */
  readonly alias?: string;
  /** A bearer secret: masked wherever a body is shown. */
  readonly secret?: boolean;
}
export type Params = Readonly<Record<string, Param<any>>>;
type OptionalKeys<P extends Params> = { [K in keyof P]: P[K]['optional'] extends true ? K : never }[keyof P];
type ValueOf<P> = P extends Param<infer T, any> ? T : never;
type Flatten<T> = { [K in keyof T]: T[K] };
export type Values<P extends Params> = Flatten<
  { [K in Exclude<keyof P, OptionalKeys<P>>]: ValueOf<P[K]> } & { [K in OptionalKeys<P>]?: ValueOf<P[K]> }
>;

export interface RspFunction<Req extends Params, Res extends Params> {
  /** As the specification names it: `ES9+.InitiateAuthentication`. */
  readonly name: string;
  readonly path: string;
  readonly request: Req;
  /** Members of a success; `null` where a success needs no body. */
  readonly response: Res | null;
}

export const rspFunction = <const Req extends Params, const Res extends Params>(
  definition: RspFunction<Req, Res>,
): RspFunction<Req, Res> => definition;

const string = (json: unknown, path: string): string => {
  if (typeof json !== 'string') throw new DecodeError(path, `expected a string, got ${json === null ? 'null' : typeof json}`);
  return json;
};

export const text: Param<string, false> = { decode: string, encode: (value) => value, optional: false };

/** 1 to 16 octets in hexadecimal; compared without regard to case, kept in upper case. */
export const transactionId: Param<string, false> = {
  decode(json, path) {
    const digits = string(json, path).toUpperCase();
    if (!/^([0-9A-F]{2}){1,16}$/.test(digits)) throw new DecodeError(path, 'expected 1 to 16 octets in hexadecimal');
    return digits;
  },
  encode: (value) => value,
  optional: false,
};

/** Octets as they came, base64 in JSON. */
export const base64: Param<Uint8Array, false> = {
  decode(json, path) {
    const encoded = string(json, path);
    try {
      return fromBase64(encoded);
    } catch (cause) {
      throw new DecodeError(path, 'not base64', { cause });
    }
  },
  encode: toBase64,
  optional: false,
};

/** A data object read on arrival; `bytes` stay as signed, for the eUICC or the server. */
export const derOf = <T>(object: DataObject<T>): Param<Der<T>, false> => ({
  decode: (json, path) => readDer(object, base64.decode(json, path)),
  encode: ({ bytes }) => toBase64(bytes),
  optional: false,
});

/** A data object by its value; one that keeps its octets (`der`) goes and comes as them. */
export const objectOf = <T>(object: DataObject<T>): Param<T, false> => ({
  decode: (json, path) => object.decode(base64.decode(json, path)),
  encode: (value) => toBase64(object.encode(value)),
  optional: false,
});

/** Any JSON that `read` accepts; for arrays of records. */
export const jsonOf = <T>(read: (json: unknown, path: string) => T): Param<T, false> => ({
  decode: read,
  encode: (value) => value,
  optional: false,
});

export const optionalParam = <T>(param: Param<T, false>): Param<T, true> => ({ ...param, optional: true });
export const alsoSpelt = <T, O extends boolean>(alias: string, param: Param<T, O>): Param<T, O> => ({ ...param, alias });

export interface PostRequest {
  /** host or host:port. */
  readonly address: string;
  readonly path: string;
  readonly body: string;
  /** The function's name: errors start with it. */
  readonly name: string;
  readonly timeoutMs?: number;
  /** X-Admin-Protocol, where it is not the LPA's own; the server gets it from then on. */
  readonly adminProtocol?: string;
  /** Octets that the answer may have. */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
}
export interface PostAnswer {
  readonly status: number;
  readonly body: string;
}
/** Carries a request body to an RSP server that was found trustworthy, and its answer back. @throws {NetworkError, TrustError} */
export type Post = (request: PostRequest) => Promise<PostAnswer>;

/** Errors of requests of which no octet left this computer. */
const unsent = new WeakSet<object>();

/** Notes that the request of `error` was not sent: the server does not know of it. */
export function markUnsent<E extends object>(error: E): E {
  unsent.add(error);
  return error;
}

/** Whether an error is known to have come before its request was sent. */
export const wasNotSent = (error: unknown): boolean => typeof error === 'object' && error !== null && unsent.has(error);

/** JSON of one answer; the package has a limit of its own. */
export const MAX_JSON = 4 * 1024 * 1024;

export interface CallOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly listener?: Listener;
}

/**
 * Call one function.
 *
 * @throws {ServerError} when functionExecutionStatus is Failed or Expired
 * @throws {DecodeError} when the answer is not what the function answers
 * @throws {NetworkError, TrustError} from the door
 */
export async function callRsp<Req extends Params, Res extends Params>(
  post: Post,
  address: string,
  fn: RspFunction<Req, Res>,
  request: Values<Req>,
  { listener = () => {}, ...options }: CallOptions = {},
): Promise<Values<Res>> {
  const body = JSON.stringify(encodeParams(fn.request, request));
  const started = nowMs();
  const took = (): number => nowMs() - started;
  listener({ type: 'call', door: 'server', name: fn.name, address, request: utf8Bytes(body) });
  try {
    const answer = await post({ address, path: fn.path, body, name: fn.name, ...options });
    listener({ type: 'answer', door: 'server', name: fn.name, response: utf8Bytes(answer.body), ms: took() });
    if (answer.status < 200 || answer.status > 299) {
      throw new NetworkError(`${fn.name}: HTTP status ${answer.status}`, { problem: 'http', httpStatus: answer.status });
    }
    // Something in between shows its pages with HTTP status 200: what it was given has gone nowhere.
    if (/^\s*</.test(answer.body)) throw new DecodeError(fn.name, 'the answer is a page, not JSON: this is no RSP server');
    const { response } = fn;
    // HandleNotification and CancelSession may answer without a body; where there is one, it can hold a refusal.
    if (answer.body === '' && Object.keys(response ?? {}).length === 0) return {} as Values<Res>;
    const json = parseJsonObject(answer.body, fn.name);
    const hasStatus = checkStatus(fn.name, json);
    if (response === null) return {} as Values<Res>;
    if (!hasStatus) throw new DecodeError(`${fn.name}/header`, 'functionExecutionStatus is missing: this is no RSP server');
    return decodeParams(response, json, fn.name);
  } catch (error) {
    listener({ type: 'failed', door: 'server', name: fn.name, ms: took() });
    throw error;
  }
}

/**
 * Checks that the server executed the function (§6.5.1.4).
 *
 * @returns false when the answer has no functionExecutionStatus
 * @throws {ServerError} when the status is neither Executed-Success nor Executed-WithWarning
 * @throws {DecodeError} when functionExecutionStatus has no status
 */
function checkStatus(name: string, json: Record<string, unknown>): boolean {
  const { header } = json as {
    header?: { functionExecutionStatus?: { status?: unknown; statusCodeData?: Record<string, unknown> } | null } | null;
  };
  const execution = header?.functionExecutionStatus ?? undefined;
  if (execution === undefined) return false;
  const { status, statusCodeData } = execution;
  if (typeof status !== 'string') throw new DecodeError(`${name}/header`, 'functionExecutionStatus has no status');
  if (status === 'Executed-Success' || status === 'Executed-WithWarning') return true;
  const code = (member: string): string | undefined => {
    const value = statusCodeData?.[member];
    return typeof value === 'string' ? value : undefined;
  };
  throw new ServerError(name, {
    subjectCode: code('subjectCode') ?? '?',
    reasonCode: code('reasonCode') ?? '?',
    subjectIdentifier: code('subjectIdentifier'),
    message: code('message'),
  });
}

/** @throws {DecodeError} unless `body` is one JSON object */
export function parseJsonObject(body: string, name: string): Record<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch (cause) {
    throw new DecodeError(name, 'the answer is not JSON', { cause });
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new DecodeError(name, 'the answer is no JSON object');
  return json as Record<string, unknown>;
}

/** Members the declaration does not name are passed over. @throws {DecodeError} */
export function decodeParams<P extends Params>(params: P, json: Record<string, unknown>, path: string): Values<P> {
  const value: Record<string, unknown> = {};
  for (const [key, param] of Object.entries(params)) {
    const member = json[key] ?? (param.alias === undefined ? undefined : json[param.alias]);
    if (member !== undefined && member !== null) value[key] = param.decode(member, `${path}/${key}`);
    else if (!param.optional) throw new DecodeError(`${path}/${key}`, 'missing');
  }
  return value as Values<P>; // every mandatory member was just checked
}

export const encodeParams = <P extends Params>(params: P, values: Values<P>): Record<string, unknown> => {
  const given = values as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(params).flatMap(([key, param]) => (given[key] === undefined ? [] : [[key, param.encode(given[key])]])),
  );
};

/** TransactionIds differ in case between JSON and signed octets. */
export const sameTransaction = (a: string, b: string): boolean => a.toUpperCase() === b.toUpperCase();
