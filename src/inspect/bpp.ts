/** What a tree of a Bound Profile Package adds: its segments, and the metadata that its 88s hold together. SGP.22 v2.5 §2.5. */
import { DecodeError } from '../lpa/errors.ts';
import { metadataOf, readBoundProfilePackage, segmentsOf } from '../lpa/sgp22/bpp.ts';
import { StoreMetadataRequest } from '../lpa/sgp22/profile.ts';
import { octetsCount, problemOf } from './values.ts';
import type { Draft } from './walk.ts';
import { only, Walk } from './walk.ts';

/** @param node of the package; @param bytes the package */
export function addSegments(node: Draft, bytes: Uint8Array): void {
  try {
    const bpp = readBoundProfilePackage(bytes);
    const sizes = [...segmentsOf(bpp)].map((segment) => segment.length);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    node.notes = [
      ...(node.notes ?? []),
      `${sizes.length} segments, ${octetsCount(total)} in all, ${Math.max(...sizes)} the largest`,
      `segments of ${runs(sizes)} octets`,
    ];
    node.children?.push(metadataNode(metadataOf(bpp)));
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    node.notes = [...(node.notes ?? []), `the eUICC would not take it: ${problemOf(error)}`];
  }
}

/** The 88 bodies without their MACs, put together; offsets count in nothing that was given, so there are none. */
function metadataNode(metadata: Uint8Array): Draft {
  const walk = new Walk(metadata);
  const [node, ...more] = walk.run(0, metadata.length, only(StoreMetadataRequest));
  if (!node) return { name: StoreMetadataRequest.name, errors: ['empty'] };
  if (more.length > 0) walk.fault(node, `${octetsCount(metadata.length - (node.length ?? 0))} left over`);
  withoutOffsets(node);
  node.notes = ['put together from sequenceOf88'];
  return node;
}

export function withoutOffsets(node: Draft): void {
  delete node.offset;
  for (const child of node.children ?? []) withoutOffsets(child);
}

/** 1020, 1020, 1020, 512 as `3 x 1020, 512`. */
function runs(sizes: readonly number[]): string {
  const counted: { size: number; times: number }[] = [];
  for (const size of sizes) {
    const last = counted.at(-1);
    if (last?.size === size) last.times += 1;
    else counted.push({ size, times: 1 });
  }
  return counted.map(({ size, times }) => (times > 1 ? `${times} x ${size}` : `${size}`)).join(', ');
}
