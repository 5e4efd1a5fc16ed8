import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CardError } from '../../src/lpa/errors.ts';
import { lpa, scriptedLink } from './harness.ts';
import { ALPHA, BETA, listed } from './profiles.ts';

const CARDS: Readonly<Record<string, string>> = { One: listed(ALPHA), Two: listed(BETA) };
const readers = [...Object.keys(CARDS), 'Empty', 'Held'].map((name) => ({ name, present: name !== 'Empty' }));
const doors = (held: CardError) => ({
  async openLink({ reader = '' }: { readonly reader?: string | undefined }) {
    const list = CARDS[reader];
    if (list === undefined) throw held;
    return scriptedLink({ BF2D: list }, reader);
  },
});
const noEuicc = new CardError('Held: the card has no ISD-R', { problem: 'noEuicc' });

test('--reader all asks every card; one that is no eUICC is no failure', async () => {
  const { code, out } = await lpa(['list', '--reader', 'all'], { readers, doors: doors(noEuicc) });
  assert.equal(
    out,
    `\
One
ICCID                STATE     NAME   PROVIDER    CLASS
8949000000000000011  disabled  Alpha  Lab Mobile  operational

Two
ICCID                STATE    NAME  PROVIDER    CLASS
8949000000000000029  enabled  Plan  Lab Mobile  operational

Held
Held: the card has no ISD-R
`,
  );
  assert.equal(code, 0);
});

test('--reader all --json: an entry a reader, and the exit code of the first card that failed', async () => {
  const busy = new CardError('Held: another program holds the card', { problem: 'busy' });
  const { code, out } = await lpa(['list', '--reader', 'all', '--json'], { readers, doors: doors(busy) });
  const [one, , held] = JSON.parse(out);
  assert.deepEqual([one.reader, one.result[0].iccid], ['One', ALPHA.iccid]);
  assert.deepEqual([held.reader, held.error.code, held.error.problem], ['Held', 'card', 'busy']);
  assert.equal(code, 3);
});

test('--reader all is refused where one card is meant', async () => {
  const { code, err } = await lpa(['enable', 'Alpha', '--reader', 'all'], { readers, doors: doors(noEuicc) });
  assert.deepEqual([code, err], [2, 'lpa: this command wants one reader, not "all"\nhint: `lpa readers` lists them\n']);
});
