/** The lab's side of the PC/SC tests, in a process of its own: synchronous PC/SC calls would stop a card in the same event loop. */
import { fromHex } from '../../src/bytes.ts';
import { startPcscd } from '../../src/lab/readers/pcscd.ts';
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
let daemon: AsyncDisposable | undefined;

async function carryOut(request: RigRequest): Promise<unknown> {
  if ('start' in request) {
    for (const { atr, delayMs } of request.start) {
      cards.push(scriptedCard({ ...(atr ? { atr: fromHex(atr) } : {}), ...(delayMs ? { delayMs } : {}) }));
    }
    const started = await startPcscd(request.start.map(({ name }, i) => ({ name, card: cards[i]! })));
    daemon = started;
    for (const [i, { absent }] of request.start.entries()) if (absent) cards[i]!.move(false);
    return { socketName: started.socketName, readers: started.readers };
  }
  if ('move' in request) return cards[request.move]!.move(request.present);
  return cards[request.log]!.log.splice(0);
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
