/** Records that a part of the lab keeps: in memory, in a file (record-file.ts), or in a folder of files (record-folder.ts). */

/**
 * A record is named by its kind and its key: letters, digits, dots and hyphens. Records whose keys begin alike, up to the
 * first dot, are a group. A record without a value is removed.
 */
export type Change = readonly [kind: string, key: string, value: unknown];

export interface Records {
  /** Reads the value of a record; undefined when there is none. */
  get(kind: string, key: string): unknown;
  /** The keys of the records of a kind, in the order in which they were first written: all, or those of a group of several. */
  keys(kind: string, group?: string): readonly string[];
  /** Changes of one group are kept all or none. */
  write(changes: readonly Change[]): void;
}

export const groupOf = (key: string): string => key.split('.', 1)[0] ?? key;

/** Something for each record, found by kind and key, and by group. */
export class RecordMap<T> {
  readonly #byKind = new Map<string, Map<string, T>>();
  /** Keys by kind and group, where a group may have several. */
  readonly #groups = new Map<string, Set<string>>();

  get(kind: string, key: string): T | undefined {
    return this.#byKind.get(kind)?.get(key);
  }

  set(kind: string, key: string, value: T): void {
    const ofKind = this.#byKind.get(kind) ?? new Map<string, T>();
    this.#byKind.set(kind, ofKind.set(key, value));
    if (!key.includes('.')) return;
    const name = `${kind} ${groupOf(key)}`;
    this.#groups.set(name, (this.#groups.get(name) ?? new Set()).add(key));
  }

  delete(kind: string, key: string): void {
    this.#byKind.get(kind)?.delete(key);
    const name = `${kind} ${groupOf(key)}`;
    const group = this.#groups.get(name);
    group?.delete(key);
    if (group?.size === 0) this.#groups.delete(name);
  }

  keys(kind: string, group?: string): readonly string[] {
    if (group !== undefined) return [...(this.#groups.get(`${kind} ${group}`) ?? [])];
    return [...(this.#byKind.get(kind)?.keys() ?? [])];
  }

  *entries(): Iterable<readonly [kind: string, key: string, value: T]> {
    for (const [kind, ofKind] of this.#byKind) for (const [key, value] of ofKind) yield [kind, key, value];
  }
}

/** Values are text here too: what is read is a copy. */
export class MemoryRecords implements Records {
  readonly #texts = new RecordMap<string>();

  get(kind: string, key: string): unknown {
    const text = this.#texts.get(kind, key);
    return text === undefined ? undefined : JSON.parse(text);
  }

  keys(kind: string, group?: string): readonly string[] {
    return this.#texts.keys(kind, group);
  }

  write(changes: readonly Change[]): void {
    for (const [kind, key, value] of changes) {
      if (value === undefined) this.#texts.delete(kind, key);
      else this.#texts.set(kind, key, JSON.stringify(value));
    }
  }
}
