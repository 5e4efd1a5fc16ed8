/**
 * The card in a vpcd reader (Debian: vsmartcard-vpcd) of a pcscd that runs already. vpcd listens, the card connects to it;
 * then vpcd speaks for the program, in the framing of card/framing.ts.
 *
 * Each command takes some 40 ms: vpcd sends the length and the payload apart, and Nagle's algorithm holds the payload back until
 * this side's kernel acknowledges the length.
 */
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { concat } from '../../lpa/bytes.ts';
import { readAtr } from '../../lpa/card/atr.ts';
import { CONTROL, frame, payloadReader } from '../../lpa/card/socket/framing.ts';
import { toTpdu } from '../../lpa/card/t0.ts';
import { UsageError } from '../../lpa/errors.ts';
import type { CardInReader } from './reader.ts';

export interface VpcdReader extends AsyncDisposable {
  /** Settles when vpcd has hung up: its daemon ended. */
  readonly ended: Promise<void>;
}

/** The first slot of /etc/reader.conf.d/vpcd. */
export const VPCD_PORT = 0x8c7b;
/** vpcd asks every 400 ms whether the card is there; one that is back sooner was never away. */
const MIN_ABSENCE_MS = 1200;

/** @throws {UsageError} where no vpcd listens. */
export async function offerToVpcd(card: CardInReader, { host = '127.0.0.1', port = VPCD_PORT } = {}): Promise<VpcdReader> {
  const transmit = apduLevel(card);
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  let powered = false;
  const powerOff = async () => {
    if (!powered) return;
    powered = false;
    await card.powerOff();
  };

  const insert = async (): Promise<Socket> => {
    const socket = await dial(host, port);
    let done: Promise<void> = Promise.resolve();
    const answer = (payload: Uint8Array) => {
      if (!socket.destroyed) socket.write(frame(payload));
    };
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      done = done.then(powerOff);
      if (socket === line) end();
    });
    socket.on(
      'data',
      payloadReader((payload) => {
        done = done.then(async () => {
          if (payload.length !== 1) return answer(await transmit(payload));
          if (payload[0] === CONTROL.atr) return answer(card.atr);
          if (payload[0] === CONTROL.off) await powerOff();
          if (payload[0] === CONTROL.on || payload[0] === CONTROL.reset) {
            powered = true;
            await card.powerOn();
          }
        });
      }),
    );
    return socket;
  };

  let line: Socket | undefined = await insert();
  let moved = Promise.resolve();
  let leftAt = 0;
  card.onPresence?.((present) => {
    moved = moved.then(async () => {
      if (!present) {
        const pulled = line;
        line = undefined;
        leftAt = performance.now();
        pulled?.destroy();
        return;
      }
      await delay(Math.max(0, MIN_ABSENCE_MS - (performance.now() - leftAt)));
      line = await insert();
    });
  });

  return {
    ended,
    async [Symbol.asyncDispose]() {
      await moved;
      line?.destroy();
      await powerOff();
    },
  };
}

/**
 * vpcd takes APDUs. For a T=0 card the reader's part is done here, as readers at APDU level do it: the Le of case 4 is kept
 * back, and an answer of 61xx fetched for a command that had one.
 */
function apduLevel(card: CardInReader): (command: Uint8Array) => Promise<Uint8Array> {
  if (readAtr(card.atr).protocols[0] !== 0) return (command) => card.transmit(command);
  return async (command) => {
    const tpdu = toTpdu(command);
    const response = await card.transmit(tpdu);
    const asked = tpdu.length < command.length ? command.at(-1) || 256 : 0;
    const [sw1, sw2 = 0] = response.slice(-2);
    if (asked === 0 || sw1 !== 0x61) return response;
    const cla = command[0] ?? 0;
    const channel = cla & 0x40 ? cla & 0x4f : cla & 0x03;
    const rest = await card.transmit(Uint8Array.of(channel, 0xc0, 0, 0, Math.min(asked, sw2 || 256) & 0xff));
    return concat(response.subarray(0, -2), rest);
  };
}

function dial(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    socket.once('connect', () => {
      socket.off('error', refused);
      resolve(socket);
    });
    const refused = (cause: unknown) =>
      reject(
        new UsageError(`no vpcd listens at ${host}:${port}`, {
          remedy: 'install it (sudo apt-get install vsmartcard-vpcd), and see that pcscd runs: it listens only then',
          cause,
        }),
      );
    socket.once('error', refused);
  });
}
