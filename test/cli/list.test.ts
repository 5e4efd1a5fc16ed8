import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lpa, type Script } from './harness.ts';
import { listed } from './profiles.ts';

const profiles = (...list: Parameters<typeof listed>): Script => ({ BF2D: listed(...list) });

const TWO = profiles(
  {
    iccid: '8949000000000000011',
    isdpAid: 'A0000005591010FFFFFFFF8900001100',
    profileState: 'enabled',
    profileNickname: 'Alpha',
    serviceProviderName: 'Lab Mobile',
    profileName: 'Plan',
    profileClass: 'operational',
  },
  { iccid: '8949000000000000029', profileState: 'disabled', serviceProviderName: 'Evil\x1b]52;c;\x07\u202e\n' },
);

test('list, for people: one record a line, foreign text made harmless', async () => {
  const { code, out, err } = await lpa(['list'], { card: TWO });
  assert.equal(
    out,
    `\
ICCID                STATE     NAME   PROVIDER                    CLASS
8949000000000000011  enabled   Alpha  Lab Mobile                  operational
8949000000000000029  disabled         Evil\\x1B]52;c;\\x07\\u202E\\n  operational
`,
  );
  assert.deepEqual([code, err], [0, '']);
});

test('list --wide on a terminal that is too narrow: what it adds stands below each profile; elsewhere one record a line', async () => {
  const card = profiles(
    {
      iccid: '8949000000000000011',
      isdpAid: 'A0000005591010FFFFFFFF8900001100',
      profileState: 'enabled',
      profileName: 'Plan',
      serviceProviderName: 'Lab Mobile',
      profileOwner: { mccMnc: '262-01' },
      notificationConfigurationInfo: ['smdp.example.com', 'second.example.com'].map((notificationAddress) => ({
        profileManagementOperation: ['notificationEnable'],
        notificationAddress,
      })),
    },
    { iccid: '8949000000000000029', profileState: 'disabled' },
  );
  const narrow = await lpa(['list', '--wide'], { card, columns: 60 });
  assert.equal(
    narrow.out,
    `\
ICCID                STATE     NAME  PROVIDER    CLASS
8949000000000000011  enabled   Plan  Lab Mobile  operational
  AID       A0000005591010FFFFFFFF8900001100
  OWNER     262-01
  NOTIFIES  smdp.example.com (enable) second.example.com
            (enable)
8949000000000000029  disabled                    operational
`,
  );
  for (const columns of [undefined, 200]) {
    const { out } = await lpa(['list', '--wide'], { card, ...(columns && { columns }) });
    assert.match(out, /^ICCID .*AID {2}.*NOTIFIES\n894.*\n894.*\n$/);
  }
});

test('list --json is the list itself; an absent class reads operational', async () => {
  const { code, out, err } = await lpa(['list', '--json'], { card: TWO });
  assert.deepEqual([code, err], [0, '']);
  assert.deepEqual(JSON.parse(out)[1], {
    iccid: '8949000000000000029',
    profileState: 'disabled',
    serviceProviderName: 'Evil\x1b]52;c;\x07\u202e\n',
    profileClass: 'operational',
  });
  assert.ok(!/[\x00-\x09\x0b-\x1f\u202e]/.test(out));
});

test('list of nothing is success', async () => {
  assert.deepEqual(await lpa(['list'], { card: profiles() }).then(({ code, out }) => [code, out]), [
    0,
    'No profiles. Get one with `lpa download`.\n',
  ]);
});

test('list asks for no icons, and for one function only', async () => {
  const { asked } = await lpa(['list'], { card: TWO });
  assert.deepEqual(asked, ['BF2D0A5C085A4F9F7090919295']);
});

test('lpa profile list is lpa list, and global options may stand anywhere', async () => {
  const { code, out } = await lpa(['--reader', 'x', 'profile', '--json', 'list'], { card: TWO });
  assert.equal(code, 0);
  assert.equal(JSON.parse(out).length, 2);
});

test('no reader: exit 3, a hint, and with --json one object as the last line', async () => {
  const plain = await lpa(['list']);
  assert.equal(plain.code, 3);
  assert.match(plain.err, /^lpa: no smart card reader found\n/);
  const json = await lpa(['list', '--json']);
  assert.deepEqual([json.code, json.out], [3, '']);
  const { error } = JSON.parse(json.err.trimEnd().split('\n').at(-1) ?? '');
  assert.deepEqual([error.code, error.problem], ['card', 'noReader']);
});

test('a word that is no command is met with a suggestion, an unknown option with the way to help', async () => {
  const typo = await lpa(['lst']);
  assert.deepEqual(
    [typo.code, typo.err],
    [2, 'lpa: there is no command "lst"\nhint: did you mean `lpa list`? `lpa help` lists the commands\n'],
  );
  for (const [words, err] of [
    ['notifications sned', 'there is no "notifications sned"\nhint: did you mean `lpa notifications send`?'],
    ['info foo', 'there is no "info foo"\nhint: `lpa info` alone, or with eid behind it'],
    [
      'notifications 41',
      'notifications takes no such word\nhint: `lpa notifications` alone, or with list, send, save, remove behind it',
    ],
    ['list foo', 'it takes no arguments\nhint: `lpa help list` shows the usage'],
    [
      'rename 0011 my trip',
      'too many arguments: 3, and it takes 2\nhint: several words that are one stand in quotes; `lpa help rename` shows the usage',
    ],
    [
      'help topics',
      'there is no command "topics"\nhint: `lpa help` lists the commands; topics are activation-codes, environment, exit-codes, json, options, readers, troubleshooting',
    ],
  ] as const) {
    const wrong = await lpa(words.split(' '));
    assert.deepEqual([wrong.code, wrong.err], [2, `lpa: ${err}\n`]);
  }
  const option = await lpa(['list', '--wides']);
  assert.deepEqual(
    [option.code, option.err],
    [2, "lpa: unknown option '--wides'\nhint: did you mean --wide? `lpa help list` shows the usage\n"],
  );
});
