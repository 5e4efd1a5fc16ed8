/**
 * Run the compiled tests: all, or those whose path holds one of the words given. Fails where pcsclite is not there: the
 * tests are of the whole thing.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

try {
  createRequire(import.meta.url)('pcsclite');
} catch (error) {
  console.error(`pcsclite did not load: ${error.message.split('\n')[0]}`);
  console.error('run tools/check, which installs libpcsclite-dev and builds it');
  process.exit(1);
}
const words = process.argv.slice(2);
const files = readdirSync('build/test', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.js') && (words.length === 0 || words.some((word) => name.includes(word))))
  .map((name) => join('build/test', name))
  .sort();
if (files.length === 0) {
  console.error('no test file matches');
  process.exit(1);
}
const node = (...args) => spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1;
const PASSED = 'build/passed.jsonl';
const reporters = ['spec', 'stdout', './tools/passed-reporter.mjs', PASSED].map((word, i) =>
  i % 2 === 0 ? `--test-reporter=${word}` : `--test-reporter-destination=${word}`,
);
const status = node('--enable-source-maps', '--test', '--test-concurrency=2', ...reporters, ...files);
if (status !== 0 || words.length > 0) process.exit(status);
// All of them passed: is docs/conformance.md what they show?
process.exit(node('tools/conformance.mjs', '--check', PASSED));
