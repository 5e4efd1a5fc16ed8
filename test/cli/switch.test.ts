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

test('after a command each notification address has 10 s', async (t) => {
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

const CANDIDATES = `\
  8949000000000000011  Alpha  Lab Mobile  disabled
  8949000000000000029  Plan   Lab Mobile  enabled
`;

test('a word that means no profile, or several: exit 2 with ICCID, name, provider and state of the candidates', async () => {
  const card = { BF2D: listed(ALPHA, BETA) };
  const none = await lpa(['enable', 'home'], { card });
  assert.deepEqual(
    [none.code, none.err],
    [2, `lpa: profile "home" not found\n${CANDIDATES}hint: use an ICCID, or a nickname or name; \`lpa list\` shows them\n`],
  );
  const several = await lpa(['enable', '8949'], { card });
  assert.deepEqual([several.code, several.err], [2, `lpa: "8949" matches 2 profiles\n${CANDIDATES}hint: use an ICCID\n`]);
  const byName = await lpa(['enable', 'plan'], { card });
  assert.equal(byName.code, 2);
  const empty = await lpa(['disable', ''], { card: { BF2D: listed(BETA) } });
  assert.deepEqual([empty.code, empty.asked.length], [2, 1]);
});

/** The ICCID that a word selects among these profiles, as nickname and name; `2` for an error of usage. */
async function selected(word: string, ...named: readonly (readonly [nickname: string, name: string])[]): Promise<string> {
  const profiles = named.map(([profileNickname, profileName], i) => ({
    ...BETA,
    iccid: `894900000000000000${i}`,
    profileNickname,
    profileName,
  }));
  const { code, out } = await lpa(['enable', word, '--json', '--no-notify'], {
    card: { ...NOTHING_PENDING, BF2D: listed(...profiles) },
  });
  return code === 0 ? JSON.parse(out).iccid.slice(-1) : String(code);
}

test("a nickname wins over an operator's name, exact case over any case, and a unique beginning is enough", async () => {
  assert.equal(await selected('Work', ['', 'Work'], ['Work', 'Plan']), '1', 'an exact nickname over an exact name');
  assert.equal(await selected('Work', ['', 'Work'], ['work', 'Plan']), '1', 'a nickname in any case over an exact name');
  assert.equal(await selected('work', ['Work', 'A'], ['work', 'B']), '1', 'the exact case of a nickname');
  assert.equal(await selected('plan', ['', 'Plan'], ['', 'plan']), '1', 'the exact case of a name');
  assert.equal(await selected('WORK', ['Work', 'A'], ['work', 'B']), '2', 'two nicknames');
  assert.equal(await selected('wor', ['Work', 'A'], ['Home', 'B']), '0', 'the beginning of a nickname');
  assert.equal(await selected('b', ['Work', 'A'], ['Home', 'B']), '1', 'the beginning of a name');
  assert.equal(await selected('wo', ['Work', 'A'], ['Home', 'World']), '2', 'a beginning that two profiles share');
  assert.equal(await selected('Work', ['Work', 'A'], ['Workshop', 'B']), '0', 'a whole nickname over the beginning of another');
  assert.equal(await selected('0001', ['0001', 'A'], ['', 'B']), '2', 'a nickname that is the end of the ICCID of another');
  assert.equal(await selected('B\u00fccher', ['Bu\u0308cher', 'A'], ['', 'B']), '0', 'an accent as a character of its own');
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
