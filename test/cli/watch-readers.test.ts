import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex } from '../../src/lpa/bytes.ts';
import type { ReaderState } from '../../src/lpa/card/pcsc/pcsc.ts';
import { CardError } from '../../src/lpa/errors.ts';
import { lpa, scriptedLink } from './harness.ts';

const EID = '89049032123451234512345678901235';
const ATR = '3B9F96803FC7828031E073FE211B57AA8660F0020001FD';
const OTHER_ATR = '3B00';
const reader = (name: string, atr?: string): ReaderState => ({
  name,
  present: atr !== undefined,
  ...(atr && { atr: fromHex(atr) }),
});

/** These states, one after the other; then the service ends. */
async function* states(...all: (readonly ReaderState[])[]): AsyncGenerator<readonly ReaderState[]> {
  yield* all;
  throw new CardError('the PC/SC service does not run', { problem: 'noService' });
}

const doors = (...all: (readonly ReaderState[])[]) => ({
  watchReaders: () => states(...all),
  openLink: async () => scriptedLink({ BF3E: `BF3E125A10${EID}` }),
});

test('readers --watch tells what is there, then what comes and goes, and fails when the service ends', async () => {
  const { code, out, err } = await lpa(['readers', '--watch'], {
    doors: doors(
      [reader('A 00'), reader('B\x1b[2J', ATR)],
      [reader('A 00', ATR), reader('B\x1b[2J', ATR)],
      [reader('A 00', ATR)],
      [reader('A 00', OTHER_ATR)],
      [reader('A 00')],
    ),
  });
  assert.equal(code, 3);
  assert.match(err, /^lpa: the PC\/SC service does not run\n/);
  assert.equal(
    out,
    `\
reader added    A 00
reader added    B\\x1B[2J
card inserted   B\\x1B[2J  consumer eUICC  ${EID}
card inserted   A 00  consumer eUICC  ${EID}
card removed    B\\x1B[2J
reader removed  B\\x1B[2J
card removed    A 00
card inserted   A 00  consumer eUICC  ${EID}
card removed    A 00
`,
  );
});

test('readers --watch --json prints an object a line', async () => {
  const { out } = await lpa(['readers', '--watch', '--json'], { doors: doors([reader('A 00', ATR)], []) });
  assert.deepEqual(
    out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
    [
      { event: 'readerAdded', name: 'A 00' },
      { event: 'cardInserted', name: 'A 00', atr: ATR, kind: 'consumer', eid: EID },
      { event: 'cardRemoved', name: 'A 00' },
      { event: 'readerRemoved', name: 'A 00' },
    ],
  );
});

test('a reader state that comes without an ATR is no other card', async () => {
  const { out } = await lpa(['readers', '--watch'], {
    doors: doors([reader('A 00', ATR)], [{ name: 'A 00', present: true }], [reader('A 00', ATR)]),
  });
  assert.equal(out.split('\n').length, 3);
});

test('a card at a socket is not watched', async () => {
  const { code, err } = await lpa(['readers', '--watch', '--reader', 'tcp:127.0.0.1:1'], { doors: doors() });
  assert.equal(code, 2);
  assert.match(err, /only readers of the PC\/SC service are watched/);
});
