/** `--record` and `--pcap`: what goes through the two doors, to files, with secrets masked as in a trace. */
import { fromBase64, toBase64 } from '../../lpa/bytes.ts';
import { pcapHeader, pcapPackets } from '../../lpa/card/pcap.ts';
import { type LinkEntry, recordedLink } from '../../lpa/card/record.ts';
import { recordedPost } from '../../lpa/es9/record.ts';
import type { DoorEvent, Listener } from '../../lpa/events.ts';
import { type Entry, printEntry, STAR, starred } from '../../lpa/recording.ts';
import { displayText } from '../../terminal/safe-text.ts';
import type { Doors } from '../devices/transports.ts';
import { ES10, noteSecrets } from './secret-fields.ts';
import type { Masking } from './secrets.ts';

export interface Recorder {
  readonly listener: Listener;
  /** The doors, with what goes through them written down. */
  through(doors: Doors): Doors;
  /** Write what is still kept back: the command has ended. */
  end(): void;
}

export interface RecorderParts {
  readonly secrets: Masking;
  /** Catches what a step of the recording throws: the card and the servers must not see it. */
  readonly shield?: <A extends readonly unknown[]>(step: (...args: A) => void) => (...args: A) => void;
  /** Shows the name of a reader; as it is, unless identities are replaced. */
  readonly readerName?: (name: string) => string;
  /** Takes pieces of the recording, whole lines each. */
  readonly text?: (lines: string) => void;
  /** Takes pieces of the capture. */
  readonly pcap?: (octets: Uint8Array) => void;
}

interface Apdu {
  readonly entry: Extract<Entry, { type: 'apdu' }>;
  readonly timeMs: number;
}

/** @param head the first line, without its `#` */
export function recorderTo(parts: RecorderParts, head: string): Recorder {
  const { secrets, shield = (step) => step, readerName = (name) => name, text = () => {}, pcap = () => {} } = parts;
  // APDUs are kept back until their function has answered: a secret may run from one block into the next.
  let kept: Apdu[] = [];
  const write = (entry: Entry): void => text(printEntry(entry));
  const flush = (): void => {
    const apdus = masked(kept, secrets);
    kept = [];
    for (const { entry, timeMs } of apdus) {
      write(entry);
      if (typeof entry.answer === 'string') pcap(pcapPackets(starred(entry.command), starred(entry.answer), timeMs));
    }
  };
  const onLink = shield((entry: LinkEntry): void => {
    if (entry.type === 'apdu') kept.push({ entry, timeMs: Date.now() });
    else {
      flush();
      write(entry.type === 'card' ? { ...entry, name: displayText(readerName(secrets.maskText(entry.name)), 200) } : entry);
    }
  });
  const onPost = shield((entry: Extract<Entry, { type: 'post' }>): void => {
    flush();
    write(maskedPost(entry, secrets));
  });
  write({ type: 'comment', text: head });
  write({ type: 'comment', text: new Date().toISOString() });
  pcap(pcapHeader());

  return {
    listener: shield((event: DoorEvent): void => {
      if (event.type === 'progress') flush();
      else if (event.type === 'connected') {
        const { type: _, ...connected } = event;
        write({ type: 'tls', ...connected, address: displayText(connected.address) });
      } else if (!('door' in event)) return;
      else if (event.type === 'call') {
        flush();
        if (event.door === 'card') {
          note(event.name, event.request, secrets);
          write({ type: 'comment', text: event.name });
        }
      } else {
        flush();
        write({ type: 'comment', text: `${Math.round(event.ms)} ms` });
      }
    }),
    through: (doors) => ({
      ...doors,
      openLink: async (options) => recordedLink(await doors.openLink(options), onLink),
      async openServers(options) {
        const servers = await doors.openServers(options);
        return {
          post: recordedPost(servers.post, onPost),
          connect: (address, side) => servers.connect(address, side),
          trustOf: (address) => servers.trustOf(address),
          [Symbol.asyncDispose]: () => Promise.resolve(servers[Symbol.asyncDispose]()),
        };
      },
    }),
    end: shield(flush),
  };
}

/** Secrets of a request are known before its first block goes. */
function note(name: string, request: Uint8Array, secrets: Masking): void {
  try {
    noteSecrets(ES10.get(name)?.request.decode(request), secrets);
  } catch {
    // A request of ours that cannot be read has no fields that could be secret.
  }
}

/** Commands and answers are two streams. */
function masked(apdus: readonly Apdu[], secrets: Masking): Apdu[] {
  const octets = (hex: string): Uint8Array => starred(hex);
  const datas = apdus.map(({ entry }) => octets(entry.command).subarray(5));
  const hasData = datas.map((data) => data.length > 0);
  const commands = secrets.hexOf(datas.map((data, i) => withoutLe(data, apdus[i]!)));
  const answers = secrets.hexOf(
    apdus.map(({ entry }) => (typeof entry.answer === 'string' ? octets(entry.answer).subarray(0, -2) : new Uint8Array())),
  );
  return apdus.map(({ entry, timeMs }, i) => {
    const { command, answer } = entry;
    const data = commands[i] ?? '';
    const header = command.slice(0, 10);
    const le = hasData[i] ? command.slice(10 + data.length) : '';
    return {
      timeMs,
      entry: {
        type: 'apdu',
        command: `${header}${data}${le}`,
        answer:
          typeof answer === 'string'
            ? `${answers[i] ?? ''}${answer.slice(-4)}`
            : { ...answer, message: displayText(secrets.maskText(answer.message), 300) },
      },
    };
  });
}

/** @param data what follows P3 */
const withoutLe = (data: Uint8Array, { entry }: Apdu): Uint8Array =>
  data.subarray(0, Number.parseInt(entry.command.slice(8, 10) || '0', 16));

function maskedPost(entry: Extract<Entry, { type: 'post' }>, secrets: Masking): Entry {
  const { answer } = entry;
  for (const body of ['status' in answer ? answer.body : '', entry.body]) noteSecrets(jsonOf(body), secrets);
  return {
    ...entry,
    address: displayText(secrets.maskText(entry.address)),
    body: maskedBody(entry.body, secrets),
    answer:
      'status' in answer
        ? { ...answer, body: maskedBody(answer.body, secrets) }
        : { ...answer, message: displayText(secrets.maskText(answer.message), 300) },
  };
}

function maskedBody(body: string, secrets: Masking): string {
  const json = jsonOf(body);
  return typeof json === 'object' && json !== null ? JSON.stringify(maskedJson(json, secrets)) : maskedText(body, secrets);
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined; // a page of a proxy, or nothing
  }
}

function maskedJson(json: unknown, secrets: Masking): unknown {
  if (typeof json === 'string') return maskedMember(json, secrets);
  if (Array.isArray(json)) return json.map((item) => maskedJson(item, secrets));
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(Object.entries(json).map(([name, member]) => [name, maskedJson(member, secrets)]));
}

/** Octets that go as base64 are masked octet by octet: the data objects around a secret stay whole. */
function maskedMember(text: string, secrets: Masking): string {
  try {
    const octets = fromBase64(text);
    if (octets.length > 0 && toBase64(octets) === text) {
      const shown = starred(secrets.hexOf([octets]).join(''));
      const coded = toBase64(shown);
      if (coded !== text) return coded;
    }
  } catch {
    // a text like any other
  }
  return maskedText(text, secrets);
}

/** As long as it was, so that it is still what a request may hold. */
const maskedText = (text: string, secrets: Masking): string =>
  secrets.maskText(text, (secret) => String.fromCharCode(STAR).repeat(secret.length));
