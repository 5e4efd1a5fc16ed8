/**
 * Run the unit tests on several versions of Node. Each version comes from npm, with its headers, into a folder under the
 * system's temporary folder, and stays there for the next run.
 *
 *     node tools/test-nodes.mjs [version ...]      20, 22 and 24 without one; 24.11.1 is a version too
 *
 * Native addons: pcsclite is compiled for one ABI of Node, the one that ran `tools/setup`, and does not load in another.
 * These tests need no addon, and `--no-addons` makes a test fail that loads one. The tests with a reader run on the Node of
 * this checkout alone (`npm test`).
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');
const FOLDERS = ['asn1', 'sgp22', 'saip', 'card', 'pki', 'es9', 'es10', 'procedures', 'explain'];
const versions = process.argv.length > 2 ? process.argv.slice(2) : ['20', '22', '24'];
const wrong = versions.find((version) => !/^\d+(\.\d+){0,2}$/.test(version));
if (wrong !== undefined) fail(`${wrong} is not a version of Node`);

if (!existsSync(join(ROOT, 'node_modules/typescript'))) run(join(ROOT, 'tools/setup'), []);
run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', ROOT]);

const files = FOLDERS.flatMap((folder) =>
  readdirSync(join(ROOT, 'build/test', folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.js'))
    .map((name) => join('build/test', folder, name)),
).sort();

const failed = versions.filter((version) => {
  const node = nodeOf(version);
  console.log(`\n# Node ${spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim()}: ${files.length} test files`);
  const options = ['--no-addons', '--enable-source-maps', '--test', '--test-concurrency=2', '--test-reporter=dot'];
  const { status } = spawnSync(node, [...options, ...files], { cwd: ROOT, stdio: 'inherit' });
  return status !== 0;
});
if (failed.length > 0) fail(`tests failed on Node ${failed.join(', ')}`);
console.log(`\nall unit tests pass on Node ${versions.join(', ')}`);

/** The executable of a version, installed where it is missing. */
function nodeOf(version) {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const name = `node-${platform}-${process.arch}`;
  const folder = join(tmpdir(), `lpa-node-${version}`);
  const node = join(folder, 'node_modules', name, 'bin', platform === 'win' ? 'node.exe' : 'node');
  if (!existsSync(node)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"private":true}\n');
    const npm = platform === 'win' ? 'npm.cmd' : 'npm';
    run(npm, ['install', '--no-audit', '--no-fund', '--prefix', folder, `${name}@${version}`], { shell: platform === 'win' });
  }
  return node;
}

function run(command, argv, options = {}) {
  const { status, error } = spawnSync(command, argv, { stdio: 'inherit', ...options });
  if (status !== 0) fail(`${command} ${argv.join(' ')}: ${error?.message ?? `exit code ${status}`}`);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
