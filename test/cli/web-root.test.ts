/** The note about a server whose certificate only a web root signed. test/e2e/web-roots.test.ts has such a server. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openRspDoor } from '../../src/lpa/es9/https.ts';
import { labDoors, openLab } from './lab.ts';

test('a server that only a web root signed is named once in each command, except with --quiet', async () => {
  await using lab = await openLab();
  const { activationCode } = lab.smdp.createOrder();
  const doors = {
    ...labDoors(lab),
    openServers: async (options: Parameters<typeof openRspDoor>[0]) =>
      openRspDoor({
        ...options,
        listener: (event) =>
          options.listener?.(
            event.type === 'connected' ? { type: 'connected', address: event.address, trustedBy: 'web' } : event,
          ),
      }),
  };
  const note = `${lab.smdp.address}: the server's certificate chains to a web root, not to a CI on this eUICC\n`;
  const notes = async (...argv: string[]): Promise<number> => {
    const { code, err } = await lab.run(argv, { doors });
    assert.equal(code, 0, err);
    return err.split(note).length - 1;
  };
  assert.equal(await notes('inspect', activationCode), 1);
  assert.equal(await notes('download', activationCode, '--yes', '--no-notify'), 1);
  assert.equal(await notes('notifications', 'send'), 1);
  assert.equal(await notes('inspect', lab.smdp.createOrder().activationCode, '--quiet'), 0);
});
