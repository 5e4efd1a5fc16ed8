import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ENTRIES } from '../../src/cli/commands/index.ts';
import { type CompletedOption, completionTree, type Place } from '../../src/cli/completion/tree.ts';
import { lpa } from './harness.ts';
import { completionsOf, type Shell } from './shells.ts';

const SHELLS: readonly Shell[] = ['bash', 'zsh', 'fish'];
const scriptOf = async (shell: Shell): Promise<string> => (await lpa(['completion', shell])).out;

const cwd = mkdtempSync(join(tmpdir(), 'lpa-completion-'));
after(() => rmSync(cwd, { recursive: true }));
writeFileSync(join(cwd, 'a code.png'), '');
writeFileSync(join(cwd, 'ci.pem'), '');
mkdirSync(join(cwd, 'icons'));

const sorted = (words: readonly string[]): string[] => [...words].sort();
const wordsIn = (place: Place | undefined): string[] => (typeof place === 'object' ? place.words.map(({ word }) => word) : []);

test('every command, verb, topic and shell is completed, in real bash, zsh and fish', async () => {
  const { spots } = await completionTree(ENTRIES);
  const withWords = spots.filter(({ next }) => typeof next === 'object');
  const lines = withWords.map(({ path }) => (path === '' ? 'lpa ' : `lpa ${path} `));
  for (const shell of SHELLS) {
    const found = await completionsOf(shell, await scriptOf(shell), lines, cwd);
    for (const [i, { path, next }] of withWords.entries()) {
      assert.deepEqual(sorted(found[i] ?? []), sorted(wordsIn(next)), `${shell}: lpa ${path}`);
    }
  }
  const top = wordsIn(spots.find(({ path }) => path === '')?.next);
  assert.deepEqual(
    top,
    ENTRIES.map(({ name }) => name).filter((name) => !name.includes(' ')),
  );
});

test('every option is completed behind its command, and the global ones everywhere, in real bash, zsh and fish', async () => {
  const { spots, globalOptions } = await completionTree(ENTRIES);
  const long = (options: readonly CompletedOption[]): string[] => options.map(({ flags }) => flags.at(-1) ?? '');
  const lines = spots.map(({ path }) => `lpa ${path === '' ? '' : `${path} `}--`);
  for (const shell of SHELLS) {
    const found = await completionsOf(shell, await scriptOf(shell), lines, cwd);
    for (const [i, { path, options }] of spots.entries()) {
      assert.deepEqual(sorted(found[i] ?? []), sorted(long([...globalOptions, ...options])), `${shell}: lpa ${path} --`);
    }
  }
});

test('every value that an option may have is completed, in real bash, zsh and fish', async () => {
  const { spots, globalOptions } = await completionTree(ENTRIES);
  const valued = [{ path: '', options: globalOptions }, ...spots].flatMap(({ path, options }) =>
    options.filter(({ value }) => typeof value === 'object').map((option) => ({ path, option })),
  );
  assert.deepEqual(sorted([...new Set(valued.map(({ option }) => option.flags.at(-1) ?? ''))]), [
    '--accept-rules',
    '--as',
    '--color',
    '--progress',
  ]);
  const lines = valued.map(({ path, option }) => `lpa ${path} ${option.flags.at(-1)} `.replace('  ', ' '));
  for (const shell of SHELLS) {
    const found = await completionsOf(shell, await scriptOf(shell), lines, cwd);
    for (const [i, { option }] of valued.entries()) {
      assert.deepEqual(sorted(found[i] ?? []), sorted(wordsIn(option.value)), `${shell}: ${lines[i]}`);
    }
  }
});

/** What is typed, and what each shell makes of its last word. */
const LINES: readonly (readonly [string, readonly string[]])[] = [
  ['lpa dow', ['download']],
  ['lpa profile ena', ['enable']],
  ['lpa --json --reader tcp:localhost:4711 noti', ['notifications']],
  ['lpa notifications --json rem', ['remove']],
  ['lpa list --progress js', ['json']],
  ['lpa list --wi', ['--wide']],
  ['lpa download --ca ci', ['ci.pem']],
  ['lpa list --icons ic', ['icons/']],
];

test('a word that was begun is completed, behind global options and their values too', async () => {
  for (const shell of SHELLS) {
    const found = await completionsOf(
      shell,
      await scriptOf(shell),
      LINES.map(([line]) => line),
      cwd,
    );
    // A folder may be taken as it is, or as the way to what is in it.
    const plain = found.map((words) => words.map((word) => (word === 'icons' ? 'icons/' : word)));
    assert.deepEqual(
      plain,
      LINES.map(([, words]) => words),
      shell,
    );
  }
});

test('a value that stands behind = is completed', async () => {
  for (const shell of SHELLS) {
    const [found] = await completionsOf(shell, await scriptOf(shell), ['lpa list --color=al'], cwd);
    assert.deepEqual(found, ['--color=always'], shell);
  }
});

test('files are offered where a picture or a file can stand, and nowhere else', async () => {
  for (const shell of SHELLS) {
    const [picture, profile] = await completionsOf(shell, await scriptOf(shell), ['lpa download a', 'lpa enable a'], cwd);
    assert.deepEqual(picture, ['a code.png'], shell);
    // bash and zsh leave what was typed as it is.
    assert.deepEqual(profile, shell === 'fish' ? [] : ['a'], shell);
  }
});

test('an option means the same wherever it stands', async () => {
  const { spots, globalOptions } = await completionTree(ENTRIES);
  const places = new Map<string, string>();
  for (const { flags, value } of [...globalOptions, ...spots.flatMap(({ options }) => options)]) {
    for (const flag of flags) {
      const place = JSON.stringify(value ?? 'none');
      assert.equal(places.get(flag) ?? place, place, flag);
      places.set(flag, place);
    }
  }
});

test('another shell is a usage error, and the script can be had as JSON', async () => {
  const { code, err } = await lpa(['completion', 'tcsh']);
  assert.deepEqual([code, err.split('\n')[0]], [2, 'lpa: a script for which shell? bash, zsh or fish']);
  const { out } = await lpa(['completion', 'fish', '--json']);
  assert.equal(`${JSON.parse(out).script}\n`, await scriptOf('fish'));
});
