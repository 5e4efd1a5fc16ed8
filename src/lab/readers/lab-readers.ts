/** In which PC/SC reader each card of a lab is. pcscd has sixteen readers at most, so further cards are in those of a second daemon. */
import { toHex } from '../../lpa/bytes.ts';

/** PCSCLITE_MAX_READERS_CONTEXTS of pcsc-lite. */
const READERS_PER_DAEMON = 16;

/** The readers of each daemon by name, without the two numbers that pcscd appends. */
const NAMES = ['Lab', 'Lab B'] as const;

export const MAX_CARDS = READERS_PER_DAEMON * NAMES.length;

/** Returns the cards of each daemon with the name of their readers. */
export function daemonsFor<Card>(cards: readonly Card[]): { readonly name: string; readonly card: Card }[][] {
  return NAMES.map((name, i) =>
    cards.slice(i * READERS_PER_DAEMON, (i + 1) * READERS_PER_DAEMON).map((card) => ({ name, card })),
  ).filter((readers) => readers.length > 0);
}

/** Returns what the log calls the reader of a card, counted from 0: `Lab 01`. */
export const readerOf = (card: number): string =>
  `${NAMES[Math.floor(card / READERS_PER_DAEMON)]} ${toHex(Uint8Array.of(card % READERS_PER_DAEMON))}`;
