import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPlainUicc } from '../../../src/lab/euicc/card/plain-uicc.ts';
import { readAtr } from '../../../src/lpa/card/atr.ts';
import { bench, EID, play } from './harness.ts';

test('a plain UICC has files, a USIM and no ISD-R', async () => {
  const card = createPlainUicc({ iccid: '8949000000000000095', imsi: '262011234567890' });
  const { protocols, euicc, checkByte } = readAtr(card.atr);
  assert.deepEqual([protocols, euicc, checkByte], [[0], false, 'right']);
  await card.powerOn();
  await play(
    card,
    `> 80 AA 00 00 07 A905 8100 830107
     < 9000
     > 00 70 00 00 01
     < 01 9000
     > 01 A4 04 00 10 A0000005591010FFFFFFFF8900000100
     < 6A82
     > 00 A4 00 0C 02 2FE2
     < 9000
     > 00 B0 00 00 0A
     < 989400000000000090F5 9000
     > 00 A4 04 0C 07 A0000000871002
     < 9000
     > 00 A4 00 0C 02 6F07
     < 9000
     > 00 B0 00 00 09
     < 08 2926102143658709 9000`,
  );
});

test('an M2M eUICC: the ISD-R selects and refuses ES10, the ECASD tells the EID', async () => {
  const { card } = await bench({ manners: ['m2m'] });
  assert.equal(readAtr(card.atr).checkByte, 'right');
  await card.powerOn();
  await play(
    card,
    `> 00 A4 04 0C 10 A0000005591010FFFFFFFF8900000100
     < 9000
     > 80 E2 91 00 06 BF3E035C015A
     < 6982
     > 00 A4 04 0C 10 A0000005591010FFFFFFFF8900000200
     < 9000
     > 80 CA 00 5A 12
     < 5A10 ${EID} 9000`,
  );
});
