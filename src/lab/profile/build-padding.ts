/** Bring a package to a wanted size with content that a profile may have: files, an applet, or a non-standard element. */
import { numberOctets } from '../../lpa/asn1/tlv.ts';
import { UsageError } from '../../lpa/errors.ts';
import type { ElementChoice } from '../../lpa/saip/elements.ts';
import { fcp } from '../../lpa/saip/file.ts';
import { application, MANDATED } from './build-applications.ts';
import { sampleOctets } from './sample.ts';

export type PaddingKind = 'files' | 'application' | 'nonStandard';

/** As much as READ BINARY reaches with a 15-bit offset. */
const MAX_FILE = 0x7fff;
/** Files in a directory of their own under the MF, `octets` of content in all. */
export function files(octets: number, directoryID = '7F90'): ElementChoice {
  const securityAttributesReferenced = '2F0602';
  const directory = fcp({
    fileDescriptor: Uint8Array.of(0x78, 0x21),
    fileID: directoryID,
    securityAttributesReferenced: '2F060E',
    pinStatusTemplateDO: '010A',
  });
  const created = Array.from({ length: Math.max(1, Math.ceil(octets / MAX_FILE)) }, (_, i) => {
    const length = Math.max(1, Math.min(MAX_FILE, octets - i * MAX_FILE));
    const fileID = (0x6f01 + i).toString(16).toUpperCase();
    const createFCP = fcp({
      fileDescriptor: Uint8Array.of(0x41, 0x21),
      fileID,
      securityAttributesReferenced,
      efFileSize: numberOctets(length),
      shortEFID: new Uint8Array(),
    });
    return [{ createFCP }, { fillFileContent: sampleOctets(directoryID + fileID, length) }];
  });
  const fileManagementCMD = [[{ filePath: '' }, { createFCP: directory }, ...created.flat()]];
  return { genericFileManagement: { 'gfm-header': MANDATED, fileManagementCMD } };
}

/** An element that a card may pass over: its content means nothing to anybody else. */
export const nonStandard = (octets: number): ElementChoice => ({
  nonStandard: {
    'nonStandard-header': { identification: 0 },
    issuerID: '2.999.22',
    content: sampleOctets('nonStandard', octets),
  },
});

const paddingOf = { files, application, nonStandard } as const;

/**
 * Find the padding that gives a package of `size` octets, or up to four less where a length field
 * that grows leaves the exact size out of reach.
 *
 * @param sizeWith the octets of the package with these elements in it
 * @throws {UsageError} when the package is larger without any padding
 */
export function paddingFor(
  kind: PaddingKind,
  size: number,
  sizeWith: (extra: readonly ElementChoice[]) => number,
): ElementChoice[] {
  const least = sizeWith([]);
  if (least === size) return [];
  const smallest = sizeWith([paddingOf[kind](1)]);
  if (smallest > size)
    throw new UsageError(
      `profile package: ${size} octets are too few; this one has ${least}, and ${smallest} with the smallest padding`,
    );
  let octets = 1 + size - smallest;
  for (let tries = 0; tries < 8; tries++) {
    const missing = size - sizeWith([paddingOf[kind](octets)]);
    if (missing >= 0 && missing <= 4) break;
    octets = Math.max(1, octets + missing);
  }
  return [paddingOf[kind](octets)];
}
