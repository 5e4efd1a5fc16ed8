/** Files that a user names as input. Each has a limit in size, and in time where it is a FIFO; devices are refused. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { UsageError } from './errors.ts';
import { fileErrorCode, fileReason } from './file-error.ts';

const CHUNK = 64 * 1024;
const POLL_MS = 20;
/** Time for the writer of a FIFO to begin, and to end. */
const FIRST_MS = 10_000;
const WHOLE_MS = 60_000;

/**
 * Reads a regular file or a FIFO, such as `<(command)` of a shell.
 *
 * @throws {UsageError} whose message is the reason alone; the caller adds the name. `cause` is the error of the file system.
 */
export async function readInput(name: string, maxOctets: number): Promise<Uint8Array> {
  let file: FileHandle | undefined;
  try {
    // Without waiting: a FIFO that no program writes to would hold a thread of this process for ever.
    file = await open(name, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const stat = await file.stat();
    if (stat.isDirectory()) throw new UsageError('it is a folder');
    if (!stat.isFile() && !stat.isFIFO()) throw new UsageError('it is not a regular file');
    if (stat.size > maxOctets) throw tooLarge(maxOctets);
    return await readAll(file, maxOctets, stat.isFIFO());
  } catch (cause) {
    throw cause instanceof UsageError ? cause : new UsageError(fileReason(cause), { cause });
  } finally {
    await file?.close();
  }
}

/** Whether the reason is that there is no such file. */
export const isMissing = (error: unknown): boolean => error instanceof UsageError && fileErrorCode(error.cause) === 'ENOENT';

async function readAll(file: FileHandle, maxOctets: number, isFifo: boolean): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  const started = Date.now();
  for (;;) {
    const piece = await nextPiece(file);
    // A FIFO is at its end when the last writer has closed it, and also before the first one has opened it.
    const isEnd = piece?.length === 0 && !(isFifo && length === 0);
    if (isEnd) return Buffer.concat(pieces);
    if (piece && piece.length > 0) {
      pieces.push(piece);
      length += piece.length;
      // The size of a file is not always known before: files below /proc have none.
      if (length > maxOctets) throw tooLarge(maxOctets);
    } else await pause(POLL_MS);
    if (isFifo && Date.now() - started > (length === 0 ? FIRST_MS : WHOLE_MS))
      throw new UsageError('timed out: nothing more comes');
  }
}

/** @returns undefined where a FIFO has nothing yet */
async function nextPiece(file: FileHandle): Promise<Uint8Array | undefined> {
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(CHUNK), 0, CHUNK, null);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    if (fileErrorCode(error) === 'EAGAIN') return undefined;
    throw error;
  }
}

const tooLarge = (maxOctets: number): UsageError =>
  new UsageError(
    maxOctets < 1024 * 1024 ? `it has more than ${maxOctets / 1024} KiB` : `it has more than ${maxOctets / 1024 / 1024} MiB`,
  );
