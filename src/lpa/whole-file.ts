/** Files that are there whole or not at all, and the folders above them. Nothing here waits without end. */
import { closeSync, constants, fsyncSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileErrorCode } from './file-error.ts';

/** Not known on Windows, which asks for a privilege before it makes a symbolic link. */
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;

/**
 * Writes a file under another name, syncs it to the disk and renames it.
 *
 * @throws the error of the file system; the file is as it was before
 */
export function writeWhole(path: string, text: string, mode: number): void {
  const unfinished = `${path}.${process.pid}.new`;
  rmSync(unfinished, { force: true });
  const file = openSync(unfinished, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW, mode);
  try {
    try {
      writeAll(file, Buffer.from(text));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(unfinished, path);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
}

/**
 * Writes a file that must not exist yet, and syncs it to the disk. No link is followed.
 *
 * @throws the error of the file system; a file that could not be written completely is removed
 */
export function writeNew(path: string, octets: Uint8Array, mode: number): void {
  const file = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW, mode);
  try {
    try {
      writeAll(file, octets);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  }
}

/** A disk that is almost full takes a part of the octets without an error. */
function writeAll(file: number, octets: Uint8Array): void {
  for (let at = 0; at < octets.length; ) at += writeSync(file, octets, at);
}

/**
 * Makes a folder and those above it that are missing.
 *
 * `mkdirSync` with `recursive` never returns for a missing path below `/proc` (seen with Node 20.20).
 *
 * @throws the error of the file system
 */
export function makeFolders(path: string, mode: number): void {
  if (mkdirOnce(path, mode)) return;
  const parent = dirname(path);
  if (parent !== path) makeFolders(parent, mode);
  mkdirOnce(path, mode, true);
}

/** @returns false when the folder above is missing */
function mkdirOnce(path: string, mode: number, mustWork = false): boolean {
  try {
    mkdirSync(path, { mode });
    return true;
  } catch (error) {
    const code = fileErrorCode(error);
    if (code === 'ENOENT' && !mustWork) return false;
    // The root of a file system is refused in other ways than EEXIST: EISDIR on macOS, EPERM on Windows.
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return true;
    throw error;
  }
}
