/** lpa-lab pull: take the card out of its reader, whatever is being done with it. */

import { askForHand, cardNumberFrom, HAND_OPTIONS } from '../../state/reader-control.ts';
import { labCommand } from '../command.ts';
import { timeFrom } from '../time.ts';

export const pull = labCommand({
  name: 'pull',
  summary: 'Take the card of a lab that runs out of its reader',
  examples: ['lpa-lab pull', 'lpa-lab pull --back-after 2s', 'lpa-lab pull --card 2'],
  details: ['`lpa-lab insert` puts it back. What the card kept without power is there again, as with a real one.'],
  options: {
    backAfter: { flags: '--back-after <time>', text: 'put it back by itself, such as after 500ms or 2s' },
    ...HAND_OPTIONS,
  },
  async run(desk, { backAfter, card }) {
    const backAfterMs = backAfter === undefined ? undefined : timeFrom(backAfter, '--back-after');
    await askForHand(desk.dir, 'pull', { card: cardNumberFrom(card), backAfterMs });
    desk.say(
      backAfterMs === undefined ? 'the card is out: `lpa-lab insert` puts it back' : 'the card is out, and comes back by itself',
    );
    return 0;
  },
});
