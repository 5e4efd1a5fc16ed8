/** Metadata beyond a limit is found before the card is asked to install it: the activation code stays valid. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NewOrder } from '../../src/lab/smdp/order.ts';
import { fromHex } from '../../src/lpa/bytes.ts';
import { openChangingLab } from './changing-lab.ts';
import { openLab } from './lab.ts';

const PNG = fromHex('89504E470D0A1A0A');
/** 11 characters in 33 octets of UTF-8. */
const JAPANESE = '日本の通信会社テスト株';

const refused: readonly [string, NewOrder, string][] = [
  ['a provider of 33 characters', { serviceProviderName: 'x'.repeat(33) }, 'serviceProviderName: 33 characters, limit 32'],
  ['a name of 65 characters', { profileName: 'ü'.repeat(65) }, 'profileName: 65 characters, limit 64'],
  ['an icon of 1025 octets', { icon: { type: 'png', bytes: new Uint8Array(1025) } }, 'icon: 1025 octets, limit 1024'],
  ['an icon without its type', { icon: { bytes: PNG } }, 'iconType: missing, and there is an icon'],
  [
    'a list of 65 entries',
    {
      notifications: Array.from({ length: 65 }, () => ({
        profileManagementOperation: ['notificationEnable' as const],
        notificationAddress: 'a.example',
      })),
    },
    'notificationConfigurationInfo: 65 entries, limit 64',
  ],
];

for (const [name, order, problem] of refused) {
  test(`${name}: download refuses it before PrepareDownload, and the activation code stays valid`, async () => {
    await using lab = await openLab();
    const { order: placed, activationCode } = lab.smdp.createOrder(order);
    const { code, err } = await lab.run(['download', activationCode, '--yes', '--json']);
    const { error } = JSON.parse(err.trimEnd().split('\n').at(-1) ?? '');
    assert.deepEqual(
      [code, error.code, error.message, error.activationCode],
      [7, 'decode', `ES9+.AuthenticateClient/profileMetadata/${problem}`, 'good'],
    );
    assert.match(error.remedy, /ask the operator to correct its metadata/);
    assert.equal(placed.state, 'released');
    assert.deepEqual(lab.decisions(), [
      'InitiateAuthentication: Executed-Success',
      'AuthenticateClient: Executed-Success',
      'CancelSession: Executed-Success',
    ]);
    assert.equal(lab.log.find(({ event }) => event === 'ES10b.CancelSession')?.data?.['reason'], 'postponed');
    const inspected = await lab.run(['inspect', activationCode]);
    assert.equal(inspected.code, 0);
    assert.ok(
      inspected.out.replaceAll(/\s+/g, ' ').includes(`Refused ES9+.AuthenticateClient/profileMetadata/${problem}`),
      inspected.out,
    );
  });
}

test('a Japanese name of 11 characters in 33 octets is valid: a warning, and it is installed', async () => {
  await using lab = await openLab();
  const { activationCode } = lab.smdp.createOrder({ serviceProviderName: JAPANESE });
  const inspected = await lab.run(['inspect', activationCode, '--json']);
  const warning = 'serviceProviderName has 33 octets; an eUICC that counts octets (limit 32) refuses the profile at installation';
  assert.deepEqual(JSON.parse(inspected.out).warnings, [warning]);
  const { code, out, err } = await lab.run(['download', activationCode, '--yes']);
  assert.equal(code, 0, err);
  assert.ok(out.includes(JAPANESE), out);
  assert.match(err, /^ {2}Warning {3}serviceProviderName has 33 octets; an eUICC that counts octets/m);
});

test('an eUICC that counts octets refuses that name; the warning comes before, with --quiet too', async () => {
  await using lab = await openChangingLab({ manners: ['counts-octets'] });
  const { activationCode } = lab.smdp.createOrder({ serviceProviderName: JAPANESE });
  const ran = await lab.run(['download', activationCode, '--yes', '--quiet']);
  assert.equal(ran.code, 4, ran.err);
  assert.match(ran.err, /^warning: serviceProviderName has 33 octets/m);
  assert.match(ran.err, /storeMetadata/i);
});

test('an icon whose content is of another type than iconType says is a warning', async () => {
  await using lab = await openLab();
  const { activationCode } = lab.smdp.createOrder({ icon: { type: 'jpg', bytes: PNG } });
  const { code, err } = await lab.run(['download', activationCode, '--yes']);
  assert.equal(code, 0, err);
  assert.match(err, /^ {2}Warning {3}iconType is jpg, the icon is png$/m);
});
