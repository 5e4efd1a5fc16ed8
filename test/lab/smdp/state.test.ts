/** The state of an SM-DP+: what is found by which index, before and after it is read again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addOrder, type Bound, endOrder, type NewOrder, type Order } from '../../../src/lab/smdp/order.ts';
import { newSmdpState, type SmdpState } from '../../../src/lab/smdp/state.ts';
import { MemoryRecords } from '../../../src/lab/state/records.ts';
import { EID } from './harness.ts';

const add = (state: SmdpState, wanted: NewOrder): Order => addOrder(state, wanted, 'localhost:1');
const bound = (transactionId: string): Bound => ({ transactionId, eid: EID, euiccCertificate: '', euiccOtpk: '', smdpOtsk: '' });

/** Asks the state, and one that is read from the same records. */
function both<T>(records: MemoryRecords, state: SmdpState, ask: (state: SmdpState) => T): T {
  const here = ask(state);
  assert.deepEqual(ask(newSmdpState(records)), here);
  return here;
}

test('an order is found by each of its names as long as it has them', () => {
  const records = new MemoryRecords();
  const state = newSmdpState(records);
  const first = add(state, { matchingId: '', eid: EID });
  const second = add(state, { matchingId: '', eid: EID });
  const named = add(state, { matchingId: 'a_b.c' });
  const waiting = () => both(records, state, (each) => each.waitingFor(EID)?.iccid);
  assert.equal(waiting(), first.iccid);
  endOrder(first, 'installed', 'installed');
  state.changed(first);
  assert.equal(waiting(), second.iccid);
  endOrder(second, 'error', 'expired');
  state.changed(second);
  assert.equal(waiting(), undefined);
  assert.deepEqual(records.keys('waiting'), [], 'what ended leaves no entry');

  const byMatchingId = (matchingId: string) => both(records, state, (each) => each.byMatchingId(matchingId)?.iccid);
  assert.deepEqual(['a_b.c', 'A_B.C', ''].map(byMatchingId), [named.iccid, undefined, undefined]);
  named.matchingId = 'other';
  state.changed(named);
  assert.deepEqual(['a_b.c', 'other'].map(byMatchingId), [undefined, named.iccid]);

  const byTransaction = (id: string) => both(records, state, (each) => each.byTransaction(id)?.iccid);
  Object.assign(named, { bindings: [bound('A1'), bound('B2')] });
  state.changed(named);
  assert.deepEqual(['A1', 'b2', 'C3'].map(byTransaction), [named.iccid, named.iccid, undefined]);
  Object.assign(named, { bindings: [], state: 'available', matchingId: '' });
  state.changed(named);
  assert.deepEqual(['A1', 'b2'].map(byTransaction), [undefined, undefined]);
  assert.equal(
    both(records, state, (each) => each.availableOf('lab')?.iccid),
    named.iccid,
  );
  state.remove(named.iccid);
  assert.deepEqual(
    both(records, state, (each) => [each.availableOf('lab'), each.byIccid(named.iccid), each.orders.length]),
    [undefined, undefined, 2],
  );
});

test('an entry that a crash left without its order leads nowhere', () => {
  const records = new MemoryRecords();
  const { iccid } = add(newSmdpState(records), { eid: EID });
  records.write([
    ['matching', Buffer.from('LOST').toString('hex'), iccid],
    ['matching', Buffer.from('NONE').toString('hex'), '8900000000000000001'],
    ['transaction', 'A1', '8900000000000000001'],
    ['waiting', `${EID}.${iccid}`, true],
    ['available', `lab.${iccid}`, true],
    ['event', `all.${iccid}`, true],
  ]);
  const state = newSmdpState(records);
  assert.deepEqual(
    [
      state.byMatchingId('LOST'),
      state.byMatchingId('NONE'),
      state.byTransaction('A1'),
      state.waitingFor(EID),
      state.availableOf('lab'),
      state.unregistered,
    ],
    [undefined, undefined, undefined, undefined, undefined, []],
  );
  assert.equal(add(state, { matchingId: 'LOST' }).matchingId, 'LOST');
});

test('Events wait for their registration until the order is registered or has ended', () => {
  const records = new MemoryRecords();
  const state = newSmdpState(records);
  const [a, b] = [1, 2].map(() => add(state, { eid: EID, smdsAddress: 'localhost:2' }));
  const unregistered = () => both(records, state, (each) => each.unregistered.map(({ iccid }) => iccid));
  assert.deepEqual(unregistered(), [a!.iccid, b!.iccid]);
  a!.isRegistered = true;
  state.changed(a!);
  assert.deepEqual(unregistered(), [b!.iccid]);
  endOrder(b!, 'unavailable', 'cancelled by the operator');
  state.changed(b!);
  assert.deepEqual(unregistered(), []);
});

test('the last thousand notifications are kept, and a number is given once', () => {
  const records = new MemoryRecords();
  const state = newSmdpState(records);
  const time = '2026-01-01T00:00:00.000Z';
  for (let seqNumber = 1; seqNumber <= 1003; seqNumber++) {
    state.addNotification({ time, operation: 'notificationEnable', seqNumber, notificationAddress: 'localhost', verified: true });
  }
  const kept = both(records, state, (each) => each.notifications.map(({ seqNumber }) => seqNumber));
  assert.deepEqual([kept.length, kept[0], kept.at(-1)], [1000, 4, 1003]);
  const numbers = [1, 2, 3].map(() => add(newSmdpState(records), {}).iccid);
  assert.equal(new Set(numbers).size, 3);
});
