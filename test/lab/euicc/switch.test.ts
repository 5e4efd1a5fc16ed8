import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signatureIn } from '../../../src/lab/euicc/es10/signature.ts';
import { type CardState, preloadProfile } from '../../../src/lab/euicc/state.ts';
import { listNotification, removeNotificationFromList, retrieveNotificationsList } from '../../../src/lpa/es10/es10b.ts';
import { deleteProfile, disableProfile, enableProfile, euiccMemoryReset, getProfilesInfo } from '../../../src/lpa/es10/es10c.ts';
import type { Isdr } from '../../../src/lpa/es10/isdr.ts';
import { readCertificate } from '../../../src/lpa/pki/certificate.ts';
import { verify } from '../../../src/lpa/pki/ecdsa.ts';
import type { NotificationConfigurationInformation, ProfileMetadata } from '../../../src/lpa/sgp22/profile.ts';
import { bench, freeIn, openIsdr, play, sharedWorld } from './harness.ts';

const [A, B, T] = ['8949000000000000012', '8949000000000000020', '8949000000000000038'];
const NOTIFY: NotificationConfigurationInformation[] = (
  ['notificationEnable', 'notificationDisable', 'notificationDelete'] as const
).map((event) => ({
  profileManagementOperation: [event],
  notificationAddress: 'notify.example.com',
}));
const metadata = (iccid: string, more: Partial<ProfileMetadata> = {}): ProfileMetadata => ({
  iccid,
  serviceProviderName: 'Operator',
  profileName: iccid.slice(-3),
  profileClass: 'operational',
  notificationConfigurationInfo: NOTIFY,
  ...more,
});

/** A enabled, B disabled, T a test profile. */
async function three(
  options: Parameters<typeof bench>[0] = {},
  more: { a?: Partial<ProfileMetadata>; b?: Partial<ProfileMetadata> } = {},
) {
  const made = await bench(options);
  preloadProfile(made.state, metadata(A!, more.a), { enabled: true });
  preloadProfile(made.state, metadata(B!, more.b));
  preloadProfile(made.state, metadata(T!, { profileClass: 'test' }), { preLoaded: true });
  return made;
}
const enabled = ({ profiles }: CardState) => profiles.filter((profile) => profile.enabled).map(({ iccid }) => iccid);
const events = async (isdr: Isdr) =>
  (await listNotification(isdr)).map(({ profileManagementOperation, iccid }) => [profileManagementOperation[0], iccid]);

test('enable with refreshFlag takes effect at the reset that REFRESH asks for', async () => {
  const { card, state } = await three();
  await using isdr = await openIsdr(card);
  await enableProfile(isdr, { iccid: B! }, true);
  assert.equal(isdr.pendingProactive, 11);
  assert.deepEqual(enabled(state), [A]);
  await play(card, '> 80 12 00 00 0B \n < D0 09 8103 01 01 04 8202 8182 9000');
  await isdr.reset();
  assert.deepEqual(enabled(state), [B]);
  assert.deepEqual(await events(isdr), [
    ['notificationDisable', A],
    ['notificationEnable', B],
  ]);
  assert.deepEqual(
    (await getProfilesInfo(isdr)).map(({ profileState }) => profileState),
    ['disabled', 'enabled', 'disabled'],
  );
});

test('enable without refreshFlag takes effect at once, by ISD-P AID as by ICCID', async () => {
  const { card, state } = await three();
  await using isdr = await openIsdr(card);
  await enableProfile(isdr, { isdpAid: 'A0000005591010FFFFFFFF8900001100' }, false);
  assert.deepEqual([enabled(state), isdr.pendingProactive], [[B], 0]);
});

test('T=0: the answer of a switch goes out with 91xx, and every answer until it is fetched', async () => {
  const { card } = await three();
  await card.powerOn();
  await play(
    card,
    `> 00 A4 04 0C 10 A0000005591010FFFFFFFF8900000100
     < 9000
     > 80 12 00 00 0B
     < 6985
     > 80 E2 91 00 14 BF31 11 A00C 5A0A 98940000000000000002 810101
     < 61 06
     > 00 C0 00 00 06
     < BF31 03 800101 9000           # no such profile
     > 80 E2 91 00 14 BF31 11 A00C 5A0A 989400000000000020F0 810101
     < 61 06
     > 00 C0 00 00 06
     < BF31 03 800100 91 0B
     > 80 F2 00 0C 00
     < 91 0B
     > 80 12 00 00 00
     < 6C 0B
     > 80 12 00 00 0B
     < D0 09 8103 010104 8202 8182 9000
     > 80 12 00 00 0B
     < 6985`,
  );
});

test('a TERMINAL RESPONSE to a UICC Reset is a mistake that the log names; the reset still does it', async () => {
  const { card, state, log } = await three();
  await using isdr = await openIsdr(card);
  await enableProfile(isdr, { iccid: B! }, true);
  await play(card, '> 80 12 00 00 0B \n < D0 .. 9000 \n > 80 14 00 00 0C 8103010104 82028281 830100 \n < 9000');
  assert.ok(log.some(({ data }) => data?.['mistake'] === 'terminalResponseToUiccReset'));
  assert.deepEqual(enabled(state), [A]);
  await isdr.reset();
  assert.deepEqual(enabled(state), [B]);
});

test('REFRESH of another kind is done with its TERMINAL RESPONSE; a wrong one is 6A80, a refusal changes nothing yet', async () => {
  const { card, state } = await three({ manners: ['refresh-profile-state'] });
  await using isdr = await openIsdr(card);
  await enableProfile(isdr, { iccid: B! }, true);
  await play(
    card,
    `> 80 14 00 00 0C 8103010109 82028281 830100
     < 6985                                   # not fetched yet
     > 80 12 00 00 0B
     < D0 09 8103 010109 8202 8182 9000
     > 80 14 00 00 0C 8103020109 82028281 830100
     < 6A80
     > 80 14 00 00 03 810301
     < 6A80
     > 80 14 00 00 0C 8103010109 82028281 830100
     < 9000`,
  );
  assert.deepEqual(enabled(state), [B]);
  await enableProfile(isdr, { iccid: A! }, true);
  await play(card, '> 80 12 00 00 0B \n < D0 .. 9000 \n > 80 14 00 00 0C 8103020109 82028281 830120 \n < 9000');
  assert.deepEqual(enabled(state), [B]);
  await isdr.reset();
  assert.deepEqual(enabled(state), [A]);
});

test('while a REFRESH is not done, every switch and a memory reset is catBusy', async () => {
  const { card } = await three();
  await using isdr = await openIsdr(card);
  await enableProfile(isdr, { iccid: B! }, true);
  await assert.rejects(enableProfile(isdr, { iccid: T! }, false), { result: 'catBusy' });
  await assert.rejects(disableProfile(isdr, { iccid: A! }, true), { result: 'catBusy' });
  await assert.rejects(euiccMemoryReset(isdr, ['deleteOperationalProfiles']), { result: 'catBusy' });
});

test('EnableProfile: each refusal', async () => {
  const { card } = await three();
  await using isdr = await openIsdr(card);
  await assert.rejects(enableProfile(isdr, { iccid: '8949000000000000099' }, false), { result: 'iccidOrAidNotFound' });
  await assert.rejects(enableProfile(isdr, { iccid: A! }, false), { result: 'profileNotInDisabledState' });
  const ruled = await three({}, { a: { profilePolicyRules: ['ppr1'] } });
  await using locked = await openIsdr(ruled.card);
  await assert.rejects(enableProfile(locked, { iccid: B! }, false), { result: 'disallowedByPolicy' });
  assert.match(ruled.said('ES10c.EnableProfile') ?? '', /has ppr1/);
});

test('a test profile takes the place of an operational one, which alone may come back', async () => {
  const { card, state } = await three({}, { a: { profilePolicyRules: ['ppr1'] } });
  await using isdr = await openIsdr(card);
  await enableProfile(isdr, { iccid: T! }, false);
  assert.deepEqual(enabled(state), [T]);
  await assert.rejects(enableProfile(isdr, { iccid: B! }, false), { result: 'wrongProfileReenabling' });
  await disableProfile(isdr, { iccid: T! }, false);
  assert.deepEqual([enabled(state), state.enabledBeforeTest], [[A], undefined]);
  await enableProfile(isdr, { iccid: T! }, false);
  await enableProfile(isdr, { iccid: A! }, false);
  assert.deepEqual(enabled(state), [A]);
});

test('DisableProfile: ok leaves none enabled, and each refusal', async () => {
  const { card, state } = await three();
  await using isdr = await openIsdr(card);
  await assert.rejects(disableProfile(isdr, { iccid: '8949000000000000099' }, false), { result: 'iccidOrAidNotFound' });
  await assert.rejects(disableProfile(isdr, { iccid: B! }, false), { result: 'profileNotInEnabledState' });
  await disableProfile(isdr, { iccid: A! }, false);
  assert.deepEqual(enabled(state), []);
  const ruled = await three({}, { a: { profilePolicyRules: ['ppr1'] } });
  await using locked = await openIsdr(ruled.card);
  await assert.rejects(disableProfile(locked, { iccid: A! }, false), { result: 'disallowedByPolicy' });
});

test('DeleteProfile: ok gives the memory back and tells of it, and each refusal', async () => {
  const { card, state } = await three();
  await using isdr = await openIsdr(card);
  const before = freeIn(state);
  await assert.rejects(deleteProfile(isdr, { iccid: '8949000000000000099' }), { result: 'iccidOrAidNotFound' });
  await assert.rejects(deleteProfile(isdr, { iccid: A! }), { result: 'profileNotInDisabledState' });
  await deleteProfile(isdr, { iccid: B! });
  assert.equal(freeIn(state) - before, 20_000);
  assert.deepEqual(await events(isdr), [['notificationDelete', B]]);
  const ruled = await three({}, { b: { profilePolicyRules: ['ppr2'] } });
  await using locked = await openIsdr(ruled.card);
  await assert.rejects(deleteProfile(locked, { iccid: B! }), { result: 'disallowedByPolicy' });
});

test('eUICCMemoryReset: each option, enabled profiles and rules notwithstanding', async () => {
  const { card, state } = await three(
    { state: { initialDpAddress: 'maker.example.com', defaultDpAddress: 'smdp.example.com' } },
    {
      a: { profilePolicyRules: ['ppr1', 'ppr2'] },
    },
  );
  const field = preloadProfile(state, metadata('8949000000000000046', { profileClass: 'test' }));
  preloadProfile(state, metadata('8949000000000000053', { profileClass: 'provisioning' }));
  await using isdr = await openIsdr(card);
  await euiccMemoryReset(isdr, ['resetDefaultSmdpAddress']);
  assert.deepEqual([state.defaultDpAddress, isdr.pendingProactive], ['maker.example.com', 0]);
  await euiccMemoryReset(isdr, ['deleteFieldLoadedTestProfiles']);
  assert.ok(!state.profiles.includes(field));
  assert.deepEqual(
    state.profiles.map(({ iccid }) => iccid),
    [A, B, T, '8949000000000000053'],
  );
  await assert.rejects(euiccMemoryReset(isdr, ['deleteFieldLoadedTestProfiles']), { result: 'nothingToDelete' });
  await assert.rejects(euiccMemoryReset(isdr, []), { result: 'nothingToDelete' });
  await euiccMemoryReset(isdr, ['deleteOperationalProfiles']);
  assert.equal(isdr.pendingProactive, 11); // the enabled one is gone
  assert.deepEqual(
    state.profiles.map(({ iccid }) => iccid),
    [T, '8949000000000000053'],
  );
  assert.equal((await events(isdr)).filter(([event]) => event === 'notificationDelete').length, 3);
});

test('notifications: signed, found by number and event, removed once, the oldest dropped from a full store', async () => {
  const { card, log } = await three({ manners: ['small-store'] });
  await using isdr = await openIsdr(card);
  for (const iccid of [B, A, B]) await enableProfile(isdr, { iccid: iccid! }, false);
  assert.deepEqual(
    (await listNotification(isdr)).map(({ seqNumber }) => seqNumber),
    [3, 4, 5, 6],
  );
  assert.equal(log.filter(({ data }) => data?.['evicted'] !== undefined).length, 2);
  const [found, ...none] = await retrieveNotificationsList(isdr, { searchCriteria: { seqNumber: 4 } });
  assert.deepEqual(none, []);
  assert.ok(found && 'otherSignedNotification' in found);
  const { tbsOtherNotification, euiccNotificationSignature, euiccCertificate } = found.otherSignedNotification.value;
  const { publicKey } = await readCertificate(euiccCertificate);
  assert.ok(publicKey && verify('P-256', publicKey, tbsOtherNotification.bytes, signatureIn(euiccNotificationSignature)));
  assert.deepEqual(euiccCertificate, (await sharedWorld()).euicc.certificate);
  const byEvent = await retrieveNotificationsList(isdr, {
    searchCriteria: { profileManagementOperation: ['notificationEnable'] },
  });
  assert.equal(byEvent.length, 2);
  assert.equal((await retrieveNotificationsList(isdr)).length, 4);
  assert.equal(await removeNotificationFromList(isdr, 4), true);
  assert.equal(await removeNotificationFromList(isdr, 4), false);
  assert.deepEqual(await retrieveNotificationsList(isdr, { searchCriteria: { seqNumber: 4 } }), []);
});

test('the state survives a power cycle and a copy as JSON', async () => {
  const { card, state } = await three();
  await (await openIsdr(card))[Symbol.asyncDispose]();
  const first = await openIsdr(card);
  await enableProfile(first, { iccid: B! }, true);
  const copy: CardState = JSON.parse(JSON.stringify(state));
  await first[Symbol.asyncDispose]();
  const again = await bench({ state: copy });
  await using isdr = await openIsdr(again.card);
  assert.deepEqual(enabled(again.state), [B]);
  assert.equal((await listNotification(isdr)).length, 2);
});
