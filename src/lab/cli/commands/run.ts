/** lpa-lab run: one command with the lab around it. */

import { openCards } from '../../euicc/open-card.ts';
import { numberOfCards, offerCard, READER_OPTIONS } from '../../readers/offer-card.ts';
import { openLab } from '../../state/lab.ts';
import { startSmdp, startSmds } from '../../state/open-servers.ts';
import { handAt } from '../../state/reader-control.ts';
import { labCommand } from '../command.ts';
import { environment, labVariables, ourPrograms, runCommand } from '../run.ts';
import { CARD_OPTIONS, SERVER_OPTIONS } from '../topics.ts';

export const run = labCommand({
  name: 'run',
  words: '-- <command> [<arg>...]',
  takes: 'command',
  summary: 'Run one command with the card and the servers around it',
  examples: [
    'lpa-lab run -- lpa info',
    'lpa-lab run --pcsc -- lpa list',
    'lpa-lab run --manners cat-busy -- lpa enable Alpha',
    'lpa-lab run --fault pull@segment:7 -- lpa download "$code" --yes',
    'lpa-lab run -- sh',
  ],
  details: [
    'The command finds the card by LPA_READER (with --pcsc by PCSCLITE_CSOCK_NAME) and the servers by LPA_LAB_SMDP and LPA_LAB_SMDS. `lpa` and `lpa-lab` are those of this installation. The exit code is that of the command.',
  ],
  options: { ...READER_OPTIONS, ...CARD_OPTIONS, ...SERVER_OPTIONS },
  async run(desk, { pcsc, cards: wanted, vpcd, manners, fault, serverFault }, words) {
    await using lab = await openLab(desk.dir, { parts: ['card', 'smdp', 'smds'], typed: desk.typed, lasting: true });
    const cards = await openCards(lab, numberOfCards({ cards: wanted, pcsc }), { manners, faults: fault });
    const offered = await offerCard(lab, cards, { pcsc, vpcd });
    lab.closeLater(offered);
    const smds = await startSmds(lab);
    const smdp = await startSmdp(lab, { handlers: handAt(cards, lab.log), faults: serverFault });
    let isRunning = true;
    void offered.ended.then(() => {
      if (isRunning) desk.say('the PC/SC daemon of the card ended; the command continues without a card');
    });
    const { reader, pcscd } = offered;
    const variables = labVariables({ dir: desk.dir, reader, pcscd, smdp: smdp.address, smds: smds.address });
    const code = await runCommand(words, environment(desk.env, variables, ourPrograms(desk.dir, desk.programs)), desk.say);
    isRunning = false;
    return code;
  },
});
