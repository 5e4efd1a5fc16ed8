/** Ten hard ends of a download; `npm run kill` makes a hundred. The stages one by one are in cli/killed.test.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomOf } from './fuzz/random.ts';
import { dieAndRecover, type Report, some } from './kill/kill.ts';

test('ten downloads end the hard way: the card works, the user knows, nothing is lost', { timeout: 400_000 }, async (t) => {
  const reports: Report[] = [];
  await dieAndRecover(some(randomOf(1)), (report) => {
    reports.push(report);
    t.diagnostic(`${report.death}: ${report.ended}, the order is ${report.order}; ${report.told || 'nothing to tell'}`);
  });
  assert.equal(reports.length, 10);
});
