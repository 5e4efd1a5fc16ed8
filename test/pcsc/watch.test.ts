/** lpa readers --watch over a real pcscd. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startRig } from './rig.ts';

const LPA = fileURLToPath(new URL('../../bin/lpa.js', import.meta.url));

test('a watch sees cards come and go, and ends when the service does', { timeout: 60_000 }, async () => {
  await using rig = await startRig([{ name: 'Lab A' }, { name: 'Lab B', absent: true }]);
  const [a, b] = rig.readers;
  const lpa = spawn(process.execPath, [LPA, 'readers', '--watch', '--json'], {
    env: { ...process.env, PCSCLITE_CSOCK_NAME: rig.socketName, LPA_READER: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(lpa, 'exit');
  let err = '';
  lpa.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  try {
    const lines = createInterface({ input: lpa.stdout })[Symbol.asyncIterator]();
    const next = async (): Promise<{ event: string; name: string; kind?: string }> => {
      const { value, done } = await lines.next();
      if (done) throw new Error(`the watch ended: ${err}`);
      const { event, name, kind } = JSON.parse(value);
      return { event, name, ...(kind !== undefined && { kind }) };
    };
    const start = [await next(), await next(), await next()];
    const key = ({ event, name }: { event: string; name: string }): string => `${name} ${event}`;
    assert.deepEqual(
      start.sort((x, y) => key(x).localeCompare(key(y))),
      [
        { event: 'cardInserted', name: a, kind: 'uicc' },
        { event: 'readerAdded', name: a },
        { event: 'readerAdded', name: b },
      ],
    );
    await rig.move(1, true);
    assert.deepEqual(await next(), { event: 'cardInserted', name: b, kind: 'uicc' });
    await rig.move(0, false);
    assert.deepEqual(await next(), { event: 'cardRemoved', name: a });
    await rig[Symbol.asyncDispose]();
    // Its readers may be seen to go before it is seen to have ended.
    for (;;) if ((await lines.next()).done) break;
    const [code] = (await exited) as [number];
    assert.deepEqual([code, JSON.parse(err).error.code], [3, 'card'], err);
  } finally {
    lpa.kill('SIGKILL');
  }
});
