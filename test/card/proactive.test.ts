import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drainProactive } from '../../src/lpa/card/proactive.ts';
import { scriptedCard } from '../transcript.ts';

test('REFRESH by UICC Reset takes no TERMINAL RESPONSE: the reset is the answer', async () => {
  await using card = scriptedCard(`
    > 80 12 00 00 0B                                  # FETCH
    < D0 09 81 03 01 01 04 82 02 81 82 9000`);
  await drainProactive(card.transmit, 0x0b);
});

test('any other REFRESH is answered as performed, and what the card says next is heard', async () => {
  await using card = scriptedCard(`
    > 80 12 00 00 0B
    < D0 09 81 03 01 01 03 82 02 81 82 9000           # REFRESH, NAA Initialization
    > 80 14 00 00 0C 81 03 01 01 03 82 02 82 81 83 01 00
    < 91 0B
    > 80 12 00 00 0B
    < D0 09 81 03 02 25 00 82 02 81 82 9000           # SET UP MENU: not ours to carry out
    > 80 14 00 00 0C 81 03 02 25 00 82 02 82 81 83 01 30
    < 9000`);
  await drainProactive(card.transmit, 0x0b);
});

test('a length of 0 in 91xx is 256 octets: FETCH has Le 00', async () => {
  await using card = scriptedCard(`
    > 80 12 00 00 0B
    < D0 09 81 03 01 25 00 82 02 81 82 9000
    > 80 14 00 00 0C 81 03 01 25 00 82 02 82 81 83 01 30
    < 91 00
    > 80 12 00 00 00
    < D0 09 81 03 02 25 00 82 02 81 82 9000
    > 80 14 00 00 0C 81 03 02 25 00 82 02 82 81 83 01 30
    < 9000`);
  await drainProactive(card.transmit, 0x0b);
});

test('nothing is fetched where nothing was announced', async () => {
  await using card = scriptedCard('');
  await drainProactive(card.transmit, 0);
});

test('a card that has more than 16 things to say is stopped', async () => {
  const round = `
    > 80 12 00 00 0B
    < D0 09 81 03 01 25 00 82 02 81 82 9000
    > 80 14 00 00 0C 81 03 01 25 00 82 02 82 81 83 01 30
    < 91 0B`;
  await using card = scriptedCard(round.repeat(16));
  await assert.rejects(drainProactive(card.transmit, 0x0b), {
    name: 'CardError',
    message: 'FETCH: more than 16 proactive commands',
  });
});
