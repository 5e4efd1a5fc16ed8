/** What a PC/SC binding has to give, whichever package it is. */
import { setTimeout as delay } from 'node:timers/promises';
import { CardError } from '../../errors.ts';

export interface ReaderState {
  readonly name: string;
  readonly present: boolean;
  /** Only with a card that answers to reset. */
  readonly atr?: Uint8Array;
}

export interface Binding {
  readers(): readonly ReaderState[];
  connect(reader: string): Promise<Connection>;
  onChange(listener: () => void): () => void;
  /** Why nothing more will be heard of readers; `onChange` is called when that happens. */
  failure(): CardError | undefined;
  /** Until what a disconnect stirs up is over: the process may exit then, threads or not. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** A card held exclusively. Failures are CardErrors. */
export interface Connection {
  atr(): Uint8Array;
  /** 0 or 1. */
  protocol(): number;
  transmit(command: Uint8Array): Promise<Uint8Array>;
  /** @throws {CardError} `busy` where another program took the card during it; then it may be called again */
  reset(): Promise<void>;
  /** Takes the card's power, so that no channel and no session outlives its program. */
  close(): Promise<void>;
}

/** Longest answer: a T=1 extended APDU with its status word. */
export const MAX_RESPONSE = 65538;

/** SCARD_* numbers that are the same wherever PC/SC is. */
export const EXCLUSIVE = 1;
export const T0_OR_T1 = 3;
export const T1 = 2;
export const RESET_CARD = 1;
export const UNPOWER_CARD = 2;
export const STATE_UNKNOWN = 0x04;
export const STATE_UNAVAILABLE = 0x08;
export const STATE_PRESENT = 0x20;

/** Another program that is just letting go of the card takes its power while this one connects: soon it is over. */
const CONNECT_TRIES = 4;
const CONNECT_PAUSE_MS = 100;

/** Connect, and once more where the card seems mute: one that is stays so. */
export async function connectTo<T>(connect: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await connect();
    } catch (error) {
      if (!(error instanceof CardError) || error.problem !== 'unresponsive' || tries === CONNECT_TRIES) throw error;
      await delay(CONNECT_PAUSE_MS);
    }
  }
}

/** Listeners of one event. */
export function listeners(): { add(listener: () => void): () => void; call(): void } {
  const all = new Set<() => void>();
  return {
    add(listener) {
      all.add(listener);
      return () => void all.delete(listener);
    },
    call() {
      for (const listener of all) listener();
    },
  };
}
