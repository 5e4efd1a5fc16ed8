/**
 * `--trace`: every ES function with its request and answer read, and every APDU as it went. Secrets are masked in both: the
 * APDUs of one function are kept until it has answered, for a secret may run from one block into the next.
 */
import { toHex, utf8Text } from '../../lpa/bytes.ts';
import { decodeParams, type Params, parseJsonObject } from '../../lpa/es9/function.ts';
import type { DoorEvent, Listener } from '../../lpa/events.ts';
import { displayText, jsonText } from '../../terminal/safe-text.ts';
import { ES10, noteSecrets, RSP, SECRET_FIELDS } from './secret-fields.ts';
import { MASK, type Masking } from './secrets.ts';

export interface Trace {
  readonly listener: Listener;
  /** Write what is still kept back: the command has ended. */
  end(): void;
}

/** Octets that are shown whole; of more, the beginning. */
const MAX_OCTETS = 64;
const BEGINNING = 16;
/** Columns of a body that cannot be read. */
const MAX_BODY = 4000;

type Apdu = Extract<DoorEvent, { type: 'apdu' }>;

/** @param write takes whole lines, without the last line end */
export function traceTo(write: (lines: string) => void, secrets: Masking): Trace {
  let apdus: Apdu[] = [];
  const apduLines = (): string[] => {
    const lines = linesOf(apdus, secrets);
    apdus = [];
    return lines;
  };
  const flush = (heading: string): void => {
    if (apdus.length > 0) write([heading, ...apduLines()].join('\n'));
  };

  const onCard = (event: Extract<DoorEvent, { door: 'card' | 'server' }>): void => {
    const fn = ES10.get(event.name);
    if (event.type === 'call') {
      flush('card');
      const request = read(() => noteSecrets(fn?.request.decode(event.request), secrets), event.request, secrets);
      write(`${event.name} ${request}`);
    } else if (event.type === 'answer') {
      const response = read(() => fn?.response.decode(event.response), event.response, secrets);
      write([...apduLines(), `  = ${response} (${Math.round(event.ms)} ms)`].join('\n'));
    } else write([...apduLines(), `  failed (${Math.round(event.ms)} ms)`].join('\n'));
  };

  const onServer = (event: Extract<DoorEvent, { door: 'card' | 'server' }>): void => {
    const fn = RSP.get(event.name);
    if (event.type === 'call') {
      write(
        `${event.name} ${displayText(event.address ?? '')}\n  > ${bodyText(fn?.request, event.name, event.request, secrets)}`,
      );
    } else if (event.type === 'answer') {
      write(`  < ${bodyText(fn?.response ?? undefined, event.name, event.response, secrets)} (${Math.round(event.ms)} ms)`);
    } else write(`  failed (${Math.round(event.ms)} ms)`);
  };

  return {
    listener(event) {
      if (event.type === 'apdu') apdus.push(event);
      else if (event.type === 'progress') flush(`${event.name} ${event.sent} of ${event.total} octets`);
      else if (event.type === 'connected') {
        const ci = event.ciPKId === undefined ? '' : ` ${event.ciPKId}`;
        write(`TLS ${displayText(event.address)}: trusted by ${event.trustedBy}${ci}`);
      } else if (event.type === 'warning') write(`warning: ${displayText(secrets.maskText(event.message), MAX_BODY)}`);
      else if (event.door === 'card') onCard(event);
      else onServer(event);
    },
    end: () => flush('card'),
  };
}

/** Commands and answers are two streams: blocks of a request are pieces of one, GET RESPONSEs of the other. */
function linesOf(apdus: readonly Apdu[], secrets: Masking): string[] {
  const commands = secrets.hexOf(apdus.map(({ command }) => dataOf(command)));
  const responses = secrets.hexOf(apdus.map(({ response }) => response.subarray(0, -2)));
  return apdus.flatMap(({ command, response }, i) => {
    const data = dataOf(command);
    const start = data.byteOffset - command.byteOffset;
    const before = data.length > 0 ? command.subarray(0, start) : command;
    const after = data.length > 0 ? command.subarray(start + data.length) : new Uint8Array();
    return [
      `  > ${toHex(before)}${commands[i] ?? ''}${toHex(after)}`,
      `  < ${responses[i] ?? ''}${toHex(response.subarray(-2))}`,
    ];
  });
}

/** The command data of cases 3 and 4. */
function dataOf(command: Uint8Array): Uint8Array {
  const length = command.length > 5 ? (command[4] ?? 0) : 0;
  return command.subarray(5, 5 + length);
}

/** A data object as JSON; octets in hex where it cannot be read. */
function read(decode: () => unknown, octets: Uint8Array, secrets: Masking): string {
  if (octets.length === 0) return '(nothing)';
  try {
    return shown(decode(), secrets);
  } catch {
    return `${secrets.hexOf([octets]).join('')} (cannot be read)`; // the error itself is reported by whoever called
  }
}

function bodyText(params: Params | undefined, name: string, body: Uint8Array, secrets: Masking): string {
  const text = utf8Text(body);
  try {
    const json = parseJsonObject(text, name);
    const members = params && statusOf(json) !== 'Failed' ? decodeParams(params, json, name) : {};
    return shown({ ...('header' in json && { header: json['header'] }), ...members }, secrets);
  } catch {
    return displayText(secrets.maskText(text), MAX_BODY); // no JSON, or not the JSON that it should be: as it came
  }
}

const statusOf = (json: Record<string, unknown>): unknown =>
  (json as { header?: { functionExecutionStatus?: { status?: unknown } } }).header?.functionExecutionStatus?.status;

const shown = (value: unknown, secrets: Masking): string => secrets.maskText(jsonText(plain(value)));

/** Signed data objects by their value, octets as hex, secrets by their name. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return octetsText(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const { bytes, value: inner } = value as { bytes?: unknown; value?: unknown };
  if (bytes instanceof Uint8Array && inner !== undefined) return plain(inner);
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, SECRET_FIELDS.has(name) && member !== '' ? MASK : plain(member)]),
  );
}

const octetsText = (octets: Uint8Array): string =>
  octets.length <= MAX_OCTETS ? toHex(octets) : `${toHex(octets.subarray(0, BEGINNING))}... (${octets.length} octets)`;
