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
const { status } = spawnSync(
  process.execPath,
  ['--enable-source-maps', '--test', '--test-concurrency=2', '--test-reporter=spec', ...files],
  {
    stdio: 'inherit',
  },
);
process.exit(status ?? 1);
