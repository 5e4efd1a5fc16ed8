/** lpa-lab card: the card alone, for any program. */
import { UsageError } from '../../../lpa/errors.ts';
import { openCards } from '../../euicc/open-card.ts';
import { numberOfCards, offerCard, portFrom, READER_OPTIONS, untilEnded } from '../../readers/offer-card.ts';
import { openLab } from '../../state/lab.ts';
import { handAt } from '../../state/reader-control.ts';
import { labCommand } from '../command.ts';
import { exportsOf, labVariables } from '../run.ts';
import { whenTold } from '../signals.ts';
import { CARD_OPTIONS } from '../topics.ts';

export const card = labCommand({
  name: 'card',
  summary: 'The card alone, at a socket or in a PC/SC reader, for any program',
  examples: ['lpa-lab card', 'lpa-lab card --pcsc', 'lpa-lab card --tcp=35963 --manners cat-busy'],
  details: [
    'The first line of stdout is what a shell has to be told, so that programs started in it find the card; then the card stays until Ctrl-C. The socket speaks the framing of vpcd.',
  ],
  options: {
    ...READER_OPTIONS,
    tcp: { flags: '--tcp <port>', text: 'put the card at this port of this machine' },
    ...CARD_OPTIONS,
  },
  async run(desk, { pcsc, cards: wanted, vpcd, tcp, manners, fault }) {
    if (tcp !== undefined && (pcsc || vpcd !== undefined)) throw new UsageError('--tcp: the card can be in one place only');
    const port = tcp === undefined ? undefined : portFrom(tcp, '--tcp');
    await using lab = await openLab(desk.dir, { parts: ['card'], typed: desk.typed, lasting: true });
    const told = whenTold();
    const cards = await openCards(lab, numberOfCards({ cards: wanted, pcsc }), { manners, faults: fault });
    const offered = await offerCard(lab, cards, { pcsc, vpcd, port });
    lab.closeLater(offered);
    lab.answer(handAt(cards, lab.log));
    for (const line of exportsOf(labVariables({ reader: offered.reader, pcscd: offered.pcscd }))) desk.print(line);
    const eids = cards.map(({ state }) => state.eid);
    desk.say(
      eids.length === 1
        ? `the card (EID ${eids[0]}) is there until Ctrl-C`
        : `cards (EIDs ${eids.join(', ')}) are there until Ctrl-C`,
    );
    await Promise.race([told, untilEnded(offered)]);
    return 0;
  },
});
