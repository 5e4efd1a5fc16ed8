/** Every target on what is kept of it, and on a few hundred inputs more; `npm run fuzz` goes on from there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { corpora, corpusOf } from './corpus.ts';
import { fuzz } from './run.ts';
import { TARGETS } from './targets/index.ts';

const RUNS = 300;
/** For those that take long, or on a machine that is busy, fewer. */
const MS = 4000;
const SEED = 20;

for (const target of TARGETS) {
  test(`${target.name}: no input brings anything but an error of its own, or takes long`, { timeout: 300_000 }, async (t) => {
    t.after(() => target.close?.());
    const kept = corpusOf(target.name);
    for (const { name, input } of kept) {
      await assert.doesNotReject(async () => target.run(input), `test/corpus/${target.name}/${name}`);
    }
    const report = await fuzz(target, { seed: SEED, runs: RUNS, ms: MS });
    t.diagnostic(
      `${kept.length} kept, ${report.runs} runs, ${report.outcomes} outcomes, slowest ${Math.round(report.slowestMs)} ms`,
    );
    if (report.found) {
      const { input, error } = report.found;
      assert.fail(`${Buffer.from(input).toString('hex')}: ${error instanceof Error ? error.stack : error}`);
    }
  });
}

test('what is kept belongs to a target', () => {
  const names = TARGETS.map(({ name }) => name);
  assert.deepEqual(
    corpora().filter((name) => !names.includes(name)),
    [],
  );
});

test('a seed repeats what was found', async () => {
  const sensitive = {
    name: 'sensitive',
    mutate: TARGETS[0]!.mutate,
    seeds: () => [new Uint8Array(8)],
    run(input: Uint8Array) {
      if (input.includes(0xbf) && input.length > 10) throw new RangeError('found');
      return `${input.length}`;
    },
  };
  const [first, second] = [await fuzz(sensitive, { seed: 7, runs: 20_000 }), await fuzz(sensitive, { seed: 7, runs: 20_000 })];
  assert.ok(first.found && second.found);
  assert.deepEqual([...first.found.input], [...second.found.input]);
  assert.equal(first.found.run, second.found.run);
  assert.equal(first.found.input.length, 11, 'and what is told is the shortest that shows it');
});
