import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toHex } from '../../src/lpa/bytes.ts';
import type { Link } from '../../src/lpa/card/card.ts';
import { recordedLink, replayCards } from '../../src/lpa/card/record.ts';
import { CardError, DecodeError, NetworkError, TrustError } from '../../src/lpa/errors.ts';
import { replayServers } from '../../src/lpa/es9/record.ts';
import { type Entry, parseRecording, printEntry } from '../../src/lpa/recording.ts';
import { scriptedCard } from '../scripted-card.ts';

const RECORDING = `\
# what a person wants to say
card Lab 00 00
atr 3B9F96803FC7828031E073FE211B57AA8660F0020001FD
> 80 10 00 00
< 9000
> 80 20 00 00 04
< 01010101 9000
> 80 30 00 00 02 AABB
< 9000
> 80 40 02 00 02 AABB 00
< 6104
! reset
> 80 10 00 00
! failed gone: Lab 00 00: the card is gone
`;

async function linkOf(): Promise<Link> {
  const card = scriptedCard();
  card.powerOn();
  return {
    name: 'Lab 00 00',
    atr: card.atr,
    transmit: (command) => card.transmit(command.length === 4 ? Uint8Array.of(...command, 0) : command),
    reset: async () => card.powerOn(),
    async [Symbol.asyncDispose]() {
      card.powerOff();
    },
  };
}

/** What a program does with the card of the recording. */
async function use(link: Link): Promise<string[]> {
  const ask = async (command: string): Promise<string> => toHex(await link.transmit(fromHex(command)));
  const answers = [await ask('80100000'), await ask('8020000004'), await ask('8030000002AABB'), await ask('8040020002AABB00')];
  await link.reset();
  return answers;
}

test('a link is written down as text, with its ATR, its reset and its failure', async () => {
  const link = await linkOf();
  let text = '';
  let gone = false;
  const failing: Link = {
    ...link,
    async transmit(command) {
      if (gone) throw new CardError('Lab 00 00: the card is gone', { problem: 'gone' });
      return command.length === 8 ? link.transmit(command.subarray(0, -1)) : link.transmit(t0(command));
    },
  };
  await using recorded = recordedLink(failing, (entry) => {
    text += printEntry(entry);
  });
  await use(recorded);
  gone = true;
  await assert.rejects(recorded.transmit(fromHex('80100000')), CardError);
  assert.equal(`# what a person wants to say\n${text}`, RECORDING);
});

/** A case 4 command without its Le. */
const t0 = (command: Uint8Array): Uint8Array =>
  command.length === 6 + (command[4] ?? 0) && command[4] ? command.subarray(0, -1) : command;

test('a recording answers as the card did, down to its failure, and prints as it was read', async () => {
  const entries = parseRecording(RECORDING);
  assert.equal(entries.map(printEntry).join(''), RECORDING);
  const cards = replayCards(entries);
  const link = cards.open();
  assert.deepEqual([link.name, toHex(link.atr)], ['Lab 00 00', '3B9F96803FC7828031E073FE211B57AA8660F0020001FD']);
  assert.deepEqual(await use(link), ['9000', '010101019000', '9000', '6104']);
  assert.equal(cards.left(), 1);
  await assert.rejects(link.transmit(fromHex('80100000')), { problem: 'gone', message: 'Lab 00 00: the card is gone' });
  assert.equal(cards.left(), 0);
  await assert.rejects(link.transmit(fromHex('80100000')), { problem: 'protocol', message: /the end/ });
  assert.throws(() => cards.open(), { problem: 'noCard' });
});

test('another command than the recorded one, or a reset in its place, is refused and shows both', async () => {
  const link = replayCards(parseRecording(RECORDING)).open();
  await assert.rejects(link.transmit(fromHex('80100001')), {
    problem: 'protocol',
    message: 'recording: its 2. step is 80100000, and asked was 80100001',
  });
  await assert.rejects(link.reset(), { problem: 'protocol' });
  assert.equal(toHex(await link.transmit(fromHex('80100000'))), '9000', 'the step is still there');
});

test('a masked octet fits any in a command, and is a star in an answer', async () => {
  const entries = parseRecording('card A\natr \n> 80 E2 91 00 04 8002••••\n< 8002•••• 9000\n');
  const link = replayCards(entries).open();
  await assert.rejects(link.transmit(fromHex('80E291000480034142')), { problem: 'protocol' });
  await assert.rejects(link.transmit(fromHex('80E2910004800241')), { problem: 'protocol' });
  assert.equal(toHex(await link.transmit(fromHex('80E291000480024142'))), '80022A2A9000');
});

const CALL = `\
>> ES9+.CancelSession smdp.example.com /gsma/rsp2/es9plus/cancelSession
{
  "transactionId": "A1A2",
  "cancelSessionResponse": "v0Eq"
}
`;

test('servers answer as recorded; a masked part of a body fits anything of its length', async () => {
  const text = `${CALL}<< 200\n{\n  "header": {}\n}\n${CALL}<< 502\n"<html>\\u001b[2J\\n"\n${CALL}<< 204\n`;
  const entries = parseRecording(text);
  assert.equal(entries.map(printEntry).join(''), text);
  const { post, left } = replayServers(entries);
  const request = { name: 'ES9+.CancelSession', address: 'smdp.example.com', path: '/gsma/rsp2/es9plus/cancelSession' };
  const body = (octets: string, transactionId = 'A1A2') => JSON.stringify({ transactionId, cancelSessionResponse: octets });
  const refused = (difference: RegExp) => ({ name: 'NetworkError', message: difference });
  await assert.rejects(post({ ...request, body: body('v0Eq', 'A1A3') }), refused(/CancelSession differs in transactionId/));
  await assert.rejects(post({ ...request, body: body('v0J4') }), refused(/differs in cancelSessionResponse/));
  await assert.rejects(post({ ...request, address: 'evil.example', body: body('v0Eq') }), refused(/its 1\. call is/));
  assert.deepEqual(await post({ ...request, body: body('v0F4') }), { status: 200, body: '{"header":{}}' });
  assert.deepEqual(await post({ ...request, body: body('v0Eq') }), { status: 502, body: '<html>\x1b[2J\n' });
  assert.deepEqual(await post({ ...request, body: body('v0Eq') }), { status: 204, body: '' });
  assert.equal(left(), 0);
  await assert.rejects(post({ ...request, body: body('v0Eq') }), NetworkError);
});

test('a server that failed fails again, for the same reason', async () => {
  const request = {
    name: 'ES9+.CancelSession',
    address: 'smdp.example.com',
    path: '/gsma/rsp2/es9plus/cancelSession',
    body: '{"transactionId":"A1A2","cancelSessionResponse":"v0Eq"}',
  };
  const entries = parseRecording(`${CALL}<< failed network timeout: no answer\n${CALL}<< failed trust tlsName: another name\n`);
  const { post } = replayServers(entries);
  await assert.rejects(post(request), (error) => error instanceof NetworkError && error.problem === 'timeout');
  await assert.rejects(post(request), (error) => error instanceof TrustError && error.check === 'tlsName');
});

test('what is no recording is a DecodeError that names the line', () => {
  const cases: readonly (readonly [string, number])[] = [
    ['hello', 1],
    ['# fine\n> 81 E', 2],
    ['> 81 E2\n> 81 E2', 2],
    ['> 81 E2', 2],
    ['card X\n> 00', 2],
    ['tls a b', 1],
    ['>> A b c\n{\n<< 200', 2],
    ['>> A b c\n{}\n<< fine', 3],
    ['>> A b\n{}\n<< 200', 1],
    ['! whatever', 1],
  ];
  for (const [text, line] of cases) {
    assert.throws(
      () => parseRecording(text),
      (error) => error instanceof DecodeError && error.path === `recording/line ${line}`,
      text,
    );
  }
});

test('nothing that a card or a server chose leaves its line or moves a cursor', () => {
  const entries: Entry[] = [
    { type: 'comment', text: 'two\n> 00 lines\x1b[2J' },
    { type: 'card', name: 'Reader\u202e\natr', atr: '' },
    { type: 'post', name: 'A', address: 'b', path: 'c', body: '{"x":"\u2028\x9b"}', answer: { status: 200, body: '\r\n> 00' } },
  ];
  const text = entries.map(printEntry).join('');
  assert.match(text, /^[\x20-\x7e\n]*$/);
  assert.deepEqual(
    parseRecording(text).map(({ type }) => type),
    ['comment', 'card', 'post'],
  );
  assert.deepEqual(parseRecording(text)[2], entries[2]);
});
