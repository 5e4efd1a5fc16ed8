/** A profile package as a tree: its elements, the files that they create or fill, and what the checker finds. TCA profile package. */

import { fromHex, toHex } from '../lpa/bytes.ts';
import { DecodeError } from '../lpa/errors.ts';
import { checkProfilePackage, ENCODING_RULE, type Finding } from '../lpa/saip/check/check.ts';
import type { ProfileFile } from '../lpa/saip/created-files.ts';
import { elements } from '../lpa/saip/elements.ts';
import { fileNamesOf } from '../lpa/saip/file-names.ts';
import { type ProfilePackage, readProfilePackage } from '../lpa/saip/package.ts';
import { contentWords } from './file-words.ts';
import { everyNode, type PackageFinding } from './node.ts';
import { fieldWords, personalisationWords } from './package-words.ts';
import { octetsCount } from './values.ts';
import { type Draft, type Expected, generic, type Walk } from './walk.ts';

/** Elements that hold keys, PINs or PUKs. */
const SECRETS: ReadonlySet<string> = new Set(['pinCodes', 'pukCodes', 'akaParameter', 'cdmaParameter', 'securityDomain']);

const NAMES = new Map(Object.entries(elements).map(([name, { tag, type }]) => [tag, { name, type }]));

/** One profile element, by its tag. */
export const elementOf = (tag: number): Expected => NAMES.get(tag) ?? generic(tag);

export const isElement = (tag: number): boolean => NAMES.has(tag);

/** @param walk counts in `upp`; its misfit tells whether this is a profile package at all */
export function packageTree(walk: Walk, upp: Uint8Array): Draft {
  const children = walk.run(0, upp.length, elementOf);
  const node: Draft = { name: 'ProfilePackage', offset: 0, length: upp.length, words: `${children.length} elements`, children };
  const pkg = readable(upp);
  if (pkg) {
    addFiles(node, pkg);
    addFindings(node, checkProfilePackage(pkg));
  }
  if (children.some(({ name }) => SECRETS.has(name))) {
    node.notes = [...(node.notes ?? []), 'holds keys and codes of the profile: whoever has them can copy it'];
  }
  return node;
}

/** Nothing where the run of elements is damaged: the tree shows where. */
function readable(upp: Uint8Array): ProfilePackage | undefined {
  try {
    return readProfilePackage(upp);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return undefined;
  }
}

/** Findings at their element, and all of them at the package. */
function addFindings(node: Draft, findings: readonly Finding[]): void {
  const count = (severity: Finding['severity']): string[] => {
    const found = findings.filter((finding) => finding.severity === severity).length;
    return found === 0 ? [] : [`${found} ${severity}${found === 1 ? '' : 's'}`];
  };
  node.words = [node.words, ...count('error'), ...count('warning')].join(', ');
  if (findings.length > 0) node.findings = findings.map(packageFinding);
  for (const { element, severity, clause, text, status, offset, rule } of findings) {
    const child = node.children?.[element.index];
    if (!child || rule === ENCODING_RULE) continue; // the field that is damaged has this error already
    const line = `clause ${clause}: ${text} (${status}, offset ${offset})`;
    if (severity === 'error') child.errors = [...(child.errors ?? []), line];
    else child.warnings = [...(child.warnings ?? []), `clause ${clause}: ${text}`];
  }
}

const packageFinding = ({ severity, clause, rule, text, status, offset, element }: Finding): PackageFinding => ({
  severity,
  clause,
  rule,
  text,
  status,
  offset,
  element: {
    number: element.index + 1,
    name: element.name,
    ...(element.identification !== undefined && { identification: element.identification }),
  },
});

/** In the place of the fields of an element that makes files: the files, by path. */
function addFiles(node: Draft, pkg: ProfilePackage): void {
  const nameOfFile = fileNamesOf(pkg);
  for (const [i, element] of pkg.elements.entries()) {
    const child = node.children?.[i];
    if (!child) continue;
    const { identification, mandated, files } = element;
    const words = [
      `element ${i + 1}`,
      ...(identification === undefined ? [] : [`identification ${identification}`]),
      ...(mandated && element.name !== 'header' ? ['mandated'] : []),
    ];
    child.words = words.join(', ');
    if (element.fault) child.errors = [...(child.errors ?? []), element.fault.message];
    // A damaged element is shown field by field, with the error where it is.
    if (child.errors) continue;
    // What the header of an element says stands in its words.
    const fields = (child.children ?? []).filter(({ name }) => !/-header$/i.test(name));
    const nodes = (): Draft[] => files.map((file) => fileNode(file, nameOfFile(file.path)));
    child.children = files.length === 0 ? fields : [...fields.filter(({ name }) => name === 'templateID'), ...nodes()];
    if (element.name === 'securityDomain') addWords(child);
  }
}

/** Keys and personalisation data in words. */
function addWords(domain: Draft): void {
  for (const node of everyNode(domain) as Iterable<Draft>) {
    const words = node.octets === undefined ? undefined : fieldWords(node.name, node.octets);
    if (words !== undefined) node.words = words;
    if (node.name !== 'sdPersoData') continue;
    for (const block of node.children ?? []) {
      const said = block.octets === undefined ? undefined : personalisationWords(fromHex(block.octets));
      if (said !== undefined) block.words = said;
    }
  }
}

/** @param known the name of a file that file management makes; a template names its own */
function fileNode({ path, kind, field: place, action, byDefault, content, template }: ProfileFile, known?: string): Draft {
  const field = template ? place : place.includes('/') ? (known ?? place) : place;
  const size = content.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const words = [
    path,
    kind,
    ...(action === 'update' ? ['filled here'] : []),
    ...(byDefault ? ['as the template has it'] : []),
    ...(size > 0 ? [octetsCount(size)] : []),
  ];
  const [first, ...more] = content;
  const says = first && more.length === 0 ? contentWords(field, first.bytes) : undefined;
  if (says !== undefined) words.push(says);
  return {
    name: field,
    words: words.join(', '),
    value: { path, kind, action },
    ...(first && more.length === 0 && { octets: toHex(first.bytes) }),
    ...(more.length > 0 && { children: content.map(({ at, bytes }) => ({ name: `at ${at}`, octets: toHex(bytes) })) }),
  };
}
