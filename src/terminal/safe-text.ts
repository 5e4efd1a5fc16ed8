/**
 * Text that a card, a server or a QR code chose, made harmless: the one way for it to a terminal, a
 * pipe or a JSON consumer. What would move a cursor, end a line, turn the reading direction or not be
 * seen at all is shown as an escape. A backslash stays as it is, so shown text may be shown again.
 */
import { toBase64 } from '../lpa/bytes.ts';

/**
 * What is never printed as it is: controls, formats (bidirectional, zero width, tags), surrogates that
 * stand alone, private and unassigned code points, line and paragraph separators, and what fonts leave out.
 * A joiner between emoji is among them: terminals disagree on its width.
 */
const HIDDEN = String.raw`[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]`;
/** More marks than any script stacks on a letter would climb into the lines above. */
const MARKS = String.raw`(?:(?!${HIDDEN})\p{M}){0,4}`;

/** What stands together in one place of a terminal; `hidden` is a code point that is to be escaped. */
const cluster = once(
  () =>
    new RegExp(
      [
        String.raw`\p{Emoji_Modifier_Base}\p{Emoji_Modifier}`,
        String.raw`\p{Extended_Pictographic}\uFE0F`,
        String.raw`\p{RI}{2}`,
        String.raw`[\u1100-\u115E][\u1161-\u11A7][\u11A8-\u11FF]?`,
        String.raw`(?!${HIDDEN}|\p{M})(?<single>.)${MARKS}`,
        '(?<hidden>.)',
      ].join('|'),
      'suy',
    ),
);

/** East Asian Wide and Fullwidth (UAX 11): scripts in their blocks; emoji are told by their property. */
const WIDE =
  /^(?:(?!\p{RI})\p{Emoji_Presentation}|[\u1100-\u115F\u2329\u232A\u2630-\u2637\u268A-\u268F\u2E80-\u303E\u3041-\u3247\u3250-\uA4CF\uA960-\uA97C\uAC00-\uD7A3\uF900-\uFAFF\uFE10-\uFE19\uFE30-\uFE6F\uFF01-\uFF60\uFFE0-\uFFE6]|[\u{16FE0}-\u{1B2FF}\u{1D300}-\u{1D376}\u{1F200}-\u{1F265}\u{20000}-\u{3FFFD}])/u;

/** Patterns over Unicode's tables cost milliseconds to build, and most text is plain. */
function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

const PLAIN = /^[\x20-\x7e]*$/;

/** Show foreign text in at most `maxColumns` columns; where more was cut off, the last one is an ellipsis. */
export function displayText(text: string, maxColumns = 80): string {
  if (text.length <= maxColumns && PLAIN.test(text)) return text;
  let shown = '';
  let columns = 0;
  /** How much of `shown` leaves room for the ellipsis. */
  let kept = 0;
  for (const part of clusters(text)) {
    if (columns + part.columns > maxColumns) return maxColumns < 1 ? '' : `${shown.slice(0, kept)}…`;
    shown += part.text;
    columns += part.columns;
    if (columns < maxColumns) kept = shown.length;
  }
  return shown;
}

/** The columns that a text takes on a terminal when it is shown whole. */
export function displayWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let columns = 0;
  for (const part of clusters(text)) columns += part.columns;
  return columns;
}

/**
 * JSON in which nothing hides: beyond what JSON demands, everything that displayText escapes is escaped,
 * so the octets are safe on a terminal and a parser reads the same text. Octets are base64.
 *
 * @param indent spaces a level; without it the value stands on one line
 */
export function jsonText(value: unknown, indent?: number): string {
  const octetsAsBase64 = function (this: Record<string, unknown>, key: string, shown: unknown): unknown {
    // `this[key]`, since a Buffer's toJSON has already been at work on `shown`.
    const given = this[key];
    return given instanceof Uint8Array ? toBase64(given) : shown;
  };
  const json = JSON.stringify(value, octetsAsBase64, indent) ?? 'null';
  return json.replace(hiddenInJson(), (character) =>
    character.replace(/./gs, (unit) => `\\u${hex(unit.charCodeAt(0), 4).toLowerCase()}`),
  );
}

/** Line feeds are JSON's own, from `indent`: in strings they are escaped by now. */
const hiddenInJson = once(() => new RegExp(String.raw`(?!\n)${HIDDEN}`, 'gu'));

function* clusters(text: string): Generator<{ readonly text: string; readonly columns: number }> {
  const pattern = cluster();
  for (let at = 0; at < text.length; ) {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (!found) throw new Error('every character is a cluster or hidden');
    at = pattern.lastIndex;
    const { single, hidden } = found.groups ?? {};
    if (hidden !== undefined) {
      const escaped = escapeOf(hidden);
      yield { text: escaped, columns: escaped.length };
    } else {
      const spacing = found[0].match(/\p{Mc}/gu)?.length ?? 0;
      yield { text: found[0], columns: (single === undefined || WIDE.test(single) ? 2 : 1) + spacing };
    }
  }
}

function escapeOf(character: string): string {
  const named = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }[character];
  if (named) return named;
  const code = character.codePointAt(0) ?? 0;
  if (code <= 0xff) return `\\x${hex(code, 2)}`;
  return code <= 0xffff ? `\\u${hex(code, 4)}` : `\\u{${hex(code, 4)}}`;
}

const hex = (code: number, digits: number): string => code.toString(16).toUpperCase().padStart(digits, '0');
