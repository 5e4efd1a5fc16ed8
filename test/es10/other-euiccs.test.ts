/** A second eUICC behind the same contacts, and the applet of its vendor: by octets, not by the lab's card. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readProduct } from '../../src/lpa/es10/estk-product.ts';
import { Isdr } from '../../src/lpa/es10/isdr.ts';
import { otherEuiccs } from '../../src/lpa/es10/sibling-euiccs.ts';
import { CLOSE, OPEN, scriptedCard } from '../transcript.ts';

const FIRST = '89049032123451234512345678901235';
const SECOND = '89049032000000000000000000000163';
const SE0 = 'A06573746B6D65FFFF4953442D522030';
const SE1 = 'A06573746B6D65FFFF4953442D522031';

const CLOSE_SECOND = `
  > 00 70 80 02
  < 9000`;
const select = (aid: string, answer: string): string => `
  > 00 70 00 00 01
  < 02 9000
  > 02 A4 04 00 10 ${aid} 00
  < ${answer}`;
const missing = (aid: string): string => select(aid, '6A82') + CLOSE_SECOND;
const eidAt = (aid: string, eid: string): string => `${select(aid, '6F 00 9000')}
  > 82 E2 91 00 06 BF3E 03 5C 01 5A 00
  < BF3E 12 5A 10 ${eid} 9000${CLOSE_SECOND}`;

test('otherEuiccs lists each other EID once: an eUICC may have several AIDs', async () => {
  const cases: [script: string, others: { isdrAid: string; eid: string }[]][] = [
    [missing(SE0) + missing(SE1), []],
    [eidAt(SE0, FIRST) + eidAt(SE1, SECOND), [{ isdrAid: SE1, eid: SECOND }]],
    [eidAt(SE0, SECOND) + eidAt(SE1, SECOND), [{ isdrAid: SE0, eid: SECOND }]],
  ];
  for (const [script, others] of cases) {
    await using isdr = await Isdr.open(scriptedCard(OPEN + script + CLOSE));
    assert.deepEqual(await otherEuiccs(isdr, FIRST), others);
  }
});

/** The product applet of eSTK.me cards: `00 00 P1 00 00`, where P1 02 is the firmware and 03 the SKU. */
const APPLET = 'A06573746B6D65FFFFFFFFFFFF6D6774';
const applet = (sku: string, firmware: string): string => `${select(APPLET, '9000')}
  > 02 00 03 00 00
  < ${sku} 9000
  > 02 00 02 00 00
  < ${firmware} 9000${CLOSE_SECOND}`;

test('readProduct reads the SKU and the firmware of the applet, without the spaces at their ends', async () => {
  const cases: [script: string, product: object | undefined][] = [
    [applet('545354204F6E65', '205430303156303120'), { sku: 'TST One', firmware: 'T001V01' }],
    [applet('', '54303031'), { firmware: 'T001' }],
    [applet('545354', '20'), { sku: 'TST' }],
    [missing(APPLET), undefined],
  ];
  for (const [script, product] of cases) {
    await using isdr = await Isdr.open(scriptedCard(OPEN + script + CLOSE));
    assert.deepEqual(await readProduct(isdr), product);
  }
});

test('on the basic channel neither another eUICC nor the applet is looked for', async () => {
  const card = scriptedCard(`
    > 80 AA 00 00 07 A9 05 81 00 83 01 07
    < 9000
    > 00 70 00 00 01
    < 6881
    > 00 A4 04 00 10 A0000005591010FFFFFFFF8900000100 00
    < 9000`);
  await using isdr = await Isdr.open(card);
  assert.deepEqual(await otherEuiccs(isdr, FIRST), []);
  assert.equal(await readProduct(isdr), undefined);
});

test('an error of the program is not taken for a card without another eUICC or applet', async () => {
  await using isdr = await Isdr.open(scriptedCard(OPEN + CLOSE));
  const broken = Object.assign(Object.create(isdr), {
    card: {
      ...isdr.card,
      openChannel: async () => {
        throw new RangeError('a bug');
      },
    },
  }) as Isdr;
  Object.defineProperty(broken, 'isOnBasicChannel', { value: false });
  await assert.rejects(otherEuiccs(broken, FIRST), RangeError);
  await assert.rejects(readProduct(broken), RangeError);
});
