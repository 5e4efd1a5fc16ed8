/** Every fault at every step of a procedure, and the page that says what came of it. UPDATE_DOCS=1 writes it. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Cell, cellOf, openGround } from './cell.ts';
import { ALL_FAULTS } from './fault.ts';
import type { Procedure } from './procedure.ts';
import { labelOf } from './step.ts';
import { pageOf, type Row } from './table.ts';

// From build/test/matrix.
export const PAGES = fileURLToPath(new URL('../../../docs/fault-matrix', import.meta.url));

/** Write a page, or compare it with what is there. */
export function keep(name: string, text: string): void {
  const path = join(PAGES, name);
  if (process.env['UPDATE_DOCS']) {
    mkdirSync(PAGES, { recursive: true });
    writeFileSync(path, text);
  }
  const there = readFileSync(path, 'utf8').split('\n');
  const differing = text.split('\n').flatMap((line, i) => (line === there[i] ? [] : [`- ${there[i]}\n+ ${line}`]));
  const [first] = differing;
  assert.ok(
    first === undefined && there.length === text.split('\n').length,
    `docs/fault-matrix/${name} is not what the tests say (\`npm run matrix\`), first at\n${first ?? 'its end'}`,
  );
}

export function matrixOf(procedure: Procedure): void {
  test(`${procedure.name}: every fault at every step has an end that is known`, { timeout: 600_000 }, async (t) => {
    await using ground = await openGround(procedure);
    const rows: Row[] = [];
    for (const step of ground.steps) {
      await t.test(labelOf(step), async () => {
        const cells: Cell[] = [];
        const wrong: string[] = [];
        for (const fault of ALL_FAULTS) {
          try {
            const cell = await cellOf(ground, step, fault);
            const { ends, left, next } = 'outcome' in cell ? cell.outcome : { ends: cell.because, left: '-', next: '-' };
            assert.ok(ends !== '' && left !== '' && next !== '', 'the cell is empty');
            cells.push(cell);
          } catch (error) {
            wrong.push(`${fault.side} ${fault.name}: ${error instanceof Error ? error.message : String(error)}`);
          }
        }
        assert.deepEqual(wrong, []);
        rows.push({ step, cells });
      });
    }
    assert.equal(rows.length, ground.steps.length);
    keep(`${procedure.name.replaceAll(' ', '-')}.md`, pageOf(procedure, ground.outcome, ground.before, rows));
  });
}
