/** Cards that are not for an LPA, or not for it alone: named, with what to do. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { preloadProfile } from '../../src/lab/euicc/state.ts';
import { bench, EID, linkTo } from '../lab/euicc/harness.ts';
import { lpa } from './harness.ts';

const READERS = [{ name: 'Lab 00', present: true }];

async function on(manners: readonly string[], argv: readonly string[]) {
  const { card } = await bench({ manners });
  if (!manners.includes('plain-uicc')) {
    const metadata = { serviceProviderName: 'Operator', profileName: 'Alpha', profileClass: 'operational' as const };
    for (const iccid of ['8949000000000000011', '8949000000000000029']) preloadProfile(card.state, { iccid, ...metadata });
  }
  return lpa(argv, { readers: READERS, doors: { openLink: () => linkTo(card) } });
}

test('a plain UICC and an M2M eUICC: exit 3, what it is and what to do', async () => {
  const plain = await on(['plain-uicc'], ['list']);
  assert.deepEqual(
    [plain.code, plain.err],
    [
      3,
      'lpa: in process: the card has no ISD-R: a plain UICC\n' +
        'hint: an LPA needs an eUICC, and a plain SIM is none; where it is one all the same, --aid names its ISD-R\n',
    ],
  );
  const m2m = await on(['m2m'], ['list', '--json']);
  assert.deepEqual([m2m.code, m2m.out], [3, '']);
  const { problem, message, remedy } = JSON.parse(m2m.err).error;
  assert.deepEqual([problem, message], ['m2m', `in process: an M2M eUICC (SGP.02), EID ${EID}`]);
  assert.match(remedy, /takes profiles from its own SM-SR only; an LPA needs a consumer eUICC/);
});

test('readers names the kinds', async () => {
  const kinds = ['consumer', 'iot', 'm2m', 'uicc'];
  const manners = [[], ['iot'], ['m2m'], ['plain-uicc']];
  for (const [i, names] of manners.entries()) {
    const { out } = await on(names, ['readers', '--json']);
    assert.equal(JSON.parse(out)[0].kind, kinds[i]);
  }
});

test('readers shows the EID of an M2M eUICC', async () => {
  const { out } = await on(['m2m'], ['readers']);
  assert.match(out, new RegExp(`M2M eUICC +${EID}`));
  assert.equal(JSON.parse((await on(['m2m'], ['readers', '--json'])).out)[0].eid, EID);
  const failed = await on(['m2m'], ['list', '--json']);
  assert.equal(JSON.parse(failed.err).error.eid, EID);
});

test('an IoT eUICC: commands work, and a change comes with a warning that it may not last', async () => {
  const list = await on(['iot'], ['list']);
  assert.deepEqual([list.code, list.err], [0, '']);
  const warning = /^warning: this is an IoT eUICC \(SGP\.32\): an eIM that manages it may undo the change\n/;
  const enabled = await on(['iot'], ['enable', '0011', '--no-notify']);
  assert.deepEqual([enabled.code, enabled.out], [0, 'Enabled 8949000000000000011 (Alpha)\n']);
  assert.match(enabled.err, warning);
  const deleted = await on(['iot'], ['delete', '0011', '--confirm', '8949000000000000011', '-q']);
  assert.equal(deleted.code, 0);
  assert.match(deleted.err, warning);
  const nothing = await on(['iot'], ['disable', '0011', '--no-notify']);
  assert.deepEqual([nothing.code, nothing.err], [0, '']);
  const consumer = await on([], ['enable', '0011', '-q']);
  assert.deepEqual([consumer.code, consumer.err], [0, '']);
});
