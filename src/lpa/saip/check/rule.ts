/** What a rule of the checker is, and what it looks at. */
import type { ProfileFile } from '../created-files.ts';
import type { ElementName } from '../elements.ts';
import type { KnownElement, ProfileElement, ProfilePackage } from '../package.ts';
import type { PEStatusName } from '../response.ts';
import { isDirectory } from '../templates.ts';

/** A rule is one row: its clause, its text, the status that a card answers, and the check. */
export interface Rule {
  /** Of TCA profile package 3.4.1, or of the specification that is named. */
  readonly clause: string;
  readonly rule: string;
  readonly status: PEStatusName;
  /**
   * `warning`: the clause binds those who write profiles, and cards are known to install a package that breaks it,
   * or no card is known that refuses one. Absent: a card refuses the package.
   */
  readonly severity?: 'warning';
  check(view: View): Iterable<Problem>;
}

export interface Problem {
  readonly element: ProfileElement;
  /** The field that is wrong, as `fieldOffset` takes it. */
  readonly field?: string;
  readonly text: string;
}

/** What a card can do, as far as it decides on a profile. */
export interface CardCapabilities {
  /** Names of UICCCapability, as EUICCInfo2 tells them: `usimSupport`, `akaMilenage`, ... */
  readonly uiccCapability: readonly string[];
  /** The newest version of the format that it knows: `3.3.1`. */
  readonly profileVersion?: string;
  /** Identifiers of the file templates that it knows; left out: all of them. */
  readonly templates?: readonly string[];
  /** Libraries that eUICC-Mandatory-AIDs may ask for; left out: those of a Java Card UICC. */
  readonly libraries?: readonly { readonly aid: string; readonly version: string }[];
}

/** A package as the rules see it: the elements that the card does not pass over. */
export interface View {
  readonly pkg: ProfilePackage;
  readonly card: CardCapabilities;
  readonly elements: readonly ProfileElement[];
  /** The header has iotOptions: an IoT minimal profile. */
  readonly iot: boolean;
  readonly files: readonly { readonly element: ProfileElement; readonly file: ProfileFile }[];
  /** The position of the first element of a kind; none: Infinity. */
  first(...names: readonly ElementName[]): number;
  /** The elements of a kind that could be read. */
  all<N extends ElementName>(...names: readonly N[]): readonly Valued<N>[];
}

export type Valued<N extends ElementName> = {
  [K in N]: KnownElement<K> & { readonly value: NonNullable<KnownElement<K>['value']> };
}[N];

export function viewOf(pkg: ProfilePackage, card: CardCapabilities, passedOver: ReadonlySet<ProfileElement>): View {
  const processed = pkg.elements.filter((element) => !passedOver.has(element));
  const byName = new Map<string, ProfileElement[]>();
  for (const element of processed) {
    const same = byName.get(element.name);
    if (same) same.push(element);
    else byName.set(element.name, [element]);
  }
  const header = byName.get('header')?.[0];
  return {
    pkg,
    card,
    elements: processed,
    iot: header?.name === 'header' && header.value?.iotOptions !== undefined,
    files: processed.flatMap((element) => element.files.map((file) => ({ element, file }))),
    first: (...names) => Math.min(...names.map((name) => byName.get(name)?.[0]?.index ?? Number.POSITIVE_INFINITY)),
    all: <N extends ElementName>(...names: readonly N[]) => {
      const found = names.flatMap((name) => byName.get(name) ?? []).filter(({ value }) => value !== undefined);
      return found.sort((a, b) => a.index - b.index) as unknown as readonly Valued<N>[]; // grouped by just these names
    },
  };
}

/** Where the files of the root directory begin: PE-MF, PE-IoT, or the command that creates the MF. */
export function rootOf(view: View): number {
  const created = view.files.find(({ file }) => file.kind === 'mf' && file.action === 'create');
  return Math.min(view.first('mf', 'iot'), created?.element.index ?? Number.POSITIVE_INFINITY);
}

/** The MF, or the directory or application right below it, that a path stands in: where PINs belong. */
export const contextOf = (path: string): string => path.split('/').slice(0, 2).join('/');

/** Every element by the directory that is the context of the PIN codes after it. */
export function contexts(view: View): ReadonlyMap<ProfileElement, string> {
  const found = new Map<ProfileElement, string>();
  let context = '';
  for (const element of view.elements) {
    const own = element.files.filter(
      ({ kind, path, action }) => action === 'create' && isDirectory(kind) && path === contextOf(path),
    );
    // 8.5.1: the first directory that the element creates; after PE-IoT, ADF.USIM instead of the MF.
    context = (element.name === 'iot' ? own.at(-1) : own[0])?.path ?? context;
    found.set(element, context);
  }
  return found;
}
