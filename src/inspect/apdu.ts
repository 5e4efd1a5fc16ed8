/** Command APDUs with their answers: one that was copied, or a whole trace, with the data objects in them put together. */

import { readAnnouncement } from '../lpa/asn1/tlv.ts';
import { concat, concatAll, fromHex, toHex } from '../lpa/bytes.ts';
import { DecodeError } from '../lpa/errors.ts';
import type { Node } from './node.ts';
import { octetsTree, type ReadOptions, statusWordNode } from './octets.ts';
import { octetsCount } from './values.ts';

export interface Exchange {
  readonly command: Uint8Array;
  /** With its status word; absent where only the command is known. */
  readonly response?: Uint8Array;
}

const STORE_DATA = 0xe2;
const GET_RESPONSE = 0xc0;
const SELECT = 0xa4;

/** By instruction octet. ISO 7816-4, ETSI TS 102 221, GlobalPlatform. */
// biome-ignore format: a table
const INSTRUCTIONS: Readonly<Record<number, string>> = {
  16: 'TERMINAL PROFILE', 18: 'FETCH', 20: 'TERMINAL RESPONSE', 32: 'VERIFY PIN', 112: 'MANAGE CHANNEL', 136: 'AUTHENTICATE',
  164: 'SELECT', 170: 'TERMINAL CAPABILITY', 176: 'READ BINARY', 178: 'READ RECORD', 192: 'GET RESPONSE', 194: 'ENVELOPE',
  202: 'GET DATA', 214: 'UPDATE BINARY', 220: 'UPDATE RECORD', 226: 'STORE DATA', 242: 'STATUS',
};

/** Octets that are one command APDU of the kinds an LPA sends: STORE DATA, SELECT by name, MANAGE CHANNEL. */
export function isCommand(bytes: Uint8Array): boolean {
  const [cla = 0xff, ins, p1 = 0, , lc = 0] = bytes;
  const whole = bytes.length === 5 + lc || bytes.length === 6 + lc;
  if (ins === STORE_DATA) return (cla & 0xb0) === 0x80 && (p1 & 0x6e) === 0 && whole;
  if (ins === SELECT) return (cla & 0xb0) === 0x00 && p1 === 0x04 && whole;
  return false;
}

/** `> 80E2910003BF2D00` and `< BF2D02A0009000`, with whatever stands before the marks; in octets that were masked, 00. */
export function exchangesIn(text: string): readonly Exchange[] {
  const exchanges: { command: Uint8Array; response?: Uint8Array }[] = [];
  for (const line of text.split('\n')) {
    const [, mark = '', digits = ''] =
      /(?:^|[\s\]:])(>|=>|->|<|<=|<-|[CR]-?APDU|TX|RX|CMD|RSP|command|response)\s*(?::\s*)?((?:(?:[0-9a-f]{2}|••)[ :]?){2,})\s*(?:\(.*\))?$/i.exec(
        line.trimEnd(),
      ) ?? [];
    if (digits === '') continue;
    const octets = fromHex(digits.replaceAll('•', '0').replace(/[ :]/g, ''));
    const isAnswer = /^(<|R-?APDU|RX|RSP|response)/i.test(mark);
    const last = exchanges.at(-1);
    if (!isAnswer) exchanges.push({ command: octets });
    else if (last && !last.response) last.response = octets;
  }
  return exchanges;
}

/** What one command and what belongs to it came to: blocks of a series and GET RESPONSEs are put together. */
interface Series {
  readonly name: string;
  readonly channel: number;
  readonly data: Uint8Array;
  readonly blocks: number;
  /** Its last block was sent. */
  readonly ended: boolean;
  readonly answer: Uint8Array;
  readonly sw?: Uint8Array;
}

/** @param masked octets of the text were masked */
export async function exchangesTree(exchanges: readonly Exchange[], options: ReadOptions, masked = false): Promise<Node> {
  const children: Node[] = [];
  for (const each of joined(series(exchanges))) children.push(await seriesNode(each, options));
  const notes = masked ? { notes: ['octets that are masked are read as 00'] } : {};
  const [only] = children;
  if (only && children.length === 1) return { ...only, ...notes };
  return { name: 'APDUs', words: `${exchanges.length} commands`, ...notes, children };
}

function* series(exchanges: readonly Exchange[]): Iterable<Series> {
  let open: Series | undefined;
  for (const { command, response } of exchanges) {
    const [cla = 0, ins = 0, p1 = 0, , lc = 0] = command;
    const data = command.length > 5 ? command.subarray(5, 5 + lc) : new Uint8Array();
    const answer = response?.subarray(0, Math.max(0, response.length - 2)) ?? new Uint8Array();
    const sw = response && response.length >= 2 ? { sw: response.subarray(-2) } : {};
    const ended = ins !== STORE_DATA || (p1 & 0x80) !== 0;
    if (open && ins === GET_RESPONSE) open = { ...open, answer: concat(open.answer, answer), ...sw };
    else if (open && ins === STORE_DATA && !open.ended) {
      open = { ...open, data: concat(open.data, data), blocks: open.blocks + 1, ended, answer, ...sw };
    } else {
      if (open) yield open;
      const name = INSTRUCTIONS[ins] ?? `command ${toHex(Uint8Array.of(ins))}`;
      open = { name, channel: channelOf(cla), data, blocks: 1, ended, answer, ...sw };
    }
  }
  if (open) yield open;
}

/** The segments of a Bound Profile Package are series of their own: put together as long as the card only says 9000. */
function* joined(all: Iterable<Series>): Iterable<Series> {
  let segments: Series[] = [];
  let missing = 0;
  for (const each of all) {
    const last = segments.at(-1);
    if (last && each.name === 'STORE DATA' && last.answer.length === 0 && missing > 0) {
      segments.push(each);
      missing -= each.data.length;
      continue;
    }
    if (last) yield together(segments, last);
    segments = [];
    if (each.name === 'STORE DATA' && each.data[0] === 0xbf && each.data[1] === 0x36) {
      segments = [each];
      missing = announced(each.data) - each.data.length;
    } else yield each;
  }
  const last = segments.at(-1);
  if (last) yield together(segments, last);
}

const together = (segments: readonly Series[], last: Series): Series => ({
  ...last,
  data: concatAll(segments.map(({ data }) => data)),
  blocks: segments.reduce((sum, { blocks }) => sum + blocks, 0),
});

/** Octets of the data object that begins here; 0 where it cannot be told. */
function announced(data: Uint8Array): number {
  try {
    const { contentStart, length } = readAnnouncement(data, 0, '');
    return contentStart + length;
  } catch (error) {
    if (error instanceof DecodeError) return 0;
    throw error;
  }
}

async function seriesNode({ name, channel, data, blocks, answer, sw }: Series, options: ReadOptions): Promise<Node> {
  const words = [
    ...(channel > 0 ? [`channel ${channel}`] : []),
    ...(blocks > 1 ? [`${blocks} blocks, ${octetsCount(data.length)}`] : []),
  ].join(', ');
  const children: Node[] = [];
  if (data.length > 0) {
    children.push(name === 'STORE DATA' ? await octetsTree(data, { ...options, direction: 'request' }) : leaf('data', data));
  }
  if (answer.length > 0) {
    children.push(
      HAS_OBJECTS.has(name) ? await octetsTree(answer, { ...options, direction: 'response' }) : leaf('answer', answer),
    );
  }
  if (sw) children.push(withoutOffset(statusWordNode(sw, 0)));
  return { name, ...(words !== '' && { words }), children };
}

/** Instructions that are answered with data objects. */
const HAS_OBJECTS: ReadonlySet<string> = new Set(['STORE DATA', 'SELECT', 'GET DATA', 'STATUS', 'FETCH']);

const leaf = (name: string, octets: Uint8Array): Node => ({ name, octets: toHex(octets) });

/** In a trace the status word stands where the answer ends, whatever was put together before it. */
function withoutOffset({ offset: _, ...node }: Node): Node {
  return node;
}

/** ETSI TS 102 221 §10.1.1: 0 to 3 in the low bits, 4 to 19 under 4X and CX. */
const channelOf = (cla: number): number => (cla & 0x40 ? 4 + (cla & 0x0f) : cla & 0x03);
