/** Answers that leave it open whether the server did what it was asked: the user is not told more than is known. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CancelledError, type CodeState, LpaError, TrustError } from '../../src/lpa/errors.ts';
import { listNotification } from '../../src/lpa/es10/es10b.ts';
import type { Consent } from '../../src/lpa/procedures/download.ts';
import { openBench, yes } from '../lab/smdp/harness.ts';

const refuse: Consent = async () => ({ cancel: 'endUserRejection' });
const later: Consent = async () => ({ cancel: 'postponed' });

const CASES: readonly [faults: string[], consent: Consent, codeState: CodeState, order: string][] = [
  [['cut@cancelSession'], refuse, 'likelyEnded', 'error'],
  [['no-header@cancelSession'], refuse, 'likelyEnded', 'error'],
  [['http:500@cancelSession'], refuse, 'likelyEnded', 'released'],
  [['status:8.10.1/3.9@cancelSession'], refuse, 'likelyGood', 'released'],
  [['metadata-unlike:profileName', 'cut@cancelSession'], yes, 'likelyEnded', 'error'],
  [['cut@cancelSession'], later, 'likelyGood', 'released'],
];

for (const [faults, consent, codeState, state] of CASES) {
  test(`${faults.join(' and ')}, ${consent.name}: the code is ${codeState}, the order ${state}`, async () => {
    await using bench = await openBench({ faults });
    const created = bench.smdp.createOrder();
    await assert.rejects(bench.download(created, consent), (error) => {
      assert.ok(error instanceof LpaError && (error instanceof CancelledError || error instanceof TrustError));
      assert.equal(error.codeState, codeState);
      return true;
    });
    assert.equal(created.order.state, state);
  });
}

test('a page with HTTP status 200 is no delivery: the notification stays', async () => {
  await using bench = await openBench({ faults: ['html@handleNotification'] });
  const { seqNumber } = await bench.download();
  const [delivery] = await bench.deliver();
  assert.equal(delivery?.delivered, false);
  assert.match(delivery?.error?.message ?? '', /^ES9\+\.HandleNotification: the answer is a page, not JSON/);
  assert.deepEqual(
    (await listNotification(bench.isdr)).map((each) => each.seqNumber),
    [seqNumber],
  );
});
