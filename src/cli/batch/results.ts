/** The results of a batch as a table for spreadsheets. */
import { closeSync, constants, lstatSync, openSync, readSync } from 'node:fs';
import { UsageError } from '../../lpa/errors.ts';
import { fileReason } from '../../lpa/file-error.ts';
import { displayText } from '../../terminal/safe-text.ts';
import { formatCsv } from './csv.ts';
import { writeBeside } from './progress-file.ts';
import type { BatchRow } from './run.ts';

const HEAD = ['line', 'reader', 'eid', 'iccid', 'nickname', 'result', 'message', 'remedy'];

/** Before anything is done: only results are written over. @throws {UsageError} */
export function checkResults(file: string): void {
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (!found) return;
  if (found.isFile() && beginningOf(file).startsWith(formatCsv([HEAD]))) return;
  throw new UsageError(`${displayText(file, 200)}: something else is there already`, {
    remedy: 'name another file with --results',
  });
}

/** Enough of a file to recognize the head: the file may have any size. */
function beginningOf(path: string): string {
  const octets = Buffer.alloc(256);
  let file: number | undefined;
  try {
    file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    return octets.toString('utf8', 0, readSync(file, octets));
  } catch (cause) {
    throw new UsageError(`${displayText(path, 200)}: cannot be read: ${fileReason(cause)}`, { cause });
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

export function writeResults(file: string, rows: readonly BatchRow[]): void {
  const records = rows.map(({ line, reader = '', eid = '', iccid = '', nickname = '', result, error }) =>
    [String(line), reader, eid, iccid, nickname, result, error?.message ?? '', error?.remedy ?? ''].map((cell) =>
      displayText(cell, 1000),
    ),
  );
  writeBeside(file, formatCsv([HEAD, ...records]), 0o600);
}
