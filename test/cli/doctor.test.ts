/** Each check of the doctor fails for its own cause, and no other does. The causes before the card are in test/pcsc/doctor.test.ts. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import * as tls from 'node:tls';
import { fileURLToPath } from 'node:url';
import { resolveName } from '../../src/cli/devices/resolve.ts';
import type { Doors } from '../../src/cli/devices/transports.ts';
import { mintCi, mintDpTls } from '../../src/lab/pki/mint.ts';
import { offerAtSocket } from '../../src/lab/readers/socket.ts';
import { reachServer } from '../../src/lpa/es9/https.ts';
import { toPem } from '../../src/lpa/pki/pem.ts';
import { bench as cardBench, EID, linkTo, sharedWorld, type World } from '../lab/euicc/harness.ts';
import { type BenchOptions, openBench } from '../lab/smdp/harness.ts';
import { lpa, type RunOptions } from './harness.ts';
import { lpaIn } from './lab.ts';

interface Told {
  readonly check: string;
  readonly ok: boolean;
  readonly message: string;
  readonly remedy?: string;
}

const wrong = (findings: readonly Told[]): string[] => findings.filter(({ ok }) => !ok).map(({ check }) => check);
const about = (findings: readonly Told[], check: string): Told => {
  const found = findings.find((finding) => finding.check === check);
  assert.ok(found, `nothing is said of ${check}`);
  return found;
};

const READER = { readers: [{ name: 'Lab 00', present: true }] };

/** A card alone: what is told of it. */
async function examine(
  options: Parameters<typeof cardBench>[0],
  argv: readonly string[] = [],
): Promise<{ code: number; findings: Told[] }> {
  const { card } = await cardBench({ ...options, state: { rootDsAddress: '', ...options?.state } });
  const { code, out, err } = await lpa(['doctor', '--json', ...argv], { ...READER, doors: { openLink: () => linkTo(card) } });
  assert.equal(err, '');
  return { code, findings: JSON.parse(out) };
}

test('a good card, and no server to look at: everything in order, and what was not looked at', async () => {
  const world = await sharedWorld();
  const { card } = await cardBench({ state: { rootDsAddress: '' } });
  const { code, out } = await lpa(['doctor'], { ...READER, doors: { openLink: () => linkTo(card) } });
  assert.equal(code, 0);
  assert.equal(
    out.replace(/says .* UTC/, 'says <now> UTC'),
    `\
ok     PC/SC library  loaded
ok     PC/SC service  answers
ok     readers        1 reader: Lab 00
ok     card           in process: answers, T=0, an eUICC by its ATR
ok     channel        number 1
ok     ISD-R          a consumer eUICC, EID ${EID}, AID of GSMA
ok     CI keys        ${world.ciPKId}
ok     clock          says <now> UTC
ok     notifications  none waits on the card
ok     memory         1.4 MiB free
Nothing is wrong.
No server was looked at: an activation code names one.
`,
  );
});

test('colours are all that a terminal adds', async () => {
  for (const manners of [[], ['plain-uicc']]) {
    const seen = async (columns?: number) => {
      const { card } = await cardBench({ manners, state: { rootDsAddress: '' } });
      const doors = { openLink: () => linkTo(card) };
      const { out } = await lpa(['doctor'], { ...READER, doors, env: { TERM: 'xterm' }, ...(columns && { columns }) });
      return out.replace(/says .* UTC/, 'says <now> UTC');
    };
    const painted = await seen(400);
    assert.match(painted, /\x1b\[32mok\x1b\[39m {5}PC/);
    assert.equal(painted.replaceAll(/\x1b\[\d+m/g, ''), await seen());
  }
});

test('a plain UICC, an M2M card, an unknown AID: each named, with what to do', async () => {
  const plain = await examine({ manners: ['plain-uicc'] });
  assert.deepEqual([plain.code, wrong(plain.findings)], [3, ['isdr']]);
  assert.match(about(plain.findings, 'isdr').message, /the card has no ISD-R: a plain UICC$/);
  const m2m = await examine({ manners: ['m2m'] });
  assert.deepEqual([m2m.code, wrong(m2m.findings)], [3, ['isdr']]);
  assert.match(about(m2m.findings, 'isdr').message, /an M2M eUICC \(SGP\.02\)/);
  assert.match(about(m2m.findings, 'isdr').remedy!, /an LPA needs a consumer eUICC/);
  const isdrAid = Uint8Array.from(Buffer.from('A0000000871002FF49FF0589AABBCCDD', 'hex'));
  const unknown = await examine({ behaviour: { isdrAid } });
  assert.deepEqual([unknown.code, wrong(unknown.findings)], [3, ['isdr']]);
  assert.match(about(unknown.findings, 'isdr').message, new RegExp(`an eUICC, EID ${EID}, whose ISD-R has none of the AIDs`));
  assert.match(about(unknown.findings, 'isdr').remedy!, /--aid/);
  const named = await examine({ behaviour: { isdrAid } }, ['--aid', 'A0000000871002FF49FF0589AABBCCDD']);
  assert.deepEqual([named.code, wrong(named.findings)], [0, []]);
  assert.match(about(named.findings, 'isdr').message, /AID of A0000000871002FF49FF0589AABBCCDD$/);
});

test('an IoT eUICC works, and an eIM is spoken of; a card without channels works on the basic one', async () => {
  const iot = await examine({ manners: ['iot'] });
  assert.equal(iot.code, 0);
  assert.match(about(iot.findings, 'isdr').message, /^an IoT eUICC \(SGP\.32\): an eIM may undo what is done here/);
  const basic = await examine({ manners: ['no-channels'] });
  assert.equal(basic.code, 0);
  assert.match(about(basic.findings, 'channel').message, /^the basic one/);
});

test('memory that is full, and notifications that wait', async () => {
  const full = await examine({ state: { memory: 9_000 } });
  assert.deepEqual([full.code, wrong(full.findings)], [4, ['memory']]);
  assert.match(about(full.findings, 'memory').message, /^8\.8 KiB free: hardly any profile fits$/);
  const notifications = [1, 2].map((seqNumber) => ({
    seqNumber,
    event: 'notificationDelete' as const,
    address: 'smdp.example.com',
    iccid: '8949000000000000011',
    signed: '',
  }));
  const pending = await examine({ state: { notifications } });
  assert.deepEqual([pending.code, wrong(pending.findings)], [6, ['notifications']]);
  assert.equal(about(pending.findings, 'notifications').message, '2 notifications wait on the card');
  assert.equal(about(pending.findings, 'notifications').remedy, '`lpa notifications send` delivers');
});

test('a card that lists nothing but test CIs, unless those are allowed', async () => {
  const world = await sharedWorld();
  const test: World = { ...world, ciPKId: 'F54172BDF98A95D65CBEB88A38A1C11D800A85C3' };
  const worlds = {
    worlds: [{ ...test, identity: { ...test.identity, ciPKId: test.ciPKId }, trusted: { ...test.trusted, ciPKId: test.ciPKId } }],
  };
  const { code, findings } = await examine(worlds);
  assert.deepEqual([code, wrong(findings)], [8, ['ciKeys']]);
  assert.match(about(findings, 'ciKeys').message, /^only test CIs: F54172.* \(SGP\.26 Test CI \(NIST P-256\)\), a test CI$/);
  const allowed = await lpa(['doctor', '--json', '--allow-test-ci'], {
    ...READER,
    doors: { openLink: async () => linkTo((await cardBench(worlds)).card) },
  });
  assert.ok(about(JSON.parse(allowed.out), 'ciKeys').ok);
});

/** A whole lab: what is told of the server of a code. */
async function withServer(
  options: BenchOptions,
  run: RunOptions & { code?: (address: string) => string } = {},
): Promise<{ exit: number; findings: Told[]; decisions: string[] }> {
  await using bench = await openBench({ ...options, card: { rootDsAddress: '', ...options.card } });
  const { activationCode } = bench.smdp.createOrder();
  const code = run.code?.(bench.smdp.address) ?? activationCode;
  const { code: exit, out } = await lpaIn(bench)(['doctor', code, '--json'], { ...READER, ...run });
  return { exit, findings: JSON.parse(out), decisions: bench.decisions() };
}

test('the server of a code is found good, and nothing is sent to it', async () => {
  const { exit, findings, decisions } = await withServer({});
  assert.deepEqual([exit, wrong(findings), decisions], [0, [], []]);
  assert.match(about(findings, 'server').message, /^localhost:\d+: believed under a CI of the card, [0-9A-F]{40}$/);
});

test('without a code the default SM-DP+ of the card is looked at', async () => {
  await using bench = await openBench({ card: { rootDsAddress: '' } });
  bench.card.state.defaultDpAddress = bench.smdp.address;
  const { code, out } = await lpaIn(bench)(['doctor', '--json'], READER);
  assert.equal(code, 0);
  assert.match(about(JSON.parse(out), 'server').message, new RegExp(`^${bench.smdp.address}: believed`));
});

test('a foreign CI, a certificate of the future, an expired one', async () => {
  const foreign = await withServer({ faults: ['tls-foreign-ci'] });
  assert.deepEqual([foreign.exit, wrong(foreign.findings)], [8, ['server']]);
  assert.match(about(foreign.findings, 'server').message, /which this eUICC does not list/);
  const future = await withServer({ faults: ['tls-not-yet-valid'] });
  assert.deepEqual([future.exit, wrong(future.findings)], [8, ['clock', 'server']]);
  assert.match(about(future.findings, 'clock').message, /and the server's certificate is not valid yet: it seems to be slow$/);
  const expired = await withServer({ faults: ['tls-expired'] });
  assert.deepEqual([expired.exit, wrong(expired.findings)], [8, ['server']]);
  assert.match(about(expired.findings, 'server').remedy!, /^look at this computer's clock; if it is right/);
});

test('a name that does not resolve, no network, nobody at the port', async () => {
  const resolver = (code: string): Partial<Doors> => ({
    resolveName: () => Promise.reject(Object.assign(new Error(code), { code })),
  });
  const example = { code: () => 'LPA:1$smdp.example.com$X' };
  const name = await withServer({}, { ...example, doors: resolver('ENOTFOUND') });
  assert.deepEqual([name.exit, wrong(name.findings)], [6, ['name']]);
  assert.equal(about(name.findings, 'name').message, 'smdp.example.com: the name is not known');
  const offline = await withServer({}, { ...example, doors: resolver('EAI_AGAIN') });
  assert.deepEqual([offline.exit, wrong(offline.findings)], [6, ['name']]);
  assert.match(about(offline.findings, 'name').message, /no name server answers/);
  const silent = await withServer({}, { ...example, doors: resolver('ETIMEOUT') });
  assert.deepEqual([silent.exit, wrong(silent.findings)], [6, ['name']]);
  const refused = await withServer({}, { code: () => 'LPA:1$localhost:1$X' });
  assert.deepEqual([refused.exit, wrong(refused.findings)], [6, ['server']]);
});

/** A proxy that opens every connection with certificates of its own. */
async function inspectingProxy(host: string): Promise<{ url: string } & AsyncDisposable> {
  const ci = await mintCi({ subject: [['commonName', 'Corporate Proxy CA']], policies: undefined });
  const { certificate, privateKey } = await mintDpTls(ci, host, { policies: undefined });
  const secureContext = tls.createSecureContext({
    cert: [certificate, ci.certificate].map((each) => toPem(each)).join(''),
    key: privateKey.export({ format: 'pem', type: 'pkcs8' }),
  });
  const server: Server = createServer();
  const sockets = new Set<Socket>();
  server.on('connect', (_request, socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    new tls.TLSSocket(socket, { isServer: true, secureContext }).on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test('a proxy that opens TLS is told from a foreign CI, also without a card', async () => {
  await using proxy = await inspectingProxy('smdp.example.com');
  const run = { code: () => 'LPA:1$smdp.example.com$X', env: { HTTPS_PROXY: proxy.url } };
  const { exit, findings } = await withServer({}, run);
  assert.deepEqual([exit, wrong(findings)], [8, ['server']]);
  assert.match(about(findings, 'name').message, /^smdp\.example\.com: left to the proxy 127\.0\.0\.1:\d+$/);
  assert.match(about(findings, 'server').message, /has a certificate of "Corporate Proxy CA", no CI of RSP servers/);
  assert.match(about(findings, 'server').remedy!, /^a proxy or a virus scanner that opens TLS/);
  const alone = await lpa(['doctor', run.code(), '--json'], { env: run.env, doors: { reachServer } });
  assert.deepEqual([alone.code, wrong(JSON.parse(alone.out))], [3, ['readers', 'server']]);
  const gone = await withServer({}, { ...run, env: { HTTPS_PROXY: 'http://127.0.0.1:1' } });
  assert.deepEqual([gone.exit, wrong(gone.findings)], [6, ['server']]);
});

test('the server is looked at though there is no card; whether one would believe it is left open', async () => {
  await using bench = await openBench();
  const { code, out } = await lpa(['doctor', bench.smdp.createOrder().activationCode, '--json'], { doors: { reachServer } });
  const findings: Told[] = JSON.parse(out);
  assert.deepEqual([code, wrong(findings)], [3, ['readers']]);
  assert.match(about(findings, 'server').message, /: answers; whether a card would believe it cannot be told without one$/);
});

test('a card that stops answering is a finding, and the rest is still looked at', async () => {
  const card = { BF3E: `BF3E125A10${EID}`, BF20: '6F00', BF22: '6F00', BF28: 'BF2802A000', BF3C: 'BF3C00' };
  const { code, out } = await lpa(['doctor', '--json'], { ...READER, card });
  const findings: Told[] = JSON.parse(out);
  assert.deepEqual([code, wrong(findings)], [3, ['ciKeys', 'memory']]);
  assert.ok(about(findings, 'notifications').ok);
});

test('a code that is none is a usage error before anything is looked at', async () => {
  const { code, out, err } = await lpa(['doctor', 'LPA:2$smdp.example.com$X', '--json'], READER);
  assert.deepEqual([code, out, JSON.parse(err).error.code], [2, '', 'usage']);
});

test('a name is looked up as connections do, and given up in time', async () => {
  assert.match(await resolveName('localhost', 5_000), /^(127\.0\.0\.1|::1)$/);
  await assert.rejects(resolveName('no-such-host.invalid', 5_000), /E(NOTFOUND|AI_AGAIN)/);
  const started = performance.now();
  await assert.rejects(resolveName('localhost', 1), { code: 'ETIMEOUT' });
  assert.ok(performance.now() - started < 1000);
});

const LPA = fileURLToPath(new URL('../../bin/lpa.js', import.meta.url));

test("a computer's clock that is wrong", { timeout: 60_000 }, async () => {
  const { card } = await cardBench({ state: { rootDsAddress: '' } });
  await using socket = await offerAtSocket(card);
  const dir = mkdtempSync(join(tmpdir(), 'lpa-clock-'));
  const doctorAt = (now: string): Promise<{ code: number; findings: Told[] }> => {
    const clock = join(dir, 'clock.mjs');
    writeFileSync(
      clock,
      `const Real = Date; const now = Real.parse('${now}');
      globalThis.Date = class extends Real { constructor(...a) { a.length ? super(...a) : super(now); } static now() { return now; } };`,
    );
    return new Promise((resolve) => {
      const env = { ...process.env, NODE_OPTIONS: `--import ${clock}`, HOME: dir, LPA_READER: socket.name };
      execFile(process.execPath, [LPA, 'doctor', '--json'], { env }, (error, stdout) => {
        resolve({ code: Number(error?.code ?? 0), findings: JSON.parse(stdout) });
      });
    });
  };
  try {
    const reset = await doctorAt('1970-01-01T00:05:00Z');
    assert.deepEqual([reset.code, wrong(reset.findings)], [8, ['clock']]);
    assert.equal(about(reset.findings, 'clock').message, 'says 1970-01-01 00:05 UTC, which is before this lpa was made');
    const ahead = await doctorAt('2106-02-07T06:28:15Z');
    assert.deepEqual([ahead.code, wrong(ahead.findings)], [8, ['clock']]);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
