/** What an SM-DS answers to an eUICC that is not what it should be (SGP.22 v2.5 §5.8.2), provoked over real HTTPS. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSmds, type Smds } from '../../../src/lab/smds/smds.ts';
import { type EventRecord, newSmdsState } from '../../../src/lab/smds/state.ts';
import * as es11 from '../../../src/lpa/es9/es11.ts';
import { callRsp } from '../../../src/lpa/es9/function.ts';
import { openRspDoor } from '../../../src/lpa/es9/https.ts';
import { newPrivateKey } from '../../../src/lpa/pki/ecdsa.ts';
import { AuthenticateServerResponse } from '../../../src/lpa/sgp22/authentication.ts';
import { type Answering, answerOf, chain, initiation, refusalOf, refused, SPOILT_CHAINS } from '../smdp/any-euicc.ts';
import { EID, OTHER_EID, sharedDomain } from '../smdp/harness.ts';

interface Client extends AsyncDisposable {
  readonly smds: Smds;
  authenticate(answering?: Answering): Promise<readonly es11.EventEntry[]>;
  /** An eUICC that refused the server. */
  refuse(): Promise<unknown>;
}

const EVENT: EventRecord = { eid: EID, eventId: 'EVENT-1', rspServerAddress: 'smdp.example.com', requester: '1.2.3' };

async function client(): Promise<Client> {
  const domain = await sharedDomain();
  const state = newSmdsState();
  state.add(EVENT);
  const smds = await createSmds({ pki: { domains: [domain] }, state, log: () => {} });
  await smds.listen();
  const { address } = smds;
  const { post, ...door } = openRspDoor({
    anchors: async () => ({ ciPKIds: [domain.ciPKId], ca: [], allowTestCi: false, strictCi: false }),
    env: {},
  });
  const initiate = async () => callRsp(post, address, es11.InitiateAuthentication, await initiation(address));
  const ask = async (transactionId: string, authenticateServerResponse: ReturnType<typeof AuthenticateServerResponse.decode>) =>
    (await callRsp(post, address, es11.AuthenticateClient, { transactionId, authenticateServerResponse })).eventEntries;
  return {
    smds,
    async authenticate(answering = {}) {
      const server = await initiate();
      return ask(answering.transactionId ?? server.transactionId, await answerOf(domain.card, server, answering));
    },
    async refuse() {
      const { transactionId } = await initiate();
      return ask(transactionId, AuthenticateServerResponse.decode(refusalOf(transactionId)));
    },
    async [Symbol.asyncDispose]() {
      await door[Symbol.asyncDispose]();
      await smds.close();
    },
  };
}

const { eventId, rspServerAddress } = EVENT;

for (const [what, code, make] of SPOILT_CHAINS) {
  test(`ES11.AuthenticateClient: ${code} for ${what}`, async () => {
    await using card = await client();
    await refused(code, card.authenticate(await make()));
    assert.deepEqual(await card.authenticate(), [{ eventId, rspServerAddress }], 'the Event is still there');
  });
}

test('ES11.AuthenticateClient: 8.1/6.1 for a signature, a challenge or an address that is not right', async () => {
  await using card = await client();
  await refused('8.1/6.1', card.authenticate({ key: newPrivateKey('P-256') }));
  await refused('8.1/6.1', card.authenticate({ serverChallenge: new Uint8Array(16) }));
  await refused('8.1/6.1', card.authenticate({ serverAddress: 'smds.example.com' }));
  assert.equal((await card.authenticate()).length, 1);
});

test('ES11.AuthenticateClient: 8.10.1/3.9 for a transaction that is not known, or not the signed one', async () => {
  await using card = await client();
  const other = '00112233445566778899AABBCCDDEEFF';
  await refused('8.10.1/3.9', card.authenticate({ transactionId: other }));
  await refused('8.10.1/3.9', card.authenticate({ signedTransactionId: other }));
});

test('ES11.AuthenticateClient: 8.9.5/3.9 for the Event of another eUICC; without naming one there is nothing for it', async () => {
  await using card = await client();
  const other = await chain({ eid: OTHER_EID });
  assert.deepEqual(await card.authenticate(other), []);
  await refused('8.9.5/3.9', card.authenticate({ ...other, matchingId: eventId }));
  assert.equal((await card.authenticate({ matchingId: eventId })).length, 1);
});

test('ES11.AuthenticateClient: 8.1/4.2 for an eUICC that refused', async () => {
  await using card = await client();
  await refused('8.1/4.2', card.refuse());
});
