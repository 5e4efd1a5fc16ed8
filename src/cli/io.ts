/** The process, as the command line sees it: tests pass a fake one, `processIo` is the real one. */
import { writeSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { isatty } from 'node:tty';

export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  stdout(text: string): void;
  stderr(text: string): void;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  /** Columns, where the stream is a terminal. */
  readonly stdoutColumns: number | undefined;
  readonly stderrColumns: number | undefined;
  /** Call `listener` at each Ctrl-C (or SIGTERM); the function returned stops that. */
  onInterrupt(listener: () => void): () => void;
  /** End the process now, whatever is still under way. */
  leave(exitCode: number): void;
}

/** A terminal that does not tell its width. */
const USUAL_COLUMNS = 80;

export function processIo(): Io & { /** Until all that was said is written. */ written(): Promise<void> } {
  const stdout = writerTo(1);
  const stderr = writerTo(2);
  return {
    env: process.env,
    platform: process.platform,
    stdout: stdout.write,
    stderr: stderr.write,
    async written() {
      await stdout.written();
      await stderr.written();
    },
    // Each of process.stdin, stdout and stderr costs milliseconds to open: only where it is used.
    get stdin() {
      return process.stdin;
    },
    stdoutColumns: isatty(1) ? process.stdout.columns || USUAL_COLUMNS : undefined,
    stderrColumns: isatty(2) ? process.stderr.columns || USUAL_COLUMNS : undefined,
    onInterrupt(listener) {
      process.on('SIGINT', listener);
      process.on('SIGTERM', listener);
      return () => {
        process.off('SIGINT', listener);
        process.off('SIGTERM', listener);
      };
    },
    leave: (exitCode) => process.exit(exitCode),
  };
}

/** Writes at once, so that nothing is lost when the process ends, and without a stream while the other side keeps up. */
function writerTo(fd: 1 | 2): { write(text: string): void; written(): Promise<void> } {
  let stream: NodeJS.WriteStream | undefined;
  const gone = (error: NodeJS.ErrnoException): never => process.exit(error.code === 'EPIPE' ? 0 : 1);
  const write = (text: string): void => {
    let rest = Buffer.from(text);
    try {
      while (!stream && rest.length > 0) rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // `lpa list | head -1` closes the pipe early: nobody is left to be told.
      if (code !== 'EAGAIN') gone(error as NodeJS.ErrnoException);
    }
    if (rest.length === 0) return;
    // A pipe that does not block is full: from here on the stream keeps what it cannot write yet.
    if (!stream) {
      stream = fd === 1 ? process.stdout : process.stderr;
      stream.on('error', gone);
    }
    stream.write(rest);
  };
  return {
    write,
    written: () => new Promise((resolve) => (stream ? stream.write('', () => resolve()) : resolve())),
  };
}
