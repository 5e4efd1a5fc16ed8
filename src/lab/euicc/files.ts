/** The file system face of the card: SELECT, READ, STATUS on what is there at the moment. ETSI TS 102 221 §8, §11.1, §13. */
import { encodeTlv } from '../../asn1/tlv.ts';
import { concat, equalBytes, fromHex, toHex } from '../../bytes.ts';
import { type Command, type Reply, SW } from './apdu.ts';

export interface CardFile {
  /** File identifiers from the MF down: `3F00/7FF0/6F07`. */
  readonly path: string;
  readonly kind: 'df' | 'adf' | 'transparent' | 'linearFixed' | 'cyclic' | 'berTlv';
  /** Of an ADF. */
  readonly aid?: Uint8Array;
  readonly sfi?: number;
  /** Reading needs more than a card without a PIN gives. */
  readonly locked?: boolean;
  /** Content of a transparent EF. */
  readonly content?: Uint8Array;
  /** Records of equal length. */
  readonly records?: readonly Uint8Array[];
}

/** Files by path; the MF is among them. */
export type FileTree = ReadonlyMap<string, CardFile>;

export const fileTree = (files: readonly CardFile[]): FileTree => new Map(files.map((file) => [file.path, file]));

/** One channel's view: its current directory, file and record. */
export interface FileView {
  select(p1: number, data: Uint8Array): Reply;
  selectAdf(aid: Uint8Array): Reply;
  status(command: Command, application: Uint8Array | undefined): Reply;
  command(command: Command): Reply;
}

const MF = '3F00';
const CURRENT_APPLICATION = '7FFF';
const INS = { readBinary: 0xb0, readRecord: 0xb2, verify: 0x20, unblock: 0x2c, updateBinary: 0xd6, updateRecord: 0xdc } as const;

/** @param tree asked for anew by each command: a switch of profiles changes it */
export function fileView(tree: () => FileTree): FileView {
  let directory = MF;
  let current: string | undefined;
  let adf: string | undefined;
  let record = 0;

  const fileAt = (path: string): CardFile | undefined => tree().get(path);

  function enter(file: CardFile | undefined): Reply {
    if (!file) return { sw: SW.notFound };
    record = 0;
    if (isDirectory(file)) {
      directory = file.path;
      current = undefined;
      adf = adfOf(file.path, tree());
    } else {
      current = file.path;
      directory = parentOf(file.path);
    }
    return { sw: SW.ok, data: fcpOf(file) };
  }

  /** What a file identifier can mean from here (§8.4.1): the MF, the ADF, here, a child, the parent, a sibling DF. */
  function byIdentifier(fid: string): CardFile | undefined {
    if (fid === MF) return fileAt(MF);
    if (fid === CURRENT_APPLICATION) return adf === undefined ? undefined : fileAt(adf);
    const parent = parentOf(directory);
    const places = [`${directory}/${fid}`, ...(directory.endsWith(fid) ? [directory] : [])];
    if (directory !== MF) places.push(...(parent.endsWith(fid) ? [parent] : []), `${parent}/${fid}`);
    return places.map(fileAt).find((file) => file && (file.path.startsWith(`${directory}/`) || isDirectory(file)));
  }

  function byPath(start: string, data: Uint8Array): CardFile | undefined {
    const fids = toHex(data).match(/.{4}/g) ?? [];
    if (fids[0] === CURRENT_APPLICATION) return adf === undefined ? undefined : fileAt([adf, ...fids.slice(1)].join('/'));
    return fileAt([start, ...(fids[0] === MF ? fids.slice(1) : fids)].join('/'));
  }

  /** The EF of a READ: by short identifier in P1, or the current one. */
  const elementaryFile = (sfi: number | undefined): CardFile | undefined => {
    if (sfi === undefined) return current === undefined ? undefined : fileAt(current);
    const file = [...tree().values()].find((each) => parentOf(each.path) === directory && each.sfi === sfi);
    if (file) {
      current = file.path;
      record = 0;
    }
    return file;
  };

  function readBinary({ p1, p2 }: Command): Reply {
    const sfi = p1 & 0x80 ? p1 & 0x1f : undefined;
    const file = elementaryFile(sfi);
    if (!file) return { sw: sfi === undefined ? SW.noCurrentEf : SW.notFound };
    if (!file.content) return { sw: SW.commandIncompatibleWithFile };
    if (file.locked) return { sw: SW.securityStatus };
    const offset = sfi === undefined ? p1 * 0x100 + p2 : p2;
    if (offset >= file.content.length) return { sw: SW.wrongParameters };
    return { sw: SW.ok, data: file.content.subarray(offset), partial: true };
  }

  /** P2: b8 to b4 short identifier, b3 to b1 the mode: 2 next, 3 previous, 4 the one of P1, where 00 is the current. */
  function readRecord({ p1, p2 }: Command): Reply {
    const sfi = p2 >> 3 || undefined;
    const file = elementaryFile(sfi);
    if (!file) return { sw: sfi === undefined ? SW.noCurrentEf : SW.notFound };
    if (!file.records) return { sw: SW.commandIncompatibleWithFile };
    if (file.locked) return { sw: SW.securityStatus };
    const mode = p2 & 0x07;
    if (mode < 2 || mode > 4) return { sw: SW.wrongP1P2 };
    const wanted = mode === 4 ? p1 || record : record + (mode === 2 ? 1 : -1);
    const data = file.records[wanted - 1];
    if (!data) return { sw: SW.recordNotFound };
    if (mode !== 4) record = wanted;
    return { sw: SW.ok, data };
  }

  return {
    select(p1, data) {
      if (p1 === 0x03) return data.length === 0 ? enter(fileAt(parentOf(directory))) : { sw: SW.wrongLength };
      if (p1 === 0x00 && data.length === 0) return enter(fileAt(MF));
      if (data.length === 0 || data.length % 2 !== 0) return { sw: SW.wrongLength };
      if (p1 === 0x08) return enter(byPath(MF, data));
      if (p1 === 0x09) return enter(byPath(directory, data));
      if (data.length !== 2) return { sw: SW.wrongLength };
      if (p1 === 0x00) return enter(byIdentifier(toHex(data)));
      if (p1 !== 0x01) return { sw: SW.wrongP1P2 };
      const child = fileAt(`${directory}/${toHex(data)}`);
      return enter(child && isDirectory(child) ? child : undefined);
    },
    selectAdf(aid) {
      const found = [...tree().values()].find((file) => file.aid && equalBytes(file.aid.subarray(0, aid.length), aid));
      return enter(aid.length > 0 && aid.length <= 16 ? found : undefined);
    },
    /** §11.1.2. P2: 00 the directory's FCP, 01 the DF name of the application, 0C nothing. */
    status({ p1, p2 }, application) {
      if (p1 > 2 || ![0x00, 0x01, 0x0c].includes(p2)) return { sw: SW.wrongP1P2 };
      if (p2 === 0x0c) return { sw: SW.ok };
      const file = fileAt(directory) ?? fileAt(MF);
      if (!file) return { sw: SW.technicalProblem };
      if (p2 === 0x00) return { sw: SW.ok, data: fcpOf(file) };
      const name = application ?? (adf === undefined ? undefined : fileAt(adf)?.aid);
      return name ? { sw: SW.ok, data: encodeTlv(0x84, name) } : { sw: SW.referencedDataNotFound };
    },
    command(command) {
      if (command.proprietary) return { sw: SW.classNotSupported };
      switch (command.ins) {
        case INS.readBinary:
          return readBinary(command);
        case INS.readRecord:
          return readRecord(command);
        case INS.verify:
        case INS.unblock: // An empty VERIFY asks for the tries that are left; the lab's profiles have their PIN disabled.
          return { sw: command.data.length === 0 ? 0x63c3 : SW.authenticationBlocked };
        case INS.updateBinary:
        case INS.updateRecord:
          return { sw: current === undefined ? SW.noCurrentEf : SW.securityStatus };
        default:
          return { sw: SW.instructionNotSupported };
      }
    },
  };
}

const isDirectory = ({ kind }: CardFile): boolean => kind === 'df' || kind === 'adf';

/** The MF is its own parent. */
const parentOf = (path: string): string => path.slice(0, Math.max(path.lastIndexOf('/'), MF.length));

/** The ADF that a path lies in. */
const adfOf = (path: string, tree: FileTree): string | undefined =>
  [...tree.values()].find(({ kind, path: adf }) => kind === 'adf' && (path === adf || path.startsWith(`${adf}/`)))?.path;

/** File descriptor octet by kind (§11.1.1.4.3), shareable. */
const DESCRIPTORS = { df: 0x78, adf: 0x78, transparent: 0x41, linearFixed: 0x42, cyclic: 0x46, berTlv: 0x79 } as const;

/** FCP template (§11.1.1.3): descriptor, identifier or AID, size, life cycle, security attributes, PIN status of a directory. */
function fcpOf(file: CardFile): Uint8Array {
  const { kind, records, content } = file;
  const identifier = file.path.slice(file.path.lastIndexOf('/') + 1);
  const [recordLength = 0, count = 0] = records ? [records[0]?.length ?? 0, records.length] : [];
  const descriptor = Uint8Array.of(DESCRIPTORS[kind], 0x21, ...(records ? [recordLength >> 8, recordLength & 0xff, count] : []));
  const size = records ? recordLength * count : (content?.length ?? 0);
  return encodeTlv(
    0x62,
    concat(
      encodeTlv(0x82, descriptor),
      ...(identifier.length === 4 ? [encodeTlv(0x83, fromHex(identifier))] : []), // an ADF may have none
      ...(file.aid ? [encodeTlv(0x84, file.aid)] : []),
      ...(file.path === MF ? [UICC_CHARACTERISTICS] : []),
      LIFE_CYCLE_ACTIVATED,
      fromHex('8B032F0601'),
      ...(isDirectory(file) ? [PIN_STATUS] : [encodeTlv(0x80, Uint8Array.of(size >> 8, size & 0xff))]),
      ...(file.sfi === undefined ? [] : [encodeTlv(0x88, Uint8Array.of(file.sfi << 3))]),
    ),
  );
}

const LIFE_CYCLE_ACTIVATED = fromHex('8A0105');
/** Proprietary information of the MF: UICC characteristics, clock stop allowed, class A, B and C. */
const UICC_CHARACTERISTICS = fromHex('A503800171');
/** PIN status template: PIN 01 and ADM1, both disabled. */
const PIN_STATUS = fromHex('C60990014083010183010A');
