/** The results of a batch as a table for spreadsheets. */
import { lstatSync, readFileSync } from 'node:fs';
import { UsageError } from '../../errors.ts';
import { displayText } from '../foreign-text.ts';
import { formatCsv } from './csv.ts';
import { writeWhole } from './progress-file.ts';
import type { BatchRow } from './run.ts';

const HEAD = ['line', 'reader', 'eid', 'iccid', 'nickname', 'result', 'message', 'remedy'];

/** Before anything is done: only results are written over. @throws {UsageError} */
export function checkResults(file: string): void {
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (!found) return;
  if (found.isFile() && readFileSync(file, 'utf8').startsWith(formatCsv([HEAD]))) return;
  throw new UsageError(`${displayText(file, 200)}: something else is there already`, {
    remedy: 'name another file with --results',
  });
}

export function writeResults(file: string, rows: readonly BatchRow[]): void {
  const records = rows.map(({ line, reader = '', eid = '', iccid = '', nickname = '', result, error }) =>
    [String(line), reader, eid, iccid, nickname, result, error?.message ?? '', error?.remedy ?? ''].map((cell) =>
      displayText(cell, 1000),
    ),
  );
  writeWhole(file, formatCsv([HEAD, ...records]), 0o644);
}
