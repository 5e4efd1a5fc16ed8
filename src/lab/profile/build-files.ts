/** The files of the packages that `write.ts` builds: content as TS 102 221, TS 31.102 and TS 31.103 have it. */
import { encodeTlv, numberOctets } from '../../lpa/asn1/tlv.ts';
import { concat, fromHex, utf8Bytes } from '../../lpa/bytes.ts';
import { type Fcp, type File, type FileManagement, fcp, proprietaryInfo } from '../../lpa/saip/file.ts';
import { alphaOctets, networkNameOctets } from '../../lpa/saip/sim-text.ts';
import { swapNibbles } from '../../lpa/saip/types.ts';
import { accessRules, padded } from './access-rules.ts';

/** An application directory: its temporary file identifier and its AID. */
export interface AdfName {
  readonly fileID: string;
  readonly aid: string;
  readonly label: string;
}
export const USIM: AdfName = { fileID: '7FD0', aid: 'A0000000871002FF49FF0589', label: 'USIM' };
export const ISIM: AdfName = { fileID: '7FB0', aid: 'A0000000871004FF49FF0589', label: 'ISIM' };

export interface Subscriber {
  readonly iccid: string;
  readonly imsi: string;
  readonly mncDigits: 2 | 3;
  readonly serviceProviderName: string;
}

/** A file as its template has it. */
const asTemplate = (fileID: string): File => [{ fileDescriptor: fcp({ fileID }) }];
const filled = (bytes: Uint8Array): File => [{ fillFileContent: bytes }];
/** A transparent file of the size of its content. */
const sized = (bytes: Uint8Array, more: Partial<Fcp> = {}): File => [
  { fileDescriptor: fcp({ efFileSize: numberOctets(bytes.length), ...more }) },
  { fillFileContent: bytes },
];

/** A directory. @param pins key references that its PIN status template lists */
export const directory = (pins: string, more: Partial<Fcp> = {}): File => [
  { fileDescriptor: fcp({ ...more, pinStatusTemplateDO: pins }) },
];

/** A linear fixed file whose records are as long as the longest, or as `recordLength` says. */
function records(contents: readonly Uint8Array[], options: { recordLength?: number; count?: number } & Partial<Fcp> = {}): File {
  const { recordLength = Math.max(...contents.map((bytes) => bytes.length)), count = contents.length, ...more } = options;
  const fileDescriptor = Uint8Array.of(0x42, 0x21, recordLength >> 8, recordLength & 0xff);
  return [
    { fileDescriptor: fcp({ fileDescriptor, efFileSize: numberOctets(recordLength * count), ...more }) },
    { fillFileContent: concat(...contents.map((bytes) => padded(bytes, recordLength))) },
  ];
}

const packed = (digits: string): Uint8Array => swapNibbles(fromHex(digits.length % 2 ? `${digits}F` : digits));
const tlvText = (tag: number, text: string): Uint8Array => encodeTlv(tag, utf8Bytes(text));
const accessRuleFile = (): File => records(accessRules);

/** MCC and MNC in three octets (TS 24.008 §10.5.1.3). */
function plmn({ imsi, mncDigits }: Subscriber): Uint8Array {
  const [mcc, mnc] = [imsi.slice(0, 3), imsi.slice(3, 3 + mncDigits)];
  return swapNibbles(fromHex(`${mcc}${mnc[2] ?? 'F'}${mnc.slice(0, 2)}`));
}

const withBits = (octets: number, numbers: readonly number[]): Uint8Array => {
  const table = new Uint8Array(octets);
  for (const n of numbers) table[(n - 1) >> 3]! |= 1 << ((n - 1) & 7);
  return table;
};

export function mfFiles({ iccid }: Subscriber, applications: readonly AdfName[]) {
  const entries = applications.map(({ aid, label }) =>
    encodeTlv(0x61, concat(encodeTlv(0x4f, fromHex(aid)), tlvText(0x50, label))),
  );
  return {
    mf: directory('010A'),
    'ef-pl': filled(utf8Bytes('en')),
    'ef-iccid': filled(packed(iccid.padEnd(20, 'F'))),
    'ef-dir': records(entries, { recordLength: 0x26 }),
    'ef-arr': accessRuleFile(),
    'ef-umpc': filled(fromHex('3C3C000000')),
  };
}

export const cdFiles = ({ serviceProviderName }: Subscriber) => ({
  'df-cd': directory('010A'),
  // DF.CD has no EF.ARR of its own.
  'ef-launchpad': sized(tlvText(0x80, `${serviceProviderName} services`), { securityAttributesReferenced: '2F0602' }),
});

export const telecomFiles = () => ({
  'df-telecom': directory('010A'),
  'ef-arr': accessRuleFile(),
  'ef-sume': filled(padded(tlvText(0x85, 'Lab'), 22)),
  'ef-psismsc': records([tlvText(0x80, 'tel:+35312345678')]),
});

/** @param services numbers of EF.UST to set, beside those of the files that are always there */
export function usimFiles(subscriber: Subscriber, services: readonly number[], shortServiceTable: boolean) {
  const { imsi, mncDigits, serviceProviderName } = subscriber;
  const odd = imsi.length % 2 === 1;
  const digits = `${odd ? '9' : '1'}${imsi}${odd ? '' : 'F'}`; // the parity stands before the first digit
  const identity = packed(digits);
  const serviceTable = withBits(17, [2, 10, 12, 19, 33, 85, ...services]);
  return {
    'adf-usim': directory('01810A', { fileID: USIM.fileID, dfName: USIM.aid }),
    'ef-imsi': filled(padded(concat(Uint8Array.of(identity.length), identity), 9)),
    'ef-arr': accessRuleFile(),
    'ef-ust': shortServiceTable ? sized(serviceTable) : filled(serviceTable),
    'ef-spn': filled(padded(concat(Uint8Array.of(0x01), alphaOctets(serviceProviderName, 16)), 17)),
    'ef-est': filled(Uint8Array.of(0x00)),
    'ef-acc': filled(withBits(2, [Number(imsi.at(-1)) + 1]).reverse()),
    'ef-ad': filled(Uint8Array.of(0x00, 0x00, 0x00, mncDigits)),
    'ef-ecc': records([fromHex('11F2FF00'), fromHex('19F1FF00')]),
  };
}

export const optUsimFiles = (subscriber: Subscriber) => ({
  'ef-li': filled(padded(utf8Bytes('en'), 6)),
  'ef-gid1': filled(new Uint8Array(8).fill(0xff)),
  'ef-msisdn': asTemplate('6F40'),
  'ef-plmnwact': asTemplate('6F60'),
  'ef-oplmnwact': asTemplate('6F61'),
  'ef-hplmnwact': filled(concat(plmn(subscriber), fromHex('C080'))),
  'ef-pnn': filled(encodeTlv(0x43, networkNameOctets(subscriber.serviceProviderName, 14))),
  'ef-opl': filled(concat(plmn(subscriber), fromHex('0000FFFE01'))),
  'ef-spdi': filled(encodeTlv(0xa3, encodeTlv(0x80, plmn(subscriber)))),
  'ef-ehplmn': filled(plmn(subscriber)),
});

export const phonebookFiles = () => ({
  'df-phonebook': directory('01810A'),
  'ef-pbr': records([fromHex('A805C0034F5801')], { recordLength: 0x20 }),
  'ef-psc': [{ fileDescriptor: fcp({ shortEFID: Uint8Array.of(0x68) }) }],
  'ef-cc': [{ fileDescriptor: fcp({ shortEFID: Uint8Array.of(0x70) }) }],
  'ef-puid': [{ fileDescriptor: fcp({ shortEFID: Uint8Array.of(0x78) }) }],
  'ef-adn': records([concat(padded(utf8Bytes('Lab'), 14), fromHex('0691538143658F'))], {
    recordLength: 28,
    count: 20,
    fileID: '4F58',
    shortEFID: Uint8Array.of(0x08),
  }),
});

export const gsmAccessFiles = () => ({
  'df-gsm-access': directory('01810A'),
  'ef-kc': asTemplate('4F20'),
  'ef-kcgprs': asTemplate('4F52'),
});

/** A size without content, as the test profiles of GSMA TS.48 describe files that the device fills. */
const empty = (octets: number, more: Partial<Fcp> = {}): File => [
  { fileDescriptor: fcp({ efFileSize: numberOctets(octets), ...more }) },
];

/** SUCI calculation information with room for two keys, and no key yet: an empty protection scheme list (TS 31.102 §4.4.11.8). */
const suciCalculation = (): File => empty(118, { proprietaryEFInfo: proprietaryInfo({ fillPattern: fromHex('A0020000FF') }) });

export const dfFiveGsFiles = () => ({
  'df-df-5gs': directory('01810A'),
  'ef-5gs3gpploci': asTemplate('4F01'),
  'ef-5gsn3gpploci': asTemplate('4F02'),
  'ef-5gs3gppnsc': asTemplate('4F03'),
  'ef-5gsn3gppnsc': asTemplate('4F04'),
  'ef-5gauthkeys': empty(110),
  'ef-uac-aic': filled(new Uint8Array(4)),
  'ef-suci-calc-info': suciCalculation(),
  'ef-opl5g': empty(50, { fileDescriptor: fromHex('4221000A') }),
  'ef-supinai': empty(20),
  'ef-routing-indicator': filled(fromHex('F0FF0000')),
});

export const dfSaipFiles = () => ({
  'df-df-saip': directory('01810A'),
  'ef-suci-calc-info-usim': suciCalculation(),
});

/** BER-TLV files of the USIM with room and no data object: EF.URSP in DF.5GS, and EF.MuDMiDConfigData. */
export function berTlvFiles(fiveGs: boolean): FileManagement {
  const file = (fileID: string) => ({
    createFCP: fcp({
      fileDescriptor: fromHex('7921'),
      fileID,
      securityAttributesReferenced: '6F0602',
      efFileSize: numberOctets(1024),
      shortEFID: new Uint8Array(),
    }),
  });
  return [...(fiveGs ? [{ filePath: `${USIM.fileID}5FC0` }, file('4F0B')] : []), { filePath: USIM.fileID }, file('6FFE')];
}

export function isimFiles({ imsi, mncDigits }: Subscriber) {
  const [mcc, mnc] = [imsi.slice(0, 3), imsi.slice(3, 3 + mncDigits).padStart(3, '0')];
  const domain = `ims.mnc${mnc}.mcc${mcc}.3gppnetwork.org`;
  return {
    'adf-isim': directory('01810A', { fileID: ISIM.fileID, dfName: ISIM.aid }),
    'ef-impi': sized(tlvText(0x80, `${imsi}@${domain}`)),
    'ef-impu': records([tlvText(0x80, `sip:${imsi}@${domain}`)]),
    'ef-domain': sized(tlvText(0x80, domain)),
    'ef-ist': filled(new Uint8Array(14)),
    'ef-arr': accessRuleFile(),
  };
}

export const optIsimFiles = () => ({
  'ef-pcscf': records([encodeTlv(0x80, concat(Uint8Array.of(0x00), utf8Bytes('pcscf.example.com')))]),
  'ef-smss': asTemplate('6F43'),
});
