/** Memory and time are bounded, whatever comes: the worst inputs that are known, each in a process of its own. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { BOMBS } from './bombs.ts';

/** On a machine that has other things to do; alone it is three seconds for the largest pictures and one for the rest. */
const MAX_MS = 30_000;

const program = fileURLToPath(new URL('bomb-process.js', import.meta.url));

for (const [name, { mebibytes: limit, ends }] of Object.entries(BOMBS)) {
  test(`${name}: at most ${limit} MiB`, async (t) => {
    const { stdout } = await promisify(execFile)(process.execPath, [program, name], { timeout: 2 * MAX_MS });
    const { outcome, ms, mebibytes } = JSON.parse(stdout);
    t.diagnostic(`${outcome}: ${ms} ms, ${mebibytes} MiB`);
    assert.match(outcome, ends);
    assert.ok(ms < MAX_MS, `${ms} ms`);
    assert.ok(mebibytes < limit, `${mebibytes} MiB`);
  });
}
