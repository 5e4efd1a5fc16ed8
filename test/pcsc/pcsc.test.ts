/** The whole stack but the plastic: src/card, both bindings, pcscd, libccid, a serial reader, a card. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { toHex } from '../../src/lpa/bytes.ts';
import { T0_ATR, T1_ATR, T1_CRC_ATR } from '../scripted-card.ts';
import { type Client, type Rig, readersWhen, sourcesWith, startClient, startRig } from './rig.ts';

for (const binding of ['pcsclite', 'pcsc-mini'] as const) {
  describe(`over ${binding}`, () => {
    const sources = sourcesWith([binding]);
    after(() => sources[Symbol.dispose]());
    let rig: Rig;
    before(async () => {
      rig = await startRig([
        { name: 'Lab' },
        { name: 'Lab B' },
        { name: 'Lab T1', atr: toHex(T1_ATR) },
        { name: 'Lab CRC', atr: toHex(T1_CRC_ATR) },
      ]);
    });
    after(() => rig?.[Symbol.asyncDispose]());

    const opened = async (): Promise<Client> => {
      const client = startClient(rig.socketName, sources.src);
      assert.equal(await client.call({ do: 'open' }), binding);
      return client;
    };
    const transmit = (client: Client, command: string): Promise<string> => client.call({ do: 'transmit', command });

    test('the readers are told, in the order of the service', async () => {
      await using client = await opened();
      const readers = await client.call({ do: 'readers' });
      assert.deepEqual(
        readers.map(({ name, present }: { name: string; present: boolean }) => ({ name, present })),
        rig.readers.map((name) => ({ name, present: true })),
      );
      // pcsc-mini tells no ATR before a card is connected.
      if (binding === 'pcsclite') assert.deepEqual(readers[2].atr, toHex(T1_ATR));
      await client.end();
    });

    test('T=0: all four cases, 61xx, 6Cxx, a reset, and no power afterwards', async () => {
      await using client = await opened();
      await rig.log(0);
      assert.equal(await client.call({ do: 'connect', reader: rig.readers[0]! }), toHex(T0_ATR));
      assert.equal(await transmit(client, '80100000'), '9000');
      assert.equal(await transmit(client, '8020000000'), '6C04');
      assert.equal(await transmit(client, '8020000004'), '010101019000');
      assert.equal(await transmit(client, `80300000FF${'5A'.repeat(255)}`), '9000');
      assert.equal(await transmit(client, '80310000FF'), `${'5A'.repeat(255)}9000`);
      assert.equal(await transmit(client, '8040010002AABB00'), '6102');
      assert.equal(await transmit(client, '00C0000002'), 'BBAA9000');
      assert.equal(await transmit(client, `80400300FF${'00'.repeat(255)}00`), '6100');
      assert.equal(await transmit(client, '00C0000000'), `${'00'.repeat(256)}6100`);
      await client.call({ do: 'reset' });
      assert.equal(await client.call({ do: 'atr' }), toHex(T0_ATR));
      assert.equal(await transmit(client, '8020000004'), '000000009000');
      await client.call({ do: 'close' });
      const log = await rig.log(0);
      assert.ok(log.includes('8010000000') && log.includes('8040010002AABB'));
      assert.deepEqual(log.slice(-3), ['on', '8020000004', 'off']);
      await client.end();
    });

    for (const [epilogue, slot, atr] of [
      ['LRC', 2, T1_ATR],
      ['CRC', 3, T1_CRC_ATR],
    ] as const) {
      test(`T=1 with ${epilogue}: the same card answers whole, over chained blocks`, async () => {
        await using client = await opened();
        await rig.log(slot);
        assert.equal(await client.call({ do: 'connect', reader: rig.readers[slot]! }), toHex(atr));
        assert.equal(await transmit(client, '80100000'), '9000');
        assert.equal(await transmit(client, '8020000004'), '010101019000');
        assert.equal(await transmit(client, `80300000FF${'5A'.repeat(255)}`), '9000');
        assert.equal(await transmit(client, '80310000FF'), `${'5A'.repeat(255)}9000`);
        assert.equal(await transmit(client, '8040010002AABB00'), 'BBAA9000');
        assert.equal(await transmit(client, `80400100FF${'0102'.repeat(127)}0300`), `03${'0201'.repeat(127)}9000`);
        await client.call({ do: 'reset' });
        assert.equal(await transmit(client, '8020000004'), '000000009000');
        assert.ok((await rig.log(slot)).includes('8040010002AABB00'));
        await client.end();
      });
    }

    test('a card that another program holds is busy, and free when that one is gone or killed', async () => {
      await using holder = await opened();
      await holder.call({ do: 'connect', reader: rig.readers[1]! });
      await using client = await opened();
      const failure = await client.fail({ do: 'connect', reader: rig.readers[1]! });
      assert.deepEqual([failure.problem, failure.pcsc], ['busy', '8010000B']);
      assert.match(failure.message, /^Lab B 01 00: another program holds the card \(SCARD_E_SHARING_VIOLATION, 8010000B\)$/);
      assert.equal(await transmit(holder, '80100000'), '9000');
      await holder.call({ do: 'close' });
      await client.call({ do: 'connect', reader: rig.readers[1]! });
      assert.equal((await holder.fail({ do: 'connect', reader: rig.readers[1]! })).problem, 'busy');
      client.process.kill('SIGKILL');
      await retry(() => holder.call({ do: 'connect', reader: rig.readers[1]! }));
      assert.equal(await transmit(holder, '8020000004'), '000000009000');
      await holder.end();
    });

    test('a card that is pulled is gone, then absent, and works when it is put back', async () => {
      await using client = await opened();
      await client.call({ do: 'connect', reader: rig.readers[1]! });
      assert.equal(await transmit(client, '80100000'), '9000');
      await client.call({ do: 'changes' });
      await rig.move(1, false);
      await readersWhen(client, (readers) => readers[1]?.present === false);
      assert.deepEqual((await client.fail({ do: 'transmit', command: '80100000' })).problem, 'gone');
      await client.call({ do: 'close' });
      const absent = await client.fail({ do: 'connect', reader: rig.readers[1]! });
      assert.deepEqual([absent.problem, absent.pcsc], ['noCard', '8010000C']);
      await rig.move(1, true);
      await readersWhen(client, (readers) => readers[1]?.present === true);
      assert.deepEqual([...new Set(await client.call({ do: 'changes' }))], ['1011', '1111']);
      await client.call({ do: 'connect', reader: rig.readers[1]! });
      assert.equal(await transmit(client, '8020000004'), '000000009000');
      await client.end();
    });

    test('a card that is pulled while it is spoken with is gone at once', async () => {
      await using client = await opened();
      await client.call({ do: 'connect', reader: rig.readers[1]! });
      await rig.move(1, false);
      const { problem } = await client.fail({ do: 'transmit', command: '80100000' });
      assert.ok(['gone', 'unresponsive'].includes(problem), problem);
      await rig.move(1, true);
      await readersWhen(client, (readers) => readers[1]?.present === true);
      await client.end();
    });

    test('a reader that is not there is gone', async () => {
      await using client = await opened();
      assert.equal((await client.fail({ do: 'connect', reader: 'Nix 00 00' })).problem, 'gone');
      await client.end();
    });

    test('a process ends by itself, whatever it left open', async () => {
      for (const left of ['nothing', 'readers', 'card', 'pulled'] as const) {
        await using client = await opened();
        if (left !== 'nothing') await client.call({ do: 'readers' });
        if (left === 'card' || left === 'pulled') await client.call({ do: 'connect', reader: rig.readers[1]! });
        if (left === 'pulled') await rig.move(1, false);
        const ms = await client.end();
        assert.ok(ms < 1000, `${left}: ${ms} ms`);
        assert.equal(client.process.exitCode, 0, left);
        await rig.move(1, true);
        await using next = await opened();
        await readersWhen(next, (readers) => readers[1]?.present === true);
        await next.end();
      }
    });

    test('open and close thirty times in one process, and it still ends by itself', async () => {
      await using client = await opened();
      for (let i = 0; i < 30; i++) {
        await retry(() => client.call({ do: 'connect', reader: rig.readers[0]! }));
        await client.call({ do: 'dispose' });
        await client.call({ do: 'open' });
      }
      await client.end();
    });
  });
}

/** Until it works: the daemon notices that a program was killed a moment later. */
async function retry(action: () => Promise<unknown>): Promise<void> {
  for (let i = 0; ; i++) {
    try {
      await action();
      return;
    } catch (error) {
      if (i === 40) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
