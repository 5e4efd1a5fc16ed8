import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusalCause, triesLeftIn } from '../src/lpa/server-message.ts';

test('refusalCause reads a locked order, one that is over and one that is unknown, and nothing else', () => {
  for (const [message, cause] of [
    ['the order is error: too many wrong confirmation codes', 'locked'],
    ['Maximum number of retries for the Confirmation Code exceeded', 'locked'],
    ['the order is installed: ok', 'over'],
    ['Profile has already been downloaded', 'over'],
    ['order was cancelled by the operator', 'over'],
    ['no order has this matching ID', 'unknown'],
    ['MatchingID is unknown', 'unknown'],
    ['Matching ID not found', 'unknown'],
    ['MatchingID (AC_Token or EventID) is refused', undefined],
    ['matching ID not found or already used', undefined],
    [`${'x '.repeat(200)}expired`, undefined],
    ['', undefined],
    [undefined, undefined],
  ] as const) {
    assert.equal(refusalCause(message), cause, message);
  }
});

test('triesLeftIn reads the number of tries that are left, where a message says so', () => {
  for (const [message, left] of [
    ['wrong confirmation code, 2 tries left', 2],
    ['Confirmation Code refused. 1 attempt remaining', 1],
    ['wrong code, 3 more attempts are left', 3],
    ['Retries left: 2', 2],
    ['attempts remaining=1', 1],
    ['wrong code after 2 tries', undefined],
    ['', undefined],
    [undefined, undefined],
  ] as const) {
    assert.equal(triesLeftIn(message), left, message);
  }
});
