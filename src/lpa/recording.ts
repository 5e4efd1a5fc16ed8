/**
 * A session as text that a person can read, a diff can show and a program can play back: what was said to cards and servers,
 * in order.
 *
 *     # ES10c.GetEID                       a comment; times stand in comments alone
 *     card Lab 00 00                       a card was opened; the next line is its ATR
 *     atr 3B9F96803FC7828031E073FE211B57AA8660F0020001FD
 *     > 81 E2 91 00 06 BF3E035C015A 00     a command APDU; spaces mean nothing, `••` is an octet that is masked
 *     < BF3E125A1089...35 9000             its answer
 *     ! reset                              the card was reset
 *     ! failed gone: Lab 00 00: ...        instead of an answer: CardError, its problem, its words
 *     tls smdp.example.com chip 81370F51…  who vouches for a server
 *     >> ES9+.CancelSession smdp.example.com /gsma/rsp2/es9plus/cancelSession
 *     { ... }                              the body: an object as JSON over several lines, any other text as one JSON string
 *     << 200                               its HTTP status, and the body of the answer
 *     << failed network timeout: ...       instead of an answer: error code, problem or check, words
 */
import { DecodeError } from './errors.ts';

export interface Failure {
  /** `card`, `network`, `trust` or whatever code the error has. */
  readonly code: string;
  /** Problem or check, where the error has one. */
  readonly detail: string;
  readonly message: string;
}

/** APDUs in upper-case hexadecimal, `••` for an octet that is masked; bodies as they went, masks within them. */
export type Entry =
  | { readonly type: 'comment'; readonly text: string }
  | { readonly type: 'card'; readonly name: string; readonly atr: string }
  | { readonly type: 'apdu'; readonly command: string; readonly answer: string | Failure }
  | { readonly type: 'reset' }
  | { readonly type: 'tls'; readonly address: string; readonly trustedBy: 'chip' | 'ca' | 'web'; readonly ciPKId?: string }
  | {
      readonly type: 'post';
      readonly name: string;
      readonly address: string;
      readonly path: string;
      readonly body: string;
      readonly answer: { readonly status: number; readonly body: string } | Failure;
    };

/** One masked octet in hexadecimal. */
export const MASKED = '••';
/** What stands for a masked octet where only octets can stand: `*`. */
export const STAR = 0x2a;

/** Octets of masked hexadecimal. */
export const starred = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(MASKED, '2A'), 'hex'));

/** @returns whole lines, the last one ended */
export function printEntry(entry: Entry): string {
  switch (entry.type) {
    case 'comment':
      return `# ${oneLine(entry.text)}\n`;
    case 'card':
      return `card ${oneLine(entry.name)}\natr ${entry.atr}\n`;
    case 'apdu':
      return `> ${spaced(entry.command)}\n${typeof entry.answer === 'string' ? `< ${answerText(entry.answer)}` : `! failed ${cardFailure(entry.answer)}`}\n`;
    case 'reset':
      return '! reset\n';
    case 'tls':
      return `tls ${oneLine(entry.address)} ${entry.trustedBy}${entry.ciPKId === undefined ? '' : ` ${entry.ciPKId}`}\n`;
    case 'post': {
      const { name, address, path, body, answer } = entry;
      const asked = `>> ${name} ${oneLine(address)} ${path}\n${bodyText(body)}`;
      if ('status' in answer) return `${asked}<< ${answer.status}\n${bodyText(answer.body)}`;
      return `${asked}<< failed ${answer.code} ${answer.detail || '-'}: ${oneLine(answer.message)}\n`;
    }
  }
}

const cardFailure = ({ detail, message }: Failure): string => `${detail || 'other'}: ${oneLine(message)}`;

/** `81 E2 91 00 03 BF2D00 00`: header and lengths apart from the data. */
function spaced(command: string): string {
  const octets = command.match(/../g) ?? [];
  const data = octets.length > 5 ? Number.parseInt(octets[4] ?? '', 16) || 0 : 0; // it may be masked
  const parts = [...octets.slice(0, 5), octets.slice(5, 5 + data).join(''), octets.slice(5 + data).join('')];
  return parts.filter(Boolean).join(' ');
}

const answerText = (answer: string): string => (answer.length > 4 ? `${answer.slice(0, -4)} ${answer.slice(-4)}` : answer);

/** ASCII alone: nothing that a card or a server chose moves a cursor or hides. */
const ascii = (text: string): string =>
  text.replace(/[^\x20-\x7e\n]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
const oneLine = (text: string): string => ascii(text.replaceAll('\n', ' '));

function bodyText(body: string): string {
  if (body === '') return '';
  return `${ascii(isObject(body) ? JSON.stringify(JSON.parse(body), undefined, 2) : JSON.stringify(body))}\n`;
}

function isObject(text: string): boolean {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null && !Array.isArray(json);
  } catch {
    return false; // a page of a proxy, an empty answer: kept as text
  }
}

/** @throws {DecodeError} naming the line that cannot be read */
export function parseRecording(text: string): Entry[] {
  const lines = text.split(/\r?\n/);
  const entries: Entry[] = [];
  let at = 0;
  const fail = (problem: string, line = at): never => {
    throw new DecodeError(`recording/line ${line}`, problem);
  };
  const next = (wanted: RegExp, what: string): RegExpExecArray => wanted.exec(lines[at++] ?? '') ?? fail(`expected ${what}`);
  const hex = (digits: string): string => {
    const joined = digits.replaceAll(' ', '');
    return /^([0-9A-F]{2}|••)*$/.test(joined) ? joined : fail('not hexadecimal');
  };
  const body = (): string => {
    const start = at;
    while (/^[{}" ]/.test(lines[at] ?? '')) at += 1;
    if (start === at) return '';
    try {
      const json: unknown = JSON.parse(lines.slice(start, at).join('\n'));
      return typeof json === 'string' ? json : JSON.stringify(json);
    } catch {
      return fail('the body is no JSON', start + 1);
    }
  };
  const apduAnswer = (): string | Failure => {
    const [, octets, detail = '', message = ''] = next(/^(?:< (.*)|! failed (\w+): (.*))$/, 'an answer');
    return octets === undefined ? { code: 'card', detail, message } : hex(octets);
  };
  const postAnswer = (): Extract<Entry, { type: 'post' }>['answer'] => {
    const [, status, code = '', detail = '', message = ''] = next(/^<< (?:([1-9]\d{2})|failed (\S+) (\S+): (.*))$/, 'an answer');
    return status === undefined ? { code, detail: detail.replace(/^-$/, ''), message } : { status: Number(status), body: body() };
  };
  while (at < lines.length) {
    const line = lines[at++] ?? '';
    const [word = '', ...rest] = line.split(' ');
    if (line === '') continue;
    else if (word === '#') entries.push({ type: 'comment', text: rest.join(' ') });
    else if (word === 'card') {
      const [, atr = ''] = next(/^atr ([0-9A-F]*)$/, 'the ATR');
      entries.push({ type: 'card', name: rest.join(' '), atr });
    } else if (word === '>') entries.push({ type: 'apdu', command: hex(rest.join('')), answer: apduAnswer() });
    else if (line === '! reset') entries.push({ type: 'reset' });
    else if (word === 'tls') {
      const [address = '', trustedBy = '', ciPKId] = rest;
      if (trustedBy !== 'chip' && trustedBy !== 'ca' && trustedBy !== 'web') fail('expected chip, ca or web');
      else entries.push({ type: 'tls', address, trustedBy, ...(ciPKId !== undefined && { ciPKId }) });
    } else if (word === '>>' && rest.length === 3) {
      const [name = '', address = '', path = ''] = rest;
      entries.push({ type: 'post', name, address, path, body: body(), answer: postAnswer() });
    } else fail('neither a comment nor anything that is recorded');
  }
  return entries;
}
