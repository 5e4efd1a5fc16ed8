/** Orders as an operator makes them over ES2+, each refusal, and what the operator is told of a download. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import * as es2p from '../../../src/lab/rsp/es2p.ts';
import { ServerError } from '../../../src/lpa/errors.ts';
import { callRsp, type Params, type RspFunction, type Values } from '../../../src/lpa/es9/function.ts';
import { type Bench, EID, OTHER_EID, openBench } from './harness.ts';

interface Desk {
  readonly bench: Bench;
  ask<Req extends Params, Res extends Params>(
    fn: RspFunction<Req, Res>,
    request: Omit<Values<Req>, 'header'>,
    requester?: string,
  ): Promise<Values<Res>>;
}

async function desk(bench: Bench): Promise<Desk> {
  const { address } = await bench.smdp.listenOperator();
  return {
    bench,
    ask: (fn, request, functionRequesterIdentifier = '1.2.3') =>
      callRsp(bench.door.post, address, fn, {
        header: { functionRequesterIdentifier, functionCallIdentifier: 'call-1' },
        ...request,
      } as any), // the header of every request is the same
  };
}

const refused = async (code: string, work: Promise<unknown>): Promise<void> =>
  assert.rejects(work, (error) => {
    assert.ok(error instanceof ServerError, String(error));
    assert.equal(`${error.subjectCode}/${error.reasonCode}`, code, error.serverMessage);
    return true;
  });

const stateOf = ({ smdp }: Bench, iccid: string) => smdp.state.orders.find((order) => order.iccid === iccid)?.state;

test('an order goes from download order over confirmation and release to an installed profile', async () => {
  await using bench = await openBench();
  const { ask } = await desk(bench);
  const { iccid } = await ask(es2p.DownloadOrder, { profileType: 'lab' });
  assert.equal(stateOf(bench, iccid), 'allocated');
  const confirmed = await ask(es2p.ConfirmOrder, { iccid, releaseFlag: false });
  assert.equal(stateOf(bench, iccid), 'confirmed');
  assert.equal(confirmed.smdpAddress, bench.smdp.address);
  const activationCode = `LPA:1$${confirmed.smdpAddress}$${confirmed.matchingId}`;
  const order = bench.smdp.state.orders[0]!;
  await assert.rejects(bench.download({ order, activationCode }), /8\.2\/1\.2/);
  await ask(es2p.ReleaseProfile, { iccid });
  await bench.download({ order, activationCode });
  await bench.deliver();
  assert.equal(stateOf(bench, iccid), 'installed');
});

test('an order can be linked to an EID and protected with a confirmation code', async () => {
  await using bench = await openBench();
  const { ask } = await desk(bench);
  const { iccid } = await ask(es2p.DownloadOrder, { profileType: 'lab-rules', eid: EID });
  assert.equal(stateOf(bench, iccid), 'linked');
  const answer = await ask(es2p.ConfirmOrder, {
    iccid: `${iccid}F`,
    matchingId: '',
    confirmationCode: '4321',
    releaseFlag: true,
  });
  assert.deepEqual(answer, { eid: EID, matchingId: '', smdpAddress: bench.smdp.address });
  const order = bench.smdp.state.orders[0]!;
  await bench.download({ order, activationCode: `LPA:1$${bench.smdp.address}$` }, async ({ ccRequired, rules }) => {
    assert.ok(ccRequired);
    return { confirmationCode: '4321', acceptedRules: rules.map(({ rule }) => rule) };
  });
  await bench.deliver();
  assert.equal(order.state, 'installed');
});

test('downloadOrder: 8.2.1/2.3, 3.9, 3.3, 1.2 for the ICCID; 8.2.5/3.9, 3.7, 1.2, 3.8 for the profile type', async () => {
  await using bench = await openBench();
  const { ask } = await desk(bench);
  await refused('8.2.1/2.3', ask(es2p.DownloadOrder, {}));
  await refused('8.2.1/3.9', ask(es2p.DownloadOrder, { iccid: '89000000000000000000' }));
  await refused('8.2.5/3.9', ask(es2p.DownloadOrder, { profileType: 'unheard-of' }));
  await refused('8.2.5/3.9', ask(es2p.DownloadOrder, { profileType: 'toString' }));
  await refused('8.2.5/1.2', ask(es2p.DownloadOrder, { profileType: 'lab-elsewhere' }));
  const { iccid } = await ask(es2p.DownloadOrder, { profileType: 'lab-last' });
  await refused('8.2.5/3.7', ask(es2p.DownloadOrder, { profileType: 'lab-last' }));
  await refused('8.2.1/3.3', ask(es2p.DownloadOrder, { iccid }));
  await ask(es2p.CancelOrder, { iccid, finalProfileStatusIndicator: 'Available' });
  await refused('8.2.5/3.8', ask(es2p.DownloadOrder, { iccid, profileType: 'lab' }));
  assert.deepEqual(await ask(es2p.DownloadOrder, { iccid, profileType: 'lab-last' }, '4.5.6'), { iccid });
  await refused('8.2.1/1.2', ask(es2p.ConfirmOrder, { iccid, releaseFlag: true }));
});

test('confirmOrder: 8.1.1/2.2 and 3.10 for the EID, 8.2.6/2.1 and 3.3 for the matching ID, 8.2.1/3.5 and 3.9', async () => {
  await using bench = await openBench();
  const { ask } = await desk(bench);
  const { iccid } = await ask(es2p.DownloadOrder, { profileType: 'lab' });
  const confirm = (request: object, of = iccid) => ask(es2p.ConfirmOrder, { iccid: of, releaseFlag: true, ...request });
  await refused('8.2.1/3.9', confirm({}, '89000000000000000000'));
  await refused('8.1.1/2.2', confirm({ smdsAddress: 'localhost' }));
  await refused('8.1.1/2.2', confirm({ matchingId: '' }));
  await refused('8.2.6/2.1', confirm({ matchingId: 'a b' }));
  bench.smdp.createOrder({ matchingId: 'TAKEN' });
  await refused('8.2.6/3.3', confirm({ matchingId: 'TAKEN' }));
  const linked = await ask(es2p.DownloadOrder, { profileType: 'lab', eid: EID });
  await refused('8.1.1/3.10', confirm({ eid: OTHER_EID }, linked.iccid));
  await refused('1.6/2.1', confirm({ eid: '12' }));
  await confirm({ matchingId: 'MINE' });
  await refused('8.2.1/3.5', confirm({}));
});

test('releaseProfile: 8.2.1/3.5, 3.9 and 1.2 for a profile that is not confirmed, not known, not of the caller', async () => {
  await using bench = await openBench();
  const { ask } = await desk(bench);
  const { iccid } = await ask(es2p.DownloadOrder, { profileType: 'lab', eid: EID });
  await refused('8.2.1/3.5', ask(es2p.ReleaseProfile, { iccid }));
  await refused('8.2.1/3.9', ask(es2p.ReleaseProfile, { iccid: '89000000000000000000' }));
  await refused('8.2.1/1.2', ask(es2p.ReleaseProfile, { iccid }, '4.5.6'));
});

test('cancelOrder: 8.2.1/1.2, 3.5 and 3.3 for the profile, 8.1.1/3.10 for the EID, 8.2.6/3.10 for the matching ID, 1.6/2.1', async () => {
  await using bench = await openBench();
  const { ask } = await desk(bench);
  const { iccid } = await ask(es2p.DownloadOrder, { profileType: 'lab', eid: EID });
  const cancel = (request: object = {}, requester?: string) =>
    ask(es2p.CancelOrder, { iccid, finalProfileStatusIndicator: 'Unavailable', ...request }, requester);
  await refused('8.2.1/1.2', cancel({}, '4.5.6'));
  await refused('8.1.1/3.10', cancel({ eid: OTHER_EID }));
  await refused('8.2.6/3.10', cancel({ matchingId: 'ANOTHER' }));
  await refused('1.6/2.1', cancel({ finalProfileStatusIndicator: 'Gone' }));
  await cancel();
  assert.equal(stateOf(bench, iccid), 'unavailable');
  await refused('8.2.1/3.5', cancel());
  const { order } = bench.smdp.createOrder();
  await bench.download({ order, activationCode: `LPA:1$${bench.smdp.address}$${order.matchingId}` });
  await bench.deliver();
  await refused('8.2.1/3.3', cancel({ iccid: order.iccid, eid: EID }));
});

test('an order that is cancelled back to stock can be had by another EID', async () => {
  await using bench = await openBench();
  const { ask } = await desk(bench);
  const { iccid } = await ask(es2p.DownloadOrder, { profileType: 'lab', eid: OTHER_EID });
  await ask(es2p.ConfirmOrder, { iccid, releaseFlag: true });
  await ask(es2p.CancelOrder, { iccid, eid: OTHER_EID, finalProfileStatusIndicator: 'Available' });
  assert.equal(stateOf(bench, iccid), 'available');
  const again = await ask(es2p.DownloadOrder, { profileType: 'lab' });
  assert.equal(again.iccid, iccid);
  const { matchingId } = await ask(es2p.ConfirmOrder, { iccid, releaseFlag: true });
  const order = bench.smdp.state.orders[0]!;
  await bench.download({ order, activationCode: `LPA:1$${bench.smdp.address}$${matchingId}` });
});

/** An operator that listens. */
async function operator() {
  const told: { path: string; body: any }[] = [];
  const server = http.createServer(async (request, response) => {
    const parts: Uint8Array[] = [];
    for await (const part of request) parts.push(part);
    told.push({ path: request.url ?? '', body: JSON.parse(Buffer.concat(parts).toString()) });
    response.writeHead(204).end();
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  return {
    told,
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

test('the operator is told of eligibility, confirmation, download and installation', async () => {
  await using listening = await operator();
  await using bench = await openBench({ operator: listening.url });
  const created = bench.smdp.createOrder({ confirmationCode: '1234' });
  const codes = ['0000', '1234'];
  await bench.download(created, async () => ({ confirmationCode: codes.shift() ?? '' }));
  await bench.deliver();
  await bench.smdp.settled();
  const points = listening.told.map(({ body }) => {
    const { status, statusCodeData } = body.notificationPointStatus;
    return [body.notificationPointId, statusCodeData ? `${statusCodeData.subjectCode}/${statusCodeData.reasonCode}` : status];
  });
  assert.deepEqual(points, [
    [1, 'Executed-Success'],
    [2, '8.2.7/3.8'],
    [1, 'Executed-Success'],
    [2, 'Executed-Success'],
    [3, 'Executed-Success'],
    [4, 'Executed-Success'],
  ]);
  const { path, body } = listening.told.at(-1)!;
  assert.equal(path, '/gsma/rsp2/es2plus/handleDownloadProgressInfo');
  assert.equal(body.iccid, created.order.iccid);
  assert.equal(body.eid, EID);
  assert.equal(body.header.functionRequesterIdentifier, bench.smdp.oid);
  assert.match(body.timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assert.match(body.resultData, /^vze/); // BF37
});

test('an operator that is not there holds nobody up', async () => {
  await using bench = await openBench({ operator: 'http://localhost:1' });
  await bench.download();
  await bench.smdp.settled();
  assert.match(bench.log.find(({ event }) => event === 'ES2+.HandleDownloadProgressInfo')?.detail ?? '', /not delivered/);
});
