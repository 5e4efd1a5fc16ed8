/** Files of traces, recordings and captures: only the user may read them, and a failure to write them never ends a command. */
import { closeSync, constants, fchmodSync, fstatSync, ftruncateSync, lstatSync, openSync, writeSync } from 'node:fs';
import { UsageError } from '../../lpa/errors.ts';
import { fileErrorCode, fileReason } from '../../lpa/file-error.ts';
import { displayText } from '../../terminal/safe-text.ts';

export interface PrivateFile {
  /** Writes at once, so that the file holds what led to a crash. It does not throw. */
  readonly write: (piece: string | Uint8Array) => void;
  /** Writes what a slow reader has not taken yet, for a limited time, and closes the file. It does not throw. */
  close(): Promise<void>;
}

/** Names of streams that this process has open already. The system makes these links; another user cannot replace them. */
const OWN_STREAM = /^\/(dev\/(stdout|stderr|fd\/\d{1,5})|proc\/self\/fd\/\d{1,5})$/;
/** Octets that are kept for a pipe whose reader is slow. */
const MAX_WAITING = 8 * 1024 * 1024;
const RETRY_MS = 20;
const CLOSE_MS = 2000;
const TOO_SLOW = 'the reading program is too slow';

/**
 * Opens a file before the card is used. A pipe is opened without waiting for its reader.
 *
 * @param option that named the file, for messages
 * @param warn is called once, when the file cannot be written any more
 * @throws {UsageError} when the file cannot be opened, or its name is a symbolic link
 */
export function openPrivate(option: string, name: string, warn: (text: string) => void): PrivateFile {
  const shown = `${option} ${displayText(name, 200)}`;
  const { file, isRegular } = opened(shown, name);
  let waiting: Uint8Array[] = [];
  let waitingOctets = 0;
  let isBroken = false;
  const giveUp = (reason: string): void => {
    isBroken = true;
    waiting = [];
    warn(`${shown}: cannot be written: ${reason}. The file is incomplete; the command continues.`);
  };
  /** Writes until a pipe is full. */
  const drain = (): void => {
    try {
      for (let piece = waiting[0]; piece; piece = waiting[0]) {
        const written = writeSync(file, piece);
        waitingOctets -= written;
        if (written === piece.length) waiting.shift();
        else waiting[0] = piece.subarray(written);
      }
    } catch (cause) {
      const isFull = fileErrorCode(cause) === 'EAGAIN';
      if (!isFull) giveUp(fileReason(cause));
      else if (waitingOctets > MAX_WAITING) giveUp(TOO_SLOW);
    }
  };
  const timer = isRegular ? undefined : setInterval(drain, RETRY_MS).unref();
  return {
    write(piece) {
      if (isBroken || piece.length === 0) return;
      const octets = typeof piece === 'string' ? Buffer.from(piece) : piece;
      waiting.push(octets);
      waitingOctets += octets.length;
      drain();
    },
    async close() {
      const deadline = Date.now() + CLOSE_MS;
      while (waiting.length > 0 && Date.now() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
        drain();
      }
      clearInterval(timer);
      if (waiting.length > 0) giveUp(TOO_SLOW);
      try {
        closeSync(file);
      } catch (cause) {
        // Some file systems report a full disk only now.
        if (!isBroken) giveUp(fileReason(cause));
      }
    },
  };
}

function opened(shown: string, name: string): { readonly file: number; readonly isRegular: boolean } {
  const ownStream = OWN_STREAM.test(name);
  const { O_WRONLY, O_CREAT, O_APPEND, O_NONBLOCK = 0, O_NOFOLLOW = 0 } = constants;
  let file: number | undefined;
  try {
    // Windows has no O_NOFOLLOW. Elsewhere the flag closes the gap between this check and the opening.
    if (!ownStream && lstatSync(name, { throwIfNoEntry: false })?.isSymbolicLink()) throw linkRefused(shown);
    file = openSync(name, O_WRONLY | O_NONBLOCK | (ownStream ? O_APPEND : O_CREAT | O_NOFOLLOW), 0o600);
    const isRegular = fstatSync(file).isFile();
    if (isRegular && !ownStream) {
      fchmodSync(file, 0o600); // it may have existed before, readable for all
      ftruncateSync(file);
    }
    return { file, isRegular };
  } catch (cause) {
    if (file !== undefined) closeSync(file);
    if (cause instanceof UsageError) throw cause;
    if (fileErrorCode(cause) === 'ELOOP') throw linkRefused(shown);
    throw new UsageError(`${shown}: cannot be written: ${fileReason(cause)}`, { cause });
  }
}

const linkRefused = (shown: string): UsageError =>
  new UsageError(`${shown}: the file is a symbolic link`, {
    remedy: 'a link could make lpa overwrite another file: name the file itself',
  });
