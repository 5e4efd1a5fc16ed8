/**
 * The journal as files: one for each download under way, in the user's state directory. The folder is there only while an
 * entry is, so that a command which has nothing to look into pays one file test.
 *
 * Of an activation code there is a salted hash: enough to know it again, not to use it.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Journal, JournalEntry } from '../procedures/journal.ts';

/** An entry as it stands in its file. */
export interface StoredEntry extends JournalEntry {
  /** Hex, 16 octets, and SHA-256 over it and the code. Absent where the download had no code. */
  readonly salt?: string;
  readonly codeHash?: string;
}

/** Octets of a file that an entry of ours may have. */
const MAX_FILE = 4096;
const STAGES: readonly string[] = ['authenticated', 'bound', 'loading'] satisfies JournalEntry['stage'][];
/** A name without a link behind it; where the system knows the flag. */
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;
/** After this long a half-written file is nobody's any more. */
const STALE_MS = 60_000;

/** @param code of the download that is under way, where it has one */
export function fileJournal(folder: string, code: () => string | undefined): Journal {
  return {
    write(entry) {
      const secret = code();
      makePrivate(folder);
      writeWhole(fileOf(folder, entry.transactionId), JSON.stringify({ ...plainEntry(entry), ...(secret && hashOf(secret)) }));
    },
    remove: (transactionId) => removeEntry(folder, transactionId),
  };
}

/** What was interrupted, whatever the card; files that are no entries are removed. */
export function readEntries(folder: string): StoredEntry[] {
  const entries: StoredEntry[] = [];
  for (const name of namesIn(folder)) {
    const path = join(folder, name);
    const entry = /^[0-9A-F]+\.json$/.test(name) ? readEntry(path) : undefined;
    if (entry && name === `${entry.transactionId.toUpperCase()}.json`) entries.push(entry);
    else if (isStale(path)) rmSync(path, { force: true });
  }
  if (entries.length === 0) removeFolder(folder);
  return entries;
}

/** An entry that cannot be removed is told of again, which is the lesser evil: a download is not failed for it. */
export function removeEntry(folder: string, transactionId: string): void {
  try {
    rmSync(fileOf(folder, transactionId), { force: true });
  } catch {
    return; // see above
  }
  removeFolder(folder);
}

function removeFolder(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // another download is under way, or another command was faster
  }
}

/** Whether `code` is the one that the entry was written for. */
export function isCodeOf({ salt, codeHash }: StoredEntry, code: string): boolean {
  if (salt === undefined || codeHash === undefined) return false;
  const known = Buffer.from(codeHash, 'hex');
  const given = digest(salt, code);
  return known.length === given.length && timingSafeEqual(known, given);
}

function hashOf(code: string): Required<Pick<StoredEntry, 'salt' | 'codeHash'>> {
  const salt = randomBytes(16).toString('hex');
  return { salt, codeHash: digest(salt, code).toString('hex') };
}

const digest = (salt: string, code: string): Buffer =>
  createHash('sha256').update(Buffer.from(salt, 'hex')).update(code, 'utf8').digest();

function fileOf(folder: string, transactionId: string): string {
  if (!/^[0-9A-Fa-f]{2,64}$/.test(transactionId)) throw new Error('a transaction that names no file');
  return join(folder, `${transactionId.toUpperCase()}.json`);
}

const plainEntry = ({ eid, address, transactionId, stage }: JournalEntry): JournalEntry => ({
  eid,
  address,
  transactionId,
  stage,
});

/** Ours and nobody else's, or an error that says why not. */
function makePrivate(folder: string): void {
  mkdirSync(dirname(folder), { recursive: true, mode: 0o700 });
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const stat = lstatSync(folder);
  if (!stat.isDirectory()) throw new Error(`${folder} is not a folder`);
  if (process.getuid && stat.uid !== process.getuid()) throw new Error(`${folder} belongs to another user`);
  if ((stat.mode & 0o077) !== 0) chmodSync(folder, 0o700);
}

/** Under another name first, so that an entry is there whole or not at all; and on the disk before the card is written to. */
function writeWhole(path: string, text: string): void {
  const unfinished = `${path}.${process.pid}.new`;
  rmSync(unfinished, { force: true });
  const file = openSync(unfinished, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW, 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(unfinished, path);
}

function readEntry(path: string): StoredEntry | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, constants.O_RDONLY | NO_FOLLOW);
    const stat = fstatSync(file);
    if (!stat.isFile() || stat.size > MAX_FILE || (process.getuid && stat.uid !== process.getuid())) return undefined;
    return entryFrom(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined; // a link, no JSON, gone meanwhile: no entry of ours
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function entryFrom(json: unknown): StoredEntry | undefined {
  const { eid, address, transactionId, stage, salt, codeHash } = (json ?? {}) as Partial<Record<keyof StoredEntry, unknown>>;
  const texts = { eid, address, transactionId, stage };
  if (!Object.values(texts).every((text) => typeof text === 'string' && text.length < 300)) return undefined;
  if (!STAGES.includes(stage as string)) return undefined;
  return {
    ...(texts as unknown as JournalEntry), // every member was just looked at
    ...(typeof salt === 'string' && typeof codeHash === 'string' && { salt, codeHash }),
  };
}

function namesIn(folder: string): string[] {
  try {
    return lstatSync(folder).isDirectory() ? readdirSync(folder) : [];
  } catch {
    return []; // another command has just removed it
  }
}

function isStale(path: string): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat !== undefined && !stat.isDirectory() && Date.now() - stat.mtimeMs > STALE_MS;
}
