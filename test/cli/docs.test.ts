/** The man page and docs/commands.md say what the tables say, and `man` reads the page without a complaint. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ENTRIES } from '../../src/cli/commands/index.ts';

// From build/test/cli.
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

const run = (command: string, ...args: readonly string[]) => {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: ROOT,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8', MANWIDTH: '80', MANPAGER: 'cat' },
  });
  if (error) throw new Error(`${command}: ${error.message}; tools/check installs it`, { cause: error });
  return { status, stdout, stderr };
};

test('docs/commands.md and docs/lpa.1 are what the tables make of them', () => {
  assert.deepEqual(run(process.execPath, 'tools/docs.mjs', '--check'), { status: 0, stdout: '', stderr: '' });
});

test('man renders the page without a warning, and every command, exit code and variable is in it', () => {
  const { status, stdout, stderr } = run('man', '--warnings', '-E', 'UTF-8', '-l', 'docs/lpa.1');
  assert.deepEqual([status, stderr], [0, '']);
  for (const { name } of ENTRIES) assert.match(stdout, new RegExp(`^   lpa ${name}\\b`, 'm'));
  for (const words of ['NAME', 'EXIT STATUS', 'LPA_READER', "lpa download 'LPA:1$smdp.example.com$MATCHING-ID'"]) {
    assert.ok(stdout.includes(words), words);
  }
  const long = stdout.split('\n').filter((line) => line.length > 80);
  // Examples stand as they are typed.
  assert.deepEqual(
    long.filter((line) => !/^ {11}/.test(line)),
    [],
  );
});

test('groff finds no fault in it with every warning on', () => {
  const { status, stderr } = run('groff', '-man', '-Tutf8', '-ww', '-z', '-rCHECKSTYLE=3', 'docs/lpa.1');
  assert.deepEqual([status, stderr], [0, '']);
});

test('the package says where its man page is', () => {
  const { man, files } = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8'));
  assert.deepEqual([man, files.includes('docs')], ['./docs/lpa.1', true]);
});
