/** QR codes drawn: as modules for whoever paints them, and with half blocks for a terminal. Encoded by qrcode-terminal. */
import { UsageError } from '../lpa/errors.ts';

/** Rows from the top, true is dark, without the quiet zone. @throws {UsageError} when the text is too long for a QR code */
export async function codeModules(text: string): Promise<boolean[][]> {
  const { default: qrcode } = await import('qrcode-terminal');
  let drawn = '';
  try {
    qrcode.generate(text, { small: true }, (output) => {
      drawn = output;
    });
  } catch (cause) {
    throw new UsageError('the text is too long for a QR code', { cause });
  }
  // Its half blocks are the only form in which the package gives modules: two rows a line, a frame of one module.
  const lines = drawn
    .split('\n')
    .slice(1)
    .filter((line) => line.startsWith('█'));
  const size = (lines[0]?.length ?? 0) - 2;
  const rows = lines.flatMap((line) => {
    const cells = [...line.slice(1, -1)];
    return [cells.map((cell) => cell === ' ' || cell === '▄'), cells.map((cell) => cell === ' ' || cell === '▀')];
  });
  return rows.slice(0, size);
}

/** Modules of light around a code; four by the standard, two are enough on a screen. */
const QUIET = 2;

/** A code as lines of half blocks: light modules are the text's colour, dark ones the background, as on a dark terminal. */
export async function drawCode(text: string): Promise<string> {
  const modules = await codeModules(text);
  const size = modules.length + 2 * QUIET;
  const dark = (x: number, y: number): boolean => modules[y - QUIET]?.[x - QUIET] ?? false;
  const lines = Array.from({ length: Math.ceil(size / 2) }, (_, line) =>
    Array.from({ length: size }, (_, x) => {
      const [top, bottom] = [dark(x, 2 * line), dark(x, 2 * line + 1)];
      if (top) return bottom ? ' ' : '▄';
      return bottom ? '▀' : '█';
    }).join(''),
  );
  return lines.join('\n');
}
