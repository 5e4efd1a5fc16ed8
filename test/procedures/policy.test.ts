import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex } from '../../src/lpa/bytes.ts';
import { checkPolicy, type PolicyState } from '../../src/lpa/procedures/policy.ts';
import type { OperatorId, ProfilePolicyAuthorisationRule } from '../../src/lpa/sgp22/policy.ts';
import type { ProfileMetadata } from '../../src/lpa/sgp22/profile.ts';

const metadata = (rules: ('ppr1' | 'ppr2')[], profileOwner?: OperatorId): ProfileMetadata => ({
  iccid: '89000000000000000017',
  serviceProviderName: 'Operator',
  profileName: 'Work',
  profileClass: 'operational',
  profilePolicyRules: rules,
  ...(profileOwner && { profileOwner }),
});
const entry = (
  pprIds: ('ppr1' | 'ppr2')[],
  allowedOperators: OperatorId[],
  consentRequired = false,
): ProfilePolicyAuthorisationRule => ({ pprIds, allowedOperators, pprFlags: consentRequired ? ['consentRequired'] : [] });
const anyone: OperatorId = { mccMnc: 'EEE-EEE', gid1: new Uint8Array(), gid2: new Uint8Array() };
const owner: OperatorId = { mccMnc: '262-01' };
const state = (rat: ProfilePolicyAuthorisationRule[], more: Partial<PolicyState> = {}): PolicyState => ({
  forbidden: [],
  profiles: [],
  rat,
  ...more,
});

test('a profile without rules needs no table and no owner', () => {
  assert.deepEqual(checkPolicy(metadata([]), state([])), []);
});

test('the first entry that matches decides about consent, each rule by itself', () => {
  const rat = [
    entry(['ppr1'], [{ mccMnc: '262-02' }]),
    entry(['ppr1', 'ppr2'], [{ mccMnc: '262-01' }], true),
    entry(['ppr1'], [anyone]),
  ];
  assert.deepEqual(checkPolicy(metadata(['ppr1', 'ppr2'], owner), state(rat)), [
    { rule: 'ppr1', consentRequired: true },
    { rule: 'ppr2', consentRequired: true },
  ]);
});

test('E stands for any digit, and for the third one that a two-digit MNC has not', () => {
  const allowed = (pattern: string, mccMnc: string): boolean => {
    try {
      checkPolicy(metadata(['ppr2'], { mccMnc }), state([entry(['ppr2'], [{ mccMnc: pattern }])]));
      return true;
    } catch {
      return false;
    }
  };
  assert.ok(allowed('EEE-EEE', '262-01'));
  assert.ok(allowed('262-0EE', '262-01'));
  assert.ok(allowed('310-26E', '310-260'));
  assert.ok(!allowed('310-26', '310-260'));
  assert.ok(!allowed('310-260', '310-26'));
  assert.ok(!allowed('E62-01', '262-02'));
});

test('an empty GID in the table stands for any, an absent one for none', () => {
  const withGid: OperatorId = { mccMnc: '262-01', gid1: fromHex('AA') };
  const check = (allowed: OperatorId, own: OperatorId): unknown =>
    checkPolicy(metadata(['ppr2'], own), state([entry(['ppr2'], [allowed])]));
  check({ mccMnc: '262-01', gid1: new Uint8Array() }, withGid);
  check({ mccMnc: '262-01', gid1: fromHex('AA') }, withGid);
  assert.throws(() => check({ mccMnc: '262-01' }, withGid), { name: 'PolicyError', rule: 'ppr2' });
  assert.throws(() => check({ mccMnc: '262-01', gid1: fromHex('BB') }, withGid), { name: 'PolicyError' });
});

test('what forbids a rule is named', () => {
  const rat = [entry(['ppr1', 'ppr2'], [anyone])];
  const reason = (profile: ProfileMetadata, policy: PolicyState, message: RegExp): void =>
    assert.throws(() => checkPolicy(profile, policy), { name: 'PolicyError', message });
  reason(metadata(['ppr1'], owner), state(rat, { forbidden: ['ppr1'] }), /this eUICC forbids the rule/);
  reason(metadata(['ppr2'], owner), state([entry(['ppr1'], [anyone])]), /do not allow it to the owner 262-01/);
  reason(metadata(['ppr2']), state(rat), /names no owner/);
  reason(metadata(['ppr1'], owner), state(rat, { profiles: [{ profileClass: 'operational' }] }), /another operational profile/);
  assert.deepEqual(checkPolicy(metadata(['ppr1'], owner), state(rat, { profiles: [{ profileClass: 'test' }] })), [
    { rule: 'ppr1', consentRequired: false },
  ]);
});
