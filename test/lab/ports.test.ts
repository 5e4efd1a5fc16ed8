/** The ports of labs: chosen once, and no two labs choose the same. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openLabFile } from '../../src/lab/state/folder.ts';

const home = mkdtempSync(join(tmpdir(), 'lab-test-'));
after(() => rmSync(home, { recursive: true }));

const folder = (name: string): string => {
  const dir = join(home, name);
  mkdirSync(dir);
  return dir;
};

test('labs that are made at the same moment choose different ports', async () => {
  // 300 out of 12,000 by chance alone: some would meet 97 times in 100.
  const made = await Promise.all(Array.from({ length: 60 }, (_, i) => openLabFile(folder(`lab${i}`))));
  const ports = made.flatMap((lab) => Object.values(lab.ports));
  assert.equal(new Set(ports).size, 300);
});

test('a lab keeps its ports', async () => {
  const dir = folder('kept');
  const first = await openLabFile(dir);
  assert.deepEqual(await openLabFile(dir), first);
  assert.deepEqual((await openLabFile(dir, { smdp: 4433 })).ports, { ...first.ports, smdp: 4433 });
  assert.equal((await openLabFile(dir)).ports.smdp, 4433);
});
