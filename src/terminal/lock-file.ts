/**
 * Lock files: one program at a time. A lock is a file that names its holder; a holder that has ended (crash, `kill -9`, another
 * boot) holds nothing.
 *
 * Every wait is a timer, so that signals are handled, and every loop has an end.
 */
import { randomUUID } from 'node:crypto';
import { closeSync, constants, fstatSync, linkSync, lstatSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { type LpaError, UsageError } from '../lpa/errors.ts';
import { fileErrorCode, fileReason } from '../lpa/file-error.ts';
import { isAlive, ownMark, type ProcessMark } from '../lpa/process-alive.ts';

/** A holder as its file names it: the process, and further members that its program added. */
export type Holder = ProcessMark & Readonly<Record<string, unknown>>;

export interface LockOptions {
  /** Further members of this holder. */
  readonly members?: Readonly<Record<string, unknown>>;
  /** How long to wait for a living holder, in milliseconds from now; 0 when absent. */
  readonly patienceMs?: (holder: Holder) => number;
  /** The error for a lock that a living program holds. */
  readonly held: (holder: Holder) => LpaError;
  /** Makes a second name of a file; for tests. */
  readonly link?: (from: string, to: string) => void;
}

const MAX_LOCK = 4096;
const POLL_MS = 20;
/** A file that is no lock after this time will not become one: a program died while it wrote it. */
const UNFINISHED_MS = 500;
/** Attempts that find neither a holder nor a lock to take: something else changes the file all the time. */
const MAX_TRIES = 500;
/** A lock is removed under a lock of its own. A deeper one means that programs died at the same step, one after the other. */
const MAX_DEPTH = 3;

/**
 * Takes the lock at `path`; disposing of it gives it back.
 *
 * @throws {UsageError} when the path is no lock file, or cannot be written
 * @throws what `held` returns, when a living program holds the lock
 */
export async function takeLock(path: string, options: LockOptions): Promise<Disposable> {
  return take(path, options, 0);
}

/** Returns the living holder of a lock. */
export function holderOfLock(path: string): Holder | undefined {
  const found = readLock(path);
  return found?.holder && isAlive(found.holder) ? found.holder : undefined;
}

async function take(path: string, options: LockOptions, depth: number): Promise<Disposable> {
  const { members, patienceMs = () => 0, held } = options;
  // The number tells two locks of one process apart, for the moment between reading and removing one.
  const content = JSON.stringify({ ...ownMark(), ...members, lock: randomUUID() });
  const started = Date.now();
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const found = readLock(path);
    if (!found && createWith(path, content, options)) return { [Symbol.dispose]: () => release(path, content) };
    if (found?.holder && isAlive(found.holder)) {
      if (Date.now() - started >= patienceMs(found.holder)) throw held(found.holder);
      tries = 0;
    } else if (found && (found.holder || found.ageMs > UNFINISHED_MS)) {
      await removeStale(path, found, options, depth);
      continue;
    }
    await pause(POLL_MS);
  }
  throw new UsageError(`${path}: the lock cannot be taken: other programs change it all the time`);
}

/** @returns false when the file exists */
function createWith(path: string, content: string, { link = linkSync }: LockOptions): boolean {
  const own = `${path}.${randomUUID()}`;
  try {
    writeFileSync(own, content, { mode: 0o600, flag: 'wx' });
    // A link appears with its content, so that no program reads half a lock.
    link(own, path);
    return true;
  } catch (cause) {
    const code = fileErrorCode(cause);
    if (code === 'EEXIST') return false;
    if (NO_LINKS.has(code ?? '') && isWritable(own)) return createInPlace(path, content);
    throw new UsageError(`${path}: the lock file cannot be written: ${fileReason(cause)}`, { cause });
  } finally {
    rmSync(own, { force: true });
  }
}

/** What systems answer where a file has one name only: FAT, exFAT and some network shares. */
const NO_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/** Whether the folder was not the reason: the file under its own name is there. */
const isWritable = (own: string): boolean => lstatSync(own, { throwIfNoEntry: false }) !== undefined;

function createInPlace(path: string, content: string): boolean {
  try {
    writeFileSync(path, content, { mode: 0o600, flag: 'wx' });
    return true;
  } catch (cause) {
    if (fileErrorCode(cause) === 'EEXIST') return false;
    throw new UsageError(`${path}: the lock file cannot be written: ${fileReason(cause)}`, { cause });
  }
}

/**
 * Removes a lock whose holder has ended, under a lock of its own: between reading and removing, no other program can have
 * replaced it.
 */
async function removeStale(path: string, stale: Found, { link }: LockOptions, depth: number): Promise<void> {
  if (depth === MAX_DEPTH) {
    throw new UsageError(`${path}: the lock of a program that has ended cannot be removed`, { remedy: 'remove the file' });
  }
  const patience: LockOptions = {
    patienceMs: () => 10_000,
    held: ({ pid }) => new UsageError(`${path}: process ${pid} is removing the lock, and does not finish`),
    ...(link && { link }),
  };
  using _removing = await take(`${path}.stale`, patience, depth + 1);
  if (readLock(path)?.text !== stale.text) return;
  try {
    rmSync(path, { force: true });
  } catch (cause) {
    throw new UsageError(`${path}: the lock of a program that has ended cannot be removed: ${fileReason(cause)}`, { cause });
  }
}

/** Removes the own lock only: a user may have removed it, and another program may have taken it since. */
function release(path: string, content: string): void {
  try {
    if (readLock(path)?.text === content) rmSync(path, { force: true });
  } catch {
    // The holder ends with this process at the latest; its lock is stale then.
  }
}

interface Found {
  readonly text: string;
  /** Absent when the file does not name one. */
  readonly holder?: Holder;
  readonly ageMs: number;
}

/**
 * Reads a lock without following a link or waiting for a FIFO.
 *
 * @returns undefined when there is no file
 * @throws {UsageError} when it is something else than a small file
 */
function readLock(path: string): Found | undefined {
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
  let file: number | undefined;
  try {
    // Windows has no O_NOFOLLOW. Elsewhere the flag closes the gap between this check and the opening.
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) throw noLock(path, 'it is a symbolic link');
    file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const stat = fstatSync(file);
    if (!stat.isFile()) throw noLock(path, stat.isDirectory() ? 'it is a folder' : 'it is not a regular file');
    if (stat.size > MAX_LOCK) throw noLock(path, 'it is too large');
    const octets = Buffer.alloc(MAX_LOCK);
    const text = octets.toString('utf8', 0, readSync(file, octets));
    const holder = holderIn(text);
    return { text, ...(holder && { holder }), ageMs: Date.now() - stat.mtimeMs };
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    if (fileErrorCode(cause) === 'ENOENT') return undefined;
    throw noLock(path, fileReason(cause), cause);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

const noLock = (path: string, reason: string, cause?: unknown): UsageError =>
  new UsageError(`${path} is not a lock file: ${reason}`, { remedy: 'remove it if you do not need it', cause });

function holderIn(text: string): Holder | undefined {
  try {
    const json = JSON.parse(text) as Holder | null;
    if (typeof json?.pid !== 'number') return undefined;
    const { started, ...rest } = json;
    return { ...rest, ...(typeof started === 'string' && { started }) };
  } catch {
    return undefined; // cut short
  }
}
