import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { fromHex, utf8Bytes } from '../../src/lpa/bytes.ts';
import type { ProfileInfo } from '../../src/lpa/sgp22/profile.ts';
import { lpa, type Ran } from './harness.ts';
import { ALPHA, BETA, listed } from './profiles.ts';

const PNG = fromHex('89504E470D0A1A0A0000000D49484452');
const JPEG = fromHex('FFD8FFE000104A464946');

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lpa-icons-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const icons = (...profiles: ProfileInfo[]): Promise<Ran> =>
  lpa(['list', '--icons', dir, '--json'], { card: { BF2D: listed(...profiles) } });

test('each icon is a file named by the ICCID and by what it holds, whatever the card says that it is', async () => {
  const { code, out, err, asked } = await icons(
    { ...ALPHA, iconType: 'png', icon: PNG },
    { ...BETA, iconType: 'png', icon: JPEG },
    { iccid: '8949000000000000037' },
  );
  assert.deepEqual([code, err], [0, '2 icons in the folder\n']);
  assert.deepEqual(readdirSync(dir).sort(), ['8949000000000000011.png', '8949000000000000029.jpg']);
  assert.deepEqual(new Uint8Array(readFileSync(join(dir, '8949000000000000011.png'))), PNG);
  assert.deepEqual(
    JSON.parse(out).map(({ iccid, iconFile, icon }: Record<string, unknown>) => [iccid, iconFile, icon]),
    [
      ['8949000000000000011', '8949000000000000011.png', undefined],
      ['8949000000000000029', '8949000000000000029.jpg', undefined],
      ['8949000000000000037', undefined, undefined],
    ],
  );
  assert.match(asked[0] ?? '', /9394/, 'iconType and icon are asked for');
});

test('what is no picture, or too large for one, is not written', async () => {
  const { code, err } = await icons(
    { ...ALPHA, icon: utf8Bytes('#!/bin/sh') },
    { ...BETA, icon: Uint8Array.of(...PNG, ...new Uint8Array(1024 - PNG.length), 0) },
    { iccid: '8949000000000000037', icon: Uint8Array.of(...PNG, ...new Uint8Array(1024 - PNG.length)) },
  );
  assert.equal(code, 0);
  assert.deepEqual(readdirSync(dir), ['8949000000000000037.png']);
  assert.equal(
    err,
    `\
warning: 8949000000000000011 (Alpha): its icon is neither PNG nor JPEG
warning: 8949000000000000029 (Plan): its icon has 1025 octets, and 1024 are the most
1 icon in the folder
`,
  );
});

test('a second run finds its own files there and is content', async () => {
  await icons({ ...ALPHA, icon: PNG });
  const { code, out } = await icons({ ...ALPHA, icon: PNG });
  assert.deepEqual([code, JSON.parse(out)[0].iconFile], [0, '8949000000000000011.png']);
});

test('nothing that is there is written over: no other file, no link, none that leads nowhere, no pipe', async () => {
  const path = join(dir, '8949000000000000011.png');
  const other = join(dir, 'other');
  const refused = async (): Promise<void> => {
    const { code, out, err } = await icons({ ...ALPHA, icon: PNG });
    assert.deepEqual([code, out], [2, '']);
    assert.match(err, /8949000000000000011\.png: something else is there already/);
  };
  writeFileSync(path, 'mine');
  await refused();
  assert.equal(readFileSync(path, 'utf8'), 'mine');

  rmSync(path);
  symlinkSync(other, path);
  await refused();
  assert.deepEqual(readdirSync(dir), ['8949000000000000011.png'], 'nothing was written where the link leads');

  writeFileSync(other, PNG);
  await refused();
  assert.ok(lstatSync(path).isSymbolicLink());

  rmSync(path);
  execFileSync('mkfifo', [path]);
  await refused();
});

test('a folder that is missing is made, with those above it', async () => {
  const folder = join(dir, 'new', 'icons');
  const { code, err } = await lpa(['list', '--icons', folder], { card: { BF2D: listed({ ...ALPHA, icon: PNG }) } });
  assert.equal(code, 0, err);
  assert.deepEqual(readdirSync(folder), [`${ALPHA.iccid}.png`]);
});

test('a folder that cannot be made is an error before the card is asked', async () => {
  const file = join(dir, 'file');
  writeFileSync(file, 'mine');
  for (const folder of [file, join(file, 'icons'), ...(process.platform === 'linux' ? ['/proc/none/icons'] : [])]) {
    const { code, err, asked } = await lpa(['list', '--icons', folder], { card: { BF2D: listed(ALPHA) } });
    assert.deepEqual([code, asked], [2, []]);
    assert.match(err, /: the folder cannot be made: /);
  }
});

test('list --wide adds AID, owner, rules and notification addresses, as wide as they are', async () => {
  const card = {
    BF2D: listed({
      ...ALPHA,
      profileOwner: { mccMnc: '262-01', gid1: fromHex('0102') },
      profilePolicyRules: ['ppr1', 'ppr2'],
      notificationConfigurationInfo: [
        { profileManagementOperation: ['notificationInstall'], notificationAddress: 'smdp.example.com' },
        { profileManagementOperation: ['notificationDelete'], notificationAddress: 'smdp.example.com' },
        { profileManagementOperation: ['notificationEnable'], notificationAddress: 'other.example.com' },
      ],
    }),
  };
  const { code, out } = await lpa(['list', '--wide'], { card });
  assert.equal(code, 0);
  assert.equal(
    out,
    `\
ICCID                STATE     NAME   PROVIDER    CLASS        AID                               OWNER             RULES      NOTIFIES
8949000000000000011  disabled  Alpha  Lab Mobile  operational  A0000005591010FFFFFFFF8900001100  262-01 GID1 0102  ppr1,ppr2  smdp.example.com (install,delete) other.example.com (enable)
`,
  );
});
