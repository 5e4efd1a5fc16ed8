/** argv against a table of options and arguments. commander does the parsing. */
import { Command as Commander, CommanderError, Option } from 'commander';
import { UsageError } from '../lpa/errors.ts';
import { flagsOf, type OptionTable } from './option.ts';

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
