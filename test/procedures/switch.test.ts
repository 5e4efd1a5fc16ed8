import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Card } from '../../src/lpa/card/card.ts';
import { CardError } from '../../src/lpa/errors.ts';
import { enableProfile } from '../../src/lpa/es10/es10c.ts';
import { Isdr } from '../../src/lpa/es10/isdr.ts';
import { checkNickname, removeProfile, renameProfile, settle, switchProfile } from '../../src/lpa/procedures/switch.ts';
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

const disable = (identifier: 'iccid' | 'aid', refresh: 0 | 1, answer: string): string =>
  enable(identifier, refresh, answer).replace('BF31', 'BF32');
const DISABLED = 'BF32 03 80 01 00 9000';

test('disable sends DisableProfile, and believes what the card then shows', async () => {
  const enabled = { ...profile, profileState: 'enabled' as const };
  await using isdr = await isdrOn(`${disable('iccid', 1, DISABLED)}${RESET}${read(0)}`);
  assert.deepEqual(await switchProfile(isdr, 'disabled', enabled), { changed: true });
  const forms = [disable('iccid', 1, DISABLED), disable('iccid', 0, DISABLED)];
  await using liar = await isdrOn(forms.map((form) => form + RESET + read(1)).join(''));
  await assert.rejects(switchProfile(liar, 'disabled', { iccid: profile.iccid, profileState: 'enabled' }), {
    function: 'ES10c.DisableProfile',
    message: 'ES10c.DisableProfile: the eUICC said ok, and the profile is still not disabled',
  });
});

test('a profile that the card lists without an ICCID is changed and found by its AID', async () => {
  const { isdpAid, profileState } = profile;
  const readByAid = (first: 0 | 1, second: 0 | 1): string => `
    > 81 E2 91 00 09 BF2D 06 5C 04 5A 4F 9F70 00
    < BF2D 32 A0 30 E3 16 4F 10 A0000005591010FFFFFFFF8900001000 9F70 01 0${first} E3 16 4F 10 ${isdpAid} 9F70 01 0${second} 9000`;
  await using isdr = await isdrOn(`
    ${enable('aid', 1, OK)}${RESET}${readByAid(1, 0)}
    ${enable('aid', 0, OK)}${RESET}${readByAid(0, 1)}`);
  assert.deepEqual(await switchProfile(isdr, 'enabled', { isdpAid, profileState }), { changed: true });
});

test('where each form fails and the card shows no change, the last answer is the error', async () => {
  const [first, second] = [enable('iccid', 1, '6A80'), enable('iccid', 0, result('7F'))];
  await using isdr = await isdrOn(first + RESET + read(0) + second + RESET + read(0));
  const { iccid, profileState } = profile;
  await assert.rejects(switchProfile(isdr, 'enabled', { iccid, profileState }), { result: 'undefinedError' });
  await using kept = await isdrOn(`
    > 81 E2 91 00 0F BF33 0C 5A 0A 98010203040506070809 00
    < 6F00${listsProfile}`);
  await assert.rejects(removeProfile(kept, { iccid }), { name: 'StatusWordError', sw: 0x6f00 });
});

test('an answer that cannot be read, or a card that restarts itself instead of an answer: what the card shows counts', async () => {
  for (const answer of ['BF31 02 80 00 9000', '9000', '6881']) {
    await using isdr = await isdrOn(enable('iccid', 1, answer) + RESET + read(1));
    assert.deepEqual(await switchProfile(isdr, 'enabled', profile), { changed: true }, answer);
  }
});

test('a card that is gone is not asked in another form', async () => {
  await using isdr = await isdrOn('');
  const gone = new CardError('the card is gone', { problem: 'gone' });
  let asked = 0;
  isdr.call = async () => {
    asked += 1;
    throw gone;
  };
  await assert.rejects(switchProfile(isdr, 'enabled', profile), gone);
  await assert.rejects(removeProfile(isdr, profile), gone);
  assert.equal(asked, 2);
});

test('settle resets a card that restarts itself at FETCH, and reports any other error', async () => {
  const script = `${enable('iccid', 1, OK_WITH_REFRESH)}`;
  for (const [problem, resets] of [
    ['reset', 1],
    ['gone', 0],
  ] as const) {
    const scripted = scriptedCard(OPEN + script + (resets ? RESET : '') + CLOSE);
    const failure = new CardError('no answer to FETCH', { problem });
    const card: Card = {
      ...scripted,
      transmit: async () => {
        throw failure;
      },
    };
    await using isdr = await Isdr.open(card);
    await enableProfile(isdr, { iccid: profile.iccid }, true);
    if (resets) await settle(isdr);
    else await assert.rejects(settle(isdr), failure);
  }
});

test('rename sends the nickname as UTF-8 by the ICCID, and an empty one in place of another', async () => {
  await using isdr = await isdrOn(`
    > 81 E2 91 00 14 BF29 11 5A 0A 98010203040506070809 90 03 C3BC41 00
    < BF29 03 80 01 00 9000
    > 81 E2 91 00 11 BF29 0E 5A 0A 98010203040506070809 90 00 00
    < BF29 03 80 01 00 9000`);
  assert.deepEqual(await renameProfile(isdr, profile, 'üA'), { changed: true });
  assert.deepEqual(await renameProfile(isdr, { ...profile, profileNickname: 'work' }, ''), { changed: true });
  assert.deepEqual(await renameProfile(isdr, profile, ''), { changed: false });
  await assert.rejects(renameProfile(isdr, { isdpAid: profile.isdpAid }, 'A'), /^UsageError: the profile has no ICCID/);
});

test('a nickname of 64 octets is valid, and text that is not Unicode is not', () => {
  checkNickname('ü'.repeat(32));
  assert.throws(() => checkNickname('n'.repeat(65)), { name: 'UsageError', message: /65 octets/ });
  assert.throws(() => checkNickname('B\ud800cher'), { name: 'UsageError', message: 'the nickname is not valid UTF-8' });
});

test('between two questions to a busy card there is time for it to finish: 500 ms, then 1000 ms', async () => {
  const busy = enable('iccid', 1, result('05'));
  await using isdr = await isdrOn(busy + RESET + busy + RESET + enable('iccid', 1, OK) + RESET + read(1));
  const started = performance.now();
  await switchProfile(isdr, 'enabled', profile);
  assert.ok(performance.now() - started >= 1490);
});
