/** Files: what a template or a command may say of them. TCA profile package §8.3 and §9, TS 102 221 §11.1.1.4, TS 102 222 §6.3. */

import { pinNames } from './codes.ts';
import { kindOfDescriptor, MF, type ProfileFile, pathOf } from './created-files.ts';
import type { Fcp } from './file.ts';
import { describeFile } from './file-attributes.ts';
import type { ProfileElement } from './package.ts';
import type { Problem, Rule, View } from './rule.ts';
import { isDirectory, templateOf } from './templates.ts';

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
): Rule => ({
  clause,
  rule,
  status,
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
            sfi: fcp?.shortEFID !== undefined,
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
    rule: 'a profile fills the files that a template leaves empty',
    status: 'invalid-parameter',
    *check({ files }) {
      for (const { element, file } of files) {
        const { template, fcp, content } = file;
        if (!template?.contentRequired || isDirectory(template.kind) || template.kind === 'berTlv') continue;
        const { fillPattern, repeatPattern } = fcp?.proprietaryEFInfo ?? {};
        if (content.length === 0 && !fillPattern && !repeatPattern && fcp?.linkPath === undefined) {
          yield { element, field: file.field, text: `${file.path}: no content` };
        }
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
    'an EF has a size, that of records a whole number of them',
    function* ({ file, fcp }) {
      if (isDirectory(file.kind) || fcp.linkPath !== undefined) return;
      const { size, recordLength } = describeFile(file);
      if (fcp.efFileSize && (fcp.efFileSize.length > 4 || size === 0)) yield ['efFileSize', 'no size of a file'];
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
    'a created file has identifier, access rules and descriptor, a directory its PIN status',
    function* ({ file, fcp, managed }) {
      if (!managed) return;
      yield* missing(fcp, 'fileID', 'securityAttributesReferenced', 'fileDescriptor');
      if (isDirectory(file.kind) && fcp.linkPath === undefined) yield* missing(fcp, 'pinStatusTemplateDO');
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
      const expected = isDirectory(file.kind) ? 'df' : (file.template?.kind ?? kind);
      if (kind === undefined || kind !== expected) yield ['fileDescriptor', `a descriptor for ${kind ?? 'no kind of file'}`];
      else if (fileDescriptor.length !== (records ? 4 : 2)) yield ['fileDescriptor', `${fileDescriptor.length} octets`];
      else if (records && !((fileDescriptor[2]! << 8) | fileDescriptor[3]!)) yield ['fileDescriptor', 'records of no octet'];
      else if (fileDescriptor[1] !== 0x21) yield ['fileDescriptor', 'the data coding octet is not 21'];
    },
    'bad-values',
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
  ),
];

/** Initialisation, deactivated, activated, terminated (TS 102 221 §11.1.1.4.9). */
const LIFE_CYCLE: readonly number[] = [0x01, 0x03, 0x04, 0x05, 0x06, 0x07, 0x0c, 0x0d, 0x0e, 0x0f];
