import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signatureIn, signatureObject } from '../../../src/lab/euicc/es10/signature.ts';
import { mintDpAuth, mintDpPb, mintDsAuth, mintEuicc } from '../../../src/lab/pki/mint.ts';
import { encodeTlv } from '../../../src/lpa/asn1/tlv.ts';
import { concat, fromHex, toHex } from '../../../src/lpa/bytes.ts';
import { hashConfirmationCode } from '../../../src/lpa/es10/es10b.ts';
import { readCertificate } from '../../../src/lpa/pki/certificate.ts';
import { sign, verify } from '../../../src/lpa/pki/ecdsa.ts';
import { ServerSigned1 } from '../../../src/lpa/sgp22/authentication.ts';
import { bench, EID, openIsdr, sharedWorld, world } from './harness.ts';
import { authenticate, cancel, challengeOf, prepare, type SessionChanges, serverIn, sharedServer } from './server.ts';
import { mintOnUnknownCurve } from './unknown-curve.ts';

const point = async (certificate: Uint8Array) => (await readCertificate(certificate)).publicKey ?? new Uint8Array();

for (const curve of ['P-256', 'brainpoolP256r1'] as const) {
  test(`a session on ${curve}: every signature of the eUICC verifies under its certificate`, async () => {
    const here = await world(curve);
    const server = await serverIn(here);
    const { card } = await bench({ worlds: [here] });
    await using isdr = await openIsdr(card);
    const opened = await authenticate(isdr, server);
    const key = await point(here.euicc.certificate);
    const { ok, transactionId } = opened;
    assert.ok(verify(curve, key, ok.euiccSigned1.bytes, signatureIn(ok.euiccSignature1)));
    assert.deepEqual(ok.euiccCertificate, here.euicc.certificate);
    assert.deepEqual(ok.eumCertificate, here.eum.certificate);
    assert.equal((await readCertificate(ok.euiccCertificate)).subject.serialNumber, EID);
    const { serverAddress, ctxParams1, euiccInfo2 } = ok.euiccSigned1.value;
    assert.equal(serverAddress, 'smdp.example.com');
    assert.equal(ctxParams1.matchingId, 'SECRET-MATCHING-ID');
    assert.deepEqual(euiccInfo2.euiccCiPKIdListForSigning, [here.ciPKId]);

    const hashCc = await hashConfirmationCode('1234', transactionId);
    const prepared = await prepare(isdr, server, opened, { ccRequiredFlag: true, hashCc });
    const { euiccSigned2, euiccSignature2, smdpSignature2 } = prepared;
    assert.ok(verify(curve, key, concat(euiccSigned2.bytes, smdpSignature2), signatureIn(euiccSignature2)));
    assert.deepEqual(euiccSigned2.value.hashCc, hashCc);
    assert.equal(euiccSigned2.value.euiccOtpk.length, 65);

    const { value } = await cancel(isdr, transactionId);
    assert.ok('cancelSessionResponseOk' in value);
    const { euiccCancelSessionSigned, euiccCancelSessionSignature } = value.cancelSessionResponseOk;
    assert.deepEqual(euiccCancelSessionSigned.value, { transactionId, smdpOid: '2.999.10', reason: 'postponed' });
    assert.ok(verify(curve, key, euiccCancelSessionSigned.bytes, signatureIn(euiccCancelSessionSignature)));
    await assert.rejects(cancel(isdr, transactionId), /invalidTransactionId/);
  });
}

const anHourAgo = new Date(Date.now() - 3600e3);
const longAgo = new Date(Date.now() - 7200e3);

/** In the order of §5.7.13; each row breaks one thing. */
const refusals: readonly [string, () => Promise<SessionChanges>, string, RegExp][] = [
  ['without a challenge', async () => ({ withoutChallenge: true }), 'noSessionContext', /no challenge is open/],
  ['a CI it has no key under', async () => ({ euiccCiPKIdToBeUsed: '00'.repeat(20) }), 'ciPKUnknown', /no key under CI 0000/],
  ['no certificate', async () => ({ serverCertificate: fromHex('30020500') }), 'invalidCertificate', /cannot be read/],
  [
    'another CI',
    async () => ({ signWith: await mintDpAuth((await world()).ci) }),
    'invalidCertificate',
    /none of the card's CIs/,
  ],
  [
    'a CI that only claims to have signed',
    async () => {
      const { ciPKId } = await sharedWorld();
      return { signWith: await mintDpAuth((await world()).ci, { authorityKeyIdentifier: ciPKId }) };
    },
    'invalidCertificate',
    /did not sign it/,
  ],
  [
    'the role of CERT.DPpb',
    async () => ({ signWith: (await sharedServer()).dpPb }),
    'invalidCertificate',
    /role is dp-pb, expected dp-auth or ds-auth/,
  ],
  [
    'an eUICC as a server',
    async () => ({ signWith: await mintEuicc((await sharedWorld()).ci, EID) }),
    'invalidCertificate',
    /role is euicc/,
  ],
  [
    'a CA',
    async () => ({ signWith: await mintDpAuth((await sharedWorld()).ci, { basicConstraints: { ca: true } }) }),
    'invalidCertificate',
    /CA certificate/,
  ],
  [
    'a key for signing certificates',
    async () => ({ signWith: await mintDpAuth((await sharedWorld()).ci, { keyUsage: ['keyCertSign'] }) }),
    'invalidCertificate',
    /key usage/,
  ],
  [
    'an unknown critical extension',
    async () => ({
      signWith: await mintDpAuth((await sharedWorld()).ci, {
        extensions: [{ oid: '2.999.77', critical: true, value: fromHex('0500') }],
      }),
    }),
    'invalidCertificate',
    /2\.999\.77/,
  ],
  [
    'an expired certificate',
    async () => ({
      signWith: await mintDpAuth((await sharedWorld()).ci, { notBefore: longAgo, notAfter: anHourAgo }),
    }),
    'invalidCertificate',
    /expired/,
  ],
  [
    'a certificate of tomorrow',
    async () => ({
      signWith: await mintDpAuth((await sharedWorld()).ci, { notBefore: new Date(Date.now() + 3600e3) }),
    }),
    'invalidCertificate',
    /not valid before/,
  ],
  [
    'a signature over something else',
    async () => ({ serverSignature1: signatureObject(new Uint8Array(64).fill(1)) }),
    'invalidSignature',
    /does not verify/,
  ],
  [
    'a signature of 63 octets',
    async () => ({ serverSignature1: signatureObject(new Uint8Array(63)) }),
    'invalidSignature',
    /does not verify/,
  ],
  ['another challenge', async () => ({ euiccChallenge: new Uint8Array(16) }), 'euiccChallengeMismatch', /euiccChallenge/],
  [
    'no OID',
    async () => ({ signWith: await mintDpAuth((await sharedWorld()).ci, { oid: undefined }) }),
    'invalidOid',
    /registeredID/,
  ],
  ['a transactionId of 17 octets', async () => ({ transactionId: '11'.repeat(17) }), 'undefinedError', /17 octets/],
];
for (const [what, changes, result, why] of refusals) {
  test(`ES10b.AuthenticateServer: ${result}, ${what}`, async () => {
    const { card, said } = await bench({ now: () => new Date() });
    await using isdr = await openIsdr(card);
    await assert.rejects(authenticate(isdr, await sharedServer(), await changes()), { result });
    assert.match(said('ES10b.AuthenticateServer') ?? '', why);
    assert.match(said('ES10b.AuthenticateServer') ?? '', new RegExp(`${result}\\(\\d+\\)$`));
  });
}

test('ES10b.AuthenticateServer: unsupportedCurve, a key on secp256k1', async () => {
  const { ci } = await sharedWorld();
  const server = await sharedServer();
  const { certificate, privateKey } = await mintOnUnknownCurve(ci);
  const { card } = await bench();
  await using isdr = await openIsdr(card);
  await assert.rejects(authenticate(isdr, server, { signWith: { certificate, privateKey } }), { result: 'unsupportedCurve' });
});

test('a card without a clock does not look at dates', async () => {
  const server = await sharedServer();
  const expired = await mintDpAuth((await sharedWorld()).ci, { notBefore: longAgo, notAfter: anHourAgo });
  const { card } = await bench();
  await using isdr = await openIsdr(card);
  await authenticate(isdr, server, { signWith: expired });
});

test('an SM-DS is authenticated like an SM-DP+', async () => {
  const dsAuth = await mintDsAuth((await sharedWorld()).ci);
  const { card } = await bench();
  await using isdr = await openIsdr(card);
  const { transactionId } = await authenticate(isdr, await sharedServer(), { signWith: dsAuth });
  const { value } = await cancel(isdr, transactionId);
  assert.ok('cancelSessionResponseOk' in value);
  assert.equal(value.cancelSessionResponseOk.euiccCancelSessionSigned.value.smdpOid, '2.999.15');
});

test('with keys under two CIs the server chooses, and is believed under either', async () => {
  const [nist, brainpool] = await Promise.all([world('P-256'), world('brainpoolP256r1')]);
  const { card } = await bench({ worlds: [nist, brainpool] });
  await using isdr = await openIsdr(card);
  const { ok } = await authenticate(isdr, await serverIn(nist), { euiccCiPKIdToBeUsed: brainpool.ciPKId });
  assert.deepEqual(ok.euiccCertificate, brainpool.euicc.certificate);
  assert.deepEqual(ok.euiccSigned1.value.euiccInfo2.euiccCiPKIdListForVerification, [nist.ciPKId, brainpool.ciPKId]);
});

test('ctxParams1 is signed as it came, members nobody knows among it', async () => {
  const server = await sharedServer();
  const { card } = await bench();
  await using isdr = await openIsdr(card);
  const serverSigned1 = ServerSigned1.encode({
    transactionId: 'AA',
    euiccChallenge: await challengeOf(isdr),
    serverAddress: server.address,
    serverChallenge: new Uint8Array(16),
  });
  const deviceInfo = encodeTlv(0xa1, fromHex('800444444444' + 'A100' + '8501FF'));
  const ctxParams1 = encodeTlv(0xa0, concat(deviceInfo, fromHex('8A03010203')));
  const request = encodeTlv(
    0xbf38,
    concat(
      serverSigned1,
      signatureObject(sign(server.dpAuth.privateKey, serverSigned1)),
      encodeTlv(0x04, fromHex(server.world.ciPKId)),
      server.dpAuth.certificate,
      ctxParams1,
    ),
  );
  const answered = toHex(await isdr.storeData(request, 'AuthenticateServer'));
  assert.ok(answered.includes(toHex(ctxParams1)));
});

test('the log never holds a matching ID or the hash of a confirmation code', async () => {
  const server = await sharedServer();
  const { card, log } = await bench();
  await using isdr = await openIsdr(card);
  const opened = await authenticate(isdr, server);
  const hashCc = await hashConfirmationCode('1234', opened.transactionId);
  await prepare(isdr, server, opened, { hashCc });
  const text = JSON.stringify(log);
  assert.ok(text.includes(opened.transactionId));
  assert.ok(!text.includes('SECRET-MATCHING-ID') && !text.toUpperCase().includes(toHex(hashCc)));
});

test('ES10b.PrepareDownload: invalidCertificate, unsupportedCurve, invalidSignature, invalidTransactionId, undefinedError; the session can still be cancelled', async () => {
  const server = await sharedServer();
  const { ci, ciPKId } = await sharedWorld();
  const other = await world();
  const rows: readonly [Parameters<typeof prepare>[3], string, RegExp][] = [
    [{ transactionId: 'AA' }, 'invalidTransactionId', /the session is/],
    [{ signWith: server.dpAuth }, 'invalidCertificate', /role is dp-auth, expected dp-pb/],
    [
      { signWith: await mintDpPb(ci, { oid: '2.999.11' }) },
      'invalidCertificate',
      /OID is 2\.999\.11, CERT\.DPauth has 2\.999\.10/,
    ],
    [{ signWith: await mintDpPb(other.ci) }, 'invalidCertificate', /none of the card's CIs/],
    [{ signWith: await mintOnUnknownCurve(ci, mintDpPb) }, 'unsupportedCurve', /neither P-256/],
    [{ smdpSignature2: signatureObject(new Uint8Array(64).fill(2)) }, 'invalidSignature', /smdpSignature2 does not verify/],
    [{ ccRequiredFlag: true }, 'undefinedError', /confirmation code is required/],
  ];
  for (const [changes, result, why] of rows) {
    const { card, said } = await bench();
    await using isdr = await openIsdr(card);
    const opened = await authenticate(isdr, server);
    await assert.rejects(prepare(isdr, server, opened, changes), { result });
    assert.match(said('ES10b.PrepareDownload') ?? '', why);
    await cancel(isdr, opened.transactionId);
  }
  assert.notEqual(ciPKId, other.ciPKId);
});

test('ES10b.PrepareDownload: noSessionContext, without a session, after a new challenge and after a reset', async () => {
  const server = await sharedServer();
  const { card } = await bench();
  await using isdr = await openIsdr(card);
  const opened = await authenticate(isdr, server);
  await challengeOf(isdr);
  await assert.rejects(prepare(isdr, server, opened), { result: 'noSessionContext' });
  await assert.rejects(cancel(isdr, opened.transactionId), /invalidTransactionId/);
  const again = await authenticate(isdr, server);
  await isdr.reset();
  await assert.rejects(prepare(isdr, server, again), { result: 'noSessionContext' });
});

test('ES10b.PrepareDownload: invalidCertificate, CERT.DPpb under another CI of the card', async () => {
  const [one, two] = await Promise.all([world(), world()]);
  const server = await serverIn(one);
  const { card, said } = await bench({ worlds: [one, two] });
  await using isdr = await openIsdr(card);
  const opened = await authenticate(isdr, server);
  await assert.rejects(prepare(isdr, server, opened, { signWith: await mintDpPb(two.ci) }), { result: 'invalidCertificate' });
  assert.match(said('ES10b.PrepareDownload') ?? '', /under another CI than CERT\.DPauth/);
});

test('a one-time key is used again for a package that comes again, for the same server only', async () => {
  const server = await sharedServer();
  const { card, state } = await bench();
  await using isdr = await openIsdr(card);
  const first = await prepare(isdr, server, await authenticate(isdr, server));
  const { euiccOtpk } = first.euiccSigned2.value;
  await isdr.reset();
  const again = await prepare(isdr, server, await authenticate(isdr, server), { bppEuiccOtpk: euiccOtpk });
  assert.deepEqual(again.euiccSigned2.value.euiccOtpk, euiccOtpk);
  const fresh = await prepare(isdr, server, await authenticate(isdr, server));
  assert.notDeepEqual(fresh.euiccSigned2.value.euiccOtpk, euiccOtpk);
  const [auth, pb] = await Promise.all([
    mintDpAuth(server.world.ci, { oid: '2.999.99' }),
    mintDpPb(server.world.ci, { oid: '2.999.99' }),
  ]);
  const stranger = await prepare(isdr, server, await authenticate(isdr, server, { signWith: auth }), {
    bppEuiccOtpk: euiccOtpk,
    signWith: pb,
  });
  assert.notDeepEqual(stranger.euiccSigned2.value.euiccOtpk, euiccOtpk);
  assert.equal(state.oneTimeKeys.length, 3);
});
