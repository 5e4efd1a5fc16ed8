/** The soak at the size that is right for every day; `npm run soak` is the long one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type SoakReport, soak } from './soak/soak.ts';

setFlagsFromString('--expose-gc');
globalThis.gc ??= runInNewContext('gc') as NonNullable<typeof globalThis.gc>;

test('500 operations, whatever goes wrong: no difference from the model, and nothing leaks', { timeout: 300_000 }, async (t) => {
  const report: SoakReport = await soak({ operations: 500, seed: 1 });
  const { disturbed, heap, handles, channelsLeft, ms } = report;
  t.diagnostic(`${((500 * 1000) / ms).toFixed(1)} operations a second`);
  assert.ok(disturbed > 100, `only ${disturbed} were disturbed`);
  assert.equal(channelsLeft, 0);
  assert.deepEqual(handles[1], handles[0]);
  assert.ok(heap[1] <= heap[0] * 1.2, `heap in use: ${heap.join(', then ')} octets`);
});
