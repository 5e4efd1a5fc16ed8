/** lpa-lab order: an order the operator's way. stdout is the activation code, nothing else. */
import { writeFileSync } from 'node:fs';
import { fromBase64 } from '../../../lpa/bytes.ts';
import { ask } from '../../state/control.ts';
import { openLab } from '../../state/lab.ts';
import { holderOf } from '../../state/lock.ts';
import { openSmdp, takeOrder } from '../../state/open-servers.ts';
import { labCommand } from '../command.ts';
import { ORDER_OPTIONS, type OrderRequest, requestFrom } from '../order-request.ts';

export const order = labCommand({
  name: 'order',
  summary: 'Order a profile as an operator does, and print its activation code',
  examples: [
    'lpa-lab order --name Alpha',
    'code=$(lpa-lab order --name Alpha --provider "Example Telecom")',
    'lpa-lab order --confirmation-code 1234 --qr alpha.png',
  ],
  details: [
    'With --smds the card finds the order by itself: `lpa discover`, or `lpa download` without a code.',
    'The code is good until its profile is installed, also in later runs of the lab. A lab that is running takes the order at once.',
  ],
  options: { ...ORDER_OPTIONS, qr: { flags: '--qr <file>', text: 'also write the code as a QR picture (PNG)' } },
  async run(desk, { qr, ...options }) {
    const request = await requestFrom(options);
    if (request.profile !== undefined && options.profile !== undefined) {
      const { packageFindings } = await import('../order-package.ts');
      const allowInvalid = request.allowInvalid === true;
      for (const line of packageFindings(fromBase64(request.profile), { file: options.profile, allowInvalid }))
        desk.say(`warning: ${line}`);
    }
    const running = holderOf(desk.dir, 'smdp')?.control;
    const code =
      running === undefined ? await orderHere(desk.dir, desk.typed, request) : String(await ask(running, 'order', request));
    if (qr !== undefined) {
      const { codePicture } = await import('../picture.ts');
      writeFileSync(qr, await codePicture(code));
    }
    desk.print(code);
    return 0;
  },
});

async function orderHere(dir: string, typed: string, request: OrderRequest): Promise<string> {
  await using lab = await openLab(dir, { parts: ['smdp'], typed, lasting: false });
  await using smdp = await openSmdp(lab);
  return takeOrder(lab, smdp, request);
}
