/**
 * HTTP POST over connections that are handed in, one at a time and kept between requests (RFC 9112). It is Node's own
 * client: undici takes 110 ms to load, and V8 compiles its parser at the first answer, which costs 33 MB of memory.
 */
import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { NetworkError } from '../errors.ts';

export interface ClientRequestParts {
  /** The same ones for each request. */
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
}

export interface KeptClient {
  /** A connection is there, and the next request uses it. */
  readonly isConnected: boolean;
  /** Sends one request, once. @returns status and body of the answer, the body not yet read */
  send(parts: ClientRequestParts): Promise<IncomingMessage>;
  /** Ends the connection, and a request that waits for its answer. */
  close(): void;
}

/** @param connect gives the next connection; called where none is kept */
export function keptClient(connect: () => Promise<Socket>): KeptClient {
  let kept: Socket | undefined;
  const agent = new Agent({ keepAlive: true, keepAliveMsecs: 30_000, maxSockets: 1 });
  agent.createConnection = (_options, handOver) => {
    connect().then(
      (socket) => {
        kept = socket;
        handOver?.(null, socket);
      },
      // Its type has a socket for a failure too; Node takes none.
      (error: Error) => (handOver as ((error: Error) => void) | undefined)?.(error),
    );
    return undefined;
  };
  return {
    get isConnected() {
      if (kept && !isLive(kept)) {
        // The server has ended its side: the agent must not choose this connection again.
        kept.destroy();
        kept = undefined;
      }
      return kept !== undefined;
    },
    send({ host, port, path, headers, body, signal }) {
      const sent = httpRequest({
        agent,
        host,
        port,
        method: 'POST',
        path,
        headers: { ...headers, host: port === 443 ? host : `${host}:${port}`, 'content-length': Buffer.byteLength(body) },
        insecureHTTPParser: false,
        signal,
      });
      const answer = answerTo(sent);
      sent.end(body);
      return answer;
    },
    close: () => agent.destroy(),
  };
}

function answerTo(sent: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    sent.once('response', resolve);
    sent.on('error', reject);
    sent.once('upgrade', (_response, socket) => {
      socket.destroy();
      reject(new NetworkError('the server changes to another protocol', { problem: 'http' }));
    });
  });
}

export const isLive = (socket: Socket): boolean => !socket.destroyed && socket.writable && !socket.readableEnded;
