/** The lab's side of the PC/SC tests, in a process of its own: synchronous PC/SC calls would stop a card in the same event loop. */

import { setTimeout as delay } from 'node:timers/promises';
import { type PrivatePcscd, startPcscd } from '../../src/lab/readers/pcscd.ts';
import { readersOfDaemon } from '../../src/lab/readers/pcscd-readers.ts';
import { fromHex } from '../../src/lpa/bytes.ts';
import { type ScriptedCard, scriptedCard } from '../scripted-card.ts';

export interface CardSettings {
  readonly name: string;
  readonly atr?: string;
  readonly delayMs?: number;
  readonly absent?: boolean;
}

export type RigRequest =
  | { readonly start: readonly CardSettings[] }
  | { readonly move: number; readonly present: boolean }
  | { readonly log: number };

export type RigAnswer = { readonly result: unknown } | { readonly error: string };

const cards: ScriptedCard[] = [];
let daemon: PrivatePcscd | undefined;

async function carryOut(request: RigRequest): Promise<unknown> {
  if ('start' in request) {
    for (const { atr, delayMs } of request.start) {
      cards.push(scriptedCard({ ...(atr ? { atr: fromHex(atr) } : {}), ...(delayMs ? { delayMs } : {}) }));
    }
    const started = await startPcscd(request.start.map(({ name }, i) => ({ name, card: cards[i]! })));
    daemon = started;
    for (const [i, { absent }] of request.start.entries()) if (absent) await take(i);
    return { socketName: started.socketName, readers: started.readers };
  }
  if ('move' in request) return request.present ? cards[request.move]!.move(true) : take(request.move);
  return cards[request.log]!.log.splice(0);
}

/** Out of the reader, and seen to be: the daemon looks at its readers twice a second. */
async function take(i: number): Promise<void> {
  cards[i]!.move(false);
  const { socketName, readers } = daemon!;
  for (const deadline = performance.now() + 5000; performance.now() < deadline; await delay(20)) {
    const seen = (await readersOfDaemon(socketName)).find(({ name }) => name === readers[i]);
    if (seen?.card === 'absent') return;
  }
  throw new Error(`${readers[i]}: the daemon does not see that the card is gone`);
}

process.on('message', async (request: RigRequest) => {
  try {
    process.send?.({ result: await carryOut(request) } satisfies RigAnswer);
  } catch (error) {
    const { message, remedy } = error as { message: string; remedy?: string };
    process.send?.({ error: remedy ? `${message}: ${remedy}` : message } satisfies RigAnswer);
  }
});
process.on('disconnect', async () => {
  await daemon?.[Symbol.asyncDispose]();
});
