/**
 * RSP functions over HTTPS, the server's side, in JSON and in ASN.1 (SGP.22 v2.5 §6). Faults of HTTP and JSON are made here;
 * those of what is said, where it is said.
 */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { concat } from '../../lpa/bytes.ts';
import type { Params, Values } from '../../lpa/es9/function.ts';
import type { LabLog, LogEntry } from '../state/log.ts';
import { ASN1_PATH, ASN1_TYPE, readAsn1 } from './asn1-binding.ts';
import type { ServerFault } from './faults.ts';
import { type Json, readJson, writeJson } from './json-binding.ts';
import { type Done, perform, type Route } from './routes.ts';
import { type TlsListener, tlsListener } from './tls-listener.ts';

export interface RspServerOptions {
  readonly who: LogEntry['who'];
  readonly routes: readonly Route[];
  readonly faults: () => readonly ServerFault[];
  readonly log: LabLog;
  /** Operators need not send X-Admin-Protocol. */
  readonly audience: 'lpas' | 'operators';
}

const MAX_BODY = 4 * 1024 * 1024;
const OUR_VERSION = 'gsma/rsp/v2.5.0';

export function createRspServer(options: RspServerOptions): TlsListener {
  const { who, log } = options;
  const listener: TlsListener = tlsListener((request, response) => {
    handle(options, request, response, () => void listener.close()).catch((error: unknown) => {
      const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
      log({ who, event: 'fault of the lab', detail, data: { path: request.url } });
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  }, options);
  return listener;
}

async function handle(
  options: RspServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
  die: () => void,
): Promise<void> {
  const path = request.url ?? '';
  const body = await readBody(request);
  const asked = body && askedFor(options, path, body);
  if (body === undefined) return void response.writeHead(413).end();
  if (!asked) return void response.writeHead(404).end();
  if (request.method !== 'POST') return void response.writeHead(405, { allow: 'POST' }).end();
  const { fn } = asked.route;
  const faults = options.faults().filter(({ where }) => where === undefined || fn.path.endsWith(`/${where}`));
  for (const { delayMs } of faults) if (delayMs !== undefined) await sleep(delayMs);
  const instead = faults.find((fault) => fault.instead);
  if (instead) {
    options.log({ who: options.who, event: 'fault', detail: `${fn.name}: ${instead.text}`, data: { fault: instead.text } });
    return instead.instead?.(response);
  }
  const done = await perform(asked.route, () => asked.read(request.headers), { ...options, faults });
  response.setHeader('x-admin-protocol', versionFor(request));
  if (faults.some(({ diesAfterwards }) => diesAfterwards)) response.on('finish', die);
  asked.send(response, done, faults);
}

interface Asked {
  readonly route: Route;
  read(headers: IncomingHttpHeaders): Values<Params>;
  send(response: ServerResponse, done: Done, faults: readonly ServerFault[]): void;
}

/** @returns undefined where nothing of this server is asked for */
function askedFor({ routes, audience }: RspServerOptions, path: string, body: Uint8Array): Asked | undefined {
  if (path === ASN1_PATH) {
    const asn1 = readAsn1(routes, body);
    return asn1 && { ...asn1, send: (response, done) => sendOctets(response, asn1.write(done)) };
  }
  const route = routes.find(({ fn }) => fn.path === path);
  if (!route) return undefined;
  return {
    route,
    read: (headers) => readJson(route, headers, body, audience === 'operators'),
    send: (response, done, faults) => sendJson(response, writeJson(route, done), faults),
  };
}

function sendOctets(response: ServerResponse, octets: Uint8Array | undefined): void {
  if (octets === undefined) return void response.writeHead(204).end();
  response.writeHead(200, { 'content-type': ASN1_TYPE, 'content-length': octets.length }).end(octets);
}

function sendJson(response: ServerResponse, answer: Json | undefined, faults: readonly ServerFault[]): void {
  if (answer === undefined) return void response.writeHead(204).end();
  const text = JSON.stringify(faults.reduce((current, fault) => fault.json?.(current) ?? current, answer));
  const send = faults.find((fault) => fault.send)?.send;
  if (send) send(response, text);
  else response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }).end(text);
}

/** The lower of both versions: what the client speaks of v2, or ours. */
function versionFor({ headers }: IncomingMessage): string {
  const asked = headers['x-admin-protocol'];
  return typeof asked === 'string' && /^gsma\/rsp\/v2\.[0-4]\.\d+$/.test(asked) ? asked : OUR_VERSION;
}

/** undefined when it is too long. */
async function readBody(request: IncomingMessage): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of request) {
    length += part.length;
    if (length <= MAX_BODY) parts.push(part);
  }
  return length > MAX_BODY ? undefined : concat(...parts);
}
