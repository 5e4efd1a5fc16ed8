/** Cause and remedy of an error, by the code that it carries. The tables are beside this file; the words are ours. */
import type { LpaError } from '../errors.ts';

export interface Explanation {
  /** Reads after `lpa: `. */
  readonly message: string;
  /** What else is known, a line each. */
  readonly lines?: readonly string[];
  /** What the user can do. */
  readonly remedy?: string | undefined;
}

export function explain(error: LpaError, _platform: NodeJS.Platform): Explanation {
  return { message: error.message, remedy: error.remedy };
}
