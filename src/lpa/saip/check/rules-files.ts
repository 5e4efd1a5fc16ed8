/** Files: what a template or a command may say of them. TCA profile package §8.3 and §9, TS 102 221 §11.1.1.4, TS 102 222 §6.3. */

import { kindOfDescriptor, MF, type ProfileFile, pathOf } from '../created-files.ts';
import type { Fcp } from '../file.ts';
import { describeFile } from '../file-attributes.ts';
import type { ProfileElement } from '../package.ts';
import { pinNames } from '../pins-and-keys.ts';
import { isDirectory, templateOf } from '../templates.ts';
import type { Problem, Rule, View } from './rule.ts';

interface Described {
  readonly element: ProfileElement;
  readonly file: ProfileFile;
  readonly fcp: Fcp;
  /** The field of the Fcp, for offsets. */
  readonly field: string;
  /** Described in an element of GenericFileManagement. */
  readonly managed: boolean;
}

/** The files that an element describes by an Fcp. */
function* described({ files }: View): Iterable<Described> {
  for (const { element, file } of files) {
    if (!file.fcp) continue;
    const managed = element.name === 'genericFileManagement';
    yield { element, file, fcp: file.fcp, field: managed ? file.field : `${file.field}/0`, managed };
  }
}

/** A row for a rule that looks at one description at a time. */
const each = (
  clause: string,
  rule: string,
  check: (described: Described, view: View) => Iterable<string | readonly [member: string, text: string]>,
  status: Rule['status'] = 'invalid-parameter',
  severity?: Rule['severity'],
): Rule => ({
  clause,
  rule,
  status,
  ...(severity && { severity }),
  *check(view) {
    for (const item of described(view)) {
      for (const found of check(item, view)) {
        const [member, text] = typeof found === 'string' ? [found, `${found} may not stand here`] : found;
        yield {
          element: item.element,
          field: `${item.field}/${item.managed ? 'createFCP' : 'fileDescriptor'}/${member}`,
          text: `${item.file.path}: ${text}`,
        };
      }
    }
  },
});

const forbidden = (fcp: Fcp, ...members: readonly (keyof Fcp)[]): readonly string[] =>
  members.filter((member) => fcp[member] !== undefined);
const missing = (fcp: Fcp, ...members: readonly (keyof Fcp)[]): (readonly [string, string])[] =>
  members.filter((member) => fcp[member] === undefined).map((member) => ['', `${member} is missing`]);

export const fileRules: readonly Rule[] = [
  {
    clause: 'Annex B',
    rule: 'a template belongs to the element that names it',
    status: 'template-not-supported',
    *check({ elements }) {
      for (const element of elements) {
        if (!element.value || !('templateID' in element.value)) continue;
        const template = templateOf(element.value.templateID);
        if (template && template.element !== element.name) {
          yield { element, field: 'templateID', text: `template ${template.oid} belongs to ${template.element}` };
        }
      }
    },
  },
  {
    clause: '9.1',
    rule: 'a profile gives the parameters that a template leaves to it',
    status: 'invalid-parameter',
    *check({ files }) {
      for (const { element, file } of files) {
        const { template, fcp } = file;
        if (!template || isDirectory(template.kind)) continue;
        for (const parameter of template.needs) {
          const given = {
            size: fcp?.efFileSize !== undefined || template.size !== undefined || fcp?.linkPath !== undefined,
            nb_rec: fcp?.efFileSize !== undefined || template.records !== undefined || fcp?.linkPath !== undefined,
            sfi: true, // see the next rule
            fileID: fcp?.fileID !== undefined,
            dfName: true,
            pinStatusTemplateDO: true,
          }[parameter];
          if (!given) yield { element, field: file.field, text: `${file.path}: ${parameter} is missing` };
        }
      }
    },
  },
  {
    clause: '9.1',
    rule: 'a profile gives the short file identifiers that a template leaves to it',
    status: 'invalid-parameter',
    severity: 'warning', // TS 102 221 §13.2 has a default for a file without one
    *check({ files }) {
      for (const { element, file } of files) {
        const missingHere = file.template?.needs.includes('sfi') && file.fcp?.shortEFID === undefined;
        if (missingHere) yield { element, field: file.field, text: `${file.path}: shortEFID is missing` };
      }
    },
  },
  {
    clause: '9.1',
    rule: 'a profile fills the files that a template leaves empty',
    status: 'invalid-parameter',
    severity: 'warning', // the test profiles of GSMA TS.48 leave EF.5GAUTHKEYS and EF.SUPI_NAI empty; real cards install them
    *check({ files }) {
      for (const { element, file } of files) {
        const { template, fcp, content } = file;
        if (!template?.contentRequired || isDirectory(template.kind) || template.kind === 'berTlv') continue;
        const { fillPattern, repeatPattern } = fcp?.proprietaryEFInfo ?? {};
        if (content.length === 0 && !fillPattern && !repeatPattern && fcp?.linkPath === undefined) {
          yield { element, field: file.field, text: `${file.path}: no content, the file is filled with FF` };
        }
      }
    },
  },
  {
    clause: 'TS 102 222 6.3.2.2',
    rule: 'an EF has room for at least one octet',
    status: 'bad-values',
    severity: 'warning', // no clause forbids a size of 0, and no card is known that refuses it
    *check({ files }) {
      for (const { element, file } of files) {
        if (isDirectory(file.kind) || file.action === 'update' || file.fcp?.linkPath !== undefined) continue;
        // The size of a file whose template is not known here is not known either.
        const known = file.template !== undefined || file.fcp?.efFileSize !== undefined;
        if (known && describeFile(file).size === 0)
          yield { element, field: file.field, text: `${file.path}: an empty file, of 0 octets` };
      }
    },
  },
  {
    clause: 'TS 102 221 11.1.1.4.7',
    rule: 'the record of EF.ARR that a file refers to exists',
    status: 'invalid-parameter',
    severity: 'warning', // a card reads the record when the file is accessed, and refuses the access then
    *check({ files }) {
      const rules = accessRuleFiles(files.map(({ file }) => file));
      for (const { element, file } of files) {
        const reference = file.action === 'create' ? describeFile(file).accessRules : undefined;
        const problem = reference === undefined ? undefined : missingRecord(file.path, reference, rules);
        if (problem !== undefined) yield { element, field: file.field, text: `${file.path}: ${problem}` };
      }
    },
  },
  each(
    '8.3.2',
    'pinStatusTemplateDO lists key references alone',
    function* ({ fcp }) {
      const references = fcp.pinStatusTemplateDO?.match(/../g) ?? [];
      const known = new Set<number>(Object.values(pinNames));
      const wrong = references.find((reference) => !known.has(Number.parseInt(reference, 16)));
      if (wrong !== undefined) yield ['pinStatusTemplateDO', `${wrong} is no key reference`];
    },
    'bad-values',
  ),
  each(
    '8.3.2',
    'securityAttributesReferenced is a record, or EF.ARR and a record',
    function* ({ fcp }) {
      const octets = (fcp.securityAttributesReferenced ?? '00').length / 2;
      if (octets !== 1 && octets !== 3) yield ['securityAttributesReferenced', `${octets} octets`];
    },
    'bad-values',
  ),
  {
    clause: '8.3.2',
    rule: 'content of a BER-TLV file is given without offsets',
    status: 'invalid-parameter',
    *check({ files }) {
      for (const { element, file } of files) {
        let end = 0;
        for (const { at, bytes, field } of file.kind === 'berTlv' ? file.content : []) {
          if (at !== end) yield { element, field, text: `${file.path}: an offset in a BER-TLV file` };
          end = at + bytes.length;
        }
      }
    },
  },
  each(
    'TS 102 222 6.3.2.2',
    'the size of an EF with records is a whole number of records',
    function* ({ file, fcp }) {
      if (isDirectory(file.kind) || fcp.linkPath !== undefined) return;
      const { size, recordLength } = describeFile(file);
      if (fcp.efFileSize && fcp.efFileSize.length > 4) yield ['efFileSize', 'a size of more than four octets'];
      else if (recordLength && size % recordLength !== 0) yield ['efFileSize', `${size} octets in records of ${recordLength}`];
    },
    'bad-values',
  ),
  {
    clause: '8.3.2',
    rule: 'content fits into the file',
    status: 'bad-values',
    *check({ files }) {
      const sizes = new Map<string, number>();
      for (const { element, file } of files) {
        if (isDirectory(file.kind) || file.fcp?.linkPath !== undefined) continue;
        if (file.action === 'create') sizes.set(file.path, describeFile(file).size);
        const size = sizes.get(file.path);
        if (size === undefined || file.kind === 'berTlv') continue;
        const over = file.content.find(({ at, bytes }) => at + bytes.length > size);
        if (over) yield { element, field: over.field, text: `${file.path}: content beyond its ${size} octets` };
      }
    },
  },
  each('8.3.3', 'an EF of a template has no PIN status and no name', function* ({ file, fcp, managed }) {
    if (!managed && !isDirectory(file.kind)) yield* forbidden(fcp, 'pinStatusTemplateDO', 'dfName');
  }),
  each('8.3.3', 'a DF of a template has no short identifier, size, file information or name', function* ({ file, fcp, managed }) {
    if (!managed && (file.kind === 'df' || file.kind === 'mf'))
      yield* forbidden(fcp, 'shortEFID', 'efFileSize', 'proprietaryEFInfo', 'dfName');
  }),
  each('8.3.3', 'an ADF of a template has no short identifier, size or file information', function* ({ file, fcp, managed }) {
    if (!managed && file.kind === 'adf') yield* forbidden(fcp, 'shortEFID', 'efFileSize', 'proprietaryEFInfo');
  }),
  {
    clause: '8.3.3',
    rule: 'an ADF has identifier, name and PIN status, a DF its PIN status',
    status: 'invalid-parameter',
    *check({ files, iot }) {
      for (const { element, file } of files) {
        if (element.name === 'genericFileManagement' || !isDirectory(file.kind) || iot) continue;
        const members =
          file.kind === 'adf' ? (['fileID', 'dfName', 'pinStatusTemplateDO'] as const) : (['pinStatusTemplateDO'] as const);
        for (const [, text] of missing(file.fcp ?? { lcsi: new Uint8Array() }, ...members)) {
          yield { element, field: file.field, text: `${file.path}: ${text}` };
        }
      }
    },
  },
  each(
    '8.3.5',
    'a created file has identifier, access rules and descriptor, a directory its PIN status, an EF its size',
    function* ({ file, fcp, managed }) {
      if (!managed) return;
      yield* missing(fcp, 'fileID', 'securityAttributesReferenced', 'fileDescriptor');
      if (fcp.linkPath === undefined) yield* missing(fcp, isDirectory(file.kind) ? 'pinStatusTemplateDO' : 'efFileSize');
    },
  ),
  each('8.3.5', 'a created EF has no name and no PIN status', function* ({ file, fcp, managed }) {
    if (managed && !isDirectory(file.kind)) yield* forbidden(fcp, 'dfName', 'pinStatusTemplateDO');
  }),
  each(
    '8.3.5',
    'a link has no size, name or PIN status of its own, a linked directory no short identifier',
    function* ({ file, fcp }) {
      if (fcp.linkPath === undefined) return;
      yield* forbidden(fcp, 'dfName', 'efFileSize', 'pinStatusTemplateDO');
      if (isDirectory(file.kind) && fcp.shortEFID?.length) yield 'shortEFID';
    },
  ),
  {
    clause: '8.3.5',
    rule: 'a file is created once, in a directory that is there; a link leads to a file',
    status: 'invalid-parameter',
    *check({ files }) {
      const there = new Set<string>();
      for (const { element, file } of files) {
        const problem = (text: string): Problem => ({ element, field: file.field, text: `${file.path}: ${text}` });
        if (file.action === 'update') continue;
        const parent = file.path.slice(0, file.path.lastIndexOf('/'));
        if (file.kind !== 'mf' && !there.has(parent)) yield problem('its directory is not there');
        if (there.has(file.path) && file.kind !== 'mf') yield problem('it is there already');
        if (file.fcp?.linkPath !== undefined && !there.has(pathOf(file.fcp.linkPath))) yield problem('its link leads nowhere');
        there.add(file.path);
      }
    },
  },
  {
    clause: '8.3.5',
    rule: 'a path of file management leads to a file',
    status: 'invalid-parameter',
    *check(view) {
      const there = new Set<string>([MF]);
      for (const element of view.elements) {
        if (element.name === 'genericFileManagement' && element.value) {
          const own = new Set(element.files.map(({ path }) => path));
          for (const [i, commands] of element.value.fileManagementCMD.entries()) {
            for (const [k, command] of commands.entries()) {
              if (!('filePath' in command)) continue;
              const path = pathOf(command.filePath);
              if (!there.has(path) && !own.has(path))
                yield { element, field: `fileManagementCMD/${i}/${k}`, text: `${path} is not there` };
            }
          }
        }
        for (const { path } of element.files) there.add(path);
      }
    },
  },
  each(
    'TS 102 222 6.3.2.2',
    'a file descriptor names the kind of file in two octets, with a record length in four',
    function* ({ file, fcp }) {
      const { fileDescriptor } = fcp;
      if (!fileDescriptor) return;
      const kind = kindOfDescriptor(fileDescriptor);
      const records = kind === 'linearFixed' || kind === 'cyclic';
      if (kind === undefined || (kind === 'df') !== isDirectory(file.kind))
        yield ['fileDescriptor', `a descriptor for ${kind ?? 'no kind of file'}`];
      else if (fileDescriptor.length !== (records ? 4 : 2)) yield ['fileDescriptor', `${fileDescriptor.length} octets`];
      else if (records && !((fileDescriptor[2]! << 8) | fileDescriptor[3]!)) yield ['fileDescriptor', 'a record length of 0'];
    },
    'bad-values',
  ),
  each(
    '9.1',
    'a file has the kind that its template gives it, and data coding octet 21',
    function* ({ file, fcp }) {
      const { fileDescriptor } = fcp;
      const kind = kindOfDescriptor(fileDescriptor);
      if (!fileDescriptor || kind === undefined || isDirectory(file.kind)) return;
      if (file.template && kind !== file.template.kind)
        yield ['fileDescriptor', `a descriptor for ${kind}, the template has ${file.template.kind}`];
      else if (fileDescriptor[1] !== 0x21) yield ['fileDescriptor', 'the data coding octet is not 21'];
    },
    'bad-values',
    'warning', // a card creates the file that the descriptor describes; TS 102 222 has it ignore the data coding octet
  ),
  each(
    'TS 102 221 11.1.1.4',
    'a short file identifier stands in the upper five bits',
    function* ({ fcp }) {
      if ((fcp.shortEFID?.[0] ?? 0) & 0x07) yield ['shortEFID', 'the lower three bits are not 0'];
    },
    'bad-values',
  ),
  each(
    'TS 102 221 11.1.1.4',
    'the life cycle status is one that a file can be created with',
    function* ({ fcp }) {
      if (!LIFE_CYCLE.includes(fcp.lcsi[0] ?? 0)) yield ['lcsi', `status ${fcp.lcsi[0]}`];
    },
    'bad-values',
  ),
  each(
    'TS 102 222 6.3.2.2',
    'special file information uses the upper two bits',
    function* ({ fcp }) {
      if ((fcp.proprietaryEFInfo?.specialFileInformation[0] ?? 0) & 0x3f)
        yield ['proprietaryEFInfo/specialFileInformation', 'lower bits are set'];
    },
    'bad-values',
    'warning', // these bits are RFU, and a receiver ignores them
  ),
  each(
    'TS 102 222 6.3.2.2',
    'a file is filled by a pattern or by repeating one, a BER-TLV file by neither',
    function* ({ file, fcp }) {
      const { fillPattern, repeatPattern } = fcp.proprietaryEFInfo ?? {};
      if (fillPattern && repeatPattern) yield ['proprietaryEFInfo/repeatPattern', 'both patterns'];
      else if (file.kind === 'berTlv' && (fillPattern || repeatPattern))
        yield ['proprietaryEFInfo', 'a pattern for a BER-TLV file'];
    },
  ),
  each(
    'TS 102 222 6.3.2.2',
    'file details and a maximum size are for BER-TLV files',
    function* ({ file, fcp }) {
      const { fileDetails, maximumFileSize } = fcp.proprietaryEFInfo ?? {};
      if (fileDetails && fileDetails[0] !== 0x01) yield ['proprietaryEFInfo/fileDetails', 'not DER coding'];
      else if (maximumFileSize && file.kind !== 'berTlv') yield ['proprietaryEFInfo/maximumFileSize', 'this is no BER-TLV file'];
    },
    'bad-values',
    'warning', // they mean nothing for other files, and no card is known that refuses them
  ),
];

/** How many records each file with records has, by path: what an access rule can refer to. */
function accessRuleFiles(files: readonly ProfileFile[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const file of files) {
    if (file.kind !== 'linearFixed' || file.action !== 'create') continue;
    const { size, recordLength } = describeFile(file);
    found.set(file.path, recordLength ? Math.floor(size / recordLength) : 0);
  }
  return found;
}

/** @param reference `06`, a record of EF.ARR beside the file, or `2F0606`: that file is looked for in all directories above too */
function missingRecord(path: string, reference: string, rules: ReadonlyMap<string, number>): string | undefined {
  if (reference.length !== 2 && reference.length !== 6) return undefined; // another rule says so
  const directory = path === MF ? MF : path.slice(0, path.lastIndexOf('/'));
  const fid = reference.length === 2 ? (directory === MF ? '2F06' : '6F06') : reference.slice(0, 4);
  const record = Number.parseInt(reference.slice(-2), 16);
  for (let at = directory; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('/')))) {
    const records = rules.get(`${at}/${fid}`);
    if (records === undefined) continue;
    return record >= 1 && record <= records ? undefined : `record ${record} of ${at}/${fid}, which has ${records}`;
  }
  return `no file ${fid} for its access rule`;
}

/** Initialisation, deactivated, activated, terminated (TS 102 221 §11.1.1.4.9). */
const LIFE_CYCLE: readonly number[] = [0x01, 0x03, 0x04, 0x05, 0x06, 0x07, 0x0c, 0x0d, 0x0e, 0x0f];
