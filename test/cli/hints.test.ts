import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ENTRIES } from '../../src/cli/commands/index.ts';
import { topicNames } from '../../src/cli/help/topics.ts';
import { GLOBAL_OPTIONS } from '../../src/cli/settings.ts';
import type { OptionTable } from '../../src/terminal/option.ts';
import { flagsOf } from '../../src/terminal/option.ts';
import { lpa } from './harness.ts';

const SOURCES = join(import.meta.dirname, '../../../src');

const files = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.startsWith('lab'))
    .map((name) => join(dir, name));

test('hints name only commands and options that exist', async () => {
  const names = new Set(ENTRIES.map(({ name }) => name));
  const topics = new Set(topicNames());
  const options = new Set(
    (await Promise.all(ENTRIES.map(({ load }) => load())))
      .flatMap((command) => Object.values((command.options ?? {}) as OptionTable))
      .concat(Object.values(GLOBAL_OPTIONS))
      .flatMap((spec) => flagsOf(spec)),
  );
  const wrong: string[] = [];
  for (const file of files(SOURCES)) {
    const text = readFileSync(file, 'utf8').replaceAll(/^\s*(\/\*\*|\*|\/\/).*$/gm, '');
    for (const [, words = ''] of text.matchAll(/\\?`lpa ([a-z][^`$<\\]*)/g)) {
      const [first = '', second = '', third = ''] = words.trim().split(' ');
      const pair = `${first} ${second}`;
      const isHelp =
        first === 'help' && (second === '' || names.has(second) || topics.has(second) || names.has(`${second} ${third}`));
      if (!isHelp && !names.has(pair) && !names.has(first)) wrong.push(`${file}: lpa ${words}`);
    }
    if (/\/(cli|failures|inspect)\//.test(file)) {
      for (const [flag] of text.matchAll(/(?<=[\s'`(])--[a-z][a-z-]+/g)) {
        // Options of other programs and of V8, and the negated flag of commander.
        if (!options.has(flag) && !['--kill', '--no-x', '--liftoff-only'].includes(flag)) wrong.push(`${file}: ${flag}`);
      }
    }
  }
  assert.deepEqual(wrong, []);
});

test('every command has examples of itself', async () => {
  for (const { name, load } of ENTRIES) {
    const command = await load();
    assert.ok(command.examples.length > 0, name);
    for (const example of command.examples) assert.ok(example.includes(`lpa ${name}`), example);
  }
});

test('every command and topic has its help, in at most 100 columns', async () => {
  for (const words of [[], ...ENTRIES.map(({ name }) => name.split(' ')), ...topicNames().map((name) => [name])]) {
    const { code, out, err } = await lpa(['help', ...words]);
    assert.deepEqual([code, err], [0, ''], words.join(' '));
    const long = out.split('\n').filter((line) => line.length > 100 && !line.startsWith('  '));
    assert.deepEqual(long, []);
  }
});
