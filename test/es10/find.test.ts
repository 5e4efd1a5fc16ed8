import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toHex } from '../../src/lpa/bytes.ts';
import type { Card } from '../../src/lpa/card/card.ts';
import { CardError } from '../../src/lpa/errors.ts';
import { openIsdr } from '../../src/lpa/es10/open-isdr.ts';
import { CLOSE, OPEN, scriptedCard } from '../transcript.ts';

const GREET = `
  > 80 AA 00 00 07 A9 05 81 00 83 01 07
  < 9000`;
const select = (aid: string, answer: string): string => `
  > 00 70 00 00 01
  < 01 9000
  > 01 A4 04 00 10 ${aid} 00
  < ${answer}`;
const GSMA = 'A0000005591010FFFFFFFF8900000100';

test('a consumer eUICC says so in its FCI, and no further command is spent', async () => {
  await using found = await openIsdr(scriptedCard(OPEN + CLOSE));
  assert.equal(found.kind, 'consumer');
});

test('the known AIDs are tried in turn, GSMA first, each on a channel that is given back', async () => {
  const aids = [
    GSMA,
    'A0000005591010FFFFFFFF8900050500',
    'A0000005591010000000008900000300',
    'A0000005591010FFFFFFFF8900000177',
    'A000000559104C696E6B736669656C64',
    'A0000006281010FFFFFFFF8900000100',
    'A06573746B6D65FFFF4953442D522030',
    'A06573746B6D65FFFF4953442D522031',
    'A06573746B6D65FFFFFFFF4953442D52',
  ];
  const missing = aids.slice(0, -1).map((aid) => select(aid, '6A82') + CLOSE);
  await using found = await openIsdr(
    scriptedCard(GREET + missing.join('') + select(aids.at(-1)!, 'E0 05 82 03 020103 9000') + CLOSE),
  );
  assert.equal(toHex(found.isdr.aid), aids.at(-1));
});

test('an IoT eUICC is told by E1', async () => {
  await using found = await openIsdr(scriptedCard(GREET + select(GSMA, '6F 08 84 00 E1 04 80 02 0780 9000') + CLOSE));
  assert.equal(found.kind, 'iot');
});

test('a card that says nothing in its FCI, or nonsense, is asked for its EID', async () => {
  for (const fci of ['', 'E082', '6F 02 84 05']) {
    await using found = await openIsdr(
      scriptedCard(`${GREET}${select(GSMA, `${fci} 9000`)}
        > 81 E2 91 00 06 BF3E 03 5C 01 5A 00
        < BF3E 12 5A 10 89049032123451234512345678901235 9000
        ${CLOSE}`),
    );
    assert.equal(found.kind, 'consumer');
  }
});

test('an M2M card answers to the same AID and is told apart, with its EID from the ECASD', async () => {
  const card = scriptedCard(`${GREET}${select(GSMA, '9000')}
    > 81 E2 91 00 06 BF3E 03 5C 01 5A 00
    < 6A88
    > 00 70 00 00 01
    < 02 9000
    > 02 A4 04 00 10 A0000005591010FFFFFFFF8900000200 00
    < 9000
    > 82 CA 00 5A 00
    < 5A 10 89049032123451234512345678901235 9000
    > 00 70 80 02
    < 9000`);
  await assert.rejects(openIsdr(card), {
    name: 'CardError',
    problem: 'm2m',
    message: 'scripted card: an M2M eUICC (SGP.02), EID 89049032123451234512345678901235',
  });
});

test('a plain UICC has no ISD-R under any AID; a given AID is tried alone', async () => {
  const ecasd = select('A0000005591010FFFFFFFF8900000200', '6A82');
  const card = scriptedCard(GREET + select('A0000000000000000000000000000001', '6A82') + CLOSE + ecasd + CLOSE);
  await assert.rejects(openIsdr(card, { aid: 'A0000000000000000000000000000001' }), {
    problem: 'noEuicc',
    message: 'scripted card: the card has no ISD-R: a plain UICC',
  });
});

test('an eUICC whose ISD-R has another AID is told from a plain UICC by its ECASD', async () => {
  const card = scriptedCard(`${GREET}${select('A0000000000000000000000000000001', '6A82')}${CLOSE}
    ${select('A0000005591010FFFFFFFF8900000200', '9000')}
    > 81 CA 00 5A 00
    < 5A 10 89049032123451234512345678901235 9000
    ${CLOSE}`);
  await assert.rejects(openIsdr(card, { aid: 'A0000000000000000000000000000001' }), {
    problem: 'noEuicc',
    message: 'scripted card: an eUICC, EID 89049032123451234512345678901235, whose ISD-R has none of the AIDs that were tried',
    remedy: 'its maker can tell the AID of its ISD-R: give it with --aid, and please report it',
  });
});

/** Status words to SELECT that say that there is no such application, or that it cannot be selected. */
const NO_APPLICATION = ['6A82', '6A80', '6A86', '6985', '6999', '6D00', '6E00', '6F00'];

for (const sw of NO_APPLICATION) {
  test(`${sw} to SELECT of the first AID: the next AID is tried`, async () => {
    // A SELECT that is refused as if there were no channel is repeated on the basic one.
    const basic = ['6999', '6D00', '6E00'].includes(sw) ? `\n  > 00 A4 04 00 10 ${GSMA} 00\n  < ${sw}` : '';
    const card = scriptedCard(
      GREET + select(GSMA, sw) + CLOSE + basic + select('A0000005591010FFFFFFFF8900050500', 'E0 05 82 03 020103 9000') + CLOSE,
    );
    await using found = await openIsdr(card);
    assert.equal(toHex(found.isdr.aid), 'A0000005591010FFFFFFFF8900050500');
  });
}

test('a status word that says more than "no such application" ends the search', async () => {
  const card = scriptedCard(GREET + select(GSMA, '6983') + CLOSE);
  await assert.rejects(openIsdr(card), { name: 'StatusWordError', message: 'SELECT ISD-R: status word 6983' });
});

test('an EID of the ECASD counts only with 16 octets', async () => {
  for (const [what, octets] of [
    ['one short', '5A 0F 890490321234512345123456789012'],
    ['one more', '5A 11 8904903212345123451234567890123500'],
    ['empty', '5A 00'],
  ] as const) {
    const card = scriptedCard(`${GREET}${select(GSMA, '9000')}
      > 81 E2 91 00 06 BF3E 03 5C 01 5A 00
      < 6A88
      > 00 70 00 00 01
      < 02 9000
      > 02 A4 04 00 10 A0000005591010FFFFFFFF8900000200 00
      < 9000
      > 82 CA 00 5A 00
      < ${octets} 9000
      > 00 70 80 02
      < 9000`);
    const expected = { problem: 'm2m', eid: undefined, message: 'scripted card: an M2M eUICC (SGP.02)' };
    await assert.rejects(openIsdr(card), expected, what);
  }
});

test('an ATR with the eUICC bit tells an eUICC whose ISD-R has another AID from a plain UICC', async () => {
  const aid = 'A0000000000000000000000000000001';
  const ecasd = select('A0000005591010FFFFFFFF8900000200', '6A82');
  // The ATRs of the tests of Android: with the eUICC bit of TB after T=15, and with that bit clear.
  for (const [atr, message] of [
    ['3F979580BFFE8210428031A073BE211797', 'an eUICC, whose ISD-R has none of the AIDs that were tried'],
    ['3F979580BFFE8110428031A073BE211797', 'the card has no ISD-R: a plain UICC'],
  ] as const) {
    const card = { ...scriptedCard(GREET + select(aid, '6A82') + CLOSE + ecasd + CLOSE), atr: fromHex(atr) };
    await assert.rejects(openIsdr(card, { aid }), { problem: 'noEuicc', message: `scripted card: ${message}` });
  }
});

const M2M_QUESTION = `${GREET}${select(GSMA, '9000')}
  > 81 E2 91 00 06 BF3E 03 5C 01 5A 00`;
const NO_ECASD = `
  > 00 70 00 00 01
  < 02 9000
  > 02 A4 04 00 10 A0000005591010FFFFFFFF8900000200 00
  < 6A82
  > 00 70 80 02
  < 9000`;

test('a card that answers the question for its EID with nothing, or with octets that are no EID, is an M2M eUICC', async () => {
  for (const answer of ['9000', 'BF3E 00 9000', '5A 00 9000']) {
    const card = scriptedCard(`${M2M_QUESTION}\n< ${answer}${NO_ECASD}`);
    await assert.rejects(openIsdr(card), { problem: 'm2m', message: 'scripted card: an M2M eUICC (SGP.02)' }, answer);
  }
});

test('a card that is removed during the question for its EID is not called an M2M eUICC', async () => {
  const scripted = scriptedCard(M2M_QUESTION);
  const removed = new CardError('the card is gone', { problem: 'gone' });
  const card: Card = {
    ...scripted,
    openChannel: async (aid, fci) => ({
      ...(await scripted.openChannel(aid, fci)),
      transmit: async () => {
        throw removed;
      },
      async [Symbol.asyncDispose]() {},
    }),
    async [Symbol.asyncDispose]() {},
  };
  await assert.rejects(openIsdr(card), removed);
});

test('a card without an ISD-R is released', async () => {
  for (const answer of ['6A82', '6983']) {
    let released = 0;
    const ecasd = answer === '6A82' ? select('A0000005591010FFFFFFFF8900000200', '6A82') + CLOSE : '';
    const scripted = scriptedCard(GREET + select(GSMA, answer) + CLOSE + ecasd);
    const card: Card = {
      ...scripted,
      async [Symbol.asyncDispose]() {
        released += 1;
        await scripted[Symbol.asyncDispose]();
      },
    };
    await assert.rejects(openIsdr(card, { aid: GSMA }));
    assert.equal(released, 1);
  }
});

test('readUnlessUsual: an FCI of the usual length is left on the card, and no EID is asked for', async () => {
  await using found = await openIsdr(scriptedCard(`${GREET}${select(GSMA, '6121')}${CLOSE}`), { fci: 'readUnlessUsual' });
  assert.deepEqual([found.kind, found.isdr.selectResponse], ['consumer', undefined]);
});
