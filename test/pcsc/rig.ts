/** A private pcscd with scripted cards, and programs that use it, each in a process of its own. */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ReaderState } from '../../src/lpa/card/pcsc/pcsc.ts';
import type { ClientRequest } from './client.ts';
import type { CardSettings, RigAnswer, RigRequest } from './rig-process.ts';

export interface Rig extends AsyncDisposable {
  readonly process: ChildProcess;
  readonly socketName: string;
  readonly readers: readonly string[];
  /** Take a card out, put it back. */
  move(card: number, present: boolean): Promise<void>;
  /** What the card was asked since the last look. */
  log(card: number): Promise<readonly string[]>;
}

export async function startRig(cards: readonly CardSettings[]): Promise<Rig> {
  const child = fork(fileURLToPath(new URL('./rig-process.js', import.meta.url)));
  const ask = async (request: RigRequest): Promise<any> => {
    const answered = once(child, 'message') as Promise<[RigAnswer]>;
    child.send(request);
    const [answer] = await answered;
    if ('error' in answer) throw new Error(answer.error);
    return answer.result;
  };
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.disconnect();
    await ended;
  };
  try {
    return {
      process: child,
      ...(await ask({ start: cards })),
      move: (move, present) => ask({ move, present }),
      log: (log) => ask({ log }),
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What went wrong in a client: the problem of its CardError. */
export interface Failure {
  readonly problem: string;
  readonly pcsc: string | undefined;
  readonly message: string;
}

/** A program that uses PC/SC: it does what it is told and says what came of it. */
export interface Client extends AsyncDisposable {
  readonly process: ChildProcess;
  call(request: ClientRequest): Promise<any>;
  /** As `call`, for what has to fail. */
  fail(request: ClientRequest): Promise<Failure>;
  /** Let go of it: it closes what it has open, and has to end by itself. Gives the time that took, in milliseconds. */
  end(): Promise<number>;
}

/** @param src the folder of the compiled sources it uses */
export function startClient(socketName: string, src = ownSources): Client {
  const child = spawn(process.execPath, [fileURLToPath(new URL('./client.js', import.meta.url)), src], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, PCSCLITE_CSOCK_NAME: socketName },
  });
  const lines = createInterface({ input: child.stdout });
  const answers = lines[Symbol.asyncIterator]();
  const ask = async (request: ClientRequest): Promise<{ result?: unknown; failure?: Failure }> => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await answers.next();
    if (done) throw new Error('the client ended');
    return JSON.parse(value);
  };
  const exited = once(child, 'exit');
  return {
    process: child,
    async call(request) {
      const { result, failure } = await ask(request);
      if (failure) throw new Error(`${JSON.stringify(request)}: ${JSON.stringify(failure)}`);
      return result;
    },
    async fail(request) {
      const { result, failure } = await ask(request);
      if (!failure) throw new Error(`${JSON.stringify(request)} did not fail: ${JSON.stringify(result)}`);
      return failure;
    },
    async end() {
      const start = performance.now();
      child.stdin.end();
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error('the client does not end by itself')), 5000);
      });
      try {
        const [code] = (await Promise.race([exited, late])) as [number | null];
        if (code !== 0) throw new Error(`the client ended with ${code}`);
      } finally {
        clearTimeout(timer);
        child.kill('SIGKILL');
      }
      return performance.now() - start;
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await exited;
    },
  };
}

const ownSources = fileURLToPath(new URL('../../src', import.meta.url));

/** The sources beside a `node_modules` that holds these packages and no others: as if the rest had never been installed. */
export function sourcesWith(packages: readonly string[]): { src: string } & Disposable {
  const dir = mkdtempSync(join(tmpdir(), 'lpa-test-'));
  cpSync(ownSources, join(dir, 'src'), { recursive: true });
  writeFileSync(join(dir, 'package.json'), '{"type":"module"}');
  mkdirSync(join(dir, 'node_modules'));
  const require = createRequire(import.meta.url);
  for (const name of packages) symlinkSync(dirname(require.resolve(`${name}/package.json`)), join(dir, 'node_modules', name));
  return { src: join(dir, 'src'), [Symbol.dispose]: () => rmSync(dir, { recursive: true }) };
}

/** Ask until the readers are as they should be: a daemon looks at its readers twice a second. */
export async function readersWhen(
  client: Client,
  asExpected: (readers: readonly ReaderState[]) => boolean,
): Promise<readonly ReaderState[]> {
  for (const deadline = performance.now() + 5000; ; ) {
    const readers = (await client.call({ do: 'readers' })) as readonly ReaderState[];
    if (asExpected(readers)) return readers;
    if (performance.now() > deadline) throw new Error(`still ${JSON.stringify(readers)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
