/**
 * The server's side of the JSON binding (SGP.22 v2.5 §6.4, §6.5): the same declarations that the client calls, answered.
 * Faults of HTTP and JSON are made here; those of what is said, where it is said.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import * as https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { utf8Text } from '../../bytes.ts';
import { DecodeError } from '../../errors.ts';
import { decodeParams, encodeParams, type Params, parseJsonObject, type RspFunction, type Values } from '../../es9/function.ts';
import { toPem } from '../../pki/pem.ts';
import type { LabLog, LogEntry } from '../log.ts';
import type { TlsCertificates } from './fault-hooks.ts';
import type { ServerFault } from './faults.ts';
import { Refusal } from './refusal.ts';

/** What a function says of itself in the log. */
export type Say = (detail: string, data?: Readonly<Record<string, unknown>>) => void;
export interface Call {
  /** The faults that concern this function. */
  readonly faults: readonly ServerFault[];
  say: Say;
}

/** A function and who answers it. */
export interface Route {
  readonly fn: RspFunction<Params, Params>;
  answer(request: unknown, call: Call): Promise<unknown>;
}

/** @throws {Refusal} from `answer`, when the function is refused */
export const route = <Req extends Params, Res extends Params>(
  fn: RspFunction<Req, Res>,
  answer: (request: Values<Req>, call: Call) => Promise<Values<Res>>,
): Route => ({ fn, answer: (request, call) => answer(request as Values<Req>, call) }); // decoded with fn.request, see `carryOut`

export interface RspServerOptions {
  readonly who: LogEntry['who'];
  readonly routes: readonly Route[];
  readonly faults: () => readonly ServerFault[];
  readonly log: LabLog;
  /** Request headers that the binding asks for, by status code; the operator's side asks for fewer. */
  readonly adminProtocol: 'required' | 'optional';
}

export interface RspServer {
  /** @returns the port */
  listen(port: number, tls: TlsCertificates): Promise<number>;
  /** For connections from now on. */
  setTls(tls: TlsCertificates): void;
  close(): Promise<void>;
}

const MAX_BODY = 4 * 1024 * 1024;
/** Kept as long as a card may work. */
const KEEP_ALIVE_MS = 600_000;
const OUR_VERSION = 'gsma/rsp/v2.5.0';

export function createRspServer(options: RspServerOptions): RspServer {
  const { who, log } = options;
  const sockets = new Set<Socket>();
  const server = https.createServer((request, response) => {
    handle(options, request, response, () => void close()).catch((error: unknown) => {
      const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
      log({ who, event: 'fault of the lab', detail, data: { path: request.url } });
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('secureConnection', (socket) => {
    const protocol = socket.getProtocol();
    log({ who, event: 'TLS', detail: `a connection, ${protocol}`, data: { protocol } });
  });
  server.on('tlsClientError', (error: NodeJS.ErrnoException) =>
    log({ who, event: 'TLS', detail: `no connection: ${error.code ?? error.message}`, data: { error: error.code } }),
  );
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  };
  return {
    async listen(port, tls) {
      server.setSecureContext(contextOf(tls));
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, 'localhost', () => {
          server.off('error', reject);
          resolve();
        });
      });
      return (server.address() as AddressInfo).port;
    },
    setTls: (tls) => server.setSecureContext(contextOf(tls)),
    close,
  };
}

const contextOf = ({ identity, above = [] }: TlsCertificates): https.ServerOptions => ({
  key: identity.privateKey.export({ type: 'pkcs8', format: 'pem' }),
  cert: [identity.certificate, ...above].map(toPem).join(''),
  minVersion: 'TLSv1.2',
});

async function handle(
  options: RspServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
  die: () => void,
): Promise<void> {
  const path = request.url ?? '';
  const found = options.routes.find(({ fn }) => fn.path === path);
  const body = await readBody(request);
  if (!found) return void response.writeHead(404).end();
  if (request.method !== 'POST') return void response.writeHead(405, { allow: 'POST' }).end();
  if (body === undefined) return void response.writeHead(413).end();
  const faults = options.faults().filter(({ where }) => where === undefined || path.endsWith(`/${where}`));
  for (const { delayMs } of faults) if (delayMs !== undefined) await sleep(delayMs);
  const instead = faults.find((fault) => fault.instead);
  if (instead) {
    options.log({ who: options.who, event: 'fault', detail: `${found.fn.name}: ${instead.text}`, data: { fault: instead.text } });
    return instead.instead?.(response);
  }
  const answer = await carryOut(options, found, request, body, faults);
  response.setHeader('x-admin-protocol', versionFor(request));
  if (faults.some(({ diesAfterwards }) => diesAfterwards)) response.on('finish', die);
  if (answer === undefined) return void response.writeHead(204).end();
  const json = faults.reduce((current, fault) => fault.json?.(current) ?? current, answer);
  const text = JSON.stringify(json);
  const send = faults.find((fault) => fault.send)?.send;
  if (send) send(response, text);
  else response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }).end(text);
}

type Json = Record<string, unknown>;

/** The body of the answer; undefined for one that has none. */
async function carryOut(
  { who, log, adminProtocol }: RspServerOptions,
  { fn, answer }: Route,
  request: IncomingMessage,
  body: string,
  faults: readonly ServerFault[],
): Promise<Json | undefined> {
  let transactionId: string | undefined;
  const data = { function: fn.name };
  const entry = (detail: string, more: Json): void =>
    log({ who, event: fn.name, ...(transactionId !== undefined && { transactionId }), detail, data: { ...data, ...more } });
  try {
    checkHeaders(request, adminProtocol);
    const json = parseJsonObject(body, fn.name);
    if (typeof json['transactionId'] === 'string') transactionId = json['transactionId'].toUpperCase();
    const refusal = faults.find((fault) => fault.refusal)?.refusal;
    if (refusal) throw new Refusal(refusal.code, 'asked for by a fault', refusal.status);
    const values = decodeParams(fn.request, json, fn.name);
    const said: { detail: string; data: Json }[] = [];
    const result = await answer(values, { faults, say: (detail, more = {}) => said.push({ detail, data: more }) });
    const status = { status: 'Executed-Success' };
    const response = fn.response && encodeParams(fn.response, result as Values<Params>);
    transactionId ??= typeof response?.['transactionId'] === 'string' ? response['transactionId'] : undefined;
    for (const { detail, data: more } of said) entry(detail, { ...status, ...more });
    return response ? { header: { functionExecutionStatus: status }, ...response } : undefined;
  } catch (error) {
    const refusal = asRefusal(error);
    if (!refusal) throw error;
    const { status, subjectCode, reasonCode, message } = refusal;
    entry(`${message}: ${status} ${refusal.code}`, { status, subjectCode, reasonCode });
    return { header: { functionExecutionStatus: { status, statusCodeData: { subjectCode, reasonCode, message } } } };
  }
}

/** What cannot be read is refused too: function, invalid (1.6/2.1). */
function asRefusal(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error;
  return error instanceof DecodeError ? new Refusal('1.6/2.1', error.message) : undefined;
}

/** Media type and version are what the binding says; a parameter of the media type may follow. */
function checkHeaders({ headers }: IncomingMessage, adminProtocol: RspServerOptions['adminProtocol']): void {
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json')
    throw new Refusal('1.2.1/2.1', `Content-Type is ${type ?? 'missing'}, expected application/json`);
  const version = headers['x-admin-protocol'];
  if (adminProtocol === 'optional' && version === undefined) return;
  if (typeof version !== 'string' || !/^gsma\/rsp\/v[23]\.\d+\.\d+$/.test(version)) {
    throw new Refusal('1.2.2/2.1', `X-Admin-Protocol is ${version ?? 'missing'}, expected gsma/rsp/v2.x.y`);
  }
}

/** The lower of both versions: what the client speaks of v2, or ours. */
function versionFor({ headers }: IncomingMessage): string {
  const asked = headers['x-admin-protocol'];
  return typeof asked === 'string' && /^gsma\/rsp\/v2\.[0-4]\.\d+$/.test(asked) ? asked : OUR_VERSION;
}

/** undefined when it is too long. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of request) {
    length += part.length;
    if (length <= MAX_BODY) parts.push(part);
  }
  return length > MAX_BODY ? undefined : utf8Text(Buffer.concat(parts));
}
