/** Help for the lab, from the tables of its commands. */
import { paragraph, twoColumns } from '../cli/fill.ts';
import type { OptionSpec } from '../cli/option.ts';
import { COMMANDS, COMMON_OPTIONS, commandNamed } from './cli.ts';
import type { AnyLabCommand } from './command.ts';

const USUAL_COLUMNS = 80;
const MAX_COLUMNS = 100;

/** @throws {UsageError} for a word that is no command */
export async function labHelp(name: string | undefined, columns = USUAL_COLUMNS): Promise<string> {
  const width = Math.min(columns, MAX_COLUMNS);
  return (name === undefined ? await overview(width) : await commandHelp(await commandNamed(name), width)).join('\n');
}

async function overview(width: number): Promise<string[]> {
  const commands = await Promise.all(Object.values(COMMANDS).map((load) => load()));
  return [
    ...paragraph(
      'lpa-lab is an eSIM card and the servers to it, in software: what lpa, or any other LPA, needs for a whole download without a card or an operator.',
      width,
    ),
    '',
    'Begin with:',
    '  lpa-lab run -- lpa info',
    '  lpa-lab run -- lpa download "$(lpa-lab order --name Alpha)" --yes',
    '  lpa-lab run -- lpa list',
    '',
    'Commands:',
    ...rows(
      commands.map((command) => [command.name, command.summary]),
      width,
    ),
    '',
    ...paragraph(
      "`lpa-lab help <command>` tells more of one. Everything is kept in one folder: --state <dir>, LPA_LAB_STATE, or one of the lab's own.",
      width,
    ),
  ];
}

export async function commandHelp(command: AnyLabCommand, width: number): Promise<string[]> {
  const options = optionRows({ ...command.options, ...COMMON_OPTIONS });
  const lists = (await command.lists?.()) ?? [];
  return [
    ...paragraph(`${command.summary}.`, width),
    '',
    `Usage: lpa-lab ${usageOf(command)}`,
    '',
    'Examples:',
    ...command.examples.map((line) => `  ${line}`),
    ...(command.details ?? []).flatMap((text) => ['', ...paragraph(text, width)]),
    '',
    'Options:',
    ...rows(options, width),
    ...lists.flatMap(({ title, rows: names }) => ['', `${title}:`, ...rows(names, width)]),
  ];
}

export const usageOf = ({ name, words }: AnyLabCommand): string => `${name} [options]${words ? ` ${words}` : ''}`;

export const optionRows = (table: Readonly<Record<string, OptionSpec>>): (readonly [string, string])[] =>
  Object.values(table).map(({ flags, text, env }) => [
    flags.startsWith('--') ? `    ${flags}` : flags,
    env ? `${text} [${env}]` : text,
  ]);

function rows(pairs: readonly (readonly [string, string])[], width: number): string[] {
  const left = Math.max(0, ...pairs.map(([label]) => label.length));
  return pairs.flatMap(([label, text]) => twoColumns(label, text, left, width));
}
