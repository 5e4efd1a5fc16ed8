/** What a file is in the end: the profile's description laid over its template's. TCA profile package §9. */
import type { ProfileFile } from './created-files.ts';
import { numberOf } from './types.ts';

export interface FileAttributes {
  /** Octets of content. */
  readonly size: number;
  /** Of linear fixed and cyclic files. */
  readonly recordLength?: number;
  /** Short file identifier, 1 to 30. */
  readonly sfi?: number;
  /** Access rules: `06` a record of the EF.ARR in the same directory, `2F0606` of that one. */
  readonly accessRules?: string;
}

/** Sizes alone: nothing is allocated, whatever the profile claims. */
export function describeFile({ kind, fcp, template, path, content }: ProfileFile): FileAttributes {
  const records = kind === 'linearFixed' || kind === 'cyclic';
  const descriptor = fcp?.fileDescriptor;
  const recordLength = records
    ? descriptor?.length === 4
      ? numberOf(descriptor.subarray(2))
      : (template?.size ?? 0)
    : undefined;
  const perTemplate = records ? template?.records && recordLength && recordLength * template.records : template?.size;
  // A template that is not known here (CSIM) may give the size: then what is filled in is all there is to go by.
  const extent = content.reduce((end, { at, bytes }) => Math.max(end, at + bytes.length), 0);
  const size = fcp?.efFileSize ? numberOf(fcp.efFileSize.subarray(-6)) : (perTemplate ?? extent);
  const sfi = fcp?.shortEFID ? (fcp.shortEFID[0] ?? 0) >> 3 : template?.sfi;
  const rules = fcp?.securityAttributesReferenced ?? ruleOfTemplate(template?.arr, path);
  return {
    size,
    ...(recordLength !== undefined && { recordLength }),
    ...(sfi && { sfi }),
    ...(rules !== undefined && { accessRules: rules }),
  };
}

/** Templates count on EF.ARR of the MF for what stands in the MF, on 6F06 of the directory for the rest. */
function ruleOfTemplate(record: number | undefined, path: string): string | undefined {
  if (record === undefined) return undefined;
  const shared = path.split('/').length <= 2;
  return `${shared ? '2F06' : '6F06'}${record.toString(16).padStart(2, '0').toUpperCase()}`;
}
