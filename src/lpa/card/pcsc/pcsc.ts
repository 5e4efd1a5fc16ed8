/**
 * PC/SC: readers and the cards in them. The one door for two bindings: pcsclite, and pcsc-mini (prebuilt) where pcsclite is not
 * installed or was not built. Both are loaded when readers are wanted, not before.
 */
import { CardError } from '../../errors.ts';
import type { Link } from '../card.ts';
import { toTpdu } from '../t0.ts';
import type { Binding, Connection, ReaderState } from './pcsc-binding.ts';
import { pcscError } from './pcsc-errors.ts';
import { openMini } from './pcsc-mini.ts';
import { openPcsclite } from './pcsclite.ts';

export type { ReaderState } from './pcsc-binding.ts';

export interface Pcsc extends AsyncDisposable {
  readonly binding: 'pcsclite' | 'pcsc-mini';
  /** As they are now, in the service's order. */
  readers(): readonly ReaderState[];
  /**
   * Power the card and keep every other program from it until the link is disposed of.
   *
   * @throws {CardError} `noCard`, `busy`, `unresponsive`, `protocol`, ...
   */
  connect(name: string): Promise<Link>;
  /** Called with all readers whenever a reader or a card comes or goes. The function it gives ends it. */
  onChange(listener: (readers: readonly ReaderState[]) => void): () => void;
  /** Why nothing more will be heard of readers: the service ended. `onChange` is called when that happens. */
  failure(): CardError | undefined;
}

/** @throws {CardError} `noDriver` where neither binding loads, `noService` where the PC/SC service does not run. */
export async function openPcsc(): Promise<Pcsc> {
  const { name, binding } = await acquire();
  const links = new Set<Link>();
  let disposed = false;
  return {
    binding: name,
    readers: () => binding.readers(),
    onChange: (listener) => binding.onChange(() => listener(binding.readers())),
    failure: () => binding.failure(),
    async connect(reader) {
      const link: Link = linkOf(reader, await binding.connect(reader), () => links.delete(link));
      links.add(link);
      return link;
    },
    async [Symbol.asyncDispose]() {
      if (disposed) return;
      disposed = true;
      try {
        for (const link of links) await link[Symbol.asyncDispose]();
      } finally {
        await release();
      }
    },
  };
}

function linkOf(name: string, connection: Connection, onClose: () => void): Link {
  let closed = false;
  return {
    name,
    get atr() {
      return connection.atr();
    },
    powersOff: true,
    async transmit(command) {
      const response = await connection.transmit(connection.protocol() === 0 ? toTpdu(command) : command).catch(pulled);
      if (response.length < 2) throw new CardError(`${name}: the answer has no status word`, { problem: 'protocol' });
      return response;
    },
    reset: () => connection.reset(),
    async [Symbol.asyncDispose]() {
      if (closed) return;
      closed = true;
      onClose();
      await connection.close();
    },
  };
}

/** A card that was there is gone, even where the driver notices before the service and says that there is none. */
const pulled = (error: unknown): never => {
  if (!(error instanceof CardError) || error.problem !== 'noCard') throw error;
  throw new CardError(error.message, { problem: 'gone', pcsc: error.pcsc, cause: error.cause });
};

interface Loaded {
  readonly name: Pcsc['binding'];
  readonly binding: Binding;
}

/**
 * How long PC/SC stays open after its last user. Who comes back finds it as it was; a program that exits by then need not close
 * it. And a thread of the binding that has just looked at its readers has to be back at its place before it is told to end
 * (pcsclite.ts says why): in turns of the event loop, for on a busy machine a turn takes longer, as does the way back.
 */
const LINGER_TURNS = 30;
const TURN_MS = 5;

// pcsclite bears one context a process, so all users of this module share it.
let shared: Promise<Loaded> | undefined;
let isBroken = (): boolean => false;
let users = 0;
let lingering: NodeJS.Timeout | undefined;
let closing: Promise<void> = Promise.resolve();

async function acquire(): Promise<Loaded> {
  clearTimeout(lingering);
  if (users === 0 && isBroken()) close();
  users += 1;
  shared ??= closing.then(load);
  try {
    const loaded = await shared;
    isBroken = () => loaded.binding.failure() !== undefined;
    return loaded;
  } catch (error) {
    users -= 1;
    if (users === 0) shared = undefined;
    throw error;
  }
}

async function release(): Promise<void> {
  users -= 1;
  if (users > 0 || !shared) return;
  const { binding } = await shared;
  await binding.settled();
  if (users > 0) return;
  clearTimeout(lingering);
  linger(LINGER_TURNS);
}

function linger(turns: number): void {
  if (turns === 0) close();
  else lingering = setTimeout(linger, TURN_MS, turns - 1);
}

function close(): void {
  const last = shared;
  shared = undefined;
  isBroken = () => false;
  if (last) closing = last.then(({ binding }) => binding.close());
}

async function load(): Promise<Loaded> {
  const { createRequire } = await import('node:module'); // a card at a socket needs neither it nor a binding
  const require = createRequire(import.meta.url);
  const failures: unknown[] = [];
  for (const { name, open } of [
    { name: 'pcsclite', open: openPcsclite },
    { name: 'pcsc-mini', open: openMini },
  ] as const) {
    let module: any;
    try {
      module = require(name);
    } catch (error) {
      failures.push(error);
      continue;
    }
    return { name, binding: await open(module, pcscError) };
  }
  const library = failures.some((error) => String(error).includes('libpcsclite.so'));
  throw new CardError(library ? 'the PC/SC library is not installed' : 'neither pcsclite nor pcsc-mini could be loaded', {
    problem: 'noDriver',
    ...(library ? { remedy: 'install libpcsclite1 and pcscd (Debian: sudo apt-get install pcscd libpcsclite1)' } : {}),
    cause: new AggregateError(failures),
  });
}
