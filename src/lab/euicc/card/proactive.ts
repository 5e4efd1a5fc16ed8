/** Proactive commands: what the card asks of the device, one after the other. ETSI TS 102 223 §6.4.7, §6.6, §6.8. */
import { encodeTlv } from '../../../lpa/asn1/tlv.ts';
import { concat, utf8Bytes } from '../../../lpa/bytes.ts';
import { type Command, type Reply, SW } from './apdu.ts';

/** Qualifiers of REFRESH. */
// biome-ignore format: a table
export const REFRESH = {
  initAndFullFileChange: 0x00, fileChange: 0x01, initAndFileChange: 0x02, init: 0x03, uiccReset: 0x04, applicationReset: 0x05,
  sessionReset: 0x06, steeringOfRoaming: 0x07, eUICCProfileStateChange: 0x09, applicationUpdate: 0x0a,
} as const;
export type RefreshKind = keyof typeof REFRESH;

export interface Proactive {
  /** A REFRESH waits, or a command was fetched and is not answered. */
  readonly busy: boolean;
  /** Octets of the command that waits to be fetched; 0 for none. */
  readonly waiting: number;
  /** @param done called when the device has done it */
  refresh(kind: RefreshKind, done: () => void): void;
  /** SET UP MENU: what a card with an application toolkit says first. */
  menu(title: string): void;
  fetch(): Reply;
  terminalResponse(command: Command): Reply;
  reset(): void;
}

interface Asked {
  readonly bytes: Uint8Array;
  readonly number: number;
  readonly type: number;
  readonly qualifier: number;
  fetched: boolean;
  readonly done: () => void;
}

const REFRESH_TYPE = 0x01;
const SET_UP_MENU = 0x25;

/** Results from 20 up say that the command was not carried out (TS 102 223 §8.12). */
const NOT_DONE = 0x20;

export function proactiveSession(
  log: (event: string, detail: string, data?: Readonly<Record<string, unknown>>) => void,
): Proactive {
  const asked: Asked[] = [];
  let last = 0;

  const ask = (type: number, qualifier: number, objects: Uint8Array, done: () => void): void => {
    last = (last % 0xfe) + 1;
    const details = encodeTlv(0x81, Uint8Array.of(last, type, qualifier));
    const bytes = encodeTlv(0xd0, concat(details, UICC_TO_DEVICE, objects));
    asked.push({ bytes, number: last, type, qualifier, fetched: false, done });
  };

  return {
    get busy() {
      return asked.some(({ type, fetched }) => type === REFRESH_TYPE || fetched);
    },
    get waiting() {
      const [first] = asked;
      return first && !first.fetched ? first.bytes.length : 0;
    },
    refresh(kind, done) {
      const qualifier = REFRESH[kind];
      ask(REFRESH_TYPE, qualifier, new Uint8Array(), done);
      log('REFRESH', `asked for, ${kind} (${qualifier})`, { qualifier });
    },
    menu(title) {
      const item = encodeTlv(0x8f, concat(Uint8Array.of(1), utf8Bytes(title)));
      ask(SET_UP_MENU, 0x00, concat(encodeTlv(0x85, utf8Bytes(title)), item), () => {});
    },
    fetch() {
      const [first] = asked;
      if (!first || first.fetched) return { sw: SW.conditionsNotSatisfied };
      return {
        sw: SW.ok,
        data: first.bytes,
        delivered() {
          first.fetched = true;
        },
      };
    },
    terminalResponse({ data }) {
      const [first] = asked;
      if (!first?.fetched) return { sw: SW.conditionsNotSatisfied };
      const answer = readTerminalResponse(data);
      if (answer?.number !== first.number) {
        log('TERMINAL RESPONSE', 'does not answer the command that was fetched: 6A80');
        return { sw: SW.wrongData };
      }
      if (first.type === REFRESH_TYPE && first.qualifier === REFRESH.uiccReset) {
        log('TERMINAL RESPONSE', 'a mistake of the device: a UICC Reset is answered by the reset alone (TS 102 223 §6.4.7)', {
          mistake: 'terminalResponseToUiccReset',
        });
        return { sw: SW.ok };
      }
      asked.shift();
      const result = answer.result.toString(16).padStart(2, '0');
      if (answer.result >= NOT_DONE)
        log('TERMINAL RESPONSE', `command ${first.type} was not carried out: general result ${result}`);
      else {
        log('TERMINAL RESPONSE', `command ${first.type} is done: general result ${result}`);
        first.done();
      }
      return { sw: SW.ok };
    },
    reset() {
      asked.length = 0;
    },
  };
}

const UICC_TO_DEVICE = Uint8Array.of(0x82, 0x02, 0x81, 0x82);

/** Command details and result. COMPREHENSION-TLVs have one octet of tag, its top bit a demand to understand (TS 101 220 §7.1.1). */
function readTerminalResponse(data: Uint8Array): { number: number; result: number } | undefined {
  const found = new Map<number, Uint8Array>();
  for (let at = 0; at < data.length; ) {
    const tag = (data[at++] ?? 0) & 0x7f;
    let length = data[at++] ?? 0;
    if (length === 0x81) length = data[at++] ?? 0;
    if (at + length > data.length) return undefined;
    found.set(tag, data.subarray(at, at + length));
    at += length;
  }
  const number = found.get(0x01)?.[0];
  const result = found.get(0x03)?.[0];
  return number === undefined || result === undefined ? undefined : { number, result };
}
