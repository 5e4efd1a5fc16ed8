/** What is published holds what package.json promises, and nothing that only this checkout needs. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { promisify } from 'node:util';

const root = new URL('../../', import.meta.url);

test('the tarball has the commands, the library with its types, the man page, and no sources or tests', async () => {
  const { stdout } = await promisify(execFile)('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root });
  const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }];
  const paths = files.map(({ path }) => path);
  const { bin, man, exports } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
  for (const promised of [...Object.values<string>(bin), man, ...Object.values<string>(exports['.'])]) {
    assert.ok(paths.includes(promised.replace(/^\.\//, '')), `${promised} is not in it`);
  }
  const odd = paths.filter((path) => /^(src|test|tools)\/|^build\/(?!src\/.*\.d\.ts$)/.test(path));
  assert.deepEqual(odd, []);
});
