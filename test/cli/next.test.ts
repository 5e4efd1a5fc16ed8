import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { codePicture } from '../../src/lab/cli/picture.ts';
import type { NotificationMetadata } from '../../src/lpa/sgp22/notification.ts';
import { type RunOptions, lpa as run } from './harness.ts';
import { openLab } from './lab.ts';
import { ALPHA, as, BETA, listed, pending } from './profiles.ts';

const CODE = 'LPA:1$smdp.example.com$MATCHING-ID';
const EMPTY = { name: 'Empty', present: false };
const notification: NotificationMetadata = {
  seqNumber: 4,
  profileManagementOperation: ['notificationEnable'],
  notificationAddress: 'smdp.example.com',
  iccid: ALPHA.iccid!,
};

const cases: readonly (readonly [string, string[], RunOptions, string])[] = [
  ['no reader', ['readers'], {}, '`lpa doctor` looks further'],
  ['an empty reader', ['readers'], { readers: [EMPTY] }, 'put a card in, then `lpa readers` again'],
  ['a card that is none of ours', ['readers'], { readers: [{ ...EMPTY, present: true }] }, '`lpa doctor` says what can be done'],
  ['a code drawn', ['qr', CODE], {}, 'a phone can scan it; `lpa download` with the same code installs it here'],
  [
    'nothing in use',
    ['list'],
    { card: { BF2D: listed(as(ALPHA, 'disabled')) } },
    `none is in use; \`lpa enable ${ALPHA.iccid}\``,
  ],
  ['something to tell', ['notifications'], { card: { BF28: pending(notification) } }, '`lpa notifications send` delivers'],
  [
    'something to tell',
    ['notifications', 'list'],
    { card: { BF28: pending(notification) } },
    '`lpa notifications send` delivers',
  ],
];

for (const [what, argv, options, next] of cases) {
  test(`lpa ${argv[0]}, ${what}: a person at a terminal is told what comes next, a pipe and JSON are not`, async () => {
    const seen = await run(argv, { ...options, typed: '', columns: 100 });
    assert.equal(seen.err, `next: ${next}\n`);
    assert.equal((await run([...argv, '--quiet'], { ...options, typed: '', columns: 100 })).err, '');
    assert.equal((await run([...argv, '--json'], { ...options, typed: '', columns: 100 })).err, '');
    assert.equal((await run(argv, { ...options, typed: '' })).err, '', 'stdout is a pipe');
    assert.equal((await run(argv, { ...options, columns: 100 })).err, '', 'stderr is a pipe');
  });
}

test('where nothing is left to do, nothing is suggested', async () => {
  const card = { BF2D: listed(as(ALPHA, 'enabled'), BETA), BF28: pending() };
  for (const words of [['list'], ['notifications']]) {
    assert.equal((await run(words, { card, typed: '', columns: 100 })).err, '');
  }
});

test('lpa readers with eUICCs: their profiles are next; lpa inspect: the download; lpa qr of a picture: the download of it', async () => {
  await using lab = await openLab();
  const seen = { typed: '', columns: 100 };
  const reader = { name: 'Lab 00', present: true };
  const one = await lab.run(['readers'], { ...seen, readers: [EMPTY, reader] });
  assert.equal(one.err, 'next: `lpa list` shows the profiles on it, `lpa info` the eUICC\n');
  const two = await lab.run(['readers'], { ...seen, readers: [EMPTY, reader, reader] });
  assert.equal(two.err, 'next: `lpa list --reader 2` for one of them, `lpa list --reader all` for each\n');

  const { activationCode } = lab.smdp.createOrder({ profileName: 'Alpha' });
  const inspected = await lab.run(['inspect', activationCode], seen);
  assert.equal(inspected.err, 'next: `lpa download` with the same code installs it\n');

  const dir = mkdtempSync(join(tmpdir(), 'lpa-next-'));
  try {
    for (const [name, shown] of [
      ['code.png', join(dir, 'code.png')],
      ["it's; a.png", '<picture>'],
    ] as const) {
      writeFileSync(join(dir, name), await codePicture(CODE));
      const { err } = await run(['qr', join(dir, name)], seen);
      assert.equal(err, `next: \`lpa download ${shown}\`\n`);
    }
  } finally {
    rmSync(dir, { recursive: true });
  }
});
