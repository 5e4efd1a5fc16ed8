/**
 * The binding pcsclite 1.0, as it really behaves:
 *
 * - it throws at once where the service is down; a result code stands only in the text, `(0x8010000b)`
 * - nothing says that the list of readers is complete: its `start` is watched, which also tells of no readers at all
 * - a reader's state comes with its first `status`; `connect` does not tell the ATR
 * - no SCardReconnect: a reset is disconnect and connect; where another program steps in between it is busy, and may be called again
 * - close() always makes it emit "Command cancelled", and see QUIET_MS
 */

import { setTimeout as delay } from 'node:timers/promises';
import { nowMs } from '../../clock.ts';
import {
  type Binding,
  type Connection,
  connectTo,
  EXCLUSIVE,
  listeners,
  MAX_RESPONSE,
  RESET_CARD,
  STATE_PRESENT,
  STATE_UNAVAILABLE,
  STATE_UNKNOWN,
  T0_OR_T1,
  T1,
  UNPOWER_CARD,
} from './pcsc-binding.ts';
import type { pcscError } from './pcsc-errors.ts';

type Callback<T> = (error: Error | null | undefined, value: T) => void;

interface NativeReader {
  readonly name: string;
  connected: boolean;
  on(event: 'status', listener: (status: { state: number; atr?: Uint8Array }) => void): void;
  on(event: 'error' | 'end', listener: (error: Error) => void): void;
  connect(options: { share_mode: number; protocol: number }, callback: Callback<number>): void;
  disconnect(disposition: number, callback: Callback<void>): void;
  transmit(data: Uint8Array, resLen: number, protocol: number, callback: Callback<Uint8Array>): void;
  close(): void;
}

interface NativeContext {
  on(event: 'reader', listener: (reader: NativeReader) => void): void;
  on(event: 'error', listener: (error: Error) => void): void;
  start(callback: Callback<Uint8Array>): void;
  close(): void;
}

interface Known {
  readonly native: NativeReader;
  state: number;
  atr: Uint8Array | undefined;
}

/**
 * close() waits for the status threads to end, and for ever for one that does not hear of it: one on its way back to its reader
 * after an event, which takes microseconds, or as long as the machine or the service is busy with others. This is how long none
 * may have come before close; a program that exits does better not to close at all.
 */
const QUIET_MS = 10;
/** Where other programs keep the readers busy it is never quiet. */
const QUIET_AT_MOST_MS = 500;

export async function openPcsclite(create: () => NativeContext, fail: typeof pcscError): Promise<Binding> {
  const failure = (error: unknown, where?: string) => {
    const code = /\(0x([0-9a-f]+)\)/i.exec(String(error))?.[1];
    return fail(code === undefined ? 0 : Number.parseInt(code.slice(-8), 16), where, error);
  };
  const known = new Map<string, Known>();
  const changed = listeners();
  let closed = false;
  let broken: Error | undefined;
  let lastEvent = nowMs();

  let context: NativeContext;
  try {
    context = create();
  } catch (error) {
    throw failure(error);
  }
  context.on('error', (error) => {
    if (closed) return;
    broken = error;
    changed.call();
  });

  const states: Promise<void>[] = [];
  context.on('reader', (native) => {
    const reader: Known = { native, state: 0, atr: undefined };
    known.set(native.name, reader);
    states.push(
      new Promise((resolve) => {
        native.on('status', ({ state, atr }) => {
          lastEvent = nowMs();
          reader.state = state;
          reader.atr = atr && atr.length > 0 ? Uint8Array.from(atr) : undefined;
          resolve();
          if (!closed) changed.call();
        });
        const gone = () => {
          lastEvent = nowMs();
          known.delete(native.name);
          resolve();
          if (!closed) changed.call();
        };
        native.on('error', gone);
        native.on('end', gone);
      }),
    );
  });
  await new Promise<void>((resolve, reject) => {
    const start = context.start;
    context.start = (callback) =>
      start.call(context, (error, names) => {
        lastEvent = nowMs();
        callback(error, names);
        if (error) reject(failure(error));
        else resolve();
      });
  });
  await Promise.all(states);

  const settled = async () => {
    const deadline = nowMs() + QUIET_AT_MOST_MS;
    for (let rest = QUIET_MS; rest > 0 && nowMs() < deadline; rest = QUIET_MS - (nowMs() - lastEvent)) await delay(rest);
  };

  return {
    readers: () =>
      [...known.values()]
        .filter(({ state }) => (state & (STATE_UNKNOWN | STATE_UNAVAILABLE)) === 0)
        .map(({ native, state, atr }) => ({
          name: native.name,
          present: (state & STATE_PRESENT) !== 0,
          ...(atr ? { atr } : {}),
        })),
    async connect(name) {
      if (broken) throw failure(broken);
      const reader = known.get(name);
      if (!reader) throw fail(0x80100009, name, undefined);
      return connect(reader, (error) => failure(error, name));
    },
    onChange: (listener) => changed.add(listener),
    failure: () => broken && failure(broken),
    settled,
    async close() {
      await settled();
      closed = true;
      for (const { native } of [...known.values()]) native.close();
      context.close();
    },
  };
}

async function connect(reader: Known, failure: (error: unknown) => Error & { pcsc?: number | undefined }): Promise<Connection> {
  const { native } = reader;
  const promise = <T>(call: (callback: Callback<T>) => void) =>
    new Promise<T>((resolve, reject) => {
      call((error, value) => (error ? reject(failure(error)) : resolve(value)));
    });
  const open = () =>
    connectTo(() => promise<number>((done) => native.connect({ share_mode: EXCLUSIVE, protocol: T0_OR_T1 }, done)));
  const release = async (disposition: number) => {
    try {
      await promise<void>((done) => native.disconnect(disposition, done));
    } finally {
      // After a failed disconnect (the card was pulled) it thinks itself connected for ever and would not connect again.
      native.connected = false;
    }
  };

  let protocol = await open();
  return {
    atr: () => reader.atr ?? new Uint8Array(),
    protocol: () => (protocol === T1 ? 1 : 0),
    transmit: async (command) =>
      Uint8Array.from(await promise<Uint8Array>((done) => native.transmit(Buffer.from(command), MAX_RESPONSE, protocol, done))),
    async reset() {
      await release(RESET_CARD);
      protocol = await open();
    },
    async close() {
      // The card is left either way; a card that was pulled cannot be disconnected from.
      await release(UNPOWER_CARD).catch(() => {});
    },
  };
}
