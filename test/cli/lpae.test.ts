/** The LPA in the eUICC (LPAe): shown, and activated. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bench, EID, linkTo } from '../lab/euicc/harness.ts';
import { type RunOptions, lpa as run } from './harness.ts';

const READERS = [{ name: 'Lab 00', present: true }];

/** A command with the lab's card. */
async function on(manners: readonly string[], argv: readonly string[], options: RunOptions = {}) {
  const { card } = await bench({ manners });
  return run(argv, { readers: READERS, ...options, doors: { openLink: () => linkTo(card) } });
}

/** What a script of octets answers to LpaeActivation; the FCI of the harness lists no LPAe. */
const scripted = (answer: string, argv: readonly string[]) =>
  run(argv, { card: { BF42: answer, BF22: 'BF22098203020202A900AA00' } });

test('info, readers and doctor show an LPA in the eUICC, and that there is none', async () => {
  const info = await on(['lpae'], ['info']);
  assert.match(info.out, /^LPA in eUICC {5}CAT, SCWS; `lpa` works without it \(see `lpa lpae`\)$/m);
  assert.deepEqual(JSON.parse((await on(['lpae-cat'], ['info', '--json'])).out).lpaeSupport, ['lpaeUsingCat']);
  const none = await on([], ['info']);
  assert.match(none.out, /^Category +mediumEuicc, no built-in LPA \(LPAe\)$/m);
  assert.deepEqual(JSON.parse((await on([], ['info', '--json'])).out).lpaeSupport, []);
  assert.equal(JSON.parse((await on(['bare-select'], ['info', '--json'])).out).lpaeSupport, undefined);

  const readers = await on(['lpae'], ['readers']);
  assert.match(readers.out, new RegExp(`consumer eUICC, LPAe +${EID}`));
  assert.deepEqual(JSON.parse((await on(['lpae-cat'], ['readers', '--json'])).out)[0].lpaeSupport, ['lpaeUsingCat']);
  assert.equal(JSON.parse((await on([], ['readers', '--json'])).out)[0].lpaeSupport, undefined);

  const doctor = await on(['lpae'], ['doctor']);
  assert.match(doctor.out, /^ok +ISD-R .*, its own LPA \(CAT, SCWS\), which `lpa` does not need$/m);
});

test('lpae status shows the kinds of LPAe, and lpaMode of a v3 eUICC', async () => {
  const { code, out } = await on(['lpae-cat'], ['lpae', 'status']);
  assert.deepEqual(
    [code, out],
    [0, 'LPA in the eUICC  CAT\n`lpa` works without it. Both manage the same profiles: a change by one shows in the other.\n'],
  );
  assert.deepEqual(JSON.parse((await on(['lpae'], ['lpae', '--json'])).out), {
    lpaeSupport: ['lpaeUsingCat', 'lpaeUsingScws'],
  });
  const v3 = await run(['lpae', '--json'], { card: { BF22: 'BF220C 8203030100 A900AA00 900101' } });
  assert.deepEqual(JSON.parse(v3.out), { lpaeSupport: [], lpaMode: 'lpae' });
});

test('lpae activate sends LpaeActivation for one kind, after a yes', async () => {
  const activated = await on(['lpae'], ['lpae', 'activate', '--scws', '--yes', '--json']);
  assert.deepEqual([activated.code, JSON.parse(activated.out)], [0, { lpaeOption: ['activateScwsBasedLpae'], changed: true }]);
  const only = await on(['lpae-cat'], ['lpae', 'activate'], { typed: 'y\n' });
  assert.deepEqual([only.code, only.out], [0, 'Activated the LPA in the eUICC (CAT)\n']);
  // Octets of LpaeActivationRequest and its response, written by hand from the ASN.1 module of SGP.22 v2.5.
  const cat = await scripted('BF4203 800100', ['lpae', 'activate', '--cat', '--yes']);
  assert.deepEqual([cat.code, cat.asked], [0, ['BF420480020780']]);
  const scws = await scripted('BF4203 800100', ['lpae', 'activate', '--scws', '--yes']);
  assert.deepEqual(scws.asked, ['BF420480020640']);
});

test('lpae activate asks first, and nothing is sent without a yes', async () => {
  for (const typed of ['\n', 'n\n', '']) {
    const { code, err } = await on(['lpae'], ['lpae', 'activate', '--cat'], { typed });
    assert.equal(code, 130, err);
    assert.match(err, /Activate\? \[y\]es, \[n\]o \(default\): /);
    assert.match(err, /nothing was changed/);
  }
  const script = await scripted('BF4203 800100', ['lpae', 'activate', '--cat']);
  assert.deepEqual([script.code, script.asked], [2, []]);
  assert.match(script.err, /^lpa: confirmation required, but input is not a terminal\nhint: add --yes/);
});

test('LpaeActivation is refused: notSupported and an unknown result end with 4', async () => {
  const missing = await on(['lpae-cat'], ['lpae', 'activate', '--scws', '--yes']);
  assert.deepEqual([missing.code, missing.out], [4, '']);
  assert.match(
    missing.err,
    /^lpa: ES10b\.LpaeActivation: notSupported\nthe eUICC has no LPA of this kind\nhint: `lpa lpae status`/,
  );
  const none = await on([], ['lpae', 'activate', '--cat', '--yes', '--json']);
  assert.deepEqual([none.code, JSON.parse(none.err.trim().split('\n').at(-1)!).error.result], [4, 'notSupported']);
  const unknown = await scripted('BF4203 80017F', ['lpae', 'activate', '--cat', '--yes']);
  assert.equal(unknown.code, 4);
  assert.match(unknown.err, /^lpa: ES10b\.LpaeActivation: unknown\(127\)/);
  const statusWord = await scripted('6A88', ['lpae', 'activate', '--cat', '--yes']);
  assert.equal(statusWord.code, 3);
});

test('without --cat or --scws the one kind that there is is taken; two, or none, is an error before anything is sent', async () => {
  const two = await on(['lpae'], ['lpae', 'activate', '--yes']);
  assert.deepEqual([two.code, two.err], [2, 'lpa: this eUICC has two kinds of LPAe\nhint: add --cat or --scws\n']);
  const none = await scripted('BF4203 800100', ['lpae', 'activate', '--yes']);
  assert.deepEqual([none.code, none.asked], [4, []]);
  const both = await on(['lpae'], ['lpae', 'activate', '--cat', '--scws', '--yes']);
  assert.equal(both.code, 2);
});

test('explain reads lpaeSupport in the answer to SELECT of the ISD-R', async () => {
  const fci = '6F238410A0000005591010FFFFFFFF8900000100A5049F6501FFE0098203020202030206C0';
  const { code, out } = await run(['explain', fci]);
  assert.equal(code, 0);
  assert.match(out, /E0 +ISDRProprietaryApplicationTemplate\n.*svn: 2\.2\.2.*\n.*: lpaeUsingCat, lpaeUsingScws/);
  const request = await run(['explain', 'BF420480020640', '--as', 'LpaeActivationRequest']);
  assert.match(request.out, /lpaeOption: activateScwsBasedLpae/);
});
