/** argv against the tables of options: which command is meant, and what it was given. commander does the parsing. */
import { Command as Commander, CommanderError, Option } from 'commander';
import { UsageError } from '../errors.ts';
import type { AnyCommand } from './command.ts';
import { flagsOf, type OptionTable, takesValue } from './option.ts';
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

/**
 * What argv gives to the arguments (in commander's syntax) and to the options of a table, by their names in it.
 *
 * @param help where the usage stands: the remedy of every error
 * @throws {UsageError}
 */
export function parseWords(
  words: readonly string[],
  table: OptionTable,
  argv: readonly string[],
  help: string,
): { readonly args: readonly unknown[]; readonly given: Readonly<Record<string, unknown>> } {
  const program = new Commander()
    .helpOption(false)
    .helpCommand(false)
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({ writeOut: () => {}, writeErr: () => {} });
  for (const word of words) program.argument(word);
  for (const spec of Object.values(table)) program.addOption(optionOf(spec));
  try {
    program.parse(argv as string[], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) throw usageError(error, help);
    throw error;
  }
  const given = valuesOf(table, program.opts());
  refuseSwallowed(table, given, help);
  // `processedArgs` has a place for each argument; those that may be left out are undefined.
  return { args: program.processedArgs, given };
}

/** `enable <profile>` without its name: the arguments. */
export const wordsOfUsage = (usage: string, name: string): string[] =>
  usage
    .slice(name.length)
    .split(' ')
    .filter((word) => /^[<[]/.test(word));

function optionOf(spec: OptionTable[string]): Option {
  const option = new Option(spec.flags, spec.text);
  if (spec.choices) option.choices([...spec.choices]);
  if (spec.repeat) option.argParser((value: string, earlier: string[] | undefined) => [...(earlier ?? []), value]);
  return option;
}

/** commander files `--no-x` as x = false; here each option stands under its own name and is absent unless given. */
function valuesOf(table: OptionTable, given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(table).flatMap(([name, spec]) => {
      const option = new Option(spec.flags);
      const value = given[option.attributeName()];
      if (option.negate) return value === false ? [[name, true]] : [];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** `--reader --json`: the value was forgotten, and the next option taken for it. */
function refuseSwallowed(table: OptionTable, given: Readonly<Record<string, unknown>>, help: string): void {
  const flags = new Set(Object.values(table).flatMap((spec) => flagsOf(spec)));
  for (const [name, value] of Object.entries(given)) {
    const swallowed = [value].flat().find((each) => typeof each === 'string' && flags.has(each));
    if (swallowed !== undefined) {
      throw new UsageError(`option '${table[name]?.flags}' argument missing: ${swallowed} is an option itself`, { remedy: help });
    }
  }
}

function usageError(error: CommanderError, help: string): UsageError {
  const [problem = '', ...more] = error.message.replace(/^error: /, '').split('\n');
  const meant = /Did you mean (.+)\?\)/.exec(more.join(' '))?.[1];
  const [, expected, got] = /^too many arguments.* Expected (\d+) .* got (\d+)/.exec(problem) ?? [];
  if (expected !== undefined) {
    const what = expected === '0' ? 'it takes no arguments' : `too many arguments: ${got}, and it takes ${expected}`;
    return new UsageError(what, { remedy: expected === '0' ? help : `several words that are one stand in quotes; ${help}` });
  }
  return new UsageError(
    // `--confirmation-cod=1234`: the value stays out of the error.
    problem
      .replace(/^(unknown option '[^=]*)=.*'/s, "$1'")
      .replace(/\.$/, '')
      .replace(/^./, (letter) => letter.toLowerCase()),
    {
      remedy: meant ? `did you mean ${meant}? ${help}` : help,
    },
  );
}
