/** Records in a folder of files, by group: a command that asks for a few records reads a small part of a large state. */
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { RecordFile } from './record-file.ts';
import { type Change, groupOf, type Records } from './records.ts';

const FILES = 128;
const EXTENSION = '.records';

export class RecordFolder implements Records, Disposable {
  readonly #path: string;
  readonly #mayWrite: boolean;
  readonly #files = new Map<string, RecordFile>();

  /** Folder and files are made with the first change of their records. The caller holds the lock of this part of the lab. */
  constructor(path: string, { mayWrite = true }: { readonly mayWrite?: boolean } = {}) {
    this.#path = path;
    this.#mayWrite = mayWrite;
  }

  get(kind: string, key: string): unknown {
    return this.#known(nameFor(key))?.get(kind, key);
  }

  keys(kind: string, group?: string): readonly string[] {
    if (group !== undefined) return this.#known(nameFor(group))?.keys(kind, group) ?? [];
    if (!existsSync(this.#path)) return [];
    const names = readdirSync(this.#path).filter((name) => name.endsWith(EXTENSION));
    return names.sort().flatMap((name) => this.#open(name).keys(kind));
  }

  write(changes: readonly Change[]): void {
    const byName = new Map<string, Change[]>();
    for (const change of changes) {
      const name = nameFor(change[1]);
      const ofFile = byName.get(name);
      if (ofFile) ofFile.push(change);
      else byName.set(name, [change]);
    }
    if (byName.size > 0) mkdirSync(this.#path, { recursive: true, mode: 0o700 });
    for (const [name, ofFile] of byName) this.#open(name).write(ofFile);
  }

  [Symbol.dispose](): void {
    for (const file of this.#files.values()) file[Symbol.dispose]();
  }

  #known(name: string): RecordFile | undefined {
    return this.#files.has(name) || existsSync(join(this.#path, name)) ? this.#open(name) : undefined;
  }

  #open(name: string): RecordFile {
    const file = this.#files.get(name) ?? new RecordFile(join(this.#path, name), { mayWrite: this.#mayWrite });
    this.#files.set(name, file);
    return file;
  }
}

const nameFor = (key: string): string => `${String(crc32(groupOf(key)) % FILES).padStart(3, '0')}${EXTENSION}`;
