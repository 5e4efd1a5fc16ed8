/** Which card is meant, where there are several readers, one, or none at all. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { offerAtSocket } from '../../src/lab/readers/socket.ts';
import { findReaders } from '../../src/lpa/card/select-reader.ts';
import { CardError } from '../../src/lpa/errors.ts';
import { scriptedCard } from '../scripted-card.ts';
import { type Rig, sourcesWith, startClient, startRig } from './rig.ts';

test('a reader is found by number, by its name, by part of it', () => {
  const all = ['Gem 00 00', 'Gem Twin 01 00', 'ACR 02 00', '7'].map((name) => ({ name, present: true }));
  const found = (wanted: string) => findReaders(all, wanted).map(({ name }) => name);
  assert.deepEqual(found('2'), ['Gem Twin 01 00']);
  assert.deepEqual(found('gem 00 00'), ['Gem 00 00']);
  assert.deepEqual(found('acr'), ['ACR 02 00']);
  assert.deepEqual(found('Gem'), ['Gem 00 00', 'Gem Twin 01 00']);
  assert.deepEqual(found('7'), ['7']);
  for (const wanted of ['5', 'x', '']) {
    assert.throws(
      () => found(wanted),
      (error) =>
        error instanceof CardError &&
        error.problem === 'readerNotFound' &&
        error.message === `no reader is called "${wanted}"; there are 1: Gem 00 00, 2: Gem Twin 01 00, 3: ACR 02 00, 4: 7`,
    );
  }
});

describe('with three readers', () => {
  let rig: Rig;
  before(async () => {
    rig = await startRig([{ name: 'Alpha' }, { name: 'Beta' }, { name: 'Gamma', absent: true }]);
    // pcscd looks at its readers every 400 ms.
    await new Promise((resolve) => setTimeout(resolve, 600));
  });
  after(() => rig?.[Symbol.asyncDispose]());
  const alpha = 'Alpha 00 00';
  const beta = 'Beta 01 00';

  test('the one that holds an eUICC is taken, after each card was asked', async () => {
    await using client = startClient(rig.socketName);
    assert.deepEqual(await client.call({ do: 'openLink', euicc: [beta] }), { name: beta, asked: [alpha, beta], waited: [] });
    assert.equal(await client.call({ do: 'transmit', command: '80100000' }), '9000');
    // The card that is not meant was let go.
    await using other = startClient(rig.socketName);
    assert.equal((await other.call({ do: 'openLink', reader: 'alpha' })).name, alpha);
    await other.end();
    await client.end();
  });

  test('one that is named is taken unasked, by number or by part of its name', async () => {
    for (const reader of ['2', 'beta', beta]) {
      await using client = startClient(rig.socketName);
      assert.deepEqual(await client.call({ do: 'openLink', reader }), { name: beta, asked: [], waited: [] });
      await client.end();
    }
  });

  test('two eUICCs, none, no card, no such reader: each its own problem', async () => {
    await using client = startClient(rig.socketName);
    const several = await client.fail({ do: 'openLink', euicc: [alpha, beta] });
    assert.deepEqual(
      [several.problem, several.message],
      ['severalReaders', `several readers hold an eUICC: 1: ${alpha}, 2: ${beta}`],
    );
    const none = await client.fail({ do: 'openLink' });
    assert.deepEqual([none.problem, none.message], ['noEuicc', `no eUICC in any of the readers: 1: ${alpha}, 2: ${beta}`]);
    assert.equal((await client.fail({ do: 'openLink', reader: '3' })).problem, 'noCard');
    assert.equal((await client.fail({ do: 'openLink', reader: 'gamma' })).problem, 'noCard');
    assert.equal((await client.fail({ do: 'openLink', reader: 'delta' })).problem, 'readerNotFound');
    await client.end();
  });

  test('a card that is held is passed over for the eUICC in another reader', async () => {
    await using holder = startClient(rig.socketName);
    await holder.call({ do: 'openLink', reader: alpha });
    await using client = startClient(rig.socketName);
    assert.deepEqual(await client.call({ do: 'openLink', waitMs: 5000, euicc: [alpha, beta] }), {
      name: beta,
      asked: [beta],
      waited: [],
    });
    await client.end();
    await holder.end();
  });

  test('a card that is held is waited for, then named', async () => {
    await using holder = startClient(rig.socketName);
    await holder.call({ do: 'openLink', reader: alpha });
    await using client = startClient(rig.socketName);
    const start = performance.now();
    const { problem, pcsc, message } = await client.fail({ do: 'openLink', reader: alpha, waitMs: 1000 });
    assert.deepEqual([problem, pcsc, message], ['busy', '8010000B', `${alpha}: another program holds the card, and has for 1 s`]);
    assert.ok(performance.now() - start > 1000);

    const waiting = client.call({ do: 'openLink', reader: alpha, waitMs: 10_000 });
    setTimeout(() => holder.call({ do: 'close' }), 1000);
    assert.deepEqual(await waiting, { name: alpha, asked: [], waited: [alpha] });
    await client.end();
    await holder.end();
  });

  test('while every eUICC may be in a held reader, that one is waited for', async () => {
    await using holder = startClient(rig.socketName);
    await holder.call({ do: 'openLink', reader: alpha });
    await using client = startClient(rig.socketName);
    const { problem, message } = await client.fail({ do: 'openLink', waitMs: 300, euicc: [alpha] });
    assert.deepEqual([problem, message], ['busy', `no eUICC in the readers that are free: 1: ${alpha}, 2: ${beta}`]);
    const waiting = client.call({ do: 'openLink', waitMs: 10_000, euicc: [alpha] });
    setTimeout(() => holder.call({ do: 'close' }), 1000);
    assert.deepEqual(await waiting, { name: alpha, asked: [beta, alpha], waited: [alpha] });
    await client.end();
    await holder.end();
  });

  test('a reset bears a program that waits for the card and takes it in between', async () => {
    await using holder = startClient(rig.socketName);
    await holder.call({ do: 'openLink', reader: alpha });
    await using waiter = startClient(rig.socketName);
    const visits = (async () => {
      for (let i = 0; i < 3; i++) {
        await waiter.call({ do: 'openLink', reader: alpha, waitMs: 10_000 });
        await waiter.call({ do: 'close' });
      }
    })();
    for (let i = 0; i < 50; i++) {
      await holder.call({ do: 'reset' });
      assert.equal(await holder.call({ do: 'transmit', command: '8020000004' }), '000000009000');
    }
    await holder.end();
    await visits;
    await waiter.end();
  });
});

describe('with one reader', () => {
  test('no card is asked anything', async () => {
    await using rig = await startRig([{ name: 'Alpha' }]);
    await using client = startClient(rig.socketName);
    assert.deepEqual(await client.call({ do: 'openLink' }), { name: 'Alpha 00 00', asked: [], waited: [] });
    await client.end();
  });
});

for (const binding of ['pcsclite', 'pcsc-mini'] as const) {
  describe(`without a reader, over ${binding}`, () => {
    const sources = sourcesWith([binding]);
    after(() => sources[Symbol.dispose]());

    test('the list is empty, and opening says so at once', async () => {
      await using rig = await startRig([]);
      await using client = startClient(rig.socketName, sources.src);
      assert.equal(await client.call({ do: 'open' }), binding);
      assert.deepEqual(await client.call({ do: 'readers' }), []);
      const { problem, message } = await client.fail({ do: 'openLink' });
      assert.deepEqual([problem, message], ['noReader', 'no smart card reader found']);
      await client.end();
    });

    test('no daemon is no service', async () => {
      await using client = startClient('/nonexistent/pcscd.comm', sources.src);
      const { problem, pcsc, message } = await client.fail({ do: 'openLink' });
      assert.deepEqual([problem, pcsc], ['noService', '8010001D']);
      assert.match(message, /^the PC\/SC service does not run/);
      await client.end();
    });

    test('a daemon that dies takes the card with it', async () => {
      const rig = await startRig([{ name: 'Alpha' }]);
      await using client = startClient(rig.socketName, sources.src);
      await client.call({ do: 'open' });
      await client.call({ do: 'connect', reader: 'Alpha 00 00' });
      await rig[Symbol.asyncDispose]();
      const { problem } = await client.fail({ do: 'transmit', command: '80100000' });
      assert.ok(['noService', 'gone'].includes(problem), problem);
      await client.end();
    });
  });
}

test('without either binding there is no driver, and the error says what was tried', async () => {
  using sources = sourcesWith([]);
  await using client = startClient('/nonexistent/pcscd.comm', sources.src);
  const { problem, message } = await client.fail({ do: 'openLink' });
  assert.deepEqual([problem, message], ['noDriver', 'neither pcsclite nor pcsc-mini could be loaded']);
  await client.end();
});

test('a card at a socket needs no binding, and is waited for like any other', async () => {
  using sources = sourcesWith([]);
  await using reader = await offerAtSocket(scriptedCard());
  await using holder = startClient('', sources.src);
  await holder.call({ do: 'openLink', reader: reader.name });
  await using client = startClient('', sources.src);
  assert.equal((await client.fail({ do: 'openLink', reader: reader.name })).problem, 'busy');
  const waiting = client.call({ do: 'openLink', reader: reader.name, waitMs: 10_000 });
  await new Promise((resolve) => setTimeout(resolve, 1000));
  await holder.end();
  assert.deepEqual(await waiting, { name: reader.name, asked: [], waited: [reader.name] });
  await client.end();
});
