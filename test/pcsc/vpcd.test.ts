/** The second, independent way into a pcscd: vsmartcard's vpcd, at APDU level. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { offerToVpcd } from '../../src/lab/readers/vpcd.ts';
import { toHex } from '../../src/lpa/bytes.ts';
import { UsageError } from '../../src/lpa/errors.ts';
import { scriptedCard, T0_ATR, T1_ATR } from '../scripted-card.ts';
import { readersWhen, startClient } from './rig.ts';

async function startVpcd(atr: string) {
  const child = fork(fileURLToPath(new URL('./vpcd-process.js', import.meta.url)), [atr]);
  const heard = async () => (await Promise.race([once(child, 'message'), once(child, 'exit').then(([code]) => [{ code }])]))[0];
  const { socketName } = await heard();
  assert.ok(socketName, 'needs sudo apt-get install -y --no-install-recommends pcscd libccid socat vsmartcard-vpcd');
  return {
    socketName: socketName as string,
    async ask(request: { move?: boolean }): Promise<string[]> {
      child.send(request);
      return (await heard()).log;
    },
    async [Symbol.asyncDispose]() {
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    },
  };
}

test('a T=0 card: power, cases, reset, pulled and put back', async () => {
  await using vpcd = await startVpcd(toHex(T0_ATR));
  await using client = startClient(vpcd.socketName);
  await client.call({ do: 'open' });
  const [reader] = await readersWhen(client, ([first]) => first?.present === true);
  assert.ok(reader);
  assert.equal(await client.call({ do: 'connect', reader: reader.name }), toHex(T0_ATR));
  const transmit = (command: string) => client.call({ do: 'transmit', command });
  assert.equal(await transmit('80100000'), '9000');
  assert.equal(await transmit('8020000000'), '6C04');
  assert.equal(await transmit('8020000004'), '010101019000');
  assert.equal(await transmit('8040010002AABB00'), '6102');
  assert.equal(await transmit('00C0000002'), 'BBAA9000');
  await client.call({ do: 'reset' });
  assert.equal(await transmit('8020000004'), '000000009000');
  assert.ok((await vpcd.ask({})).includes('8040010002AABB'));

  await vpcd.ask({ move: false });
  await readersWhen(client, ([first]) => first?.present === false);
  assert.equal((await client.fail({ do: 'transmit', command: '80100000' })).problem, 'gone');
  await client.call({ do: 'close' });
  await vpcd.ask({ move: true });
  await readersWhen(client, ([first]) => first?.present === true);
  await client.call({ do: 'connect', reader: reader.name });
  assert.equal(await transmit('8020000004'), '000000009000');
  await client.end();
});

test('a T=1 card answers whole', async () => {
  await using vpcd = await startVpcd(toHex(T1_ATR));
  await using client = startClient(vpcd.socketName);
  await client.call({ do: 'open' });
  const [reader] = await readersWhen(client, ([first]) => first?.present === true);
  assert.equal(await client.call({ do: 'connect', reader: reader!.name }), toHex(T1_ATR));
  assert.equal(await client.call({ do: 'transmit', command: '8040010002AABB00' }), 'BBAA9000');
  await client.end();
});

test('where no vpcd listens the package is named', async () => {
  await assert.rejects(
    offerToVpcd(scriptedCard(), { port: 1 }),
    (error) =>
      error instanceof UsageError &&
      /no vpcd listens at 127.0.0.1:1/.test(error.message) &&
      /vsmartcard-vpcd/.test(error.remedy ?? ''),
  );
});
