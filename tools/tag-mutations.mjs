/**
 * Change one tag at a time in the tables of src/sgp22 and show that octets of others or the ASN.1 module notice it:
 * `npm run test:tags [-- --count 20 --seed N]`. Exit 1 unless every change is noticed.
 *
 * The tables of SGP.32 are left out: neither its module nor octets of its cards are at hand.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import ts from 'typescript';
import { randomOf } from '../build/test/fuzz/random.js';
import { compiledIn, copyOfBuild, root, transpiled } from './build-copy.mjs';

const TESTS = ['vectors', 'asn1-module'].map((name) => `build/test/sgp22/${name}.test.js`);
const LEFT_OUT = ['iot.ts', 'registry.ts'];
/** Where a tag stands: the argument of each function that takes one. */
const ARGUMENT = { field: 0, optional: 0, defaulted: 0, segment: 0, dataObject: 1 };
/** A test that does not come back has noticed too. */
const MAX_MS = 60_000;

const { values } = parseArgs({ options: { count: { type: 'string', default: '20' }, seed: { type: 'string' } } });
const seed = Number(values.seed ?? Date.now() % 1_000_000_000);
const count = Number(values.count);
if (!(count > 0) || !Number.isSafeInteger(seed)) throw new Error('--count and --seed take numbers');
const random = randomOf(seed);

const tags = readdirSync(join(root, 'src/lpa/sgp22'))
  .filter((name) => name.endsWith('.ts') && !LEFT_OUT.includes(name))
  .flatMap((name) => tagsIn(`lpa/sgp22/${name}`));
console.log(`seed ${seed}, ${Math.min(count, tags.length)} of ${tags.length} tags`);

const started = Date.now();
const copy = copyOfBuild();
let noticed = 0;
const changed = shuffled(tags).slice(0, count);
try {
  if (!passes()) throw new Error('the tests fail as they are');
  for (const tag of changed) {
    const other = anotherThan(tag.text);
    const path = compiledIn(copy, tag.file);
    const original = readFileSync(path, 'utf8');
    writeFileSync(path, transpiled(tag.file, tag.source.slice(0, tag.start) + other + tag.source.slice(tag.end)));
    const escaped = passes();
    writeFileSync(path, original);
    if (escaped) console.log(`NOT NOTICED  src/${tag.file}:${tag.line}: ${tag.text} changed to ${other}`);
    else noticed++;
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}
console.log(`${changed.length} tags changed in turn, ${noticed} noticed, ${Math.round((Date.now() - started) / 1000)} s`);
process.exitCode = noticed === changed.length ? 0 : 1;

/** Each tag of a module: the literal and its place. */
function tagsIn(file) {
  const source = readFileSync(join(root, 'src', file), 'utf8');
  const module = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);
  const found = [];
  const visit = (node) => {
    const literal = tagOf(node);
    if (literal) {
      const start = literal.getStart(module);
      const { line } = module.getLineAndCharacterOfPosition(start);
      found.push({ file, source, start, end: literal.end, text: literal.getText(module), line: line + 1 });
    }
    ts.forEachChild(node, visit);
  };
  visit(module);
  return found;
}

/** The literal of a tag in `field(0x80, ...)` and its like, in `{ tag: 0x81 }`, and in the list of tags to ask for. */
function tagOf(node) {
  const literal = ts.isCallExpression(node)
    ? node.arguments[ARGUMENT[node.expression.getText()] ?? Number.NaN]
    : ts.isPropertyAssignment(node)
      ? node.initializer
      : undefined;
  return literal && ts.isNumericLiteral(literal) && literal.getText().startsWith('0x') ? literal : undefined;
}

/** Another number in the same class, of the same form and length. */
function anotherThan(text) {
  const tag = Number(text);
  const others = [1, 2, 4, 8].map((bit) => tag ^ bit).filter((other) => other > 0xff || (other & 0x1f) !== 0x1f);
  return `0x${random.pick(others).toString(16)}`;
}

function shuffled(items) {
  const left = [...items];
  return items.map(() => left.splice(random.int(left.length), 1)[0]);
}

function passes() {
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
  return TESTS.every((file) => spawnSync(process.execPath, [file], { cwd: copy, env, timeout: MAX_MS }).status === 0);
}
