/**
 * HTTPS on one port with a certificate for each curve. OpenSSL holds one elliptic-curve certificate at a time, so the
 * ClientHello is read first: who puts brainpoolP256r1 before P-256 gets the certificate on brainpool.
 */
import type { RequestListener } from 'node:http';
import * as https from 'node:https';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type Curve, curveOf } from '../../lpa/pki/ecdsa.ts';
import { toPem } from '../../lpa/pki/pem.ts';
import type { LabLog, LogEntry } from '../state/log.ts';
import type { TlsCertificates } from './fault-hooks.ts';

export interface TlsListener {
  /** @param tls the preferred one first @returns the port */
  listen(port: number, tls: readonly TlsCertificates[]): Promise<number>;
  /** For connections from now on. */
  setTls(tls: readonly TlsCertificates[]): void;
  close(): Promise<void>;
}

/** Kept as long as a card may work. */
const KEEP_ALIVE_MS = 600_000;
const HELLO_TIMEOUT_MS = 30_000;

export function tlsListener(onRequest: RequestListener, { who, log }: { who: LogEntry['who']; log: LabLog }): TlsListener {
  const sockets = new Set<Socket>();
  let servers: readonly { readonly curve: Curve; readonly server: https.Server }[] = [];
  const secure = (tls: TlsCertificates): https.Server => {
    const server = https.createServer(contextOf(tls), onRequest);
    server.keepAliveTimeout = KEEP_ALIVE_MS;
    server.on('secureConnection', (socket) => {
      const protocol = socket.getProtocol();
      log({ who, event: 'TLS', detail: `a connection, ${protocol}`, data: { protocol } });
    });
    server.on('tlsClientError', (error: NodeJS.ErrnoException) =>
      log({ who, event: 'TLS', detail: `no connection: ${error.code ?? error.message}`, data: { error: error.code } }),
    );
    return server;
  };
  const front = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy()); // gone before it said hello
    socket.setTimeout(HELLO_TIMEOUT_MS, () => socket.destroy());
    clientHello(socket, (hello) => {
      socket.setTimeout(0);
      const wanted: Curve = prefersBrainpool(hello) ? 'brainpoolP256r1' : 'P-256';
      const chosen = servers.find(({ curve }) => curve === wanted) ?? servers[0];
      chosen?.server.emit('connection', socket);
    });
  });
  const setTls = (tls: readonly TlsCertificates[]): void => {
    servers = tls.map((each) => ({ curve: curveOf(each.identity.privateKey) ?? 'P-256', server: secure(each) }));
  };
  return {
    setTls,
    async listen(port, tls) {
      setTls(tls);
      await new Promise<void>((resolve, reject) => {
        front.once('error', reject);
        front.listen(port, 'localhost', () => {
          front.off('error', reject);
          resolve();
        });
      });
      return (front.address() as AddressInfo).port;
    },
    async close() {
      if (!front.listening) return;
      await new Promise<void>((resolve) => {
        front.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      });
    },
  };
}

const contextOf = ({ identity, above = [] }: TlsCertificates): https.ServerOptions => ({
  key: identity.privateKey.export({ type: 'pkcs8', format: 'pem' }),
  cert: [identity.certificate, ...above].map(toPem).join(''),
  minVersion: 'TLSv1.2',
  // For keys to agree on; which certificate is shown is settled. OpenSSL's own choice leaves brainpool out.
  ecdhCurve: 'X25519:P-256:brainpoolP256r1:P-384',
});

/** The first record of a connection, given back to the socket unread. What is no TLS is passed on as it is. */
function clientHello(socket: Socket, ready: (hello: Buffer) => void): void {
  let got: Buffer = Buffer.alloc(0);
  const look = (chunk: Buffer): void => {
    got = Buffer.concat([got, chunk]);
    const isTls = got[0] === HANDSHAKE_RECORD;
    if (isTls && (got.length < 5 || got.length < 5 + got.readUInt16BE(3))) return;
    socket.off('data', look);
    socket.pause();
    socket.unshift(got);
    ready(got);
  };
  socket.on('data', look);
}

const HANDSHAKE_RECORD = 22;
const SUPPORTED_GROUPS = 10;
const P256 = 0x0017;
const BRAINPOOL_P256 = 0x001a;

/** RFC 8446 §4.1.2, RFC 8422 §5.1.1. A hello that is cut off or made otherwise prefers nothing. */
export function prefersBrainpool(octets: Uint8Array): boolean {
  const record = Buffer.from(octets.buffer, octets.byteOffset, octets.length);
  try {
    let at = 5 + 4 + 2 + 32; // record, handshake, version, random
    at += 1 + record.readUInt8(at); // session id
    at += 2 + record.readUInt16BE(at); // cipher suites
    at += 1 + record.readUInt8(at); // compression methods
    const end = at + 2 + record.readUInt16BE(at);
    for (at += 2; at < end; at += 4 + record.readUInt16BE(at + 2)) {
      if (record.readUInt16BE(at) !== SUPPORTED_GROUPS) continue;
      const count = record.readUInt16BE(at + 4) / 2;
      const groups = Array.from({ length: count }, (_, i) => record.readUInt16BE(at + 6 + 2 * i));
      const brainpool = groups.indexOf(BRAINPOOL_P256);
      return brainpool >= 0 && (!groups.includes(P256) || brainpool < groups.indexOf(P256));
    }
    return false;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
