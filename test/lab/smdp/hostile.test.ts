/** Whatever octets an LPA sends: the server refuses or answers, and never falls over. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeTlv } from '../../../src/lpa/asn1/tlv.ts';
import type { Post } from '../../../src/lpa/es9/function.ts';
import { sendAsn1 } from './asn1.ts';
import { type Bench, openBench } from './harness.ts';

const faultsOfTheLab = ({ log }: Bench): string[] =>
  log.filter(({ event }) => event === 'fault of the lab').map(({ detail }) => detail);

/** The requests of a whole download, as an LPA sends them. */
async function recordedRequests(bench: Bench): Promise<{ path: string; body: string; name: string }[]> {
  const requests: { path: string; body: string; name: string }[] = [];
  const { post } = bench.door;
  const recording: Post = (request) => {
    requests.push({ path: request.path, body: request.body, name: request.name });
    return post(request);
  };
  Object.assign(bench.door, { post: recording });
  await bench.download({ confirmationCode: '1' }, async () => ({ confirmationCode: '1' }));
  await bench.deliver();
  const later = bench.download({}, async () => ({ cancel: 'postponed' }));
  await assert.rejects(later, /postponed/);
  Object.assign(bench.door, { post });
  return requests;
}

test('a request with octets changed, cut off or repeated is refused or answered', async () => {
  await using bench = await openBench();
  const { address } = bench.smdp;
  const requests = await recordedRequests(bench);
  const { post } = bench.door;
  assert.deepEqual([...new Set(requests.map(({ path }) => path.split('/').at(-1)))].sort(), [
    'authenticateClient',
    'cancelSession',
    'getBoundProfilePackage',
    'handleNotification',
    'initiateAuthentication',
  ]);
  const change = fc.record({
    request: fc.constantFrom(...requests),
    member: fc.nat(),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    octet: fc.integer({ min: 0, max: 255 }),
    kind: fc.constantFrom('change', 'cut', 'repeat', 'number', 'null', 'nested'),
  });
  await fc.assert(
    fc.asyncProperty(change, async ({ request, member, at, octet, kind }) => {
      const json: Record<string, unknown> = JSON.parse(request.body);
      const names = Object.keys(json);
      const name = names[member % names.length]!;
      const octets = Buffer.from(String(json[name]), name === 'transactionId' ? 'hex' : 'base64');
      const place = Math.floor(at * octets.length);
      if (kind === 'change' && octets.length > 0) octets[Math.min(place, octets.length - 1)] = octet;
      const changed = {
        change: octets,
        cut: octets.subarray(0, place),
        repeat: Buffer.concat([octets, octets.subarray(place)]),
        number: octets,
        null: octets,
        nested: octets,
      }[kind];
      const text = changed.toString(name === 'transactionId' ? 'hex' : 'base64');
      const value = { number: octet, null: null, nested: { [name]: [text] } }[kind as 'number'] ?? text;
      const body = JSON.stringify({ ...json, [name]: kind === 'null' ? null : value });
      const { status } = await post({ ...request, address, body });
      assert.ok([200, 204].includes(status), `HTTP status ${status}`);
    }),
    { numRuns: 400 },
  );
  assert.deepEqual(faultsOfTheLab(bench), []);
});

test('any text, and any octets in the ASN.1 binding, are refused or answered', async () => {
  await using bench = await openBench();
  const { address } = bench.smdp;
  const { post } = bench.door;
  const functions = [
    'initiateAuthentication',
    'authenticateClient',
    'getBoundProfilePackage',
    'handleNotification',
    'cancelSession',
  ];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...functions), fc.oneof(fc.string(), fc.json()), async (name, body) => {
      const { status } = await post({ address, path: `/gsma/rsp2/es9plus/${name}`, name, body });
      assert.equal(status, 200);
    }),
    { numRuns: 100 },
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(0x39, 0x3b, 0x3a, 0x41, 0x3d), fc.uint8Array({ maxLength: 60 }), async (tag, content) => {
      const { status } = await sendAsn1(address, encodeTlv(0xa2, encodeTlv(0xbf00 + tag, content)));
      assert.ok([200, 204, 404].includes(status), `HTTP status ${status}`);
    }),
    { numRuns: 100 },
  );
  assert.deepEqual(faultsOfTheLab(bench), []);
});
