/** Words filled into lines and columns, for help. */

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
