/** Where a profile for an eUICC may be pending: the places that the eUICC lists, and what each of them answers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CancelledError, LpaError, NetworkError } from '../../src/lpa/errors.ts';
import { Isdr } from '../../src/lpa/es10/isdr.ts';
import { discover, placesOn } from '../../src/lpa/procedures/discovery.ts';
import { deviceInfoOf, type Lpa } from '../../src/lpa/procedures/lpa.ts';
import { CLOSE, OPEN, scriptedCard } from '../transcript.ts';

/** EuiccConfiguredAddressesResponse of SGP.22 v3.1: automatic tags, so the third field is A2. */
const addresses = (octets: string): string => `
  > 81 E2 91 00 03 BF3C 00 00
  < ${octets} 9000`;
const AB = '03 612E62'; // a.b
const EVERY_PLACE = addresses(`BF3C 20 80 ${AB} 81 03 632E64 A2 14 0C 03 652E66 0C 00 0C ${AB} 0C 06 67 2E 68 3A 34 34`);

/** Servers that nothing can be sent to; `asked` gets each address. */
async function lpaWithout(script: string, asked: string[], failure: () => Error): Promise<Lpa> {
  return {
    isdr: await Isdr.open(scriptedCard(OPEN + script + CLOSE)),
    servers: {
      post: async () => {
        throw new Error('a request without a connection');
      },
      connect(address) {
        asked.push(address);
        throw failure();
      },
      trustOf: () => undefined,
    },
    device: deviceInfoOf(),
  };
}

const refused = (): Error => new NetworkError('down', { problem: 'refused' });

test('placesOn lists the additional root SM-DS addresses after the first, and no empty address', async () => {
  await using isdr = await Isdr.open(scriptedCard(OPEN + EVERY_PLACE + CLOSE));
  assert.deepEqual(await placesOn(isdr), { defaultDpAddress: 'a.b', smds: ['c.d', 'e.f', 'a.b', 'g.h:44'] });
});

test('placesOn lists nothing for a card whose addresses are empty', async () => {
  await using isdr = await Isdr.open(scriptedCard(OPEN + addresses('BF3C 04 80 00 81 00') + CLOSE));
  assert.deepEqual(await placesOn(isdr), { smds: [] });
});

test('discover asks the default SM-DP+ first, then each SM-DS, although each one fails', async () => {
  const asked: string[] = [];
  const lpa = await lpaWithout(EVERY_PLACE, asked, refused);
  await using _ = lpa.isdr;
  const { found, failed, unreached, places } = await discover(lpa);
  assert.deepEqual(asked, ['a.b', 'c.d', 'e.f', 'a.b', 'g.h:44']);
  assert.deepEqual([found, failed, places], [[], [], 5]);
  assert.deepEqual(
    unreached.map(({ address, error }) => [address, error.code]),
    asked.map((address) => [address, 'network']),
  );
});

test('discover asks the places that it is given, and does not ask the eUICC for others', async () => {
  const asked: string[] = [];
  const lpa = await lpaWithout('', asked, refused);
  await using _ = lpa.isdr;
  assert.equal((await discover(lpa, { smds: ['x.y'] })).places, 1);
  assert.deepEqual(asked, ['x.y']);
});

test('discover ends at a cancellation, at Ctrl-C and at an error of the program', async () => {
  const ends: [failure: () => Error, aborted: boolean, expected: object][] = [
    [() => new CancelledError('postponed'), false, { code: 'cancelled' }],
    [refused, true, { code: 'cancelled' }],
    [() => new RangeError('a bug'), false, { name: 'RangeError' }],
  ];
  for (const [failure, aborted, expected] of ends) {
    const asked: string[] = [];
    const signal = aborted ? AbortSignal.abort() : new AbortController().signal;
    const lpa = { ...(await lpaWithout('', asked, failure)), signal };
    await using _ = lpa.isdr;
    await assert.rejects(discover(lpa, { defaultDpAddress: 'a.b', smds: ['c.d'] }), expected);
    assert.deepEqual(asked, ['a.b']);
  }
});

test('a place that is no host is not asked: an error of its own, and the next place is asked', async () => {
  const asked: string[] = [];
  const lpa = await lpaWithout('', asked, refused);
  await using _ = lpa.isdr;
  const { unreached } = await discover(lpa, { defaultDpAddress: '127.0.0.1', smds: [' c.d '] });
  assert.deepEqual(asked, ['c.d']);
  assert.ok(unreached.every(({ error }) => error instanceof LpaError));
  assert.deepEqual(
    unreached.map(({ address, error }) => [address, error.code]),
    [
      ['127.0.0.1', 'trust'],
      [' c.d ', 'network'],
    ],
  );
});
