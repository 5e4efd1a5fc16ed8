/** lpa-lab smds: the SM-DS alone, for any LPA and any SM-DP+. */

import { openLab } from '../../state/lab.ts';
import { addressOf, startSmds } from '../../state/open-servers.ts';
import { labCommand } from '../command.ts';
import { whenTold } from '../signals.ts';
import { SERVER_OPTIONS } from '../topics.ts';

export const smds = labCommand({
  name: 'smds',
  summary: 'The SM-DS alone, for any LPA and any SM-DP+',
  examples: ['lpa-lab smds', 'lpa-lab smds --server-fault http:503'],
  details: ['The first line of stdout is its address for LPAs (ES11), the second that for servers (ES12).'],
  options: { ...SERVER_OPTIONS },
  async run(desk, { serverFault }) {
    await using lab = await openLab(desk.dir, { parts: ['smds'], typed: desk.typed, lasting: true });
    const told = whenTold();
    const server = await startSmds(lab, { faults: serverFault });
    desk.print(`${server.address}\n${addressOf(lab, 'es12')}`);
    desk.say(`until Ctrl-C; its CI is in ${lab.pki.ciPem}`);
    await told;
    return 0;
  },
});
