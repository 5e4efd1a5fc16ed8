/**
 * The journal as files: one for each download under way, in the user's state directory. The folder is there only while an
 * entry is, so that a command which has nothing to look into pays one file test.
 *
 * Of an activation code there is a salted hash: enough to know it again, not to use it.
 */
import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { toHex } from '../../lpa/bytes.ts';
import { readAtr } from '../../lpa/card/atr.ts';
import type { Journal, JournalEntry } from '../../lpa/procedures/journal.ts';
import { makeFolders, writeWhole } from '../../lpa/whole-file.ts';
import { isHashOf, newSalt, saltedHash } from './salted-hash.ts';

/** An entry as it stands in its file. */
export interface StoredEntry extends JournalEntry {
  /** Hex, 16 octets, and SHA-256 over it and the code. Absent where the download had no code. */
  readonly salt?: string;
  readonly codeHash?: string;
  /** The historical bytes of the card's ATR in hexadecimal: a card with others is not asked for its EID. */
  readonly historicalBytes?: string;
}

/** Octets of a file that an entry of ours may have. */
const MAX_FILE = 4096;
const MEMBERS: readonly string[] = [
  'eid',
  'address',
  'transactionId',
  'stage',
  'salt',
  'codeHash',
  'historicalBytes',
] satisfies (keyof StoredEntry)[];
const STAGES: readonly string[] = ['authenticated', 'bound', 'loading'] satisfies JournalEntry['stage'][];
/** An entry, or an entry that was being written by the process with this number. */
const OUR_NAME = /^[0-9A-F]+\.json(\.\d+\.new)?$/;
/** No link is followed, and a FIFO is not waited for, where the system has these flags. */
const READ = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
/** After this long a half-written file is nobody's any more. */
const STALE_MS = 60_000;
/** After this long the card of an entry is not expected any more. */
const EXPIRES_MS = 30 * 24 * 60 * 60 * 1000;

/**
 * @param code of the download that is under way, where it has one
 * @param atr of its card
 */
export function fileJournal(folder: string, code: () => string | undefined, atr: Uint8Array = new Uint8Array()): Journal {
  return {
    write(entry) {
      const secret = code();
      makePrivate(folder);
      const path = fileOf(folder, entry.transactionId);
      const historicalBytes = historicalBytesOf(atr);
      const text = JSON.stringify({
        ...plainEntry(entry),
        ...(secret && hashOf(secret)),
        ...(historicalBytes !== undefined && { historicalBytes }),
      });
      try {
        writeWhole(path, text, 0o600);
      } catch (error) {
        // An entry of an earlier stage would say later that nothing went to the card.
        removeEntry(folder, entry.transactionId);
        throw error;
      }
    },
    remove: (transactionId) => removeEntry(folder, transactionId),
  };
}

/**
 * Returns the interrupted downloads of all cards.
 *
 * Damaged files that an `lpa` left are removed after a minute. Entries of a newer `lpa`, and files of other programs, stay.
 */
export function readEntries(folder: string): StoredEntry[] {
  const entries: StoredEntry[] = [];
  for (const name of namesIn(folder)) {
    if (!OUR_NAME.test(name)) continue;
    const path = join(folder, name);
    const entry = name.endsWith('.json') ? readEntry(path) : undefined;
    if (entry === 'newer') continue;
    if (entry && name === `${entry.transactionId.toUpperCase()}.json`) entries.push(entry);
    else if (isStale(path)) removeFile(path);
  }
  if (entries.length === 0) removeFolder(folder);
  return entries;
}

/** Removes the entries of cards that did not come back within 30 days. @returns them, so that the user is informed once */
export function takeExpired(folder: string): StoredEntry[] {
  const expired = readEntries(folder).filter(({ transactionId }) => ageMs(fileOf(folder, transactionId)) > EXPIRES_MS);
  for (const { transactionId } of expired) removeEntry(folder, transactionId);
  return expired;
}

/** Whether the entry may be of a card with this ATR. Interface bytes may differ from reset to reset; historical bytes do not. */
export function mayBeOf({ historicalBytes }: StoredEntry, atr: Uint8Array): boolean {
  const given = historicalBytesOf(atr);
  return historicalBytes === undefined || given === undefined || historicalBytes === given;
}

/** @returns undefined where the reader gives no ATR that can be read */
function historicalBytesOf(atr: Uint8Array): string | undefined {
  try {
    const { historical } = readAtr(atr);
    return historical.length > 0 ? toHex(historical) : undefined;
  } catch {
    return undefined;
  }
}

/** An entry that cannot be removed is told of again, which is the lesser evil: a download is not failed for it. */
export function removeEntry(folder: string, transactionId: string): void {
  removeFile(fileOf(folder, transactionId));
  removeFolder(folder);
}

function removeFile(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // A read-only file system: the next command reads the file again.
  }
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
  return salt !== undefined && codeHash !== undefined && isHashOf(codeHash, salt, code);
}

function hashOf(code: string): Required<Pick<StoredEntry, 'salt' | 'codeHash'>> {
  const salt = newSalt();
  return { salt, codeHash: saltedHash(salt, code) };
}

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
  makeFolders(folder, 0o700);
  const stat = lstatSync(folder);
  if (!stat.isDirectory()) throw new Error(`${folder} is not a folder`);
  if (process.getuid && stat.uid !== process.getuid()) throw new Error(`${folder} belongs to another user`);
  if ((stat.mode & 0o077) !== 0) chmodSync(folder, 0o700);
}

/** @returns `newer` for an entry that has members or a stage which this version does not know */
function readEntry(path: string): StoredEntry | 'newer' | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, READ);
    const stat = fstatSync(file);
    if (!stat.isFile() || stat.size > MAX_FILE || (process.getuid && stat.uid !== process.getuid())) return undefined;
    return entryFrom(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined; // a link, no JSON, or removed by another command in the meantime
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function entryFrom(json: unknown): StoredEntry | 'newer' | undefined {
  if (typeof json !== 'object' || json === null) return undefined;
  const { eid, address, transactionId, stage, salt, codeHash, historicalBytes } = json as Partial<
    Record<keyof StoredEntry, unknown>
  >;
  const texts = { eid, address, transactionId, stage };
  const isKnown = Object.keys(json).every((name) => MEMBERS.includes(name)) && STAGES.includes(stage as string);
  if (!isKnown) return 'newer';
  if (!Object.values(texts).every((text) => typeof text === 'string' && text.length < 300)) return undefined;
  return {
    ...(texts as unknown as JournalEntry), // the line above checked every member
    ...(typeof salt === 'string' && typeof codeHash === 'string' && { salt, codeHash }),
    ...(typeof historicalBytes === 'string' && { historicalBytes }),
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

/** @returns 0 for a file that is gone */
function ageMs(path: string): number {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat ? Date.now() - stat.mtimeMs : 0;
}
