/** A relay before the card's socket that keeps what is said to the card. */
import { once } from 'node:events';
import net from 'node:net';
import { payloadReader } from '../../src/lpa/card/socket/framing.ts';

export interface CardRelay extends AsyncDisposable {
  /** For `--reader`. */
  readonly reader: string;
  /** Command APDUs since the last look. Power and reset are none. */
  taken(): Uint8Array[];
}

/** @param card `tcp:host:port` of the card itself */
export async function relayTo(card: string): Promise<CardRelay> {
  const [, host = '', port = ''] = card.split(':');
  const commands: Uint8Array[] = [];
  const server = net.createServer({ noDelay: true }, (program) => {
    const socket = net.connect({ host, port: Number(port), noDelay: true });
    const read = payloadReader((payload) => {
      // One octet: off, on, reset, ATR.
      if (payload.length > 1) commands.push(payload);
    });
    program.on('data', (data) => {
      read(data);
      socket.write(data);
    });
    socket.on('data', (data) => program.write(data));
    for (const [one, other] of [
      [program, socket],
      [socket, program],
    ] as const) {
      one.on('close', () => other.destroy());
      one.on('error', () => other.destroy());
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: ours } = server.address() as net.AddressInfo;
  return {
    reader: `tcp:127.0.0.1:${ours}`,
    taken: () => commands.splice(0),
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, 'close');
    },
  };
}
