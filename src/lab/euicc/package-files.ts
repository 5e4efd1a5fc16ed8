/** The files that a profile package leaves on the card, with their content: what SELECT and READ find. TCA profile package §8.3, §9. */
import { parseTlvs } from '../../asn1/tlv.ts';
import { fromHex } from '../../bytes.ts';
import { DecodeError } from '../../errors.ts';
import type { ProfileFile } from '../../saip/created-files.ts';
import { MF, pathOf } from '../../saip/created-files.ts';
import { describeFile } from '../../saip/file-attributes.ts';
import { recordsOf } from '../../saip/file-system.ts';
import type { ProfilePackage } from '../../saip/package.ts';
import type { Fill } from '../../saip/templates.ts';
import { type CardFile, type FileTree, fileTree } from './files.ts';

/** Octets of all files together: more than any card has. */
const MAX_CONTENT = 4 * 1024 * 1024;

interface Laid {
  readonly file: ProfileFile;
  readonly octets: Uint8Array;
  readonly recordLength?: number | undefined;
  readonly sfi?: number | undefined;
  readonly accessRules?: string | undefined;
}

/** @param own files of the card itself, where the profile has none at their place */
export function filesOfPackage({ elements }: ProfilePackage, own: readonly CardFile[]): FileTree {
  const laid = new Map<string, Laid>();
  let room = MAX_CONTENT;
  for (const file of elements.flatMap((element) => element.files)) {
    if (file.action === 'create') {
      const { size, ...rest } = describeFile(file);
      const octets = linked(file, laid)?.octets ?? filled(Math.min(size, room), rest.recordLength, file);
      room -= octets.length;
      laid.set(file.path, { file, octets, ...rest });
    }
    const target = laid.get(file.path);
    for (const { at, bytes } of file.content)
      target?.octets.set(bytes.subarray(0, Math.max(0, target.octets.length - at)), Math.min(at, target.octets.length));
  }
  const files = [...laid.values()].map((each) => cardFile(each, laid));
  return fileTree([...own.filter(({ path }) => !laid.has(path)), ...files]);
}

/** A link shows the content of another file. */
const linked = ({ fcp }: ProfileFile, laid: ReadonlyMap<string, Laid>): Laid | undefined =>
  fcp?.linkPath ? laid.get(pathOf(fcp.linkPath)) : undefined;

/** Before it is filled: the pattern of the profile, else of the template, else FF. */
function filled(size: number, recordLength: number | undefined, { fcp, template }: ProfileFile): Uint8Array {
  const { fillPattern, repeatPattern } = fcp?.proprietaryEFInfo ?? {};
  const empty = new Uint8Array();
  if (repeatPattern) return pattern(size, { begin: empty, repeat: repeatPattern, end: empty });
  if (fillPattern) return pattern(size, { begin: fillPattern, repeat: fillPattern.subarray(-1), end: empty });
  const fill = template?.fill ?? { begin: empty, repeat: Uint8Array.of(0xff), end: empty };
  return recordLength ? pattern(size, { begin: empty, repeat: pattern(recordLength, fill), end: empty }) : pattern(size, fill);
}

function pattern(size: number, { begin, repeat, end }: Fill): Uint8Array {
  const octets = new Uint8Array(size);
  for (let i = 0; i < size; i++) octets[i] = begin[i] ?? repeat[(i - begin.length) % Math.max(repeat.length, 1)] ?? 0xff;
  if (end.length <= size) octets.set(end, size - end.length);
  return octets;
}

function cardFile({ file, octets, recordLength, sfi, accessRules }: Laid, laid: ReadonlyMap<string, Laid>): CardFile {
  const { path, kind, fcp } = file;
  if (kind === 'mf' || kind === 'df') return { path, kind: 'df' };
  if (kind === 'adf') return { path, kind, ...(fcp?.dfName !== undefined && { aid: fromHex(fcp.dfName) }) };
  const common = { path, ...(sfi !== undefined && { sfi }), ...(isLocked(path, accessRules, laid) && { locked: true }) };
  if (kind === 'berTlv') return { ...common, kind };
  if (kind === 'transparent') return { ...common, kind, content: octets };
  return {
    ...common,
    kind,
    // Cut when asked for: a file of four million records is described in forty octets, and links to it in twenty.
    get records() {
      return recordsOf({ content: octets, recordLength: Math.max(recordLength ?? 0, 1) });
    },
  };
}

/** Whether READ needs an administrator's code. The user's PIN is taken for disabled: there is no user here to give it. */
function isLocked(path: string, accessRules: string | undefined, laid: ReadonlyMap<string, Laid>): boolean {
  if (accessRules === undefined) return false;
  const [fid, record] = accessRules.length === 2 ? ['', accessRules] : [accessRules.slice(0, 4), accessRules.slice(4)];
  const rules = fid === '2F06' ? laid.get(`${MF}/2F06`) : nearest(path, fid || '6F06', laid);
  const length = rules?.recordLength ?? 0;
  const start = (Number.parseInt(record, 16) - 1) * length;
  if (!rules || length === 0 || start < 0 || start + length > rules.octets.length) return false;
  return !readable(rules.octets.subarray(start, start + length));
}

/** The EF.ARR that counts for a file: beside it, or in a directory above. */
function nearest(path: string, fid: string, laid: ReadonlyMap<string, Laid>): Laid | undefined {
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
    const found = laid.get(`${path.slice(0, at)}/${fid}`);
    if (found) return found;
  }
  return laid.get(`${MF}/2F06`);
}

const ACCESS_MODE = 0x80;
const READ = 0x01;
const NEVER = 0x97;
const CONTROL_REFERENCE = 0xa4;
const KEY_REFERENCE = 0x83;
const FIRST_ADM = 0x0a;

/** An access rule in expanded format (TS 102 221 §9.2.4): which condition stands after the access mode that has READ. */
function readable(rule: Uint8Array): boolean {
  try {
    const end = rule.findLastIndex((octet) => octet !== 0xff);
    const objects = parseTlvs(rule.subarray(0, end + 1), 'EF.ARR');
    const at = objects.findIndex(({ tag, content }) => tag === ACCESS_MODE && ((content[0] ?? 0) & READ) !== 0);
    const condition = objects[at + 1];
    if (at < 0 || !condition || condition.tag === NEVER) return false;
    if (condition.tag !== CONTROL_REFERENCE) return true;
    const key = condition.children.find(({ tag }) => tag === KEY_REFERENCE)?.content[0] ?? 0;
    return (key & 0x7f) < FIRST_ADM;
  } catch (error) {
    if (error instanceof DecodeError) return true; // a rule that nobody can read keeps nothing
    throw error;
  }
}
