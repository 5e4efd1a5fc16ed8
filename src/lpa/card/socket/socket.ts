/** A card at the end of a socket, `tcp:host:port`: the lab's, or a remote reader's. The framing is in framing.ts. */
import { connect, type Socket } from 'node:net';
import { CardError, type CardProblem, UsageError } from '../../errors.ts';
import { readAtr } from '../atr.ts';
import type { Link } from '../card.ts';
import { toTpdu } from '../t0.ts';
import { CONTROL, controlFrame, frame, payloadReader } from './framing.ts';

const CONNECT_MS = 10_000;
/** Longer than any function of a real card takes: an eUICC may think for a minute over a profile element. */
const ANSWER_MS = 120_000;

export const isSocketName = (name: string): boolean => name.startsWith('tcp:');

/**
 * Connect, power the card and read its ATR; the card is ours until the link is disposed of.
 *
 * @throws {CardError} `noReader` where nobody listens, `busy` while another program holds the card, `noCard`.
 */
export async function openSocket(name: string): Promise<Link> {
  const { host, port } = parseAddress(name);
  const line = await dial(name, host, port);
  try {
    const atr = await powerOn(line, CONTROL.on);
    // The protocol is the card's first offer, as a reader without PPS would have it.
    const t0 = readAtr(atr).protocols[0] === 0;
    return {
      name,
      atr,
      powersOff: true,
      async transmit(command) {
        const response = await line.ask(frame(t0 ? toTpdu(command) : command));
        if (response.length < 2) throw line.error('protocol', 'the answer has no status word');
        return response;
      },
      async reset() {
        await powerOn(line, CONTROL.reset);
      },
      async [Symbol.asyncDispose]() {
        await line.hangUp(controlFrame(CONTROL.off));
      },
    };
  } catch (error) {
    await line.hangUp();
    throw error;
  }
}

async function powerOn(line: Line, control: number): Promise<Uint8Array> {
  line.say(controlFrame(control));
  const atr = await line.ask(controlFrame(CONTROL.atr));
  if (atr.length === 0) throw line.error('noCard', 'no card is present');
  if (atr.length === 1) throw line.error('busy', 'another program holds the card');
  return atr;
}

function parseAddress(name: string): { host: string; port: number } {
  const match = /^tcp:(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(name);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port < 1 || port > 65535) throw new UsageError(`reader ${name}: expected tcp:<host>:<port>`);
  return { host, port };
}

/** A connection that asks one thing at a time. */
interface Line {
  say(octets: Uint8Array): void;
  ask(octets: Uint8Array): Promise<Uint8Array>;
  /** Ends once the other side has let go too, so that the card is free for the next program. */
  hangUp(lastWord?: Uint8Array): Promise<void>;
  error(problem: CardProblem, what: string, cause?: unknown): CardError;
}

async function dial(name: string, host: string, port: number): Promise<Line> {
  const error: Line['error'] = (problem, what, cause) => new CardError(`${name}: ${what}`, { problem, cause });
  const socket = await new Promise<Socket>((resolve, reject) => {
    // Without noDelay each APDU waits 40 ms for an acknowledgement.
    const opened = connect({ host, port, noDelay: true, timeout: CONNECT_MS });
    const refused = (cause: unknown) => {
      opened.destroy();
      const remedy = 'start the program that offers the card there, or check the address';
      reject(new CardError(`${name}: no card is offered at this address`, { problem: 'noReader', remedy, cause }));
    };
    opened.once('error', refused);
    opened.once('timeout', () => refused(new Error(`no connection within ${CONNECT_MS / 1000} s`)));
    opened.once('connect', () => {
      opened.off('error', refused);
      opened.removeAllListeners('timeout');
      opened.setTimeout(0);
      resolve(opened);
    });
  });

  let waiting: { resolve(payload: Uint8Array): void; reject(error: CardError): void } | undefined;
  let ended: CardError | undefined;
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const end = (cause?: unknown) => {
    ended ??= error('gone', 'the connection to the card was closed', cause);
    waiting?.reject(ended);
    waiting = undefined;
  };
  socket.on('error', end);
  socket.on('end', () => end());
  socket.on('close', () => end());
  socket.on(
    'data',
    payloadReader((payload) => {
      if (!waiting) {
        end(new Error('an answer that nobody asked for'));
        socket.destroy();
        return;
      }
      waiting.resolve(payload);
      waiting = undefined;
    }),
  );

  return {
    error,
    say(octets) {
      if (!ended) socket.write(octets);
    },
    ask(octets) {
      return new Promise((resolve, reject) => {
        if (ended) return reject(ended);
        if (waiting) return reject(new Error(`${name}: a second command before the first was answered`));
        const timer = setTimeout(() => {
          reject(error('unresponsive', `no answer within ${ANSWER_MS / 1000} s`));
          socket.destroy();
        }, ANSWER_MS);
        waiting = {
          resolve: (payload) => {
            clearTimeout(timer);
            resolve(payload);
          },
          reject: (reason) => {
            clearTimeout(timer);
            reject(reason);
          },
        };
        socket.write(octets);
      });
    },
    async hangUp(lastWord) {
      if (lastWord && !socket.destroyed) socket.write(lastWord);
      socket.end();
      const timer = setTimeout(() => socket.destroy(), 1000);
      await closed;
      clearTimeout(timer);
    },
  };
}
