/** What is fuzzed: one entry for foreign input, what good input looks like, and what has to hold for every input. */

import { explain } from '../../src/failures/explain-error.ts';
import { LpaError } from '../../src/lpa/errors.ts';
import type { Mutator } from './mutate.ts';

export interface Target {
  readonly name: string;
  /** Good inputs, or nearly so: where mutation starts. */
  seeds(): Promise<readonly Uint8Array[]> | readonly Uint8Array[];
  readonly mutate: Mutator;
  /** Pieces that mean something to this target. */
  readonly words?: readonly Uint8Array[];
  /** Milliseconds that one input may take; 1000 where not said. */
  readonly limitMs?: number;
  /**
   * Try one input. Throwing is a finding: only `outcomeOf` may take an error for an answer.
   *
   * @returns how it ended, in words that are the same for inputs that took the same way
   */
  run(input: Uint8Array): Promise<string> | string;
  /** Let go of servers that were started. */
  close?(): Promise<void>;
}

/** What must never be seen. Anything else that a target throws is one too. */
export class Finding extends Error {
  override readonly name = 'Finding';
}

/** How reading foreign input ended: with a value, or with an error that was raised on purpose. @throws whatever else was thrown */
export async function outcomeOf(work: () => unknown): Promise<string> {
  try {
    await work();
    return 'ok';
  } catch (error) {
    if (error instanceof LpaError) return told(error);
    throw error;
  }
}

/** The same without waiting. */
export function outcomeNow(work: () => unknown): string {
  try {
    work();
    return 'ok';
  } catch (error) {
    if (error instanceof LpaError) return told(error);
    throw error;
  }
}

/** The error without what the input put into it: numbers, tags, names. Whoever reads it in full is told cause and remedy. */
export function told(error: LpaError): string {
  explain(error, 'linux');
  const { code, message } = error;
  return `${code} ${message
    .replace(/"[^"]*"/g, '""')
    .replace(/\b[0-9A-F]{2,}\b|\d+/g, '#')
    .slice(0, 160)}`;
}
