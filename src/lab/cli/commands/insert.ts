/** lpa-lab insert: put the card back that was taken out. */

import { askForHand, cardNumberFrom, HAND_OPTIONS } from '../../state/reader-control.ts';
import { labCommand } from '../command.ts';

export const insert = labCommand({
  name: 'insert',
  summary: 'Put the card back that `lpa-lab pull`, or a fault, took out of its reader',
  examples: ['lpa-lab insert'],
  options: { ...HAND_OPTIONS },
  async run(desk, { card }) {
    await askForHand(desk.dir, 'insert', { card: cardNumberFrom(card) });
    desk.say('the card is in');
    return 0;
  },
});
