/** Access rules: who may do what with a file. Expanded format, TS 102 221 §9.2.4; ISO 7816-4 §5.4.3.2. */
import { parseTlvs, type Tlv } from '../../../lpa/asn1/tlv.ts';
import { DecodeError } from '../../../lpa/errors.ts';
import { MF } from '../../../lpa/saip/created-files.ts';
import { type CardFile, type CardFileSystem, recordsOf } from '../../profile/file-system.ts';

export type Access = 'read' | 'update' | 'increase';

/** Bits of the access mode octet of an EF. INCREASE has none: a rule names it by its instruction. */
const MODE_BIT: Readonly<Partial<Record<Access, number>>> = { read: 0x01, update: 0x02 };
const INSTRUCTION: Readonly<Partial<Record<Access, number>>> = { increase: 0x32 };

const TAG = { mode: 0x80, instruction: 0x84, always: 0x90, never: 0x97, control: 0xa4, or: 0xa0, and: 0xaf, not: 0xa7 } as const;
const KEY_REFERENCE = 0x83;

/**
 * Tells whether a file may be accessed now. A file without a readable rule may not be.
 *
 * @param holds whether the condition of a key reference is fulfilled: verified, or disabled
 */
export function isAllowed(
  system: CardFileSystem,
  file: CardFile,
  access: Access,
  holds: (reference: number) => boolean,
): boolean {
  const rule = ruleOf(system, file);
  return rule !== undefined && groupsOf(rule).some(({ modes, conditions }) => covers(modes, access) && any(conditions, holds));
}

/** The record of EF.ARR that the file refers to, in data objects. */
function ruleOf(system: CardFileSystem, file: CardFile): readonly Tlv[] | undefined {
  const rules = file.accessRules ?? '';
  if (rules.length !== 2 && rules.length !== 6) return undefined;
  const arr = arrOf(system, file, rules.slice(0, -2));
  const record = arr && recordsOf(arr)[Number.parseInt(rules.slice(-2), 16) - 1];
  if (!record) return undefined;
  const end = record.findLastIndex((octet) => octet !== 0xff);
  try {
    return parseTlvs(record.subarray(0, end + 1), 'EF.ARR');
  } catch (error) {
    if (error instanceof DecodeError) return undefined; // no rule, no access
    throw error;
  }
}

/** The EF.ARR that counts for a file: 2F06 of the MF, or 6F06 in its directory or the nearest above (TS 102 221 §9.2.7). */
function arrOf({ mf, files }: CardFileSystem, file: CardFile, fid: string): CardFile | undefined {
  if (fid !== '2F06') {
    for (let at = file.path.lastIndexOf('/'); at > 0; at = file.path.lastIndexOf('/', at - 1)) {
      const directory = file.path.slice(0, at);
      if (directory === MF) break;
      const found = files.get(`${directory}/${fid || '6F06'}`);
      if (found) return found;
    }
  }
  return mf.children.get(fid === '' || fid === '6F06' ? '2F06' : fid);
}

/** Access modes in a row, and the conditions after them, of which one has to be fulfilled. */
interface Group {
  readonly modes: Tlv[];
  readonly conditions: Tlv[];
}

function groupsOf(rule: readonly Tlv[]): Group[] {
  const groups: Group[] = [];
  for (const object of rule) {
    const isMode = object.tag >= TAG.mode && object.tag <= 0x8f;
    let last = groups.at(-1);
    if (!last || (isMode && last.conditions.length > 0)) {
      last = { modes: [], conditions: [] };
      groups.push(last);
    }
    (isMode ? last.modes : last.conditions).push(object);
  }
  return groups;
}

const covers = (modes: readonly Tlv[], access: Access): boolean =>
  modes.some(({ tag, content: [octet = 0] }) =>
    tag === TAG.mode
      ? (octet & 0x80) === 0 && (octet & (MODE_BIT[access] ?? 0)) !== 0
      : tag === TAG.instruction && octet === INSTRUCTION[access],
  );

const any = (conditions: readonly Tlv[], holds: (reference: number) => boolean): boolean =>
  conditions.some((condition) => isFulfilled(condition, holds));

function isFulfilled(condition: Tlv, holds: (reference: number) => boolean): boolean {
  switch (condition.tag) {
    case TAG.always:
      return true;
    case TAG.control: {
      const key = condition.children.find(({ tag }) => tag === KEY_REFERENCE)?.content[0];
      return key !== undefined && holds(key);
    }
    case TAG.or:
      return any(condition.children, holds);
    case TAG.and:
      return condition.children.every((child) => isFulfilled(child, holds));
    case TAG.not:
      return !any(condition.children, holds);
    default:
      return false; // never, or a condition that this card does not support
  }
}
