/**
 * A small file in the state folder with one JSON object in each line. Lines are appended whole, so that two commands at a time
 * lose nothing. A file that has grown too large keeps its newest half.
 */
import { closeSync, constants, fchmodSync, fstatSync, lstatSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeFolders, writeWhole } from '../../lpa/whole-file.ts';

export interface StateLines {
  /** Returns the objects in the order in which they were added; none where the file cannot be read. */
  read(): readonly Readonly<Record<string, unknown>>[];
  /** @throws the error of the file system */
  add(line: Readonly<Record<string, unknown>>): void;
  /** Removes the file. */
  remove(): void;
}

/** Octets after which the older half is dropped: about a thousand lines. */
const MAX_FILE = 256 * 1024;
const { O_RDONLY, O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;

export function stateLines(path: string): StateLines {
  return {
    read: () => linesOf(path).flatMap(objectIn),
    add(line) {
      makeFolders(dirname(path), 0o700);
      const file = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
      let size: number;
      try {
        const stat = fstatSync(file);
        if (!isOurs(stat)) throw new Error('it is not a file of this user');
        fchmodSync(file, 0o600);
        const octets = Buffer.from(`${JSON.stringify(line)}\n`);
        size = stat.size + octets.length;
        writeSync(file, octets);
      } finally {
        closeSync(file);
      }
      if (size > MAX_FILE) writeWhole(path, newestHalf(linesOf(path)), 0o600);
    },
    remove: () => rmSync(path, { force: true }),
  };
}

function linesOf(path: string): string[] {
  // Most commands find no file.
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return [];
  let file: number | undefined;
  try {
    file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const stat = fstatSync(file);
    if (!isOurs(stat) || stat.size > 2 * MAX_FILE) return [];
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return []; // a link, or removed by another command in the meantime
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

const isOurs = (stat: { isFile(): boolean; readonly uid: number }): boolean =>
  stat.isFile() && (!process.getuid || stat.uid === process.getuid());

/** A line that was cut off by a full disk or a crash is passed over. */
function objectIn(line: string): Readonly<Record<string, unknown>>[] {
  try {
    const json: unknown = JSON.parse(line);
    return typeof json === 'object' && json !== null ? [json as Record<string, unknown>] : [];
  } catch {
    return [];
  }
}

function newestHalf(lines: readonly string[]): string {
  let size = 0;
  const kept = [...lines].reverse().filter((line) => {
    size += line.length + 1;
    return line !== '' && size <= MAX_FILE / 2;
  });
  return kept
    .reverse()
    .map((line) => `${line}\n`)
    .join('');
}
