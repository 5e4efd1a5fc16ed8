/** A command APDU taken apart, and what a card answers. ISO 7816-3 §12, ISO 7816-4 §5, ETSI TS 102 221 §10.1. */
import { concat } from '../../../lpa/bytes.ts';

export interface Command {
  /** 0 to 19, from CLA. */
  readonly channel: number;
  /** CLA 8X or CX: GlobalPlatform and card application toolkit. */
  readonly proprietary: boolean;
  readonly ins: number;
  readonly p1: number;
  readonly p2: number;
  readonly data: Uint8Array;
  /** Octets asked for, 256 for 00; absent where the command does not say. */
  readonly le?: number;
  /** The fifth octet as it stands, 0 where there is none. At T=0 it is Lc or Le, as the instruction has it. */
  readonly p3: number;
}

export interface Reply {
  readonly sw: number;
  readonly data?: Uint8Array;
  /** Fewer octets may be asked for than there are (READ BINARY). */
  readonly partial?: boolean;
  /** Called when the octets go out; a wrong Le is answered with 6Cxx and they do not. */
  readonly delivered?: () => void;
}

/** Status words that the card uses. ISO 7816-4 §5.6, ETSI TS 102 221 §10.2.1. */
// biome-ignore format: a table
export const SW = {
  ok: 0x9000, selectedFileInvalidated: 0x6283, endOfFile: 0x6282, wrongLength: 0x6700, channelNotSupported: 0x6881,
  secureMessagingNotSupported: 0x6882, chainingNotSupported: 0x6884, commandIncompatibleWithFile: 0x6981, securityStatus: 0x6982,
  authenticationBlocked: 0x6983, referencedDataInvalidated: 0x6984, conditionsNotSatisfied: 0x6985, noCurrentEf: 0x6986, wrongData: 0x6a80, functionNotSupported: 0x6a81,
  notFound: 0x6a82, recordNotFound: 0x6a83, wrongP1P2: 0x6a86, referencedDataNotFound: 0x6a88, wrongParameters: 0x6b00,
  instructionNotSupported: 0x6d00, classNotSupported: 0x6e00, technicalProblem: 0x6f00, verificationFailed: 0x63c0,
  maximumReached: 0x9850, incorrectMac: 0x9862, contextNotSupported: 0x9864,
} as const;

export const statusWord = (sw: number): Uint8Array => Uint8Array.of(sw >> 8, sw & 0xff);

export const withStatus = (data: Uint8Array, sw: number): Uint8Array => concat(data, statusWord(sw));

export const hexSw = (sw: number): string => sw.toString(16).toUpperCase().padStart(4, '0');

/**
 * Take a command apart. A trailing Le is borne at T=0 too, where a driver at TPDU level should have dropped it.
 *
 * @returns the status word to answer where it is no command for this card
 */
export function readCommand(bytes: Uint8Array): Command | number {
  const [cla = 0, ins = 0, p1 = 0, p2 = 0, p3] = bytes;
  if (bytes.length < 4) return SW.wrongLength;
  const address = readClass(cla);
  if (typeof address === 'number') return address;
  const command = { ...address, ins, p1, p2, p3: p3 ?? 0 };
  if (p3 === undefined) return { ...command, data: new Uint8Array() };
  if (bytes.length === 5) return { ...command, data: new Uint8Array(), le: p3 || 256 };
  const end = 5 + p3;
  if (p3 === 0 || bytes.length < end || bytes.length > end + 1) return SW.wrongLength;
  const le = bytes[end];
  return { ...command, data: bytes.slice(5, end), ...(le !== undefined && { le: le || 256 }) };
}

/** Channels 0 to 3 stand in the low bits of CLA, 4 to 19 in the further interindustry form; no secure messaging, no chaining. */
function readClass(cla: number): Pick<Command, 'channel' | 'proprietary'> | number {
  const proprietary = (cla & 0x80) !== 0;
  if (cla & 0x40) {
    if (cla & 0x20) return SW.secureMessagingNotSupported;
    if (cla & 0x10) return SW.chainingNotSupported;
    return { channel: 4 + (cla & 0x0f), proprietary };
  }
  if (cla & 0x20) return SW.classNotSupported; // A0, the class of 2G SIM commands, among them
  if (cla & 0x10) return SW.chainingNotSupported;
  if (cla & 0x0c) return SW.secureMessagingNotSupported;
  return { channel: cla & 0x03, proprietary };
}
