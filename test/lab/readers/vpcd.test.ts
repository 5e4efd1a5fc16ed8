import assert from 'node:assert/strict';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { offerToVpcd } from '../../../src/lab/readers/vpcd.ts';
import { fromHex, toHex } from '../../../src/lpa/bytes.ts';
import { CONTROL, controlFrame, frame, payloadReader } from '../../../src/lpa/card/socket/framing.ts';
import { scriptedCard, T0_ATR } from '../../scripted-card.ts';

test('a program that appends Le is answered whole by a T=0 card, one that does not fetches the answer itself', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const connected = new Promise<Socket>((resolve) => server.once('connection', resolve));
  const card = scriptedCard();
  {
    await using reader = await offerToVpcd(card, { port: (server.address() as AddressInfo).port });
    const vpcd = await connected;
    const heard: ((payload: Uint8Array) => void)[] = [];
    vpcd.on(
      'data',
      payloadReader((payload) => heard.shift()?.(payload)),
    );
    const ask = async (octets: Uint8Array) => {
      const answer = new Promise<Uint8Array>((resolve) => heard.push(resolve));
      vpcd.write(octets);
      return toHex(await answer);
    };
    vpcd.write(controlFrame(CONTROL.on));
    assert.equal(await ask(controlFrame(CONTROL.atr)), toHex(T0_ATR));
    assert.equal(await ask(frame(fromHex('8140010002AABB00'))), 'BBAA9000');
    assert.equal(card.log.at(-1), '01C0000002');
    assert.equal(await ask(frame(fromHex('C440010002AABB01'))), 'BB6101');
    assert.equal(card.log.at(-1), '44C0000001');
    assert.equal(await ask(frame(fromHex('8040010002AABB'))), '6102');
    vpcd.write(controlFrame(CONTROL.off));
    vpcd.destroy();
    await reader.ended;
  }
  assert.deepEqual(card.log.at(-1), 'off');
  await new Promise((resolve) => server.close(resolve));
});
