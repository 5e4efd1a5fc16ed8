import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Isdr } from '../../src/lpa/es10/isdr.ts';
import { removeProfile, renameProfile, switchProfile } from '../../src/lpa/procedures/switch.ts';
import { CLOSE, OPEN, REOPEN, scriptedCard } from '../transcript.ts';

const profile = { iccid: '89102030405060708090', isdpAid: 'A0000005591010FFFFFFFF8900001100', profileState: 'disabled' as const };

const enable = (identifier: 'iccid' | 'aid', refresh: 0 | 1, answer: string): string =>
  identifier === 'iccid'
    ? `
  > 81 E2 91 00 14 BF31 11 A0 0C 5A 0A 98010203040506070809 81 01 ${refresh ? 'FF' : '00'} 00
  < ${answer}`
    : `
  > 81 E2 91 00 1A BF31 17 A0 12 4F 10 A0000005591010FFFFFFFF8900001100 81 01 ${refresh ? 'FF' : '00'} 00
  < ${answer}`;
const RESET = `
  ! reset${REOPEN}`;
const read = (state: 0 | 1): string => `
  > 81 E2 91 00 09 BF2D 06 5C 04 5A 4F 9F70 00
  < BF2D 14 A0 12 E3 10 5A 0A 98010203040506070809 9F70 01 0${state} 9000`;
const listsProfile = `
  > 81 E2 91 00 07 BF2D 04 5C 02 5A 4F 00
  < BF2D 10 A0 0E E3 0C 5A 0A 98010203040506070809 9000`;
const NOBODY = `
  > 81 E2 91 00 07 BF2D 04 5C 02 5A 4F 00
  < BF2D 02 A0 00 9000`;
const result = (code: string): string => `BF31 03 80 01 ${code} 9000`;
const OK = result('00');

const isdrOn = (script: string): Promise<Isdr> => Isdr.open(scriptedCard(OPEN + script + CLOSE));

const OK_WITH_REFRESH = 'BF31 03 80 01 00 91 0B';
const FETCH = `
  > 80 12 00 00 0B
  < D0 09 81 03 01 01 04 82 02 81 82 9000`;

test('enable resets the card instead of fetching its REFRESH, and believes what it then shows', async () => {
  await using isdr = await isdrOn(`${enable('iccid', 1, OK_WITH_REFRESH)}${RESET}${read(1)}`);
  assert.deepEqual(await switchProfile(isdr, 'enabled', profile), { changed: true });
});

test('a card that changes its state only after its REFRESH is fetched is asked once more in the same form', async () => {
  await using isdr = await isdrOn(
    enable('iccid', 1, OK_WITH_REFRESH) + RESET + read(0) + enable('iccid', 1, OK_WITH_REFRESH) + FETCH + RESET + read(1),
  );
  assert.deepEqual(await switchProfile(isdr, 'enabled', profile), { changed: true });
  const unchanged = (form: string): string => form + RESET + read(0);
  await using never = await isdrOn(
    unchanged(enable('iccid', 1, OK_WITH_REFRESH)) +
      unchanged(enable('iccid', 1, OK_WITH_REFRESH) + FETCH) +
      unchanged(enable('iccid', 0, OK)) +
      unchanged(enable('aid', 1, OK_WITH_REFRESH) + FETCH) +
      unchanged(enable('aid', 0, OK)),
  );
  await assert.rejects(switchProfile(never, 'enabled', profile), { result: 'stateUnchanged' });
});

test('nothing is sent for a profile that is in the state already', async () => {
  await using isdr = await isdrOn('');
  assert.deepEqual(await switchProfile(isdr, 'disabled', profile), { changed: false });
});

test('the ladder is climbed on answers of form, and on a yes that did nothing', async () => {
  const rungs: [string, string][] = [
    ['iccidOrAidNotFound', result('01')],
    ['undefinedError', result('7F')],
    ['a status word', '6F00'],
    ['an ok without effect', OK],
  ];
  for (const [what, answer] of rungs) {
    await using isdr = await isdrOn(`${enable('iccid', 1, answer)}${RESET}${read(0)}${enable('iccid', 0, OK)}${RESET}${read(1)}`);
    assert.deepEqual(await switchProfile(isdr, 'enabled', profile), { changed: true }, what);
  }
  await using isdr = await isdrOn(
    [enable('iccid', 1, result('01')), enable('iccid', 0, result('01')), enable('aid', 1, '6A80')]
      .map((rung) => rung + RESET + read(0))
      .join('') +
      enable('aid', 0, OK) +
      RESET +
      read(1),
  );
  assert.deepEqual(await switchProfile(isdr, 'enabled', profile), { changed: true });
});

test('a rung that failed and still took effect is not repeated', async () => {
  await using isdr = await isdrOn(`${enable('iccid', 1, '6F00')}${RESET}${read(1)}`);
  assert.deepEqual(await switchProfile(isdr, 'enabled', profile), { changed: true });
});

test('a decision of the eUICC is final', async () => {
  for (const [code, name] of [
    ['03', 'disallowedByPolicy'],
    ['04', 'wrongProfileReenabling'],
    ['02', 'profileNotInDisabledState'],
  ] as const) {
    await using isdr = await isdrOn(enable('iccid', 1, result(code)));
    await assert.rejects(switchProfile(isdr, 'enabled', profile), { name: 'EuiccError', result: name });
  }
});

test('catBusy is waited for, three times at most', async () => {
  await using isdr = await isdrOn(`${enable('iccid', 1, result('05'))}${RESET}${enable('iccid', 1, OK)}${RESET}${read(1)}`);
  assert.deepEqual(await switchProfile(isdr, 'enabled', profile), { changed: true });
  const busy = enable('iccid', 1, result('05'));
  await using stuck = await isdrOn(busy + RESET + busy + RESET + busy);
  await assert.rejects(switchProfile(stuck, 'enabled', profile), { result: 'catBusy' });
});

test('a card that says ok four times and does nothing is told so', async () => {
  const rungs = [enable('iccid', 1, OK), enable('iccid', 0, OK), enable('aid', 1, OK), enable('aid', 0, OK)];
  await using isdr = await isdrOn(rungs.map((rung) => rung + RESET + read(0)).join(''));
  await assert.rejects(switchProfile(isdr, 'enabled', profile), {
    result: 'stateUnchanged',
    message: 'ES10c.EnableProfile: the eUICC said ok, and the profile is still not enabled',
  });
});

test('delete is believed when the profile is no longer listed', async () => {
  const remove = (answer: string): string => `
    > 81 E2 91 00 0F BF33 0C 5A 0A 98010203040506070809 00
    < BF33 03 80 01 ${answer} 9000`;
  const removeByAid = `
    > 81 E2 91 00 15 BF33 12 4F 10 A0000005591010FFFFFFFF8900001100 00
    < BF33 03 80 01 00 9000`;
  await using good = await isdrOn(remove('00') + NOBODY);
  await removeProfile(good, profile);
  await using byAid = await isdrOn(remove('01') + listsProfile + removeByAid + NOBODY);
  await removeProfile(byAid, profile);
  await using refused = await isdrOn(remove('03'));
  await assert.rejects(removeProfile(refused, profile), { result: 'disallowedByPolicy' });
  await using liar = await isdrOn(remove('00') + listsProfile + removeByAid + listsProfile);
  await assert.rejects(removeProfile(liar, profile), { result: 'stateUnchanged' });
});

test('a nickname of more than 64 octets is refused before the card is asked, the same one sends nothing', async () => {
  await using isdr = await isdrOn('');
  await assert.rejects(renameProfile(isdr, profile, 'ü'.repeat(33)), { name: 'UsageError', message: /66 octets/ });
  assert.deepEqual(await renameProfile(isdr, { ...profile, profileNickname: 'work' }, 'work'), { changed: false });
});
