/** Every subject and reason code that ES9+ of the SM-DP+ can answer (spec'd in SGP.22 v2.5 §5.6), provoked over real HTTPS. */
import assert from 'node:assert/strict';
import * as https from 'node:https';
import { test } from 'node:test';
import { signatureObject } from '../../../src/lab/euicc/es10/signature.ts';
import type { Identity } from '../../../src/lab/pki/mint.ts';
import { buildDer } from '../../../src/lpa/asn1/schema.ts';
import { encodeTlv, parseTlv } from '../../../src/lpa/asn1/tlv.ts';
import { concat } from '../../../src/lpa/bytes.ts';
import * as es9p from '../../../src/lpa/es9/es9p.ts';
import { callRsp } from '../../../src/lpa/es9/function.ts';
import { hashConfirmationCode } from '../../../src/lpa/es10/es10b.ts';
import { newPrivateKey, publicPoint, sign } from '../../../src/lpa/pki/ecdsa.ts';
import {
  AuthenticateServerResponse,
  type CancelSessionReason,
  CancelSessionResponse,
  EuiccCancelSessionSigned,
} from '../../../src/lpa/sgp22/authentication.ts';
import { EUICCSigned2, PrepareDownloadResponse } from '../../../src/lpa/sgp22/download.ts';
import {
  type Answering,
  answerOf,
  chain,
  challenge,
  type Info1,
  initiation,
  type Keys,
  refusalOf,
  refused,
  SPOILT_CHAINS,
} from './any-euicc.ts';
import { type Bench, type BenchOptions, EID, OTHER_EID, openBench, sharedDomain } from './harness.ts';

interface Client extends Keys {
  readonly bench: Bench;
}

async function client(options: BenchOptions = {}): Promise<Client & AsyncDisposable> {
  const bench = await openBench(options);
  const { card } = await sharedDomain();
  return { bench, ...card, [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose]() };
}

const initiate = async ({ bench }: Client, info1: Info1 = {}, smdpAddress = bench.smdp.address) =>
  callRsp(bench.door.post, bench.smdp.address, es9p.InitiateAuthentication, await initiation(smdpAddress, info1));

/** InitiateAuthentication and AuthenticateClient. */
async function authenticate(card: Client, answering: Answering = {}) {
  const { bench } = card;
  const server = await initiate(card);
  const { euicc = card.euicc } = answering;
  const offer = await callRsp(bench.door.post, bench.smdp.address, es9p.AuthenticateClient, {
    transactionId: answering.transactionId ?? server.transactionId,
    authenticateServerResponse: await answerOf(card, server, answering),
  });
  return { ...offer, euicc };
}

type Offered = Awaited<ReturnType<typeof authenticate>>;

interface Preparing {
  hashCc?: Uint8Array;
  transactionId?: string;
  signedTransactionId?: string;
  key?: Identity['privateKey'];
  otpk?: Uint8Array;
}

const bind = ({ bench }: Client, offer: Offered, preparing: Preparing = {}) => {
  const euiccSigned2 = buildDer(EUICCSigned2, {
    transactionId: preparing.signedTransactionId ?? offer.transactionId,
    euiccOtpk: preparing.otpk ?? publicPoint(newPrivateKey('P-256')),
    ...(preparing.hashCc && { hashCc: preparing.hashCc }),
  });
  const signature = sign(preparing.key ?? offer.euicc.privateKey, concat(euiccSigned2.bytes, offer.smdpSignature2));
  const prepareDownloadResponse = PrepareDownloadResponse.decode(
    encodeTlv(0xbf21, encodeTlv(0xa0, concat(euiccSigned2.bytes, signatureObject(signature)))),
  );
  return callRsp(bench.door.post, bench.smdp.address, es9p.GetBoundProfilePackage, {
    transactionId: preparing.transactionId ?? offer.transactionId,
    prepareDownloadResponse,
  });
};

interface Cancelling {
  transactionId?: string;
  smdpOid?: string;
  key?: Identity['privateKey'];
}

const cancel = ({ bench }: Client, offer: Offered, reason: CancelSessionReason, cancelling: Cancelling = {}) => {
  const signed = buildDer(EuiccCancelSessionSigned, {
    transactionId: offer.transactionId,
    smdpOid: cancelling.smdpOid ?? bench.smdp.oid,
    reason,
  });
  const signature = signatureObject(sign(cancelling.key ?? offer.euicc.privateKey, signed.bytes));
  const cancelSessionResponse = CancelSessionResponse.decode(encodeTlv(0xbf41, encodeTlv(0xa0, concat(signed.bytes, signature))));
  return callRsp(bench.door.post, bench.smdp.address, es9p.CancelSession, {
    transactionId: cancelling.transactionId ?? offer.transactionId,
    cancelSessionResponse,
  });
};

const OTHER_ID = '00112233445566778899AABBCCDDEEFF';

test('initiateAuthentication: 8.8.1/3.8 address, 8.8.3/3.1 version, 8.8.2/3.1 and 8.8.4/3.7 CIs', async () => {
  await using card = await client();
  await refused('8.8.1/3.8', initiate(card, {}, 'smdp.example.com'));
  await refused('8.8.3/3.1', initiate(card, { svn: '1.9.0' }));
  await refused('8.8.3/3.1', initiate(card, { svn: '3.0.0' }));
  await refused('8.8.2/3.1', initiate(card, { forSigning: ['00'.repeat(20)] }));
  await refused('8.8.4/3.7', initiate(card, { forVerification: ['00'.repeat(20)] }));
  await initiate(card, {}, card.bench.smdp.address.toUpperCase());
  await initiate(card, {}, 'localhost');
});

test('initiateAuthentication: what the server signs carries the challenge, its address and fresh values', async () => {
  await using card = await client();
  const [a, b] = [await initiate(card), await initiate(card)];
  assert.deepEqual(a.serverSigned1.value.euiccChallenge, challenge);
  assert.equal(a.serverSigned1.value.serverAddress, card.bench.smdp.address);
  assert.equal(a.serverSigned1.value.transactionId, a.transactionId);
  assert.notEqual(a.transactionId, b.transactionId);
  assert.notDeepEqual(a.serverSigned1.value.serverChallenge, b.serverSigned1.value.serverChallenge);
});

for (const [what, code, make] of SPOILT_CHAINS) {
  test(`authenticateClient: ${code} for ${what}`, async () => {
    await using card = await client();
    const { order } = card.bench.smdp.createOrder();
    await refused(code, authenticate(card, { matchingId: order.matchingId, ...(await make()) }));
    assert.equal(order.state, 'released');
  });
}

test('authenticateClient: 8.1/6.1 for a signature, a challenge or an address that is not right', async () => {
  await using card = await client();
  const { order } = card.bench.smdp.createOrder();
  const { matchingId } = order;
  await refused('8.1/6.1', authenticate(card, { matchingId, key: newPrivateKey('P-256') }));
  await refused('8.1/6.1', authenticate(card, { matchingId, serverChallenge: new Uint8Array(16) }));
  await refused('8.1/6.1', authenticate(card, { matchingId, serverAddress: 'smdp.example.com' }));
  assert.equal(order.state, 'released');
});

test('authenticateClient: 1.3.1/2.2 for an eUICC that signed no ctxParams1', async () => {
  await using card = await client();
  const { bench } = card;
  const { transactionId, ...server } = await initiate(card);
  const whole = await answerOf(card, { transactionId, ...server });
  assert.ok('authenticateResponseOk' in whole.value);
  const [signed, ...others] = parseTlv(whole.bytes).children[0]?.children ?? [];
  const signedWithout = encodeTlv(0x30, concat(...(signed?.children ?? []).slice(0, -1).map(({ bytes }) => bytes)));
  const bytes = encodeTlv(0xbf38, encodeTlv(0xa0, concat(signedWithout, ...others.map((each) => each.bytes))));
  const authenticateServerResponse = { bytes, value: whole.value };
  await refused(
    '1.3.1/2.2',
    callRsp(bench.door.post, bench.smdp.address, es9p.AuthenticateClient, { transactionId, authenticateServerResponse }),
  );
});

test('authenticateClient: 8.10.1/3.9 for a transaction that is not known, not the signed one, or ended by a refusal', async () => {
  await using card = await client();
  const { order } = card.bench.smdp.createOrder();
  const { matchingId } = order;
  await refused('8.10.1/3.9', authenticate(card, { matchingId, transactionId: OTHER_ID }));
  await refused('8.10.1/3.9', authenticate(card, { matchingId, signedTransactionId: OTHER_ID }));
});

test('authenticateClient: 8.2.6/3.8, 8.1.1/3.8 and 8.2/1.2 for a matching ID, an EID and a state that are not right', async () => {
  await using card = await client();
  const { smdp } = card.bench;
  await refused('8.2.6/3.8', authenticate(card, { matchingId: 'NOT-ORDERED' }));
  await refused('8.2.6/3.8', authenticate(card, { matchingId: '' }));
  await refused('8.2.6/3.8', authenticate(card));
  const other = smdp.createOrder({ eid: OTHER_EID });
  await refused('8.1.1/3.8', authenticate(card, { matchingId: other.order.matchingId }));
  const confirmed = smdp.createOrder({ state: 'confirmed' });
  await refused('8.2/1.2', authenticate(card, { matchingId: confirmed.order.matchingId }));
  const allocated = smdp.createOrder({ state: 'allocated', matchingId: 'NOT-YET' });
  await refused('8.2.6/3.8', authenticate(card, { matchingId: allocated.order.matchingId }));
  const { order } = smdp.createOrder();
  assert.ok(smdp.cancelOrder(order.iccid));
  await refused('8.2.6/3.8', authenticate(card, { matchingId: order.matchingId }));
});

test('authenticateClient: an order without a matching ID is found by its EID, absent or empty', async () => {
  await using card = await client();
  const { order, activationCode } = card.bench.smdp.createOrder({ eid: EID, matchingId: '' });
  assert.equal(activationCode, `LPA:1$${card.bench.smdp.address}$`);
  for (const matchingId of [{}, { matchingId: '' }]) {
    const offer = await authenticate(card, matchingId);
    assert.equal(offer.profileMetadata.value.iccid, order.iccid);
  }
});

test('authenticateClient: 8.2.5/4.3 and 8.1/4.8 for an eUICC that lacks what the package needs', async () => {
  await using card = await client();
  const { smdp } = card.bench;
  const { matchingId } = smdp.createOrder().order;
  await refused('8.2.5/4.3', authenticate(card, { matchingId, info2: { uiccCapability: ['akaMilenage'] } }));
  await refused('8.2.5/4.3', authenticate(card, { matchingId, info2: { profileVersion: '1.9.0' } }));
  const full = { extCardResource: { freeNonVolatileMemory: 100, freeVolatileMemory: 10 } };
  await authenticate(card, { matchingId, info2: full });
  const careful = smdp.createOrder({ checks: ['memory'] });
  await refused('8.1/4.8', authenticate(card, { matchingId: careful.order.matchingId, info2: full }));
});

test('authenticateClient: 8.8.5/4.10 after the last day, 8.8.5/6.4 after the last download; both end the order', async () => {
  await using card = await client();
  const { smdp } = card.bench;
  const late = smdp.createOrder({ expires: new Date() }).order;
  await refused('8.8.5/4.10', authenticate(card, { matchingId: late.matchingId }));
  assert.equal(late.state, 'error');
  await refused('8.2.6/3.8', authenticate(card, { matchingId: late.matchingId }));

  const { order } = smdp.createOrder({ maxDownloads: 2 });
  for (let i = 0; i < 2; i++) await bind(card, await authenticate(card, { matchingId: order.matchingId }));
  await refused('8.8.5/6.4', authenticate(card, { matchingId: order.matchingId }));
  assert.equal(order.state, 'error');
});

test('getBoundProfilePackage: 8.8.5/4.10 when the last day ends while somebody reads', async () => {
  let now = new Date();
  await using card = await client({ now: () => now });
  const { order } = card.bench.smdp.createOrder({ expires: new Date(Date.now() + 60_000) });
  const offer = await authenticate(card, { matchingId: order.matchingId });
  now = new Date(Date.now() + 61_000);
  await refused('8.8.5/4.10', bind(card, offer));
  assert.equal(order.state, 'error');
});

test('getBoundProfilePackage: 8.1/6.1 for an otPK that is no point of the curve', async () => {
  await using card = await client();
  const { matchingId } = card.bench.smdp.createOrder().order;
  const otpk = new Uint8Array(65).fill(4);
  await refused('8.1/6.1', bind(card, await authenticate(card, { matchingId }), { otpk }));
});

test('getBoundProfilePackage: 8.1/6.1 for a signature, 8.10.1/3.9 for a transaction that is not right', async () => {
  await using card = await client();
  const { matchingId } = card.bench.smdp.createOrder().order;
  await refused('8.1/6.1', bind(card, await authenticate(card, { matchingId }), { key: newPrivateKey('P-256') }));
  await refused('8.10.1/3.9', bind(card, await authenticate(card, { matchingId }), { transactionId: OTHER_ID }));
  await refused('8.10.1/3.9', bind(card, await authenticate(card, { matchingId }), { signedTransactionId: OTHER_ID }));
  const offer = await authenticate(card, { matchingId });
  await bind(card, offer);
  await refused('8.10.1/3.9', bind(card, offer));
});

test('getBoundProfilePackage: 8.2.7/2.2, 8.2.7/3.8, 8.2.7/6.4: a confirmation code has three tries', async () => {
  await using card = await client();
  const { order, activationCode } = card.bench.smdp.createOrder({ confirmationCode: '1234' });
  assert.match(activationCode, /\$\$1$/);
  const { matchingId } = order;
  const offer = await authenticate(card, { matchingId });
  assert.equal(offer.smdpSigned2.value.ccRequiredFlag, true);
  await refused('8.2.7/2.2', bind(card, offer));
  const attempt = async (code: string): Promise<unknown> => {
    const next = await authenticate(card, { matchingId });
    return bind(card, next, { hashCc: await hashConfirmationCode(code, next.transactionId) });
  };
  await refused('8.2.7/3.8', attempt('0000'));
  await refused('8.2.7/3.8', attempt('0001'));
  assert.equal(order.state, 'released');
  await refused('8.2.7/6.4', attempt('0002'));
  assert.equal(order.state, 'error');
  await refused('8.2.6/3.8', attempt('1234'));
});

test('getBoundProfilePackage: 8.2/3.7 for another otPK where no new binding is made; else a new package', async () => {
  await using card = await client();
  const { smdp } = card.bench;
  for (const rebind of [false, true]) {
    const { order } = smdp.createOrder({ binding: { rebind } });
    const { matchingId } = order;
    const otpk = publicPoint(newPrivateKey('P-256'));
    const first = await bind(card, await authenticate(card, { matchingId }), { otpk });
    const retry = await authenticate(card, { matchingId });
    assert.deepEqual(retry.smdpSigned2.value.bppEuiccOtpk, otpk);
    const second = await bind(card, retry, { otpk });
    assert.equal(second.boundProfilePackage.length, first.boundProfilePackage.length);
    const third = bind(card, await authenticate(card, { matchingId }));
    if (rebind) assert.equal((await third).boundProfilePackage.length, first.boundProfilePackage.length);
    else await refused('8.2/3.7', third);
  }
});

test('the eUICC that a package was bound to keeps the order: 8.1.1/3.8 for any other', async () => {
  await using card = await client();
  const { order } = card.bench.smdp.createOrder();
  await bind(card, await authenticate(card, { matchingId: order.matchingId }));
  const other = await chain({ eid: OTHER_EID });
  await refused('8.1.1/3.8', authenticate(card, { matchingId: order.matchingId, ...other }));
});

test('cancelSession: 8.10.1/3.9, 8.1/6.1 and 8.8/3.10; none of them does anything to the order', async () => {
  await using card = await client();
  const { order } = card.bench.smdp.createOrder();
  const offer = await authenticate(card, { matchingId: order.matchingId });
  await refused('8.10.1/3.9', cancel(card, offer, 'endUserRejection', { transactionId: OTHER_ID }));
  await refused('8.1/6.1', cancel(card, offer, 'endUserRejection', { key: newPrivateKey('P-256') }));
  await refused('8.8/3.10', cancel(card, offer, 'endUserRejection', { smdpOid: '2.999.66' }));
  assert.equal(order.state, 'released');
  const unauthenticated = await initiate(card);
  await refused('8.10.1/3.9', cancel(card, { ...offer, transactionId: unauthenticated.transactionId }, 'postponed'));
  await cancel(card, offer, 'postponed');
  await refused('8.10.1/3.9', cancel(card, offer, 'postponed'));
});

const reasons: [CancelSessionReason, 'released' | 'error'][] = [
  ['postponed', 'released'],
  ['timeout', 'released'],
  ['endUserRejection', 'error'],
  ['pprNotAllowed', 'error'],
  ['metadataMismatch', 'error'],
  ['loadBppExecutionError', 'error'],
  ['undefinedReason', 'error'],
  ['unknown(99)', 'error'],
];

for (const [reason, state] of reasons) {
  for (const bound of [false, true]) {
    test(`cancelSession with ${reason} ${bound ? 'after' : 'before'} the package leaves the order ${state}`, async () => {
      await using card = await client();
      const { order } = card.bench.smdp.createOrder();
      const offer = await authenticate(card, { matchingId: order.matchingId });
      if (bound) await bind(card, offer);
      await cancel(card, offer, reason);
      assert.equal(order.state, state);
      const { data } = card.bench.log.findLast(({ event }) => event === 'ES9+.CancelSession') ?? {};
      assert.equal(data?.['reason'], reason);
      const again = authenticate(card, { matchingId: order.matchingId });
      if (state === 'released') await again;
      else await refused('8.2.6/3.8', again);
    });
  }
}

test('a session that nobody cancels lapses and keeps the order', async () => {
  let now = new Date();
  await using card = await client({ now: () => now });
  const { order } = card.bench.smdp.createOrder();
  const offer = await authenticate(card, { matchingId: order.matchingId });
  now = new Date(Date.now() + 31 * 60_000);
  await refused('8.10.1/3.9', bind(card, offer));
  assert.equal(order.state, 'released');
  await authenticate(card, { matchingId: order.matchingId });
});

test('authenticateClient, getBoundProfilePackage and cancelSession: 8.1/4.2 for an eUICC that refused; the order is kept', async () => {
  await using card = await client();
  const { bench } = card;
  const { order } = bench.smdp.createOrder();
  const { transactionId } = await initiate(card);
  const authenticateServerResponse = AuthenticateServerResponse.decode(refusalOf(transactionId));
  const { post } = bench.door;
  await refused(
    '8.1/4.2',
    callRsp(post, bench.smdp.address, es9p.AuthenticateClient, { transactionId, authenticateServerResponse }),
  );
  const offer = await authenticate(card, { matchingId: order.matchingId });
  const prepareDownloadResponse = PrepareDownloadResponse.decode(refusalOf(transactionId, 0xbf21));
  await refused(
    '8.1/4.2',
    callRsp(post, bench.smdp.address, es9p.GetBoundProfilePackage, {
      transactionId: offer.transactionId,
      prepareDownloadResponse,
    }),
  );
  const cancelSessionResponse = CancelSessionResponse.decode(Uint8Array.of(0xbf, 0x41, 3, 0x81, 1, 5));
  const next = await authenticate(card, { matchingId: order.matchingId });
  await refused(
    '8.1/4.2',
    callRsp(post, bench.smdp.address, es9p.CancelSession, { transactionId: next.transactionId, cancelSessionResponse }),
  );
  assert.equal(order.state, 'released');
});

test('initiateAuthentication: 1.2.1/2.1 media type, 1.2.2/2.1 version, 1.6/2.1 what cannot be read; 404, 405', async () => {
  await using card = await client();
  const good = { 'content-type': 'application/json;charset=UTF-8', 'x-admin-protocol': 'gsma/rsp/v2.1.0' };
  const ask = (
    headers: Record<string, string>,
    body = '{}',
    path = 'initiateAuthentication',
    method = 'POST',
  ): Promise<readonly unknown[]> =>
    new Promise((resolve, reject) => {
      const url = `https://${card.bench.smdp.address}/gsma/rsp2/es9plus/${path}`;
      const request = https.request(url, { method, headers, rejectUnauthorized: false }, async (answer) => {
        const parts: Uint8Array[] = [];
        for await (const part of answer) parts.push(part);
        const text = Buffer.concat(parts).toString();
        const { subjectCode, reasonCode } = text ? JSON.parse(text).header.functionExecutionStatus.statusCodeData : {};
        resolve([answer.statusCode, answer.headers['x-admin-protocol'], `${subjectCode}/${reasonCode}`]);
      });
      request.on('error', reject).end(body);
    });
  assert.deepEqual(await ask({ ...good, 'content-type': 'text/plain' }), [200, 'gsma/rsp/v2.1.0', '1.2.1/2.1']);
  assert.deepEqual(await ask({ ...good, 'x-admin-protocol': 'gsma/rsp/v1.0.0' }), [200, 'gsma/rsp/v2.5.0', '1.2.2/2.1']);
  assert.deepEqual(await ask({ 'content-type': 'application/json' }), [200, 'gsma/rsp/v2.5.0', '1.2.2/2.1']);
  assert.deepEqual(await ask(good), [200, 'gsma/rsp/v2.1.0', '1.6/2.1']);
  assert.deepEqual(await ask(good, '[]'), [200, 'gsma/rsp/v2.1.0', '1.6/2.1']);
  assert.deepEqual(await ask(good, '{"euiccChallenge":"!"}'), [200, 'gsma/rsp/v2.1.0', '1.6/2.1']);
  assert.deepEqual((await ask(good, '{}', 'nothing'))[0], 404);
  assert.deepEqual((await ask(good, '', 'initiateAuthentication', 'GET'))[0], 405);
  assert.deepEqual((await ask(good, ' '.repeat(5 * 1024 * 1024)))[0], 413);
});
