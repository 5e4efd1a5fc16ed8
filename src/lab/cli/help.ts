/** Help for the lab, from the tables of its commands. */

import type { OptionSpec } from '../../terminal/option.ts';
import { paragraph, twoColumns } from '../../terminal/wrap.ts';
import type { AnyLabCommand } from './command.ts';
import { COMMANDS, COMMON_OPTIONS, commandNamed } from './commands/index.ts';
import { TOPICS, type Topic } from './topics.ts';

const USUAL_COLUMNS = 80;
const MAX_COLUMNS = 100;

/** @throws {UsageError} for a word that is no command */
export async function labHelp(name: string | undefined, columns = USUAL_COLUMNS): Promise<string> {
  const width = Math.min(columns, MAX_COLUMNS);
  const lines = async (): Promise<string[]> => {
    if (name === undefined) return overview(width);
    const topic = Object.hasOwn(TOPICS, name) ? TOPICS[name] : undefined;
    return topic ? topicHelp(topic, width) : commandHelp(await commandNamed(name), width);
  };
  return (await lines()).join('\n');
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
    ...paragraph(`\`lpa-lab help <command>\` tells more of one. Topics: ${Object.keys(TOPICS).join(', ')}.`, width),
    ...paragraph(
      "Everything is kept in one folder: --state <dir>, LPA_LAB_STATE, or one below the user's state directory.",
      width,
    ),
  ];
}

function commandHelp(command: AnyLabCommand, width: number): string[] {
  const options = optionRows({ ...command.options, ...COMMON_OPTIONS });
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
  ];
}

export const topicHelp = async (topic: Topic, width: number): Promise<string[]> => [
  ...paragraph(topic.intro, width),
  '',
  `  ${topic.example}`,
  '',
  ...rows(await topic.rows(), width),
];

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
