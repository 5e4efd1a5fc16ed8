/** lpa-lab card: the card alone, for any program. */
import { UsageError } from '../../errors.ts';
import { openCard } from '../card.ts';
import { labCommand } from '../command.ts';
import { CARD_OPTIONS, cardLists } from '../lists.ts';
import { offerCard, READER_OPTIONS } from '../offer-card.ts';
import { openLab } from '../open.ts';
import { quoted } from '../run.ts';
import { whenTold } from '../signals.ts';

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
  lists: cardLists,
  async run(desk, { pcsc, tcp, manners }) {
    if (pcsc && tcp !== undefined) throw new UsageError('--pcsc and --tcp: the card can be in one place only');
    await using lab = await openLab(desk.dir, { parts: ['card'], typed: desk.typed, lasting: true });
    const told = whenTold();
    const euicc = await openCard(lab, { manners });
    const offered = await offerCard(lab, euicc, { pcsc, port: tcp === undefined ? undefined : portFrom(tcp) });
    lab.closeLater(offered);
    desk.print(
      offered.pcscd === undefined
        ? `export LPA_READER=${quoted(offered.reader ?? '')}`
        : `export PCSCLITE_CSOCK_NAME=${quoted(offered.pcscd)}`,
    );
    desk.say(`the card ${euicc.state.eid} is there until Ctrl-C; type the line above in another terminal`);
    await Promise.race([told, offered.ended.then(() => Promise.reject(new UsageError('pcscd ended by itself')))]);
    return 0;
  },
});

function portFrom(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65535)) throw new UsageError('--tcp: not a port');
  return port;
}
