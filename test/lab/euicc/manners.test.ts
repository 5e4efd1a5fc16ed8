import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FAULTS } from '../../../src/lab/euicc/faults.ts';
import { GOOD, MANNERS, mannersOf } from '../../../src/lab/euicc/quirks.ts';
import { preloadProfile } from '../../../src/lab/euicc/state.ts';
import { buildProfilePackage } from '../../../src/lab/profile/build.ts';
import { toHex } from '../../../src/lpa/bytes.ts';
import { drainProactive } from '../../../src/lpa/card/proactive.ts';
import { getEuiccConfiguredAddresses } from '../../../src/lpa/es10/es10a.ts';
import { ListNotification, listNotification, RetrieveNotificationsList } from '../../../src/lpa/es10/es10b.ts';
import { deleteProfile, disableProfile, enableProfile, getEid, getProfilesInfo } from '../../../src/lpa/es10/es10c.ts';
import { readBoundProfilePackage, segmentsOf } from '../../../src/lpa/sgp22/bpp.ts';
import type { ProfileMetadata } from '../../../src/lpa/sgp22/profile.ts';
import { type Bench, bench, openIsdr, play } from './harness.ts';
import { boundPackage, ICCID, install, installInSegments, readResult } from './package.ts';
import { authenticate, cancel, prepare, sharedServer } from './server.ts';

const A = '8949000000000000012';
const B = '8949000000000000020';
const profile = (iccid: string): ProfileMetadata => ({
  iccid,
  serviceProviderName: 'Operator',
  profileName: iccid.slice(-3),
  profileClass: 'operational',
  notificationConfigurationInfo: [
    { profileManagementOperation: ['notificationEnable', 'notificationDelete'], notificationAddress: 'n.example.com' },
  ],
});
async function two(options: Parameters<typeof bench>[0]): Promise<Bench> {
  const made = await bench(options);
  preloadProfile(made.state, profile(A), { enabled: true });
  preloadProfile(made.state, profile(B));
  return made;
}
const enabled = ({ state }: Bench) => state.profiles.filter((each) => each.enabled).map(({ iccid }) => iccid);

test('every manner and every fault has a name and one line about it', () => {
  for (const [name, { summary }] of [...Object.entries(MANNERS), ...Object.entries(FAULTS)]) {
    assert.match(name, /^[a-z0-9.-]+$/);
    assert.ok(summary.length > 5 && summary.length < 120, name);
  }
  assert.deepEqual(mannersOf([]), GOOD);
  assert.throws(() => mannersOf(['rude']), /none of/);
  assert.deepEqual([mannersOf(['t1', 'cat-busy']).protocol, mannersOf(['t1', 'cat-busy']).catBusyTimes], [1, 2]);
});

test('no-refresh, aid-only: refused, until asked in the way the card knows', async () => {
  const plain = await two({ manners: ['no-refresh'] });
  await using isdr = await openIsdr(plain.card);
  await assert.rejects(enableProfile(isdr, { iccid: B }, true), { result: 'undefinedError' });
  await enableProfile(isdr, { iccid: B }, false);
  assert.deepEqual(enabled(plain), [B]);
  const byAid = await two({ manners: ['aid-no-refresh'] });
  await using other = await openIsdr(byAid.card);
  const isdpAid = 'A0000005591010FFFFFFFF8900001100';
  await assert.rejects(enableProfile(other, { iccid: B }, false), { result: 'iccidOrAidNotFound' });
  await assert.rejects(enableProfile(other, { isdpAid }, true), { result: 'undefinedError' });
  await enableProfile(other, { isdpAid }, false);
  await assert.rejects(deleteProfile(other, { iccid: A }), { result: 'iccidOrAidNotFound' });
  assert.deepEqual(enabled(byAid), [B]);
});

test('cat-busy: twice, then fine', async () => {
  const made = await two({ manners: ['cat-busy'] });
  await using isdr = await openIsdr(made.card);
  for (let i = 0; i < 2; i++) await assert.rejects(enableProfile(isdr, { iccid: B }, false), { result: 'catBusy' });
  await enableProfile(isdr, { iccid: B }, false);
  await disableProfile(isdr, { iccid: B }, false);
});

test('refresh-6f00: the answer is lost, the switch is not; T=0 and T=1', async () => {
  for (const protocol of [0, 1] as const) {
    const made = await two({ manners: ['refresh-6f00'], behaviour: { protocol } });
    await using isdr = await openIsdr(made.card, protocol);
    await assert.rejects(enableProfile(isdr, { iccid: B }, true), { sw: 0x6f00 });
    await isdr.reset();
    assert.deepEqual(enabled(made), [B]);
    assert.equal((await getEid(isdr)).length, 32);
  }
});

test('deaf-until-reset, self-reset, terminal-profile', async () => {
  const deaf = await two({ manners: ['deaf-until-reset'] });
  await using one = await openIsdr(deaf.card);
  await enableProfile(one, { iccid: B }, true);
  await assert.rejects(getProfilesInfo(one), { sw: 0x6985 });
  await one.reset();
  assert.equal((await getProfilesInfo(one)).length, 2);

  const restarting = await two({ manners: ['self-reset'] });
  await using another = await openIsdr(restarting.card);
  await enableProfile(another, { iccid: B }, true);
  assert.deepEqual([another.pendingProactive, enabled(restarting)], [0, [B]]);
  await assert.rejects(getProfilesInfo(another), { problem: 'reset' });
  await another.reset();

  const quiet = await two({ manners: ['terminal-profile'] });
  await using third = await openIsdr(quiet.card);
  await enableProfile(third, { iccid: B }, true);
  assert.deepEqual([third.pendingProactive, enabled(quiet)], [0, [A]]);
  await third.reset();
  assert.deepEqual(enabled(quiet), [B]);
  await play(quiet.card, '> 80 10 00 00 01 FF \n < 9000');
  await enableProfile(third, { iccid: A }, true);
  assert.equal(third.pendingProactive, 11);
});

test('high-channels: 19 first, and the class byte of 4 to 19 is answered', async () => {
  const { card } = await two({ manners: ['high-channels'] });
  await card.powerOn();
  await play(
    card,
    `
    > 00 70 00 00 01
    < 13 9000
    > 4F A4 04 00 10 A0000005591010FFFFFFFF8900000100
    < 61..
    > CF E2 91 00 03 BF2D00
    < 61..
    > 00 70 80 13
    < 9000`,
  );
  await using isdr = await openIsdr(card);
  assert.equal((await getProfilesInfo(isdr)).length, 2);
});

test('menu, falls-back, strict-t0', async () => {
  const talking = await two({ manners: ['menu'] });
  await using one = await openIsdr(talking.card);
  assert.equal((await getProfilesInfo(one)).length, 2);
  assert.ok(one.pendingProactive > 0);
  await drainProactive(one.card.transmit, one.pendingProactive);
  await enableProfile(one, { iccid: B }, true);
  await one.reset();
  assert.deepEqual(enabled(talking), [B]);

  const weak = await two({ manners: ['falls-back'] });
  await using another = await openIsdr(weak.card);
  await enableProfile(another, { iccid: B }, true);
  await another.reset();
  assert.deepEqual(enabled(weak), [B]);
  await another.reset();
  assert.deepEqual(enabled(weak), [A]);
  await another.reset();
  assert.deepEqual(enabled(weak), [A]);

  const strict = await two({ manners: ['strict-t0'] });
  await using third = await openIsdr(strict.card); // the link drops Le
  assert.equal((await getProfilesInfo(third)).length, 2);
  await play(strict.card, '> 01 A4 04 00 05 A000000559 00 \n < 6700');
});

test('every kind of REFRESH ends well', async () => {
  for (const name of Object.keys(MANNERS).filter((each) => each.startsWith('refresh-') && each !== 'refresh-6f00')) {
    const made = await two({ manners: [name] });
    await using isdr = await openIsdr(made.card);
    await enableProfile(isdr, { iccid: B }, true);
    await drainProactive(isdr.card.transmit, isdr.pendingProactive);
    assert.deepEqual(enabled(made), [B], name);
  }
});

test('whole-list, untrimmed-bits', async () => {
  const whole = await two({ manners: ['whole-list'] });
  await using one = await openIsdr(whole.card);
  await enableProfile(one, { iccid: B }, false);
  const byNumber = await one.call(RetrieveNotificationsList, { searchCriteria: { seqNumber: 1 } });
  assert.deepEqual(byNumber, { notificationsListResultError: 'undefinedError' });
  const all = await one.call(RetrieveNotificationsList, {});
  assert.ok('notificationList' in all && all.notificationList.length === 1);

  const bits = await two({ manners: ['untrimmed-bits'] });
  await using three = await openIsdr(bits.card);
  await enableProfile(three, { iccid: B }, false);
  const octets = toHex(await three.storeData(ListNotification.request.encode({}), 'ListNotification'));
  assert.ok(octets.includes('81020440'), octets);
  assert.deepEqual((await listNotification(three))[0]?.profileManagementOperation, ['notificationEnable']);
  const info = toHex(await three.storeData(Uint8Array.of(0xbf, 0x22, 0), 'GetEUICCInfo2'));
  assert.ok(/8506007F/.test(info) === false && /85050[0-7]/.test(info), info);
});

test('ES10b.RetrieveNotificationsList: noResultAvailable where the list is empty, as cards of v2.0 have it', async () => {
  const old = await two({ manners: ['v2.0-lists'] });
  await using isdr = await openIsdr(old.card);
  assert.deepEqual(await isdr.call(RetrieveNotificationsList, {}), { notificationsListResultError: 'noResultAvailable' });
  assert.deepEqual(await isdr.call(RetrieveNotificationsList, { searchCriteria: { seqNumber: 7 } }), {
    notificationsListResultError: 'noResultAvailable',
  });
  await enableProfile(isdr, { iccid: B }, false);
  assert.ok('notificationList' in (await isdr.call(RetrieveNotificationsList, {})));
});

test('T=1 cards: all the same at T=1, SELECT by 61xx where it is so', async () => {
  for (const manners of [['t1'], ['select-61xx']]) {
    const made = await two({ manners });
    await using isdr = await openIsdr(made.card, 1);
    assert.equal((await getProfilesInfo(isdr)).length, 2);
    const { data } = await install(isdr, await sharedServer());
    assert.ok('successResult' in data.finalResult);
    await enableProfile(isdr, { iccid: B }, true);
    assert.equal(isdr.pendingProactive, 11);
  }
});

test('small-blocks: a card that refuses full blocks gets small ones', async () => {
  const { card } = await bench({ manners: ['small-blocks'] });
  await using isdr = await openIsdr(card);
  const { data } = await install(isdr, await sharedServer());
  assert.ok('successResult' in data.finalResult);
});

test('little-memory, forbids-rules, empty-rat, no-tuak, no-test-profiles: refused for what it is', async () => {
  const rules = { metadata: { profilePolicyRules: ['ppr1' as const], profileOwner: { mccMnc: '262-01' } } };
  const rows: readonly [string, Parameters<typeof install>[2], string][] = [
    [
      'little-memory',
      { upp: buildProfilePackage({ iccid: ICCID, size: 15_000 }) },
      'installFailedDueToInsufficientMemoryForProfile',
    ],
    ['forbids-rules', rules, 'pprNotAllowed'],
    ['empty-rat', rules, 'pprNotAllowed'],
    ['no-tuak', { upp: buildProfilePackage({ iccid: ICCID, algorithm: 'tuak256' }) }, 'installFailedDueToPEProcessingError'],
    ['no-test-profiles', { metadata: { profileClass: 'test' } }, 'unsupportedProfileClass'],
  ];
  for (const [name, changes, reason] of rows) {
    const { card } = await bench({ manners: [name] });
    await using isdr = await openIsdr(card);
    const { data } = await install(isdr, await sharedServer(), changes);
    assert.ok('errorResult' in data.finalResult, name);
    assert.equal(data.finalResult.errorResult.errorReason, reason);
  }
});

test('slow cards take their time', async () => {
  const server = await sharedServer();
  const { card } = await bench({ behaviour: { authenticateServerMs: 150, loadMs: 200 } });
  await using isdr = await openIsdr(card);
  const started = performance.now();
  const opened = await authenticate(isdr, server);
  assert.ok(performance.now() - started >= 149);
  await prepare(isdr, server, opened);
  const loading = performance.now();
  await install(isdr, server);
  assert.ok(performance.now() - loading >= 340);
});

test('faults: names, places and arguments are checked', async () => {
  for (const [fault, message] of [
    ['explode', /none of/],
    ['pull', /where/],
    ['pull@segment:0', /count from 1/],
    ['pull@EnableProfile#0', /count from 1/],
    ['refuse@EnableProfile', /which result/],
    ['refuse@EnableProfile:tired', /no result tired/],
    ['refuse@GetEID:undefinedError', /none of/],
    ['refuse@segment:1:tired', /none of/],
  ] as const) {
    await assert.rejects(bench({ faults: [fault] }), message, fault);
  }
});

test('ES10b.LoadBoundProfilePackage: installFailedDueToUnknownError; refuse gives any result of any function', async () => {
  const server = await sharedServer();
  const made = await two({
    faults: [
      'refuse@EnableProfile:catBusy',
      'refuse@PrepareDownload:invalidSignature',
      'refuse@CancelSession:invalidTransactionId',
    ],
  });
  await using isdr = await openIsdr(made.card);
  await assert.rejects(enableProfile(isdr, { iccid: B }, true), { result: 'catBusy' });
  const opened = await authenticate(isdr, server);
  await assert.rejects(prepare(isdr, server, opened), { result: 'invalidSignature' });
  await assert.rejects(cancel(isdr, opened.transactionId), { result: 'invalidTransactionId' });
  assert.match(made.said('fault') ?? '', /refuse at ES10b\.CancelSession/);
  const failing = await bench({ faults: ['refuse@segment:3:installFailedDueToUnknownError'] });
  await using other = await openIsdr(failing.card);
  const { data } = await install(other, server);
  assert.deepEqual(data.finalResult, {
    errorResult: { bppCommandId: 'configureISDP', errorReason: 'installFailedDueToUnknownError' },
  });
});

test('status-word at a segment: no result, the session is still there to be cancelled', async () => {
  const server = await sharedServer();
  const { card, state } = await bench({ faults: ['status-word@segment:4'] });
  await using isdr = await openIsdr(card);
  const { bpp, transactionId } = await boundPackage(isdr, server);
  await assert.rejects(installInSegments(isdr, segmentsOf(readBoundProfilePackage(bpp))), { sw: 0x6a88 });
  assert.deepEqual(await listNotification(isdr), []);
  const { value } = await cancel(isdr, transactionId);
  assert.ok('cancelSessionResponseOk' in value);
  assert.equal(state.loading, undefined);
  const { data } = await install(isdr, server);
  assert.ok('successResult' in data.finalResult, 'once only');
});

test('no-result: the last segment is answered with 9000, the result waits on the card', async () => {
  const { card } = await bench({ faults: ['no-result'] });
  await using isdr = await openIsdr(card);
  await assert.rejects(install(isdr, await sharedServer()), /no data object|BF37/);
  assert.equal((await listNotification(isdr)).length, 1);
});

for (const [fault, installed, back] of [
  ['pull@segment:5', false, false],
  ['power-lost@segment:5', false, true],
  ['lost-answer@AuthenticateServer', false, true],
] as const) {
  test(`${fault}: the card leaves its reader${back ? ' and comes back' : ''}, and the next start knows`, async () => {
    const { card, state } = await bench({ faults: [fault] });
    const seen: boolean[] = [];
    const returned = new Promise<void>((resolve) =>
      card.onPresence?.((present) => {
        seen.push(present);
        if (present) resolve();
      }),
    );
    const isdr = await openIsdr(card);
    await assert.rejects(install(isdr, await sharedServer()), { problem: 'gone' });
    assert.deepEqual(seen, [false]);
    if (back) {
      const patience = setTimeout(() => {}, 5000); // the card's own timer keeps no process alive
      await returned;
      clearTimeout(patience);
      assert.deepEqual(seen, [false, true]);
    }
    await using again = await openIsdr(card);
    const pending = await again.call(RetrieveNotificationsList, {});
    assert.ok('notificationList' in pending);
    const results = pending.notificationList.map(
      (each) => 'profileInstallationResult' in each && readResult(each.profileInstallationResult.bytes).data.finalResult,
    );
    assert.deepEqual(
      results,
      fault.includes('segment')
        ? [{ errorResult: { bppCommandId: 'storeMetadata', errorReason: 'installFailedDueToInterruption' } }]
        : [],
    );
    assert.equal(state.profiles.length, installed ? 1 : 0);
    const { data } = await install(again, await sharedServer());
    assert.ok('successResult' in data.finalResult);
  });
}

test('garbled answers: cut, overlong, of another tag, doubled, without end', async () => {
  const rows: readonly [string, RegExp][] = [
    ['truncated-answer', /overruns|cut off/],
    ['overlong-length', /overruns/],
    ['wrong-tag', /expected tag BF2D, got BF7E/],
    ['doubled-field', /one alternative/],
    ['endless-61xx', /longer than/],
  ];
  for (const [fault, message] of rows) {
    for (const protocol of [0, 1] as const) {
      const made = await two({ faults: [`${fault}@GetProfilesInfo`], behaviour: { protocol } });
      await using isdr = await openIsdr(made.card, protocol);
      await assert.rejects(getProfilesInfo(isdr), { message }, `${fault} ${protocol}`);
      assert.equal((await getEid(isdr)).length, 32);
    }
  }
});

test('hostile-names: escapes, line breaks and overrides wherever the card gives text', async () => {
  const made = await two({ faults: ['hostile-names'] });
  await using isdr = await openIsdr(made.card);
  const [first] = await getProfilesInfo(isdr);
  assert.ok(first?.profileName?.includes('\u001b]52') && first.serviceProviderName?.includes('\u202e'));
  assert.ok((await getEuiccConfiguredAddresses(isdr)).rootDsAddress?.includes('\n'));
});

test('ignores-switch: ok, and nothing happened', async () => {
  const made = await two({ faults: ['ignores-switch'] });
  await using isdr = await openIsdr(made.card);
  await enableProfile(isdr, { iccid: B }, true);
  await isdr.reset();
  assert.deepEqual(enabled(made), [A]);
});
