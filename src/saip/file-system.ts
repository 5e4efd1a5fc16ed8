/**
 * The files of a profile as its card shows them while it is enabled: template defaults, patterns and
 * offsets laid over one another, and what SELECT answers. TCA profile package §9, TS 102 221 §8 and §11.1.1.
 */
import { encodeTlv, numberOctets } from '../asn1/tlv.ts';
import { concat, fromHex } from '../bytes.ts';
import { DecodeError } from '../errors.ts';
import { MF, type ProfileFile, pathOf } from './created-files.ts';
import { describeFile } from './file-attributes.ts';
import type { ProfilePackage } from './package.ts';
import { type Pin, pinsOf } from './pins.ts';
import { type CardCapabilities, contextOf, viewOf } from './rule.ts';
import { fullCard, lackOf } from './rules-card.ts';
import { type FileKind, isDirectory } from './templates.ts';

export interface CardFile {
  /** `3F00/7FD0/6F07`; an ADF stands in it under its temporary identifier. */
  readonly path: string;
  /** The last identifier of the path; for an ADF the temporary one, which SELECT does not take. */
  readonly fid: string;
  /** The field of the template, `ef-imsi`, or the identifier where there is none. */
  readonly name: string;
  readonly kind: FileKind;
  /** AID of an ADF. */
  readonly aid?: string;
  /** 1 to 30. */
  readonly sfi?: number;
  readonly recordLength?: number;
  /** Empty for a directory. A link has the very octets of what it leads to. */
  readonly content: Uint8Array;
  /** Files of a directory by identifier, in the order of their creation; ADFs stand in `applications` alone. */
  readonly children: ReadonlyMap<string, CardFile>;
  readonly parent?: CardFile;
  /** The template 62 that SELECT answers. */
  readonly fcp: Uint8Array;
}

export interface CardFileSystem {
  readonly mf: CardFile;
  /** ADFs by AID, in the order of their creation. */
  readonly applications: ReadonlyMap<string, CardFile>;
  /** Everything by path. */
  readonly files: ReadonlyMap<string, CardFile>;
  readonly pins: readonly Pin[];
}

/** A card has no such memory; a bound for hostile packages. */
const MAX_CONTENT = 4 * 1024 * 1024;

/**
 * @param card passes over the elements that it lacks something for, as while installing
 * @throws {DecodeError} without an MF, or for more content than any card has
 */
export function fileSystemOf(pkg: ProfilePackage, card: CardCapabilities = fullCard): CardFileSystem {
  const view = viewOf(pkg, card, new Set(pkg.elements.filter((element) => !element.mandated && lackOf(element, card))));
  const pins = pinsOf(pkg, view);
  const enabled = new Set(pins.flatMap((pin) => (pin.enabled ? [`${pin.reference}`, `${pin.context} ${pin.reference}`] : [])));
  const files = new Map<string, Built>();
  const applications = new Map<string, CardFile>();
  let octets = 0;
  for (const { file } of view.files) {
    if (file.action === 'update') {
      const target = files.get(file.path);
      if (target) fill(target.content, file);
      continue;
    }
    const { size, sfi, recordLength } = describeFile(file);
    octets += isDirectory(file.kind) || file.fcp?.linkPath !== undefined ? 0 : size;
    if (!(octets <= MAX_CONTENT)) throw new DecodeError('ProfilePackage', `files of more than ${MAX_CONTENT} octets`);
    const parent = files.get(file.path.slice(0, file.path.lastIndexOf('/')));
    if (file.kind !== 'mf' && !parent) continue; // the checker refuses it; what is there is still worth showing
    const linked = file.fcp?.linkPath === undefined ? undefined : files.get(pathOf(file.fcp.linkPath));
    const content = linked?.content ?? (isDirectory(file.kind) ? new Uint8Array() : contentOf(file, size, recordLength));
    const fid = file.path.slice(file.path.lastIndexOf('/') + 1);
    const aid = file.kind === 'adf' ? file.fcp?.dfName : undefined;
    const built: Built = {
      path: file.path,
      fid,
      name: file.template?.field ?? (file.kind === 'mf' ? 'mf' : fid),
      kind: file.kind,
      ...(aid !== undefined && { aid }),
      ...(sfi !== undefined && !isDirectory(file.kind) && { sfi }),
      ...(recordLength !== undefined && { recordLength: linked?.recordLength ?? recordLength }),
      content,
      children: linked?.children ?? new Map(),
      ...(parent && { parent }),
      fcp: fcpTemplate(file, fid, content.length, enabled),
    };
    files.set(file.path, built);
    if (aid !== undefined) applications.set(aid, built);
    else parent?.children.set(fid, built);
  }
  const mf = files.get(MF);
  if (!mf) throw new DecodeError('ProfilePackage', 'no element creates the MF');
  return { mf, applications, files, pins };
}

/** The file in a directory that has a short file identifier. */
export function fileBySfi({ children }: CardFile, sfi: number): CardFile | undefined {
  return [...children.values()].find((file) => file.sfi === sfi);
}

/** READ RECORD has one octet for the number. */
const MAX_RECORDS = 255;

/** Records of a linear fixed or cyclic file, as far as they can be read; for another, none. */
export const recordsOf = ({ content, recordLength }: Pick<CardFile, 'content' | 'recordLength'>): Uint8Array[] =>
  Array.from({ length: recordLength ? Math.min(MAX_RECORDS, Math.floor(content.length / recordLength)) : 0 }, (_, i) =>
    content.subarray(i * recordLength!, (i + 1) * recordLength!),
  );

interface Built extends CardFile {
  readonly children: Map<string, Built>;
}

/** Patterns count for a transparent file as a whole, for others in each record (TS 102 222 §6.3.2.2.2). */
function contentOf(file: ProfileFile, size: number, recordLength: number | undefined): Uint8Array {
  const { fillPattern, repeatPattern } = file.fcp?.proprietaryEFInfo ?? {};
  const content = new Uint8Array(size).fill(0xff);
  const unit = recordLength || size;
  for (let at = 0; at < size; at += unit) {
    const part = content.subarray(at, at + unit);
    if (fillPattern) lay(part, fillPattern, fillPattern.subarray(-1));
    else if (repeatPattern) lay(part, new Uint8Array(), repeatPattern);
    else if (file.template?.fill) lay(part, file.template.fill.begin, file.template.fill.repeat, file.template.fill.end);
  }
  fill(content, file);
  return content;
}

function lay(part: Uint8Array, begin: Uint8Array, repeat: Uint8Array, end: Uint8Array = new Uint8Array()): void {
  for (let i = 0; i < part.length; i++) part[i] = begin[i] ?? repeat[(i - begin.length) % repeat.length]!;
  if (end.length <= part.length) part.set(end, part.length - end.length);
}

/** What lies beyond the end is left out: the checker says so. */
function fill(content: Uint8Array, file: ProfileFile): void {
  for (const { at, bytes } of file.content) {
    if (at < content.length) content.set(bytes.subarray(0, content.length - at), at);
  }
}

/**
 * File control parameters, TS 102 221 §11.1.1.3.
 *
 * @param pins those that are enabled: by reference, those of a context as `3F00/7FD0 129`
 */
function fcpTemplate(file: ProfileFile, fid: string, size: number, pins: ReadonlySet<string>): Uint8Array {
  const { kind, fcp } = file;
  const { recordLength, sfi, accessRules } = describeFile(file);
  const directory = isDirectory(kind);
  const identifier = /^[0-9A-F]{4}$/.test(fid) ? encodeTlv(0x83, fromHex(fid)) : new Uint8Array();
  const rules = accessRules === undefined ? new Uint8Array() : encodeTlv(0x8b, fromHex(accessRules));
  const status = encodeTlv(0x8a, fcp?.lcsi ?? Uint8Array.of(0x05));
  if (directory) {
    const name = fcp?.dfName === undefined ? new Uint8Array() : encodeTlv(0x84, fromHex(fcp.dfName));
    const memory = kind === 'df' ? new Uint8Array() : encodeTlv(0xa5, encodeTlv(0x80, Uint8Array.of(0x71)));
    const codes = encodeTlv(0xc6, pinStatus(file, pins));
    return encodeTlv(0x62, concat(encodeTlv(0x82, Uint8Array.of(0x78, 0x21)), identifier, name, memory, status, rules, codes));
  }
  const descriptor = Uint8Array.of(DESCRIPTOR[kind] ?? 0x41, 0x21);
  const records = recordLength
    ? concat(twoOctets(recordLength), numberOctets(Math.min(0xff, Math.floor(size / recordLength))))
    : new Uint8Array();
  // Without 88 the short identifier would be that of the file identifier: an empty one says that there is none.
  const short = encodeTlv(0x88, sfi === undefined ? new Uint8Array() : Uint8Array.of(sfi << 3));
  return encodeTlv(
    0x62,
    concat(encodeTlv(0x82, concat(descriptor, records)), identifier, status, rules, encodeTlv(0x80, twoOctets(size)), short),
  );
}

const DESCRIPTOR: Readonly<Partial<Record<FileKind, number>>> = {
  transparent: 0x41,
  linearFixed: 0x42,
  cyclic: 0x46,
  berTlv: 0x79,
};
const twoOctets = (n: number): Uint8Array => (n > 0xffff ? numberOctets(n) : Uint8Array.of(n >> 8, n & 0xff));

/** PIN status template: which of its PINs are enabled, then their key references (TS 102 221 §9.5.2). */
function pinStatus({ fcp, path }: ProfileFile, pins: ReadonlySet<string>): Uint8Array {
  const references = fromHex(fcp?.pinStatusTemplateDO ?? '').subarray(0, 8);
  let enabled = 0;
  references.forEach((reference, i) => {
    if (pins.has(reference & 0x80 ? `${contextOf(path)} ${reference}` : `${reference}`)) enabled |= 0x80 >> i;
  });
  return concat(
    encodeTlv(0x90, Uint8Array.of(enabled)),
    ...[...references].map((reference) => encodeTlv(0x83, Uint8Array.of(reference))),
  );
}
