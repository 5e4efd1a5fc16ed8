/** READ, UPDATE, SEARCH and INCREASE of elementary files. TS 102 221 §11.1.3 to §11.1.8, §11.3.1. */
import { parseTlvs } from '../../../lpa/asn1/tlv.ts';
import { concat, fromHex, toHex } from '../../../lpa/bytes.ts';
import { DecodeError } from '../../../lpa/errors.ts';
import { type CardFile, recordsOf } from '../../profile/file-system.ts';
import type { Access } from './access-rules.ts';
import { type Command, type Reply, SW } from './apdu.ts';

// biome-ignore format: a table
export const FILE_INS = {
  increase: 0x32, searchRecord: 0xa2, readBinary: 0xb0, readRecord: 0xb2, retrieveData: 0xcb, updateBinary: 0xd6, updateRecord: 0xdc,
} as const;

/** What the commands need of the channel they came on. */
export interface FileContext {
  /** The file of a short identifier, which becomes the current one, or the current one. */
  file(sfi: number | undefined): CardFile | undefined;
  isAllowed(file: CardFile, access: Access): boolean;
  /** The content was changed: it outlives the power. */
  keep(file: CardFile): void;
  /** Number of the current record, 0 for none. */
  record: number;
}

/** @returns undefined for another command */
export function fileCommand(command: Command, context: FileContext): Reply | undefined {
  switch (command.ins) {
    case FILE_INS.readBinary:
      return readBinary(command, context);
    case FILE_INS.updateBinary:
      return updateBinary(command, context);
    case FILE_INS.readRecord:
      return readRecord(command, context);
    case FILE_INS.updateRecord:
      return updateRecord(command, context);
    case FILE_INS.searchRecord:
      return searchRecord(command, context);
    case FILE_INS.increase:
      return increase(command, context);
    case FILE_INS.retrieveData:
      return retrieveData(command, context);
    default:
      return undefined;
  }
}

type Kind = CardFile['kind'];
const BINARY: readonly Kind[] = ['transparent'];
const RECORDS: readonly Kind[] = ['linearFixed', 'cyclic'];

/** The file that a command is for, or the status word it is refused with. */
function target(context: FileContext, sfi: number | undefined, kinds: readonly Kind[], access: Access): CardFile | Reply {
  const file = context.file(sfi);
  if (!file) return { sw: sfi === undefined ? SW.noCurrentEf : SW.notFound };
  if (!kinds.includes(file.kind)) return { sw: SW.commandIncompatibleWithFile };
  if (!isActivated(file)) return { sw: SW.conditionsNotSatisfied };
  return context.isAllowed(file, access) ? file : { sw: SW.securityStatus };
}

const isRefused = (file: CardFile | Reply): file is Reply => 'sw' in file;

/** Life cycle status (§11.1.1.4.9): 04 and 06 are deactivated, 0C to 0F terminated. */
export const isActivated = ({ lifeCycle }: CardFile): boolean => ![0x04, 0x06].includes(lifeCycle) && lifeCycle < 0x0c;

/** P1: b8 says that b5 to b1 are a short identifier; else P1 and P2 are the offset. */
function binaryPlace({ p1, p2 }: Command): { readonly sfi: number | undefined; readonly offset: number } {
  return p1 & 0x80 ? { sfi: p1 & 0x1f, offset: p2 } : { sfi: undefined, offset: p1 * 0x100 + p2 };
}

function readBinary(command: Command, context: FileContext): Reply {
  const { sfi, offset } = binaryPlace(command);
  const file = target(context, sfi, BINARY, 'read');
  if (isRefused(file)) return file;
  if (offset >= file.content.length) return { sw: SW.wrongParameters };
  return { sw: SW.ok, data: file.content.slice(offset), partial: true };
}

function updateBinary(command: Command, context: FileContext): Reply {
  const { sfi, offset } = binaryPlace(command);
  const file = target(context, sfi, BINARY, 'update');
  if (isRefused(file)) return file;
  if (command.data.length === 0) return { sw: SW.wrongLength };
  if (offset + command.data.length > file.content.length) return { sw: SW.wrongParameters };
  file.content.set(command.data, offset);
  context.keep(file);
  return { sw: SW.ok };
}

const MODE = { next: 2, previous: 3, absolute: 4 } as const;

/** P2: b8 to b4 short identifier, b3 to b1 the mode; P1 the number, where 00 is the current record. */
const recordPlace = ({ p2 }: Command): { readonly sfi: number | undefined; readonly mode: number } => ({
  sfi: p2 >> 3 || undefined,
  mode: p2 & 0x07,
});

function wantedRecord({ p1 }: Command, mode: number, current: number, count: number): number {
  if (mode === MODE.absolute) return p1 || current;
  if (current === 0) return mode === MODE.next ? 1 : count; // none is current: the first, or the last
  return current + (mode === MODE.next ? 1 : -1);
}

function readRecord(command: Command, context: FileContext): Reply {
  const { sfi, mode } = recordPlace(command);
  const file = target(context, sfi, RECORDS, 'read');
  if (isRefused(file)) return file;
  if (mode < MODE.next || mode > MODE.absolute) return { sw: SW.wrongP1P2 };
  const records = recordsOf(file);
  const wanted = wantedRecord(command, mode, context.record, records.length);
  const data = records[wanted - 1];
  if (!data) return { sw: SW.recordNotFound };
  if (mode !== MODE.absolute) context.record = wanted;
  return { sw: SW.ok, data: data.slice() };
}

function updateRecord(command: Command, context: FileContext): Reply {
  const { sfi, mode } = recordPlace(command);
  const file = target(context, sfi, RECORDS, 'update');
  if (isRefused(file)) return file;
  if (mode < MODE.next || mode > MODE.absolute) return { sw: SW.wrongP1P2 };
  if (command.data.length !== file.recordLength) return { sw: SW.wrongLength };
  if (file.kind === 'cyclic') {
    if (mode !== MODE.previous || command.p1 !== 0) return { sw: SW.wrongP1P2 };
    addToCycle(file, command.data);
    context.record = 1;
    context.keep(file);
    return { sw: SW.ok };
  }
  const records = recordsOf(file);
  const wanted = wantedRecord(command, mode, context.record, records.length);
  const record = records[wanted - 1];
  if (!record) return { sw: SW.recordNotFound };
  record.set(command.data);
  if (mode !== MODE.absolute) context.record = wanted;
  context.keep(file);
  return { sw: SW.ok };
}

/** The oldest record is replaced and becomes the first. */
function addToCycle({ content }: CardFile, record: Uint8Array): void {
  content.copyWithin(record.length, 0, content.length - record.length);
  content.set(record);
}

const SEARCH = { forward: 4, backward: 5 } as const;

/** Simple search alone: the numbers of the records that contain the octets. */
function searchRecord(command: Command, context: FileContext): Reply {
  const { sfi, mode } = recordPlace(command);
  const file = target(context, sfi, RECORDS, 'read');
  if (isRefused(file)) return file;
  if (mode !== SEARCH.forward && mode !== SEARCH.backward) return { sw: SW.functionNotSupported };
  const records = recordsOf(file);
  const start = command.p1 || context.record || (mode === SEARCH.forward ? 1 : records.length);
  if (start > records.length) return { sw: SW.recordNotFound };
  const found = records.flatMap((record, i) => (includes(record, command.data) ? [i + 1] : []));
  const numbers =
    mode === SEARCH.forward ? found.filter((number) => number >= start) : found.filter((number) => number <= start).toReversed();
  if (numbers[0] === undefined) return { sw: SW.endOfFile };
  context.record = numbers[0];
  return { sw: SW.ok, data: Uint8Array.from(numbers) };
}

function includes(record: Uint8Array, octets: Uint8Array): boolean {
  for (let at = 0; at + octets.length <= record.length; at++)
    if (octets.every((octet, i) => record[at + i] === octet)) return true;
  return false;
}

/** The sum of the last record and a value becomes the new record. P1: 00, or b8 and a short identifier. */
function increase({ p1, p2, data, proprietary }: Command, context: FileContext): Reply {
  if (!proprietary) return { sw: SW.classNotSupported };
  if (p2 !== 0x00 || (p1 !== 0x00 && (p1 & 0xe0) !== 0x80)) return { sw: SW.wrongP1P2 };
  const file = target(context, p1 === 0x00 ? undefined : p1 & 0x1f, ['cyclic'], 'increase');
  if (isRefused(file)) return file;
  const last = recordsOf(file)[0];
  if (!last || data.length === 0 || data.length > last.length) return { sw: SW.wrongLength };
  const sum = (BigInt(`0x${toHex(last)}`) + BigInt(`0x${toHex(data)}`)).toString(16).padStart(last.length * 2, '0');
  if (sum.length > last.length * 2) return { sw: SW.maximumReached };
  const record = fromHex(sum);
  addToCycle(file, record);
  context.record = 1;
  context.keep(file);
  return { sw: SW.ok, data: concat(record, data) };
}

const FIRST_BLOCK = 0x80;
const TAG_LIST = '5C';

/** A data object of a BER-TLV file by its tag, or with 5C the list of the tags, as far as one answer holds. */
function retrieveData({ p1, p2, data, proprietary }: Command, context: FileContext): Reply {
  if (!proprietary) return { sw: SW.classNotSupported };
  if (p2 !== FIRST_BLOCK) return { sw: SW.functionNotSupported };
  const file = target(context, p1 & 0x1f || undefined, ['berTlv'], 'read');
  if (isRefused(file)) return file;
  const objects = objectsOf(file);
  const wanted = toHex(data);
  if (wanted === TAG_LIST) {
    const tags = concat(...objects.map(({ tag }) => fromHex(tag)));
    return { sw: SW.ok, data: concat(Uint8Array.of(0x5c, tags.length), tags) };
  }
  const found = objects.find(({ tag }) => tag === wanted);
  return found ? { sw: SW.ok, data: found.bytes } : { sw: SW.referencedDataNotFound };
}

/** Up to the first octets that are no data object: what was not filled is FF. */
function objectsOf({ content }: CardFile): { readonly tag: string; readonly bytes: Uint8Array }[] {
  const end = content.findLastIndex((octet) => octet !== 0xff);
  try {
    return parseTlvs(content.subarray(0, end + 1), 'BER-TLV file').map(({ tag, bytes }) => {
      const digits = tag.toString(16).toUpperCase();
      return { tag: digits.padStart(digits.length + (digits.length % 2), '0'), bytes };
    });
  } catch (error) {
    if (error instanceof DecodeError) return [];
    throw error;
  }
}
