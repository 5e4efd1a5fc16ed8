import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSmds, type Smds } from '../../src/lab/smds/smds.ts';
import { newSmdsState } from '../../src/lab/smds/state.ts';
import { type Bench, EID, openBench, sharedDomain } from '../lab/smdp/harness.ts';
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
  assert.deepEqual([code, err], [0, '']);
  const seen = await lpa(['discover'], { typed: '', columns: 80 });
  assert.equal(seen.err, 'next: `lpa discover --install`\n');
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

test('a default SM-DP+ that is no host is not asked', async () => {
  await using bench = await waiting({ order: false });
  for (const address of ['https://smdp.example.com', 'user@smdp.example.com', '2130706433', 'smdp.example.com/path']) {
    bench.card.state.defaultDpAddress = address;
    const { code, err } = await lpaIn(bench)(['download', '--yes']);
    assert.equal(code, 8, err);
    assert.match(err, /the card's default SM-DP\+: /);
  }
});

test('a session at the default SM-DP+ that came to an end is the answer: the SM-DS is not asked', async () => {
  await using lab = await withEvents();
  const { bench } = lab;
  bench.card.state.defaultDpAddress = bench.smdp.address;
  await lab.order('By the SM-DS');
  bench.smdp.createOrder({ eid: EID, matchingId: '', profileName: 'Waiting' });
  await bench.smdp.setFaults(['status:8.1/4.8']);
  const { code, err } = await lpaIn(bench)(['download', '--yes']);
  assert.equal(code, 5, err);
  assert.equal(bench.log.filter(({ event }) => event === 'ES9+.InitiateAuthentication').length, 1);
  assert.deepEqual(bench.card.state.profiles, []);
});

interface WithEvents extends AsyncDisposable {
  readonly bench: Bench;
  readonly root: Smds;
  readonly below: Smds;
  /** Make an order of which the SM-DS knows. @returns its MatchingID, which is the Event's too */
  order(profileName: string): Promise<string>;
}

/** A root SM-DS that the card names, an SM-DS below it where the SM-DP+ leaves its Events. */
async function withEvents(): Promise<WithEvents> {
  const pki = { domains: [await sharedDomain()] };
  const ports = new Map<string, string>();
  const es12Of = (address: string): string => ports.get(address) ?? address;
  const open = async (parent?: string): Promise<Smds> => {
    const smds = await createSmds({ pki, state: newSmdsState(), log: () => {}, es12Of, ...(parent && { parent }) });
    await smds.listen();
    ports.set(smds.address, (await smds.listenOperator()).address);
    return smds;
  };
  const root = await open();
  const below = await open(root.address);
  const bench = await openBench({ card: { rootDsAddress: root.address }, es12Of });
  return {
    bench,
    root,
    below,
    async order(profileName) {
      const { order } = bench.smdp.createOrder({ eid: EID, smdsAddress: below.address, profileName });
      await bench.smdp.publishEvents();
      return order.matchingId;
    },
    async [Symbol.asyncDispose]() {
      await bench[Symbol.asyncDispose]();
      await below.close();
      await root.close();
    },
  };
}

test('discover follows the SM-DS to the one below it, and names server and Event', async () => {
  await using here = await withEvents();
  const lpa = lpaIn(here.bench);
  const eventId = await here.order('First');
  const { code, out } = await lpa(['discover', '--json']);
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(out), [{ rspServerAddress: here.bench.smdp.address, eventId, source: 'smds' }]);
  const text = await lpa(['discover']);
  assert.match(text.out, new RegExp(`^${here.bench.smdp.address}  ${eventId}  SM-DS$`, 'm'));
});

test('download without a code goes on to the SM-DS, takes the first and tells of the others', async () => {
  await using here = await withEvents();
  const { bench } = here;
  const lpa = lpaIn(bench);
  bench.card.state.defaultDpAddress = bench.smdp.address; // which has nothing for this card without a MatchingID
  await here.order('First');
  await here.order('Second');
  const { code, out, err } = await lpa(['download', '--yes']);
  assert.equal(code, 0, err);
  assert.match(out, /^Installed \d+ \(.*First\), disabled\n$/);
  assert.match(err, /^1 more profile waits: `lpa discover` shows them$/m);
  await bench.smdp.settled();
  const rest = await lpa(['discover', '--install', '--yes', '--json']);
  assert.equal(rest.code, 0, rest.err);
  assert.equal(JSON.parse(rest.out)[0].iccid, bench.card.state.profiles[1]?.iccid);
  assert.equal(bench.card.state.notifications.length, 0);
});

test('what one server refuses does not keep the next profile from coming: exit code of the first failure', async () => {
  await using here = await withEvents();
  const { bench } = here;
  const lost = await here.order('Withdrawn');
  await here.order('Good');
  const withdrawn = bench.smdp.state.orders.find(({ matchingId }) => matchingId === lost);
  withdrawn!.state = 'unavailable';
  const { code, out, err } = await lpaIn(bench)(['discover', '--install', '--yes', '--json']);
  assert.equal(code, 5, err);
  const [first, second] = JSON.parse(out);
  assert.deepEqual([first.error.code, typeof second.iccid], ['server', 'string']);
});

/** An Event at the root SM-DS that no SM-DP+ registered. */
const leadTo = ({ root }: WithEvents, rspServerAddress: string, eventId: string): void =>
  root.state.add({ eid: EID, eventId, rspServerAddress, requester: '2.999.1' });

const BROKEN = [
  ['127.0.0.1', 'trust'],
  ['nowhere.invalid', 'network'],
  ['localhost:1', 'network'],
] as const;

test('an Event that leads nowhere is listed with its error, and the others as ever: exit 0', async () => {
  await using here = await withEvents();
  const lpa = lpaIn(here.bench);
  for (const [i, [address]] of BROKEN.entries()) leadTo(here, address, `BROKEN-${i}`);
  const eventId = await here.order('Good');
  const { code, out, err } = await lpa(['discover', '--json']);
  assert.equal(code, 0, err);
  const [good, ...broken] = JSON.parse(out);
  assert.deepEqual(good, { rspServerAddress: here.bench.smdp.address, eventId, source: 'smds' });
  assert.deepEqual(
    broken.map((item: { rspServerAddress: string; eventId: string; error: { code: string } }) => [
      item.rspServerAddress,
      item.eventId,
      item.error.code,
    ]),
    BROKEN.map(([address, error], i) => [address, `BROKEN-${i}`, error]),
  );
  for (const [i, [address]] of BROKEN.entries()) {
    assert.match(err, new RegExp(`^warning: Event BROKEN-${i} at ${address} could not be checked: `, 'm'));
  }
  const { out: text } = await lpa(['discover']);
  assert.match(text, new RegExp(`^${here.bench.smdp.address} +${eventId} +SM-DS$`, 'm'));
  assert.match(text, /^localhost:1 +BROKEN-2 +SM-DS +\S/m);
});

test('download without an activation code takes the first good Event and warns of the others', async () => {
  await using here = await withEvents();
  for (const [i, [address]] of BROKEN.entries()) leadTo(here, address, `BROKEN-${i}`);
  await here.order('Good');
  const { code, out, err } = await lpaIn(here.bench)(['download', '--yes', '--json']);
  assert.equal(code, 0, err);
  assert.equal(JSON.parse(out).profileName, 'Good');
  assert.equal(err.match(/^warning: Event BROKEN-\d at /gm)?.length, BROKEN.length);
});

test('only Events that lead nowhere: they are listed, with the exit code of the first', async () => {
  await using here = await withEvents();
  leadTo(here, 'localhost:1', 'BROKEN');
  const discovered = await lpaIn(here.bench)(['discover', '--install', '--yes', '--json']);
  assert.deepEqual([discovered.code, JSON.parse(discovered.out)[0].eventId], [6, 'BROKEN']);
  const downloaded = await lpaIn(here.bench)(['download', '--yes']);
  assert.equal(downloaded.code, 6, downloaded.err);
});

test('an SM-DS that names itself, or the one that led to it, is no server to download from', async () => {
  await using here = await withEvents();
  const eventId = await here.order('Good');
  leadTo(here, here.root.address.toUpperCase(), 'SELF');
  const up = await here.order('Back to the root');
  Object.assign(here.below.state.events.find((event) => event.eventId === up)!, { rspServerAddress: here.root.address });
  const { code, out, err } = await lpaIn(here.bench)(['discover', '--json']);
  assert.equal(code, 0, err);
  const items = JSON.parse(out) as { eventId: string; error?: { message: string } }[];
  assert.deepEqual(
    items.filter(({ error }) => !error).map((item) => item.eventId),
    [eventId],
  );
  const failed = items.filter(({ error }) => error);
  assert.deepEqual(failed.map((item) => item.eventId).sort(), ['SELF', up].sort());
  for (const { error } of failed) assert.match(error!.message, /names itself as the server of an Event$/);
  assert.ok(here.bench.log.filter(({ event }) => event === 'ES11.InitiateAuthentication').length <= 2);
});

test('discover --smds asks a named SM-DS, also with a card that names none', async () => {
  await using here = await withEvents();
  const { bench, root } = here;
  const eventId = await here.order('Good');
  bench.card.state.rootDsAddress = '';
  bench.card.state.defaultDpAddress = bench.smdp.address;
  bench.smdp.createOrder({ eid: EID, matchingId: '', profileName: 'Waiting' });
  const { code, out, err } = await lpaIn(bench)(['discover', '--smds', root.address, '--json']);
  assert.equal(code, 0, err);
  assert.deepEqual(JSON.parse(out), [{ rspServerAddress: bench.smdp.address, eventId, source: 'smds' }]);
  const ip = await lpaIn(bench)(['discover', '--smds', '127.0.0.1']);
  assert.deepEqual([ip.code, ip.asked], [2, []]);
  assert.match(ip.err, /^lpa: --smds: an IP address is not allowed/);
  const away = await lpaIn(bench)(['discover', '--smds', 'localhost:1']);
  assert.deepEqual([away.code, away.out], [6, '']);
  const smdp = await lpaIn(bench)(['discover', '--smds', bench.smdp.address]);
  assert.equal(smdp.code, 8, smdp.err);
});

/** Servers that are asked on behalf of one root SM-DS, itself among them. */
const MOST_SERVERS = 16;

/** Events by whether their server was asked: nothing listens there, so a server that was asked has an error. */
async function askedOf({ bench }: WithEvents): Promise<{ asked: number; unasked: number }> {
  const { code, out, err } = await lpaIn(bench)(['discover', '--json']);
  assert.equal(code, 0, err);
  const items = JSON.parse(out) as { error?: { code: string } }[];
  const asked = items.filter(({ error }) => error?.code === 'network').length;
  return { asked, unasked: items.filter(({ error }) => !error).length };
}

test('at most 16 servers are asked on behalf of an SM-DS; the other Events are listed unasked', async () => {
  await using here = await withEvents();
  for (let i = 0; i < 20; i++) leadTo(here, 'localhost:1', `EVENT-${i}`);
  assert.deepEqual(await askedOf(here), { asked: MOST_SERVERS - 1, unasked: 5 });
});

test('servers that a lower SM-DS names count for the root SM-DS', async () => {
  await using here = await withEvents();
  for (const group of ['A', 'B']) {
    leadTo(here, here.below.address, group);
    for (let i = 0; i < 10; i++) {
      const event = { eid: EID, eventId: `${group}-${i}`, rspServerAddress: 'localhost:1', requester: '2.999.1' };
      here.below.state.add({ ...event, forwardedAs: group });
    }
  }
  assert.deepEqual(await askedOf(here), { asked: MOST_SERVERS - 3, unasked: 7 });
});

/** How servers say that nothing is pending for an eUICC (SGP.22 v2.5 §5.6.3, §5.8.2), and refusals that say another thing. */
const NOTHING_PENDING = ['8.2.6/3.8', '8.2.5/4.3', '8.1.1/3.8', '8.9.5/3.9'];
const OTHER_REFUSALS = ['8.2.6/3.10', '8.1.1/2.2', '8.9.5/3.3', '8.1/4.8'];

test('nothing pending is a refusal with one of four pairs of codes, any other refusal is an error', async () => {
  await using bench = await waiting({ order: false });
  for (const status of [...NOTHING_PENDING, ...OTHER_REFUSALS]) {
    await bench.smdp.setFaults([`status:${status}@authenticateClient`]);
    const { code, out, err } = await lpaIn(bench)(['discover', '--json']);
    if (NOTHING_PENDING.includes(status)) assert.deepEqual([code, out, err], [0, '[]\n', ''], status);
    else assert.deepEqual([code, out, JSON.parse(err).error.code], [5, '', 'server'], status);
  }
});

test('an SM-DS that has no such Event, or nothing for this eUICC, is no failure', async () => {
  await using here = await withEvents();
  for (const status of NOTHING_PENDING) {
    await here.root.setFaults([`status:${status}@authenticateClient`]);
    const { code, out, err } = await lpaIn(here.bench)(['discover', '--json']);
    assert.deepEqual([code, out, err], [0, '[]\n', ''], status);
  }
});

test('any other refusal of an SM-DS is an error: nothing pending could be wrong', async () => {
  await using here = await withEvents();
  for (const status of OTHER_REFUSALS) {
    await here.root.setFaults([`status:${status}@authenticateClient`]);
    const { code, out, err } = await lpaIn(here.bench)(['discover', '--json']);
    assert.deepEqual([code, out, JSON.parse(err).error.code], [5, '', 'server'], status);
  }
});

test('an Event whose server is not trusted is an error of that Event, not a server to download from', async () => {
  await using here = await withEvents();
  await here.order('Not trusted');
  await here.bench.smdp.setFaults(['tls-foreign-ci']);
  const { code, out } = await lpaIn(here.bench)(['discover', '--json']);
  const [event, ...others] = JSON.parse(out);
  assert.deepEqual([code, event.error.code, others], [8, 'trust', []]);
});
