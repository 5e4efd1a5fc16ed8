/** One port, two certificates: what each ClientHello gets. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as net from 'node:net';
import { test } from 'node:test';
import * as tls from 'node:tls';
import { prefersBrainpool, tlsListener } from '../../../src/lab/rsp/tls-listener.ts';
import { mintDomain } from './harness.ts';

const listener = tlsListener((_request, response) => response.end('hello'), { who: 'sm-dp+', log: () => {} });

async function listen(): Promise<number> {
  const domains = [await mintDomain('P-256'), await mintDomain('brainpoolP256r1')];
  return listener.listen(
    0,
    domains.map(({ servers }) => ({ identity: servers.dpTls })),
  );
}

/** The curve of the certificate that a client with these groups is shown. */
const shown = (port: number, ecdhCurve: string, socket?: net.Socket): Promise<string | undefined> =>
  new Promise((resolve, reject) => {
    const client = tls.connect({
      ...(socket ? { socket } : { host: 'localhost', port }),
      ecdhCurve,
      maxVersion: 'TLSv1.2',
      rejectUnauthorized: false,
    });
    client.on('error', reject);
    client.on('secureConnect', () => {
      resolve(client.getPeerX509Certificate()?.publicKey.asymmetricKeyDetails?.namedCurve);
      client.destroy();
    });
  });

test('the certificate is on the curve that the client puts first, P-256 where it says nothing of either', async () => {
  const port = await listen();
  assert.equal(await shown(port, 'P-256'), 'prime256v1');
  assert.equal(await shown(port, 'X25519:P-256'), 'prime256v1');
  assert.equal(await shown(port, 'P-256:brainpoolP256r1'), 'prime256v1');
  assert.equal(await shown(port, 'brainpoolP256r1:P-256'), 'brainpoolP256r1');
  assert.equal(await shown(port, 'brainpoolP256r1'), 'brainpoolP256r1');
  await listener.close();
});

test('a ClientHello that comes octet by octet is put together', async () => {
  const port = await listen();
  // A stretch of network that delivers one octet at a time.
  const slow = net.createServer((near) => {
    const far = net.connect({ port, host: 'localhost', noDelay: true });
    let sending = Promise.resolve();
    near.on('data', (chunk: Buffer) => {
      for (const octet of chunk.subarray(0, 40)) {
        sending = sending.then(
          () =>
            new Promise((resolve) => {
              far.write(Buffer.of(octet), () => setImmediate(resolve));
            }),
        );
      }
      sending = sending.then(() => void far.write(chunk.subarray(40)));
    });
    far.pipe(near);
    for (const [one, other] of [[near, far] as const, [far, near] as const]) one.on('error', () => other.destroy());
  });
  slow.listen(0, 'localhost');
  await once(slow, 'listening');
  const at = (slow.address() as net.AddressInfo).port;
  const near = net.connect(at, 'localhost');
  await once(near, 'connect');
  assert.equal(await shown(port, 'brainpoolP256r1', near), 'brainpoolP256r1');
  near.destroy();
  slow.close();
  await listener.close();
});

test('what is no TLS is turned away', async () => {
  const port = await listen();
  const socket = net.connect(port, 'localhost');
  socket.write('GET / HTTP/1.1\r\n\r\n');
  socket.on('error', () => {}); // reset or closed: both are a no
  socket.resume();
  await once(socket, 'close');
  await listener.close();
});

test('a record that is cut off, or is something else, prefers nothing', () => {
  for (const octets of ['', '16', '1603010005', `16030100ff${'ff'.repeat(255)}`, '00'.repeat(100)]) {
    assert.equal(prefersBrainpool(Buffer.from(octets, 'hex')), false, octets);
  }
});
