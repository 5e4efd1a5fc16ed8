/** `lpa-lab pull` and `lpa-lab insert`: the hand at the reader of a lab that runs. */
import { setTimeout as delay } from 'node:timers/promises';
import { UsageError } from '../../lpa/errors.ts';
import type { RemovableCard } from '../readers/removable.ts';
import { ask, type Handlers } from './control.ts';
import { holderOf } from './lock.ts';
import type { LabLog } from './log.ts';

/** Of a card from 1, as `lpa readers` counts. */
interface Pull {
  readonly card: number;
  readonly backAfterMs?: number | undefined;
}

export const HAND_OPTIONS = {
  card: { flags: '--card <number>', text: 'which, where there are several: 1 without it' },
} as const;

/** What a lab with cards takes from other commands. */
export function handAt(cards: readonly RemovableCard[], log: LabLog): Handlers {
  const named = (number: number): RemovableCard => {
    const card = cards[number - 1];
    if (!card)
      throw new UsageError(`--card: there ${cards.length === 1 ? 'is 1 card' : `are ${cards.length} cards`} in this lab`);
    return card;
  };
  const said = (detail: string): void => log({ who: 'card', event: 'reader', detail });
  return {
    async pull(argument) {
      const { card: number, backAfterMs } = argument as Pull; // the other side is an lpa-lab of the same installation
      const card = named(number);
      await card.pull();
      said('pulled out by hand');
      if (backAfterMs === undefined) return;
      void delay(backAfterMs, undefined, { ref: false }).then(() => {
        card.insert();
        said('put back by hand');
      });
    },
    async insert(argument) {
      named((argument as Pull).card).insert();
      said('put back by hand');
    },
  };
}

/** @throws {UsageError} where no lab with a card runs in this folder */
export async function askForHand(dir: string, request: 'pull' | 'insert', argument: Pull): Promise<void> {
  const running = holderOf(dir, 'card')?.control;
  if (running === undefined) {
    throw new UsageError('no lab with a card runs in this folder', {
      remedy: '`lpa-lab card` and `lpa-lab up` do, as does `lpa-lab run`',
    });
  }
  await ask(running, request, argument);
}

/** @throws {UsageError} */
export function cardNumberFrom(text: string | undefined): number {
  if (text !== undefined && !/^[1-9]\d?$/.test(text)) throw new UsageError('--card: a number from 1');
  return Number(text ?? 1);
}
