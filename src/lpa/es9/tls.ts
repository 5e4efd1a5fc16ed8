/**
 * A TLS connection to an RSP server that was found trustworthy. The chain is judged by `pki/trust.ts`, on the
 * certificates as they were sent; OpenSSL's verdict counts only as the voice of the web's roots. Nothing but the
 * handshake has been sent when the socket is handed over.
 */
import type { Socket } from 'node:net';
import * as tls from 'node:tls';
import { LpaError, NetworkError, type NetworkProblem, TrustError } from '../errors.ts';
import { type ServerSide, type TrustAnchors, type Trusted, verifyServerChain } from '../pki/trust.ts';
import { type Environment, type HttpProxy, proxyFor, type Server } from './proxy.ts';

export interface ConnectOptions extends Server {
  readonly role: ServerSide;
  readonly anchors: () => Promise<TrustAnchors>;
  readonly env: Environment;
  readonly timeoutMs: number;
  /** Ends the connection, made or in the making. */
  readonly signal: AbortSignal;
}

export interface TrustedConnection {
  readonly socket: tls.TLSSocket;
  readonly trusted: Trusted;
}

/** Certificates that are taken from a handshake; the trust module looks at no more. */
const MAX_CHAIN = 8;

/** Written out: what OpenSSL offers by itself differs between the releases of Node. */
const SIGNATURES = ['ECDSA', 'RSA-PSS', 'RSA'].flatMap((key) => ['SHA256', 'SHA384', 'SHA512'].map((hash) => `${key}+${hash}`));
const MODERN = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3', ecdhCurve: 'X25519:P-256:P-384:P-521' } as const;
/** OpenSSL does brainpool in TLS 1.2 alone, and a client that offers it first would be refused by others. */
const BRAINPOOL = {
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.2',
  ecdhCurve: 'brainpoolP256r1:brainpoolP384r1:brainpoolP512r1:P-256',
} as const;
type Versions = typeof MODERN | typeof BRAINPOOL;

/**
 * Connect, shake hands, and judge the chain. A server on brainpool refuses the first handshake, or shows a certificate on
 * P-256 that this eUICC has no CI for: it is asked a second time. That was a guess: where it led to no connection, what the
 * first try met is the news; where a chain was shown and judged, that judgement is.
 *
 * @throws {NetworkError} @throws {TrustError} and whatever `anchors` throws
 */
export async function connectTrusted(options: ConnectOptions): Promise<TrustedConnection> {
  const deadline = Date.now() + options.timeoutMs;
  try {
    return await attempt(options, MODERN, deadline);
  } catch (error) {
    if (!mayBeOnBrainpool(error)) throw error;
    return attempt(options, BRAINPOOL, deadline).catch((second: unknown) => {
      throw second instanceof NetworkError ? error : second;
    });
  }
}

function mayBeOnBrainpool(error: unknown): boolean {
  if (error instanceof TrustError) return error.check === 'tlsAnchor' || error.check === 'tlsSignature';
  return error instanceof NetworkError && /HANDSHAKE_FAILURE/.test(codeOf(error.cause));
}

async function attempt(options: ConnectOptions, versions: Versions, deadline: number): Promise<TrustedConnection> {
  const socket = await shakeHands(options, versions, deadline);
  try {
    const sent = chainOf(socket);
    const web = socket.authorized
      ? { authorized: true }
      : { authorized: false, error: String(socket.authorizationError ?? 'unknown') };
    const anchors = await options.anchors();
    const { host, role } = options;
    const trusted = await verifyServerChain({ sent, host, role, anchors, web, now: new Date() });
    return { socket, trusted };
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** `getPeerX509Certificate` answers once; `issuerCertificate` is the next one sent, whoever issued what. */
function chainOf(socket: tls.TLSSocket): readonly Uint8Array[] {
  const sent: Uint8Array[] = [];
  let certificate = socket.getPeerX509Certificate();
  while (certificate && sent.length < MAX_CHAIN) {
    sent.push(Uint8Array.from(certificate.raw));
    certificate = certificate.issuerCertificate;
  }
  return sent;
}

async function shakeHands(
  { host, port, env, signal }: ConnectOptions,
  versions: Versions,
  deadline: number,
): Promise<tls.TLSSocket> {
  const proxy = proxyFor({ host, port }, env);
  const tunnel = proxy && (await tunnelThrough(proxy, { host, port }, deadline));
  const socket = tls.connect({
    ...(tunnel ? { socket: tunnel } : { host, port }),
    ...versions,
    sigalgs: SIGNATURES.join(':'),
    servername: host,
    ALPNProtocols: ['http/1.1'],
    // Every chain goes to verifyServerChain, which also checks the name. `authorized` still tells what the web's roots say,
    // and no session is ever resumed: each connection shows its certificates.
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
  });
  // For a chain that the web roots verified, Node asks for the certificates in its older form, to check the name. That form
  // ends releases of Node 24 and 26 with a segmentation fault where a key is on brainpool (seen with 24.0.2, 24.11.1, 26.0.0).
  Object.assign(socket, { getPeerCertificate: () => ({}) });
  const destroy = (): void => void socket.destroy();
  signal.addEventListener('abort', destroy, { once: true });
  socket.once('close', () => signal.removeEventListener('abort', destroy));
  if (signal.aborted) destroy();
  await secured(socket, host, deadline);
  // The card may work for a long time between two requests; a silent middlebox would drop an idle connection.
  socket.setKeepAlive(true, 30_000);
  return socket;
}

/** CONNECT host:port. */
async function tunnelThrough({ url, credentials }: HttpProxy, { host, port }: Server, deadline: number): Promise<Socket> {
  const at = `proxy ${url.host}`;
  const { request } = url.protocol === 'https:' ? await import('node:https') : await import('node:http');
  const authority = `${host}:${port}`;
  const asked = request({
    method: 'CONNECT',
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port || (url.protocol === 'https:' ? 443 : 80),
    path: authority,
    headers: {
      host: authority,
      ...(credentials && { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` }),
    },
    agent: false,
    rejectUnauthorized: true,
  });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => asked.destroy(timeout(at)), Math.max(0, deadline - Date.now()));
    asked.once('error', (error) => {
      clearTimeout(timer);
      const cause = connectionError(error, at);
      reject(new NetworkError(cause.message, { problem: 'proxy', cause: error }));
    });
    asked.once('response', () => asked.destroy(new Error('the proxy did not open a tunnel')));
    asked.once('connect', ({ statusCode = 0 }, socket) => {
      clearTimeout(timer);
      if (statusCode === 200) return resolve(socket);
      socket.destroy();
      reject(new NetworkError(`${at}: HTTP status ${statusCode} for ${authority}`, { problem: 'proxy', httpStatus: statusCode }));
    });
    asked.end();
  });
}

async function secured(socket: tls.TLSSocket, host: string, deadline: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => socket.destroy(timeout(host)), Math.max(0, deadline - Date.now()));
    const end = (error: Error): void => {
      clearTimeout(timer);
      reject(connectionError(error, host));
    };
    socket.once('error', end);
    const closed = (): void => end(Object.assign(new Error('closed during the handshake'), { code: 'ECONNRESET' }));
    socket.once('close', closed);
    socket.once('secureConnect', () => {
      clearTimeout(timer);
      socket.off('error', end);
      socket.off('close', closed);
      // An error while nobody reads is told to the next request.
      socket.on('error', () => {});
      resolve();
    });
  });
}

const timeout = (who: string): NetworkError => new NetworkError(`${who}: no connection in time`, { problem: 'timeout' });

const PROBLEMS: readonly (readonly [RegExp, NetworkProblem, string])[] = [
  [/^(ENOTFOUND|EAI_.*|ENODATA)$/, 'name', 'the name is not known'],
  [/^ECONNREFUSED$/, 'refused', 'nobody answers there (connection refused)'],
  [/^(EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|ENETDOWN|EHOSTDOWN)$/, 'unreachable', 'cannot be reached'],
  [/^(ECONNRESET|EPIPE|ECONNABORTED|UND_ERR_SOCKET)$/, 'reset', 'the connection was closed'],
  [/^(ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/, 'timeout', 'no connection in time'],
  [/^(UND_ERR_HEADERS_OVERFLOW|HPE_HEADER_OVERFLOW)$/, 'size', 'the headers of the answer are too long'],
  [/^(HPE_.*|UND_ERR_.*)$/, 'http', 'the answer is not HTTP'],
  [/^(ERR_SSL_.*|EPROTO|ERR_TLS_.*)$/, 'tls', 'no TLS connection could be agreed on'],
];

/** What Node says of a failed connection, as one of ours. */
export function connectionError(error: unknown, who: string): LpaError {
  if (error instanceof LpaError) return error;
  const code = codeOf(error);
  const [, problem, words] = PROBLEMS.find(([codes]) => codes.test(code)) ?? [undefined, 'other' as const, messageOf(error)];
  return new NetworkError(`${who}: ${words}${problem === 'tls' ? ` (${code})` : ''}`, { problem, cause: error });
}

/** Of several addresses tried in turn, the first one's. */
function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  if ('errors' in error && Array.isArray(error.errors)) return codeOf(error.errors[0]);
  // undici names the kind only where its parser did.
  return error instanceof Error && error.name === 'HTTPParserError' ? 'HPE_INVALID' : '';
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
