/** The card at a listening socket, for `lpa --reader tcp:host:port` and whatever else speaks vpcd's framing (card/framing.ts). */
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { CONTROL, controlFrame, frame, payloadReader } from '../../lpa/card/socket/framing.ts';
import type { CardInReader } from './reader.ts';

export interface SocketReader extends AsyncDisposable {
  /** What `lpa --reader` takes: `tcp:127.0.0.1:40123`. */
  readonly name: string;
  readonly port: number;
}

/**
 * One program at a time holds the card; another is told so and hung up on. The card is powered off when its program leaves.
 *
 * @param port 0 for any that is free
 */
export async function offerAtSocket(card: CardInReader, { host = '127.0.0.1', port = 0 } = {}): Promise<SocketReader> {
  let holder: Socket | undefined;
  let present = true;
  let powered = false;
  const sockets = new Set<Socket>();

  const powerOff = async () => {
    if (!powered) return;
    powered = false;
    await card.powerOff();
  };

  card.onPresence?.(async (isPresent) => {
    present = isPresent;
    if (isPresent) return;
    holder?.destroy();
    await powerOff();
  });

  const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // A program that is killed resets the connection: it has left, as with an end in good order.
    socket.on('error', () => socket.destroy());
    if (holder) {
      refuse(socket);
      return;
    }

    holder = socket;
    let done: Promise<void> = Promise.resolve();
    const then = (step: () => void | Promise<void>) => {
      done = done.then(step);
    };
    const answer = (payload: Uint8Array) => {
      if (!socket.destroyed) socket.write(frame(payload));
    };
    socket.on(
      'data',
      payloadReader((payload) =>
        then(async () => {
          if (payload.length !== 1) {
            const response = await card.transmit(payload);
            return present ? answer(response) : undefined;
          }
          if (payload[0] === CONTROL.atr) return answer(present ? card.atr : new Uint8Array());
          if (!present) return;
          if (payload[0] === CONTROL.off) await powerOff();
          if (payload[0] === CONTROL.on || payload[0] === CONTROL.reset) {
            powered = true;
            await card.powerOn();
          }
        }),
      ),
    );
    let left = false;
    const leave = () => {
      if (left) return;
      left = true;
      then(async () => {
        await powerOff();
        holder = undefined;
        // Only now: who sees the connection closed may count on the card being free.
        socket.end();
      });
    };
    socket.on('end', leave);
    socket.on('close', leave);
  });

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    name: `tcp:${host.includes(':') ? `[${host}]` : host}:${bound}`,
    port: bound,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** The refusal answers a question, so it waits for the one about the ATR. */
function refuse(socket: Socket): void {
  socket.on(
    'data',
    payloadReader((payload) => {
      if (payload.length === 1 && payload[0] === CONTROL.atr) socket.end(controlFrame(CONTROL.off));
    }),
  );
  socket.on('end', () => socket.end());
}
