/** What this card can do: version, services, templates, libraries. TCA profile package §8.1.3 and §8.2. */
import type { ProfileElement } from '../package.ts';
import type { PEStatusName } from '../response.ts';
import { isDirectory, templateIds } from '../templates.ts';
import type { CardCapabilities, Rule } from './rule.ts';

/** The bit of UICCCapability that a service of the header asks for. */
export const CAPABILITY_OF_SERVICE: Readonly<Record<string, string>> = {
  contactless: 'contactlessSupport',
  usim: 'usimSupport',
  isim: 'isimSupport',
  csim: 'csimSupport',
  milenage: 'akaMilenage',
  tuak128: 'akaTuak128',
  tuak256: 'akaTuak256',
  cave: 'akaCave',
  'usim-test-algorithm': 'usimTestAlgorithm',
  'gba-usim': 'gbaAuthenUsim',
  'gba-isim': 'gbaAuthenISim',
  mbms: 'mbmsAuthenUsim',
  eap: 'eapClient',
  javacard: 'javacard',
  multos: 'multos',
  'multiple-usim': 'multipleUsimSupport',
  'multiple-isim': 'multipleIsimSupport',
  'multiple-csim': 'multipleCsimSupport',
  'ber-tlv': 'berTlvFileSupport',
  dfLink: 'dfLinkSupport',
  'cat-tp': 'catTp',
  'get-identity': 'getIdentity',
  'profile-a-x25519': 'profile-a-x25519',
  'profile-b-p256': 'profile-b-p256',
  suciCalculatorApi: 'suciCalculatorApi',
  'dns-resolution': 'dns-resolution',
  scp11ac: 'scp11ac',
  'scp11c-authorization-mechanism': 'scp11c-authorization-mechanism',
  s16mode: 's16mode',
  eaka: 'eaka',
};

/** Minor versions are not told apart: an API only grows within its major version. */
const ANY_MINOR = 255;
const library = (major: number) => (aid: string) => ({ aid, version: `${major}.${ANY_MINOR}` });

/** Packages that a Java Card UICC brings along: Java Card API, GlobalPlatform, ETSI TS 102 241, 3GPP TS 31.130 and TS 43.019. */
const LIBRARIES = [
  ...[
    'A0000000620001', // java.lang
    'A0000000620002', // java.io
    'A0000000620003', // java.rmi
    'A0000000620101', // javacard.framework
    'A000000062010101', // javacard.framework.service
    'A0000000620102', // javacard.security
    'A0000000620201', // javacardx.crypto
    'A000000062020801', // javacardx.framework.util
    'A00000006202080101', // javacardx.framework.util.intx
    'A0000000620209', // javacardx.apdu
    'A00000015100', // org.globalplatform
    'A0000000090005FFFFFFFF8911000000', // uicc.access
    'A0000000090005FFFFFFFF8911010000', // uicc.access.fileadministration
    'A0000000090005FFFFFFFF8912000000', // uicc.toolkit
    'A0000000090005FFFFFFFF8913000000', // uicc.system
    'A0000000871005FFFFFFFF8913100000', // uicc.usim.access
    'A0000000871005FFFFFFFF8913200000', // uicc.usim.toolkit
  ].map(library(1)),
  ...[
    'A0000000090003FFFFFFFF8910710001', // sim.access
    'A0000000090003FFFFFFFF8910710002', // sim.toolkit
  ].map(library(2)),
];

/** Everything that the format knows: a card that lacks nothing. */
export const fullCard: CardCapabilities = {
  uiccCapability: Object.values(CAPABILITY_OF_SERVICE),
  profileVersion: '3.3.1',
  libraries: LIBRARIES,
};

/** Elements that mean nothing without one of these. */
const CAPABILITIES_OF_ELEMENT: Readonly<Record<string, readonly string[]>> = {
  usim: ['usimSupport'],
  'opt-usim': ['usimSupport'],
  isim: ['isimSupport'],
  'opt-isim': ['isimSupport'],
  csim: ['csimSupport'],
  'opt-csim': ['csimSupport'],
  cdmaParameter: ['akaCave'],
  eap: ['eapClient'],
  application: ['javacard', 'multos'],
};

export interface Lack {
  readonly element: ProfileElement;
  readonly status: PEStatusName;
  readonly field?: string;
  readonly text: string;
}

/** What a card cannot do of an element, if anything: it refuses a mandated one and passes over another. */
export function lackOf(element: ProfileElement, { uiccCapability, templates = templateIds }: CardCapabilities): Lack | undefined {
  const { name, value } = element;
  if (name.startsWith('unknown') || name.startsWith('rfu')) {
    return { element, status: 'pe-not-supported', text: `${name} is no element that this card knows` };
  }
  const wanted = CAPABILITIES_OF_ELEMENT[name];
  if (wanted && !wanted.some((capability) => uiccCapability.includes(capability))) {
    return { element, status: 'pe-not-supported', text: `${name} needs ${wanted.join(' or ')}` };
  }
  const oid = value && 'templateID' in value ? value.templateID : undefined;
  if (oid !== undefined && !templates.includes(oid)) {
    return { element, status: 'template-not-supported', field: 'templateID', text: `template ${oid} is not known` };
  }
  return undefined;
}

export const cardRules: readonly Rule[] = [
  {
    clause: '8.2.1',
    rule: 'the card knows the version of the format',
    status: 'unsupported-profile-version',
    *check({ card, ...view }) {
      const major = Number((card.profileVersion ?? fullCard.profileVersion)?.split('.')[0]);
      for (const element of view.all('header')) {
        const wanted = element.value['major-version'];
        if (wanted > major || wanted === 0)
          yield { element, field: 'major-version', text: `version ${wanted}.${element.value['minor-version']}` };
      }
    },
  },
  {
    clause: '8.2.1',
    rule: 'the card has every service that the header asks for',
    status: 'feature-not-supported',
    *check({ card, ...view }) {
      for (const element of view.all('header')) {
        for (const service of Object.keys(element.value['eUICC-Mandatory-services'])) {
          const capability = CAPABILITY_OF_SERVICE[service];
          if (capability && card.uiccCapability.includes(capability)) continue;
          yield { element, field: `eUICC-Mandatory-services/${service}`, text: `${service} is not supported` };
        }
      }
    },
  },
  {
    clause: '8.2.1',
    rule: 'the card knows every template that the header asks for',
    status: 'template-not-supported',
    *check({ card, ...view }) {
      const known = card.templates ?? templateIds;
      for (const element of view.all('header')) {
        for (const [i, oid] of element.value['eUICC-Mandatory-GFSTEList'].entries()) {
          if (!known.includes(oid))
            yield { element, field: `eUICC-Mandatory-GFSTEList/${i}`, text: `template ${oid} is not known` };
        }
      }
    },
  },
  {
    clause: '8.2.1',
    rule: 'the card has every library that the header asks for',
    status: 'lib-not-supported',
    *check({ card, ...view }) {
      for (const element of view.all('header')) {
        for (const [i, { aid, version }] of (element.value['eUICC-Mandatory-AIDs'] ?? []).entries()) {
          const wanted = version.reduce((n, octet) => n * 0x100 + octet, 0);
          // Same major version, and at least the minor one: Java Card packages are compatible so.
          const there = (card.libraries ?? LIBRARIES).some(({ aid: have, version: text }) => {
            const [major = 0, minor = 0] = text.split('.').map(Number);
            return have === aid && major === wanted >> 8 && minor >= (wanted & 0xff);
          });
          if (!there)
            yield { element, field: `eUICC-Mandatory-AIDs/${i}`, text: `library ${aid} ${version.join('.')} is not there` };
        }
      }
    },
  },
  {
    clause: '8.1.3',
    rule: 'the card has BER-TLV files, linked directories and CAT_TP where the profile uses them',
    status: 'feature-not-supported',
    *check({ card, ...view }) {
      const lacks = (capability: string): boolean => !card.uiccCapability.includes(capability);
      for (const { element, file } of view.files) {
        if (file.action !== 'create' || file.byDefault) continue;
        const linked = file.fcp?.linkPath !== undefined && isDirectory(file.kind);
        if (file.kind === 'berTlv' && lacks('berTlvFileSupport')) {
          yield { element, field: file.field, text: `${file.path}: BER-TLV files are not supported` };
        } else if (linked && lacks('dfLinkSupport')) {
          yield { element, field: file.field, text: `${file.path}: linked directories are not supported` };
        }
      }
      for (const element of view.all('securityDomain')) {
        if (element.value.catTpParameters && lacks('catTp'))
          yield { element, field: 'catTpParameters', text: 'CAT_TP is not supported' };
      }
    },
  },
];

/** A mandated element that the card cannot process. */
export const supportRules: readonly Rule[] = (
  [
    ['8.1.3', 'pe-not-supported', 'the card knows the type of every mandated element'],
    ['Annex B', 'template-not-supported', 'the card knows the template of every mandated element'],
  ] as const
).map(([clause, status, rule]) => ({
  clause,
  rule,
  status,
  *check({ elements, card }) {
    for (const element of elements) {
      const lack = lackOf(element, card);
      if (lack?.status === status) yield { element, text: lack.text, ...(lack.field && { field: lack.field }) };
    }
  },
}));
