/** Every fault of fault-table.ts, by the command line in this process against a server over real HTTPS. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseServerFault, SERVER_FAULTS } from '../../../src/lab/rsp/faults.ts';
import { createSmds } from '../../../src/lab/smds/smds.ts';
import { newSmdsState } from '../../../src/lab/smds/state.ts';
import { type ChangingLab, codeOf, endOf, openChangingLab } from '../../cli/changing-lab.ts';
import { SERVER_FAULT_ROWS, whatWasServed } from './fault-table.ts';
import { EID, sharedDomain } from './harness.ts';

for (const row of SERVER_FAULT_ROWS) {
  const { fault, ends, order: orderState } = row;
  test(`${fault}: ${ends}, the order is ${orderState}`, async () => {
    const [name = '', clock] = fault.split(', ');
    await using lab = await openChangingLab(clock === undefined ? {} : { now: () => new Date() }, { faults: [name] });
    const { smdp, state, log } = lab;
    // Small, so that a drip of it comes to an end.
    const { activationCode, order } = smdp.createOrder({ withOid: name === 'dpauth-other-oid', package: { size: 2400 } });
    const download = (...options: readonly string[]) => lab.run(['download', activationCode, '--yes', '--json', ...options]);
    const patience = /timeout/.test(ends) ? ['--timeout', '2'] : [];
    const ran = await download(...patience);
    const ended = {
      fault,
      ends: endOf(ran),
      served: whatWasServed(log),
      order: order.state,
      code: codeOf(ran),
      card: onCard(lab),
    };

    // The next command works, whatever the server does.
    const list = await lab.run(['list', '--json']);
    assert.deepEqual([list.code, JSON.parse(list.out).length], [0, state.profiles.length], list.err);
    await smdp.setFaults([]);
    if (name === 'dies-after-package') await smdp.listen(Number(smdp.address.split(':')[1]));
    const again = endOf(await download());
    const left = await lab.run(['notifications', 'send', '--json']);
    assert.deepEqual(
      [left.code, state.notifications, state.profiles.length],
      [0, [], again === '0' || ended.ends === '0' ? 1 : 0],
    );
    assert.deepEqual({ ...ended, again, discover: await discovered(lab, name) }, row);
  });
}

/** The same fault at an SM-DS where an Event waits. Without the fault it is found. */
async function discovered(lab: ChangingLab, fault: string): Promise<string> {
  const state = newSmdsState();
  state.add({ eid: EID, eventId: 'EVENT', rspServerAddress: lab.smdp.address, requester: '1.2.3' });
  await using smds = await createSmds({
    pki: { domains: [await sharedDomain()] },
    state,
    log: () => {},
    faults: [fault],
  });
  await smds.listen();
  lab.state.rootDsAddress = smds.address;
  const patience = /^silent|^slow-drip$/.test(fault) ? ['--timeout', '2'] : [];
  const ended = endOf(await lab.run(['discover', '--json', ...patience]));
  await smds.setFaults([]);
  const { code, out, err } = await lab.run(['discover', '--json']);
  assert.equal(code, 0, err);
  assert.deepEqual(JSON.parse(out), [{ rspServerAddress: lab.smdp.address, eventId: 'EVENT', source: 'smds' }]);
  return ended;
}

const onCard = ({ state: { profiles, notifications } }: ChangingLab): string =>
  [profiles.length > 0 ? 'P' : '-', ...(notifications.length > 0 ? [`+${notifications.length}`] : [])].join(' ');

test('every fault has a row in the table above, and a line that says what it does', () => {
  const tried = new Set(SERVER_FAULT_ROWS.map(({ fault }) => fault.split(/[:@,]/)[0]));
  assert.deepEqual(
    Object.keys(SERVER_FAULTS).filter((name) => !tried.has(name)),
    [],
  );
  for (const { says } of Object.values(SERVER_FAULTS)) assert.ok(says.length > 10 && says.length < 100, says);
});

test('a fault that there is not, or without its argument, is told to whoever asks for it', () => {
  assert.throws(() => parseServerFault('no-such'), /no such fault of a server: no-such/);
  assert.throws(() => parseServerFault('__proto__'), /no such fault/);
  assert.throws(() => parseServerFault('status'), /expected subject code and reason code/);
  assert.throws(() => parseServerFault('delay:soon'), /expected a time/);
  assert.throws(() => parseServerFault('metadata-unlike:colour'), /one of profileName/);
  assert.throws(() => parseServerFault('http@nowhere'), /no such function/);
});

test('faults can be changed while the server runs; a wrong certificate meets the next connection', async () => {
  await using lab = await openChangingLab();
  const { activationCode } = lab.smdp.createOrder();
  const ends: string[] = [];
  for (const faults of [['status:8.2/1.2'], ['tls-expired'], []]) {
    await lab.smdp.setFaults(faults);
    ends.push(endOf(await lab.run(['download', activationCode, '--yes', '--json'])));
  }
  assert.deepEqual(ends, ['5 8.2/1.2', '8 tlsExpired', '0']);
});
