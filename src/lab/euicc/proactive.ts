/** Proactive commands: the card asks the device to REFRESH. ETSI TS 102 223 §6.4.7, §6.6.13, §6.8. */
import { encodeTlv, parseTlvs } from '../../asn1/tlv.ts';
import { concat } from '../../bytes.ts';
import { DecodeError } from '../../errors.ts';
import { type Command, type Reply, SW } from './apdu.ts';

/** Qualifiers of REFRESH. */
// biome-ignore format: a table
export const REFRESH = {
  initAndFullFileChange: 0x00, fileChange: 0x01, initAndFileChange: 0x02, init: 0x03, uiccReset: 0x04, applicationReset: 0x05,
  sessionReset: 0x06, steeringOfRoaming: 0x07, eUICCProfileStateChange: 0x09, applicationUpdate: 0x0a,
} as const;
export type RefreshKind = keyof typeof REFRESH;

export interface Proactive {
  /** A command waits, or was fetched and is not answered: the toolkit is busy. */
  readonly busy: boolean;
  /** Octets of the command that waits to be fetched; 0 for none. */
  readonly waiting: number;
  /** @param done called when the device has done it */
  refresh(kind: RefreshKind, done: () => void): void;
  fetch(): Reply;
  terminalResponse(command: Command): Reply;
  reset(): void;
}

const REFRESH_TYPE = 0x01;

export function proactiveSession(
  log: (event: string, detail: string, data?: Readonly<Record<string, unknown>>) => void,
): Proactive {
  let number = 0;
  let command: { bytes: Uint8Array; number: number; qualifier: number; fetched: boolean; done: () => void } | undefined;

  return {
    get busy() {
      return command !== undefined;
    },
    get waiting() {
      return command && !command.fetched ? command.bytes.length : 0;
    },
    refresh(kind, done) {
      number = (number % 0xfe) + 1;
      const qualifier = REFRESH[kind];
      command = { bytes: proactiveCommand(number, REFRESH_TYPE, qualifier), number, qualifier, fetched: false, done };
      log('REFRESH', `asked for, ${kind} (${qualifier})`, { qualifier });
    },
    fetch() {
      const waiting = command;
      if (!waiting || waiting.fetched) return { sw: SW.conditionsNotSatisfied };
      return {
        sw: SW.ok,
        data: waiting.bytes,
        delivered() {
          waiting.fetched = true;
        },
      };
    },
    terminalResponse({ data }) {
      const answered = command;
      if (!answered?.fetched) return { sw: SW.conditionsNotSatisfied };
      const result = readTerminalResponse(data);
      if (!result || result.number !== answered.number) {
        log('TERMINAL RESPONSE', 'does not answer the command that was fetched: 6A80');
        return { sw: SW.wrongData };
      }
      if (answered.qualifier === REFRESH.uiccReset) {
        log(
          'TERMINAL RESPONSE',
          'a mistake of the device: a UICC Reset is answered by the reset alone (ETSI TS 102 223 §6.4.7)',
          {
            mistake: 'terminalResponseToUiccReset',
          },
        );
        return { sw: SW.ok };
      }
      command = undefined;
      if (result.general >= 0x20)
        log('TERMINAL RESPONSE', `REFRESH was not carried out: general result ${result.general.toString(16)}`);
      else {
        log('TERMINAL RESPONSE', 'REFRESH is done');
        answered.done();
      }
      return { sw: SW.ok };
    },
    reset() {
      command = undefined;
    },
  };
}

/** UICC to ME. */
const DEVICE_IDENTITIES = Uint8Array.of(0x82, 0x02, 0x81, 0x82);

const proactiveCommand = (number: number, type: number, qualifier: number): Uint8Array =>
  encodeTlv(0xd0, concat(encodeTlv(0x81, Uint8Array.of(number, type, qualifier)), DEVICE_IDENTITIES));

/** Command details and result; their tags come with and without the comprehension bit. */
function readTerminalResponse(data: Uint8Array): { number: number; general: number } | undefined {
  try {
    const objects = parseTlvs(data, 'TERMINAL RESPONSE');
    const content = (tag: number): Uint8Array | undefined => objects.find((each) => (each.tag & 0x7f) === tag)?.content;
    const number = content(0x01)?.[0];
    const general = content(0x03)?.[0];
    return number === undefined || general === undefined ? undefined : { number, general };
  } catch (error) {
    if (error instanceof DecodeError) return undefined; // refused with a status word
    throw error;
  }
}
