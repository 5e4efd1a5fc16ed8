/** What may be typed after `lpa`, from the tables of commands, options and topics: what each shell's script is made of. */

import { flagsOf, type OptionSpec, type OptionTable, takesValue } from '../../terminal/option.ts';
import { wordsOfUsage } from '../../terminal/parse-options.ts';
import { topicNames } from '../help/topics.ts';
import type { Registry } from '../registry.ts';
import { GLOBAL_OPTIONS } from '../settings.ts';

export interface Word {
  readonly word: string;
  readonly summary: string;
}

export interface CompletedOption {
  /** `-r`, `--reader`. */
  readonly flags: readonly string[];
  readonly summary: string;
  /** Absent: it is a switch. */
  readonly value?: Place;
}

/** What stands at a place: one of some words, a file, a folder, or what no shell can know. */
export type Place = { readonly words: readonly Word[] } | 'file' | 'folder' | 'unknown';

/** A place in the line: after which words, and what may follow. */
export interface Spot {
  /** `notifications remove`; empty at the start. */
  readonly path: string;
  readonly next: Place;
  /** The command's own. */
  readonly options: readonly CompletedOption[];
}

export interface CompletionTree {
  readonly spots: readonly Spot[];
  readonly globalOptions: readonly CompletedOption[];
}

/** Placeholders of usages that a file can stand for. */
const ARGUMENTS: Readonly<Record<string, Place>> = { code: 'file', thing: 'file', 'plan.csv': 'file' };
/** Those of options. */
const VALUES: Readonly<Record<string, Place>> = { file: 'file', dir: 'folder' };

export async function completionTree(registry: Registry): Promise<CompletionTree> {
  const commands = await Promise.all(registry.map(async ({ name, load }) => ({ name, command: await load() })));
  const isVerb = (name: string): boolean => name.includes(' ');
  const top: Word[] = commands
    .filter(({ name }) => !isVerb(name))
    .map(({ name, command }) => ({ word: name, summary: command.summary }));
  const topics: Word[] = topicNames()
    .filter((name) => !top.some(({ word }) => word === name))
    .map((word) => ({ word, summary: 'a topic' }));
  const verbsOf = (name: string): Word[] =>
    commands
      .filter((entry) => entry.name.startsWith(`${name} `))
      .map((entry) => ({ word: entry.name.slice(name.length + 1), summary: entry.command.summary }));
  const spotsOf = async ({ name, command }: (typeof commands)[number]): Promise<Spot[]> => {
    const verbs = verbsOf(name);
    const own = await completed(command.options ?? {});
    const [first] = wordsOfUsage(command.usage, name);
    const next: Place =
      name === 'help'
        ? { words: [...top, ...topics] }
        : verbs.length > 0
          ? { words: verbs }
          : first === undefined
            ? 'unknown'
            : argumentPlace(first);
    return [
      { path: name, next, options: own },
      // `lpa help notifications send`
      ...(verbs.length > 0 ? [{ path: `help ${name}`, next: { words: verbs }, options: [] }] : []),
    ];
  };
  return {
    spots: [{ path: '', next: { words: top }, options: [] }, ...(await Promise.all(commands.map(spotsOf))).flat()],
    globalOptions: await completed(GLOBAL_OPTIONS),
  };
}

const completed = (table: OptionTable): Promise<CompletedOption[]> =>
  Promise.all(
    Object.values(table).map(async (spec) => ({
      flags: flagsOf(spec),
      summary: spec.text,
      ...(takesValue(spec) && { value: await valuePlace(spec) }),
    })),
  );

async function valuePlace(spec: OptionSpec): Promise<Place> {
  const words = spec.choices ?? (await spec.offers?.());
  return words ? wordsAlone(words) : (VALUES[bare(spec.flags.replace(/^.* /, ''))] ?? 'unknown');
}

/** `<bash|zsh|fish>` says itself what it may be. */
function argumentPlace(placeholder: string): Place {
  const name = bare(placeholder);
  return name.includes('|') ? wordsAlone(name.split('|')) : (ARGUMENTS[name] ?? 'unknown');
}

const bare = (placeholder: string): string => placeholder.replace(/[<>[\]]|\.\.\./g, '');
const wordsAlone = (words: readonly string[]): Place => ({ words: words.map((word) => ({ word, summary: '' })) });

/** Options of all commands and the global ones, each once: a flag means the same wherever it stands. */
export function allOptions({ spots, globalOptions }: CompletionTree): CompletedOption[] {
  const byFlag = new Map<string, CompletedOption>();
  for (const option of [...globalOptions, ...spots.flatMap(({ options }) => options)]) {
    const flag = option.flags.at(-1) ?? '';
    if (!byFlag.has(flag)) byFlag.set(flag, option);
  }
  return [...byFlag.values()];
}

/** In single quotes for sh and its kin: nothing in it is expanded. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
