/** argv of `lpa`: which command is meant, and the values of its own and of the global options. */

import { flagsOf, type OptionTable, takesValue } from '../terminal/option.ts';
import { parseWords, wordsOfUsage } from '../terminal/parse-options.ts';
import type { AnyCommand } from './command.ts';
import { GLOBAL_OPTIONS, type GlobalOptions } from './settings.ts';

/**
 * The words of argv that are no global option, up to `count`, and argv without the first `taken` of them. A command's own
 * options stand after its name, so only global ones can hide a word.
 */
export function wordsIn(argv: readonly string[], count: number): { readonly words: string[]; without(taken: number): string[] } {
  const valued = new Set(
    Object.values(GLOBAL_OPTIONS)
      .filter(takesValue)
      .flatMap((option) => flagsOf(option)),
  );
  const at: number[] = [];
  for (let i = 0; i < argv.length && at.length < count; i++) {
    const arg = argv[i] ?? '';
    if (arg === '--') break;
    if (valued.has(arg)) i += 1;
    else if (!arg.startsWith('-') || arg === '-') at.push(i);
    else if (at.length > 0 && !isGlobal(arg)) break; // a command's own option: what follows may be its value
  }
  return {
    words: at.map((i) => argv[i] ?? ''),
    without: (taken) => argv.filter((_, i) => !at.slice(0, taken).includes(i)),
  };
}

const isGlobal = (arg: string): boolean =>
  Object.values(GLOBAL_OPTIONS).some((option) => flagsOf(option).includes(arg.replace(/=.*/, '')));

export interface Parsed {
  readonly args: readonly unknown[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly global: GlobalOptions;
}

/** @throws {UsageError} */
export function parse(command: AnyCommand, name: string, argv: readonly string[]): Parsed {
  const own: OptionTable = command.options ?? {};
  const help = `\`lpa help ${name}\` shows the usage`;
  const { args, given } = parseWords(wordsOfUsage(command.usage, name), { ...GLOBAL_OPTIONS, ...own }, argv, help);
  return {
    args,
    options: pick(own, given),
    global: pick(GLOBAL_OPTIONS, given) as GlobalOptions, // by the same table
  };
}

const pick = (table: OptionTable, given: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(given).filter(([name]) => name in table));
