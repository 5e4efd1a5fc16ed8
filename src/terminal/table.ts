/** Columns padded with spaces, one record a line, no borders: grep and awk keep working. */
import { displayText, displayWidth } from './safe-text.ts';

/**
 * What stands in a table. Text of every cell is made harmless here, so it may come straight from a card;
 * for the same reason a style is a function and not part of the text.
 */
export type Cell =
  | string
  | {
      readonly text: string;
      readonly style?: (text: string) => string;
      /** The column is not cut below this cell: half an ICCID helps nobody. */
      readonly whole?: boolean;
    };

const GAP = '  ';
/** Columns of a cell where the table may be as wide as it likes. */
const MAX_CELL = 256;
/** A column is not made narrower than this, be the terminal as narrow as it may. */
const MIN_CELL = 6;

/**
 * Lay out rows under a head; cells that are missing are empty.
 *
 * @param columns of the terminal: the widest columns are cut until a line fits; without it nothing is cut
 */
export function table(head: readonly Cell[], rows: readonly (readonly Cell[])[], columns?: number): string {
  const lines = [head, ...rows].map((row) => row.map((cell) => (typeof cell === 'string' ? { text: cell } : cell)));
  const count = Math.max(...lines.map((line) => line.length));
  const natural = Array.from({ length: count }, (_, i) => Math.max(0, ...lines.map((line) => widthOf(line[i]?.text))));
  const least = natural.map((width, i) =>
    Math.min(width, Math.max(MIN_CELL, ...lines.map((line) => (line[i]?.whole ? widthOf(line[i].text) : 0)))),
  );
  const widths = columns === undefined ? natural : fit(natural, least, columns - GAP.length * (count - 1));
  return lines
    .map((line) => {
      // Spaces after the last cell that holds something would only wrap.
      const last = line.findLastIndex((cell) => cell.text !== '');
      return line
        .slice(0, last + 1)
        .map(({ text, style }, i) => {
          const width = widths[i] ?? 0;
          const shown = displayText(text, width);
          return (style ? style(shown) : shown) + ' '.repeat(i === last ? 0 : width - displayWidth(shown));
        })
        .join(GAP);
    })
    .join('\n');
}

const widthOf = (text = ''): number => displayWidth(displayText(text, MAX_CELL));

/** Take column by column from the widest that may still give one. */
function fit(natural: readonly number[], least: readonly number[], room: number): number[] {
  const widths = [...natural];
  for (let over = natural.reduce((sum, width) => sum + width, 0) - room; over > 0; over--) {
    let widest = -1;
    for (const [i, width] of widths.entries()) {
      if (width > (least[i] ?? 0) && width > (widths[widest] ?? 0)) widest = i;
    }
    if (widest < 0) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}
