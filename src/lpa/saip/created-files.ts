/**
 * The files that a run of elements creates or fills, in order. TCA profile package §8.3.
 *
 * A path is written with file identifiers from the MF down, `3F00/7FD0/6F07`; an ADF stands in it
 * under its temporary file identifier, or under its AID where the profile gives none. A file whose
 * identifier is known neither from the profile nor from a template stands under its field's name.
 */
import { DecodeError } from '../errors.ts';
import { type ElementName, elements } from './elements.ts';
import type { Fcp, File } from './file.ts';
import { type FileKind, isDirectory, type Template, type TemplateFile, templateOf } from './templates.ts';

export interface ProfileFile {
  readonly path: string;
  readonly kind: FileKind;
  /** The element's field, `ef-imsi`, or the place in a GenericFileManagement, `fileManagementCMD/0/1`. */
  readonly field: string;
  /** What the element says of it; absent where the template alone describes it. */
  readonly fcp?: Fcp;
  readonly template?: TemplateFile;
  /** `update`: the file was there, this element only fills it. */
  readonly action: 'create' | 'update';
  /** The element does not mention it: the template creates it. */
  readonly byDefault: boolean;
  /** Content as the element gives it, with the offset in the file. */
  readonly content: readonly { readonly at: number; readonly bytes: Uint8Array; readonly field: string }[];
}

/** The kind that a file descriptor tells (TS 102 221 §11.1.1.4.3). */
export function kindOfDescriptor(descriptor: Uint8Array | undefined): FileKind | undefined {
  const octet = (descriptor?.[0] ?? 0xff) & 0x3f;
  if (octet === 0x38) return 'df';
  if (octet === 0x39) return 'berTlv';
  const kinds: Readonly<Record<number, FileKind>> = { 1: 'transparent', 2: 'linearFixed', 6: 'cyclic' };
  return octet & 0x30 ? undefined : kinds[octet & 0x07];
}

type Value = Readonly<Record<string, unknown>>;

/** Files of one package after another element: remembers what is there and which ADF is the current one. */
export class FileWalk {
  readonly #files = new Map<string, FileKind>();
  readonly #adf = new Map<string, string>();

  /** Whether a path was created by an element before. */
  kindOf(path: string): FileKind | undefined {
    return this.#files.get(path);
  }

  /** The files that the next element creates or fills. Elements without files give none. */
  next(name: ElementName, value: Value): ProfileFile[] {
    const files =
      name === 'genericFileManagement'
        ? this.#managed(value['fileManagementCMD'] as readonly Commands[]) // the shape that elements.ts declares
        : typeof value['templateID'] === 'string'
          ? this.#ofTemplate(name, value, templateOf(value['templateID']))
          : [];
    return files;
  }

  #ofTemplate(name: ElementName, value: Value, template: Template | undefined): ProfileFile[] {
    const table = template?.files;
    const paths = new Map<string, string>();
    const parent = template?.parent === 'none' ? MF : (this.#adf.get(template?.parent ?? '') ?? MF);
    const created: ProfileFile[] = [];
    const fields = fileFields(name);
    for (const field of [...fields].sort(directoriesFirst(table))) {
      const row = table?.get(field);
      const file = value[field] as File | undefined; // as above
      if (!file && !(template?.createdByDefault && row && standsAlone(row))) continue;
      if (file?.some((item) => 'doNotCreate' in item)) continue;
      const fcp = file?.flatMap((item) => ('fileDescriptor' in item ? [item.fileDescriptor] : []))[0];
      const kind = kindOf(field, row, fcp);
      const inside =
        (row?.directory === undefined ? undefined : paths.get(row.directory)) ??
        (row ? parent : (paths.get(fields[0]!) ?? parent));
      const fid = fcp?.fileID ?? row?.fid ?? fcp?.dfName ?? field;
      const path = kind === 'mf' ? MF : `${inside}/${fid}`;
      if (isDirectory(kind)) paths.set(field, path);
      if (kind === 'adf') this.#adf.set(name === 'iot' ? 'usim' : name, path);
      this.#files.set(path, kind);
      created.push({
        path,
        kind,
        field,
        action: 'create',
        byDefault: !file,
        ...(fcp && { fcp }),
        ...(row && { template: row }),
        content: contentOf((file ?? []).map((item, i) => ({ item, field: `${field}/${i}` }))),
      });
    }
    return created;
  }

  #managed(lists: readonly Commands[]): ProfileFile[] {
    const done: ProfileFile[] = [];
    let directory = MF;
    lists.forEach((commands, i) => {
      let fills: { item: Commands[number]; field: string }[] = [];
      let open: Omit<ProfileFile, 'content'> | undefined;
      const close = (): void => {
        if (open && (open.action === 'create' || fills.length > 0)) done.push({ ...open, content: contentOf(fills) });
        open = undefined;
        fills = [];
      };
      commands.forEach((item, k) => {
        const field = `fileManagementCMD/${i}/${k}`;
        if ('filePath' in item) {
          close();
          const path = pathOf(item.filePath);
          const kind = this.#files.get(path);
          if (kind === undefined || isDirectory(kind)) directory = path;
          else {
            directory = path.slice(0, path.lastIndexOf('/'));
            open = { path, kind, field, action: 'update', byDefault: false };
          }
        } else if ('createFCP' in item) {
          close();
          const fcp = item.createFCP;
          const described = kindOfDescriptor(fcp.fileDescriptor) ?? 'transparent';
          const kind = described !== 'df' ? described : fcp.fileID === MF ? 'mf' : fcp.dfName === undefined ? 'df' : 'adf';
          const path = kind === 'mf' ? MF : `${directory}/${fcp.fileID ?? fcp.dfName ?? 'createFCP'}`;
          if (path.length > MAX_PATH) throw new DecodeError(`genericFileManagement/${field}`, 'directories nested too deep');
          this.#files.set(path, kind);
          if (isDirectory(kind)) directory = path;
          open = { path, kind, field, fcp, action: 'create', byDefault: false };
        } else {
          fills.push({ item, field });
        }
      });
      close();
    });
    return done;
  }
}

export const MF = '3F00';

/** Directories (an IoT element need not mention them), and files that need nothing from the profile. */
const standsAlone = ({ kind, needs, contentRequired }: TemplateFile): boolean =>
  isDirectory(kind) || (needs.length === 0 && !contentRequired);

/** Eight levels with an AID among them: a path of the format itself has four. */
const MAX_PATH = 72;

/** A path of the package, `7FD06F07`, as it is written here. */
export const pathOf = (filePath: string): string =>
  [MF, ...(filePath.match(/.{4}/g) ?? [])].filter((fid, i) => i === 0 || fid !== MF).join('/');

/** The fields of an element that are files, in the order of its ASN.1. */
export function fileFields(name: ElementName): string[] {
  const { shape } = elements[name].type;
  if (shape.kind !== 'sequence' || !('templateID' in shape.fields)) return [];
  return Object.keys(shape.fields).slice(2);
}

type Commands = readonly (
  | { filePath: string }
  | { createFCP: Fcp }
  | { fillFileOffset: number }
  | { fillFileContent: Uint8Array }
)[];

/** Directories of a template come before what stands in them, whatever the order of the fields. */
const directoriesFirst =
  (table: Template['files']) =>
  (a: string, b: string): number =>
    Number(isDirectory(table?.get(b)?.kind ?? 'transparent')) - Number(isDirectory(table?.get(a)?.kind ?? 'transparent'));

/** A card creates what the descriptor describes; the kind of a directory is that of its field. */
function kindOf(field: string, row: TemplateFile | undefined, fcp: Fcp | undefined): FileKind {
  if (!row) return kindOfField(field, fcp);
  const described = isDirectory(row.kind) ? undefined : kindOfDescriptor(fcp?.fileDescriptor);
  return described === undefined || described === 'df' ? row.kind : described;
}

/** Elements whose template is not known here name their files by what they are. */
const kindOfField = (field: string, fcp: Fcp | undefined): FileKind =>
  field === 'mf'
    ? 'mf'
    : field.startsWith('adf-')
      ? 'adf'
      : field.startsWith('df-')
        ? 'df'
        : (kindOfDescriptor(fcp?.fileDescriptor) ?? 'transparent');

/** Offsets count from where the fill before ended. */
function contentOf(items: readonly { item: object; field: string }[]): ProfileFile['content'] {
  const content: { at: number; bytes: Uint8Array; field: string }[] = [];
  let at = 0;
  for (const { item, field } of items) {
    const { fillFileOffset, fillFileContent } = item as { fillFileOffset?: number; fillFileContent?: Uint8Array };
    at += fillFileOffset ?? 0;
    if (!fillFileContent) continue;
    content.push({ at, bytes: fillFileContent, field });
    at += fillFileContent.length;
  }
  if (!Number.isSafeInteger(at)) throw new DecodeError(items[0]?.field ?? 'file', 'an offset beyond any file');
  return content;
}
