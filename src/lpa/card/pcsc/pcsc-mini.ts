/**
 * The binding pcsc-mini 0.1, as it really behaves:
 *
 * - a result code is a name, `SharingViolation`
 * - nothing says that the list of readers is complete: it is, when no reader was new for a moment
 * - the ATR of a `change` is garbage on Linux; a connected card's `state()` tells it
 */

import { setTimeout as delay } from 'node:timers/promises';
import {
  type Binding,
  connectTo,
  EXCLUSIVE,
  listeners,
  MAX_RESPONSE,
  RESET_CARD,
  STATE_PRESENT,
  T0_OR_T1,
  T1,
  UNPOWER_CARD,
} from './pcsc-binding.ts';
import { pcscCode, type pcscError } from './pcsc-errors.ts';

interface NativeCard {
  protocol(): number;
  state(): Promise<{ atr: Uint8Array }>;
  transmit(command: Uint8Array, output: ArrayBuffer): Promise<Uint8Array>;
  reconnect(mode: number, disposition: number): Promise<number>;
  disconnect(disposition: number): Promise<void>;
}

interface NativeReader {
  name(): string;
  on(event: 'change', listener: (status: { readonly raw: number }) => void): void;
  on(event: 'disconnect', listener: () => void): void;
  connect(mode: number, protocol: number): Promise<NativeCard>;
}

interface NativeClient {
  on(event: 'reader', listener: (reader: NativeReader) => void): void;
  on(event: 'error', listener: (error: Error) => void): void;
  start(): void;
  stop(): void;
}

interface Known {
  readonly native: NativeReader;
  state: number;
}

/**
 * How long nothing has to be heard, in turns of the event loop: on a busy machine a turn takes longer, as does whatever is
 * to be heard. The first reader is heard of within two of them; with no reader there is nothing to hear.
 */
const TURN_MS = 5;
const FIRST_READER_TURNS = 60;
const NEXT_READER_TURNS = 4;
/** stop() waits for a thread that may miss it on its way back from an event: so long none may have come; and at most. */
const QUIET_TURNS = 3;
const QUIET_TURNS_AT_MOST = 100;

export async function openMini(module: { Client: new () => NativeClient }, fail: typeof pcscError): Promise<Binding> {
  const failure = (error: unknown, where?: string) => fail(pcscCode((error as { code?: string }).code ?? ''), where, error);
  const known = new Map<string, Known>();
  const changed = listeners();
  let broken: Error | undefined;
  let quietTurns = 0;
  let turnsSinceChange = 0;

  const client = new module.Client();
  client.on('error', (error) => {
    broken = error;
    changed.call();
  });
  client.on('reader', (native) => {
    quietTurns = 0;
    const reader: Known = { native, state: 0 };
    known.set(native.name(), reader);
    native.on('change', ({ raw }) => {
      reader.state = raw;
      turnsSinceChange = 0;
      changed.call();
    });
    native.on('disconnect', () => {
      known.delete(native.name());
      changed.call();
    });
  });
  try {
    client.start();
  } catch (error) {
    throw failure(error);
  }
  const enough = () => (known.size === 0 ? FIRST_READER_TURNS : NEXT_READER_TURNS);
  for (; quietTurns < enough() && !broken; quietTurns++) await delay(TURN_MS);
  if (broken) {
    client.stop();
    throw failure(broken);
  }

  return {
    readers: () =>
      [...known.values()].map(({ native, state }) => ({ name: native.name(), present: (state & STATE_PRESENT) !== 0 })),
    async connect(name) {
      const reader = known.get(name);
      if (!reader) throw fail(0x80100009, name, undefined);
      const or = (error: unknown): never => {
        throw failure(error, name);
      };
      const card = await connectTo(() => reader.native.connect(EXCLUSIVE, T0_OR_T1).catch(or));
      const output = new ArrayBuffer(MAX_RESPONSE);
      let atr = Uint8Array.from((await card.state().catch(or)).atr);
      return {
        atr: () => atr,
        protocol: () => (card.protocol() === T1 ? 1 : 0),
        transmit: async (command) => Uint8Array.from(await card.transmit(command, output).catch(or)),
        async reset() {
          await card.reconnect(EXCLUSIVE, RESET_CARD).catch(or);
          atr = Uint8Array.from((await card.state().catch(or)).atr);
        },
        async close() {
          // The card is left either way; a card that was pulled cannot be disconnected from.
          await card.disconnect(UNPOWER_CARD).catch(() => {});
        },
      };
    },
    onChange: (listener) => changed.add(listener),
    failure: () => broken && failure(broken),
    async settled() {
      turnsSinceChange = 0;
      for (let turns = 0; turnsSinceChange < QUIET_TURNS && turns < QUIET_TURNS_AT_MOST; turns++) {
        await delay(TURN_MS);
        turnsSinceChange += 1;
      }
    },
    async close() {
      try {
        client.stop();
      } catch (error) {
        // With the service gone there is nothing left to stop.
        if (pcscCode((error as { code?: string }).code ?? '') === 0) throw error;
      }
    },
  };
}
