import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Euicc } from '../../../../src/lab/euicc/euicc.ts';
import { play } from '../harness.ts';
import { cardWith, restarted } from './profile.ts';

/** PIN 01 of the lab's profiles is disabled, PIN2 (81) enabled, ADM1 (0A) enabled. */
const OPTIONS = { pin: '2468', puk: '13579135', parts: ['isim'] } as const;
const PIN = '32343638FFFFFFFF';
const WRONG = '30303030FFFFFFFF';
const NEW = '3131313131FFFFFF';
const PUK = '3133353739313335';
const SELECT_USIM = '00A4040C07A0000000871002';

/** What the status word of a command says, command by command. */
async function status(card: Euicc, ...pairs: readonly (readonly [command: string, sw: string])[]): Promise<void> {
  for (const [command, sw] of pairs) await play(card, `> ${command}\n< ${sw}`);
}

test('VERIFY PIN counts wrong values down, blocks, and starts over with the right one', async () => {
  const { card, state } = await cardWith(OPTIONS);
  await status(
    card,
    [SELECT_USIM, '9000'],
    ['0020008100', '63C3'],
    [`0020008108${WRONG}`, '63C2'],
    [`0020008108${WRONG}`, '63C1'],
    ['0020008100', '63C1'],
    [`0020008108${PIN}`, '9000'],
    ['0020008100', '63C3'],
    [`0020008108${WRONG}`, '63C2'],
    [`0020008108${WRONG}`, '63C1'],
  );
  const later = await restarted(state);
  await status(
    later,
    [SELECT_USIM, '9000'],
    ['0020008100', '63C1'], // the counter outlives the power
    [`0020008108${WRONG}`, '63C0'],
    [`0020008108${PIN}`, '6983'],
    [`0024008110${PIN}${NEW}`, '6983'],
    ['0020008100', '63C0'],
  );
});

test('UNBLOCK PIN takes the PUK, sets the new value, and counts wrong PUKs', async () => {
  const { card, state } = await cardWith(OPTIONS);
  await status(
    card,
    [SELECT_USIM, '9000'],
    [`0020008108${WRONG}`, '63C2'],
    [`0020008108${WRONG}`, '63C1'],
    [`0020008108${WRONG}`, '63C0'],
    ['002C008100', '63CA'],
    [`002C008110${WRONG}${NEW}`, '63C9'],
    ['002C008100', '63C9'],
    [`002C008110${PUK}${NEW}`, '9000'],
    ['002C008100', '63CA'],
    ['0020008100', '63C3'],
    [`0020008108${PIN}`, '63C2'],
    [`0020008108${NEW}`, '9000'],
    [`002C000A10${PUK}${NEW}`, '6A88'], // ADM1 has no PUK
  );
  await status(await restarted(state), [SELECT_USIM, '9000'], [`0020008108${NEW}`, '9000']);
});

test('a PUK that was wrong ten times is blocked', async () => {
  const { card } = await cardWith(OPTIONS);
  await status(card, [SELECT_USIM, '9000']);
  for (let left = 9; left >= 0; left--) await status(card, [`002C008110${WRONG}${NEW}`, `63C${left}`]);
  await status(card, [`002C008110${PUK}${NEW}`, '6983']);
});

test('a disabled PIN is not verified or changed; ENABLE PIN puts its files behind it', async () => {
  const { card, state } = await cardWith(OPTIONS);
  await status(
    card,
    [`0020000108${PIN}`, '6984'],
    [`0024000110${PIN}${NEW}`, '6984'],
    [`0026000108${PIN}`, '6984'],
    [`0028000108${WRONG}`, '63C2'],
    [`0028000108${PIN}`, '9000'],
    [`0028000108${PIN}`, '6985'],
    [SELECT_USIM, '9000'],
    ['00A4000C026F07', '9000'],
    ['00B0000001', '08 9000'], // verified by ENABLE PIN
  );
  const later = await restarted(state);
  await status(
    later,
    [SELECT_USIM, '9000'],
    ['00A4000C026F07', '9000'],
    ['00B0000001', '6982'],
    [`0020000108${PIN}`, '9000'],
    ['00B0000001', '08 9000'],
    ['0070000001', '01 9000'],
    ['01A4040C07A0000000871002', '9000'],
    ['01B0870001', '08 9000'], // on every channel
    [`0026000108${PIN}`, '9000'],
    ['00B0000001', '08 9000'],
  );
});

test('SELECT shows in the PIN status template which PINs are enabled', async () => {
  const { card } = await cardWith(OPTIONS);
  const template = async (): Promise<string> => {
    await play(card, '> 00A4000402 3F00 \n < 61..');
    const answer = Buffer.from(await card.transmit(Uint8Array.of(0x00, 0xc0, 0, 0, 0x22)))
      .toString('hex')
      .toUpperCase();
    return answer.slice(answer.indexOf('C609'), -4);
  };
  assert.equal(await template(), 'C60990014083010183010A');
  await status(card, [`0028000108${PIN}`, '9000']);
  assert.equal(await template(), 'C6099001C083010183010A');
});

test('CHANGE PIN needs the old value; a PIN that may not be switched is 6985', async () => {
  const { card } = await cardWith(OPTIONS);
  await status(
    card,
    [SELECT_USIM, '9000'],
    [`0024008110${WRONG}${NEW}`, '63C2'],
    [`0024008110${PIN}${NEW}`, '9000'],
    [`0020008108${PIN}`, '63C2'],
    [`0020008108${NEW}`, '9000'],
    [`0026008108${NEW}`, '6985'], // pinAttributes 3: it is always enabled
  );
});

test('an application that shares the PINs of another has the same value and counter', async () => {
  const { card } = await cardWith(OPTIONS);
  await status(
    card,
    [SELECT_USIM, '9000'],
    [`0020008108${WRONG}`, '63C2'],
    ['00A4040C07A0000000871004', '9000'],
    ['0020008100', '63C2'],
    [`0024008110${PIN}${NEW}`, '9000'],
    [SELECT_USIM, '9000'],
    [`0020008108${NEW}`, '9000'],
  );
});

test('wrong parameters of PIN commands are told by their status words', async () => {
  const { card } = await cardWith(OPTIONS);
  await status(
    card,
    [`0020010108${PIN}`, '6A86'],
    [`0020000508${PIN}`, '6A88'],
    [`0020008108${PIN}`, '6A88'], // PIN2 is the application's, the MF has none
    [SELECT_USIM, '9000'],
    ['002000810432343638', '6700'],
    [`0024008108${PIN}`, '6700'],
    [`002C008108${PUK}`, '6700'],
    [`8020008108${PIN}`, '6E00'],
    ['0021008100', '6D00'],
  );
});

test('a verified PIN is not verified any more after a reset or a switch of profiles', async () => {
  const { card, state } = await cardWith(OPTIONS);
  await status(card, [`0028000108${PIN}`, '9000'], [SELECT_USIM, '9000'], ['00B0870001', '08 9000']);
  await card.powerOn();
  await status(card, [SELECT_USIM, '9000'], ['00B0870001', '6982'], [`0020000108${PIN}`, '9000'], ['00B0870001', '08 9000']);
  const [profile] = state.profiles;
  profile!.enabled = false;
  await status(card, [SELECT_USIM, '6A82']);
  profile!.enabled = true;
  await status(card, [SELECT_USIM, '9000'], ['00B0870001', '6982']);
});
