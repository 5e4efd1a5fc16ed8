import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AkaAlgorithm, xor } from '../../../../src/lab/euicc/card/aka.ts';
import { milenage } from '../../../../src/lab/euicc/card/milenage.ts';
import { tuak } from '../../../../src/lab/euicc/card/tuak.ts';
import type { Euicc } from '../../../../src/lab/euicc/euicc.ts';
import { concat, fromHex, toHex } from '../../../../src/lpa/bytes.ts';
import type { ElementChoice, ElementValue } from '../../../../src/lpa/saip/elements.ts';
import { ALGO_DEFAULTS } from '../../../../src/lpa/saip/pins-and-keys.ts';
import { play } from '../harness.ts';
import { cardWith, restarted } from './profile.ts';
import { MILENAGE_SETS, TUAK_SETS } from './test-sets.ts';

const [SET] = MILENAGE_SETS;
const KEYS = { algorithm: 'milenage', key: fromHex(SET.k), opc: fromHex(SET.opc) } as const;
const SELECT_USIM = '00A4040C07A0000000871002';
const SELECT_ISIM = '00A4040C07A0000000871004';
const network = milenage({
  key: KEYS.key,
  opc: KEYS.opc,
  rotations: ALGO_DEFAULTS.rotationConstants,
  constants: ALGO_DEFAULTS.xoringConstants,
  resOctets: 8,
});

type Aka = ElementValue<'akaParameter'>;
const withSequence =
  (change: Partial<Aka>) =>
  (elements: ElementChoice[]): ElementChoice[] =>
    elements.map((element) => ('akaParameter' in element ? { akaParameter: { ...element.akaParameter, ...change } } : element));

/** Any SEQ of the 43 bits, so that the sequence numbers of published sets are fresh. */
const ANY_JUMP = withSequence({ sqnDelta: fromHex('07FFFFFFFFFF') });

const autnOf = (algorithm: AkaAlgorithm, rand: string, sqn: string, amf: string): string =>
  toHex(
    concat(
      xor(fromHex(sqn), algorithm.f2345(fromHex(rand)).ak),
      fromHex(amf),
      algorithm.f1(fromHex(rand), fromHex(sqn), fromHex(amf)),
    ),
  );

/** Sends AUTHENTICATE and fetches the answer. */
async function authenticate(card: Euicc, p2: string, data: string): Promise<string> {
  const octets = fromHex(data);
  const sent = await card.transmit(concat(fromHex(`008800${p2}`), Uint8Array.of(octets.length), octets));
  if (sent[0] !== 0x61) return toHex(sent);
  return toHex(await card.transmit(Uint8Array.of(0x00, 0xc0, 0x00, 0x00, sent[1]!)));
}
const umts = (card: Euicc, rand: string, autn: string): Promise<string> => authenticate(card, '81', `10${rand}10${autn}`);

/** AUTN of the published values alone: SQN xor f5, AMF, f1. */
const autnOfSet = ({ sqn, f5, amf, f1 }: (typeof MILENAGE_SETS)[number]): string =>
  `${toHex(xor(fromHex(sqn), fromHex(f5)))}${amf}${f1}`;

test('a challenge of published values is answered with the published RES, CK and IK, and Kc where EF.UST has service 27', async () => {
  const { card } = await cardWith({ ...KEYS, parts: ['gsm-access'] }, ANY_JUMP);
  await play(card, `> ${SELECT_USIM} \n < 9000`);
  // Kc as another card prints it for K, OPc and RAND of test set 1.
  const expected = `DB08${SET.f2}10${SET.f3}10${SET.f4}08EAE4BE823AF9A08B9000`.toUpperCase();
  assert.equal(await umts(card, SET.rand, autnOfSet(SET)), expected);
});

test('each published set of Milenage is answered without Kc where EF.UST has no service 27', async () => {
  for (const set of MILENAGE_SETS) {
    const { card } = await cardWith({ algorithm: 'milenage', key: fromHex(set.k), opc: fromHex(set.opc), parts: [] }, ANY_JUMP);
    await play(card, `> ${SELECT_USIM} \n < 9000`);
    assert.equal(await umts(card, set.rand, autnOfSet(set)), `DB08${set.f2}10${set.f3}10${set.f4}9000`.toUpperCase());
  }
});

test('a wrong MAC is 9862, and a challenge that another network made passes the MAC check', async () => {
  const { card } = await cardWith(KEYS);
  await play(card, `> ${SELECT_USIM} \n < 9000`);
  assert.equal(await umts(card, SET.rand, autnOfSet(SET).replace(/.$/, '0')), '9862');
  // SQN 1 with AMF 8000, computed by another implementation. SEQ is 0 and so not fresh: AUTS.
  const answer = await umts(card, SET.rand, 'AA689C6483718000F48B60145BEACF8E');
  assert.match(answer, /^DC0E.{28}9000$/);
});

test('a sequence number is accepted once; then AUTS tells the network the highest, also after a restart', async () => {
  const { card, state } = await cardWith(KEYS);
  await play(card, `> ${SELECT_USIM} \n < 9000`);
  const autn = autnOf(network, SET.rand, '000000000841', '8000');
  assert.match(await umts(card, SET.rand, autn), /^DB/);
  for (const again of [card, await restarted(state)]) {
    await play(again, `> ${SELECT_USIM} \n < 9000`);
    const answer = fromHex(await umts(again, SET.rand, autn));
    assert.equal(toHex(answer.subarray(0, 2)), 'DC0E');
    const auts = answer.subarray(2, 16);
    const sqnMs = xor(auts.slice(0, 6), network.f5Star(fromHex(SET.rand)));
    assert.equal(toHex(sqnMs), '000000000841');
    assert.equal(toHex(auts.subarray(6)), toHex(network.f1Star(fromHex(SET.rand), sqnMs, new Uint8Array(2))));
  }
});

/** SQN, accepted or not, after 0000_0000_0841 (SEQ 42 hex, IND 1). */
const SEQUENCE = [
  ['older, of another index', '000000000822', '02', true],
  ['the same SEQ, of another index', '000000000842', '02', true],
  ['SEQ zero, of another index', '000000000002', '02', false],
  ['older, of the same index', '000000000821', '02', false],
  ['newer by the delta', '000200000840', '02', true],
  ['newer by more than the delta', '000200000861', '02', false],
  ['newer by more than the delta, without that check', '000200000861', '00', true],
] as const;

for (const [what, sqn, options, accepted] of SEQUENCE) {
  test(`a sequence number that is ${what}, is ${accepted ? 'accepted' : 'answered with AUTS'}`, async () => {
    const { card } = await cardWith(KEYS, withSequence({ sqnOptions: fromHex(options) }));
    await play(card, `> ${SELECT_USIM} \n < 9000`);
    assert.match(await umts(card, SET.rand, autnOf(network, SET.rand, '000000000841', '8000')), /^DB/);
    assert.match(await umts(card, SET.rand, autnOf(network, SET.rand, sqn, '8000')), accepted ? /^DB/ : /^DC/);
  });
}

test('a sequence number behind by the age limit is answered with AUTS where the profile asks for that check', async () => {
  const { card } = await cardWith(KEYS, withSequence({ sqnOptions: fromHex('03'), sqnAgeLimit: fromHex('000000000010') }));
  await play(card, `> ${SELECT_USIM} \n < 9000`);
  assert.match(await umts(card, SET.rand, autnOf(network, SET.rand, '000000000841', '8000')), /^DB/);
  assert.match(await umts(card, SET.rand, autnOf(network, SET.rand, '000000000662', '8000')), /^DB/); // SEQ 33: behind by 15
  assert.match(await umts(card, SET.rand, autnOf(network, SET.rand, '000000000643', '8000')), /^DC/); // SEQ 32: behind by 16
});

test('TUAK answers with RES, CK and IK of a published set', async () => {
  const set = TUAK_SETS[1];
  const keys = { algorithm: 'tuak256', key: fromHex(set.k), opc: fromHex(set.topc) } as const;
  const { card } = await cardWith({ ...keys, version: '2.3', parts: [] });
  await play(card, `> ${SELECT_USIM} \n < 9000`);
  // AUTN has room for a MAC of eight octets; the set has sixteen, and RES, CK and IK do not depend on that.
  const algorithm = tuak({ key: keys.key, topc: keys.opc, iterations: 1, macOctets: 8, resOctets: 8 });
  const answer = await umts(card, set.rand, autnOf(algorithm, set.rand, '000000000841', set.amf));
  assert.equal(answer, `DB08${set.f2}10${set.f3}10${set.f4}9000`.toUpperCase());
});

test('the test algorithm answers values that another implementation prints; AMF FFFF asks for AUTS', async () => {
  const { card } = await cardWith({ algorithm: 'usim-test-algorithm', testProfile: true, parts: [] }, (elements) =>
    elements.map((element) =>
      'akaParameter' in element && 'algoParameter' in element.akaParameter.algoConfiguration
        ? {
            akaParameter: {
              ...element.akaParameter,
              algoConfiguration: {
                algoParameter: { ...element.akaParameter.algoConfiguration.algoParameter, algorithmOptions: fromHex('02') },
              },
            },
          }
        : element,
    ),
  );
  await play(card, `> ${SELECT_USIM} \n < 9000`);
  const rand = '34'.repeat(16);
  const expected =
    'DB 10 34353637303132333C3D3E3F38393A3B 10 353637303132333C3D3E3F38393A3B34 10 3637303132333C3D3E3F38393A3B3435 9000';
  assert.equal(await umts(card, rand, '37303132333D8000343536373030B233'), expected.replaceAll(' ', ''));
  assert.match(await umts(card, rand, '37303132333DFFFF343536373030CDCC'), /^DC0E/);
});

test('the GSM context is answered where EF.UST has service 38, and 9864 without', async () => {
  const without = await cardWith(KEYS);
  await play(without.card, `> ${SELECT_USIM} \n < 9000`);
  assert.equal(await authenticate(without.card, '80', `10${SET.rand}`), '9864');
  const { card } = await cardWith(KEYS, (elements) =>
    elements.map((element): ElementChoice => {
      if (!('usim' in element)) return element;
      const table = new Uint8Array(17);
      table[4] = 0x20; // service 38
      return { usim: { ...element.usim, 'ef-ust': [{ fillFileContent: table.subarray(0, 14) }] } };
    }),
  );
  await play(card, `> ${SELECT_USIM} \n < 9000`);
  // SRES and Kc as in test set 1 of TS 55.205.
  assert.equal(await authenticate(card, '80', `10${SET.rand}`), '0446F8416A08EAE4BE823AF9A08B9000');
});

test('AUTHENTICATE needs an application with a key and its PIN', async () => {
  const { card } = await cardWith({ ...KEYS, pin: '2468', parts: ['isim'] });
  const autn = autnOf(network, SET.rand, '000000000841', '8000');
  assert.equal(await umts(card, SET.rand, autn), '6985');
  await play(card, `> 0028000108 32343638FFFFFFFF \n < 9000`);
  await card.powerOn();
  await play(card, `> ${SELECT_USIM} \n < 9000`);
  assert.equal(await umts(card, SET.rand, autn), '6982');
  await play(card, `> 0020000108 32343638FFFFFFFF \n < 9000`);
  assert.match(await umts(card, SET.rand, autn), /^DB/);
  assert.equal(await authenticate(card, '81', `10${SET.rand}`), '6700');
  assert.equal(await authenticate(card, '81', `0F${SET.rand}10${autn}`), '6A80');
  assert.equal(await authenticate(card, '84', `10${SET.rand}10${autn}`), '6A86');
  // The ISIM has the keys of the USIM, sequence numbers included.
  await play(card, `> ${SELECT_ISIM} \n < 9000`);
  assert.match(await umts(card, SET.rand, autn), /^DC/);
  assert.match(await umts(card, SET.rand, autnOf(network, SET.rand, '000000000881', '8000')), /^DB/);
});
