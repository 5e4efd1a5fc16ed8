/** Data objects in forms of other versions and other implementations. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex } from '../../src/lpa/bytes.ts';
import { DecodeError, EuiccError } from '../../src/lpa/errors.ts';
import { getRat } from '../../src/lpa/es10/es10b.ts';
import { disableProfile } from '../../src/lpa/es10/es10c.ts';
import { Isdr } from '../../src/lpa/es10/isdr.ts';
import { GetRatResponse } from '../../src/lpa/sgp22/policy.ts';
import { DisableProfileResponse } from '../../src/lpa/sgp22/profile.ts';
import { lpa } from '../cli/harness.ts';
import { CLOSE, OPEN, scriptedCard } from '../transcript.ts';

const isdrOn = (script: string): Promise<Isdr> => Isdr.open(scriptedCard(OPEN + script + CLOSE));
const DISABLE = '> 81 E2 91 00 14 BF32 11 A00C 5A0A 98090000000000000011 8101FF 00';

/** The table of Android's own test of GetRAT (EuiccCardTest, Apache 2.0): one A0 for each rule, operators under B7. */
const ANDROID_RAT =
  'BF434B A0233021 800206C0 A118 B70A 800312F345 8103010203 B70A 800312F345 8203040506 820108' +
  'A0243022 80020780 A118 B70A 800312E345 8103010203 B70A 8003EEEE45 8203040506 82020780';

test('disableProfile reads disallowedForRpm as 9 (v3.1) and as 10 (v3.0), and writes 9', async () => {
  for (const code of ['09', '0A']) {
    await using isdr = await isdrOn(`
      ${DISABLE}
      < BF32 03 8001${code} 90 00
    `);
    await assert.rejects(
      disableProfile(isdr, { iccid: '89900000000000000011' }, true),
      (error) => error instanceof EuiccError && error.result === 'disallowedForRpm',
    );
  }
  assert.deepEqual(DisableProfileResponse.encode({ disableResult: 'disallowedForRpm' }), fromHex('BF3203800109'));
});

test("getRat reads Android's form of the table, in its order", async () => {
  await using isdr = await isdrOn(`
    > 81 E2 91 00 03 BF43 00 00
    < ${ANDROID_RAT} 90 00
  `);
  const gid = (hex: string): Uint8Array => fromHex(hex);
  assert.deepEqual(await getRat(isdr), [
    {
      pprIds: ['pprUpdateControl', 'ppr1'],
      allowedOperators: [
        { mccMnc: '213-54', gid1: gid('010203') },
        { mccMnc: '213-54', gid2: gid('040506') },
      ],
      pprFlags: [],
    },
    {
      pprIds: ['pprUpdateControl'],
      allowedOperators: [
        { mccMnc: '213-54E', gid1: gid('010203') },
        { mccMnc: 'EEE-54E', gid2: gid('040506') },
      ],
      pprFlags: ['consentRequired'],
    },
  ]);
});

test('a table with two lists and something else is a decode error', () => {
  assert.throws(() => GetRatResponse.decode(fromHex('BF4309A000A0008103010203'.replaceAll(' ', ''))), DecodeError);
});

test("lpa explain shows Android's table as rules and operators, and knows both numbers of disallowedForRpm", async () => {
  const { code, out } = await lpa(['explain', ANDROID_RAT.replaceAll(' ', '')]);
  assert.equal(code, 0);
  assert.equal(out.match(/213-54/g)?.length, 3);
  assert.doesNotMatch(out, /unknown|expected/);
  for (const number of ['9', '10']) {
    assert.match((await lpa(['explain', 'ES10c.DisableProfile', number])).out, /disallowedForRpm/);
  }
});
