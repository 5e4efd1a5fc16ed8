import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex } from '../../src/lpa/bytes.ts';
import { lpaeSupportIn } from '../../src/lpa/es10/lpae.ts';

/** Octets written by hand from the ASN.1 module of SGP.22 v2.5: lpaeSupport is a BIT STRING of universal tag 03, bit 0 first. */
const fci = (template: string): Uint8Array => {
  const content = `8410A0000005591010FFFFFFFF8900000100A5049F6501FF${template}`;
  return fromHex(`6F${(content.length / 2).toString(16).padStart(2, '0')}${content}`);
};

test('lpaeSupport is read from template E0, wherever the card nests it', () => {
  assert.deepEqual(lpaeSupportIn(fci('E0098203020202030206C0')), ['lpaeUsingCat', 'lpaeUsingScws']);
  assert.deepEqual(lpaeSupportIn(fci('E009820302020203020780')), ['lpaeUsingCat']);
  assert.deepEqual(lpaeSupportIn(fci('E009820302020203020640')), ['lpaeUsingScws']);
  assert.deepEqual(lpaeSupportIn(fci('E0058203020202')), []);
  // Untrimmed, and with the bits of v3: an enabled profile, E4E.
  assert.deepEqual(lpaeSupportIn(fci('E009820303010003020070')), ['lpaeUsingScws']);
  assert.deepEqual(lpaeSupportIn(fromHex('6F0DA50BE009820302020203020780')), ['lpaeUsingCat']);
});

test('an FCI without template E0, or with lengths that are wrong, says nothing of an LPAe', () => {
  for (const octets of ['', '6F00', '6F08E1048002078084', '6F0AE0098203020202030206C0', 'E00582']) {
    assert.equal(lpaeSupportIn(fromHex(octets)), undefined, octets);
  }
  assert.equal(lpaeSupportIn(undefined), undefined);
});
