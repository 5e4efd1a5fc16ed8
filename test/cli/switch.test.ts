import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lpa } from './harness.ts';
import { ALPHA, as, BETA, listed, pending } from './profiles.ts';

const NOTHING_PENDING = { BF28: pending() };
const DONE = { BF31: 'BF3103800100', BF32: 'BF3203800100', BF33: 'BF3303800100', BF29: 'BF2903800100' };

test('enable by nickname: the card is read again, and the result is said', async () => {
  const card = {
    ...DONE,
    ...NOTHING_PENDING,
    BF2D: [listed(ALPHA, BETA), listed(as(ALPHA, 'enabled'), as(BETA, 'disabled'))],
  };
  const { code, out, err, asked } = await lpa(['enable', 'Alpha'], { card });
  assert.deepEqual([code, out, err], [0, 'Enabled 8949000000000000011 (Alpha)\n', 'next: `lpa list`\n']);
  assert.deepEqual(
    asked.map((request) => request.slice(0, 4)),
    ['BF2D', 'BF31', 'BF2D', 'BF28'],
  );
});

test('enable --json prints one object, after the notifications were looked at', async () => {
  const card = { ...DONE, ...NOTHING_PENDING, BF2D: [listed(ALPHA), listed(as(ALPHA, 'enabled'))] };
  const { code, out, err } = await lpa(['enable', '0011', '--json'], { card });
  assert.deepEqual([code, err], [0, '']);
  assert.deepEqual(JSON.parse(out), {
    iccid: '8949000000000000011',
    profileState: 'enabled',
    changed: true,
    notificationsPending: 0,
  });
});

test('a card that cannot be read again may have made the change, and that is said; a refusal is one', async () => {
  const unread = { ...DONE, BF2D: [listed(ALPHA, BETA), '6F00'] };
  const { code, err } = await lpa(['enable', 'Alpha'], { card: unread });
  assert.equal(code, 3);
  assert.match(
    err,
    /^warning: the card was told to do it, and may have done it: look at it again\nlpa: ES10c\.GetProfilesInfo: /,
  );
  const refused = await lpa(['enable', 'Alpha'], { card: { ...DONE, BF31: 'BF31 03 800103', BF2D: listed(ALPHA, BETA) } });
  assert.equal(refused.code, 4);
  assert.match(refused.err, /^lpa: ES10c\.EnableProfile: disallowedByPolicy/);
});

test('enabling what is enabled sends nothing and is success', async () => {
  const { code, out, asked } = await lpa(['enable', '8949000000000000029', '--json'], {
    card: { ...NOTHING_PENDING, BF2D: listed(ALPHA, BETA) },
  });
  assert.equal(code, 0);
  assert.equal(JSON.parse(out).changed, false);
  assert.ok(!asked.some((request) => request.startsWith('BF31')));
});

test('--quiet leaves out what is said of a change, --no-notify the delivery', async () => {
  const notification = {
    seqNumber: 7,
    profileManagementOperation: ['notificationDisable' as const],
    notificationAddress: 'smdp.example.com',
    iccid: '8949000000000000029',
  };
  const card = { ...DONE, BF28: pending(notification), BF2D: [listed(BETA), listed(as(BETA, 'disabled'))] };
  const quiet = await lpa(['disable', '0029', '-q'], { card, post: async () => ({ status: 204, body: '' }) });
  assert.deepEqual([quiet.code, quiet.out], [0, '']);
  const { out, err, asked } = await lpa(['disable', '0029', '--no-notify', '--json'], { card });
  assert.equal(JSON.parse(out).notificationsPending, 1);
  assert.equal(err, '1 notification is left on the card; `lpa notifications send` delivers\n');
  assert.ok(!asked.some((request) => request.startsWith('BF2B')));
});

test('a notification that cannot be delivered is a warning after the result', async () => {
  const notification = {
    seqNumber: 7,
    profileManagementOperation: ['notificationDisable' as const],
    notificationAddress: 'smdp.example.com:99999',
  };
  const card = { ...DONE, BF28: pending(notification), BF2D: [listed(BETA), listed(as(BETA, 'disabled'))] };
  const { code, out, err } = await lpa(['disable', '0029'], { card });
  assert.equal(code, 0);
  assert.equal(out, 'Disabled 8949000000000000029 (Plan)\n');
  assert.equal(
    err,
    `\
warning: 1 notification is still on the card: notification 7: the port is not a number from 1 to 65535
\`lpa notifications send\` tries again
next: \`lpa enable 8949000000000000029\` takes it back
`,
  );
});

test('the delivery after a command has 10 s in all', async (t) => {
  const notification = {
    seqNumber: 7,
    profileManagementOperation: ['notificationDisable' as const],
    notificationAddress: 'smdp.example.com',
  };
  const card = { ...DONE, BF28: pending(notification), BF2D: [listed(BETA), listed(as(BETA, 'disabled'))] };
  const timers = t.mock.method(globalThis, 'setTimeout');
  assert.equal((await lpa(['disable', '0029'], { card })).code, 0);
  const times = timers.mock.calls.map(({ arguments: [, ms] }) => ms);
  assert.ok(times.includes(10_000), `${times}`);
});

test('a word that means no profile, or several: exit 2 with the candidates', async () => {
  const card = { BF2D: listed(ALPHA, BETA) };
  const none = await lpa(['enable', 'home'], { card });
  assert.deepEqual(
    [none.code, none.err],
    [
      2,
      'lpa: no profile is called "home"; there are 8949000000000000011 (Alpha), 8949000000000000029 (Plan)\n' +
        'hint: use an ICCID, or a nickname that only one profile has; `lpa list` shows them\n',
    ],
  );
  const several = await lpa(['enable', '8949'], { card });
  assert.deepEqual(
    [several.code, several.err],
    [2, 'lpa: "8949" means 2 profiles: 8949000000000000011 (Alpha), 8949000000000000029 (Plan)\nhint: use an ICCID\n'],
  );
  const byName = await lpa(['enable', 'plan'], { card });
  assert.equal(byName.code, 2);
});

test('delete of an enabled profile is refused before any command: exit 4', async () => {
  const { code, err, asked } = await lpa(['delete', '0029', '--confirm', '8949000000000000029'], {
    card: { BF2D: listed(BETA) },
  });
  assert.equal(code, 4);
  assert.equal(
    err,
    'lpa: ES10c.DeleteProfile: profileNotInDisabledState\nan enabled profile is not deleted\nhint: `lpa disable 8949000000000000029` first\n',
  );
  assert.equal(asked.length, 1);
});

test('delete without a terminal wants --confirm, and the right one', async () => {
  const card = { ...DONE, ...NOTHING_PENDING, BF2D: [listed(ALPHA), listed()] };
  const without = await lpa(['delete', 'Alpha'], { card });
  assert.deepEqual([without.code, without.asked], [2, []]);
  const wrong = await lpa(['delete', 'Alpha', '--confirm', '8949000000000000029'], { card });
  assert.equal(wrong.code, 2);
  assert.ok(!wrong.asked.some((request) => request.startsWith('BF33')));
  const right = await lpa(['delete', 'Alpha', '--confirm', '8949000000000000011', '--json'], { card });
  assert.deepEqual(
    [right.code, JSON.parse(right.out)],
    [0, { iccid: '8949000000000000011', deleted: true, notificationsPending: 0 }],
  );
});

test('delete asks for the last four digits; anything else changes nothing: exit 130', async () => {
  const card = { ...DONE, ...NOTHING_PENDING, BF2D: [listed(ALPHA), listed()] };
  const agreed = await lpa(['delete', 'Alpha'], { card, typed: '0011\n' });
  assert.equal(agreed.code, 0);
  assert.equal(
    agreed.err,
    'This deletes 8949000000000000011 (Alpha) from the card for good.\n' +
      'To confirm, type the last 4 digits of the ICCID 8949000000000000011: next: `lpa list`\n',
  );
  for (const typed of ['\n', '1111\n', '']) {
    const { code, asked, err } = await lpa(['delete', 'Alpha'], { card, typed });
    assert.equal(code, 130);
    assert.match(err, /lpa: not confirmed, and nothing was changed\n$/);
    assert.ok(!asked.some((request) => request.startsWith('BF33')));
  }
});

test('rename tells the new name, and sends nothing when it is the old one', async () => {
  const card = { ...DONE, BF2D: listed(ALPHA) };
  const renamed = await lpa(['rename', 'Alpha', 'work', '--json'], { card });
  assert.deepEqual(JSON.parse(renamed.out), { iccid: '8949000000000000011', profileNickname: 'work', changed: true });
  const same = await lpa(['rename', 'Alpha', 'Alpha'], { card });
  assert.deepEqual([same.out, same.asked.length], ['8949000000000000011 (Alpha) has this name already\n', 1]);
});
