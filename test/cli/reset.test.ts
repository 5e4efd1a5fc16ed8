import assert from 'node:assert/strict';
import { test } from 'node:test';
import { preloadProfile } from '../../src/lab/euicc/state.ts';
import { toHex } from '../../src/lpa/bytes.ts';
import { EuiccConfiguredAddressesResponse } from '../../src/lpa/sgp22/addresses.ts';
import type { ProfileInfo } from '../../src/lpa/sgp22/profile.ts';
import { bench, linkTo } from '../lab/euicc/harness.ts';
import { lpa } from './harness.ts';
import { ALPHA, BETA, listed, pending } from './profiles.ts';

const EID = '89049032123451234512345678901235';
const TEST: ProfileInfo = { ...ALPHA, iccid: '8949000000000000037', profileNickname: 'Bench', profileClass: 'test' };
const addresses = (defaultDpAddress?: string): string =>
  toHex(
    EuiccConfiguredAddressesResponse.encode({ ...(defaultDpAddress && { defaultDpAddress }), rootDsAddress: 'ds.example.com' }),
  );

const CARD = {
  BF34: 'BF3403800100',
  BF28: pending(),
  BF3E: `BF3E125A10${EID}`,
  BF3C: addresses('smdp.example.com'),
  BF2D: [listed(ALPHA, BETA, TEST), listed()],
};
const resets = (asked: readonly string[]): string[] => asked.filter((request) => request.startsWith('BF34'));

test('reset shows what will go, asks for the digits of the EID, and reads the card again', async () => {
  const card = { ...CARD, BF3C: [addresses('smdp.example.com'), addresses()] };
  const { code, out, err, asked } = await lpa(['reset', '--operational', '--test', '--default-smdp'], { card, typed: '1235\n' });
  assert.deepEqual([code, out], [0, 'Reset: 3 profiles deleted, 0 profiles are left; default SM-DP+: (none)\n']);
  assert.equal(
    err,
    `\
This takes from the card for good:
  8949000000000000011 (Alpha)
  8949000000000000029 (Plan), in use
  8949000000000000037 (Bench), a test profile: unless the maker put it there
  the default SM-DP+ smdp.example.com, back to what the maker set
To confirm, type the last 4 digits of the EID ${EID}: next: \`lpa list\`
`,
  );
  assert.deepEqual(resets(asked), ['BF3404820205E0']);
});

test('reset --json with --confirm: one object, and the options by the names of the specification', async () => {
  const argv = ['reset', '--operational', '--json', '-q', '--confirm', '8904 9032 1234 5123 4512 3456 7890 1235'];
  const { code, out, err, asked } = await lpa(argv, { card: CARD });
  assert.deepEqual([code, err], [0, '']);
  assert.deepEqual(JSON.parse(out), { resetOptions: ['deleteOperationalProfiles'], changed: true, notificationsPending: 0 });
  assert.deepEqual(resets(asked), ['BF340482020780']);
});

test('reset without a terminal, with another EID, with other digits: nothing is sent', async () => {
  const nobody = await lpa(['reset', '--operational'], { card: CARD });
  assert.deepEqual([nobody.code, nobody.asked], [2, []]);
  const other = await lpa(['reset', '--operational', '--confirm', '89049032123451234512345678901236'], { card: CARD });
  assert.deepEqual([other.code, resets(other.asked)], [2, []]);
  const digits = await lpa(['reset', '--operational'], { card: CARD, typed: '1234\n' });
  assert.deepEqual([digits.code, resets(digits.asked)], [130, []]);
  assert.match(digits.err, /lpa: not confirmed, and nothing was changed\n$/);
  const what = await lpa(['reset'], { card: CARD, typed: '' });
  assert.deepEqual([what.code, what.asked], [2, []]);
  assert.equal(what.err, 'lpa: a reset of what? --operational, --test, --default-smdp, or several of them\n');
});

test('reset of what is not there sends nothing and is success', async () => {
  const argv = ['reset', '--test', '--confirm', EID];
  const { code, out, asked } = await lpa(argv, { card: { ...CARD, BF2D: listed(ALPHA) } });
  assert.deepEqual([code, out, resets(asked)], [0, 'There was nothing to reset\n', []]);
  const preLoaded = { ...CARD, BF2D: listed(TEST), BF34: 'BF3403800101' };
  const kept = await lpa([...argv, '--json'], { card: preLoaded });
  assert.deepEqual([kept.code, JSON.parse(kept.out).changed, resets(kept.asked).length], [0, false, 1]);
});

test('a card that says ok, or nothing to delete, and still lists what should be gone is not believed: exit 4', async () => {
  for (const BF34 of ['BF3403800100', 'BF3403800101']) {
    const card = { ...CARD, BF34, BF2D: listed(ALPHA, BETA) };
    const { code, err } = await lpa(['reset', '--operational', '--confirm', EID], { card });
    assert.equal(code, 4, err);
  }
});

test('an answer that was lost while the card restarted counts as what the card then shows', async () => {
  const argv = ['reset', '--operational', '--confirm', EID];
  const gone = await lpa(argv, { card: { ...CARD, BF34: '6F00' } });
  assert.deepEqual([gone.code, gone.out], [0, 'Reset: 3 profiles deleted, 0 profiles are left\n']);
  const there = await lpa(argv, { card: { ...CARD, BF34: '6F00', BF2D: listed(ALPHA) } });
  assert.equal(there.code, 3);
});

test('reset --default-smdp alone: the address that the card then has is the change', async () => {
  const argv = ['reset', '--default-smdp', '--confirm', EID];
  const kept = listed(ALPHA, BETA);
  for (const [BF34, BF3C, expected] of [
    [
      'BF3403800100',
      [addresses('smdp.example.com'), addresses()],
      'Reset: 0 profiles deleted, 2 profiles are left; default SM-DP+: (none)\n',
    ],
    [
      'BF3403800100',
      [addresses('smdp.example.com'), addresses('maker.example.com')],
      'Reset: 0 profiles deleted, 2 profiles are left; default SM-DP+: maker.example.com\n',
    ],
    // The answer was lost, and the card shows that the reset took place.
    [
      '6F00',
      [addresses('smdp.example.com'), addresses()],
      'Reset: 0 profiles deleted, 2 profiles are left; default SM-DP+: (none)\n',
    ],
    ['BF3403800101', [addresses('smdp.example.com'), addresses('smdp.example.com')], 'There was nothing to reset\n'],
  ] as const) {
    const { code, out, err, asked } = await lpa(argv, { card: { ...CARD, BF34, BF3C: [...BF3C], BF2D: kept } });
    assert.deepEqual([code, out], [0, expected], err);
    assert.deepEqual(resets(asked), ['BF340482020520']);
  }
  const lost = await lpa(argv, { card: { ...CARD, BF34: '6F00', BF2D: kept } });
  assert.equal(lost.code, 3, 'an answer that was lost and an address that is the same');
});

test('catBusy is asked again, another refusal is passed on', async () => {
  const busy = await lpa(['reset', '--operational', '--confirm', EID], {
    card: { ...CARD, BF34: ['BF3403800105', 'BF3403800100'] },
  });
  assert.deepEqual([busy.code, resets(busy.asked).length], [0, 2]);
  const refused = await lpa(['reset', '--operational', '--confirm', EID], { card: { ...CARD, BF34: 'BF340380017F' } });
  assert.equal(refused.code, 4);
  assert.match(refused.err, /ES10c\.eUICCMemoryReset: undefinedError/);
});

for (const manners of [[], ['cat-busy'], ['deaf-until-reset'], ['refresh-init'], ['t1']]) {
  test(`the software eUICC is reset, the enabled profile and all (${manners[0] ?? 'good manners'})`, async () => {
    const { card, state } = await bench({
      manners,
      state: { defaultDpAddress: 'smdp.example.com', initialDpAddress: 'maker.example.com' },
    });
    const metadata = { serviceProviderName: 'Operator', profileName: 'Plan', profileClass: 'operational' as const };
    const rules = { profilePolicyRules: ['ppr2' as const], profileOwner: { mccMnc: '262-01' } };
    preloadProfile(state, { ...metadata, iccid: '8949000000000000011' }, { enabled: true });
    preloadProfile(state, { ...metadata, iccid: '8949000000000000029', ...rules });
    preloadProfile(state, { ...metadata, iccid: '8949000000000000037', profileClass: 'test' });
    preloadProfile(state, { ...metadata, iccid: '8949000000000000045', profileClass: 'test' }, { preLoaded: true });
    const argv = ['reset', '--operational', '--test', '--default-smdp', '--confirm', EID, '--no-notify'];
    const { code, out, err } = await lpa(argv, { doors: { openLink: () => linkTo(card, manners[0] === 't1' ? 1 : 0) } });
    assert.deepEqual([code, out], [0, 'Reset: 3 profiles deleted, 1 profile is left; default SM-DP+: maker.example.com\n'], err);
    assert.deepEqual(
      state.profiles.map(({ iccid }) => iccid),
      ['8949000000000000045'],
    );
  });
}
