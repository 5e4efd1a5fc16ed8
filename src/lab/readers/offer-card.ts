/** Where the card is put: at a socket, in a reader of a private PC/SC daemon, or in the vpcd reader of one that runs. */
import { UsageError } from '../../lpa/errors.ts';
import type { OpenLab } from '../state/lab.ts';
import { daemonsFor, MAX_CARDS } from './lab-readers.ts';
import type { PrivatePcscd } from './pcscd.ts';
import type { CardInReader } from './reader.ts';

export const READER_OPTIONS = {
  pcsc: { flags: '--pcsc', text: 'put the card into an emulated reader of a private PC/SC daemon (Linux)' },
  cards: {
    flags: '--cards <number>',
    text: 'with --pcsc: number of cards, 1 to 32, each with its own EID and in its own reader',
  },
  vpcd: { flags: '--vpcd <port>', text: 'put the card into the vpcd reader of a PC/SC daemon that runs; vpcd listens at 35963' },
} as const;

export interface OfferedCard extends AsyncDisposable {
  /** For LPA_READER. */
  readonly reader?: string;
  /** For PCSCLITE_CSOCK_NAME: the socket of each daemon, the first card's first. */
  readonly pcscd?: readonly string[];
  /** Settles when a daemon has ended. */
  readonly ended: Promise<void>;
}

const NEVER: Promise<void> = new Promise(() => {});

/** @throws {UsageError} */
export function numberOfCards({
  cards,
  pcsc,
}: {
  readonly cards?: string | undefined;
  readonly pcsc?: boolean | undefined;
}): number {
  if (cards === undefined) return 1;
  if (!pcsc) throw new UsageError('--cards goes with --pcsc: elsewhere there is room for one');
  const number = /^\d{1,2}$/.test(cards) ? Number(cards) : 0;
  if (number < 1 || number > MAX_CARDS) throw new UsageError(`--cards: a number from 1 to ${MAX_CARDS}`);
  return number;
}

/** @param port where the socket listens; without it at the port of this lab, or at any where that one is taken */
export async function offerCard(
  lab: OpenLab,
  [card, ...others]: readonly [CardInReader, ...CardInReader[]],
  {
    pcsc = false,
    vpcd,
    port,
  }: { readonly pcsc?: boolean | undefined; readonly vpcd?: string | undefined; readonly port?: number | undefined },
): Promise<OfferedCard> {
  if (pcsc && vpcd !== undefined) throw new UsageError('--pcsc and --vpcd: the card can be in one place only');
  if (vpcd !== undefined) {
    const { offerToVpcd } = await import('./vpcd.ts');
    return offerToVpcd(card, { port: portFrom(vpcd, '--vpcd') });
  }
  if (pcsc) {
    return await offerInPcsc([card, ...others]);
  }
  const { offerAtSocket } = await import('./socket.ts');
  const listen = async (wanted: number) => {
    const reader = await offerAtSocket(card, { port: wanted });
    return { reader: reader.name, ended: NEVER, [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose]() };
  };
  try {
    return await listen(port ?? lab.ports.card);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    if (port === undefined) return listen(0);
    throw new UsageError(`port ${port} is taken`, { cause: error, remedy: 'name another with --tcp=<port>' });
  }
}

async function offerInPcsc(cards: readonly CardInReader[]): Promise<OfferedCard> {
  const { startPcscd } = await import('./pcscd.ts');
  const daemons: PrivatePcscd[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(daemons.map((daemon) => daemon[Symbol.asyncDispose]()));
  };
  try {
    for (const readers of daemonsFor(cards)) daemons.push(await startPcscd(readers));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    pcscd: daemons.map(({ socketName }) => socketName),
    ended: Promise.race(daemons.map(({ ended }) => ended)),
    [Symbol.asyncDispose]: close,
  };
}

/** @throws {UsageError} */
export function portFrom(text: string, flag: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65535) throw new UsageError(`${flag}: not a port`);
  return port;
}

/** Ends where the card's daemon did. @throws {UsageError} then */
export const untilEnded = (offered: OfferedCard): Promise<never> =>
  offered.ended.then(() => {
    throw new UsageError('the PC/SC daemon ended by itself');
  });
