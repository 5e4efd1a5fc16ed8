import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { buildProfilePackage, encodePackage, packageParts, profileElements, saipVersions } from '../../src/lab/profile/build.ts';
import { USIM } from '../../src/lab/profile/build-files.ts';
import { encodeTlv } from '../../src/lpa/asn1/tlv.ts';
import { concat, fromHex, toHex } from '../../src/lpa/bytes.ts';
import { DecodeError } from '../../src/lpa/errors.ts';
import {
  type CardCapabilities,
  checkProfilePackage,
  errorsAmong,
  fullCard,
  passedOver,
  responseTo,
  rules,
} from '../../src/lpa/saip/check/check.ts';
import type { ElementChoice, ElementName, ElementValue } from '../../src/lpa/saip/elements.ts';
import { type Fcp, type File, type FileManagement, fcp, proprietaryInfo } from '../../src/lpa/saip/file.ts';
import { readProfilePackage } from '../../src/lpa/saip/package.ts';
import { EUICCResponse } from '../../src/lpa/saip/response.ts';

type Run = ElementChoice[];
const nameOf = (element: ElementChoice): string => Object.keys(element)[0]!;

/** Replace the value of the nth element of a kind. */
const change =
  <N extends ElementName>(name: N, edit: (value: ElementValue<N>) => ElementValue<N>, nth = 0) =>
  (run: Run): Run => {
    const place = run.flatMap((element, i) => (nameOf(element) === name ? [i] : []))[nth];
    return run.map((element, i) =>
      i === place
        ? ({ [name]: edit((element as unknown as Record<N, ElementValue<N>>)[name]) } as unknown as ElementChoice)
        : element,
    );
  };
const without =
  (...names: string[]) =>
  (run: Run): Run =>
    run.filter((element) => !names.includes(nameOf(element)));
/** Take out an element and put it before another one. */
const moved =
  (name: string, before: string) =>
  (run: Run): Run => {
    const found = run.filter((element) => nameOf(element) === name);
    const rest = run.filter((element) => nameOf(element) !== name);
    const place = rest.findIndex((element) => nameOf(element) === before);
    return [...rest.slice(0, place), ...found, ...rest.slice(place)];
  };
/** Put elements behind the first of a kind. */
const after =
  (name: string, ...extra: Run) =>
  (run: Run): Run => {
    const place = run.findIndex((element) => nameOf(element) === name) + 1;
    return [...run.slice(0, place), ...extra, ...run.slice(place)];
  };
const id = (identification: number) => ({ mandated: true as const, identification });

/** Change the description of a file of a template; give it one where it has none. */
const describeFile = (file: File, edit: Partial<Fcp>): File => {
  const described = file.some((item) => 'fileDescriptor' in item);
  const edited = file.map((item) => ('fileDescriptor' in item ? { fileDescriptor: { ...item.fileDescriptor, ...edit } } : item));
  return described ? edited : [{ fileDescriptor: fcp(edit) }, ...file];
};
const undescribed = (file: File, member: keyof Fcp): File =>
  file.map((item) => {
    if (!('fileDescriptor' in item)) return item;
    const { [member]: _, ...rest } = item.fileDescriptor;
    return { fileDescriptor: rest as Fcp };
  });
const ofUsim = (field: 'adf-usim' | 'ef-imsi' | 'ef-arr' | 'ef-ecc', edit: Partial<Fcp>) =>
  change('usim', (usim) => ({ ...usim, [field]: describeFile(usim[field], edit) }));

const managing = (commands: FileManagement): ElementChoice => ({
  genericFileManagement: { 'gfm-header': id(200), fileManagementCMD: [commands] },
});
const LAB_EF = {
  fileDescriptor: fromHex('4121'),
  fileID: '6F66',
  securityAttributesReferenced: '2F0602',
  efFileSize: Uint8Array.of(8),
};
const creating = (edit: Partial<Fcp>, ...more: FileManagement) =>
  after('isim', managing([{ filePath: '7FD0' }, { createFCP: fcp({ ...LAB_EF, ...edit }) }, ...more]));

/** The header of a package of all parts requires BER-TLV files. */
const withoutBerTlv = (run: Run): Run =>
  change('header', (header) => ({ ...header, 'eUICC-Mandatory-services': { usim: true } }))(
    run.filter((element) => !('genericFileManagement' in element && JSON.stringify(element).includes('"4F0B"'))),
  );
const iot = (run: Run): Run =>
  change('header', (header) => ({ ...header, iotOptions: { pix: new Uint8Array(7) } }))([...without('mf')(run)]);
const PUK_ELEMENT = (run: Run): ElementChoice => run.find((element) => nameOf(element) === 'pukCodes')!;
const SD = (run: Run): ElementValue<'securityDomain'> =>
  run.flatMap((element) => ('securityDomain' in element ? [element.securityDomain] : []))[0]!;
const secondDomain =
  (edit: Partial<ElementValue<'securityDomain'>>) =>
  (run: Run): Run => {
    const domain = SD(run);
    const instance = { ...domain.instance, instanceAID: 'A00000015100000099' };
    return after('securityDomain', { securityDomain: { ...domain, 'sd-Header': id(201), instance, ...edit } })(run);
  };

/** For every rule, packages that break it. The finding of an error is the first error. */
const broken: Readonly<Record<string, { card?: CardCapabilities; cases: ((run: Run) => Run)[] }>> = {
  'a profile has one header, which is the first element': {
    cases: [without('header'), (run) => [...run.slice(0, 3), run[0]!, ...run.slice(3)]],
  },
  'a profile has one end, which is the last element': {
    cases: [
      without('end'),
      (run) => [...run, run[5]!],
      (run) => [...run.slice(0, 9), run.at(-1)!, ...run.slice(9)],
      // The card passes this one over: it would be gone without a word.
      (run) => [...run, { rfu1: {} }],
    ],
  },
  'an element is encoded as its type says': {
    cases: [
      change('header', (header) => ({ ...header, iccid: '8900' })),
      change('rfm', (rfm) => ({ ...rfm, instanceAID: 'A0' })),
    ],
  },
  'every element except the header has an identification, and no two have the same': {
    cases: [change('telecom', (telecom) => ({ ...telecom, 'telecom-header': id(2) }))],
  },
  'the ICCID of an IoT minimal profile has its padding at the end': {
    cases: [(run) => change('header', (header) => ({ ...header, iccid: '8900F123456789012341' }))(iot(run))],
  },
  'EF.ICCID contains the ICCID of the header': {
    cases: [change('mf', (mf) => ({ ...mf, 'ef-iccid': [{ fillFileContent: fromHex('98001032547698103215') }] }))],
  },
  'a full profile has an MF and no element of an IoT minimal profile': {
    cases: [without('mf'), after('mf', { 'opt-iot': { 'optiot-header': id(200), templateID: '2.23.143.1.2.18' } })],
  },
  'an IoT minimal profile has an IoT element and no PE-MF': {
    cases: [iot, (run) => change('header', (header) => ({ ...header, iotOptions: { pix: new Uint8Array(7) } }))(run)],
  },
  'MF, IoT, opt-IoT, PUK codes, CD and TELECOM stand once at most': {
    cases: [
      (run) =>
        after('telecom', {
          pukCodes: { ...(PUK_ELEMENT(run) as { pukCodes: ElementValue<'pukCodes'> }).pukCodes, 'puk-Header': id(200) },
        })(run),
    ],
  },
  'the MF is created once: by its element or by file management': {
    cases: [
      after(
        'rfm',
        managing([
          { filePath: '' },
          {
            createFCP: fcp({
              fileDescriptor: fromHex('7821'),
              fileID: '3F00',
              securityAttributesReferenced: '2F060E',
              pinStatusTemplateDO: '01',
            }),
          },
        ]),
      ),
    ],
  },
  'applications and directories come after the MF, what extends them after them': {
    cases: [moved('telecom', 'mf'), moved('opt-usim', 'usim'), moved('phonebook', 'usim'), moved('opt-isim', 'isim')],
  },
  'an element that extends an application is there once for each application': {
    cases: [
      after('gsm-access', {
        'gsm-access': { 'gsm-access-header': id(200), templateID: '2.23.143.1.2.7', 'df-gsm-access': [{ doNotCreate: true }] },
      }),
    ],
  },
  'the profile uses the applications and algorithms that its header requires': {
    cases: [
      change('header', (header) => ({ ...header, 'eUICC-Mandatory-services': { csim: true } })),
      change('header', (header) => ({ ...header, 'eUICC-Mandatory-services': { tuak256: true } })),
    ],
  },
  'the card knows the version of the format': {
    card: { ...fullCard, profileVersion: '2.3.1' },
    cases: [(run) => run],
  },
  'the card has every service that the header asks for': {
    card: { ...fullCard, uiccCapability: fullCard.uiccCapability.filter((name) => name !== 'akaMilenage') },
    cases: [(run) => run],
  },
  'the card knows every template that the header asks for': {
    card: { ...fullCard, templates: ['2.23.143.1.2.1'] },
    cases: [(run) => run],
  },
  'the card has every library that the header asks for': {
    card: { ...fullCard, libraries: [{ aid: 'A0000000620001', version: '1.0' }] },
    cases: [
      change('header', (header) => ({
        ...header,
        'eUICC-Mandatory-AIDs': [{ aid: 'A0000000620001', version: Uint8Array.of(1, 6) }],
      })),
      change('header', (header) => ({
        ...header,
        'eUICC-Mandatory-AIDs': [{ aid: 'A0000000090003', version: Uint8Array.of(1, 0) }],
      })),
    ],
  },
  'the card has BER-TLV files, linked directories and CAT_TP where the profile uses them': {
    card: {
      ...fullCard,
      uiccCapability: fullCard.uiccCapability.filter((name) => !['catTp', 'berTlvFileSupport', 'dfLinkSupport'].includes(name)),
    },
    cases: [
      creating({ fileDescriptor: fromHex('7921') }),
      after(
        'rfm',
        managing([
          { filePath: '' },
          {
            createFCP: fcp({
              fileDescriptor: fromHex('7821'),
              fileID: '7F20',
              securityAttributesReferenced: '2F060E',
              linkPath: '7F10',
            }),
          },
        ]),
      ),
      change('securityDomain', (domain) => ({ ...domain, catTpParameters: { catTpMaxSduSize: 1024, catTpMaxPduSize: 255 } })),
    ].map((edit) => (run) => edit(withoutBerTlv(run))),
  },
  'the card knows the type of every mandated element': {
    card: { ...fullCard, uiccCapability: fullCard.uiccCapability.filter((name) => name !== 'javacard' && name !== 'multos') },
    cases: [change('header', (header) => ({ ...header, 'eUICC-Mandatory-services': { usim: true } }))],
  },
  'the card knows the template of every mandated element': {
    cases: [change('cd', (cd) => ({ ...cd, templateID: '2.23.143.1.2.99' }))],
  },
  'a template belongs to the element that names it': { cases: [change('cd', (cd) => ({ ...cd, templateID: '2.23.143.1.2.3' }))] },
  'a profile gives the parameters that a template leaves to it': {
    cases: [
      change('mf', (mf) => ({ ...mf, 'ef-dir': undescribed(mf['ef-dir'], 'efFileSize') })),
      change('df-saip', (dfSaip) => ({ ...dfSaip, 'ef-suci-calc-info-usim': [{ fillFileContent: new Uint8Array(9) }] })),
    ],
  },
  'a profile gives the short file identifiers that a template leaves to it': {
    cases: [change('phonebook', (phonebook) => ({ ...phonebook, 'ef-adn': undescribed(phonebook['ef-adn']!, 'shortEFID') }))],
  },
  'an EF has room for at least one octet': {
    cases: [
      ofUsim('ef-imsi', { efFileSize: new Uint8Array(2) }),
      creating({ efFileSize: Uint8Array.of(0) }),
      change('df-5gs', (df5gs) => ({ ...df5gs, 'ef-suci-calc-info': [{ fileDescriptor: fcp({ fileID: '4F07' }) }] })),
    ],
  },
  'the record of EF.ARR that a file refers to exists': {
    cases: [
      ofUsim('ef-imsi', { securityAttributesReferenced: '6F060F' }),
      ofUsim('ef-imsi', { securityAttributesReferenced: '00' }),
      ofUsim('ef-imsi', { securityAttributesReferenced: '6F3301' }),
      change('mf', (mf) => ({ ...mf, mf: describeFile(mf.mf, { securityAttributesReferenced: '2F0610' }) })),
      change('telecom', ({ 'ef-arr': _, ...telecom }) => telecom),
    ],
  },
  'a profile fills the files that a template leaves empty': {
    cases: [change('usim', (usim) => ({ ...usim, 'ef-acc': [{ fileDescriptor: fcp({ fileID: '6F78' }) }] }))],
  },
  'pinStatusTemplateDO lists key references alone': {
    cases: [ofUsim('adf-usim', { pinStatusTemplateDO: 'C60301810A' }), ofUsim('adf-usim', { pinStatusTemplateDO: '0109' })],
  },
  'securityAttributesReferenced is a record, or EF.ARR and a record': {
    cases: [ofUsim('ef-imsi', { securityAttributesReferenced: '6F06' })],
  },
  'content of a BER-TLV file is given without offsets': {
    cases: [creating({ fileDescriptor: fromHex('7921') }, { fillFileOffset: 2 }, { fillFileContent: fromHex('800101') })],
  },
  'content fits into the file': {
    cases: [
      change('usim', (usim) => ({ ...usim, 'ef-imsi': [{ fillFileContent: new Uint8Array(10) }] })),
      creating({}, { fillFileContent: new Uint8Array(5) }, { fillFileOffset: 3 }, { fillFileContent: Uint8Array.of(1) }),
    ],
  },
  'an EF of a template has no PIN status and no name': {
    cases: [ofUsim('ef-imsi', { pinStatusTemplateDO: '01' }), ofUsim('ef-imsi', { dfName: 'A0000000871002' })],
  },
  'a DF of a template has no short identifier, size, file information or name': {
    cases: [
      change('telecom', (telecom) => ({
        ...telecom,
        'df-telecom': describeFile(telecom['df-telecom'], { shortEFID: Uint8Array.of(8) }),
      })),
      change('telecom', (telecom) => ({
        ...telecom,
        'df-telecom': describeFile(telecom['df-telecom'], { dfName: 'A0000000871002' }),
      })),
    ],
  },
  'an ADF of a template has no short identifier, size or file information': {
    cases: [ofUsim('adf-usim', { efFileSize: Uint8Array.of(8) }), ofUsim('adf-usim', { proprietaryEFInfo: proprietaryInfo({}) })],
  },
  'an ADF has identifier, name and PIN status, a DF its PIN status': {
    cases: [
      change('usim', (usim) => ({ ...usim, 'adf-usim': undescribed(usim['adf-usim'], 'fileID') })),
      change('mf', (mf) => ({ ...mf, mf: undescribed(mf.mf, 'pinStatusTemplateDO') })),
    ],
  },
  'a created file has identifier, access rules and descriptor, a directory its PIN status, an EF its size': {
    cases: [
      after(
        'rfm',
        managing([
          { createFCP: fcp({ fileDescriptor: fromHex('4121'), fileID: '6F66', securityAttributesReferenced: '2F0602' }) },
        ]),
      ),
      after(
        'rfm',
        managing([{ createFCP: fcp({ fileDescriptor: fromHex('4121'), fileID: '6F66', efFileSize: Uint8Array.of(1) }) }]),
      ),
      after(
        'rfm',
        managing([
          { createFCP: fcp({ fileDescriptor: fromHex('7821'), fileID: '7F66', securityAttributesReferenced: '2F060E' }) },
        ]),
      ),
    ],
  },
  'a created EF has no name and no PIN status': {
    cases: [creating({ pinStatusTemplateDO: '01' }), creating({ dfName: 'A0000000871002' })],
  },
  'a link has no size, name or PIN status of its own, a linked directory no short identifier': {
    cases: [creating({ linkPath: '7FD06F07' })],
  },
  'a file is created once, in a directory that is there; a link leads to a file': {
    cases: [
      creating({ fileID: '6F07' }),
      after(
        'rfm',
        managing([
          {
            createFCP: fcp({
              fileDescriptor: fromHex('4121'),
              fileID: '6F66',
              securityAttributesReferenced: '2F0602',
              linkPath: '7FD06FFF',
            }),
          },
        ]),
      ),
    ],
  },
  'a path of file management leads to a file': { cases: [after('rfm', managing([{ filePath: '7F7E' }]))] },
  'a file descriptor names the kind of file in two octets, with a record length in four': {
    cases: ['7821', '41210000', '42210000', '4221', '0021'].map((text) => ofUsim('ef-imsi', { fileDescriptor: fromHex(text) })),
  },
  'a file has the kind that its template gives it, and data coding octet 21': {
    cases: ['42210009', '4122'].map((text) => ofUsim('ef-imsi', { fileDescriptor: fromHex(text) })),
  },
  'the size of an EF with records is a whole number of records': {
    cases: [ofUsim('ef-imsi', { efFileSize: fromHex('0000000009') }), ofUsim('ef-ecc', { efFileSize: Uint8Array.of(9) })],
  },
  'a short file identifier stands in the upper five bits': { cases: [ofUsim('ef-imsi', { shortEFID: Uint8Array.of(0x07) })] },
  'the life cycle status is one that a file can be created with': { cases: [ofUsim('ef-imsi', { lcsi: Uint8Array.of(0x02) })] },
  'special file information uses the upper two bits': {
    cases: [ofUsim('ef-imsi', { proprietaryEFInfo: proprietaryInfo({ specialFileInformation: Uint8Array.of(0x41) }) })],
  },
  'a file is filled by a pattern or by repeating one, a BER-TLV file by neither': {
    cases: [
      ofUsim('ef-imsi', {
        proprietaryEFInfo: proprietaryInfo({ fillPattern: Uint8Array.of(1), repeatPattern: Uint8Array.of(2) }),
      }),
      creating({ fileDescriptor: fromHex('7921'), proprietaryEFInfo: proprietaryInfo({ fillPattern: Uint8Array.of(1) }) }),
    ],
  },
  'file details and a maximum size are for BER-TLV files': {
    cases: [
      ofUsim('ef-imsi', { proprietaryEFInfo: proprietaryInfo({ maximumFileSize: Uint8Array.of(9) }) }),
      creating({ fileDescriptor: fromHex('7921'), proprietaryEFInfo: proprietaryInfo({ fileDetails: Uint8Array.of(2) }) }),
    ],
  },
  'PUK codes follow the MF; in an IoT minimal profile, the header': { cases: [moved('pukCodes', 'telecom')] },
  'a PUK is defined once': {
    cases: [change('pukCodes', (codes) => ({ ...codes, pukCodes: [...codes.pukCodes, codes.pukCodes[0]!] }))],
  },
  'a PIN is defined once in its context': {
    cases: [
      change('pinCodes', ({ pinCodes, ...rest }) => {
        assert.ok('pinconfig' in pinCodes);
        return { ...rest, pinCodes: { pinconfig: [...pinCodes.pinconfig, pinCodes.pinconfig[0]!] } };
      }),
    ],
  },
  'a PIN or PUK has no more tries left than its maximum': {
    cases: [
      change('pukCodes', (codes) => ({
        ...codes,
        pukCodes: codes.pukCodes.map((puk) => ({ ...puk, 'maxNumOfAttemps-retryNumLeft': 0x3a })),
      })),
      change('pinCodes', ({ pinCodes, ...rest }) => {
        assert.ok('pinconfig' in pinCodes);
        return {
          ...rest,
          pinCodes: { pinconfig: pinCodes.pinconfig.map((pin) => ({ ...pin, 'maxNumOfAttemps-retryNumLeft': 0x34 })) },
        };
      }),
    ],
  },
  'the ICCID of a full profile has its padding at the end': {
    cases: [change('header', (header) => ({ ...header, iccid: '8900F123456789012341' }))],
  },
  'a list of TARs has at least one TAR, of three octets': {
    cases: [change('rfm', (rfm) => ({ ...rfm, tarList: [] })), change('rfm', (rfm) => ({ ...rfm, tarList: ['B000'] }))],
  },
  'the PUK that unblocks a PIN is defined': {
    cases: [change('pukCodes', (codes) => ({ ...codes, pukCodes: codes.pukCodes.slice(1) }))],
  },
  'PINs of the whole card stand after the MF, those of an application after it': {
    cases: [
      change('pinCodes', ({ pinCodes, ...rest }) => {
        assert.ok('pinconfig' in pinCodes);
        return {
          ...rest,
          pinCodes: { pinconfig: [...pinCodes.pinconfig, { ...pinCodes.pinconfig[0]!, keyReference: 'secondPINAppl2' }] },
        };
      }),
      (run) =>
        change(
          'pinCodes',
          ({ pinCodes, ...rest }) => {
            assert.ok('pinconfig' in pinCodes);
            return {
              ...rest,
              pinCodes: { pinconfig: [...pinCodes.pinconfig, { ...pinCodes.pinconfig[0]!, keyReference: 'pinAppl2' }] },
            };
          },
          1,
        )(run),
    ],
  },
  'the MF, a directory or an application has one element of PINs': {
    cases: [after('akaParameter', { pinCodes: { 'pin-Header': id(200), pinCodes: { filePath: '7FD0' } } })],
  },
  'PINs that are shared are those of a directory or application before': {
    cases: [
      (run) =>
        change('isim', (isim) => ({ ...isim, 'adf-isim': describeFile(isim['adf-isim'], { pinStatusTemplateDO: '010A' }) }))(
          change('pinCodes', (codes) => ({ ...codes, pinCodes: { filePath: '7F11' } }), 2)(run),
        ),
    ],
  },
  'the PINs that a PIN status template lists are defined': {
    cases: [
      ofUsim('adf-usim', { pinStatusTemplateDO: '0A82' }),
      change('mf', (mf) => ({ ...mf, mf: describeFile(mf.mf, { pinStatusTemplateDO: '010A0B' }) })),
    ],
  },
  'network keys follow the application that they are for': { cases: [(run) => moved('akaParameter', 'cd')(run)] },
  'keys that are shared are those of an application of this profile': {
    cases: [
      change(
        'akaParameter',
        (aka) => ({
          ...aka,
          algoConfiguration: { mappingParameter: { mappingOptions: Uint8Array.of(6), mappingSource: 'A0000000871099' } },
        }),
        1,
      ),
    ],
  },
  'the card has the network algorithm': {
    card: { ...fullCard, uiccCapability: fullCard.uiccCapability.filter((name) => name !== 'akaMilenage') },
    cases: [change('header', (header) => ({ ...header, 'eUICC-Mandatory-services': { usim: true } }))],
  },
  'the key and the operator constant have the sizes of the algorithm': {
    cases: [{ key: new Uint8Array(32) }, { opc: new Uint8Array(15) }].map((edit) =>
      change('akaParameter', (aka) => {
        assert.ok('algoParameter' in aka.algoConfiguration);
        return { ...aka, algoConfiguration: { algoParameter: { ...aka.algoConfiguration.algoParameter, ...edit } } };
      }),
    ),
  },
  'there are 32 sequence numbers to begin with, and at least one round of Keccak': {
    cases: [
      change('akaParameter', (aka) => ({ ...aka, sqnInit: aka.sqnInit.slice(1) })),
      change('akaParameter', (aka) => {
        assert.ok('algoParameter' in aka.algoConfiguration);
        return { ...aka, algoConfiguration: { algoParameter: { ...aka.algoConfiguration.algoParameter, numberOfKeccak: 0 } } };
      }),
    ],
  },
  'CDMA parameters follow a CSIM': {
    cases: [after('akaParameter', { cdmaParameter: { 'cdma-header': id(200), authenticationKey: new Uint8Array(8) } })],
  },
  'remote file management and applications follow a security domain': {
    cases: [moved('rfm', 'securityDomain'), moved('application', 'securityDomain')],
  },
  'a key of a security domain has an identifier and version of its own': {
    cases: [change('securityDomain', (domain) => ({ ...domain, keyList: [...domain.keyList!, domain.keyList![0]!] }))],
  },
  'a key has each type of component once, and at least one': {
    cases: [
      change('securityDomain', (domain) => ({
        ...domain,
        keyList: domain.keyList!.map((key) => ({ ...key, keyComponents: [...key.keyComponents, ...key.keyComponents] })),
      })),
      change('securityDomain', (domain) => ({
        ...domain,
        keyList: domain.keyList!.map((key) => ({ ...key, keyComponents: [] })),
      })),
    ],
  },
  'open personalisation data is for the first security domain': { cases: [secondDomain({ openPersoData: {} })] },
  'CAT_TP parameters are for the first security domain': {
    cases: [secondDomain({ catTpParameters: { catTpMaxSduSize: 1024, catTpMaxPduSize: 255 } })],
  },
  'no two applications have the same AID': {
    cases: [
      (run) => secondDomain({ instance: SD(run).instance })(run),
      change('rfm', (rfm) => ({ ...rfm, instanceAID: 'A00000055910100001' }), 1),
      change('isim', (isim) => ({ ...isim, 'adf-isim': describeFile(isim['adf-isim'], { dfName: USIM.aid }) })),
      change('rfm', (rfm) => ({ ...rfm, instanceAID: USIM.aid })),
    ],
  },
  'the first security domain is not extradited': {
    cases: [
      change('securityDomain', (domain) => ({
        ...domain,
        instance: { ...domain.instance, extraditeSecurityDomainAID: 'A000000151000000' },
      })),
    ],
  },
  'an application is extradited to, or loaded for, a personalised security domain before it': {
    cases: [
      change('application', (application) => ({
        ...application,
        loadBlock: { ...application.loadBlock!, securityDomainAID: 'A00000015100000099' },
      })),
      change('application', (application) => ({
        ...application,
        instanceList: application.instanceList!.map((instance) => ({
          ...instance,
          extraditeSecurityDomainAID: 'A00000015100000099',
        })),
      })),
    ],
  },
  'remote file management of an application follows the application': {
    cases: [change('rfm', (rfm) => ({ ...rfm, adfRFMAccess: { ...rfm.adfRFMAccess!, adfAID: 'A0000000871099' } }), 1)],
  },
  'remote file management has a TAR: in its list, or in octets 13 to 15 of its AID': {
    cases: [change('rfm', ({ tarList: _, ...rfm }) => rfm)],
  },
  'the security domain of remote file management stands before it': {
    cases: [change('rfm', (rfm) => ({ ...rfm, securityDomainAID: 'A00000015100000099' }))],
  },
};

describe('a package that breaks a rule is refused, or installs with a warning', () => {
  for (const { rule, clause, status, severity = 'error' } of rules) {
    test(`${clause}: ${rule}`, () => {
      const { card = fullCard, cases } = broken[rule] ?? { cases: [] };
      assert.ok(cases.length > 0, 'no package breaks this rule');
      for (const [i, edit] of cases.entries()) {
        const pkg = readProfilePackage(encodePackage(edit(profileElements({ version: '3.3', parts: packageParts }))));
        const findings = checkProfilePackage(pkg, card);
        const first = severity === 'error' ? errorsAmong(findings)[0] : findings.find((finding) => finding.rule === rule);
        assert.deepEqual(
          [first?.rule, first?.clause, first?.status, first?.severity],
          [rule, clause, status, severity],
          `case ${i}: ${first?.text}`,
        );
        assert.ok(first!.offset < pkg.elements[first!.element.index]!.bytes.length);
      }
    });
  }
  test('every broken package stands for a rule', () => {
    const known = new Set(rules.map(({ rule }) => rule));
    assert.deepEqual(
      Object.keys(broken).filter((rule) => !known.has(rule)),
      [],
    );
  });
});

/** The files of DF.5GS that the builder leaves to the device: real cards install such packages. */
const LEFT_EMPTY = /\/5FC0\/4F0[59]: no content, the file is filled with FF$/;

const accepted = (upp: Uint8Array, what: string): void =>
  assert.deepEqual(
    checkProfilePackage(readProfilePackage(upp))
      .filter(({ severity, text }) => severity === 'error' || !LEFT_EMPTY.test(text))
      .map(({ clause, text }) => `${clause}: ${text}`),
    [],
    what,
  );

test('every package of the writer is accepted, over its options', () => {
  for (const version of saipVersions) {
    const possible = packageParts.filter((part) => version !== '2.1' || !part.startsWith('df-'));
    const choices = [
      undefined,
      [],
      possible,
      ...possible.map((part) =>
        possible.filter(
          (other) =>
            other !== part &&
            (part !== 'isim' || other !== 'opt-isim') &&
            (part !== 'securityDomain' || (other !== 'rfm' && other !== 'application')),
        ),
      ),
    ];
    for (const algorithm of ['milenage', 'tuak128', 'tuak256', 'usim-test-algorithm'] as const) {
      if (version === '2.1' && algorithm === 'usim-test-algorithm') continue;
      for (const testProfile of [false, true]) {
        for (const parts of choices) {
          accepted(
            buildProfilePackage({ version, algorithm, testProfile, ...(parts && { parts }) }),
            `${version} ${algorithm} ${testProfile} ${parts}`,
          );
        }
      }
    }
  }
  accepted(
    buildProfilePackage({ iccid: '894412345678901234', imsi: '310410123456789', mncDigits: 3, pin: '12345678' }),
    'a three-digit network code',
  );
  accepted(buildProfilePackage({ imsi: '23415123456789' }), 'an IMSI of fourteen digits');
});

test('a profile that needs the libraries of a Java Card UICC is accepted, one that needs others is refused', () => {
  const needing = (aid: string, version: string): Uint8Array =>
    encodePackage(
      change('header', (header) => ({
        ...header,
        'eUICC-Mandatory-AIDs': [{ aid, version: fromHex(version) }],
      }))(profileElements()),
    );
  // The imports of an applet for TS 43.019: javacard.framework 1.2, sim.toolkit 2.1, java.lang 1.0.
  accepted(needing('A0000000620101', '0102'), 'javacard.framework');
  accepted(needing('A0000000090003FFFFFFFF8910710002', '0201'), 'sim.toolkit');
  accepted(needing('A0000000620001', '0100'), 'java.lang');
  const [other] = checkProfilePackage(readProfilePackage(needing('F000000001', '0100')));
  assert.equal(other?.status, 'lib-not-supported');
});

test('ADM6 to ADM10 may be defined for the card or for an application, and be listed in either', () => {
  const adm6 = {
    keyReference: 'adm6',
    pinValue: new Uint8Array(8),
    pinAttributes: 3,
    'maxNumOfAttemps-retryNumLeft': 0xaa,
  } as const;
  for (const nth of [0, 1]) {
    const defined = change(
      'pinCodes',
      ({ pinCodes, ...rest }) => {
        assert.ok('pinconfig' in pinCodes);
        return { ...rest, pinCodes: { pinconfig: [...pinCodes.pinconfig, adm6] } };
      },
      nth,
    );
    accepted(encodePackage(ofUsim('adf-usim', { pinStatusTemplateDO: '01810A8A' })(defined(profileElements()))), `adm6, ${nth}`);
  }
});

test('PINs after several directories are those of the first one', () => {
  const directory = (fileID: string) => ({
    createFCP: fcp({
      fileDescriptor: fromHex('7821'),
      fileID,
      securityAttributesReferenced: '2F060E',
      pinStatusTemplateDO: fileID === '7F20' ? '81' : '01',
    }),
  });
  const pin = {
    keyReference: 'secondPINAppl1',
    pinValue: new Uint8Array(8),
    pinAttributes: 3,
    'maxNumOfAttemps-retryNumLeft': 0x33,
  } as const;
  const extra: Run = [
    managing([{ filePath: '' }, directory('7F20'), { filePath: '' }, directory('7F21')]),
    { pinCodes: { 'pin-Header': id(201), pinCodes: { pinconfig: [pin] } } },
  ];
  accepted(encodePackage(after('rfm', ...extra)(profileElements())), 'two directories');
});

test('an empty package is refused before anything in it is looked at', () => {
  assert.throws(() => readProfilePackage(new Uint8Array()), /ProfilePackage: the package is empty/);
});

test('errors are not crowded out by warnings', () => {
  const files = Array.from({ length: 200 }, (_, i) => ({
    createFCP: fcp({ ...LAB_EF, fileID: (0x6f00 + i).toString(16).toUpperCase(), securityAttributesReferenced: '2F0677' }),
  }));
  const run = after('mf', managing([{ filePath: '' }, ...files]))(profileElements()).filter((element) => !('end' in element));
  const findings = checkProfilePackage(readProfilePackage(encodePackage(run)));
  assert.equal(findings.filter(({ severity }) => severity === 'warning').length, 50);
  assert.deepEqual(
    errorsAmong(findings).map(({ clause, text }) => [clause, text]),
    [['8.10', 'the last element is not the end']],
  );
  assert.equal(responseTo(findings).peStatus[0]?.status, 'invalid-parameter');
});

test('an IoT minimal profile is accepted', () => {
  const [header, mf, puks, pins, ...rest] = profileElements({ version: '3.3', parts: [] });
  assert.ok(header && 'header' in header && mf && 'mf' in mf && puks && pins);
  const { 'mf-header': _, templateID: __, ...mfFiles } = mf.mf;
  const usim = rest.flatMap((element) => ('usim' in element ? [element.usim] : []))[0]!;
  const iotElement: ElementChoice = {
    iot: {
      'iot-header': id(60),
      templateID: '2.23.143.1.2.17',
      ...mfFiles,
      'adf-usim': describeFile(usim['adf-usim'], { pinStatusTemplateDO: '010A' }),
      'ef-imsi': usim['ef-imsi'],
      'ef-arr-usim': usim['ef-arr'],
      'ef-ust': usim['ef-ust'],
      'ef-acc': usim['ef-acc'],
      'ef-ecc': usim['ef-ecc'],
    },
  };
  const aka = rest.filter((element) => 'akaParameter' in element);
  const services = { usim: true as const, milenage: true as const };
  const headerOfIot: ElementChoice = {
    header: {
      ...header.header,
      iotOptions: { pix: fromHex('1002FF49FF0589') },
      'eUICC-Mandatory-services': services,
      'eUICC-Mandatory-GFSTEList': ['2.23.143.1.2.17'],
    },
  };
  const upp = encodePackage([headerOfIot, puks, iotElement, pins, ...aka, { end: { 'end-header': id(61) } }]);
  accepted(upp, 'IoT');
  const paths = readProfilePackage(upp).elements.flatMap(({ files }) => files.map(({ path }) => path));
  assert.ok(
    ['3F00', '3F00/2FE2', '3F00/7FD0', '3F00/7FD0/6F07', '3F00/7FD0/6F06'].every((path) => paths.includes(path)),
    paths.join(' '),
  );
});

test('packages of 3, 20, 100 and 500 KB are accepted, each kind of padding', () => {
  for (const size of [3000, 20_000, 100_000, 500_000]) {
    for (const padding of ['files', 'application', 'nonStandard'] as const)
      accepted(buildProfilePackage({ size, padding }), `${size} ${padding}`);
  }
});

test('500 KB are read and checked in well under 50 ms', () => {
  const upp = buildProfilePackage({ size: 500_000 });
  accepted(upp, 'warm up');
  const start = performance.now();
  accepted(upp, 'measured');
  const took = performance.now() - start;
  assert.ok(took < 50, `${took.toFixed(1)} ms`);
});

test('an element that is not mandated is passed over by a card that does not know it', () => {
  const unknown = encodeTlv(0xbf2a, encodeTlv(0xa0, fromHex('810158')));
  const upp = encodePackage(profileElements());
  const end = upp.length - 9;
  const pkg = readProfilePackage(concat(upp.subarray(0, end), unknown, upp.subarray(end)));
  const ignored = passedOver(pkg);
  assert.deepEqual(checkProfilePackage(pkg), []);
  assert.deepEqual(
    ignored.map(({ status, element }) => [status, element.name, element.identification]),
    [['pe-not-supported', 'unknown(BF2A)', 0x58]],
  );
  assert.equal(toHex(EUICCResponse.encode(responseTo([], ignored))), '300DA00B30098001018101588301 00'.replace(' ', ''));
});

test('a refusal names status, element and offset', () => {
  const run = change('akaParameter', (aka) => {
    assert.ok('algoParameter' in aka.algoConfiguration);
    return { ...aka, algoConfiguration: { algoParameter: { ...aka.algoConfiguration.algoParameter, key: new Uint8Array(8) } } };
  })(profileElements());
  const pkg = readProfilePackage(encodePackage(run));
  const response = responseTo(checkProfilePackage(pkg));
  assert.deepEqual(response, {
    peStatus: [{ status: 'bad-values', identification: 9, offset: 19 }],
    profileInstallationAborted: true,
  });
  assert.equal(pkg.elements[8]?.bytes[19], 0x82);
});

test('octets and mutated packages are checked without any other error, and not for long', () => {
  const upp = buildProfilePackage({ version: '3.3', parts: packageParts });
  const edit = fc.record({ at: fc.nat(upp.length - 1), value: fc.nat(255) });
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 8 }), (edits) => {
      const bytes = upp.slice();
      for (const { at, value } of edits) bytes[at] = value;
      const start = performance.now();
      try {
        checkProfilePackage(readProfilePackage(bytes));
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
      }
      assert.ok(performance.now() - start < 1000);
    }),
    { numRuns: 300 },
  );
});

test('a package of as many small objects as the reader takes is checked in a moment', () => {
  const header = encodePackage(profileElements().slice(0, 2));
  const filled = (octets: number, text: string): Uint8Array => {
    const unit = fromHex(text.replace(/ /g, ''));
    return Uint8Array.from({ length: Math.floor(octets / unit.length) * unit.length }, (_, i) => unit[i % unit.length]!);
  };
  const gfm = (...commands: Uint8Array[]): Uint8Array =>
    encodeTlv(0xa1, concat(fromHex('A003810163'), encodeTlv(0xa1, encodeTlv(0x30, concat(...commands)))));
  const hostile = {
    'nested directories': gfm(filled(250_000, '620E 82027821 83027F66 8B0101 C60101')),
    'many files': gfm(filled(250_000, '6212 82024121 83026F66 8B032F0602 800101 8800')),
    'many fills': gfm(fromHex('80023F00'), filled(280_000, '810100')),
    'many paths': gfm(filled(350_000, '80027F10')),
    'a long PIN status': gfm(encodeTlv(0x62, concat(fromHex('82027821'), encodeTlv(0xc6, filled(2_000_000, '01'))))),
    'many unknown members': encodeTlv(0xb2, concat(fromHex('A003810163'), filled(280_000, '9F7E00'))),
    'many ends': filled(13_000, 'AA05A003810163'),
    'one file of many fills': encodeTlv(0xb1, concat(fromHex('A003810163'), encodeTlv(0xa2, filled(280_000, '830100')))),
  };
  for (const [name, bytes] of Object.entries(hostile)) {
    const start = performance.now();
    const findings = checkProfilePackage(readProfilePackage(concat(header, bytes)));
    const took = performance.now() - start;
    assert.ok(findings.length > 0, name);
    assert.ok(took < 3000, `${name}: ${took.toFixed(0)} ms`);
  }
  assert.throws(() => readProfilePackage(gfm(filled(2_000_000, '810100'))), /more than 100000 data objects/);
  assert.throws(() => readProfilePackage(filled(2_000_000, 'AA05A003810163')), /more than 2000 elements/);
});
