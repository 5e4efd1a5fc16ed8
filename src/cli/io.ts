/** The process, as the command line sees it: tests pass a fake one, `processIo` is the real one. */
import type { Readable } from 'node:stream';

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

export function processIo(): Io {
  const { stdout, stderr } = process;
  // `lpa list | head -1` closes the pipe early: nobody is left to be told.
  stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  const columns = (stream: NodeJS.WriteStream): number | undefined =>
    stream.isTTY ? stream.columns || USUAL_COLUMNS : undefined;
  return {
    env: process.env,
    platform: process.platform,
    stdout: (text) => void stdout.write(text),
    stderr: (text) => void stderr.write(text),
    // Touching process.stdin opens it, so it is touched only where something is read from it.
    get stdin() {
      return process.stdin;
    },
    stdoutColumns: columns(stdout),
    stderrColumns: columns(stderr),
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
