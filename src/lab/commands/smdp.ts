/** lpa-lab smdp: the SM-DP+ alone, for any LPA. */
import { labCommand } from '../command.ts';
import { SERVER_OPTIONS } from '../lists.ts';
import { portFrom } from '../offer-card.ts';
import { openLab } from '../open.ts';
import { startSmdp, takeOrders } from '../open-smdp.ts';
import { whenTold } from '../signals.ts';

export const smdp = labCommand({
  name: 'smdp',
  summary: 'The SM-DP+ alone, for any LPA',
  examples: ['lpa-lab smdp', 'lpa-lab smdp --server-fault tls-expired'],
  details: [
    'The first line of stdout is its address. Another LPA has to trust the CI that stands in pki/ci.pem of the folder, and its eUICC has to list it.',
  ],
  options: {
    port: { flags: '--port <number>', text: 'listen there, in this run and from now on' },
    ...SERVER_OPTIONS,
  },
  async run(desk, { port, serverFault }) {
    await using lab = await openLab(desk.dir, {
      parts: ['smdp'],
      typed: desk.typed,
      lasting: true,
      smdpPort: port === undefined ? undefined : portFrom(port, '--port'),
    });
    const told = whenTold();
    const server = await startSmdp(lab, serverFault);
    lab.answer(takeOrders(server));
    desk.print(server.address);
    desk.say(`until Ctrl-C; its CI is in ${lab.pki.ciPem}`);
    await told;
    return 0;
  },
});
