/** A card that holds two eUICCs: lpa says which it uses and how to take the other, and does with it what it does with any. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MANNERS } from '../../src/lab/euicc/quirks.ts';
import { EID } from '../lab/smdp/harness.ts';
import { openChangingLab, SECOND_EID } from './changing-lab.ts';

const SE1 = 'A06573746B6D65FFFF4953442D522031';
const CHOOSES = `this card holds another eUICC, EID ${SECOND_EID}: \`--aid ${SE1}\` takes that one\n`;

test('the first is used, and how to take the other is said; with --aid, the environment or --quiet nothing is', async () => {
  await using lab = await openChangingLab({ manners: ['two-euiccs'] });
  assert.deepEqual(await lab.run(['info', 'eid']), { code: 0, out: `${EID}\n`, err: CHOOSES, asked: [] });
  assert.deepEqual(await lab.run(['info', 'eid', '-q']), { code: 0, out: `${EID}\n`, err: '', asked: [] });
  for (const [argv, env] of [
    [['--aid', SE1], {}],
    [[], { LPA_ISDR_AID: SE1 }],
  ] as const) {
    assert.deepEqual(await lab.run(['info', 'eid', ...argv], { env }), { code: 0, out: `${SECOND_EID}\n`, err: '', asked: [] });
  }
});

test('info, readers and doctor tell of both', async () => {
  await using lab = await openChangingLab({ manners: ['two-euiccs'] });
  const { out } = await lab.run(['info']);
  assert.match(out, new RegExp(`^On this card +EID ${SECOND_EID}, with --aid ${SE1}$`, 'm'));
  const json = JSON.parse((await lab.run(['info', '--json'])).out);
  assert.deepEqual(json.otherEuiccs, [{ isdrAid: SE1, eid: SECOND_EID }]);
  assert.match(out, /^Product +Lab two, firmware T001V01$/m);
  assert.deepEqual(json.product, { sku: 'Lab two', firmware: 'T001V01' });

  const doors = { listReaders: async () => [{ name: 'Lab 00 00', present: true }] };
  const [reader] = JSON.parse((await lab.run(['readers', '--json'], { doors })).out);
  assert.deepEqual([reader.kind, reader.eid, reader.otherEuiccs], ['consumer', EID, [{ isdrAid: SE1, eid: SECOND_EID }]]);
  const table = (await lab.run(['readers'], { doors })).out;
  assert.match(table, new RegExp(`\n +and another +${SECOND_EID} +--aid ${SE1}\n$`));
  const doctor = await lab.run(['doctor'], { doors });
  assert.ok(doctor.out.includes(`the card holds another, EID ${SECOND_EID}: --aid ${SE1}`), doctor.out);
});

test('readers and doctor find it also where the first has the AID of GSMA', async () => {
  const { secondIsdrAid } = MANNERS['two-euiccs'].manners;
  await using lab = await openChangingLab({ behaviour: { secondIsdrAid } });
  const doors = { listReaders: async () => [{ name: 'Lab 00 00', present: true }] };
  const [reader] = JSON.parse((await lab.run(['readers', '--json'], { doors })).out);
  assert.deepEqual([reader.eid, reader.otherEuiccs], [EID, [{ isdrAid: SE1, eid: SECOND_EID }]]);
});

test('a card of that vendor without the applet, or with one that is mute, is shown without a product', async () => {
  for (const product of [undefined, { sku: '', firmware: '' }]) {
    await using lab = await openChangingLab({ manners: ['two-euiccs'], behaviour: { product } });
    const { code, out } = await lab.run(['info', '--json']);
    assert.deepEqual([code, Object.keys(JSON.parse(out).product ?? {})], [0, []]);
    assert.doesNotMatch((await lab.run(['info'])).out, /^Product/m);
  }
});

test('each has profiles and notifications of its own', async () => {
  await using lab = await openChangingLab({ manners: ['two-euiccs'] });
  const order = (profileName: string) => lab.smdp.createOrder({ profileName }).activationCode;
  const first = await lab.run(['download', order('First'), '--yes', '--enable', '--json']);
  const second = await lab.run(['download', order('Second'), '--yes', '--enable', '--json', '--aid', SE1]);
  assert.deepEqual([first.code, second.code], [0, 0], second.err);
  for (const [argv, name] of [
    [[], 'First'],
    [['--aid', SE1], 'Second'],
  ] as const) {
    const list = JSON.parse((await lab.run(['list', '--json', ...argv])).out);
    assert.deepEqual(
      list.map(({ profileName, profileState }: Record<string, string>) => [profileName, profileState]),
      [[name, 'enabled']],
    );
    assert.deepEqual(JSON.parse((await lab.run(['notifications', '--json', ...argv])).out), []);
  }
  assert.deepEqual([lab.state.profiles.length, lab.secondState.profiles.length], [1, 1]);
});

test('where the ISD-R is on the basic channel, no other is looked for: that would be to leave it', async () => {
  await using lab = await openChangingLab({ manners: ['two-euiccs', 'basic-channel'] });
  const { code, out, err } = await lab.run(['info', '--json']);
  assert.deepEqual([code, JSON.parse(out).eid, err], [0, EID, '']);
  assert.equal((await lab.run(['info', 'eid', '--aid', SE1])).out, `${SECOND_EID}\n`);
});
