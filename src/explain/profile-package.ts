/** A profile package as a tree: its elements, and the files that they create or fill. TCA profile package. */

import { toHex } from '../bytes.ts';
import { DecodeError } from '../errors.ts';
import type { ProfileFile } from '../saip/created-files.ts';
import { elements } from '../saip/elements.ts';
import { type ProfileElement, readProfilePackage } from '../saip/package.ts';
import { contentWords } from './file-words.ts';
import { type Draft, type Expected, generic, type Walk } from './tree.ts';
import { octetsCount } from './values.ts';

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
  addFiles(node, upp);
  if (children.some(({ name }) => SECRETS.has(name))) {
    node.notes = [...(node.notes ?? []), 'holds keys and codes of the profile: whoever has them can copy it'];
  }
  return node;
}

/** In the place of the fields of an element that makes files: the files, by path. */
function addFiles(node: Draft, upp: Uint8Array): void {
  let read: readonly ProfileElement[];
  try {
    read = readProfilePackage(upp).elements;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return; // the tree shows where it is damaged
  }
  for (const [i, element] of read.entries()) {
    const child = node.children?.[i];
    if (!child) continue;
    const { identification, mandated, files } = element;
    const words = [
      ...(identification === undefined ? [] : [`identification ${identification}`]),
      ...(mandated && element.name !== 'header' ? ['mandated'] : []),
    ];
    if (words.length > 0) child.words = words.join(', ');
    if (element.fault) child.errors = [...(child.errors ?? []), element.fault.message];
    // A damaged element is shown field by field, with the error where it is.
    if (child.errors) continue;
    // What the header of an element says stands in its words.
    const fields = (child.children ?? []).filter(({ name }) => !/-header$/i.test(name));
    child.children =
      files.length === 0 ? fields : [...fields.filter(({ name }) => name === 'templateID'), ...files.map(fileNode)];
  }
}

function fileNode({ path, kind, field, action, byDefault, content }: ProfileFile): Draft {
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
