/**
 * Build profile packages: valid ones, of many shapes, for the lab's servers and for tests.
 * Which elements there are and in which order is decided here; what is in them, in the files beside.
 */
import { concat } from '../../lpa/bytes.ts';
import { UsageError } from '../../lpa/errors.ts';
import { type ElementChoice, encodeElement } from '../../lpa/saip/elements.ts';
import type { ServiceName } from '../../lpa/saip/header.ts';
import { application, MANDATED, remoteFileManagement, securityDomain } from './build-applications.ts';
import { globalPins, localPin, type NetworkAlgorithm, networkKey, pukCodes, sharedKey, sharedPins } from './build-codes.ts';
import * as content from './build-files.ts';
import { files, nonStandard, type PaddingKind, paddingFor } from './build-padding.ts';
import { isTestKey, sampleOctets, testKey } from './sample.ts';

export type { NetworkAlgorithm } from './build-codes.ts';
export type { PaddingKind } from './build-padding.ts';

export const saipVersions = ['2.1', '2.3', '3.1', '3.3'] as const;
export type SaipVersion = (typeof saipVersions)[number];

/** What a package may hold beside the MF, its codes, the USIM and its key. */
export const packageParts = [
  'cd',
  'telecom',
  'opt-usim',
  'phonebook',
  'gsm-access',
  'df-5gs',
  'df-saip',
  'isim',
  'opt-isim',
  'securityDomain',
  'application',
  'rfm',
  'genericFileManagement',
  'ber-tlv',
  'nonStandard',
] as const;
export type PackagePart = (typeof packageParts)[number];

export interface PackageOptions {
  /** Of the format; `2.3` when left out. */
  readonly version?: SaipVersion;
  readonly profileType?: string;
  /** 18 to 20 digits. */
  readonly iccid?: string;
  /** 6 to 15 digits, of which `mncDigits` after the first three are the network code. */
  readonly imsi?: string;
  readonly mncDigits?: 2 | 3;
  /** EF.SPN and EF.PNN, as much of it as they have room for. */
  readonly serviceProviderName?: string;
  readonly algorithm?: NetworkAlgorithm;
  /** 16 octets, 32 for tuak256. Left out: made from the ICCID. */
  readonly key?: Uint8Array;
  /** OPc of 16 octets, or TOPc of 32. */
  readonly opc?: Uint8Array;
  /** 4 to 8 digits. */
  readonly pin?: string;
  /** 8 digits. */
  readonly puk?: string;
  readonly parts?: readonly PackagePart[];
  /** Use the network key that everybody knows, as a Profile of class test has to. */
  readonly testProfile?: boolean;
  /** Octets of the whole package, or up to four less; filled up with what `padding` names (`files`). */
  readonly size?: number;
  readonly padding?: PaddingKind;
}

const DEFAULT_PARTS: readonly PackagePart[] = [
  'telecom',
  'opt-usim',
  'phonebook',
  'gsm-access',
  'securityDomain',
  'rfm',
  'genericFileManagement',
];
/** For a package that has to be smaller than the default one. */
const FEW_PARTS: readonly PackagePart[] = ['opt-usim', 'securityDomain', 'rfm'];
const ROOM_FOR_DEFAULT_PARTS = 4500;

/** @throws {UsageError} for options that no valid package can have */
export const buildProfilePackage = (options: PackageOptions = {}): Uint8Array => encodePackage(profileElements(options));

export const encodePackage = (run: readonly ElementChoice[]): Uint8Array => concat(...run.map(encodeElement));

/** The elements of a package as plain data, to be changed before they are encoded. @throws {UsageError} as above */
export function profileElements(options: PackageOptions = {}): ElementChoice[] {
  const run = elementsOf(checked(options));
  const { size, padding = 'files' } = options;
  const closed = (extra: readonly ElementChoice[]): ElementChoice[] =>
    numbered([...run, ...extra, { end: { 'end-header': MANDATED } }]);
  const extra = size === undefined ? [] : paddingFor(padding, size, (elements) => encodePackage(closed(elements)).length);
  return closed(extra);
}

type Settings = Required<Omit<PackageOptions, 'size' | 'padding'>>;

function checked(options: PackageOptions): Settings {
  const {
    version = '2.3',
    iccid = '89000123456789012341',
    imsi = '001010123456789',
    mncDigits = 2,
    testProfile = false,
  } = options;
  const { algorithm = 'milenage', pin = '0000', puk = '11111111', serviceProviderName = 'Lab' } = options;
  const { parts = (options.size ?? ROOM_FOR_DEFAULT_PARTS) < ROOM_FOR_DEFAULT_PARTS ? FEW_PARTS : DEFAULT_PARTS } = options;
  const need = (holds: boolean, what: string): void => {
    if (!holds) throw new UsageError(`profile package: ${what}`);
  };
  need(/^\d{18,20}$/.test(iccid), 'an ICCID has 18 to 20 digits');
  need(/^\d{6,15}$/.test(imsi), 'an IMSI has 6 to 15 digits');
  need(/^\d{4,8}$/.test(pin), 'a PIN has 4 to 8 digits');
  need(/^\d{8}$/.test(puk), 'a PUK has 8 digits');
  const keyOctets = algorithm === 'tuak256' ? 32 : 16;
  const opcOctets = algorithm === 'tuak128' || algorithm === 'tuak256' ? 32 : 16;
  const key = options.key ?? (testProfile ? testKey(keyOctets) : sampleOctets(`key ${iccid}`, keyOctets));
  const opc = options.opc ?? (testProfile ? new Uint8Array(opcOctets) : sampleOctets(`opc ${iccid}`, opcOctets));
  need(key.length === keyOctets, `a key for ${algorithm} has ${keyOctets} octets`);
  need(opc.length === opcOctets, `the operator's constant for ${algorithm} has ${opcOctets} octets`);
  need(!testProfile || isTestKey(key), 'a test profile has the test key');
  need(version !== '2.1' || !(parts.includes('df-5gs') || parts.includes('df-saip')), 'version 2.1 knows no 5G files');
  need(version !== '2.1' || algorithm !== 'usim-test-algorithm', 'version 2.1 does not know the test algorithm');
  need(!parts.includes('opt-isim') || parts.includes('isim'), 'opt-isim needs isim');
  need(
    parts.includes('securityDomain') || !(parts.includes('rfm') || parts.includes('application')),
    'rfm and application need securityDomain',
  );
  const { profileType = testProfile ? 'Lab test profile' : 'Lab profile' } = options;
  return { version, profileType, iccid, imsi, mncDigits, serviceProviderName, algorithm, key, opc, pin, puk, parts, testProfile };
}

function elementsOf(settings: Settings): ElementChoice[] {
  const { version, iccid, pin, parts } = settings;
  const has = (part: PackagePart): boolean => parts.includes(part);
  const when = (part: PackagePart, ...run: readonly ElementChoice[]): readonly ElementChoice[] => (has(part) ? run : []);
  const templateID = (name: keyof typeof templateIds): string =>
    `2.23.143.1.2.${templateIds[name][saipVersions.indexOf(version)]}`;
  const services = Object.entries(servicesOf).flatMap(([part, numbers]) => (parts.some((has) => has === part) ? numbers : []));
  const applications = has('isim') ? [content.USIM, content.ISIM] : [content.USIM];
  const shortServiceTable = templateID('usim').endsWith('.4');
  const run: ElementChoice[] = [
    { mf: { 'mf-header': MANDATED, templateID: templateID('mf'), ...content.mfFiles(settings, applications) } },
    pukCodes(settings.puk),
    globalPins(pin, iccid),
    ...when('cd', { cd: { 'cd-header': MANDATED, templateID: templateID('cd'), ...content.cdFiles(settings) } }),
    ...when('telecom', { telecom: { 'telecom-header': MANDATED, templateID: templateID('telecom'), ...content.telecomFiles() } }),
    {
      usim: {
        'usim-header': MANDATED,
        templateID: templateID('usim'),
        ...content.usimFiles(settings, services, shortServiceTable),
      },
    },
    ...when('opt-usim', {
      'opt-usim': { 'optusim-header': MANDATED, templateID: templateID('opt-usim'), ...content.optUsimFiles(settings) },
    }),
    localPin(pin),
    networkKey(settings.algorithm, settings.key, settings.opc),
    ...when('phonebook', {
      phonebook: { 'phonebook-header': MANDATED, templateID: templateID('phonebook'), ...content.phonebookFiles() },
    }),
    ...when('gsm-access', {
      'gsm-access': { 'gsm-access-header': MANDATED, templateID: templateID('gsm-access'), ...content.gsmAccessFiles() },
    }),
    ...when('df-5gs', { 'df-5gs': { 'df-5gs-header': MANDATED, templateID: templateID('df-5gs'), ...content.dfFiveGsFiles() } }),
    ...when('df-saip', {
      'df-saip': { 'df-saip-header': MANDATED, templateID: templateID('df-saip'), ...content.dfSaipFiles() },
    }),
    ...when('isim', { isim: { 'isim-header': MANDATED, templateID: templateID('isim'), ...content.isimFiles(settings) } }),
    ...when('opt-isim', {
      'opt-isim': { 'optisim-header': MANDATED, templateID: templateID('opt-isim'), ...content.optIsimFiles() },
    }),
    ...when('isim', sharedPins(), sharedKey()),
    ...when('securityDomain', securityDomain(iccid)),
    ...when('application', application(2000)),
    ...when('rfm', ...remoteFileManagement()),
    ...when('genericFileManagement', files(1000, '7F91')),
    ...when('ber-tlv', {
      genericFileManagement: { 'gfm-header': MANDATED, fileManagementCMD: [content.berTlvFiles(has('df-5gs'))] },
    }),
    ...when('nonStandard', nonStandard(100)),
  ];
  return [header(settings, run), ...run];
}

function header({ version, profileType, iccid, algorithm, parts }: Settings, run: readonly ElementChoice[]): ElementChoice {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const services: readonly ServiceName[] = [
    'usim',
    algorithm,
    ...(parts.includes('isim') ? (['isim'] as const) : []),
    ...(parts.includes('application') ? (['javacard'] as const) : []),
    ...(parts.includes('ber-tlv') ? (['ber-tlv'] as const) : []),
    ...(parts.includes('df-saip') ? SUCI_SERVICES : []),
  ];
  const values: readonly object[] = run.flatMap((element) => Object.values(element));
  const templates = values.flatMap((value) => ('templateID' in value ? [String(value.templateID)] : []));
  return {
    header: {
      'major-version': major,
      'minor-version': minor,
      profileType,
      iccid: iccid.padEnd(20, 'F'),
      'eUICC-Mandatory-services': Object.fromEntries(services.map((name) => [name, true as const])),
      'eUICC-Mandatory-GFSTEList': [...new Set(templates)],
    },
  };
}

/** The card itself calculates the SUCI, by either profile of TS 33.501 Annex C. */
const SUCI_SERVICES = ['get-identity', 'profile-a-x25519', 'profile-b-p256'] as const;

/** Which edition of each template goes with which of `saipVersions`. */
const templateIds = {
  mf: ['1', '1', '1', '1'],
  cd: ['2', '2', '2', '2'],
  telecom: ['3', '3', '3.2', '3.2'],
  usim: ['4', '4', '4.2', '4.2'],
  'opt-usim': ['5', '5', '5.2', '5.3'],
  phonebook: ['6', '6', '6', '6'],
  'gsm-access': ['7', '7', '7', '7'],
  isim: ['8', '8', '8', '8'],
  'opt-isim': ['9', '9', '9.2', '9.2'],
  'df-5gs': [undefined, '13', '13.2', '13.4'],
  'df-saip': [undefined, '14', '14', '14'],
} as const;

/** Services of EF.UST that come with a part (TS 31.102 §4.2.8). */
const servicesOf: Readonly<Partial<Record<PackagePart, readonly number[]>>> = {
  'opt-usim': [17, 20, 21, 42, 43, 45, 46, 51, 71],
  phonebook: [1],
  'gsm-access': [27],
  'df-5gs': [122, 123, 124, 126, 129, 130],
  'df-saip': [125],
};

/** Gives every element the number of its place, counted from one as messages count; the header has none. */
function numbered(run: readonly ElementChoice[]): ElementChoice[] {
  return run.map((element, i) => {
    const [[name, value] = ['', {}]] = Object.entries(element as Readonly<Record<string, Record<string, unknown>>>);
    if (name === 'header') return element;
    const [first = ''] = Object.keys(value).filter((key) => /-header$/i.test(key));
    return { [name]: { ...value, [first]: { ...(value[first] as object), identification: i + 1 } } } as ElementChoice; // the same element with another number
  });
}
