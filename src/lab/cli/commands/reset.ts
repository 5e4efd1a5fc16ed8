/** lpa-lab reset: a card fresh from its maker, no orders, new certificates and ports. */
import { existsSync } from 'node:fs';
import { clearFolder, removeFolder } from '../../state/folder.ts';
import { hold, PARTS } from '../../state/lock.ts';
import { labCommand } from '../command.ts';

export const reset = labCommand({
  name: 'reset',
  summary: 'Forget everything: card, orders, certificates, ports and log',
  examples: ['lpa-lab reset'],
  details: ['Only what the lab itself put into its folder is removed. A lab that is running keeps its folder.'],
  async run(desk) {
    if (existsSync(desk.dir)) {
      await using _all = await hold(desk.dir, PARTS, desk.typed);
      clearFolder(desk.dir);
    }
    removeFolder(desk.dir);
    desk.say(`the lab in ${desk.dir} is as new`);
    return 0;
  },
});
