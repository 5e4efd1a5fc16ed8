/** Write down what goes over a link, and play back what was written: a recording of a card is a test's card, and a bug report. */
import { fromHex, toHex } from '../bytes.ts';
import { CardError, type CardProblem } from '../errors.ts';
import { type Entry, MASKED, starred } from '../recording.ts';
import type { Link } from './card.ts';

/** What a link says: nothing is masked yet. */
export type LinkEntry = Extract<Entry, { type: 'card' | 'apdu' | 'reset' }>;

/** The same link; each thing that is done with it is written once it has its answer. */
export function recordedLink(link: Link, write: (entry: LinkEntry) => void): Link {
  write({ type: 'card', name: link.name, atr: toHex(link.atr) });
  return {
    name: link.name,
    get atr() {
      return link.atr;
    },
    ...(link.powersOff && { powersOff: true }),
    async transmit(command) {
      try {
        const answer = await link.transmit(command);
        write({ type: 'apdu', command: toHex(command), answer: toHex(answer) });
        return answer;
      } catch (error) {
        const { problem = 'other' } = error as { problem?: CardProblem };
        const message = error instanceof Error ? error.message : String(error);
        write({ type: 'apdu', command: toHex(command), answer: { code: 'card', detail: problem, message } });
        throw error;
      }
    },
    async reset() {
      await link.reset();
      write({ type: 'reset' });
    },
    [Symbol.asyncDispose]: () => Promise.resolve(link[Symbol.asyncDispose]()),
  };
}

/** The cards of a recording, one after the other. */
export interface ReplayedCards {
  /** The next card. @throws {CardError} `noCard` where the recording has no more */
  open(): Link;
  /** APDUs and resets that nobody has asked for yet. */
  left(): number;
}

/**
 * Cards that answer as those of the recording did, to the same commands in the same order; masked octets are like any.
 * Another command than the recorded one is a CardError (`protocol`) that shows both.
 */
export function replayCards(entries: readonly Entry[]): ReplayedCards {
  const said = entries.filter((entry): entry is LinkEntry => ['card', 'apdu', 'reset'].includes(entry.type));
  let at = 0;
  const differs = (asked: string): never => {
    const entry = said[at];
    const wanted = entry?.type === 'apdu' ? entry.command : entry?.type === 'reset' ? 'reset' : 'the end';
    throw new CardError(`recording: its ${at + 1}. step is ${wanted}, and asked was ${asked}`, { problem: 'protocol' });
  };
  return {
    open() {
      while (at < said.length && said[at]?.type !== 'card') at += 1;
      const card = said[at];
      if (card?.type !== 'card') throw new CardError('the recording has no further card', { problem: 'noCard' });
      at += 1;
      return {
        name: card.name,
        atr: fromHex(card.atr),
        powersOff: true,
        async transmit(command) {
          const entry = said[at];
          if (entry?.type !== 'apdu' || !matches(entry.command, toHex(command))) return differs(toHex(command));
          at += 1;
          if (typeof entry.answer === 'string') return starred(entry.answer);
          throw new CardError(entry.answer.message, { problem: entry.answer.detail as CardProblem });
        },
        async reset() {
          if (said[at]?.type !== 'reset') differs('reset');
          at += 1;
        },
        [Symbol.asyncDispose]: async () => {},
      };
    },
    left: () => said.slice(at).filter(({ type }) => type !== 'card').length,
  };
}

/** Octet by octet; a masked one fits any. */
function matches(recorded: string, asked: string): boolean {
  if (recorded.length !== asked.length) return false;
  for (let i = 0; i < asked.length; i += 2) {
    const octet = recorded.slice(i, i + 2);
    if (octet !== MASKED && octet !== asked.slice(i, i + 2)) return false;
  }
  return true;
}
