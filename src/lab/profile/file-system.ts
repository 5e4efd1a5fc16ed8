/**
 * What a profile package puts on its card: files with template defaults, patterns and offsets laid over one
 * another, PINs and network keys. TCA profile package §8.3 to §8.5, §9; TS 102 221 §8.
 */
import { fromHex } from '../../lpa/bytes.ts';
import { DecodeError } from '../../lpa/errors.ts';
import { type CardCapabilities, viewOf } from '../../lpa/saip/check/rule.ts';
import { fullCard, lackOf } from '../../lpa/saip/check/rules-card.ts';
import { MF, type ProfileFile, pathOf } from '../../lpa/saip/created-files.ts';
import { describeFile } from '../../lpa/saip/file-attributes.ts';
import type { ProfilePackage } from '../../lpa/saip/package.ts';
import { type FileKind, isDirectory } from '../../lpa/saip/templates.ts';
import { type NetworkKey, networkKeysOf } from './network-keys.ts';
import { type Pin, pinsOf } from './pins.ts';

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
  /** As FileAttributes has it. */
  readonly accessRules?: string;
  /** Life cycle status, tag 8A. */
  readonly lifeCycle: number;
  /** Key references of the PIN status template of a directory. */
  readonly pinReferences: readonly number[];
}

export interface CardFileSystem {
  readonly mf: CardFile;
  /** ADFs by AID, in the order of their creation. */
  readonly applications: ReadonlyMap<string, CardFile>;
  /** Everything by path. */
  readonly files: ReadonlyMap<string, CardFile>;
  readonly pins: readonly Pin[];
  readonly networkKeys: readonly NetworkKey[];
}

const ACTIVATED = 0x05;

/** A card has no such memory; a bound for hostile packages. */
const MAX_CONTENT = 4 * 1024 * 1024;

/**
 * @param card passes over the elements that it lacks something for, as while installing
 * @throws {DecodeError} without an MF, or for more content than any card has
 */
export function fileSystemOf(pkg: ProfilePackage, card: CardCapabilities = fullCard): CardFileSystem {
  const view = viewOf(pkg, card, new Set(pkg.elements.filter((element) => !element.mandated && lackOf(element, card))));
  const files = new Map<string, Built>();
  const applications = new Map<string, CardFile>();
  let octets = 0;
  for (const { file } of view.files) {
    if (file.action === 'update') {
      const target = files.get(file.path);
      if (target) fill(target.content, file);
      continue;
    }
    const { size, sfi, recordLength, accessRules } = describeFile(file);
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
      ...(accessRules !== undefined && { accessRules }),
      lifeCycle: file.fcp?.lcsi[0] ?? ACTIVATED,
      pinReferences: [...fromHex(file.fcp?.pinStatusTemplateDO ?? '')],
    };
    files.set(file.path, built);
    if (aid !== undefined) applications.set(aid, built);
    else parent?.children.set(fid, built);
  }
  const mf = files.get(MF);
  if (!mf) throw new DecodeError('ProfilePackage', 'no element creates the MF');
  return { mf, applications, files, pins: pinsOf(pkg, view), networkKeys: networkKeysOf(view) };
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
