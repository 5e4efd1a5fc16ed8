/** Files of a card that come from no installed package: those without an enabled profile, those of a profile known by its numbers. */
import { concat, fromHex } from '../../../lpa/bytes.ts';
import type { ElementChoice } from '../../../lpa/saip/elements.ts';
import { fcp } from '../../../lpa/saip/file.ts';
import { readProfilePackage } from '../../../lpa/saip/package.ts';
import { buildProfilePackage, encodePackage, type PackageOptions } from '../../profile/build.ts';
import { type CardFileSystem, fileSystemOf } from '../../profile/file-system.ts';

/** Reading is always allowed, everything else never. */
const READ_ONLY = fromHex('8001019000');
const DIR_RECORD = 38;

/** SGP.22 §2.4: without an enabled profile there is an MF with what belongs to the card. EF.DIR names no application. */
const bareMf: ElementChoice = {
  mf: {
    'mf-header': { identification: 1 },
    templateID: '2.23.143.1.2.1',
    mf: [{ fileDescriptor: fcp({ pinStatusTemplateDO: '', securityAttributesReferenced: '2F0601' }) }],
    'ef-pl': [{ doNotCreate: true }],
    'ef-iccid': [{ doNotCreate: true }],
    'ef-dir': readOnlyRecords(new Uint8Array(DIR_RECORD).fill(0xff)),
    'ef-arr': readOnlyRecords(READ_ONLY),
    'ef-umpc': [
      { fileDescriptor: fcp({ securityAttributesReferenced: '2F0601' }) },
      { fillFileContent: fromHex('3C00000000') }, // 60 mA at most
    ],
  },
};

function readOnlyRecords(record: Uint8Array) {
  const fileDescriptor = concat(fromHex('42210000').subarray(0, 2), Uint8Array.of(0, record.length));
  const size = Uint8Array.of(record.length);
  return [
    { fileDescriptor: fcp({ fileDescriptor, efFileSize: size, securityAttributesReferenced: '2F0601' }) },
    { fillFileContent: record },
  ];
}

export const bareFiles = (): CardFileSystem => fileSystemOf(readProfilePackage(encodePackage([bareMf])));

/** A package for a profile that was put on the card without one: MF and USIM. */
export const plainProfilePackage = (options: Pick<PackageOptions, 'iccid' | 'imsi' | 'serviceProviderName'>): Uint8Array =>
  buildProfilePackage({ ...options, parts: [] });
