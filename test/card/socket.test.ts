import assert from 'node:assert/strict';
import { type AddressInfo, createServer, connect as dial, type Server } from 'node:net';
import { test } from 'node:test';
import { offerAtSocket } from '../../src/lab/readers/socket.ts';
import { concat, fromHex, toHex } from '../../src/lpa/bytes.ts';
import { frame, payloadReader } from '../../src/lpa/card/socket/framing.ts';
import { openSocket } from '../../src/lpa/card/socket/socket.ts';
import { CardError, UsageError } from '../../src/lpa/errors.ts';
import { scriptedCard, T0_ATR } from '../scripted-card.ts';

const problem = (expected: string) => (error: unknown) => error instanceof CardError && error.problem === expected;

test('payloads are cut out of a stream however it is chopped', () => {
  const stream = concat(frame(fromHex('00A40400')), frame(Uint8Array.of(4)), frame(new Uint8Array()), frame(new Uint8Array(300)));
  for (const size of [1, 2, 3, 7, stream.length]) {
    const lengths: number[] = [];
    const read = payloadReader((payload) => lengths.push(payload.length));
    for (let at = 0; at < stream.length; at += size) read(stream.subarray(at, at + size));
    assert.deepEqual(lengths, [4, 1, 0, 300]);
  }
});

test('a card at a socket is powered, answers, is reset and powered off', async () => {
  const card = scriptedCard();
  await using reader = await offerAtSocket(card);
  {
    await using link = await openSocket(reader.name);
    assert.equal(link.name, reader.name);
    assert.equal(toHex(link.atr), toHex(T0_ATR));
    assert.equal(toHex(await link.transmit(fromHex('80300000021234'))), '9000');
    await link.reset();
    assert.equal(toHex(await link.transmit(fromHex('8031000002'))), '6C00');
  }
  assert.deepEqual(card.log, ['on', '80300000021234', 'on', '8031000002', 'off']);
});

test('at T=0 case 1 gets its P3 and case 4 loses its Le', async () => {
  const card = scriptedCard();
  await using reader = await offerAtSocket(card);
  await using link = await openSocket(reader.name);
  assert.equal(toHex(await link.transmit(fromHex('80100000'))), '9000');
  assert.equal(toHex(await link.transmit(fromHex('8040010002AABB00'))), '6102');
  assert.equal(toHex(await link.transmit(fromHex('00C0000002'))), 'BBAA9000');
  assert.deepEqual(card.log.slice(1), ['8010000000', '8040010002AABB', '00C0000002']);
});

test('at T=1 the command goes over as it is', async () => {
  const card = scriptedCard({ atr: fromHex('3B8001') });
  await using reader = await offerAtSocket(card);
  await using link = await openSocket(reader.name);
  assert.equal(toHex(await link.transmit(fromHex('8040010002AABB00'))), 'BBAA9000');
  assert.equal(card.log.at(-1), '8040010002AABB00');
});

test('a second program is told that the card is held, and gets it when the first has left', async () => {
  await using reader = await offerAtSocket(scriptedCard());
  {
    await using first = await openSocket(reader.name);
    await assert.rejects(openSocket(reader.name), problem('busy'));
    assert.equal(toHex(await first.transmit(fromHex('8010000000'))), '9000');
  }
  await using second = await openSocket(reader.name);
  assert.equal(toHex(await second.transmit(fromHex('8010000000'))), '9000');
});

test('thirty programs one after another each find the card free', async () => {
  await using reader = await offerAtSocket(scriptedCard());
  for (let i = 0; i < 30; i++) {
    await using link = await openSocket(reader.name);
    assert.equal(toHex(await link.transmit(fromHex('8020000004'))), '000000009000');
  }
});

test('a pulled card is gone, then absent, and there again when it is put back', async () => {
  const card = scriptedCard();
  await using reader = await offerAtSocket(card);
  {
    await using link = await openSocket(reader.name);
    card.move(false);
    await assert.rejects(link.transmit(fromHex('8010000000')), problem('gone'));
  }
  await assert.rejects(openSocket(reader.name), problem('noCard'));
  card.move(true);
  await using link = await openSocket(reader.name);
  assert.equal(toHex(await link.transmit(fromHex('8010000000'))), '9000');
});

test('a card pulled while it works leaves its answer unsaid', async () => {
  const card = scriptedCard({ delayMs: 50 });
  await using reader = await offerAtSocket(card);
  await using link = await openSocket(reader.name);
  const answer = link.transmit(fromHex('8010000000'));
  setTimeout(() => card.move(false), 10);
  await assert.rejects(answer, problem('gone'));
});

test('a program that is killed amid a command leaves the card to the next', async () => {
  const card = scriptedCard({ delayMs: 30 });
  await using reader = await offerAtSocket(card);
  const killed = dial({ port: reader.port, host: '127.0.0.1' });
  await new Promise((resolve) => killed.once('connect', resolve));
  killed.write(concat(frame(Uint8Array.of(1)), frame(fromHex('8010000000'))));
  await new Promise((resolve) => setTimeout(resolve, 15));
  killed.resetAndDestroy();
  await new Promise((resolve) => setTimeout(resolve, 60));
  await using link = await openSocket(reader.name);
  assert.equal(toHex(await link.transmit(fromHex('8020000004'))), '000000009000');
});

test('where nobody listens there is no reader', async () => {
  const port = await freePort(createServer());
  await assert.rejects(openSocket(`tcp:127.0.0.1:${port}`), problem('noReader'));
});

test('an address that is none is a usage error', async () => {
  for (const name of ['tcp:', 'tcp:host', 'tcp:host:0', 'tcp:host:65536', 'tcp::1:2:3', 'tcp:[::1]']) {
    await assert.rejects(openSocket(name), UsageError, name);
  }
});

test('an answer that nobody asked for, or without a status word, ends the link', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on(
      'data',
      payloadReader((payload) => {
        if (payload[0] === 4) socket.write(frame(T0_ATR));
        if (payload[0] === 0x80) socket.write(frame(Uint8Array.of(0x90)));
        if (payload[0] === 0x81) socket.write(concat(frame(fromHex('9000')), frame(fromHex('9000'))));
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  {
    await using link = await openSocket(`tcp:127.0.0.1:${port}`);
    await assert.rejects(link.transmit(fromHex('8010000000')), problem('protocol'));
    await link.transmit(fromHex('8110000000'));
    await assert.rejects(link.transmit(fromHex('8110000000')), problem('gone'));
  }
  await new Promise((resolve) => server.close(resolve));
});

/** A port that was free a moment ago. */
async function freePort(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
