import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex } from '../../src/lpa/bytes.ts';
import { differingField } from '../../src/lpa/procedures/metadata.ts';

const SHOWN = 'BF25 18 5A0A98010203040506070809 9104 4F70 6572 9204 576F 726B';
const differing = (a: string, b: string): string | undefined =>
  differingField(fromHex(a.replaceAll(' ', '')), fromHex(b.replaceAll(' ', '')));

test('the same octets are the same', () => {
  assert.equal(differing(SHOWN, SHOWN), undefined);
});

test('another order, a default written out and an untrimmed bit string say the same', () => {
  assert.equal(differing(SHOWN, 'BF25 1B 9204 576F726B 5A0A98010203040506070809 9104 4F706572 950102'), undefined);
  assert.equal(
    differing(
      'BF25 1C 5A0A98010203040506070809 9104 4F706572 9204 576F726B 99020640',
      'BF25 1C 5A0A98010203040506070809 9104 4F706572 9204 576F726B 99020140',
    ),
    undefined,
  );
});

test('the first field that differs is named', () => {
  assert.equal(differing(SHOWN, 'BF25 18 5A0A98010203040506070809 9104 4F706572 9204 576F726C'), 'profileName');
  assert.equal(differing(SHOWN, 'BF25 18 5A0A98010203040506070808 9104 4F706572 9204 576F726B'), 'iccid');
  assert.equal(differing(SHOWN, 'BF25 1C 5A0A98010203040506070809 9104 4F706572 9204 576F726B 99020640'), 'profilePolicyRules');
  assert.equal(differing(SHOWN, 'BF25 1B 5A0A98010203040506070809 9104 4F706572 9204 576F726B 950100'), 'profileClass');
});

test('a field that nobody here knows has to be on both sides, octet for octet', () => {
  const extra = (octet: string): string => `BF25 1B 5A0A98010203040506070809 9104 4F706572 9204 576F726B 9B01${octet}`;
  assert.equal(differing(extra('AA'), extra('AA')), undefined);
  assert.equal(differing(extra('AA'), extra('AB')), '9B');
  assert.equal(differing(SHOWN, extra('AA')), '9B');
});
