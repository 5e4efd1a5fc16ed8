/** Hints follow what the server says of an order, and what became of a cancellation. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openLab } from './lab.ts';

const errorIn = (err: string) => JSON.parse(err.trimEnd().split('\n').at(-1) ?? '').error;

test('wrong confirmation codes in a script: how many tries are left, a warning before the last, then a locked order', async () => {
  await using lab = await openLab();
  const { activationCode } = lab.smdp.createOrder({ confirmationCode: '4321' });
  const wrong = () => lab.run(['download', activationCode, '--yes', '--json', '--confirmation-code', '9999']);
  const [first, second, third, fourth] = [await wrong(), await wrong(), await wrong(), await wrong()].map(({ err }) =>
    errorIn(err),
  );
  assert.deepEqual([first.reasonCode, first.confirmationCodeTriesLeft], ['3.8', 2]);
  assert.match(first.remedy, /^2 tries are left: /);
  assert.deepEqual([second.reasonCode, second.confirmationCodeTriesLeft], ['3.8', 1]);
  assert.match(second.remedy, /^one try is left, and another wrong confirmation code locks the order/);
  assert.deepEqual([third.subjectCode, third.reasonCode, third.activationCode], ['8.2.7', '6.4', 'ended']);
  assert.equal(third.confirmationCodeTriesLeft, undefined);
  assert.deepEqual([fourth.subjectCode, fourth.reasonCode, fourth.activationCode], ['8.2.6', '3.8', 'ended']);
  assert.match(fourth.remedy, /^the order is locked after too many wrong confirmation codes/);
  assert.doesNotMatch(fourth.remedy, /mistyped/);
});

test('wrong confirmation codes at the prompt: the tries that are left, and a warning before the last', async () => {
  await using lab = await openLab();
  const { activationCode } = lab.smdp.createOrder({ confirmationCode: '4321' });
  const { code, err } = await lab.run(['download', activationCode], { typed: 'y\n0000\n1111\n4321\n' });
  assert.equal(code, 0, err);
  const refused = err.replaceAll(/\s+/g, ' ').match(/the confirmation code was refused: [^.]*?(left|order)\b/g);
  assert.deepEqual(
    refused?.map((text) => text.slice(0, 51).trim()),
    ['the confirmation code was refused: 2 tries are left', 'the confirmation code was refused: one try is left'],
  );
});

test('a matching ID that the server does not know: nothing has ended, and the hint says what to compare', async () => {
  await using lab = await openLab();
  const { err } = await lab.run(['download', `LPA:1$${lab.smdp.address}$NO-SUCH-ORDER`, '--yes', '--json']);
  const error = errorIn(err);
  assert.deepEqual([error.subjectCode, error.reasonCode, error.activationCode], ['8.2.6', '3.8', 'unknown']);
  assert.match(error.remedy, /^the server does not know this matching ID: /);
});

test('a confirmation code that the server does not ask for is reported', async () => {
  await using lab = await openLab();
  const { activationCode } = lab.smdp.createOrder();
  const { code, err } = await lab.run(['download', activationCode, '--yes', '--confirmation-code', '4321']);
  assert.equal(code, 0, err);
  assert.match(err, /^warning: the confirmation code was not used: the server does not require one$/m);
});

for (const [fault, said] of [
  ['status:8.1/6.1@cancelSession', 'refused, but the server did not receive the cancellation'],
  ['hangup@cancelSession', 'refused, but the server did not confirm the cancellation'],
] as const) {
  test(`refuse whose cancellation failed (${fault}): the message does not contradict itself`, async () => {
    await using lab = await openLab({ faults: [fault] });
    const { activationCode } = lab.smdp.createOrder();
    const { code, err } = await lab.run(['download', activationCode], { typed: 'r\n', stderrColumns: 500 });
    assert.equal(code, 130);
    const last = err.slice(err.lastIndexOf('lpa: '));
    assert.ok(last.startsWith(`lpa: ${said}\n`), last);
    assert.match(last, /\nhint: to cancel the order, run the same command again and refuse, or ask the operator to cancel it\n$/);
    assert.doesNotMatch(last, /for good|with the same card/);
  });
}
