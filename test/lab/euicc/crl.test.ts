import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Identity, mintDpAuth } from '../../../src/lab/pki/mint.ts';
import { encodeTlv, parseTlv } from '../../../src/lpa/asn1/tlv.ts';
import { concat, fromHex } from '../../../src/lpa/bytes.ts';
import { LoadCrl } from '../../../src/lpa/es10/es10b.ts';
import type { Isdr } from '../../../src/lpa/es10/isdr.ts';
import { readCertificate } from '../../../src/lpa/pki/certificate.ts';
import { derWriter } from '../../../src/lpa/pki/der.ts';
import { keyIdentifier, publicPoint, sign } from '../../../src/lpa/pki/ecdsa.ts';
import { bench, openIsdr, sharedWorld, world } from './harness.ts';
import { authenticate, sharedServer } from './server.ts';

interface Wanted {
  readonly number?: number;
  readonly serials?: readonly string[];
  readonly base?: number;
  readonly part?: readonly [number, number];
  readonly signWith?: Identity;
}

/** A CertificateList; its content, as LoadCRL takes it. */
async function crlOf(ci: Identity, { number = 1, serials = [], base, part, signWith = ci }: Wanted = {}): Promise<Uint8Array> {
  const der = await derWriter();
  const algorithm = der.sequence(der.oid('1.2.840.10045.4.3.2'));
  const integer = (n: number) => der.integer(Uint8Array.of(n >> 8, n & 0xff));
  const extension = (oid: string, value: Uint8Array) => der.sequence(der.oid(oid), der.octetString(value));
  const { subjectBytes } = await readCertificate(ci.certificate);
  const tbs = der.sequence(
    integer(1),
    algorithm,
    subjectBytes,
    der.time(new Date('2026-01-01T00:00:00Z')),
    der.time(new Date('2027-01-01T00:00:00Z')),
    ...(serials.length > 0
      ? [
          der.sequence(
            ...serials.map((serial) => der.sequence(der.integer(fromHex(serial)), der.time(new Date('2026-01-01T00:00:00Z')))),
          ),
        ]
      : []),
    der.tagged(
      0xa0,
      der.sequence(
        extension('2.5.29.35', der.sequence(der.tagged(0x80, fromHex(keyIdentifier(publicPoint(ci.privateKey)))))),
        extension('2.5.29.20', integer(number)),
        ...(base === undefined ? [] : [extension('2.5.29.27', integer(base))]),
        ...(part ? [extension('2.23.146.1.2.0.3', integer(part[0])), extension('2.23.146.1.2.0.2', integer(part[1]))] : []),
      ),
    ),
  );
  const raw = sign(signWith.privateKey, tbs);
  const signature = der.sequence(der.integer(raw.subarray(0, 32)), der.integer(raw.subarray(32)));
  return parseTlv(der.sequence(tbs, algorithm, der.bitString(signature))).content;
}

const load = (isdr: Isdr, crl: Uint8Array) => isdr.call(LoadCrl, { crl });

test('ES10b.LoadCRL: a revoked certificate is refused from then on', async () => {
  const server = await sharedServer();
  const { ci } = await sharedWorld();
  const { serial } = await readCertificate(server.dpAuth.certificate);
  const { card, said } = await bench();
  await using isdr = await openIsdr(card);
  await authenticate(isdr, server);
  assert.deepEqual(await load(isdr, await crlOf(ci, { serials: [serial, '05'] })), { loadCRLResponseOk: {} });
  await assert.rejects(authenticate(isdr, server), { result: 'invalidCertificate' });
  assert.match(said('ES10b.AuthenticateServer') ?? '', /is revoked/);
  await authenticate(isdr, server, { signWith: await mintDpAuth(ci) });
  assert.deepEqual(await load(isdr, await crlOf(ci, { number: 2 })), { loadCRLResponseOk: {} });
  await authenticate(isdr, server);
});

test('ES10b.LoadCRL: the parts of a segmented list, and a list that completes another', async () => {
  const { ci } = await sharedWorld();
  const { card } = await bench();
  await using isdr = await openIsdr(card);
  assert.deepEqual(await load(isdr, await crlOf(ci, { number: 7, part: [1, 3] })), {
    loadCRLResponseOk: { missingParts: [2, 3] },
  });
  assert.deepEqual(await load(isdr, await crlOf(ci, { number: 7, part: [3, 3] })), { loadCRLResponseOk: { missingParts: [2] } });
  assert.deepEqual(await load(isdr, await crlOf(ci, { number: 7, part: [2, 3] })), { loadCRLResponseOk: {} });
  assert.deepEqual(await load(isdr, await crlOf(ci, { number: 8, base: 7, serials: ['05'] })), { loadCRLResponseOk: {} });
});

test('ES10b.LoadCRL: invalidSignature, invalidCRLFormat, notEnoughMemorySpace, verificationKeyNotFound, fresherCrlAlreadyLoaded, baseCrlMissing', async () => {
  const { ci } = await sharedWorld();
  const stranger = await world();
  const { card, state } = await bench({ state: { memory: 100 } });
  await using isdr = await openIsdr(card);
  const refused = async (crl: Uint8Array) => {
    const answer = await load(isdr, crl);
    return 'loadCRLResponseError' in answer ? answer.loadCRLResponseError : 'ok';
  };
  assert.equal(await refused(fromHex('30020500')), 'invalidCRLFormat');
  assert.equal(await refused(await crlOf(stranger.ci)), 'verificationKeyNotFound');
  assert.equal(await refused(await crlOf(ci, { signWith: stranger.ci })), 'invalidSignature');
  assert.equal(await refused(await crlOf(ci, { number: 3, base: 2 })), 'baseCrlMissing');
  assert.equal(await refused(await crlOf(ci, { serials: ['01', '02', '03'] })), 'notEnoughMemorySpace');
  assert.equal(await refused(await crlOf(ci, { number: 5 })), 'ok');
  assert.equal(await refused(await crlOf(ci, { number: 4 })), 'fresherCrlAlreadyLoaded');
  assert.equal(Object.keys(state.crls).length, 1);
  const malformed = await isdr.storeData(encodeTlv(0xbf35, concat(fromHex('8100'))), 'LoadCRL');
  assert.deepEqual(LoadCrl.response.decode(malformed), { loadCRLResponseError: 'invalidCRLFormat' });
});
