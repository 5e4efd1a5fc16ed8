/**
 * A PC/SC daemon of our own, beside the system's and unknown to it: own socket, own configuration.
 * Each card sits in an emulated serial reader (serial-ccid.ts): card, reader, pseudo-terminal, libccid, pcscd, program.
 *
 * (USB readers that no other daemon holds appear in it too: this pcscd cannot be told to leave them alone.)
 *
 * The daemon takes its listening socket as systemd would hand it over (LISTEN_FDS), so no two daemons meet in /run/pcscd.
 * A shell keeps watch over it: it ends the daemon and removes the files as soon as this program is gone, killed or not. A daemon
 * that does not end by SIGTERM is killed. Where the shell is killed too, the next lab does its work (temporary-folder.ts).
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, closeSync, constants, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { toHex } from '../../lpa/bytes.ts';
import { UsageError } from '../../lpa/errors.ts';
import { endProcessesOf, makeTemporaryFolder } from '../state/temporary-folder.ts';
import { type DaemonReader, readersOfDaemon } from './pcscd-readers.ts';
import type { CardInReader } from './reader.ts';
import { type SerialReader, type SerialReaderOptions, serialReader } from './serial-ccid.ts';

export interface PrivatePcscd extends AsyncDisposable {
  /** The value of PCSCLITE_CSOCK_NAME; a program needs it in its environment before it loads a PC/SC library. */
  readonly socketName: string;
  /** The readers as programs see them, in the order given: `Lab 00 00`, `Lab 01 00`. */
  readonly readers: readonly string[];
  /** Settles when the daemon has ended, asked to or not. */
  readonly ended: Promise<void>;
}

export interface CardWithName {
  /** The reader's, without the two numbers that pcscd appends. */
  readonly name: string;
  readonly card: CardInReader;
  /** See SerialReaderOptions. */
  readonly answerTakesMs?: SerialReaderOptions['answerTakesMs'];
}

export interface PcscdOptions {
  /** Where the daemon's words go; without it they are gone when it ends. */
  readonly logFile?: string;
  /** Entries of reader.conf(5) for readers of other drivers. */
  readonly furtherReaders?: string;
  /** How long the daemon of each try has to know its readers, in milliseconds. */
  readonly triesMs?: readonly number[];
}

/** What Debian calls the things this needs. */
export const PACKAGES = 'pcscd libccid socat';
const START_MS = 10_000;

/**
 * While libccid opens a reader it gives an answer 100 ms: one that this
 * machine was too busy for leaves the reader unknown for good, two make the daemon drop it. Only a daemon anew helps then.
 */
const TRIES_MS = [2000, 4000, 8000];

/**
 * Settles when the daemon knows every reader, and whether a card is in it.
 *
 * @throws {UsageError} naming the Debian packages where the daemon, the driver or socat is missing, or saying why it did not start.
 */
export async function startPcscd(cards: readonly CardWithName[], options: PcscdOptions = {}): Promise<PrivatePcscd> {
  const programs = findPrograms();
  const { triesMs = TRIES_MS } = options;
  let seen = '';
  for (const waitMs of triesMs) {
    const daemon = await startOnce(programs, cards, options);
    try {
      seen = await unknownAfter(waitMs, daemon, options.furtherReaders ?? '');
    } catch (error) {
      await daemon[Symbol.asyncDispose]();
      throw error;
    }
    if (seen === '') return daemon;
    await daemon[Symbol.asyncDispose]();
  }
  throw new UsageError(`pcscd did not take its readers in ${triesMs.length} tries: ${seen}`, {
    remedy: 'try again when this computer has less to do',
  });
}

async function startOnce(
  programs: Programs,
  cards: readonly CardWithName[],
  { logFile, furtherReaders = '' }: PcscdOptions,
): Promise<PrivatePcscd & { readonly log: string }> {
  const dir = makeTemporaryFolder();
  const socketName = join(dir, 'pcscd.comm');
  const log = logFile ?? join(dir, 'pcscd.log');
  const readers: SerialReader[] = [];
  let guard: Guard | undefined;
  const stop = async () => {
    await guard?.stop();
    await Promise.all(readers.map((reader) => reader[Symbol.asyncDispose]()));
    rmSync(dir, { recursive: true, force: true });
  };

  try {
    mkdirSync(join(dir, 'conf'));
    // One file: pcscd takes files in the order of the directory, which is none, and numbers the readers as they come.
    const entries = cards.map(({ name }, i) =>
      [
        `FRIENDLYNAME "${name}"`,
        `DEVICENAME ${join(dir, `tty${i}`)}:GemPCTwin`,
        `LIBPATH ${programs.driver}`,
        `CHANNELID ${i + 1}`,
        '',
      ].join('\n'),
    );
    writeFileSync(join(dir, 'conf', 'readers'), [...entries, furtherReaders].join('\n'));
    for (const [i, { card, answerTakesMs }] of cards.entries()) {
      readers.push(await serialReader(card, join(dir, `line${i}`), { answerTakesMs }));
    }
    guard = await startGuard({ dir, log, socketName, programs, readers: cards.length });
    const ended = guard.ended.then(() => {
      throw notStarted(log);
    });
    ended.catch(() => {}); // once the lines are joined `ended` of the result tells it
    await within(START_MS, log, Promise.race([Promise.all(readers.map((reader) => reader.joined)), ended]));
    guard.go();
    const names = cards.map(({ name }, i) => `${name} ${toHex(Uint8Array.of(i))} 00`);
    return { socketName, log, readers: names, ended: guard.ended, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const notStarted = (log: string): UsageError => new UsageError(`pcscd did not start: ${lastLines(log)}`);

/**
 * Ask the daemon until it knows its readers, the cards' and those of the further entries.
 *
 * @returns what it said when the time was up, or '' where it knew all of them before
 */
async function unknownAfter(
  ms: number,
  { socketName, log, readers, ended }: PrivatePcscd & { readonly log: string },
  furtherReaders: string,
): Promise<string> {
  const further = [...furtherReaders.matchAll(/^FRIENDLYNAME\s+"(.*)"/gm)].map(([, name = '']) => name);
  const isAll = (known: readonly DaemonReader[]) => {
    const names = known.filter(({ card }) => card !== 'unknown').map(({ name }) => name);
    return (
      readers.every((name) => names.includes(name)) &&
      further.every((start) => names.some((name) => name.startsWith(`${start} `)))
    );
  };
  let hasEnded = false;
  void ended.then(() => {
    hasEnded = true;
  });
  let seen = 'it said nothing';
  for (const deadline = performance.now() + ms; performance.now() < deadline; await delay(POLL_MS)) {
    if (hasEnded) throw notStarted(log);
    try {
      const known = await readersOfDaemon(socketName, deadline - performance.now());
      if (isAll(known)) return '';
      seen = known.length === 0 ? 'no reader' : known.map(({ name, card }) => `${name}: card ${card}`).join('; ');
    } catch (error) {
      seen = (error as Error).message;
    }
  }
  return seen;
}

const POLL_MS = 20;

interface Guard {
  /** Let the daemon start: the pseudo-terminals are there. */
  go(): void;
  stop(): Promise<void>;
  readonly ended: Promise<void>;
}

/** A daemon that waits for its driver, or was stopped, does not end by SIGTERM. */
const KILL_AFTER_S = 3;
/** How long the shell has to end everything; then it is ended with all that it started. */
const STOP_MS = 2000 * KILL_AFTER_S;

/**
 * $0 directory, $1 number of readers, $2 socat, then pcscd and its arguments. Descriptor 3 is the listening socket, 4 a pipe
 * from this program: its first line starts the daemon, its end (whatever the reason) stops everything.
 */
const GUARD = `
dir=$0 readers=$1 socat=$2; shift 2
i=0; lines=
while [ $i -lt $readers ]; do
  "$socat" "PTY,link=$dir/tty$i,rawer" "UNIX-CONNECT:$dir/line$i" 3<&- 4<&- & lines="$lines $!"
  i=$((i + 1))
done
if read -r go <&4; then
  sh -c 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$@" 4<&-' "$@" & daemon=$!
  exec 3<&-
  trap 'kill $daemon' TERM INT HUP
  { read -r stop <&4; kill $daemon; sleep ${KILL_AFTER_S}; kill -9 $daemon; } 2>/dev/null & watch=$!
  exec 4<&-
  wait $daemon; wait $daemon 2>/dev/null
  kill $watch 2>/dev/null
fi
kill -9 $lines 2>/dev/null
wait
rm -rf "$dir"
`;

async function startGuard(options: {
  dir: string;
  log: string;
  socketName: string;
  programs: Programs;
  readers: number;
}): Promise<Guard> {
  const { dir, log, socketName, programs, readers } = options;
  // Node removes the socket it made when it closes it; under another name it stays for the daemon.
  const listening = createServer().listen(join(dir, 'listening'));
  await once(listening, 'listening');
  renameSync(join(dir, 'listening'), socketName);
  const output = openSync(log, 'a');
  const child = spawn(
    '/bin/sh',
    [
      '-c',
      GUARD,
      dir,
      String(readers),
      programs.socat,
      programs.pcscd,
      '--foreground',
      '--config',
      join(dir, 'conf'),
      ...programs.options,
    ],
    {
      // A session of its own: Ctrl-C is for the program that uses the card, which needs the daemon to end its work in order.
      detached: true,
      stdio: ['ignore', output, output, descriptor(listening), 'pipe'],
    },
  );
  const pipe = child.stdio[4] as NodeJS.WritableStream;
  // The shell cleans up before it exits. One that was killed did not: what it started is in its folder's name.
  const ended = once(child, 'exit').then(() => endProcessesOf(dir));
  closeSync(output);
  listening.close();
  return {
    ended,
    go: () => void pipe.write('go\n'),
    async stop() {
      pipe.end();
      await Promise.race([ended, delay(STOP_MS, undefined, { ref: false })]);
      child.kill('SIGKILL'); // nothing where it has exited
      await ended;
    },
  };
}

/** Node has no public way to tell the descriptor of a listening socket. */
const descriptor = (server: Server): number => (server as unknown as { _handle: { fd: number } })._handle.fd;

interface Programs {
  readonly pcscd: string;
  readonly socat: string;
  readonly driver: string;
  readonly options: readonly string[];
}

function findPrograms(): Programs {
  const onPath = (name: string) =>
    [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'].map((dir) => join(dir, name));
  const found = {
    pcscd: firstThatExists(onPath('pcscd')),
    libccid: firstThatExists(
      ['/usr/lib', '/usr/lib64', '/usr/local/lib'].map((lib) => `${lib}/pcsc/drivers/serial/libccidtwin.so`),
    ),
    socat: firstThatExists(onPath('socat')),
  };
  const missing = Object.entries(found).filter(([, path]) => path === undefined);
  const { pcscd, libccid, socat } = found;
  if (pcscd === undefined || libccid === undefined || socat === undefined) {
    throw new UsageError(`the lab's PC/SC reader needs ${missing.map(([name]) => name).join(', ')}`, {
      remedy: `sudo apt-get install -y --no-install-recommends ${PACKAGES}`,
    });
  }
  if (firstThatExists(['/run/pcscd']) === undefined && process.getuid?.() !== 0) {
    throw new UsageError('pcscd needs the directory /run/pcscd', { remedy: 'sudo mkdir -p /run/pcscd' });
  }
  // Where pcscd was built with polkit it would ask it for each program.
  const help = execFileSync(pcscd, ['--help'], { encoding: 'utf8' });
  return { pcscd, socat, driver: libccid, options: help.includes('--disable-polkit') ? ['--disable-polkit'] : [] };
}

function firstThatExists(paths: readonly string[]): string | undefined {
  return paths.find((path) => {
    try {
      accessSync(path, constants.R_OK);
      return true;
    } catch {
      return false;
    }
  });
}

async function within(ms: number, log: string, done: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new UsageError(`pcscd did not start within ${ms / 1000} s: ${lastLines(log)}`)), ms);
  });
  try {
    await Promise.race([done, late]);
  } finally {
    clearTimeout(timer);
  }
}

function lastLines(log: string): string {
  try {
    return readFileSync(log, 'utf8').trim().split('\n').slice(-3).join('; ') || 'it said nothing';
  } catch {
    return 'it left no log'; // the guard has removed the directory already
  }
}
