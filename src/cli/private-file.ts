/** Files that a user asked for and nobody else may read: traces, recordings, captures. */
import { closeSync, fchmodSync, fstatSync, openSync, writeSync } from 'node:fs';
import { UsageError } from '../errors.ts';

export interface PrivateFile {
  /** At once: what led to a crash is in it. */
  readonly write: (piece: string | Uint8Array) => void;
  close(): void;
}

/** @param option that named the file, for the error @throws {UsageError} */
export function openPrivate(option: string, name: string): PrivateFile {
  try {
    const file = openSync(name, 'w', 0o600);
    if (fstatSync(file).isFile()) fchmodSync(file, 0o600); // it may have been there before, for all to read
    return {
      write: (piece) => {
        const octets = typeof piece === 'string' ? Buffer.from(piece) : piece;
        for (let at = 0; at < octets.length; ) at += writeSync(file, octets, at);
      },
      close: () => closeSync(file),
    };
  } catch (cause) {
    throw new UsageError(`${option}: the file cannot be written`, { cause });
  }
}
