/**
 * A whole story by the built programs, with manners that differ in how the card is met, read and switched; the command line in
 * this process tells all of them (stories/stories.test.ts), and `npm run story -- --every-manner` does by the built programs.
 */
import { describe, test } from 'node:test';
import { tellByPrograms } from '../stories/built.ts';
import { MANNER_ROWS, type MannerRow } from '../stories/manners.ts';

// The slow one first: it waits, and the others have the time.
const TOLD = [
  ['slow-authenticate'],
  ['high-channels', '--pcsc'],
  ['aid-no-refresh'],
  ['deaf-until-reset', '--pcsc'],
  ['m2m', '--pcsc'],
  ['plain-uicc'],
] as const;

describe('whole stories', { concurrency: 3 }, () => {
  for (const [name, ...options] of TOLD) {
    const row: MannerRow = MANNER_ROWS[name];
    const how = [name, ...options].join(' ');
    test(`${how}: ${row.notOurs ? 'is told for what it is' : 'a whole story ends well'}`, { timeout: 120_000 }, async () => {
      await tellByPrograms(name, row, options);
    });
  }
});
