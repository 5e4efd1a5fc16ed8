/** A scripted card in the vpcd reader of a private daemon; a process of its own for the reason given in rig-process.ts. */
import { type AddressInfo, createServer } from 'node:net';
import { startPcscd } from '../../src/lab/readers/pcscd.ts';
import { offerToVpcd } from '../../src/lab/readers/vpcd.ts';
import { fromHex } from '../../src/lpa/bytes.ts';
import { scriptedCard } from '../scripted-card.ts';

const DRIVER = '/usr/lib/pcsc/drivers/serial/libifdvpcd.so';

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const port = await freePort();
const hex = `0x${port.toString(16).toUpperCase()}`;
const daemon = await startPcscd([], {
  furtherReaders: `FRIENDLYNAME "Virtual"\nDEVICENAME /dev/null:${hex}\nLIBPATH ${DRIVER}\nCHANNELID ${hex}\n`,
});
const card = scriptedCard(process.argv[2] ? { atr: fromHex(process.argv[2]) } : {});
const reader = await offerToVpcd(card, { port });
process.on('disconnect', async () => {
  await reader[Symbol.asyncDispose]();
  await daemon[Symbol.asyncDispose]();
});
reader.ended.then(() => process.connected && process.send?.({ ended: true }));
process.on('message', (request: { move?: boolean }) => {
  if (request.move !== undefined) card.move(request.move);
  process.send?.({ log: card.log.splice(0) });
});
process.send?.({ socketName: daemon.socketName });
