import assert from 'node:assert/strict';
import { test } from 'node:test';
import { preloadProfile } from '../../../src/lab/euicc/state.ts';
import { getEuiccConfiguredAddresses, setDefaultDpAddress } from '../../../src/lpa/es10/es10a.ts';
import { GetEuiccInfo1, GetEuiccInfo2, getRat } from '../../../src/lpa/es10/es10b.ts';
import { getEid, getProfilesInfo, setNickname } from '../../../src/lpa/es10/es10c.ts';
import type { ProfileMetadata } from '../../../src/lpa/sgp22/profile.ts';
import { bench, EID, openIsdr, sharedWorld } from './harness.ts';

const alpha: ProfileMetadata = {
  iccid: '8949000000000000012',
  serviceProviderName: 'Operator',
  profileName: 'Alpha',
  iconType: 'png',
  icon: Uint8Array.of(1, 2, 3),
  profileClass: 'operational',
};
const beta: ProfileMetadata = {
  iccid: '8949000000000000020',
  serviceProviderName: 'Other',
  profileName: 'Beta',
  profileClass: 'test',
};

test('info: EID, addresses, keys, memory, rules', async () => {
  const { card } = await bench({ state: { defaultDpAddress: 'smdp.example.com', memory: 100_000 } });
  const { ciPKId } = await sharedWorld();
  await using isdr = await openIsdr(card);
  assert.equal(await getEid(isdr), EID);
  assert.deepEqual(await getEuiccConfiguredAddresses(isdr), {
    defaultDpAddress: 'smdp.example.com',
    rootDsAddress: 'testrootsmds.gsma.com',
  });
  const info1 = await isdr.call(GetEuiccInfo1, {});
  assert.deepEqual(info1.value, {
    svn: '2.5.0',
    euiccCiPKIdListForVerification: [ciPKId],
    euiccCiPKIdListForSigning: [ciPKId],
  });
  const info2 = await isdr.call(GetEuiccInfo2, {});
  assert.deepEqual(info2.extCardResource, {
    installedApplications: 0,
    freeNonVolatileMemory: 100_000,
    freeVolatileMemory: 24_576,
  });
  assert.deepEqual(info2.euiccCiPKIdListForSigning, [ciPKId]);
  assert.deepEqual(await getRat(isdr), [
    {
      pprIds: ['ppr1', 'ppr2'],
      allowedOperators: [{ mccMnc: 'EEE-EEE', gid1: new Uint8Array(), gid2: new Uint8Array() }],
      pprFlags: ['consentRequired'],
    },
  ]);
});

test('the default SM-DP+ address is set, kept and removed', async () => {
  const saved: string[] = [];
  const { card } = await bench({ save: (state) => void saved.push(state.defaultDpAddress) });
  await using isdr = await openIsdr(card);
  await setDefaultDpAddress(isdr, 'smdp.example.com');
  assert.deepEqual(await getEuiccConfiguredAddresses(isdr), {
    defaultDpAddress: 'smdp.example.com',
    rootDsAddress: 'testrootsmds.gsma.com',
  });
  await setDefaultDpAddress(isdr, '');
  assert.deepEqual(await getEuiccConfiguredAddresses(isdr), { rootDsAddress: 'testrootsmds.gsma.com' });
  assert.deepEqual(saved, ['smdp.example.com', '']);
});

test('GetProfilesInfo gives what is asked for, of the profiles that are asked for', async () => {
  const { card, state } = await bench();
  preloadProfile(state, alpha, { enabled: true });
  preloadProfile(state, beta, { profileNickname: 'b' });
  await using isdr = await openIsdr(card);
  assert.deepEqual(await getProfilesInfo(isdr), [
    {
      iccid: alpha.iccid,
      isdpAid: 'A0000005591010FFFFFFFF8900001000',
      profileState: 'enabled',
      serviceProviderName: 'Operator',
      profileName: 'Alpha',
      profileClass: 'operational',
    },
    {
      iccid: beta.iccid,
      isdpAid: 'A0000005591010FFFFFFFF8900001100',
      profileState: 'disabled',
      profileNickname: 'b',
      serviceProviderName: 'Other',
      profileName: 'Beta',
      profileClass: 'test',
    },
  ]);
  const names = async (criteria: Parameters<typeof getProfilesInfo>[2]) =>
    (await getProfilesInfo(isdr, ['profileName'], criteria)).map(({ profileName }) => profileName);
  assert.deepEqual(await names({ profileClass: 'test' }), ['Beta']);
  assert.deepEqual(await names({ iccid: alpha.iccid }), ['Alpha']);
  assert.deepEqual(await names({ isdpAid: 'A0000005591010FFFFFFFF8900001100' }), ['Beta']);
  assert.deepEqual(await names({ iccid: '8949000000000000099' }), []);
  assert.deepEqual((await getProfilesInfo(isdr, ['icon', 'iconType'], { iccid: alpha.iccid }))[0], {
    icon: alpha.icon,
    iconType: 'png',
  });
});

test('a GetProfilesInfo that cannot be read is incorrectInputValues, one of unknown tags leaves them out', async () => {
  const { card, state } = await bench();
  preloadProfile(state, alpha);
  await using isdr = await openIsdr(card);
  const ask = async (octets: string) =>
    Buffer.from(await isdr.storeData(Buffer.from(octets, 'hex'), 'GetProfilesInfo'))
      .toString('hex')
      .toUpperCase();
  assert.equal(await ask('BF2D05A0035A0198'), 'BF2D03810101');
  assert.equal(await ask('BF2D075C055A9F24BF76'), 'BF2D10A00EE30C5A0A989400000000000010F2');
});

test('SetNickname: ok, iccidNotFound, undefinedError for a long or a missing one; an empty one removes it', async () => {
  const { card, state } = await bench();
  preloadProfile(state, alpha);
  await using isdr = await openIsdr(card);
  const nickname = async () => (await getProfilesInfo(isdr, ['profileNickname']))[0]?.profileNickname;
  await setNickname(isdr, alpha.iccid, 'work');
  assert.equal(await nickname(), 'work');
  await setNickname(isdr, alpha.iccid, 'ü'.repeat(32));
  assert.equal(await nickname(), 'ü'.repeat(32));
  await assert.rejects(setNickname(isdr, alpha.iccid, `${'ü'.repeat(32)}x`), /undefinedError/);
  await assert.rejects(setNickname(isdr, beta.iccid, 'x'), /iccidNotFound/);
  const answered = await isdr.storeData(Buffer.from('BF290C5A0A989400000000000010F2', 'hex'), 'SetNickname');
  assert.equal(Buffer.from(answered).toString('hex'), 'bf290380017f');
  await setNickname(isdr, alpha.iccid, '');
  assert.equal(await nickname(), undefined);
});

test('GetEID for another tag than the EID is 6A88', async () => {
  const { card } = await bench();
  await using isdr = await openIsdr(card);
  await assert.rejects(isdr.storeData(Buffer.from('BF3E035C0166', 'hex'), 'GetEID'), { sw: 0x6a88 });
});
