/** Words filled into lines and columns, for help. */
import { displayWidth } from './safe-text.ts';

/** A label and its text, which goes on under itself. */
export function twoColumns(label: string, text: string, left: number, width: number): string[] {
  const indent = left + 4;
  const lines = paragraph(text, Math.max(20, width - indent));
  return (lines.length > 0 ? lines : ['']).map((line, i) =>
    `${i === 0 ? `  ${label.padEnd(left)}  ` : ' '.repeat(indent)}${line}`.trimEnd(),
  );
}

/** Words filled into lines. */
export function paragraph(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/**
 * One line of output for a terminal: broken at spaces, what follows indented. What stands in backticks is to be typed, and stays
 * whole, as does a word that is longer than a line.
 *
 * @param columns of the terminal; absent, the line stays as it is
 */
export function wrapped(line: string, indent: number, columns: number | undefined): string {
  if (columns === undefined || displayWidth(line) <= columns) return line;
  const lines: string[] = [];
  let rest = line;
  while (displayWidth(rest) > columns) {
    const spaces = [...rest.matchAll(/`[^`]*`| /g)].filter(([found]) => found === ' ').map(({ index }) => index);
    const inside = spaces.filter((at) => at > indent && rest.slice(0, at).trim() !== '');
    const at = inside.findLast((space) => displayWidth(rest.slice(0, space)) <= columns) ?? inside[0];
    if (at === undefined) break;
    lines.push(rest.slice(0, at).trimEnd());
    rest = ' '.repeat(indent) + rest.slice(at + 1);
  }
  return [...lines, rest].join('\n');
}
