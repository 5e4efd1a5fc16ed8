import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Bench, EID, openBench } from '../lab/smdp/harness.ts';
import { lpaIn } from './lab.ts';

/** A card that knows its default SM-DP+, which has an order for it where one is wanted; and an SM-DS where nobody is. */
async function waiting(options: { order: boolean; rootDsAddress?: string }): Promise<Bench> {
  const bench = await openBench({ card: { rootDsAddress: options.rootDsAddress ?? '' } });
  bench.card.state.defaultDpAddress = bench.smdp.address;
  if (options.order)
    bench.smdp.createOrder({ eid: EID, matchingId: '', profileName: 'Waiting', serviceProviderName: 'Operator' });
  return bench;
}

test('discover tells what waits at the default SM-DP+, and takes nothing', async () => {
  await using bench = await waiting({ order: true });
  const lpa = lpaIn(bench);
  const { code, out, err } = await lpa(['discover']);
  assert.deepEqual([code, err], [0, 'next: `lpa discover --install`\n']);
  assert.equal(out, `SERVER           EVENT  FOUND AT\n${bench.smdp.address}         default SM-DP+\n`);
  const json = await lpa(['discover', '--json']);
  assert.deepEqual(JSON.parse(json.out), [{ rspServerAddress: bench.smdp.address, source: 'defaultSmdp' }]);
  assert.equal(bench.smdp.state.orders[0]?.state, 'released');
});

test('nothing that waits is success', async () => {
  await using bench = await waiting({ order: false });
  assert.deepEqual(await lpaIn(bench)(['discover']), { code: 0, out: 'Nothing waits for this card.\n', err: '', asked: [] });
  bench.card.state.defaultDpAddress = '';
  const nowhere = await lpaIn(bench)(['discover', '--json']);
  assert.deepEqual([nowhere.code, nowhere.out], [0, '[]\n']);
});

test('a place that cannot be asked is a warning, unless there is no other', async () => {
  await using bench = await waiting({ order: true, rootDsAddress: 'localhost:1' });
  const lpa = lpaIn(bench);
  const { code, out, err } = await lpa(['discover', '--json']);
  assert.deepEqual([code, JSON.parse(out).length], [0, 1]);
  assert.match(err, /^warning: localhost:1 could not be asked: .*\n$/);
  bench.card.state.defaultDpAddress = '';
  const alone = await lpa(['discover', '--json']);
  assert.deepEqual([alone.code, alone.out, JSON.parse(alone.err).error.code], [6, '', 'network']);
});

test('discover --install installs what was found, after the question', async () => {
  await using bench = await waiting({ order: true });
  const lpa = lpaIn(bench);
  const nobody = await lpa(['discover', '--install']);
  assert.deepEqual([nobody.code, nobody.out], [2, '']);
  const later = await lpa(['discover', '--install'], { typed: 'later\n' });
  assert.equal(later.code, 130);
  assert.equal(bench.smdp.state.orders[0]?.state, 'released');
  const { code, out, err } = await lpa(['discover', '--install'], { typed: 'y\n' });
  const [order] = bench.smdp.state.orders;
  assert.equal(code, 0, err);
  assert.match(out, new RegExp(`default SM-DP\\+ {2}installed ${order?.iccid}\n$`));
  assert.equal(order?.state, 'installed');
  assert.equal(bench.card.state.profiles[0]?.iccid, order?.iccid);
});

test('download without a code takes what waits at the default SM-DP+', async () => {
  await using bench = await waiting({ order: true, rootDsAddress: 'localhost:1' });
  const { code, out } = await lpaIn(bench)(['download', '--yes', '--json']);
  assert.equal(code, 0);
  assert.equal(JSON.parse(out).profileName, 'Waiting');
});

test('download without a code, where nothing waits: the places, and what a code looks like', async () => {
  await using bench = await waiting({ order: false });
  const lpa = lpaIn(bench);
  const nothing = await lpa(['download', '--yes']);
  assert.deepEqual(
    [nothing.code, nothing.err],
    [
      2,
      'lpa: no activation code was given, and nothing waits for this card where it can be asked\n' +
        'hint: `lpa help activation-codes` says what a code looks like; `lpa smdp` sets a default SM-DP+\n',
    ],
  );
  bench.card.state.rootDsAddress = 'localhost:1';
  const away = await lpa(['download', '--yes']);
  assert.equal(away.code, 6);
  bench.card.state.rootDsAddress = '';
  bench.card.state.defaultDpAddress = '';
  const nowhere = await lpa(['download', '--yes']);
  assert.equal(nowhere.code, 2);
  assert.match(nowhere.err, /the card has no default SM-DP\+ and no SM-DS to ask/);
});
