/** The ASN.1 binding: the LPA's own download through it, the octets of each message made by hand here. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSmds } from '../../../src/lab/smds/smds.ts';
import { newSmdsState } from '../../../src/lab/smds/state.ts';
import { encodeTlv, parseTlv, type Tlv } from '../../../src/lpa/asn1/tlv.ts';
import { concat, fromBase64, fromHex, toBase64, toHex, utf8Bytes, utf8Text } from '../../../src/lpa/bytes.ts';
import { ServerError } from '../../../src/lpa/errors.ts';
import * as es11 from '../../../src/lpa/es9/es11.ts';
import type { Post } from '../../../src/lpa/es9/function.ts';
import { callRsp } from '../../../src/lpa/es9/function.ts';
import { parseActivationCode } from '../../../src/lpa/procedures/activation-code.ts';
import { authenticate } from '../../../src/lpa/procedures/authenticate.ts';
import { downloadProfile } from '../../../src/lpa/procedures/download.ts';
import { sendNotifications } from '../../../src/lpa/procedures/notifications.ts';
import { sendAsn1 as send } from './asn1.ts';
import { type Bench, EID, openBench, sharedDomain, yes } from './harness.ts';

const object = (json: string): Uint8Array => fromBase64(json);
const transaction = (id: string): Uint8Array => encodeTlv(0x80, fromHex(id));

/** The request of each function, from its JSON members. */
const REQUESTS: Readonly<Record<string, (json: any) => Uint8Array>> = {
  initiateAuthentication: ({ euiccChallenge, smdpAddress, euiccInfo1 }) =>
    encodeTlv(
      0xbf39,
      concat(encodeTlv(0x81, object(euiccChallenge)), encodeTlv(0x83, utf8Bytes(smdpAddress)), object(euiccInfo1)),
    ),
  authenticateClient: ({ transactionId, authenticateServerResponse }) =>
    encodeTlv(0xbf3b, concat(transaction(transactionId), object(authenticateServerResponse))),
  getBoundProfilePackage: ({ transactionId, prepareDownloadResponse }) =>
    encodeTlv(0xbf3a, concat(transaction(transactionId), object(prepareDownloadResponse))),
  cancelSession: ({ transactionId, cancelSessionResponse }) =>
    encodeTlv(0xbf41, concat(transaction(transactionId), encodeTlv(0xa1, parseTlv(object(cancelSessionResponse)).content))),
  handleNotification: ({ pendingNotification }) => encodeTlv(0xbf3d, encodeTlv(0xa0, object(pendingNotification))),
};

/** The members of each answer, from its fields in order. */
const ANSWERS: Readonly<Record<number, readonly string[]>> = {
  48953: ['transactionId', 'serverSigned1', 'serverSignature1', 'euiccCiPKIdToBeUsed', 'serverCertificate'],
  48955: ['transactionId', 'profileMetadata', 'smdpSigned2', 'smdpSignature2', 'smdpCertificate'],
  48954: ['transactionId', 'boundProfilePackage'],
  48961: [],
  48960: ['transactionId', 'eventEntries'],
};

const eventEntries = ({ children }: Tlv) =>
  children.map(({ children: [eventId, address] }) => ({
    eventId: utf8Text(eventId!.content),
    rspServerAddress: utf8Text(address!.content),
  }));

/** A door that speaks ASN.1 to the server and JSON to the LPA. Numbers of errors come as `asn1/<number>`. */
const asn1Post: Post = async ({ address, path, body }) => {
  const request = REQUESTS[path.split('/').at(-1)!]!(JSON.parse(body));
  const { status, body: octets } = await send(address, encodeTlv(0xa2, request));
  if (status === 204) return { status, body: '' };
  const envelope = parseTlv(octets);
  assert.equal(envelope.tag, 0xa2);
  const [answer] = envelope.children;
  const [chosen] = answer!.children;
  if (chosen!.tag === 0x81) {
    const statusCodeData = { subjectCode: 'asn1', reasonCode: String(Number(`0x${toHex(chosen!.content)}`)) };
    return { status: 200, body: JSON.stringify({ header: { functionExecutionStatus: { status: 'Failed', statusCodeData } } }) };
  }
  const members = ANSWERS[answer!.tag]!.map((name, i) => {
    const tlv = chosen!.children[i]!;
    if (name === 'transactionId') return [name, toHex(tlv.content)];
    if (name === 'eventEntries') return [name, eventEntries(tlv)];
    return [name, toBase64(tlv.bytes)];
  });
  const header = { functionExecutionStatus: { status: 'Executed-Success' } };
  return { status: 200, body: JSON.stringify({ header, ...Object.fromEntries(members) }) };
};

const overAsn1 = ({ lpa }: Bench) => ({ ...lpa, servers: { ...lpa.servers, post: asn1Post, connect: () => {} } });

const failsWith = (number: number, work: Promise<unknown>): Promise<void> =>
  assert.rejects(work, (error) => {
    assert.ok(error instanceof ServerError, String(error));
    assert.equal(`${error.subjectCode}/${error.reasonCode}`, `asn1/${number}`);
    return true;
  });

test('a profile is downloaded, installed and reported over ASN.1', async () => {
  await using bench = await openBench();
  const { order, activationCode } = bench.smdp.createOrder();
  const { smdpAddress, matchingId } = parseActivationCode(activationCode);
  const lpa = overAsn1(bench);
  const { iccid } = await downloadProfile(lpa, { address: smdpAddress, matchingId }, yes);
  assert.equal(iccid, order.iccid);
  assert.deepEqual(
    (await sendNotifications(lpa)).map(({ delivered }) => delivered),
    [true],
  );
  assert.equal(order.state, 'installed');
  assert.equal(bench.decisions().length, 4);
});

test('refusals are numbers: matching ID 6, confirmation code 3 and 4, address 1; a cancellation keeps the order', async () => {
  await using bench = await openBench();
  const lpa = overAsn1(bench);
  const { address } = bench.smdp;
  await failsWith(6, downloadProfile(lpa, { address, matchingId: 'UNKNOWN' }, yes));
  const { order } = bench.smdp.createOrder({ confirmationCode: '1234' });
  const target = { address, matchingId: order.matchingId };
  for (const number of [3, 3, 4])
    await failsWith(
      number,
      downloadProfile(lpa, target, async () => ({ confirmationCode: '0' })),
    );
  const postponed = bench.smdp.createOrder().order;
  const later = async () => ({ cancel: 'postponed' }) as const;
  await assert.rejects(downloadProfile(lpa, { address, matchingId: postponed.matchingId }, later), /postponed/);
  assert.equal(postponed.state, 'released');
  assert.equal(bench.log.findLast(({ event }) => event === 'ES9+.CancelSession')?.data?.['reason'], 'postponed');
});

test('an SM-DS answers in ASN.1 too', async () => {
  await using bench = await openBench();
  const event = { eid: EID, eventId: 'EVENT-1', rspServerAddress: 'smdp.example.com', requester: '1.2.3' };
  const state = newSmdsState();
  state.add(event);
  await using smds = await createSmds({ pki: { domains: [await sharedDomain()] }, state, log: () => {} });
  const { address } = await smds.listen();
  const lpa = overAsn1(bench);
  const ask = async (matchingId?: string) => {
    const hands = await authenticate(lpa, { address, ...(matchingId && { matchingId }) }, es11.InitiateAuthentication, 'ds');
    const { transactionId, authenticateServerResponse } = hands;
    return callRsp(asn1Post, address, es11.AuthenticateClient, { transactionId, authenticateServerResponse });
  };
  assert.deepEqual((await ask()).eventEntries, [{ eventId: 'EVENT-1', rspServerAddress: 'smdp.example.com' }]);
  await failsWith(6, ask('OTHER'));
});

test('what is no RemoteProfileProvisioningRequest is answered 404; a wrong media type is an error of the function', async () => {
  await using bench = await openBench();
  const { address } = bench.smdp;
  for (const octets of ['A200', 'A202BF39', 'A203BF2000', '3000', 'A206BF3900BF3900']) {
    assert.equal((await send(address, fromHex(octets))).status, 404, octets);
  }
  const empty = await send(address, fromHex('A203BF3900'));
  assert.deepEqual([empty.type, toHex(empty.body)], ['application/x-gsma-rsp-asn1', 'A206BF390381017F']);
  const json = await send(address, fromHex('A203BF3900'), 'application/json');
  assert.equal(toHex(json.body), 'A206BF390381017F');
});
