/**
 * Remove each check of test/mutations.mjs from the compiled code in turn, and show that the test it names fails:
 * `npm run test:mutations [-- word ...]`, the words being looked for in a check's name and file. Exit 1 unless every one is caught.
 *
 * The work is done in copies of build/, several checks at a time: much of a test is waiting. First all named tests run on the code as it is: a test that
 * fails then, or that there is not, proves nothing.
 */
import { spawn } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { MUTATIONS } from '../test/mutations.mjs';
import { compiledIn, copyOfBuild, root, transpiled } from './build-copy.mjs';

/** A test that does not come back has noticed too. */
const MAX_MS = 60_000;

const words = process.argv.slice(2).map((word) => word.toLowerCase());
const chosen = MUTATIONS.filter(({ row, check, file }) =>
  words.every((word) => `${row} ${check} ${file}`.toLowerCase().includes(word)),
);
if (chosen.length === 0) throw new Error('no check has these words');

const started = Date.now();
const mutants = chosen.map((each) => ({ ...each, code: mutated(each) }));
const copies = Array.from({ length: 2 * availableParallelism() }, copyOfBuild);
const problems = [];
try {
  const files = [...new Set(mutants.map(({ test: [file] }) => file))];
  await shared(files, copies, async (file, copy) => {
    const here = mutants.filter(({ test }) => test[0] === file);
    const ran = await run(
      copy,
      file,
      here.map(({ test }) => test[1]),
    );
    for (const each of here) {
      const { passed, failed } = about(ran, each.test[1]);
      if (failed.length > 0) each.broken = `the test fails as it is: ${failed[0]}`;
      else if (passed.length === 0) each.broken = `no test of that name ran: ${each.test[1]}`;
    }
  });
  await shared(mutants, copies, async (mutant, copy) => {
    const verdict = mutant.broken ?? (await removed(mutant, copy));
    if (verdict !== undefined) problems.push(`${nameOf(mutant)}: ${verdict}`);
    if (verdict !== undefined || words.length > 0) console.log(`${verdict ?? 'caught'}  ${nameOf(mutant)}`);
  });
} finally {
  for (const copy of copies) rmSync(copy, { recursive: true, force: true });
}
const seconds = Math.round((Date.now() - started) / 1000);
console.log(`${chosen.length} checks removed in turn, ${chosen.length - problems.length} noticed, ${seconds} s`);
process.exitCode = problems.length > 0 ? 1 : 0;

/** @returns what is wrong; undefined when the named test failed */
async function removed({ file, code, test: [testFile, name] }, copy) {
  const path = compiledIn(copy, file);
  const original = readFileSync(path, 'utf8');
  writeFileSync(path, code);
  try {
    const ran = await run(copy, testFile, [name]);
    const { failed, passed } = about(ran, name);
    if (failed.length > 0 || ran.endless) return undefined;
    return passed.length > 0 ? 'NOT NOTICED' : `the tests do not run without it:\n${ran.output.slice(0, 1000)}`;
  } finally {
    writeFileSync(path, original);
  }
}

/** The module without its check. The text has to stand there once, so that nobody takes another line for it. */
function mutated(mutant) {
  const { file, from, to } = mutant;
  const source = readFileSync(join(root, 'src', file), 'utf8');
  const found = source.split(from).length - 1;
  if (found !== 1) throw new Error(`${nameOf(mutant)}: the text stands in src/${file} ${found} times: ${from}`);
  return transpiled(
    file,
    source.replace(from, () => to),
  );
}

/** Run the tests of one file whose names hold one of `names`. */
function run(copy, file, names) {
  const patterns = names.map((name) => `--test-name-pattern=${name.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')}`);
  const compiled = join(copy, 'build/test', file.replace(/\.ts$/, '.js'));
  return new Promise((done, reject) => {
    const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
    const child = spawn(process.execPath, ['--test-reporter=tap', ...patterns, compiled], { cwd: copy, env });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    }
    let endless = false;
    const timer = setTimeout(() => {
      endless = true;
      child.kill('SIGKILL');
    }, MAX_MS);
    child.on('error', reject);
    child.on('close', () => {
      clearTimeout(timer);
      done({ endless, output, tests: testsIn(output) });
    });
  });
}

/** What TAP says: every test by name, and whether it passed. Those that the pattern left out are not there. */
function testsIn(output) {
  return [...output.matchAll(/^ *(not )?ok \d+ - (.*)$/gm)]
    .map(([, not, name]) => ({ ok: not === undefined, name: name.replace(/\\(.)/g, '$1') }))
    .filter(({ name }) => !/ # SKIP/.test(name));
}

function about({ tests }, name) {
  const here = tests.filter((test) => test.name.includes(name));
  return {
    passed: here.filter(({ ok }) => ok).map(({ name }) => name),
    failed: here.filter(({ ok }) => !ok).map(({ name }) => name),
  };
}

function nameOf({ row, check }) {
  return `${row}: ${check}`;
}

/** Each item once, one at a time in each place. */
async function shared(items, places, work) {
  const left = [...items];
  await Promise.all(
    places.map(async (place) => {
      for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item, place);
    }),
  );
}
