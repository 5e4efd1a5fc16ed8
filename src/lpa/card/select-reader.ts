/** From what the user calls a reader, or from nothing, to a powered card that is ours alone. */

import { setTimeout as delay } from 'node:timers/promises';
import { nowMs } from '../clock.ts';
import { CardError } from '../errors.ts';
import type { Link } from './card.ts';
import { openPcsc, type Pcsc, type ReaderState } from './pcsc/pcsc.ts';
import { isSocketName, openSocket } from './socket/socket.ts';

export interface OpenOptions {
  /** Part of a reader's name, its number in the list (from 1), or `tcp:host:port`. */
  readonly reader?: string | undefined;
  /** How long to wait for a card that another program holds. */
  readonly waitMs: number;
  /** Asked of each card where several could be meant; it leaves the card as it found it. */
  readonly isEuicc: (link: Link) => Promise<boolean>;
  /** Told once per reader before the first wait. */
  readonly onWait?: ((reader: string) => void) | undefined;
}

/** How often a held card is tried again. */
const RETRY_MS = 100;
/** A card that another program took during our reset is waited for at least so long: the work on it is half done. */
const RESET_WAIT_MS = 10_000;

/**
 * Open the card that is meant. With one reader, or one named, no card is asked anything; with several, each card is asked
 * whether it is an eUICC, and exactly one has to be.
 *
 * @throws {CardError} `noReader`, `readerNotFound`, `noCard`, `busy`, `severalReaders`, `noEuicc`
 */
export async function openLink(options: OpenOptions): Promise<Link> {
  const { reader } = options;
  if (reader !== undefined && isSocketName(reader)) return patiently(() => openSocket(reader), reader, options);
  const pcsc = await openPcsc();
  try {
    const link = await choose(pcsc, options);
    return withPcsc(link, pcsc, options);
  } catch (error) {
    await pcsc[Symbol.asyncDispose]();
    throw error;
  }
}

/** Every reader that PC/SC knows, in the order whose numbers `reader` takes. None is no error. */
export async function listReaders(): Promise<readonly ReaderState[]> {
  await using pcsc = await openPcsc();
  return pcsc.readers();
}

/**
 * Every reader as it is now, and again after each change, until the signal says so.
 *
 * @throws {CardError} `noService` when the PC/SC service ends
 */
export async function* watchReaders(signal: AbortSignal): AsyncGenerator<readonly ReaderState[]> {
  await using pcsc = await openPcsc();
  const waiting: (readonly ReaderState[])[] = [pcsc.readers()];
  let wake = (): void => {};
  const stop = pcsc.onChange((readers) => {
    waiting.push(readers);
    wake();
  });
  const abort = (): void => wake();
  signal.addEventListener('abort', abort);
  try {
    while (!signal.aborted) {
      const readers = waiting.shift();
      if (readers) yield readers;
      else {
        const failure = pcsc.failure();
        if (failure) throw failure;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    signal.removeEventListener('abort', abort);
    stop();
  }
}

async function choose(pcsc: Pcsc, options: OpenOptions): Promise<Link> {
  const all = pcsc.readers();
  if (all.length === 0) throw new CardError('no smart card reader found', { problem: 'noReader' });
  const meant = options.reader === undefined ? all : findReaders(all, options.reader);
  const [only, another] = meant.length > 1 ? meant.filter(({ present }) => present) : meant;
  if (!only) throw new CardError('no card is in any of the readers', { problem: 'noCard' });
  if (!another) return patiently(() => pcsc.connect(only.name), only.name, options);
  return chooseEuicc(
    pcsc,
    meant.filter(({ present }) => present).map(({ name }) => name),
    options,
  );
}

/** A number is a place in the list; a name in full goes before a part of one; upper and lower case are the same. */
export function findReaders(all: readonly ReaderState[], wanted: string): readonly ReaderState[] {
  const byNumber = /^\d+$/.test(wanted) ? all[Number(wanted) - 1] : undefined;
  if (byNumber) return [byNumber];
  const lower = wanted.toLowerCase();
  const inFull = all.filter(({ name }) => name.toLowerCase() === lower);
  const found = inFull.length > 0 ? inFull : all.filter(({ name }) => name.toLowerCase().includes(lower));
  if (wanted === '' || found.length === 0) {
    throw new CardError(`no reader is called "${wanted}"; there are ${numbered(all)}`, { problem: 'readerNotFound' });
  }
  return found;
}

/** A card that another program holds is passed over, unless no other turns out to be the one. */
async function chooseEuicc(pcsc: Pcsc, names: readonly string[], options: OpenOptions): Promise<Link> {
  const euiccs: Link[] = [];
  const held: string[] = [];
  const failures = new Map<string, CardError>();
  const ask = async (name: string, open: () => Promise<Link>) => {
    let link: Link | undefined;
    try {
      link = await open();
      if (await options.isEuicc(link)) {
        euiccs.push(link);
        return;
      }
    } catch (error) {
      if (!(error instanceof CardError)) throw error;
      if (error.problem === 'busy') held.push(name);
      failures.set(name, error);
    }
    await link?.[Symbol.asyncDispose]();
  };

  try {
    for (const name of names) await ask(name, () => pcsc.connect(name));
    if (euiccs.length === 0) {
      for (const name of held.splice(0)) await ask(name, () => patiently(() => pcsc.connect(name), name, options));
    }
    const [found, another] = euiccs;
    if (found && !another) return found;
    if (found) {
      const list = numbered(
        pcsc.readers(),
        euiccs.map(({ name }) => name),
      );
      throw new CardError(`several readers hold an eUICC: ${list}`, { problem: 'severalReaders' });
    }
    const [failure] = failures.values();
    // Where no card could be asked, the first one's own error says more than "no eUICC".
    if (failure && failures.size === names.length) throw failure;
    const cause = failures.size > 0 ? new AggregateError(failures.values()) : undefined;
    const what = held.length > 0 ? 'no eUICC in the readers that are free' : 'no eUICC in any of the readers';
    throw new CardError(`${what}: ${numbered(pcsc.readers(), names)}`, { problem: held.length > 0 ? 'busy' : 'noEuicc', cause });
  } catch (error) {
    for (const link of euiccs) await link[Symbol.asyncDispose]();
    throw error;
  }
}

/** Try until the card is free or `waitMs` is over. */
async function patiently<T>(open: () => Promise<T>, name: string, { waitMs, onWait }: OpenOptions): Promise<T> {
  const deadline = nowMs() + waitMs;
  for (let told = false; ; ) {
    try {
      return await open();
    } catch (error) {
      if (!(error instanceof CardError) || error.problem !== 'busy') throw error;
      const rest = deadline - nowMs();
      if (rest <= 0) {
        const waited = waitMs > 0 ? `, and has for ${Math.round(waitMs / 1000)} s` : '';
        throw new CardError(`${name}: another program holds the card${waited}`, {
          problem: 'busy',
          pcsc: error.pcsc,
          cause: error,
        });
      }
      if (!told) onWait?.(name);
      told = true;
      await delay(Math.min(RETRY_MS, rest));
    }
  }
}

/** Those of all readers, as `lpa readers` numbers them: `1: Lab 00 00, 3: Lab 02 00`. */
const numbered = (all: readonly ReaderState[], names?: readonly string[]): string =>
  all
    .map(({ name }, i) => ({ name, entry: `${i + 1}: ${name}` }))
    .filter(({ name }) => names === undefined || names.includes(name))
    .map(({ entry }) => entry)
    .join(', ');

/** The same link, which lets go of PC/SC with the card, and gets the card back where another program took it during a reset. */
function withPcsc(link: Link, pcsc: Pcsc, options: OpenOptions): Link {
  return {
    name: link.name,
    get atr() {
      return link.atr;
    },
    ...(link.powersOff && { powersOff: true }),
    transmit: link.transmit,
    reset: () => patiently(() => link.reset(), link.name, { ...options, waitMs: Math.max(options.waitMs, RESET_WAIT_MS) }),
    async [Symbol.asyncDispose]() {
      await link[Symbol.asyncDispose]();
      await pcsc[Symbol.asyncDispose]();
    },
  };
}
