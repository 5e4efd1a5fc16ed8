/** Events from the SM-DP+ over one SM-DS, or over two, to the LPA that asks: real HTTPS, the software eUICC, the LPA's procedures. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as es2p from '../../../src/lab/rsp/es2p.ts';
import * as es12 from '../../../src/lab/rsp/es12.ts';
import type { NewOrder } from '../../../src/lab/smdp/order.ts';
import { createSmds, type Smds } from '../../../src/lab/smds/smds.ts';
import { newSmdsState, type SmdsState } from '../../../src/lab/smds/state.ts';
import { MemoryRecords } from '../../../src/lab/state/records.ts';
import { ServerError, TrustError } from '../../../src/lpa/errors.ts';
import * as es11 from '../../../src/lpa/es9/es11.ts';
import { callRsp } from '../../../src/lpa/es9/function.ts';
import { GetEuiccInfo1 } from '../../../src/lpa/es10/es10b.ts';
import { authenticate } from '../../../src/lpa/procedures/authenticate.ts';
import { discover } from '../../../src/lpa/procedures/discovery.ts';
import { downloadProfile } from '../../../src/lpa/procedures/download.ts';
import { type Bench, EID, type Logged, OTHER_EID, openBench, sharedDomain, type TestDomain, yes } from '../smdp/harness.ts';

interface Discovery extends AsyncDisposable {
  readonly bench: Bench;
  readonly root: Smds;
  readonly log: Logged[];
  readonly ports: Map<string, string>;
}

/** An SM-DS that the card names, and an SM-DP+ that knows it. */
async function openDiscovery({
  domain,
  faults,
  state,
}: {
  domain?: TestDomain;
  faults?: string[];
  state?: SmdsState;
} = {}): Promise<Discovery> {
  const own = domain ?? (await sharedDomain());
  const log: Logged[] = [];
  const ports = new Map<string, string>();
  const root = await createSmds({
    pki: { domains: [own] },
    state: state ?? newSmdsState(),
    log: (entry) => log.push(entry),
    ...(faults && { faults }),
  });
  await root.listen();
  ports.set(root.address, (await root.listenOperator()).address);
  const bench = await openBench({
    domains: [own],
    card: { rootDsAddress: root.address },
    es12Of: (address) => ports.get(address) ?? address,
  });
  return {
    bench,
    root,
    log,
    ports,
    async [Symbol.asyncDispose]() {
      await bench[Symbol.asyncDispose]();
      await root.close();
    },
  };
}

/** A further SM-DS, whose Events the root passes on. */
async function openBelow({ root, log, ports }: Discovery): Promise<Smds> {
  const below = await createSmds({
    pki: { domains: [await sharedDomain()] },
    state: newSmdsState(),
    log: (entry) => log.push(entry),
    parent: root.address,
    es12Of: (address) => ports.get(address) ?? address,
  });
  await below.listen();
  ports.set(below.address, (await below.listenOperator()).address);
  return below;
}

const order = async ({ bench }: Discovery, smdsAddress: string, more: NewOrder = {}) => {
  const created = bench.smdp.createOrder({ eid: EID, smdsAddress, ...more });
  assert.deepEqual([...(await bench.smdp.publishEvents())], []);
  return created.order;
};

const refused = async (code: string, work: Promise<unknown>): Promise<void> =>
  assert.rejects(work, (error) => {
    assert.ok(error instanceof ServerError, String(error));
    assert.equal(`${error.subjectCode}/${error.reasonCode}`, code, error.serverMessage);
    return true;
  });

test('an order with an Event is found by its eUICC, downloaded, and the Event is gone', async () => {
  await using here = await openDiscovery();
  const { bench, root } = here;
  const { iccid, matchingId } = await order(here, root.address);
  const { found, unreached } = await discover(bench.lpa);
  assert.deepEqual(unreached, []);
  assert.deepEqual(found, [{ rspServerAddress: bench.smdp.address, eventId: matchingId, source: 'smds' }]);
  const installed = await downloadProfile(bench.lpa, { address: bench.smdp.address, matchingId }, yes);
  assert.equal(installed.iccid, iccid);
  await bench.deliver();
  await bench.smdp.settled();
  assert.deepEqual((await discover(bench.lpa)).found, []);
  assert.deepEqual(root.state.events, []);
});

test('several Events come in the order of their registration; those of another EID do not', async () => {
  await using here = await openDiscovery();
  const [a, b] = [await order(here, here.root.address), await order(here, here.root.address)];
  await order(here, here.root.address, { eid: OTHER_EID });
  const { found } = await discover(here.bench.lpa);
  assert.deepEqual(
    found.map(({ eventId }) => eventId),
    [a.matchingId, b.matchingId],
  );
});

test('an Event at another SM-DS is passed on to the root and followed from there', async () => {
  await using here = await openDiscovery();
  await using below = await openBelow(here);
  const { matchingId } = await order(here, below.address);
  const [atRoot] = here.root.state.events;
  assert.equal(atRoot?.rspServerAddress, below.address);
  assert.notEqual(atRoot?.eventId, matchingId);
  const { found, unreached } = await discover(here.bench.lpa);
  assert.deepEqual(unreached, []);
  assert.deepEqual(found, [{ rspServerAddress: here.bench.smdp.address, eventId: matchingId, source: 'smds' }]);
  assert.ok(here.bench.smdp.cancelOrder(here.bench.smdp.state.orders[0]!.iccid));
  await here.bench.smdp.settled();
  assert.deepEqual([below.state.events, here.root.state.events], [[], []]);
});

test('an Event at an address that is no host is not followed, and told', async () => {
  await using here = await openDiscovery();
  await order(here, here.root.address);
  for (const rspServerAddress of ['https://smdp.example.com/x', '127.0.0.1', 'user@smdp.example.com']) {
    Object.assign(here.root.state.events[0]!, { rspServerAddress });
    const { found, failed, unreached } = await discover(here.bench.lpa);
    assert.deepEqual([found, unreached], [[], []]);
    assert.equal(failed[0]?.rspServerAddress, rspServerAddress);
    assert.match(failed[0]?.error.message ?? '', /^the address of an RSP server: /);
  }
});

test('an order that waits at the default SM-DP+ is found there by the EID alone', async () => {
  await using bench = await openBench({ card: { rootDsAddress: '' } });
  bench.card.state.defaultDpAddress = bench.smdp.address;
  bench.smdp.createOrder({ eid: EID, matchingId: '' });
  assert.deepEqual((await discover(bench.lpa)).found, [{ rspServerAddress: bench.smdp.address, source: 'defaultSmdp' }]);
});

test('Events are there when the SM-DS starts again with its records', async () => {
  const records = new MemoryRecords();
  let eventId = '';
  {
    await using here = await openDiscovery({ state: newSmdsState(records) });
    eventId = (await order(here, here.root.address)).matchingId;
  }
  await using again = await openDiscovery({ state: newSmdsState(records) });
  const { lpa } = again.bench;
  const { root } = again;
  const hands = await authenticate(lpa, { address: root.address }, es11.InitiateAuthentication, 'ds');
  const { transactionId, authenticateServerResponse } = hands;
  const request = { transactionId, authenticateServerResponse };
  const { eventEntries } = await callRsp(lpa.servers.post, root.address, es11.AuthenticateClient, request);
  assert.deepEqual(
    eventEntries.map((entry) => entry.eventId),
    [eventId],
  );
});

test('ES11.AuthenticateClient: 8.9.5/3.9 for an Event, 8.10.1/3.9 for a transaction that there is not', async () => {
  await using here = await openDiscovery();
  const { bench, root } = here;
  const { servers } = bench.lpa;
  const shake = (matchingId?: string) =>
    authenticate(bench.lpa, { address: root.address, ...(matchingId && { matchingId }) }, es11.InitiateAuthentication, 'ds');
  const ask = ({ transactionId, authenticateServerResponse }: Awaited<ReturnType<typeof shake>>) =>
    callRsp(servers.post, root.address, es11.AuthenticateClient, { transactionId, authenticateServerResponse });
  await refused('8.9.5/3.9', ask(await shake('NO-SUCH-EVENT')));
  const hands = await shake();
  assert.deepEqual((await ask(hands)).eventEntries, []);
  await refused('8.10.1/3.9', ask(hands));
});

test('ES11.InitiateAuthentication: 8.9.1/3.8 address, 8.9.3/3.1 version, 8.9.2/3.1 and 8.9.4/3.7 CIs', async () => {
  await using here = await openDiscovery();
  const { lpa } = here.bench;
  const info = await lpa.isdr.call(GetEuiccInfo1, {});
  const { ciPKId } = await sharedDomain();
  const at = Buffer.from(info.bytes).indexOf(Buffer.from(ciPKId, 'hex'));
  const last = Buffer.from(info.bytes).lastIndexOf(Buffer.from(ciPKId, 'hex'));
  const version = info.bytes.indexOf(0x82) + 2;
  const changed = (octet: number, value: number) => ({ ...info, bytes: info.bytes.with(octet, value) });
  const initiate = (euiccInfo1 = info, smdpAddress = here.root.address) =>
    callRsp(lpa.servers.post, here.root.address, es11.InitiateAuthentication, {
      euiccChallenge: new Uint8Array(16),
      euiccInfo1,
      smdpAddress,
    });
  await initiate();
  await refused('8.9.1/3.8', initiate(info, 'smds.example.com'));
  await refused('8.9.2/3.1', initiate(changed(last, info.bytes[last]! ^ 1)));
  await refused('8.9.4/3.7', initiate(changed(at, info.bytes[at]! ^ 1)));
  await refused('8.9.3/3.1', initiate(changed(version, 1)));
});

test('registerEvent: 8.9.5/3.3 for one that is registered already', async () => {
  await using here = await openDiscovery();
  const { bench, root, ports } = here;
  const at = ports.get(root.address)!;
  const header = { functionRequesterIdentifier: '1.2.3', functionCallIdentifier: '1' };
  const event = { eid: EID, eventId: 'EVENT-1' };
  const register = () =>
    callRsp(bench.door.post, at, es12.RegisterEvent, {
      header,
      ...event,
      rspServerAddress: 'smdp.example.com',
      forwardingIndicator: false,
    });
  await register();
  await refused('8.9.5/3.3', register());
  assert.equal(root.state.events.length, 1);
});

test('deleteEvent: 8.9.5/3.9 for one that is not registered, 8.9.5/1.2 for one that another server registered', async () => {
  await using here = await openDiscovery();
  const { bench, root, ports } = here;
  const event = { eid: EID, eventId: 'EVENT-1' };
  root.state.add({ ...event, rspServerAddress: 'smdp.example.com', requester: '1.2.3' });
  const remove = (functionRequesterIdentifier: string) =>
    callRsp(bench.door.post, ports.get(root.address)!, es12.DeleteEvent, {
      header: { functionRequesterIdentifier, functionCallIdentifier: '1' },
      ...event,
    });
  await refused('8.9.5/1.2', remove('4.5.6'));
  await remove('1.2.3');
  assert.deepEqual(root.state.events, []);
  await refused('8.9.5/3.9', remove('1.2.3'));
});

test('confirmOrder: 8.9/5.1 for an SM-DS that cannot be reached, 8.9/4.2 for one that refuses', async () => {
  await using here = await openDiscovery();
  const { bench, root } = here;
  const { address } = await bench.smdp.listenOperator();
  const header = { functionRequesterIdentifier: '1.2.3', functionCallIdentifier: '1' };
  const { iccid } = await callRsp(bench.door.post, address, es2p.DownloadOrder, { header, profileType: 'lab', eid: EID });
  const confirm = (smdsAddress: string) =>
    callRsp(bench.door.post, address, es2p.ConfirmOrder, { header, iccid, smdsAddress, matchingId: 'MINE', releaseFlag: true });
  await refused('8.9/5.1', confirm('localhost:1'));
  await root.setFaults(['status:8.9.5/3.3@registerEvent']);
  await refused('8.9/4.2', confirm(root.address));
  await root.setFaults([]);
  await confirm(root.address);
  assert.deepEqual(
    root.state.events.map(({ eventId }) => eventId),
    ['MINE'],
  );
});

test('an SM-DS that cannot be reached, or refuses, is told: 8.9/5.1 and 8.9/4.2', async () => {
  await using here = await openDiscovery();
  const { bench, root } = here;
  bench.smdp.createOrder({ eid: EID, smdsAddress: 'localhost:1' });
  const [why] = [...(await bench.smdp.publishEvents()).values()];
  assert.match(why ?? '', /cannot be reached/);
  await root.setFaults(['status:8.9.5/3.3@registerEvent']);
  bench.smdp.createOrder({ eid: EID, smdsAddress: root.address });
  const reasons = [...(await bench.smdp.publishEvents()).values()];
  assert.match(reasons[1] ?? '', /the SM-DS refused/);
});

for (const [fault, check] of [
  ['tls-expired', 'tlsExpired'],
  ['tls-wrong-role', 'tlsRole'],
  ['dpauth-wrong-role', 'certificateRole'],
  ['wrong-address', 'serverAddress'],
  ['wrong-challenge', 'euiccChallenge'],
] as const) {
  test(`an SM-DS with the fault ${fault} is not trusted (${check})`, async () => {
    await using here = await openDiscovery({ faults: [fault] });
    const { found, unreached } = await discover(here.bench.lpa);
    assert.deepEqual(found, []);
    const [{ error } = { error: undefined }] = unreached;
    assert.ok(error instanceof TrustError, String(error));
    assert.equal(error.check, check);
  });
}
