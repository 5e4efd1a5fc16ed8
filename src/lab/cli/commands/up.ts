/** lpa-lab up: card and servers in the foreground. */

import { openCards } from '../../euicc/open-card.ts';
import { numberOfCards, offerCard, READER_OPTIONS, untilEnded } from '../../readers/offer-card.ts';
import { openLab } from '../../state/lab.ts';
import { addressOf, startSmdp, startSmds } from '../../state/open-servers.ts';
import { handAt } from '../../state/reader-control.ts';
import { labCommand } from '../command.ts';
import { exportsOf, labVariables, ourPrograms } from '../run.ts';
import { whenTold } from '../signals.ts';
import { CARD_OPTIONS, OPERATOR_OPTION, SERVER_OPTIONS } from '../topics.ts';

export const up = labCommand({
  name: 'up',
  summary: 'Card and servers in the foreground, until Ctrl-C; prints what to type in another terminal',
  examples: ['lpa-lab up', 'lpa-lab up --pcsc'],
  options: { ...READER_OPTIONS, ...CARD_OPTIONS, ...SERVER_OPTIONS, ...OPERATOR_OPTION },
  async run(desk, { pcsc, cards: wanted, vpcd, manners, fault, serverFault, operator }) {
    await using lab = await openLab(desk.dir, { parts: ['card', 'smdp', 'smds'], typed: desk.typed, lasting: true });
    const told = whenTold();
    const cards = await openCards(lab, numberOfCards({ cards: wanted, pcsc }), { manners, faults: fault });
    const offered = await offerCard(lab, cards, { pcsc, vpcd });
    lab.closeLater(offered);
    const smds = await startSmds(lab);
    const smdp = await startSmdp(lab, { handlers: handAt(cards, lab.log), faults: serverFault, operator });
    const { reader, pcscd } = offered;
    const eids = cards.map(({ state }) => state.eid);
    const bin = ourPrograms(desk.dir, desk.programs);
    const variables = labVariables({ dir: desk.dir, reader, pcscd, smdp: smdp.address, smds: smds.address });
    desk.print(
      [
        `The lab is up: ${eids.length === 1 ? 'card' : 'cards'} ${eids.join(', ')}, SM-DP+ ${smdp.address}, SM-DS ${smds.address}.`,
        `Operators order at ${addressOf(lab, 'es2')} (ES2+), servers register Events at ${addressOf(lab, 'es12')} (ES12).`,
        'In another terminal:',
        '',
        ...exportsOf(variables).map((line) => `  ${line}`),
        `  export PATH="${bin}:$PATH"`,
        '',
        '  lpa info',
        '  lpa download "$(lpa-lab order --name Alpha)"',
        '  lpa list',
        '  lpa-lab log --follow',
        '',
        'Ctrl-C ends it; card and orders are kept.',
      ].join('\n'),
    );
    await Promise.race([told, untilEnded(offered)]);
    return 0;
  },
});
