/** The tree of `lpa explain`, a line each: offset, tag, name, words, octets. */
import type { Node } from '../../inspect/node.ts';
import { displayText, displayWidth } from '../../terminal/safe-text.ts';
import { wrapped } from '../../terminal/wrap.ts';
import type { Look } from '../command.ts';

/** Hexadecimal digits of a leaf where lines may be as long as they like. */
const MAX_DIGITS = 64;
/** On a terminal, fewer are not worth a place. */
const MIN_DIGITS = 8;
/** Columns of words that a card or server chose. */
const MAX_WORDS = 400;
/** Of leaves that are alike, such as the segments of a package, so many are shown. */
const MAX_ALIKE = 12;

export function treeText(root: Node, look: Look): string {
  let largest = -1;
  for (const offset of offsetsOf(root)) largest = Math.max(largest, offset);
  const place = largest >= 0 ? { digits: String(largest).length, tag: 6 } : undefined;
  return [...lines(root, 0, place, look)].join('\n');
}

interface Columns {
  readonly digits: number;
  readonly tag: number;
}

function* offsetsOf({ offset, children = [] }: Node): Iterable<number> {
  if (offset !== undefined) yield offset;
  for (const child of children) yield* offsetsOf(child);
}

function* lines(node: Node, depth: number, columns: Columns | undefined, look: Look): Iterable<string> {
  const { paint } = look;
  const indent = '  '.repeat(depth);
  const margin = columns
    ? `${(node.offset ?? '').toString().padStart(columns.digits)}  ${(node.tag ?? '').padEnd(columns.tag)}  `
    : '';
  const blank = ' '.repeat(margin.length);
  const words = node.words === undefined ? '' : displayText(node.words, MAX_WORDS);
  const head = `${displayText(node.name, 100)}${words === '' ? '' : `: ${words}`}`;
  const hex = octetsText(node, look, margin.length + indent.length + displayWidth(head) + 2);
  const name = words === '' ? paint.strong(head) : head;
  yield `${paint.faint(margin)}${indent}${name}${hex === '' ? '' : `  ${words === '' ? hex : paint.faint(hex)}`}`.trimEnd();
  const below = (label: string, text: string, style: (text: string) => string): string => {
    const before = `${blank}${indent}  `;
    const line = wrapped(`${before}${label}: ${displayText(text, MAX_WORDS)}`, before.length + 2, look.columns);
    return before + style(`${label}:`) + line.slice(before.length + label.length + 1);
  };
  for (const error of node.errors ?? []) yield below('error', error, paint.bad);
  for (const warning of node.warnings ?? []) yield below('warning', warning, paint.caution);
  if (node.cause !== undefined) yield below('cause', node.cause, paint.caution);
  if (node.remedy !== undefined) yield below('hint', node.remedy, paint.strong);
  for (const note of node.notes ?? []) yield below('note', note, paint.faint);
  const { shown, alike } = foldedChildren(node.children ?? []);
  for (const child of shown) yield* lines(child, depth + 1, columns, look);
  if (alike > 0) yield `${blank}${indent}  ${paint.faint(`... and ${alike} more like these; --json shows them all`)}`;
}

/** The content at the side; nothing where the words are the octets. */
function octetsText({ octets, words }: Node, { columns }: Look, used: number): string {
  if (octets === undefined || octets === '' || words?.startsWith(octets)) return '';
  const room = Math.min(MAX_DIGITS, columns === undefined ? MAX_DIGITS : columns - used);
  if (octets.length <= room) return octets;
  const digits = (room - 3) & ~1;
  return digits < MIN_DIGITS ? '' : `${octets.slice(0, digits)}...`;
}

/** Many leaves of one tag in a row are folded; what has an error among them is not. */
function foldedChildren(children: readonly Node[]): { readonly shown: readonly Node[]; readonly alike: number } {
  const [first] = children;
  const plain = children.every(
    ({ tag, children: below, errors, warnings }) => tag === first?.tag && !below && !errors && !warnings,
  );
  if (!plain || children.length <= MAX_ALIKE + 1) return { shown: children, alike: 0 };
  return { shown: children.slice(0, MAX_ALIKE), alike: children.length - MAX_ALIKE };
}
