/** Blocks after ISO 7816-3 annex A: what the driver of the PC/SC tests never sends is sent here. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { t1Face } from '../../../src/lab/readers/t1.ts';
import { concat, fromHex, toHex } from '../../../src/lpa/bytes.ts';
import { scriptedCard } from '../../scripted-card.ts';

/** T=1, IFSC 32, LRC. */
const ATR = fromHex('3B80812121');

async function powered(atr = ATR) {
  const card = scriptedCard({ atr });
  await card.powerOn();
  const face = t1Face(card);
  const lrc = (block: Uint8Array) => concat(block, Uint8Array.of(block.reduce((xor, octet) => xor ^ octet, 0)));
  /** Without the check octet both ways. */
  const say = async (block: string) => {
    const answer = await face(lrc(fromHex(block)));
    assert.deepEqual(answer, lrc(answer.subarray(0, -1)), 'the check octet of the answer');
    return toHex(answer.subarray(0, -1));
  };
  return { card, face, say };
}

test('a command and its answer, with the sequence numbers alternating', async () => {
  const { say } = await powered();
  assert.equal(await say('00000480100000'), '0000029000');
  assert.equal(await say('0040058020000004'), '004006010101019000');
  assert.equal(await say('00000480100000'), '0000029000');
});

test('a command in several blocks, an answer in several blocks', async () => {
  const { say, card } = await powered();
  const command = `80400200 20 ${'01'.repeat(31)}02 00`.replaceAll(' ', '');
  assert.equal(await say(`002020${command.slice(0, 64)}`), '009000');
  assert.equal(await say(`004006${command.slice(64)}`), `002020${`02${'01'.repeat(31)}`}`);
  assert.equal(await say('009000'), `006020${`02${'01'.repeat(31)}`}`);
  assert.equal(await say('008000'), '0000029000');
  assert.equal(card.log.at(-1), command);
  assert.equal(await say('00000480100000'), '0040029000');
});

test('IFSD is taken over, and the answer comes in longer blocks', async () => {
  const { say } = await powered();
  assert.equal(await say('00C101FE'), '00E101FE');
  assert.equal(await say(`00000880400A000201${'0200'}`), `000016${'0201'.repeat(10)}9000`);
});

test('a block with a wrong check is asked for again, with nothing carried out', async () => {
  const { card, face, say } = await powered();
  assert.equal(toHex(await face(fromHex('0000048010000000'))), '00810081');
  assert.deepEqual(card.log, ['on']);
  assert.equal(await say('00000480100000'), '0000029000');
});

test('an answer that was not understood is said again, with nothing carried out twice', async () => {
  const { say } = await powered();
  assert.equal(await say('00000480100000'), '0000029000');
  assert.equal(await say('008100'), '0000029000');
  assert.equal(await say('0040058020000004'), '004006010101019000');
});

test('RESYNCH starts the numbers anew, ABORT forgets the chain', async () => {
  const { say } = await powered();
  await say('00000480100000');
  assert.equal(await say('00C000'), '00E000');
  assert.equal(await say('00000480100000'), '0000029000');
  assert.equal(await say('0060028010'), '008000');
  assert.equal(await say('00C200'), '00E200');
  assert.equal(await say('0000058020000004'), '004006020202029000');
});

test('the node addresses are turned round', async () => {
  const { say } = await powered();
  assert.equal(await say('12000480100000'), '2100029000');
});

test('blocks with a CRC', async () => {
  const { card, face } = await powered(fromHex('3B808171FE4501CA'));
  assert.equal(toHex(await face(fromHex('00000480100000F665'))), '008100AC27');
  assert.deepEqual(card.log, ['on']);
  assert.equal(toHex(await face(fromHex('00000480100000F664'))), '00000290009C6D');
});
