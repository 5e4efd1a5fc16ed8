/** The log as a file of the lab's folder: one entry a line, there before what was decided takes effect. */
import { closeSync, fstatSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { LabLog, LogEntry } from './log.ts';

export interface LogFile extends Disposable {
  readonly log: LabLog;
}

/** Several labs may write to one file: each entry goes out in one piece, at its end. */
export function openLogFile(path: string): LogFile {
  const file = openSync(path, 'a+', 0o600);
  // A lab that was killed, or met a full disk, may have left the last line without its end.
  const { size } = fstatSync(file);
  const last = new Uint8Array(1);
  if (size > 0 && readSync(file, last, 0, 1, size - 1) === 1 && last[0] !== LF) writeSync(file, '\n');
  let open = true;
  return {
    log(entry) {
      // Somebody may hang up on a server that is being closed.
      if (open) writeSync(file, `${JSON.stringify({ time: new Date().toISOString(), ...entry }, plain)}\n`);
    },
    [Symbol.dispose]() {
      open = false;
      closeSync(file);
    },
  };
}

const plain = (_key: string, value: unknown): unknown =>
  value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;

const FOLLOW_MS = 100;
const LF = 0x0a;

/** The entries so far; with `follow` also those that come, until `signal` says stop. */
export async function* readLogFile(
  path: string,
  { follow = false, signal }: { follow?: boolean; signal?: AbortSignal } = {},
): AsyncGenerator<LogEntry> {
  let at = 0;
  for (;;) {
    const { text, end } = textFrom(path, at);
    at = end;
    for (const line of text.split('\n')) {
      const entry = entryIn(line);
      if (entry) yield entry;
    }
    if (!follow || signal?.aborted) return;
    if (text === '') await pause(FOLLOW_MS, undefined, { ...(signal && { signal }) }).catch(() => {}); // aborted: seen above
  }
}

/** @returns undefined for a line that its writer did not finish: the entry is lost, the others are not */
function entryIn(line: string): LogEntry | undefined {
  try {
    return JSON.parse(line) as LogEntry;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

/** The whole lines after the first `at` octets; from the start where the file is shorter than it was, for the lab was reset. */
function textFrom(path: string, at: number): { text: string; end: number } {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  const start = size < at ? 0 : at;
  if (size === start) return { text: '', end: size };
  const file = openSync(path, 'r');
  try {
    const octets = new Uint8Array(size - start);
    const read = readSync(file, octets, 0, octets.length, start);
    const whole = octets.subarray(0, octets.lastIndexOf(LF, read - 1) + 1);
    return { text: new TextDecoder().decode(whole), end: start + whole.length };
  } finally {
    closeSync(file);
  }
}
