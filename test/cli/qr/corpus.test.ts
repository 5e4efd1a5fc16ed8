import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCodes } from '../../../src/cli/input/picture/decode.ts';
import { UsageError } from '../../../src/lpa/errors.ts';
import { corpus } from './corpus.ts';

test(`of ${corpus.length} pictures at least 95 of 100 are read, none is misread, and none takes two seconds`, async (t) => {
  assert.ok(corpus.length >= 100);
  const missed: string[] = [];
  const misread: string[] = [];
  let slowest = { name: '', ms: 0 };
  for (const { name, texts, file } of corpus) {
    const bytes = await file();
    // Time of the processor, which other programs at work do not change.
    const before = process.cpuUsage();
    try {
      const codes = await readCodes(bytes);
      // One of two codes without the other would be used without a question.
      if (codes.toSorted().join('\n') !== [...new Set(texts)].sort().join('\n')) misread.push(name);
    } catch (error) {
      assert.ok(error instanceof UsageError, String(error));
      missed.push(name);
    }
    const { user, system } = process.cpuUsage(before);
    const ms = (user + system) / 1000;
    if (ms > slowest.ms) slowest = { name, ms };
  }
  t.diagnostic(
    `${corpus.length - missed.length} of ${corpus.length} read, missed: ${missed.join(', ') || 'none'}; slowest ${slowest.ms.toFixed()} ms (${slowest.name})`,
  );
  assert.deepEqual(misread, []);
  assert.ok(missed.length <= 0.05 * corpus.length, missed.join(', '));
  assert.ok(slowest.ms < 2000, `${slowest.name}: ${slowest.ms} ms`);
});
