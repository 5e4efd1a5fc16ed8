/** File, Fcp and FileManagement: what a profile package says of a file. TCA profile package §8.3. */
import { hex, nothing, octets } from '../asn1/primitives.ts';
import { choice, defaulted, field, type Infer, listOf, optional, sequence } from '../asn1/schema.ts';
import { applicationIdentifier, hexOf, octetsOf, uint16 } from './types.ts';

const NOT_SHAREABLE = Uint8Array.of(0x00);
const FILE_DETAILS = Uint8Array.of(0x01);
/** Life cycle status: operational, activated (TS 102 221 §11.1.1.4.9). */
const ACTIVATED = Uint8Array.of(0x05);

export const ProprietaryInfo = sequence({
  specialFileInformation: defaulted(0xc0, octetsOf(1), NOT_SHAREABLE),
  fillPattern: optional(0xc1, octetsOf(1, 200)),
  repeatPattern: optional(0xc2, octetsOf(1, 200)),
  maximumFileSize: optional(0x86, octets),
  fileDetails: defaulted(0x84, octetsOf(1), FILE_DETAILS),
});

/** File control parameters; identifiers and paths as hexadecimal digits. */
export const Fcp = sequence({
  fileDescriptor: optional(0x82, octetsOf(2, 4)),
  fileID: optional(0x83, hexOf(2)),
  dfName: optional(0x84, applicationIdentifier),
  lcsi: defaulted(0x8a, octetsOf(1), ACTIVATED),
  securityAttributesReferenced: optional(0x8b, hexOf(1, 3)),
  efFileSize: optional(0x80, octets),
  pinStatusTemplateDO: optional(0xc6, hex),
  shortEFID: optional(0x88, octetsOf(0, 1)),
  proprietaryEFInfo: optional(0xa5, ProprietaryInfo),
  linkPath: optional(0xc7, hexOf(0, 8)),
});
export type Fcp = Infer<typeof Fcp>;
export type ProprietaryInfo = Infer<typeof ProprietaryInfo>;

/** File control parameters with the defaults filled in: an equal one is left out when written. */
export const fcp = (fields: Partial<Fcp>): Fcp => ({ lcsi: ACTIVATED, ...fields });
export const proprietaryInfo = (fields: Partial<ProprietaryInfo>): ProprietaryInfo => ({
  specialFileInformation: NOT_SHAREABLE,
  fileDetails: FILE_DETAILS,
  ...fields,
});

/** File ::= SEQUENCE OF CHOICE: a file of a template, as far as it differs from the template. */
export const File = listOf(
  choice({
    doNotCreate: field(0x80, nothing),
    fileDescriptor: field(0xa1, Fcp),
    /** Octets to skip from where the last fill ended. */
    fillFileOffset: field(0x82, uint16),
    fillFileContent: field(0x83, octets),
  }),
);
export type File = Infer<typeof File>;

/** FileManagement ::= SEQUENCE OF CHOICE: commands on files, one after the other. */
export const FileManagement = listOf(
  choice({
    /** From the MF, without 3F00; an ADF is named by its temporary file identifier. */
    filePath: field(0x80, hexOf(0, 8)),
    createFCP: field(0x62, Fcp),
    fillFileOffset: field(0x02, uint16),
    fillFileContent: field(0x81, octets),
  }),
);
export type FileManagement = Infer<typeof FileManagement>;
