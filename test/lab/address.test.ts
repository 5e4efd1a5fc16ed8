import assert from 'node:assert/strict';
import { test } from 'node:test';
import { authorityAt, portOf } from '../../src/lab/state/address.ts';

test('an address has its port, but for that of HTTPS: there are LPAs that take a host name alone', () => {
  assert.deepEqual([authorityAt(8443), authorityAt(443)], ['localhost:8443', 'localhost']);
  for (const port of [443, 1, 65535]) assert.equal(portOf(authorityAt(port)), port);
});
