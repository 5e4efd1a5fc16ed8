/**
 * Write docs/commands.md and the man page docs/lpa.1, from the tables that the parser and help read. `--check` writes nothing
 * and fails where they are behind.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { manPage } from './docs-man.mjs';
import { commandsPage } from './docs-markdown.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { ENTRIES } = await import('../build/src/cli/commands/index.js');
const { argumentRows, GROUPS } = await import('../build/src/cli/help/help.js');
const { globalOptionRows } = await import('../build/src/cli/option-list.js');
const { optionRow } = await import('../build/src/terminal/option-rows.js');
const { topicNamed, topicNames } = await import('../build/src/cli/help/topics.js');

const stripped = ([label, text]) => [label.trim(), text];
const commands = await Promise.all(
  ENTRIES.map(async ({ name, group, load }) => {
    const command = await load();
    return {
      name,
      group,
      usage: command.usage,
      summary: command.summary,
      details: command.details,
      examples: command.examples,
      arguments: argumentRows(command, name),
      options: Object.values(command.options ?? {}).map((spec) => stripped(optionRow(spec))),
    };
  }),
);
const book = {
  version: JSON.parse(readFileSync(`${root}/package.json`, 'utf8')).version,
  groups: GROUPS,
  commands,
  globalOptions: globalOptionRows().map(stripped),
  // `options` lists the same once more.
  topics: topicNames()
    .filter((name) => name !== 'options')
    .map((name) => ({ name, blocks: topicNamed(name) })),
};

const pages = { 'docs/commands.md': commandsPage(book), 'docs/lpa.1': manPage(book) };
const behind = Object.entries(pages).filter(([file, text]) => readOr(`${root}/${file}`) !== text);
if (process.argv.includes('--check')) {
  for (const [file] of behind) console.error(`${file} is behind the tables: npm run docs`);
  process.exit(behind.length > 0 ? 1 : 0);
}
for (const [file, text] of behind) {
  writeFileSync(`${root}/${file}`, text);
  console.log(`${file} written`);
}

function readOr(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // it is written for the first time
  }
}
