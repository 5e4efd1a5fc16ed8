import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBench } from '../lab/smdp/harness.ts';
import { lpaIn } from './lab.ts';

test('inspect shows what a code stands for, and leaves the order as it was', async () => {
  await using bench = await openBench();
  const lpa = lpaIn(bench);
  const { order, activationCode } = bench.smdp.createOrder({
    profileName: 'Alpha',
    serviceProviderName: 'Operator',
    confirmationCode: '1234',
    ccFlag: false,
  });
  const { code, out, err } = await lpa(['inspect', activationCode]);
  assert.equal(err, '');
  assert.equal(code, 0);
  assert.equal(
    out.replace(/^ {2}(CI|Server).*\n/gm, ''),
    `\
  Profile   Alpha
  Provider  Operator
  ICCID     ${order.iccid}
  Class     operational
  Owner     001-01
  Trusted   under a CI that the card lists
  Code      the server wants a confirmation code
Nothing was taken and the code stays good. The server may have counted an attempt, and may keep the code for this card.
`,
  );
  assert.equal(order.state, 'released');
  assert.deepEqual(bench.decisions(), [
    'InitiateAuthentication: Executed-Success',
    'AuthenticateClient: Executed-Success',
    'CancelSession: Executed-Success',
  ]);
  const { out: json } = await lpa(['inspect', '-', '--json'], { stdin: activationCode });
  const { smdpAddress, smdpOid, profileMetadata, confirmationCodeRequired, policy } = JSON.parse(json);
  assert.deepEqual(
    { smdpAddress, smdpOid, confirmationCodeRequired, policy, name: profileMetadata.profileName },
    {
      smdpAddress: bench.smdp.address,
      smdpOid: bench.smdp.oid,
      confirmationCodeRequired: true,
      policy: { rules: [], allowed: true },
      name: 'Alpha',
    },
  );
});

test('inspect takes --smdp and --matching-id as download does, and says what is missing', async () => {
  await using bench = await openBench();
  const lpa = lpaIn(bench);
  const { order, activationCode } = bench.smdp.createOrder({ profileName: 'Alpha' });
  const { address } = bench.smdp;
  const named = await lpa(['inspect', '--smdp', address, '--matching-id', order.matchingId]);
  assert.equal(named.code, 0, named.err);
  assert.match(named.out, /^ {2}Profile {3}Alpha$/m);
  for (const [argv, message] of [
    [[], 'an activation code or --smdp is required'],
    [['--matching-id', 'X'], '--matching-id requires --smdp'],
    [[activationCode, '--smdp', address], 'an activation code cannot be used with --smdp or --matching-id'],
  ] as const) {
    const { code, out, err } = await lpa(['inspect', ...argv]);
    assert.deepEqual([code, out, err.split('\n')[0]], [2, '', `lpa: ${message}`]);
  }
  const nothing = await lpa(['inspect', '--smdp', address, '--json']);
  assert.equal(nothing.code, 5);
  const { error } = JSON.parse(nothing.err);
  assert.deepEqual([error.subjectCode, error.reasonCode], ['8.2.6', '3.8']);
  assert.match(error.serverMessage, /^nothing waits for EID/);
});

test('inspect of a rule that this card forbids says so, and does not end the order', async () => {
  await using bench = await openBench({ card: { forbiddenRules: ['ppr1'] } });
  const lpa = lpaIn(bench);
  const rules = { rules: ['ppr1'] as const, profileOwner: { mccMnc: '262-01' } };
  const { order, activationCode } = bench.smdp.createOrder(rules);
  const { code, out } = await lpa(['inspect', activationCode]);
  assert.equal(code, 0);
  assert.match(out, /\n {2}Refused {3}PPR1 \(the profile cannot be disabled\): this eUICC forbids the rule\n/);
  assert.equal(order.state, 'released');
  const json = JSON.parse((await lpa(['inspect', activationCode, '--json'])).out);
  assert.deepEqual([json.policy.allowed, json.refused.code, json.refused.rule], [false, 'policy', 'ppr1']);
  assert.equal(order.state, 'released');
});

test('inspect of a rule that wants consent names it', async () => {
  await using bench = await openBench();
  const { activationCode } = bench.smdp.createOrder({ rules: ['ppr2'], profileOwner: { mccMnc: '262-01' } });
  const { out } = await lpaIn(bench)(['inspect', activationCode]);
  assert.match(out, /\n {2}Rule {6}PPR2: it cannot be deleted/);
  assert.match(out, /\n {2}Consent {3}PPR2 would be asked for\n/);
});

test('inspect of a profile that is on the card already', async () => {
  await using bench = await openBench();
  const lpa = lpaIn(bench);
  const first = bench.smdp.createOrder();
  await bench.download(first);
  bench.smdp.state.remove(first.order.iccid);
  const { order, activationCode } = bench.smdp.createOrder({ iccid: first.order.iccid });
  const { code, out } = await lpa(['inspect', activationCode]);
  assert.equal(code, 0);
  assert.match(out, new RegExp(`Refused {3}this profile is already on this eUICC: ${order.iccid}$`, 'm'));
  assert.equal(order.state, 'released');
});

test('a code that the server does not know, and a server that cannot be reached', async () => {
  await using bench = await openBench();
  const lpa = lpaIn(bench);
  const refused = await lpa(['inspect', `LPA:1$${bench.smdp.address}$NO-SUCH-ORDER`, '--json']);
  assert.deepEqual([refused.code, refused.out], [5, '']);
  assert.equal(JSON.parse(refused.err).error.subjectCode, '8.2.6');
  assert.doesNotMatch(refused.err, /NO-SUCH-ORDER/);
  const away = await lpa(['inspect', 'LPA:1$localhost:1$X']);
  assert.equal(away.code, 6);
});

test('inspect of an activation code reports a refusal that discover takes for nothing pending', async () => {
  await using bench = await openBench();
  const { activationCode } = bench.smdp.createOrder();
  for (const status of ['8.2.6/3.8', '8.2.5/4.3', '8.1.1/3.8', '8.9.5/3.9']) {
    await bench.smdp.setFaults([`status:${status}@authenticateClient`]);
    const { code, out, err } = await lpaIn(bench)(['inspect', activationCode, '--json']);
    const { error } = JSON.parse(err);
    assert.deepEqual([code, out, `${error.subjectCode}/${error.reasonCode}`], [5, '', status]);
  }
});
