/** A reader with a card in it, where things go wrong at a step: as PC/SC tells it. */

import type { Euicc } from '../../src/lab/euicc/euicc.ts';
import { fromHex } from '../../src/lpa/bytes.ts';
import type { Link } from '../../src/lpa/card/card.ts';
import { pcscError } from '../../src/lpa/card/pcsc/pcsc-errors.ts';
import { linkTo } from '../lab/euicc/harness.ts';
import { functionOf, type Step, type Steps } from './step.ts';

/** PC/SC results. */
const RESULTS = {
  unplugged: 0x80100017,
  stopped: 0x8010001e,
  mute: 0x80100066,
  reset: 0x80100068,
  pull: 0x80100069,
  'lost-answer': 0x80100069,
} as const;
/** Before there is a card to speak with. */
const OPENING = { 'no-reader': 0x8010002e, 'no-card': 0x8010000c, held: 0x8010000b, ...RESULTS } as const;

export type Trouble = keyof typeof OPENING | 'status-word';

const NAME = 'Reader';
const trouble = (kind: Exclude<Trouble, 'status-word'>): Error => pcscError(OPENING[kind], NAME, undefined);

export interface TroubledReader extends Link {
  /** While nothing is asked of the card. */
  happen(kind: Trouble): Promise<void>;
}

/** Power the card; every step of it passes `steps`. @param at what goes wrong at a step */
export async function openReader(card: Euicc, steps: Steps, at: (step: Step) => Trouble | undefined): Promise<TroubledReader> {
  const opening = at(steps.reach('card', 'power on'));
  if (opening && opening !== 'status-word') throw trouble(opening);
  const link = await linkTo(card);
  let failing: Error | undefined;
  const happen = async (kind: Trouble): Promise<void> => {
    if (kind === 'status-word') throw new Error('a status word answers a command');
    // Whatever happened: the card is without power, or starts anew.
    await (kind === 'reset' ? card.powerOn() : card.powerOff());
    failing = trouble(kind);
  };
  const fails = async (kind: Trouble): Promise<never> => {
    await happen(kind);
    throw failing;
  };
  let segments = 0;
  return {
    name: NAME,
    atr: link.atr,
    happen,
    async transmit(command) {
      if (failing) throw failing;
      const name = stepOf(command, () => ++segments);
      const kind = name && at(steps.reach('card', name));
      if (kind === 'status-word') return fromHex('6F00');
      if (kind === 'lost-answer') await link.transmit(command);
      if (kind) return fails(kind);
      return gone(() => link.transmit(command));
    },
    async reset() {
      if (failing && (failing as { problem?: string }).problem !== 'reset') throw failing;
      failing = undefined;
      const kind = at(steps.reach('card', 'reset'));
      if (kind && kind !== 'status-word') await fails(kind);
      await link.reset();
    },
    [Symbol.asyncDispose]: () => Promise.resolve(link[Symbol.asyncDispose]()),
  };

  /** A card that was pulled stays away for as long as this program has its reader. */
  async function gone(exchange: () => Promise<Uint8Array>): Promise<Uint8Array> {
    try {
      return await exchange();
    } catch {
      failing = trouble('pull');
      throw failing;
    }
  }
}

/** What a command APDU begins; undefined for one that goes on with what was begun. */
function stepOf(command: Uint8Array, nextSegment: () => number): string | undefined {
  const [, ins = 0, p1 = 0, p2 = 0] = command;
  switch (ins) {
    case 0xaa:
      return 'TERMINAL CAPABILITY';
    case 0x70:
      return p1 === 0x80 ? 'MANAGE CHANNEL close' : 'MANAGE CHANNEL';
    case 0xa4:
      return 'SELECT ISD-R';
    case 0x12:
      return 'FETCH';
    case 0x14:
      return 'TERMINAL RESPONSE';
    case 0xe2:
      return p2 === 0 ? (functionOf(command.subarray(5)) ?? `segment ${nextSegment()}`) : undefined;
    default:
      return undefined;
  }
}
