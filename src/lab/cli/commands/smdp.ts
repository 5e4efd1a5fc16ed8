/** lpa-lab smdp: the SM-DP+ alone, for any LPA. */

import { portFrom } from '../../readers/offer-card.ts';
import { openLab } from '../../state/lab.ts';
import { addressOf, startSmdp } from '../../state/open-servers.ts';
import { labCommand } from '../command.ts';
import { whenTold } from '../signals.ts';
import { OPERATOR_OPTION, SERVER_OPTIONS } from '../topics.ts';

export const smdp = labCommand({
  name: 'smdp',
  summary: 'The SM-DP+ alone, for any LPA',
  examples: ['lpa-lab smdp', 'lpa-lab smdp --server-fault tls-expired'],
  details: [
    'The first line of stdout is its address for LPAs (ES9+), the second that for operators (ES2+). Another LPA has to trust the CI that stands in pki/ci.pem of the folder, and its eUICC has to list it.',
  ],
  options: {
    port: { flags: '--port <number>', text: 'listen there, in this run and from now on' },
    ...SERVER_OPTIONS,
    ...OPERATOR_OPTION,
  },
  async run(desk, { port, serverFault, operator }) {
    await using lab = await openLab(desk.dir, {
      parts: ['smdp'],
      typed: desk.typed,
      lasting: true,
      smdpPort: port === undefined ? undefined : portFrom(port, '--port'),
    });
    const told = whenTold();
    const server = await startSmdp(lab, { faults: serverFault, operator });
    desk.print(`${server.address}\n${addressOf(lab, 'es2')}`);
    desk.say(`until Ctrl-C; its CI is in ${lab.pki.ciPem}`);
    await told;
    return 0;
  },
});
