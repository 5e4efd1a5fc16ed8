/** Comma-separated values (RFC 4180), as spreadsheets write them and as they may safely read them. */
import { UsageError } from '../../lpa/errors.ts';

export interface CsvRecord {
  /** In the file, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** What spreadsheets put between cells, by their country. */
const SEPARATORS = [',', ';', '\t'] as const;

/**
 * Records of a file, empty ones left out. The separator is the one that the first line has most of.
 *
 * @throws {UsageError} naming the line; never what stands in it
 */
export function parseCsv(text: string): CsvRecord[] {
  const input = text.replace(/^\uFEFF/, '');
  const separator = separatorOf(input);
  const records: CsvRecord[] = [];
  let line = 1;
  let at = 0;
  while (at < input.length) {
    const begun = line;
    const cells: string[] = [];
    for (let more = true; more; ) {
      let cell: string;
      if (input[at] === '"') {
        const end = closingQuote(input, at + 1);
        if (end === undefined) throw new UsageError(`line ${begun}: a quoted cell has no end`);
        cell = input.slice(at + 1, end).replaceAll('""', '"');
        line += cell.split('\n').length - 1;
        at = end + 1;
        if (at < input.length && input[at] !== separator && !/[\r\n]/.test(input[at] ?? '')) {
          throw new UsageError(`line ${line}: something stands behind the end of a quoted cell`);
        }
      } else {
        const rest = input.slice(at).search(separator === '\t' ? /[\t\r\n]/ : new RegExp(`[${separator}\r\n]`));
        cell = rest < 0 ? input.slice(at) : input.slice(at, at + rest);
        at += cell.length;
      }
      cells.push(cell.trim());
      more = input[at] === separator;
      if (more) at += 1;
    }
    if (input[at] === '\r') at += 1;
    if (input[at] === '\n') at += 1;
    line += 1;
    if (cells.some((cell) => cell !== '')) records.push({ line: begun, cells });
  }
  return records;
}

function separatorOf(input: string): string {
  const [head = ''] = input.split(/[\r\n]/, 1);
  const count = (separator: string): number => head.split(separator).length;
  return [...SEPARATORS].sort((a, b) => count(b) - count(a))[0] ?? ',';
}

function closingQuote(input: string, from: number): number | undefined {
  for (let at = input.indexOf('"', from); at >= 0; at = input.indexOf('"', at + 2)) if (input[at + 1] !== '"') return at;
  return undefined;
}

/**
 * Every cell in quotes, and none that a spreadsheet takes for a formula: what begins as one has a quote put before it.
 */
export const formatCsv = (records: readonly (readonly string[])[]): string =>
  records.map((cells) => `${cells.map(cellOf).join(',')}\r\n`).join('');

function cellOf(text: string): string {
  const harmless = /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text;
  return `"${harmless.replaceAll('"', '""')}"`;
}
