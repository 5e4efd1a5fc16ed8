/** The door against real TLS servers: what is sent, what is refused before anything is sent, and what each failure is called. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, stat, writeFileSync } from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';
import * as net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  type Identity,
  mintCi,
  mintCiSubCa,
  mintDpTls,
  mintDsTls,
  mintEum,
  mintServerSubCa,
  type Overrides,
} from '../../src/lab/pki/mint.ts';
import { toHex } from '../../src/lpa/bytes.ts';
import { NetworkError, TrustError } from '../../src/lpa/errors.ts';
import { openRspDoor, type RspDoor, type RspDoorOptions } from '../../src/lpa/es9/https.ts';
import type { DoorEvent } from '../../src/lpa/events.ts';
import { readCertificate } from '../../src/lpa/pki/certificate.ts';
import { keyIdentifier, publicPoint } from '../../src/lpa/pki/ecdsa.ts';
import { toPem } from '../../src/lpa/pki/pem.ts';
import type { TrustAnchors } from '../../src/lpa/pki/trust.ts';

let ci: Identity;
let good: Identity;
const closing: (() => unknown)[] = [];

before(async () => {
  ci = await mintCi();
  good = await mintDpTls(ci, 'localhost');
});
after(async () => {
  for (const close of closing.reverse()) await close();
});

const idOf = ({ privateKey }: Identity): string => keyIdentifier(publicPoint(privateKey));

interface TestServer {
  readonly address: string;
  readonly seen: { method: string; path: string; headers: http.IncomingHttpHeaders; body: string }[];
  /** Octets of applications that came after a handshake. */
  octets(): number;
  handshakes(): number;
  /** Ends every connection at once. */
  cut(): void;
}

type Handler = (response: http.ServerResponse, body: string, request: http.IncomingMessage) => void;
const ok: Handler = (response) => response.end('{"ok":true}');

/** A TLS server that presents `identity`, then the others, and answers every request with `handler`. */
async function serve(
  handler: Handler,
  { identity = good, above = [], ...options }: { identity?: Identity; above?: Identity[] } & https.ServerOptions = {},
): Promise<TestServer> {
  const seen: TestServer['seen'] = [];
  const sockets = new Set<net.Socket>();
  let handshakes = 0;
  let closed = 0;
  const server = https.createServer(
    {
      key: identity.privateKey.export({ type: 'pkcs8', format: 'pem' }),
      cert: [identity, ...above].map(({ certificate }) => toPem(certificate)).join(''),
      ...options,
    },
    async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part);
      const body = Buffer.concat(parts).toString();
      seen.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers, body });
      handler(response, body, request);
    },
  );
  server.keepAliveTimeout = 600_000;
  server.on('secureConnection', (socket) => {
    handshakes++;
    sockets.add(socket);
    socket.on('close', () => {
      closed += socket.bytesRead;
      sockets.delete(socket);
    });
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as net.AddressInfo;
  return {
    address: `localhost:${port}`,
    seen,
    handshakes: () => handshakes,
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
    octets: () => closed + [...sockets].reduce((sum, socket) => sum + socket.bytesRead, 0),
  };
}

const door = (options: Partial<RspDoorOptions> & { trust?: Partial<TrustAnchors> } = {}): RspDoor => {
  const { trust, ...rest } = options;
  const opened = openRspDoor({
    anchors: async () => ({ ciPKIds: [idOf(ci)], ca: [], allowTestCi: false, strictCi: false, ...trust }),
    env: {},
    ...rest,
  });
  closing.push(() => opened[Symbol.asyncDispose]());
  return opened;
};

const request = (address: string, more: object = {}) => ({
  address,
  path: '/gsma/rsp2/es9plus/initiateAuthentication',
  body: '{"a":1}',
  name: 'ES9+.InitiateAuthentication',
  ...more,
});

const network = (problem: string, words?: RegExp) => (error: unknown) => {
  assert.ok(error instanceof NetworkError, String(error));
  assert.equal(error.problem, problem, error.message);
  if (words) assert.match(error.message, words);
  return true;
};

test('a request carries the headers of the JSON binding, and its answer comes back', async () => {
  const server = await serve((response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"grüße":1}');
  });
  const { post } = door();
  assert.deepEqual(await post(request(server.address)), { status: 200, body: '{"grüße":1}' });
  const [{ headers, ...line }] = server.seen as [TestServer['seen'][0]];
  assert.deepEqual(line, { method: 'POST', path: '/gsma/rsp2/es9plus/initiateAuthentication', body: '{"a":1}' });
  assert.equal(headers['user-agent'], 'gsma-rsp-lpad');
  assert.equal(headers['x-admin-protocol'], 'gsma/rsp/v2.5.0');
  assert.equal(headers['content-type'], 'application/json');
  assert.equal(headers.host, server.address);
});

test('an older X-Admin-Protocol is kept for the requests that follow to the same server', async () => {
  const [server, other] = [await serve((response) => response.end('{}')), await serve((response) => response.end('{}'))];
  const { post } = door();
  await post(request(server.address, { adminProtocol: 'gsma/rsp/v2.2.2' }));
  await post(request(server.address));
  await post(request(other.address));
  assert.deepEqual(
    [...server.seen, ...other.seen].map(({ headers }) => headers['x-admin-protocol']),
    ['gsma/rsp/v2.2.2', 'gsma/rsp/v2.2.2', 'gsma/rsp/v2.5.0'],
  );
});

test('a session costs one handshake, and the listener hears once who vouched for the server', async () => {
  const server = await serve((response, body) => response.writeHead(body === '"204"' ? 204 : 200).end());
  const events: DoorEvent[] = [];
  const { post, connect, trustOf } = door({ listener: (event) => events.push(event) });
  connect(server.address);
  for (let i = 0; i < 5; i++) await post(request(server.address));
  assert.deepEqual(await post(request(server.address, { body: '"204"' })), { status: 204, body: '' });
  assert.equal(server.handshakes(), 1);
  const trusted = { trustedBy: 'chip', ciPKId: idOf(ci) } as const;
  assert.deepEqual(events, [{ type: 'connected', address: server.address, ...trusted }]);
  assert.deepEqual(trustOf(server.address), trusted);
});

test('a connection kept beyond the usual idle times is used again', async () => {
  const server = await serve(ok);
  const { post } = door();
  await post(request(server.address));
  await sleep(4500); // undici's own idle limit is 4 s
  await post(request(server.address));
  assert.equal(server.handshakes(), 1);
});

test('a kept connection that the server closed is opened anew, and each request arrives once', async () => {
  const server = await serve((response, _body, { socket }) => {
    response.end('{}');
    response.on('finish', () => socket.end());
  });
  const { post } = door();
  await post(request(server.address));
  await sleep(50);
  await post(request(server.address));
  assert.equal(server.handshakes(), 2);
  assert.equal(server.seen.length, 2);
});

test('a connection that the server closes at the moment of the next request is opened anew, whatever phase the event loop is in', async () => {
  const server = await serve(ok);
  const { post } = door();
  const phases = [
    async () => {},
    () => new Promise((resolve) => setImmediate(resolve)),
    () => sleep(0),
    () => new Promise((resolve) => stat('.', resolve)),
  ];
  for (let i = 0; i < 40; i++) {
    assert.equal((await post(request(server.address))).status, 200);
    await phases[i % phases.length]!();
    server.cut();
  }
  assert.equal(server.handshakes(), 40);
});

test('a request whose connection dies under it is not sent again', async () => {
  const server = await serve((_response, _body, { socket }) => socket.destroy());
  await assert.rejects(door().post(request(server.address)), network('reset', /^ES9\+\.InitiateAuthentication: /));
  assert.equal(server.seen.length, 1);
});

test('the chip is asked for its keys after the handshake, and nothing is sent before it answered', async () => {
  const server = await serve(ok);
  let answer: (anchors: TrustAnchors) => void = () => {};
  const { post } = door({ anchors: () => new Promise((resolve) => (answer = resolve)) });
  const posted = post(request(server.address));
  await sleep(100);
  assert.equal(server.handshakes(), 1);
  assert.equal(server.octets(), 0);
  answer({ ciPKIds: [idOf(ci)], ca: [], allowTestCi: false, strictCi: false });
  assert.equal((await posted).status, 200);
});

test('an address in another role is judged anew: ES11 wants the TLS certificate of an SM-DS', async () => {
  const dp = await serve(ok);
  const ds = await serve(ok, { identity: await mintDsTls(ci, 'localhost') });
  const { post } = door();
  await assert.rejects(post(request(dp.address, { name: 'ES11.InitiateAuthentication' })), TrustError);
  assert.equal((await post(request(ds.address, { name: 'ES11.InitiateAuthentication' }))).status, 200);
  await assert.rejects(post(request(ds.address)), TrustError);
});

const past = { notBefore: new Date('2020-01-01'), notAfter: new Date('2021-01-01') };
const future = { notBefore: new Date(Date.now() + 86400e3), notAfter: new Date(Date.now() + 2 * 86400e3) };

interface Negative {
  readonly what: string;
  readonly check: TrustError['check'];
  readonly chain: () => Promise<{ identity: Identity; above?: Identity[] }>;
}
const leaf = (what: string, check: TrustError['check'], overrides: Overrides): Negative => ({
  what,
  check,
  chain: async () => ({ identity: await mintDpTls(ci, 'localhost', overrides) }),
});

const negatives: Negative[] = [
  leaf('an expired certificate', 'tlsExpired', past),
  leaf('a certificate not yet valid', 'tlsNotYetValid', future),
  leaf('another name', 'tlsName', { dnsNames: ['smdp.example.com'] }),
  leaf('its name as a CN only', 'tlsName', { dnsNames: [] }),
  leaf('the role dp-auth', 'tlsRole', { policies: 'dp-auth' }),
  leaf('no role', 'tlsRoleMissing', { policies: undefined }),
  leaf('no digitalSignature', 'tlsKeyUsage', { keyUsage: ['keyAgreement'] }),
  leaf('EKU without serverAuth', 'tlsKeyUsage', { extKeyUsage: ['clientAuth'] }),
  leaf('SHA-384 in its signature', 'tlsPath', { hash: 'sha384' }),
  { what: 'a foreign CI', check: 'tlsAnchor', chain: async () => ({ identity: await mintDpTls(await mintCi(), 'localhost') }) },
  {
    what: "a self-made leaf and somebody's published certificate on top",
    check: 'tlsSignature',
    chain: async () => ({ identity: await mintDpTls(await mintCi(), 'localhost'), above: [ci] }),
  },
  {
    what: 'a leaf signed by an end entity',
    check: 'tlsRole',
    chain: async () => ({ identity: await mintDpTls(good, 'localhost'), above: [good] }),
  },
  {
    what: 'a leaf signed by an EUM',
    check: 'tlsRole',
    chain: async () => {
      const eum = await mintEum(ci);
      return { identity: await mintDpTls(eum, 'localhost'), above: [eum] };
    },
  },
  {
    what: 'a path length exceeded',
    check: 'tlsPath',
    chain: async () => {
      const upper = await mintCiSubCa(ci, { basicConstraints: { ca: true, pathLenConstraint: 0 } });
      const lower = await mintCiSubCa(upper);
      return { identity: await mintDpTls(lower, 'localhost'), above: [lower, upper] };
    },
  },
];

for (const { what, check, chain } of negatives) {
  test(`a server with ${what} is refused (${check}) before one octet is sent, with and without NODE_TLS_REJECT_UNAUTHORIZED`, async () => {
    const server = await serve(ok, await chain());
    const was = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    for (const setting of [was, '0']) {
      if (setting !== undefined) process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = setting;
      const { post, trustOf } = door();
      await assert.rejects(post(request(server.address)), (error) => error instanceof TrustError && error.check === check);
      assert.equal(trustOf(server.address), undefined);
    }
    if (was === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    await sleep(20);
    assert.equal(server.seen.length, 0);
    assert.equal(server.octets(), 0);
  });
}

test('the right certificates in shuffled order are accepted', async () => {
  const upper = await mintCiSubCa(ci);
  const lower = await mintCiSubCa(upper);
  const server = await serve(ok, { identity: await mintDpTls(lower, 'localhost'), above: [upper, ci, lower] });
  assert.equal((await door().post(request(server.address))).status, 200);
});

test('--ca vouches for a server that the chip does not know', async () => {
  const server = await serve(ok);
  const { post, trustOf } = door({ trust: { ciPKIds: [], ca: [await readCertificate(ci.certificate)] } });
  await post(request(server.address));
  assert.equal(trustOf(server.address)?.trustedBy, 'ca');
});

test('a server on brainpoolP256r1 is reached by a second try with TLS 1.2', async () => {
  const brainpool = await mintCi({ curve: 'brainpoolP256r1' });
  const server = await serve(ok, { identity: await mintDpTls(brainpool, 'localhost'), maxVersion: 'TLSv1.2' });
  const { post, trustOf } = door({ trust: { ciPKIds: [idOf(brainpool)] } });
  assert.equal((await post(request(server.address))).status, 200);
  assert.deepEqual(trustOf(server.address), { trustedBy: 'chip', ciPKId: idOf(brainpool) });
});

/** Whole chains with keys on brainpoolP256r1, on P-256 under it, and the other way round. */
async function brainpoolChains(): Promise<{ brainpool: Identity; chains: Record<string, Identity[]> }> {
  const brainpool = await mintCi({ curve: 'brainpoolP256r1' });
  const upper = await mintCiSubCa(brainpool);
  const lower = await mintServerSubCa(upper);
  const named = (issuer: Identity, overrides: Overrides = {}) => mintDpTls(issuer, 'localhost', overrides);
  const chains = {
    'the leaf alone': [await named(brainpool)],
    'leaf and CI': [await named(brainpool), brainpool],
    'four certificates': [await named(lower), lower, upper, brainpool],
    'four certificates in another order': [await named(lower), brainpool, upper, lower],
    'a leaf on P-256 under a CI on brainpool': [await named(brainpool, { curve: 'P-256' }), brainpool],
    'a leaf on brainpool under a CI on P-256': [await named(ci, { curve: 'brainpoolP256r1' }), ci],
  };
  return { brainpool, chains };
}

test('whole chains on brainpoolP256r1 are trusted under the CI of the chip, with TLS 1.2 and with what Node chooses', async () => {
  const { brainpool, chains } = await brainpoolChains();
  for (const [what, [identity, ...above]] of Object.entries(chains)) {
    for (const options of [{ maxVersion: 'TLSv1.2' }, {}] as const) {
      const server = await serve(ok, { identity: identity!, above, ...options });
      const { post, trustOf } = door({ trust: { ciPKIds: [idOf(brainpool), idOf(ci)] } });
      assert.equal((await post(request(server.address))).status, 200, what);
      assert.equal(trustOf(server.address)?.trustedBy, 'chip', what);
    }
  }
});

/** What a process of its own prints of the servers, with these roots in NODE_EXTRA_CA_CERTS: Node reads it when it starts. */
async function reachedByWebRoot(addresses: readonly string[], roots: readonly Identity[]) {
  const dir = mkdtempSync(join(tmpdir(), 'lpa-https-'));
  const file = join(dir, 'roots.pem');
  writeFileSync(file, roots.map(({ certificate }) => toPem(certificate)).join(''));
  const program = fileURLToPath(new URL('./reach-by-web-root.js', import.meta.url));
  const child = spawn(process.execPath, [program, ...addresses], { env: { ...process.env, NODE_EXTRA_CA_CERTS: file } });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      said += data;
    });
  }
  const [code, signal] = await once(child, 'close');
  rmSync(dir, { recursive: true });
  return { code, signal, said };
}

test('whole chains on brainpoolP256r1 that a web root signed, as NODE_EXTRA_CA_CERTS adds them, do not end the process', async () => {
  const { brainpool, chains } = await brainpoolChains();
  const servers = await Promise.all(
    Object.values(chains).map(([identity, ...above]) => serve(ok, { identity: identity!, above, maxVersion: 'TLSv1.2' })),
  );
  const addresses = servers.map(({ address }) => address);
  const ended = await reachedByWebRoot(addresses, [brainpool, ci]);
  assert.deepEqual(ended, { code: 0, signal: null, said: addresses.map((address) => `${address} web\n`).join('') });
});

test('a server whose name is not in its certificate is refused, though a web root signed the certificate', async () => {
  const server = await serve(ok, { identity: await mintDpTls(ci, 'smdp.example.com') });
  const ended = await reachedByWebRoot([server.address], [ci]);
  assert.deepEqual(ended, { code: 0, signal: null, said: `${server.address} tlsName\n` });
  assert.equal(server.seen.length, 0);
});

test('what is wrong with a server on brainpoolP256r1 is told, and not that the first try met no server', async () => {
  const brainpool = await mintCi({ curve: 'brainpoolP256r1' });
  const identity = await mintDpTls(brainpool, 'localhost', { notAfter: new Date('2020-01-01') });
  const server = await serve(ok, { identity, maxVersion: 'TLSv1.2' });
  const { post } = door({ trust: { ciPKIds: [idOf(brainpool)] } });
  await assert.rejects(post(request(server.address)), (error) => error instanceof TrustError && error.check === 'tlsExpired');
  assert.equal(server.seen.length, 0);
});

test('TLS 1.1 is not spoken', async () => {
  const server = await serve(ok, { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' });
  await assert.rejects(door().post(request(server.address)), network('tls'));
});

test('a redirect is not followed', async () => {
  const server = await serve((response) => response.writeHead(307, { location: '/other' }).end());
  assert.equal((await door().post(request(server.address))).status, 307);
  assert.equal(server.seen.length, 1);
});

test('an answer beyond the limit is refused by its length field, and by its octets where the field is missing', async () => {
  const byLength = await serve((response) => {
    response.writeHead(200, { 'content-length': 2000 });
    response.write('x'.repeat(10));
  });
  await assert.rejects(door().post(request(byLength.address, { maxBytes: 1000 })), network('size', /exceeds 1000 octets/));
  const byOctets = await serve((response) => {
    const flood = (): void => void (response.write('x'.repeat(400)) && setImmediate(flood));
    flood();
  });
  await assert.rejects(door().post(request(byOctets.address, { maxBytes: 1000 })), network('size'));
  const fits = await serve((response) => response.end('x'.repeat(1000)));
  assert.equal((await door().post(request(fits.address, { maxBytes: 1000 }))).body.length, 1000);
});

test('after an answer that was too long the next request works, on a connection of its own', async () => {
  const server = await serve((response, body) => response.end(body === 'long' ? 'x'.repeat(3000) : 'short'));
  const { post } = door();
  await assert.rejects(post(request(server.address, { maxBytes: 1000, body: 'long' })), network('size'));
  assert.equal((await post(request(server.address, { maxBytes: 1000 }))).body, 'short');
});

test('headers without end are refused', async () => {
  const server = await serve((response) => response.writeHead(200, { 'x-long': 'x'.repeat(100_000) }).end());
  await assert.rejects(door().post(request(server.address)), network('size'));
});

test('a server that drips does not start the clock anew', async () => {
  const server = await serve((response) => {
    const timer = setInterval(() => response.write(' '), 20);
    response.on('close', () => clearInterval(timer));
  });
  const started = Date.now();
  await assert.rejects(door({ timeoutMs: 300 }).post(request(server.address)), network('timeout', /no answer within 0.3 s/));
  assert.ok(Date.now() - started < 2000);
});

test('the package has a limit of its own', async () => {
  const server = await serve((response) => setTimeout(() => response.end('{}'), 200));
  const { post } = door({ timeoutMs: 50, packageTimeoutMs: 5000 });
  await assert.rejects(post(request(server.address)), network('timeout'));
  assert.equal((await post(request(server.address, { name: 'ES9+.GetBoundProfilePackage' }))).status, 200);
});

test('the times are those that are promised: 15 s to connect, 60 s for an answer, 180 s for a package', async (t) => {
  const server = await serve(ok);
  const { post } = door();
  const timers = t.mock.method(globalThis, 'setTimeout');
  const timesOf = async (name: string): Promise<number[]> => {
    timers.mock.resetCalls();
    await post(request(server.address, { name }));
    return timers.mock.calls.map(({ arguments: [, ms = 0] }) => ms);
  };
  const first = await timesOf('ES9+.InitiateAuthentication');
  const connect = first.filter((ms) => ms > 10_000 && ms <= 15_000);
  assert.ok(connect.length > 0, `${first}`);
  assert.ok(first.includes(60_000), `${first}`);
  const forPackage = await timesOf('ES9+.GetBoundProfilePackage');
  assert.ok(forPackage.includes(180_000) && !forPackage.includes(60_000), `${forPackage}`);
});

test('an answer may have 4 MiB, and not an octet more', async () => {
  const most = 4 * 1024 * 1024;
  const server = await serve((response, body) => response.end('x'.repeat(Number(body))));
  const { post } = door();
  assert.equal((await post(request(server.address, { body: `${most}` }))).body.length, most);
  await assert.rejects(post(request(server.address, { body: `${most + 1}` })), network('size', /exceeds 4194304 octets/));
});

test('an answer cut off in the middle is a closed connection', async () => {
  const server = await serve((response, _body, { socket }) => {
    response.writeHead(200, { 'content-length': 100 });
    response.write('{"a"');
    setTimeout(() => socket.destroy(), 20);
  });
  await assert.rejects(door().post(request(server.address)), network('reset'));
});

test('what is not HTTP says so, and so does what is not TLS', async () => {
  const chatter = await serve((_response, _body, { socket }) => socket.end('HELLO\r\n\r\n'));
  await assert.rejects(door().post(request(chatter.address)), network('http'));
  const plain = http.createServer(() => {}).listen(0, 'localhost');
  await once(plain, 'listening');
  closing.push(() => plain.close());
  await assert.rejects(door().post(request(`localhost:${(plain.address() as net.AddressInfo).port}`)), network('tls'));
});

test('two requests at a time share one connection, one after the other', async () => {
  const server = await serve((response, body) => setTimeout(() => response.end(body), 50));
  const { post } = door();
  const answers = await Promise.all(['"1"', '"2"', '"3"'].map((body) => post(request(server.address, { body }))));
  assert.deepEqual(
    answers.map(({ body }) => body),
    ['"1"', '"2"', '"3"'],
  );
  assert.equal(server.handshakes(), 1);
});

test('nobody there, no such name, a silent server: each by its own name', async () => {
  const vacant = net.createServer().listen(0, 'localhost');
  await once(vacant, 'listening');
  const { port } = vacant.address() as net.AddressInfo;
  await new Promise((resolve) => vacant.close(resolve));
  await assert.rejects(door().post(request(`localhost:${port}`)), network('refused', /^localhost/));
  await assert.rejects(door().post(request('no-such-host.invalid')), network('name', /^no-such-host\.invalid/));
  const silent = net.createServer(() => {}).listen(0, 'localhost');
  await once(silent, 'listening');
  closing.push(() => silent.close());
  const address = `localhost:${(silent.address() as net.AddressInfo).port}`;
  await assert.rejects(door({ connectTimeoutMs: 100 }).post(request(address)), network('timeout'));
});

test('a failed early connection is told by the first request, and the next one tries again', async () => {
  const vacant = net.createServer().listen(0, 'localhost');
  await once(vacant, 'listening');
  const { port } = vacant.address() as net.AddressInfo;
  await new Promise((resolve) => vacant.close(resolve));
  const { post, connect } = door();
  connect(`localhost:${port}`);
  await sleep(50);
  await assert.rejects(post(request(`localhost:${port}`)), network('refused'));
  await assert.rejects(post(request(`localhost:${port}`)), network('refused'));
});

test('an abort ends a request, and the wait for a handshake', async () => {
  const server = await serve(() => {});
  const reason = new Error('Ctrl-C');
  const stop = new AbortController();
  setTimeout(() => stop.abort(reason), 100);
  await assert.rejects(door().post(request(server.address, { signal: stop.signal })), reason);
  const never = door({ anchors: () => new Promise(() => {}) });
  await assert.rejects(never.post(request(server.address, { signal: AbortSignal.timeout(50) })), /timeout|aborted/i);
});

async function proxy(answer: number): Promise<{ url: string; asked: string[]; headers: http.IncomingHttpHeaders[] }> {
  const asked: string[] = [];
  const headers: http.IncomingHttpHeaders[] = [];
  const server = http.createServer();
  server.on('connect', (connect, client: net.Socket) => {
    asked.push(connect.url ?? '');
    headers.push(connect.headers);
    if (answer !== 200) return void client.end(`HTTP/1.1 ${answer} No\r\n\r\n`);
    const { port } = new URL(`http://${connect.url}`);
    const onward = net.connect(Number(port), 'localhost', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.pipe(client).pipe(onward);
    });
    for (const socket of [client, onward]) socket.on('error', () => {});
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  closing.push(() => server.close());
  return { url: `http://user:p%40ss@localhost:${(server.address() as net.AddressInfo).port}`, asked, headers };
}

test('through a proxy the chain is judged all the same, and one tunnel serves the session', async () => {
  const there = await serve(ok, { identity: await mintDpTls(ci, 'smdp.example.com') });
  const port = there.address.split(':')[1];
  const tunnel = await proxy(200);
  const { post } = door({ env: { HTTPS_PROXY: tunnel.url } });
  const address = `smdp.example.com:${port}`;
  for (let i = 0; i < 3; i++) assert.equal((await post(request(address))).status, 200);
  assert.deepEqual(tunnel.asked, [address]);
  assert.equal(tunnel.headers[0]?.['proxy-authorization'], `Basic ${Buffer.from('user:p@ss').toString('base64')}`);
  await assert.rejects(
    post(request(`other.example.com:${port}`)),
    (error) => error instanceof TrustError && error.check === 'tlsName',
  );
  assert.equal(there.seen.length, 3);
});

test('NO_PROXY, and this machine, go around the proxy; a proxy that refuses is named', async () => {
  const server = await serve(ok);
  const refusing = await proxy(407);
  assert.equal((await door({ env: { https_proxy: refusing.url } }).post(request(server.address))).status, 200);
  assert.equal(refusing.asked.length, 0);
  await assert.rejects(
    door({ env: { https_proxy: refusing.url } }).post(request('smdp.example.com')),
    network('proxy', /^proxy localhost:\d+: HTTP status 407 for smdp\.example\.com:443$/),
  );
  await assert.rejects(
    door({ env: { https_proxy: refusing.url, NO_PROXY: 'a.test, .invalid' } }).post(request('smdp.invalid')),
    network('name'),
  );
  await assert.rejects(door({ env: { HTTPS_PROXY: 'socks5://x' } }).post(request('smdp.example.com')), network('proxy'));
});

test('a malformed percent escape in the address of the proxy is a proxy problem, and the error does not quote it', async () => {
  for (const user of ['us%er', 'user:secret%zz', 'user:secret%', 'user:%FFsecret', ':secret%2']) {
    const refused = door({ env: { HTTPS_PROXY: `http://${user}@localhost:9` } }).post(request('smdp.example.com'));
    await assert.rejects(refused, (error) => {
      assert.ok(!String(error).includes('secret') && !String(error).includes('us%er'), String(error));
      return network('proxy', /^proxy: .*malformed percent escape/)(error);
    });
  }
});

test('disposing of the door ends its connections, also one that nobody used', async () => {
  const server = await serve(ok);
  const opened = door();
  opened.connect(server.address);
  // However slow this machine is: the connection is there before the door is closed.
  for (const deadline = Date.now() + 10_000; server.handshakes() === 0 && Date.now() < deadline; ) await sleep(10);
  await opened[Symbol.asyncDispose]();
  await sleep(50);
  assert.equal(server.handshakes(), 1);
  assert.equal(toHex(new Uint8Array(server.octets())), '');
});
