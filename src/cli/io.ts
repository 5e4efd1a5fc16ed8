/** The process, as the command line sees it: tests pass a fake one, `processIo` is the real one. */
import { writeSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { isatty } from 'node:tty';
import { fileErrorCode } from '../lpa/file-error.ts';

export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  stdout(text: string): void;
  stderr(text: string): void;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  /** Columns, where the stream is a terminal. */
  readonly stdoutColumns: number | undefined;
  readonly stderrColumns: number | undefined;
  /**
   * Calls `listener` at each Ctrl-C, SIGTERM and SIGHUP (a closed terminal; on Windows also Ctrl-Break). The function returned
   * stops that.
   */
  onInterrupt(listener: (signal?: NodeJS.Signals) => void): () => void;
  /** Aborted when the reader of stdout is gone, or stdout cannot be written. */
  readonly stdoutEnded?: AbortSignal;
  /** Ends the process now, although a command is running. */
  leave(exitCode: number): void;
}

export interface ProcessIo extends Io {
  /** Resolves when everything is written that can be written. */
  written(): Promise<void>;
  /** Returns which stream could not be written, and why. A reader that went away is no error. */
  lostOutput(): LostOutput | undefined;
}

export interface LostOutput {
  readonly stream: 'stdout' | 'stderr';
  readonly cause: unknown;
}

/** A terminal that does not tell its width. */
const USUAL_COLUMNS = 80;
const INTERRUPTS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'];

export function processIo(): ProcessIo {
  const stdout = writerTo(1);
  const stderr = writerTo(2);
  return {
    env: process.env,
    platform: process.platform,
    stdout: stdout.write,
    stderr: stderr.write,
    stdoutEnded: stdout.ended,
    async written() {
      await stdout.written();
      await stderr.written();
    },
    lostOutput() {
      const [out, err] = [stdout.failure(), stderr.failure()];
      if (out !== undefined) return { stream: 'stdout', cause: out };
      return err === undefined ? undefined : { stream: 'stderr', cause: err };
    },
    // Each of process.stdin, stdout and stderr costs milliseconds to open: only where it is used.
    get stdin() {
      return process.stdin;
    },
    stdoutColumns: isatty(1) ? process.stdout.columns || USUAL_COLUMNS : undefined,
    stderrColumns: isatty(2) ? process.stderr.columns || USUAL_COLUMNS : undefined,
    onInterrupt(listener) {
      for (const signal of INTERRUPTS) process.on(signal, listener);
      return () => {
        for (const signal of INTERRUPTS) process.off(signal, listener);
      };
    },
    leave: (exitCode) => process.exit(exitCode),
  };
}

interface Writer {
  readonly write: (text: string) => void;
  written(): Promise<void>;
  readonly ended: AbortSignal;
  /** Returns why the stream could not be written; undefined when its reader went away. */
  failure(): unknown;
}

/**
 * Writes at once, so that nothing is lost when the process ends, and without a stream while the reader keeps up.
 *
 * It does not throw and does not end the process: a reader that goes away (`| head -1`) or a full disk ends the output alone,
 * because a card may be in the middle of a change.
 */
function writerTo(fd: 1 | 2): Writer {
  const isTerminal = isatty(fd);
  const end = new AbortController();
  let failure: unknown;
  let stream: NodeJS.WriteStream | undefined;
  const onError = (error: unknown): void => {
    if (end.signal.aborted) return;
    const code = fileErrorCode(error);
    // EIO is what a terminal answers after it was closed.
    const isGone = code === 'EPIPE' || code === 'ECONNRESET' || (code === 'EIO' && isTerminal);
    if (!isGone) failure = error;
    end.abort();
  };
  const write = (text: string): void => {
    if (end.signal.aborted) return;
    let rest = Buffer.from(text);
    try {
      while (!stream && rest.length > 0) rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      if (fileErrorCode(error) !== 'EAGAIN') onError(error);
    }
    if (rest.length === 0 || end.signal.aborted) return;
    // A pipe that does not block is full: from here on the stream keeps what it cannot write yet.
    if (!stream) {
      stream = fd === 1 ? process.stdout : process.stderr;
      stream.on('error', onError);
    }
    stream.write(rest);
  };
  return {
    write,
    written: () => new Promise((resolve) => (stream && !end.signal.aborted ? stream.write('', () => resolve()) : resolve())),
    ended: end.signal,
    failure: () => failure,
  };
}
