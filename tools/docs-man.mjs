/** docs/lpa.1: the man page, in the man macros that groff and mandoc know. */

export function manPage({ version, groups, commands, globalOptions, topics }) {
  const topic = (name) => topics.find((each) => each.name === name).blocks;
  const others = topics.filter(({ name }) => !['exit-codes', 'environment'].includes(name));
  return `${[
    '.\\" Made by npm run docs, from the tables that lpa itself reads.',
    `.TH LPA 1 "" "lpa ${version}" "User Commands"`,
    '.nh',
    '.ad l',
    '.SH NAME',
    'lpa \\- manage the profiles of an eSIM card (GSMA SGP.22)',
    '.SH SYNOPSIS',
    '.B lpa',
    '.I command',
    '.RI [ options ]',
    '.SH DESCRIPTION',
    text(
      'lpa is a Local Profile Assistant: it downloads profiles from RSP servers to an eSIM card in a reader, lists, enables, ' +
        'disables, renames and deletes them, and tells the servers of it. Whatever cannot be taken back is asked first.',
    ),
    '.PP',
    text('The result stands on stdout. Progress, questions, warnings and errors go to stderr.'),
    ...groups.flatMap((group) => [`.SH ${heading(group)}`, ...commands.filter((each) => each.group === group).flatMap(section)]),
    '.SH OPTIONS',
    text('They may stand anywhere after lpa.'),
    ...rows(globalOptions),
    '.SH EXIT STATUS',
    ...blockLines(topic('exit-codes')),
    '.SH ENVIRONMENT',
    ...blockLines(topic('environment')),
    ...others.flatMap(({ name, blocks }) => [`.SH ${heading(name.replaceAll('-', ' '))}`, ...blockLines(blocks)]),
    '.SH SEE ALSO',
    text('`lpa help <command>`, `lpa help <topic>`; lpa-lab is a card and servers in software, to try everything with.'),
  ].join('\n')}\n`;
}

function section({ usage, summary, details, examples, arguments: args, options }) {
  return [
    `.SS "${escaped(`lpa ${usage}`, true)}"`,
    text(`${summary}.`),
    ...(details ? ['.PP', text(details)] : []),
    ...rows([...args, ...options]),
    ...literal(examples),
  ];
}

const blockLines = (blocks) =>
  blocks.flatMap((block, i) => {
    if (typeof block === 'string') return [...(i === 0 ? [] : ['.PP']), text(block)];
    return 'literal' in block ? literal([block.literal]) : rows(block.rows);
  });

const rows = (list) =>
  list.flatMap(([label, meaning]) => ['.TP', `.B ${escaped(label.replaceAll('`', ''), true)}`, text(meaning)]);
const literal = (lines) => ['.PP', '.RS 4', '.nf', ...lines.map((line) => guarded(escaped(line, true))), '.fi', '.RE'];
const heading = (words) => words.toUpperCase();

/** Words, with what stands between backticks in bold. */
const text = (words) =>
  guarded(
    words
      .split(/(`[^`]*`)/)
      .map((part) => (part.startsWith('`') ? `\\fB${escaped(part.slice(1, -1), true)}\\fR` : escaped(part, /^-|\s-/.test(part))))
      .join(''),
  );

/** @param asTyped hyphens, quotes and accents are those of a terminal, not of print */
function escaped(words, asTyped) {
  const safe = words.replaceAll('\\', '\\e').replaceAll('"', '\\(dq');
  return asTyped
    ? safe
        .replaceAll('-', '\\-')
        .replaceAll("'", '\\(aq')
        .replaceAll('`', '\\(ga')
        .replaceAll('~', '\\(ti')
        .replaceAll('^', '\\(ha')
    : safe;
}

/** A line that begins with a dot or a quote would be a request. */
const guarded = (line) => line.replace(/^[.']/, '\\&$&');
