/** One command, as data: what help shows, what it does, how its result reads. */

import type { OptionsOf, OptionTable } from '../terminal/option.ts';
import type { Paint } from '../terminal/style.ts';
import type { App } from './app.ts';

/** How a result may look on stdout. */
export interface Look {
  readonly paint: Paint;
  /** Of the terminal; absent where lines may be as long as they like. */
  readonly columns?: number;
}

export interface Command<O extends OptionTable = OptionTable, Args extends unknown[] = unknown[], Result = unknown> {
  /** As typed after `lpa`: `enable <profile>`. */
  readonly usage: string;
  /** A sentence without its full stop. */
  readonly summary: string;
  readonly details?: string;
  readonly examples: readonly string[];
  /** What each word in the usage is, by its name. */
  readonly arguments?: Readonly<Record<string, string>>;
  readonly options?: O;
  /** The result tells of a change, which `--quiet` leaves out. */
  readonly changes?: true;
  /** Ctrl-C is passed on to a session, which ends in good order; elsewhere it ends the process. */
  readonly session?: true;
  /** An activation code may be among its arguments; elsewhere one is a mistake, and not repeated. */
  readonly takesCode?: true;
  /** Makes sense with `--reader all`. */
  readonly everyReader?: true;
  run(app: App, options: OptionsOf<O>, ...args: Args): Promise<Result>;
  /** The result for people; safe to print. With `--json` it is not called: the result itself is printed. */
  text(result: Result, look: Look, options: OptionsOf<O>): string;
  /** What `--json` prints, where that is less than `text` shows. */
  json?(result: Result): unknown;
  /** Where a result can hold failures. */
  exitCode?(result: Result): number;
  /** What to type next, where something suggests itself. Of what changes nothing, only a person at a terminal is told. */
  next?(result: Result): string | undefined;
  /** What can wait until the result was shown: telling servers of a change. With `--json` its result is the one printed. */
  afterwards?(app: App, result: Result): Promise<Result>;
}

/** Any command: what the table of commands holds, its own types forgotten. */
export type AnyCommand = Command<any, any, any>;

/** Keeps the inferred types of a command literal. */
export const command = <const O extends OptionTable, Args extends unknown[], Result>(
  definition: Command<O, Args, Result>,
): Command<O, Args, Result> => definition;
