import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toHex } from '../../src/lpa/bytes.ts';
import type { Transmit } from '../../src/lpa/card/card.ts';
import { exchange, iso7816Card, send } from '../../src/lpa/card/iso7816.ts';
import { CLOSE, OPEN, scriptedCard } from '../transcript.ts';

const AID = fromHex('A0000005591010FFFFFFFF8900000100');

test('TERMINAL CAPABILITY comes first, then a channel, then the application', async () => {
  await using card = scriptedCard(OPEN + CLOSE);
  await using channel = await card.openChannel(AID);
  assert.equal(toHex(channel.selectResponse ?? new Uint8Array()), '6F0AE0058203020500840100');
});

test('what a card says to TERMINAL CAPABILITY changes nothing, and it is asked once a power-up', async () => {
  await using card = scriptedCard(`${OPEN.replace('< 9000', '< 6E00')}${CLOSE}
    > 00 70 00 00 01
    < 01 9000
    > 01 A4 04 00 10 A0000005591010FFFFFFFF8900000100 00
    < 9000
    ${CLOSE}
    ! reset
    ${OPEN}${CLOSE}`);
  for (let i = 0; i < 2; i++) await (await card.openChannel(AID))[Symbol.asyncDispose]();
  await card.reset();
  await (await card.openChannel(AID))[Symbol.asyncDispose]();
});

test('a card without logical channels is used on the basic one, which nobody closes', async () => {
  await using card = scriptedCard(`
    > 80 AA 00 00 07 A9 05 81 00 83 01 07
    < 6D00
    > 00 70 00 00 01
    < 6881
    > 00 A4 04 00 10 A0000005591010FFFFFFFF8900000100 00
    < 9000
    > 80 E2 91 00 00
    < 9000`);
  await using channel = await card.openChannel(AID);
  await send(channel.transmit, 'STORE DATA', fromHex('80E2910000'));
});

test('a card that has the ISD-R on the basic channel alone is found there', async () => {
  await using card = scriptedCard(`
    > 80 AA 00 00 07 A9 05 81 00 83 01 07
    < 9000
    > 00 70 00 00 01
    < 01 9000
    > 01 A4 04 00 10 A0000005591010FFFFFFFF8900000100 00
    < 6881
    > 00 70 80 01
    < 9000
    > 00 A4 04 00 10 A0000005591010FFFFFFFF8900000100 00
    < 9000`);
  await using _ = await card.openChannel(AID);
});

test('an application that is not there gives its channel back and says 6A82', async () => {
  await using card = scriptedCard(`
    > 80 AA 00 00 07 A9 05 81 00 83 01 07
    < 9000
    > 00 70 00 00 01
    < 02 9000
    > 02 A4 04 00 10 A0000005591010FFFFFFFF8900000100 00
    < 6A82
    > 00 70 80 02
    < 9000`);
  await assert.rejects(card.openChannel(AID), { name: 'StatusWordError', sw: 0x6a82, message: 'SELECT ISD-R: status word 6A82' });
});

test('class bytes carry channels 1 to 3 and 4 to 19, GET RESPONSE as an interindustry command', async () => {
  const cases: [channel: number, select: number, storeData: number, getResponse: number][] = [
    [1, 0x01, 0x81, 0x01],
    [3, 0x03, 0x83, 0x03],
    [4, 0x40, 0xc0, 0x40],
    [19, 0x4f, 0xcf, 0x4f],
  ];
  for (const [number, select, storeData, getResponse] of cases) {
    const classes: number[] = [];
    const card = iso7816Card({
      name: 'classes',
      atr: new Uint8Array(),
      async transmit(command) {
        if (command[1] === 0x70) return Uint8Array.of(...(command[2] === 0 ? [number] : []), 0x90, 0x00);
        if (command[1] !== 0xaa) classes.push(command[0]!);
        return command[1] === 0xe2 ? fromHex('6101') : fromHex(command[1] === 0xc0 ? 'AA9000' : '9000');
      },
      async reset() {},
      async [Symbol.asyncDispose]() {},
    });
    await using channel = await card.openChannel(AID);
    await send(channel.transmit, 'STORE DATA', fromHex('80E2910003BF2E0000'));
    assert.deepEqual(classes, [select, storeData, getResponse]);
  }
});

test('61xx is fetched until it ends, 6Cxx is asked again with the right length, 91xx is success', async () => {
  const script = (...answers: string[]): { transmit: Transmit; sent: string[] } => {
    const sent: string[] = [];
    return {
      sent,
      transmit: async (command) => {
        sent.push(toHex(command));
        return fromHex(answers.shift()!);
      },
    };
  };
  const long = script('6100', 'AA6102', 'BBCC910B');
  assert.deepEqual(await exchange(long.transmit, 'X', fromHex('81E2910000')), { data: fromHex('AABBCC'), sw: 0x910b });
  assert.deepEqual(long.sent, ['81E2910000', '01C0000000', '01C0000002']);

  const wrong = script('6C05', '01020304059000');
  assert.equal(toHex(await send(wrong.transmit, 'X', fromHex('00B0000000'))), '0102030405');
  assert.deepEqual(wrong.sent, ['00B0000000', '00B0000005']);

  await assert.rejects(send(script('6C05', '6C06').transmit, 'X', fromHex('00B0000000')), { sw: 0x6c06 });
});

test('a card that never stops answering is stopped', async () => {
  let rounds = 0;
  const endless: Transmit = async () => {
    rounds++;
    return new Uint8Array([...new Uint8Array(256), 0x61, 0x00]);
  };
  await assert.rejects(exchange(endless, 'ES10b.X', fromHex('80E2910000')), {
    name: 'DecodeError',
    message: "ES10b.X: the card's answer is longer than 65536 octets",
  });
  assert.equal(rounds, 257);
  const empty: Transmit = async () => fromHex('6110');
  await assert.rejects(exchange(empty, 'ES10b.X', fromHex('80E2910000')), /GET RESPONSE without octets/);
  const short: Transmit = async () => fromHex('90');
  await assert.rejects(exchange(short, 'ES10b.X', fromHex('80E2910000')), /an answer of 1 octets/);
});

test('6Cxx to a command with data repeats the data', async () => {
  const sent: string[] = [];
  const transmit: Transmit = async (command) => {
    sent.push(toHex(command));
    return fromHex(sent.length === 1 ? '6C02' : 'AABB9000');
  };
  assert.equal(toHex(await send(transmit, 'X', fromHex('81E2910003BF2E0000'))), 'AABB');
  assert.deepEqual(sent, ['81E2910003BF2E0000', '81E2910003BF2E0002']);
});

test('a card that gives an octet at a time is stopped before an hour is over', async () => {
  let rounds = 0;
  const dripping: Transmit = async () => {
    rounds++;
    return fromHex('AA6101');
  };
  await assert.rejects(exchange(dripping, 'ES10b.X', fromHex('80E2910000')), {
    name: 'CardError',
    problem: 'protocol',
    message: 'ES10b.X: an answer in more than 2048 parts',
  });
  assert.equal(rounds, 2049);
});
