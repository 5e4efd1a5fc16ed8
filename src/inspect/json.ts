/** Bodies of ES9+ and ES11 as JSON: members in base64 as trees, and what the header says. SGP.22 v2.5 §6.5. */

import { serverCode } from '../failures/server-codes.ts';
import { fromBase64 } from '../lpa/bytes.ts';
import { everyNode, type Node } from './node.ts';
import { octetsTree, type ReadOptions } from './octets.ts';

/** Members that a bearer secret stands in. */
const SECRETS: ReadonlySet<string> = new Set(['matchingId', 'eventId', 'confirmationCode', 'activationCode']);
/** Members whose octets are bare, without a tag of their own. */
const BARE: ReadonlySet<string> = new Set(['euiccChallenge']);
const MAX_DEPTH = 16;
/** Nodes of a whole body; a member that begins within them is shown whole. */
const MAX_NODES = 20_000;

interface Budget {
  left: number;
}

/** A body, or undefined where the text is no JSON object. */
export async function jsonTree(text: string, options: ReadOptions): Promise<Node | undefined> {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return undefined; // it is something else, or nothing
  }
  if (typeof body !== 'object' || body === null) return undefined;
  return memberNode('JSON', body, options, { left: MAX_NODES }, 0);
}

async function memberNode(name: string, value: unknown, options: ReadOptions, budget: Budget, depth: number): Promise<Node> {
  budget.left -= 1;
  if (depth > MAX_DEPTH) return { name, errors: [`nested deeper than ${MAX_DEPTH} levels`] };
  if (typeof value === 'string') return textNode(name, value, options, budget);
  if (typeof value !== 'object' || value === null) return { name, value, words: String(value) };
  if (name === 'statusCodeData') {
    const { subjectCode, reasonCode } = value as { subjectCode?: unknown; reasonCode?: unknown };
    if (typeof subjectCode === 'string' && typeof reasonCode === 'string') {
      const { subjectIdentifier, message } = value as { subjectIdentifier?: unknown; message?: unknown };
      const notes = [subjectIdentifier, message]
        .filter((note) => typeof note === 'string')
        .map((note) => `the server says: ${note}`);
      return {
        name,
        value,
        words: `${subjectCode}/${reasonCode}`,
        ...serverCode(subjectCode, reasonCode),
        ...(notes.length > 0 && { notes }),
      };
    }
  }
  const children: Node[] = [];
  const members = Object.entries(value);
  for (const [key, member] of members) {
    if (budget.left <= 0) break;
    children.push(await memberNode(Array.isArray(value) ? `[${key}]` : key, member, options, budget, depth + 1));
  }
  const more = members.length - children.length;
  return { name, ...(more > 0 && { errors: [`${more} more members are too many to show`] }), children };
}

async function textNode(name: string, text: string, options: ReadOptions, budget: Budget): Promise<Node> {
  const plain: Node = { name, value: text, words: `"${text}"`, ...(SECRETS.has(name) && { secret: true }) };
  if (text.length < 8 || SECRETS.has(name) || BARE.has(name) || /^[0-9A-F]{2,32}$/i.test(text)) return plain;
  const octets = octetsOf(text);
  if (!octets) return plain;
  const tree = await octetsTree(octets, options);
  // Text that happens to be base64 too is no data object: then nothing about it fits.
  if (tree.errors && !tree.children) return plain;
  for (const _ of everyNode(tree)) budget.left -= 1;
  return { name, children: [tree] };
}

function octetsOf(base64: string): Uint8Array | undefined {
  try {
    return fromBase64(base64);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
