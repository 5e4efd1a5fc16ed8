import assert from 'node:assert/strict';
import { test } from 'node:test';
import { profileCards } from '../../../src/lab/euicc/card/profile-card.ts';
import { buildProfilePackage } from '../../../src/lab/profile/build.ts';
import { recordsOf } from '../../../src/lab/profile/file-system.ts';
import { toHex } from '../../../src/lpa/bytes.ts';
import { disableProfile, enableProfile } from '../../../src/lpa/es10/es10c.ts';
import { readProfilePackage } from '../../../src/lpa/saip/package.ts';
import { bench, openIsdr, play } from './harness.ts';
import { ICCID, install } from './package.ts';
import { sharedServer } from './server.ts';

const UPP = buildProfilePackage({
  iccid: ICCID,
  imsi: '262011234567890',
  serviceProviderName: 'Operator',
  parts: ['telecom', 'opt-usim', 'isim'],
});

test('the files of a package stand on the card while its profile is enabled, and no longer', async () => {
  const { card, state } = await bench();
  await using isdr = await openIsdr(card);
  await install(isdr, await sharedServer(), { upp: UPP });
  await play(card, '> 00 A4 00 0C 02 2FE2 \n < 6A82');
  await enableProfile(isdr, { iccid: ICCID }, true);
  await play(card, '> 00 A4 00 0C 02 2FE2 \n < 6A82'); // not before the reset
  await isdr.reset();
  await play(
    card,
    `> 00 A4 00 0C 02 2FE2
     < 9000
     > 00 B0 00 00 0A
     < 98001032547698103214 9000
     > 00 A4 04 0C 07 A0000000871002
     < 9000
     > 00 B0 87 00 09
     < 082926102143658709 9000
     > 00 A4 00 0C 02 6F07
     < 9000
     > 00 B0 00 00 09
     < 082926102143658709 9000
     > 00 A4 00 0C 02 6F46
     < 9000
     > 00 B0 00 01 08
     < 4F70657261746F72 9000
     > 00 A4 04 0C 07 A0000000871004
     < 9000
     > 80 F2 00 0C 00
     < 9000
     > 00 A4 08 0C 04 7F106FE5
     < 9000
     > 00 A4 00 04 02 3F00
     < 61 ..`,
  );
  const [profile] = state.profiles;
  assert.equal(toHex(Buffer.from(profile?.package ?? '', 'base64')), toHex(UPP));
  await disableProfile(isdr, { iccid: ICCID }, false);
  await play(card, '> 00 A4 00 0C 02 2FE2 \n < 6A82');
});

test('every file that the elements create is there, of the size it says, and EF.DIR names every application', async () => {
  const { card, state } = await bench();
  await using isdr = await openIsdr(card);
  await install(isdr, await sharedServer(), { upp: UPP });
  await enableProfile(isdr, { iccid: ICCID }, false);
  const { files, applications, mf } = profileCards(
    () => state,
    () => {},
  ).current().files;
  const created = readProfilePackage(UPP).elements.flatMap(({ files }) => files.map(({ path }) => path));
  assert.deepEqual(
    created.filter((path) => !files.has(path)),
    [],
  );
  assert.ok(files.size > 50);
  const directory = recordsOf(mf.children.get('2F00')!).map(toHex).join(' ');
  assert.equal(applications.size, 2);
  for (const aid of applications.keys()) assert.ok(directory.includes(aid), `${aid} is not in ${directory}`);
});

test('what only an administrator may read is 6982, what needs the PIN is read: it is taken for disabled', async () => {
  const { card } = await bench();
  await using isdr = await openIsdr(card);
  await install(isdr, await sharedServer(), { upp: UPP });
  await enableProfile(isdr, { iccid: ICCID }, false);
  await play(
    card,
    `> 00 A4 08 0C 04 7F106F54
     < 9000
     > 00 B0 00 00 01
     < 6982
     > 00 A4 08 0C 04 7F106FE5
     < 9000
     > 00 B2 01 04 00
     < 6C ..`,
  );
});
