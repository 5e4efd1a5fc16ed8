/** Help, from the tables of commands, options and topics. Examples come first: they are what people look for. */

import type { OptionTable } from '../../terminal/option.ts';
import { optionRow, type Row } from '../../terminal/option-rows.ts';
import { wordsOfUsage } from '../../terminal/parse-options.ts';
import { paragraph, twoColumns } from '../../terminal/wrap.ts';
import type { AnyCommand } from '../command.ts';
import { commandNamed, type Group, type Registry } from '../registry.ts';
import { type Block, topicNamed, topicNames } from './topics.ts';

const USUAL_COLUMNS = 80;
const MAX_COLUMNS = 100;

/**
 * Help for nothing in particular, for a command, or for a topic.
 *
 * @throws {UsageError} with a suggestion for a word that is neither
 */
export async function helpFor(registry: Registry, words: readonly string[], columns = USUAL_COLUMNS): Promise<string> {
  const width = Math.min(columns, MAX_COLUMNS);
  const [first] = words;
  if (first === undefined) return overview(registry, width);
  const topic = topicNamed(first);
  if (topic && !registry.some(({ name }) => name === first)) return topicHelp(topic, width);
  const { entry } = commandNamed(registry, words, `topics are ${topicNames().join(', ')}`);
  const help = commandHelp(registry, await entry.load(), entry.name, width);
  return topic ? `${help}\n\n${topicHelp(topic, width)}` : help;
}

export const GROUPS: readonly Group[] = ['Profiles', 'eUICC and readers', 'Tools'];

async function overview(registry: Registry, width: number): Promise<string> {
  const commands = await Promise.all(registry.map(async (entry) => ({ ...entry, command: await entry.load() })));
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

function commandHelp(registry: Registry, command: AnyCommand, name: string, width: number): string {
  const own: OptionTable = command.options ?? {};
  const verbs = registry.filter((entry) => entry.name.startsWith(`${name} `));
  const args = argumentRows(command, name);
  const options = Object.values(own).map(optionRow);
  const left = widest([...args, ...options]);
  const section = (title: string, rows: readonly Row[]): string[] =>
    rows.length === 0 ? [] : ['', `${title}:`, ...columnsOf(rows, width, left)];
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

/** What each word of the usage is. */
export const argumentRows = (command: AnyCommand, name: string): Row[] =>
  wordsOfUsage(command.usage, name).map((word) => [word, command.arguments?.[word.replace(/[<>[\]]|\.\.\./g, '')] ?? '']);

function topicHelp(blocks: readonly Block[], width: number): string {
  return blocks
    .map((block) => {
      if (typeof block === 'string') return paragraph(block, width).join('\n');
      return 'literal' in block ? `  ${block.literal}` : columnsOf(block.rows, width).join('\n');
    })
    .join('\n\n');
}

const widest = (rows: readonly Row[]): number => Math.max(0, ...rows.map(([label]) => label.length));

const columnsOf = (rows: readonly Row[], width: number, left = widest(rows)): string[] =>
  rows.flatMap(([label, text]) => twoColumns(label, text, left, width));
