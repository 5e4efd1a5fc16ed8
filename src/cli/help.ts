/** Help, from the tables of commands, options and topics. Examples come first: they are what people look for. */
import type { AnyCommand } from './command.ts';
import { commandNamed, ENTRIES, type Group } from './commands/index.ts';
import { paragraph, twoColumns } from './fill.ts';
import type { OptionTable } from './option.ts';
import { optionRow } from './option-list.ts';
import { wordsOfUsage } from './parse.ts';
import { topicNamed, topicNames } from './topics.ts';

const USUAL_COLUMNS = 80;
const MAX_COLUMNS = 100;

/**
 * Help for nothing in particular, for a command, or for a topic.
 *
 * @throws {UsageError} with a suggestion for a word that is neither
 */
export async function helpFor(words: readonly string[], columns = USUAL_COLUMNS): Promise<string> {
  const width = Math.min(columns, MAX_COLUMNS);
  const [first] = words;
  if (first === undefined) return overview(width);
  const topic = topicNamed(first);
  if (topic && !ENTRIES.some(({ name }) => name === first)) return topic(width);
  const { entry } = commandNamed(words);
  const help = commandHelp(await entry.load(), entry.name, width);
  return topic ? `${help}\n\n${topic(width)}` : help;
}

const GROUPS: readonly Group[] = ['Profiles', 'eUICC and readers', 'Tools'];

async function overview(width: number): Promise<string> {
  const commands = await Promise.all(ENTRIES.map(async (entry) => ({ ...entry, command: await entry.load() })));
  const shown = commands.filter(({ name }) => !name.includes(' '));
  const left = Math.max(...shown.map(({ command }) => command.usage.length));
  return [
    'lpa manages the profiles of an eSIM card (GSMA SGP.22).',
    '',
    'Usage: lpa <command> [options]',
    ...GROUPS.flatMap((group) => [
      '',
      `${group}:`,
      ...shown
        .filter((entry) => entry.group === group)
        .flatMap(({ command }) => twoColumns(command.usage, command.summary, left, width)),
    ]),
    '',
    ...paragraph('`lpa help <command>` tells more of one; `lpa help options` lists the options that all of them take.', width),
    ...paragraph(`Topics: ${topicNames().join(', ')}.`, width),
  ].join('\n');
}

function commandHelp(command: AnyCommand, name: string, width: number): string {
  const own: OptionTable = command.options ?? {};
  const verbs = ENTRIES.filter((entry) => entry.name.startsWith(`${name} `));
  const args = wordsOfUsage(command.usage, name).map((word) => {
    const bare = word.replace(/[<>[\]]|\.\.\./g, '');
    return [word, command.arguments?.[bare] ?? ''] as const;
  });
  const options = Object.values(own).map(optionRow);
  const left = Math.max(0, ...[...args, ...options].map(([label]) => label.length));
  const section = (title: string, rows: readonly (readonly [string, string])[]): string[] =>
    rows.length === 0 ? [] : ['', `${title}:`, ...rows.flatMap(([label, text]) => twoColumns(label, text, left, width))];
  return [
    ...paragraph(`${command.summary}.`, width),
    '',
    `Usage: lpa ${command.usage}${options.length > 0 ? ' [options]' : ''}`,
    '',
    'Examples:',
    ...command.examples.map((line) => `  ${line}`),
    ...(command.details ? ['', ...paragraph(command.details, width)] : []),
    ...section('Arguments', args),
    ...section('Options', options),
    ...(verbs.length > 0
      ? ['', ...paragraph(`See also: ${verbs.map((verb) => `lpa help ${verb.name}`).join(', ')}.`, width)]
      : []),
    '',
    ...paragraph('`lpa help options` lists the options that every command takes.', width),
  ].join('\n');
}
