/** Runs the command line in this process, with a fake terminal and a scripted card at the end of a link. */
import { PassThrough } from 'node:stream';
import type { Doors } from '../../src/cli/devices/transports.ts';
import type { Io } from '../../src/cli/io.ts';
import { main } from '../../src/cli/main.ts';
import { concat, fromHex, toHex } from '../../src/lpa/bytes.ts';
import type { Link } from '../../src/lpa/card/card.ts';
import type { ReaderState } from '../../src/lpa/card/pcsc/pcsc.ts';
import { CardError, NetworkError } from '../../src/lpa/errors.ts';
import type { Post } from '../../src/lpa/es9/function.ts';

/** A card by what it answers: the first octets of an ES10 request, in hex, and the answers to it, one after the other. */
export type Script = Readonly<Record<string, string | readonly string[]>>;

const OK = fromHex('9000');
/** A consumer eUICC of SGP.22 v2.2.2. */
const FCI = fromHex('6F07E0058203020202');

/** Selects anything, opens channel 1, and answers STORE DATA by the script; an answer of four digits is a status word. */
export function scriptedLink(script: Script, name = 'Test Reader'): Link & { readonly asked: string[] } {
  const asked: string[] = [];
  const told = new Map<string, number>();
  let collected: Uint8Array = new Uint8Array();
  const answerTo = (request: string): Uint8Array => {
    const key = Object.keys(script)
      .filter((prefix) => request.startsWith(prefix))
      .sort((a, b) => b.length - a.length)[0];
    if (key === undefined) return fromHex('6A88');
    const answers = [script[key] ?? []].flat();
    const times = told.get(key) ?? 0;
    told.set(key, times + 1);
    const answer = fromHex((answers[Math.min(times, answers.length - 1)] ?? '').replaceAll(' ', ''));
    return answer.length === 2 ? answer : concat(answer, OK);
  };
  return {
    name,
    asked,
    atr: fromHex('3B9F96803FC7828031E073FE211B57AA8660F0020001FD'),
    async transmit(command) {
      const [, ins = 0, p1 = 0, , lc = 0] = command;
      if (ins === 0x70) return p1 === 0 ? concat(Uint8Array.of(1), OK) : OK;
      if (ins === 0xa4) return concat(FCI, OK);
      if (ins !== 0xe2) return OK;
      collected = concat(collected, command.subarray(5, 5 + lc));
      if ((p1 & 0x80) === 0) return OK;
      const request = toHex(collected);
      collected = new Uint8Array();
      asked.push(request);
      return answerTo(request);
    },
    reset: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}

export interface RunOptions {
  readonly card?: Script;
  readonly readers?: readonly ReaderState[];
  readonly env?: Readonly<Record<string, string>>;
  /** What is typed: stdin and stderr are terminals then. */
  readonly typed?: string;
  /** stdin stays open after what was typed: whoever asks on waits. */
  readonly staysOpen?: boolean;
  /** Called with a function that is Ctrl-C. */
  readonly onInterrupt?: (interrupt: (signal?: NodeJS.Signals) => void) => void;
  /** Told each piece of stderr as it is written. */
  readonly onStderr?: (text: string) => void;
  /** What is piped into stdin. */
  readonly stdin?: string | Uint8Array;
  readonly doors?: Partial<Doors>;
  readonly post?: Post;
  /** Of the terminal that stderr is where something is typed; 80. */
  readonly stderrColumns?: number;
  /** stdout is a terminal of so many columns. */
  readonly columns?: number;
}

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** ES10 requests, in hex. */
  readonly asked: readonly string[];
}

export async function lpa(argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
  let out = '';
  let err = '';
  const link = options.card && scriptedLink(options.card);
  const stdin = Object.assign(new PassThrough(), { isTTY: options.typed !== undefined });
  const input = options.typed ?? options.stdin ?? '';
  if (options.staysOpen) stdin.write(input);
  else stdin.end(input);
  let leave: (exitCode: number) => void = () => {};
  const left = new Promise<number>((resolve) => {
    leave = resolve;
  });
  const io: Io = {
    env: { TERM: 'dumb', ...options.env },
    platform: 'linux',
    stdout: (text) => {
      out += text;
    },
    stderr: (text) => {
      err += text;
      options.onStderr?.(text);
    },
    stdin,
    stdoutColumns: options.columns,
    stderrColumns: options.typed === undefined ? undefined : (options.stderrColumns ?? 80),
    onInterrupt(listener) {
      options.onInterrupt?.(listener);
      return () => {};
    },
    leave: (exitCode) => leave(exitCode),
  };
  const doors: Doors = {
    openLink: async () => {
      if (!link) throw new CardError('no smart card reader found', { problem: 'noReader' });
      return link;
    },
    listReaders: async () => options.readers ?? [],
    watchReaders: () => {
      throw new Error('nothing to watch in this test');
    },
    openServers: async () => ({
      post: options.post ?? (() => Promise.reject(new NetworkError('no network in this test', { problem: 'unreachable' }))),
      connect: () => {},
      trustOf: () => ({ trustedBy: 'chip' as const }),
      [Symbol.asyncDispose]: async () => {},
    }),
    reachServer: () => Promise.reject(new NetworkError('no network in this test', { problem: 'unreachable' })),
    resolveName: async () => '192.0.2.1',
    ...options.doors,
  };
  // Steps are a test of their own; everywhere else they would only stand in the way.
  const words = argv.includes('--progress') ? argv : ['--progress', 'none', ...argv];
  const code = await Promise.race([main(words, '9.9.9', io, doors), left]);
  return { code, out, err, asked: link?.asked ?? [] };
}
