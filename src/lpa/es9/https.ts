/**
 * The door to SM-DP+ and SM-DS: HTTPS POST over connections whose servers were found trustworthy first (SGP.22 v2.5
 * §6.1, §6.5.1). One connection per server, kept while the card works, so that a download with its notification
 * costs one handshake. No redirects, no retries: a request is sent once.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import type { Client, Dispatcher } from 'undici';
import { utf8Text } from '../bytes.ts';
import { LpaError, NetworkError } from '../errors.ts';
import type { Listener } from '../events.ts';
import type { ServerSide, TrustAnchors, Trusted } from '../pki/trust.ts';
import { ADMIN_PROTOCOL } from './admin-protocol.ts';
import { GetBoundProfilePackage } from './es9p.ts';
import { MAX_JSON, markUnsent, type Post, type PostAnswer, type PostRequest } from './function.ts';
import type { Environment } from './proxy.ts';
import { connectionError, connectTrusted } from './tls.ts';

export interface RspDoorOptions {
  /** What the chip and the user trust; asked for after the handshake, so the card may power up meanwhile. */
  readonly anchors: () => Promise<TrustAnchors>;
  /** For a whole answer; 60 seconds. */
  readonly timeoutMs?: number;
  /** For the answer of GetBoundProfilePackage; 180 seconds. */
  readonly packageTimeoutMs?: number;
  readonly connectTimeoutMs?: number;
  readonly listener?: Listener;
  /** Of which HTTPS_PROXY and NO_PROXY are read. */
  readonly env?: Environment;
}

export interface RspDoor extends AsyncDisposable {
  readonly post: Post;
  /** Start the handshake now. A failure is told by the first `post` to this address. @param address host or host:port */
  connect(address: string, role?: ServerSide): void;
  /** Shake hands now and judge the server; nothing is sent. @throws {NetworkError} @throws {TrustError} */
  reach(address: string, role?: ServerSide): Promise<Trusted>;
  /** Who vouches for the server at `address`; undefined before a connection was trusted. */
  trustOf(address: string): Trusted | undefined;
}

const HEADERS = {
  'user-agent': 'gsma-rsp-lpad',
  'content-type': 'application/json',
} as const;

/** Longer than any card works, so that its result goes the way its package came. */
const KEEP_ALIVE_MS = 600_000;

/** undici costs 110 ms: it is loaded when the first connection is opened. It is CommonJS: a bundle has it as the default alone. */
const loadUndici = async () => (await import('undici')).default;

export function openRspDoor(options: RspDoorOptions): RspDoor {
  const servers = new Map<string, RspServer>();
  const serverAt = (address: string, role: ServerSide): RspServer => {
    const key = `${role} ${address.toLowerCase()}`;
    const known = servers.get(key);
    if (known) return known;
    const server = new RspServer(address, role, options);
    servers.set(key, server);
    return server;
  };
  return {
    post: (request) => serverAt(request.address, /^ES1[12]\./.test(request.name) ? 'ds' : 'dp').post(request),
    connect: (address, role = 'dp') => serverAt(address, role).connect(),
    reach: (address, role = 'dp') => serverAt(address, role).reach(),
    trustOf: (address) =>
      servers.get(`dp ${address.toLowerCase()}`)?.trusted ?? servers.get(`ds ${address.toLowerCase()}`)?.trusted,
    async [Symbol.asyncDispose]() {
      await Promise.all([...servers.values()].map((server) => server.close()));
    },
  };
}

/** Shake hands with one server and judge it; nothing is sent. @throws {NetworkError} @throws {TrustError} */
export async function reachServer(options: RspDoorOptions, address: string, role: ServerSide): Promise<Trusted> {
  await using door = openRspDoor(options);
  return await door.reach(address, role);
}

/** One server in one role, and the connection to it. */
class RspServer {
  trusted: Trusted | undefined;
  readonly #address: string;
  readonly #role: ServerSide;
  readonly #options: RspDoorOptions;
  #client: Promise<Client> | undefined;
  #isConnected = false;
  #adminProtocol = ADMIN_PROTOCOL;
  readonly #closed = new AbortController();
  /** A connection that no request has used yet. */
  #fresh: Promise<TLSSocket> | undefined;

  constructor(address: string, role: ServerSide, options: RspDoorOptions) {
    this.#address = address;
    this.#role = role;
    this.#options = options;
  }

  connect(): void {
    if (this.#isConnected || this.#fresh) return;
    this.#fresh = this.#open();
    this.#fresh.catch(() => {}); // told by the first post
    this.#loadClient().catch(() => {}); // likewise
  }

  async reach(): Promise<Trusted> {
    await this.#takeable();
    return this.trusted!; // a connection that can be taken was trusted first
  }

  async post(request: PostRequest): Promise<PostAnswer> {
    const { name, signal } = request;
    const client = await this.#readyClient(request);
    this.#adminProtocol = request.adminProtocol ?? this.#adminProtocol;
    const limit = limitOf(request, this.#options);
    const stop = new AbortController();
    const timer = setTimeout(
      () => stop.abort(new NetworkError(`${name}: no answer within ${limit / 1000} s`, { problem: 'timeout' })),
      limit,
    );
    try {
      const answer = await client.request({
        method: 'POST',
        path: request.path,
        headers: { ...HEADERS, 'x-admin-protocol': this.#adminProtocol },
        body: request.body,
        signal: signal ? AbortSignal.any([signal, stop.signal]) : stop.signal,
      });
      return { status: answer.statusCode, body: await readBody(answer, request) };
    } catch (error) {
      if (stop.signal.aborted) throw stop.signal.reason;
      signal?.throwIfAborted();
      throw error instanceof LpaError ? error : connectionError(error, name);
    } finally {
      clearTimeout(timer);
    }
  }

  /** The client, with a connection that was trusted. What fails here fails before the request is sent. */
  async #readyClient({ name, signal }: PostRequest): Promise<Client> {
    try {
      // The server may have closed the kept connection while the card worked. Between two turns the event loop reads what
      // has arrived on each connection, so a closed one is known before a request is written.
      await nextTurn();
      await nextTurn();
      const client = await this.#loadClient();
      signal?.throwIfAborted();
      if (!this.#isConnected) await abortable(this.#takeable(), signal);
      return client;
    } catch (cause) {
      if (cause instanceof LpaError) throw markUnsent(cause);
      // The reason of a signal may be shared with other requests: it cannot carry the mark.
      throw markUnsent(new NetworkError(`${name}: aborted before the request was sent`, { cause }));
    }
  }

  async close(): Promise<void> {
    this.#closed.abort();
    const socket = this.#fresh;
    this.#fresh = undefined;
    socket?.then((unused) => unused.destroy()).catch(() => {}); // its failure is nobody's any more
    await (await this.#client)?.destroy();
  }

  #loadClient(): Promise<Client> {
    this.#client ??= this.#newClient();
    return this.#client;
  }

  /** A live connection, made before the time for an answer begins to run. */
  async #takeable(): Promise<void> {
    const waiting = this.#fresh;
    const socket = await waiting?.catch((error: unknown) => {
      this.#fresh = undefined;
      throw error;
    });
    if (socket && isLive(socket)) return;
    this.#fresh = this.#open();
    await this.#fresh.catch((error: unknown) => {
      this.#fresh = undefined;
      throw error;
    });
  }

  async #newClient(): Promise<Client> {
    const { Client } = await loadUndici();
    const { host, port } = hostAndPort(this.#address);
    const client = new Client(`https://${host}:${port}`, {
      connect: (_options, handOver) => {
        const ready = this.#fresh ?? this.#open();
        this.#fresh = undefined;
        ready.then((socket) => handOver(null, socket)).catch((error: Error) => handOver(error, null));
      },
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      // One deadline for the whole answer, kept by post: a server that drips does not start it anew.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    client.on('connect', () => {
      this.#isConnected = true;
    });
    client.on('disconnect', () => {
      this.#isConnected = false;
    });
    return client;
  }

  async #open(): Promise<TLSSocket> {
    const { anchors, connectTimeoutMs = 15_000, env = process.env, listener } = this.#options;
    const { host, port } = hostAndPort(this.#address);
    const { socket, trusted } = await connectTrusted({
      host,
      port,
      role: this.#role,
      anchors,
      env,
      timeoutMs: connectTimeoutMs,
      signal: this.#closed.signal,
    });
    this.trusted = trusted;
    listener?.({ type: 'connected', address: this.#address, ...trusted });
    return socket;
  }
}

const isLive = (socket: TLSSocket): boolean => !socket.destroyed && socket.writable && !socket.readableEnded;

/** Stop waiting when the signal says so; what was begun may end by itself. */
async function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

function limitOf({ name, timeoutMs }: PostRequest, options: RspDoorOptions): number {
  if (timeoutMs !== undefined) return timeoutMs;
  return name === GetBoundProfilePackage.name ? (options.packageTimeoutMs ?? 180_000) : (options.timeoutMs ?? 60_000);
}

/** The body, and no more octets of it than the request allows, whatever content-length said. */
async function readBody({ body, headers }: Dispatcher.ResponseData, { name, maxBytes = MAX_JSON }: PostRequest): Promise<string> {
  const tooLong = (): NetworkError => new NetworkError(`${name}: the answer exceeds ${maxBytes} octets`, { problem: 'size' });
  if (Number(headers['content-length'] ?? 0) > maxBytes) {
    body.on('error', () => {}); // that it was destroyed is no news
    body.destroy();
    throw tooLong();
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > maxBytes) throw tooLong();
    chunks.push(chunk);
  }
  return utf8Text(Buffer.concat(chunks));
}

/** The address was found good where it came in: a host name, perhaps a port. */
function hostAndPort(address: string): { host: string; port: number } {
  const [, host = '', port = '443'] = /^([^:/?#@[\]]+)(?::(\d{1,5}))?$/.exec(address) ?? [];
  if (host === '') throw new NetworkError('not an address of a server', { problem: 'name' });
  return { host: host.toLowerCase(), port: Number(port) };
}
