/**
 * Records in one file to which changes are appended: the cost of a change does not grow with the number of records.
 *
 *     lpa-lab records 1
 *     5f3a91c2 order 8900044000000000019 {"state":"released",...}<tab>binding ... {...}
 *
 * A line holds changes that belong together, after the CRC-32 of what follows it. The last change of a record counts; a
 * record without a value is removed. A line without its end was being written when the program was killed, and is dropped.
 * A file of which more than half is out of date is replaced by a snapshot of its records.
 */
import { closeSync, fsyncSync, ftruncateSync, openSync, readFileSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { UsageError } from '../../lpa/errors.ts';
import { type Change, RecordMap, type Records } from './records.ts';

/** Where the JSON text of a value is. */
interface Place {
  readonly offset: number;
  readonly octets: number;
}

const HEADER = 'lpa-lab records 1\n';
const LF = 0x0a;
const TAB = 0x09;
const SPACE = 0x20;
/** CRC-32 in hex, and a space. */
const CRC_OCTETS = 9;
/** Octets out of date that are worth a snapshot, however few records there are. */
const MIN_WASTE = 1024 * 1024;
/** Octets that a snapshot writes at once. */
const CHUNK = 1024 * 1024;

export class RecordFile implements Records, Disposable {
  readonly path: string;
  readonly #mayWrite: boolean;
  #file: number;
  #size = 0;
  /** Octets of values that count. */
  #inUse = 0;
  #isClosed = false;
  #leastWaste = MIN_WASTE;
  #records = new RecordMap<Place>();
  /** The file as it was opened, until the first change: values are read from here at once. */
  #opened: Buffer | undefined;

  /**
   * Opens the file, or makes one. The caller holds the lock of this part of the lab.
   *
   * @throws {UsageError} when the file is damaged, or of another version
   */
  constructor(path: string, { mayWrite = true }: { readonly mayWrite?: boolean } = {}) {
    this.path = path;
    this.#mayWrite = mayWrite;
    this.#file = openSync(path, mayWrite ? 'a+' : 'r', 0o600);
    try {
      this.#read();
    } catch (error) {
      closeSync(this.#file);
      throw error;
    }
  }

  keys(kind: string, group?: string): readonly string[] {
    return this.#records.keys(kind, group);
  }

  /** All records, without their values. */
  *names(): Iterable<readonly [kind: string, key: string]> {
    for (const [kind, key] of this.#records.entries()) yield [kind, key];
  }

  get(kind: string, key: string): unknown {
    const place = this.#records.get(kind, key);
    return place && JSON.parse(this.#textAt(place));
  }

  /** Appends changes in one piece: all of them are kept, or none. */
  write(changes: readonly Change[]): void {
    const line = lineOf(changes.map(textOf));
    // A request that was under way when its server was closed is not answered, and changes nothing any more.
    if (line.length === 0 || this.#isClosed) return;
    const offset = this.#size;
    this.#opened = undefined;
    this.#append(line);
    this.#index(line, 0, line.length - 1, offset);
    const waste = this.#size - this.#inUse;
    if (waste <= Math.max(this.#inUse, this.#leastWaste)) return;
    try {
      this.#writeSnapshot();
    } catch {
      // The disk is full, perhaps. The changes are kept without it: try again much later.
      this.#leastWaste = 2 * waste;
    }
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    closeSync(this.#file);
  }

  #read(): void {
    const octets = readFileSync(this.#file);
    if (octets.length < HEADER.length && HEADER.startsWith(octets.toString('latin1'))) {
      if (!this.#mayWrite) return;
      ftruncateSync(this.#file, 0);
      this.#append(Buffer.from(HEADER));
      return;
    }
    if (octets.toString('latin1', 0, HEADER.length) !== HEADER) this.#damaged('the first line is not that of this version');
    let start = HEADER.length;
    for (;;) {
      const end = octets.indexOf(LF, start);
      if (end < 0) break;
      const sum = octets.toString('latin1', start, start + CRC_OCTETS);
      if (sum !== sumOf(octets.subarray(start + CRC_OCTETS, end)))
        this.#damaged(`the line at octet ${start} has another checksum`);
      this.#index(octets, start, end, 0);
      start = end + 1;
    }
    this.#size = start;
    this.#opened = octets;
    if (this.#mayWrite && start < octets.length) ftruncateSync(this.#file, start);
  }

  #damaged(why: string): never {
    throw new UsageError(`${this.path} is damaged: ${why}`, {
      remedy: 'put back a copy of the file, or delete all lab state with `lpa-lab reset`',
    });
  }

  /** @param base where `octets` are in the file */
  #index(octets: Buffer, start: number, end: number, base: number): void {
    for (let at = start + CRC_OCTETS; at < end; ) {
      const tab = octets.subarray(at, end).indexOf(TAB);
      const stop = tab < 0 ? end : at + tab;
      const afterKind = octets.indexOf(SPACE, at);
      const space = octets.indexOf(SPACE, afterKind + 1);
      const afterKey = space < 0 || space > stop ? stop : space;
      const kind = octets.toString('latin1', at, afterKind);
      const key = octets.toString('latin1', afterKind + 1, afterKey);
      const value = afterKey < stop ? { offset: base + afterKey + 1, octets: stop - afterKey - 1 } : undefined;
      this.#set(kind, key, value);
      at = stop + 1;
    }
  }

  #set(kind: string, key: string, place: Place | undefined): void {
    const overhead = kind.length + key.length + 2;
    const before = this.#records.get(kind, key);
    if (before) this.#inUse -= before.octets + overhead;
    if (place) {
      this.#records.set(kind, key, place);
      this.#inUse += place.octets + overhead;
    } else this.#records.delete(kind, key);
  }

  #textAt({ offset, octets }: Place): string {
    if (this.#opened) return this.#opened.toString('utf8', offset, offset + octets);
    const text = Buffer.allocUnsafe(octets);
    const read = readSync(this.#file, text, 0, octets, offset);
    if (read !== octets) this.#damaged(`it ends before octet ${offset + octets}`);
    return text.toString();
  }

  /** A line that could not be written whole, on a full disk, is taken back: others may follow. */
  #append(octets: Buffer): void {
    try {
      for (let done = 0; done < octets.length; ) done += writeSync(this.#file, octets, done);
    } catch (error) {
      ftruncateSync(this.#file, this.#size);
      throw error;
    }
    this.#size += octets.length;
  }

  /** Each record in a line of its own, in a file that takes the place of this one when it is whole. */
  #writeSnapshot(): void {
    const path = `${this.path}.new`;
    rmSync(path, { force: true });
    const next = new RecordFile(path);
    try {
      let lines: Buffer[] = [];
      let octets = 0;
      const flush = (): void => {
        next.#append(Buffer.concat(lines));
        lines = [];
        octets = 0;
      };
      for (const [kind, key, place] of this.#records.entries()) {
        const line = lineOf([`${kind} ${key} ${this.#textAt(place)}`]);
        next.#index(line, 0, line.length - 1, next.#size + octets);
        lines.push(line);
        octets += line.length;
        if (octets > CHUNK) flush();
      }
      flush();
      fsyncSync(next.#file);
      renameSync(path, this.path);
    } catch (error) {
      closeSync(next.#file);
      rmSync(path, { force: true });
      throw error;
    }
    closeSync(this.#file);
    this.#file = next.#file;
    this.#size = next.#size;
    this.#inUse = next.#inUse;
    this.#records = next.#records;
  }
}

const sumOf = (octets: Uint8Array): string => `${crc32(octets).toString(16).padStart(8, '0')} `;

function textOf([kind, key, value]: Change): string {
  if (!/^[\w.-]+ [\w.-]+$/.test(`${kind} ${key}`)) throw new Error(`not a name of a record: ${kind} ${key}`);
  return value === undefined ? `${kind} ${key}` : `${kind} ${key} ${JSON.stringify(value)}`;
}

/** JSON has no tab and no line feed outside of escapes. */
function lineOf(texts: readonly string[]): Buffer {
  if (texts.length === 0) return Buffer.alloc(0);
  const octets = Buffer.from(texts.join('\t'));
  return Buffer.concat([Buffer.from(sumOf(octets)), octets, Buffer.of(LF)]);
}
