/**
 * Every result that SGP.22 v2.5 names for ES10a, ES10b and ES10c, provoked over APDUs. A test's name is the function, the
 * result and its number: docs/conformance.md is made of them.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { preloadProfile } from '../../../src/lab/euicc/state.ts';
import { encodeTlv } from '../../../src/lpa/asn1/tlv.ts';
import { concat, fromHex, toHex } from '../../../src/lpa/bytes.ts';
import { SetDefaultDpAddress } from '../../../src/lpa/es10/es10a.ts';
import * as es10b from '../../../src/lpa/es10/es10b.ts';
import * as es10c from '../../../src/lpa/es10/es10c.ts';
import type { Es10Function, Isdr } from '../../../src/lpa/es10/isdr.ts';
import type { ProfileMetadata } from '../../../src/lpa/sgp22/profile.ts';
import { bench, openIsdr } from './harness.ts';

const [A, B, T, NONE] = ['8949000000000000012', '8949000000000000020', '8949000000000000038', '8949000000000000099'];
const metadata = (iccid: string, more: Partial<ProfileMetadata> = {}): ProfileMetadata => ({
  iccid,
  serviceProviderName: 'Operator',
  profileName: iccid.slice(-3),
  profileClass: 'operational',
  notificationConfigurationInfo: [{ profileManagementOperation: ['notificationDelete'], notificationAddress: 'n.example.com' }],
  ...more,
});

/** A enabled, with ppr1 where the row says so; B disabled, with ppr2 likewise; T a test profile. */
async function card(options: Parameters<typeof bench>[0] = {}, rules: { a?: 'ppr1'; b?: 'ppr2' } = {}) {
  const made = await bench(options);
  preloadProfile(made.state, metadata(A!, rules.a && { profilePolicyRules: [rules.a] }), { enabled: true });
  preloadProfile(made.state, metadata(B!, rules.b && { profilePolicyRules: [rules.b] }));
  preloadProfile(made.state, metadata(T!, { profileClass: 'test' }));
  return made;
}

interface Row {
  readonly result: string;
  readonly code: number;
  readonly card?: Parameters<typeof card>;
  /** Before the call. */
  readonly first?: (isdr: Isdr) => Promise<unknown>;
  /** The request as octets: a data object, or its hex. */
  readonly request: Uint8Array | string;
}

/** @param errorTag what carries the number in the response: 80 of a result, 81 of an error */
function results(fn: Es10Function<never, never>, errorTag: number, rows: readonly Row[]): void {
  for (const { result, code, card: [options, rules] = [], first, request } of rows) {
    test(`${fn.name}: ${result}(${code})`, async () => {
      const made = await card(options, rules);
      await using isdr = await openIsdr(made.card);
      await first?.(isdr);
      const octets = typeof request === 'string' ? fromHex(request) : request;
      const answered = await isdr.storeData(octets, fn.name);
      assert.equal(toHex(answered), toHex(encodeTlv(fn.response.tag, encodeTlv(errorTag, Uint8Array.of(code)))));
    });
  }
}

// The rows need a function's name and tag alone; its types differ from row to row.
const any = (fn: unknown) => fn as Es10Function<never, never>;
const enable = (iccid: string, refreshFlag = false) =>
  es10c.EnableProfile.request.encode({ profileIdentifier: { iccid }, refreshFlag });
const disable = (iccid: string) => es10c.DisableProfile.request.encode({ profileIdentifier: { iccid }, refreshFlag: false });
const remove = (iccid: string) => es10c.DeleteProfile.request.encode({ iccid });
const busy = (isdr: Isdr) => es10c.enableProfile(isdr, { iccid: B! }, true);
const testProfileIsEnabled = async (isdr: Isdr) => es10c.enableProfile(isdr, { iccid: T! }, false);

results(any(SetDefaultDpAddress), 0x80, [
  { result: 'ok', code: 0, request: 'BF3F0D800B6578616D706C652E636F6D' },
  { result: 'undefinedError', code: 127, request: 'BF3F00' },
]);
results(any(es10b.ListNotification), 0x81, [{ result: 'undefinedError', code: 127, request: 'BF280481008100' }]);
results(any(es10b.RetrieveNotificationsList), 0x81, [{ result: 'undefinedError', code: 127, request: 'BF2B02A000' }]);
results(any(es10b.RemoveNotificationFromList), 0x80, [
  { result: 'ok', code: 0, request: 'BF3003800101', first: (isdr) => es10c.deleteProfile(isdr, { iccid: B! }) },
  { result: 'nothingToDelete', code: 1, request: 'BF3003800105' },
  { result: 'undefinedError', code: 127, request: 'BF3000' },
]);
results(any(es10b.CancelSession), 0x81, [
  { result: 'invalidTransactionId', code: 5, request: 'BF41088003A1B2C3810101' },
  { result: 'undefinedError', code: 127, request: 'BF4103810101' },
]);
results(any(es10c.GetProfilesInfo), 0x81, [
  { result: 'incorrectInputValues', code: 1, request: 'BF2D05A0035A0198' },
  { result: 'undefinedError', code: 127, request: 'BF2D00', card: [{ faults: ['refuse@GetProfilesInfo:undefinedError'] }] },
]);
results(any(es10c.EnableProfile), 0x80, [
  { result: 'ok', code: 0, request: enable(B!) },
  { result: 'iccidOrAidNotFound', code: 1, request: enable(NONE!) },
  { result: 'profileNotInDisabledState', code: 2, request: enable(A!) },
  { result: 'disallowedByPolicy', code: 3, request: enable(B!), card: [{}, { a: 'ppr1' }] },
  { result: 'wrongProfileReenabling', code: 4, request: enable(B!), first: testProfileIsEnabled },
  { result: 'catBusy', code: 5, request: enable(T!), first: busy },
  { result: 'undefinedError', code: 127, request: 'BF3100' },
]);
results(any(es10c.DisableProfile), 0x80, [
  { result: 'ok', code: 0, request: disable(A!) },
  { result: 'iccidOrAidNotFound', code: 1, request: disable(NONE!) },
  { result: 'profileNotInEnabledState', code: 2, request: disable(B!) },
  { result: 'disallowedByPolicy', code: 3, request: disable(A!), card: [{}, { a: 'ppr1' }] },
  { result: 'catBusy', code: 5, request: disable(A!), first: busy },
  { result: 'undefinedError', code: 127, request: 'BF3200' },
]);
results(any(es10c.DeleteProfile), 0x80, [
  { result: 'ok', code: 0, request: remove(B!) },
  { result: 'iccidOrAidNotFound', code: 1, request: remove(NONE!) },
  { result: 'profileNotInDisabledState', code: 2, request: remove(A!) },
  { result: 'disallowedByPolicy', code: 3, request: remove(B!), card: [{}, { b: 'ppr2' }] },
  { result: 'undefinedError', code: 127, request: 'BF3300' },
]);
results(any(es10c.EuiccMemoryReset), 0x80, [
  { result: 'ok', code: 0, request: 'BF3404820205E0' },
  { result: 'nothingToDelete', code: 1, request: 'BF3403820100' },
  { result: 'catBusy', code: 5, request: 'BF3404820205E0', first: busy },
  { result: 'undefinedError', code: 127, request: 'BF3400' },
]);
results(any(es10c.SetNickname), 0x80, [
  { result: 'ok', code: 0, request: es10c.SetNickname.request.encode({ iccid: B!, profileNickname: 'work' }) },
  { result: 'iccidNotFound', code: 1, request: es10c.SetNickname.request.encode({ iccid: NONE!, profileNickname: 'work' }) },
  {
    result: 'undefinedError',
    code: 127,
    request: es10c.SetNickname.request.encode({ iccid: B!, profileNickname: 'x'.repeat(65) }),
  },
]);

test('ES10b.LoadCRL: undefinedError(127)', async () => {
  const made = await card({ faults: ['refuse@LoadCRL:undefinedError'] });
  await using isdr = await openIsdr(made.card);
  const answered = await isdr.storeData(encodeTlv(0xbf35, encodeTlv(0xa0, concat(fromHex('0500')))), 'LoadCRL');
  assert.equal(toHex(answered), 'BF350381017F');
});
