/** Whole downloads: the LPA's procedures, the software eUICC, real TLS, and the SM-DP+. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBench } from './harness.ts';

test('a profile is downloaded, installed and reported, and its code is spent', async () => {
  await using bench = await openBench();
  const order = bench.smdp.createOrder({ profileName: 'Alpha', serviceProviderName: 'Operator' });
  const installed = await bench.download(order);
  assert.equal(installed.iccid, order.order.iccid);
  assert.equal(order.order.state, 'downloaded');
  const deliveries = await bench.deliver();
  assert.deepEqual(
    deliveries.map(({ delivered }) => delivered),
    [true],
  );
  assert.equal(order.order.state, 'installed');
  assert.deepEqual(bench.decisions(), [
    'InitiateAuthentication: Executed-Success',
    'AuthenticateClient: Executed-Success',
    'GetBoundProfilePackage: Executed-Success',
    'HandleNotification: Executed-Success',
  ]);
});
