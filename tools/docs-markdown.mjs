/** docs/commands.md: every command, option and topic. */

export const commandsPage = ({ groups, commands, globalOptions, topics }) =>
  `${[
    '# Commands',
    '',
    'Made by `npm run docs` from the tables that `lpa` itself reads; `lpa help <command>` shows the same.',
    '',
    '| command | what it does |',
    '|---|---|',
    ...commands.map(({ name, usage, summary }) => row([`[${code(`lpa ${usage}`)}](#${anchor(`lpa ${name}`)})`, prose(summary)])),
    '',
    'Every command takes the [global options](#global-options). ' +
      `Topics: ${topics.map(({ name }) => `[${title(name)}](#${anchor(title(name))})`).join(', ')}.`,
    ...groups.flatMap((group) => ['', `## ${group}`, ...commands.filter((each) => each.group === group).flatMap(section)]),
    '',
    '## Global options',
    '',
    'They may stand anywhere after `lpa`.',
    '',
    ...table(['option', 'meaning'], globalOptions),
    ...topics.flatMap(({ name, blocks }) => ['', `## ${title(name)}`, ...blocks.flatMap((block) => ['', ...blockLines(block)])]),
  ].join('\n')}\n`;

function section({ name, usage, summary, details, examples, arguments: args, options }) {
  return [
    '',
    `### lpa ${name}`,
    '',
    `${prose(summary)}.`,
    '',
    '```text',
    `lpa ${usage}${options.length > 0 ? ' [options]' : ''}`,
    '```',
    ...(details ? ['', prose(details)] : []),
    ...(args.length > 0 ? ['', ...table(['argument', 'meaning'], args)] : []),
    ...(options.length > 0 ? ['', ...table(['option', 'meaning'], options)] : []),
    '',
    'Examples:',
    '',
    '```sh',
    ...examples,
    '```',
  ];
}

function blockLines(block) {
  if (typeof block === 'string') return [prose(block)];
  return 'literal' in block ? ['```text', block.literal, '```'] : table(['', ''], block.rows);
}

const table = (head, rows) => [
  row(head),
  '|---|---|',
  ...rows.map(([label, text]) => row([code(label.replaceAll('`', '')), prose(text)])),
];

const row = (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
const code = (text) => `\`${text}\``;
const title = (name) => (name === 'json' ? 'JSON' : `${name[0].toUpperCase()}${name.slice(1)}`.replaceAll('-', ' '));
const anchor = (heading) => heading.toLowerCase().replaceAll(' ', '-');

/** What stands between backticks stays; elsewhere no word is taken for a tag or a mark. */
const prose = (text) =>
  text
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith('`') ? part : part.replace(/[<>*_[\]]/g, '\\$&')))
    .join('');
