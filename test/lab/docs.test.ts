/** docs/lab.md lists every name that the lab takes. UPDATE_DOCS=1 writes them there. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { COMMANDS } from '../../src/lab/cli/commands/index.ts';
import { TOPICS } from '../../src/lab/cli/topics.ts';
import { PROFILE_TYPES } from '../../src/lab/smdp/stock.ts';

// From build/test/lab.
const DOC = fileURLToPath(new URL('../../../docs/lab.md', import.meta.url));

async function withTables(text: string): Promise<string> {
  let filled = text;
  for (const [name, topic] of Object.entries(TOPICS)) {
    const rows = (await topic.rows()).map(([label, meaning]) => `| \`${label}\` | ${meaning.replaceAll('|', '\\|')} |`);
    const pattern = new RegExp(`<!-- ${name} -->\n[^]*?<!-- end -->`);
    assert.match(text, pattern);
    filled = filled.replace(pattern, () => [`<!-- ${name} -->`, '| name | |', '|---|---|', ...rows, '<!-- end -->'].join('\n'));
  }
  return filled;
}

test('the manners and faults in docs/lab.md are those of the tables', async () => {
  const text = readFileSync(DOC, 'utf8');
  const filled = await withTables(text);
  if (process.env['UPDATE_DOCS']) writeFileSync(DOC, filled);
  assert.ok(process.env['UPDATE_DOCS'] || text === filled, 'docs/lab.md is behind; UPDATE_DOCS=1 npm test -- lab/docs');
});

test('docs/lab.md names the profile types of ES2+', () => {
  const [, types = ''] = /^Profile types are (.*?);/m.exec(readFileSync(DOC, 'utf8')) ?? [];
  assert.deepEqual(
    [...types.matchAll(/`([\w-]+)`/g)].map(([, name]) => name),
    Object.keys(PROFILE_TYPES),
  );
});

test('docs/lab.md tells of every command, and of none that is not', () => {
  const told = [...readFileSync(DOC, 'utf8').matchAll(/^\| `lpa-lab (\w+)/gm)].map(([, name]) => name);
  assert.deepEqual(new Set(told), new Set(Object.keys(COMMANDS)));
});
