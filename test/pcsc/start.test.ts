/** A reader whose answers were too late for the driver: the daemon is started anew until it knows its readers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startPcscd } from '../../src/lab/readers/pcscd.ts';
import { readersOfDaemon } from '../../src/lab/readers/pcscd-readers.ts';
import { UsageError } from '../../src/lpa/errors.ts';
import { scriptedCard } from '../scripted-card.ts';

/** The driver opens a reader with so many commands: the firmware's name, twice the slot's state, and what it wants to be told. */
const OPENING = 5;

for (const lateMs of [150, 220, 450]) {
  test(`answers that take ${lateMs} ms while the reader is opened: the card is found all the same`, {
    timeout: 60_000,
  }, async () => {
    let starts = 0;
    const answerTakesMs = (n: number): number => {
      if (n === 1) starts += 1;
      return starts === 1 && n <= OPENING ? lateMs : 0;
    };
    await using daemon = await startPcscd([
      { name: 'Late', card: scriptedCard(), answerTakesMs },
      { name: 'Early', card: scriptedCard() },
    ]);
    const known = await readersOfDaemon(daemon.socketName);
    assert.deepEqual(
      known.filter(({ name }) => daemon.readers.includes(name)),
      [
        { name: 'Late 00 00', card: 'present' },
        { name: 'Early 01 00', card: 'present' },
      ],
    );
    assert.ok(starts > 1, 'the first daemon did not take it');
  });
}

test('where answers are always late it is said what the daemon knows', { timeout: 60_000 }, async () => {
  let starts = 0;
  const answerTakesMs = (n: number): number => {
    if (n === 1) starts += 1;
    return 450;
  };
  await assert.rejects(
    startPcscd([{ name: 'Late', card: scriptedCard(), answerTakesMs }], { triesMs: [1000, 1000] }),
    (error) => error instanceof UsageError && /^pcscd did not take its readers in 2 tries: /.test(error.message),
  );
  assert.equal(starts, 2);
});
