/** How the card behaves where cards differ: what is seen in the field, each by a name for `--manners`. */
import { fromHex } from '../../lpa/bytes.ts';
import type { Product } from '../../lpa/es10/estk-product.ts';
import { ISDR_AID } from '../../lpa/es10/isdr.ts';
import type { RefreshKind } from './card/proactive.ts';

export interface Manners {
  /** No eUICC at all, or one for machines. */
  readonly kind: 'consumer' | 'plain' | 'm2m';
  /** T=0 with 61xx and 6Cxx, or T=1. */
  readonly protocol: 0 | 1;
  readonly isdrAid: Uint8Array;
  /** Of another eUICC behind the same contacts, with an EID and a memory of its own. */
  readonly secondIsdrAid: Uint8Array | undefined;
  /** What the vendor's applet says of the card; without it there is none. */
  readonly product: Required<Product> | undefined;
  /** Logical channels besides the basic one. */
  readonly channels: number;
  /** They are given from the highest number down. */
  readonly highChannelsFirst: boolean;
  /** SELECT ISD-R on another channel than the basic one: 6881. */
  readonly isdrOnBasicChannelOnly: boolean;
  /** ES10 is closed until TERMINAL CAPABILITY says that the device has an LPA. */
  readonly gates: boolean;
  /** What SELECT ISD-R answers. */
  readonly fci: 'consumer' | 'iot' | 'none';
  /** Kinds of LPA in the eUICC (LPAe), as the FCI lists them. */
  readonly lpae: readonly ('lpaeUsingCat' | 'lpaeUsingScws')[];
  /** Octets of a STORE DATA block. */
  readonly maxBlock: number;
  /** A switch asked for with refreshFlag: undefinedError. */
  readonly refusesRefresh: boolean;
  /** A profile named by its ICCID: iccidOrAidNotFound. */
  readonly aidOnly: boolean;
  /** RetrieveNotificationsList by number or by event: undefinedError. */
  readonly wholeListOnly: boolean;
  /** An empty notification list is noResultAvailable, as cards of v2.0 have it. */
  readonly emptyListIsError: boolean;
  /** BIT STRINGs come with all their bits, trailing zeros too. */
  readonly untrimmedBits: boolean;
  /** The first so many switches: catBusy. */
  readonly catBusyTimes: number;
  /** Instead of the answer to a switch with refreshFlag: 61xx, then 6F00 to GET RESPONSE. */
  readonly answerLostInRefresh: boolean;
  /** After a switch nothing but 6985 until a reset. */
  readonly deafUntilReset: boolean;
  /** SELECT answers 61xx at T=1 too. */
  readonly selectIn61xx: boolean;
  /** A command with Le after its data is one octet too long at T=0: 6700. */
  readonly strictT0: boolean;
  /** What a switch asks for. */
  readonly refresh: RefreshKind;
  /** A proactive command comes only to a device that sent TERMINAL PROFILE. */
  readonly needsTerminalProfile: boolean;
  /** A SET UP MENU waits from the start: 91xx before anybody asked for anything. */
  readonly hasMenu: boolean;
  /** The card restarts itself instead of asking for a REFRESH. */
  readonly resetsItself: boolean;
  readonly authenticateServerMs: number;
  /** Time that loading a whole package takes. */
  readonly loadMs: number;
  /** Notifications kept at most; the oldest gives way. */
  readonly notificationStore: number;
  /** After a switch the next start but one brings the old profile back, as an IoT card's fallback does. */
  readonly fallsBack: boolean;
  /** A segment has to end where a data object ends (SGP.22 §2.5.5). */
  readonly strictSegments: boolean;
  /** Octets of an 86, 87 or 88, header and all. */
  readonly maxSegment: number;
  /** The limits of names in metadata count octets of UTF-8 instead of characters. */
  readonly countsOctets: boolean;
  /** Octets of memory, where they are not what the card's state says. */
  readonly memory: number | undefined;
  /** Rules that no profile may have. */
  readonly forbiddenRules: readonly ('ppr1' | 'ppr2')[] | undefined;
  /** GetRatResponse, hex. */
  readonly rat: string | undefined;
  /** Refused: SAIP features by name of the uiccCapability bit, classes of profiles. */
  readonly lacks: readonly string[];
}

export const GOOD: Manners = {
  kind: 'consumer',
  protocol: 0,
  isdrAid: ISDR_AID,
  secondIsdrAid: undefined,
  product: undefined,
  channels: 19,
  highChannelsFirst: false,
  isdrOnBasicChannelOnly: false,
  gates: false,
  fci: 'consumer',
  lpae: [],
  maxBlock: 255,
  refusesRefresh: false,
  aidOnly: false,
  wholeListOnly: false,
  emptyListIsError: false,
  untrimmedBits: false,
  catBusyTimes: 0,
  answerLostInRefresh: false,
  deafUntilReset: false,
  selectIn61xx: false,
  strictT0: false,
  refresh: 'uiccReset',
  needsTerminalProfile: false,
  hasMenu: false,
  resetsItself: false,
  authenticateServerMs: 0,
  loadMs: 0,
  notificationStore: 64,
  fallsBack: false,
  strictSegments: false,
  maxSegment: 1036,
  countsOctets: false,
  memory: undefined,
  forbiddenRules: undefined,
  rat: undefined,
  lacks: [],
};

interface NamedManners {
  readonly summary: string;
  readonly manners: Partial<Manners>;
}

const vendorAid = (vendor: string, aid: string): NamedManners => ({
  summary: `the ISD-R has ${vendor}'s AID only`,
  manners: { isdrAid: fromHex(aid) },
});

const refreshAs = (name: string, refresh: RefreshKind): NamedManners => ({
  summary: `REFRESH with ${name}`,
  manners: { refresh },
});

/** For `--manners`; several may be given. */
export const MANNERS = {
  t1: { summary: 'T=1 only', manners: { protocol: 1 } },
  'vendor-aid': vendorAid('5ber', 'A0000005591010FFFFFFFF8900050500'),
  'vendor-aid-esimme': vendorAid('eSIM.me', 'A0000005591010000000008900000300'),
  'vendor-aid-estk': vendorAid('eSTK.me', 'A06573746B6D65FFFF4953442D522030'),
  'two-euiccs': {
    summary: "two eUICCs behind one card, at eSTK.me's AIDs for SE0 and SE1, and its product applet",
    manners: {
      isdrAid: fromHex('A06573746B6D65FFFF4953442D522030'),
      secondIsdrAid: fromHex('A06573746B6D65FFFF4953442D522031'),
      product: { sku: 'Lab two', firmware: 'T001V01' },
    },
  },
  'basic-channel': {
    summary: 'the ISD-R is on the basic channel only: SELECT on another is 6881',
    manners: { isdrOnBasicChannelOnly: true },
  },
  'no-channels': { summary: 'no logical channels: MANAGE CHANNEL is 6A81', manners: { channels: 0 } },
  'high-channels': {
    summary: 'logical channels from 19 down: the class byte has another form above 3',
    manners: { highChannelsFirst: true },
  },
  gates: { summary: 'ES10 answers 6985 until TERMINAL CAPABILITY tells of an LPA', manners: { gates: true } },
  'bare-select': { summary: 'SELECT ISD-R answers 9000 and no FCI', manners: { fci: 'none' } },
  'select-61xx': { summary: 'SELECT answers 61xx at T=1 too', manners: { protocol: 1, selectIn61xx: true } },
  'plain-uicc': { summary: 'a SIM card without an eUICC', manners: { kind: 'plain' } },
  m2m: { summary: 'an M2M eUICC (SGP.02): its ISD-R selects and knows no ES10', manners: { kind: 'm2m' } },
  iot: { summary: 'an IoT eUICC: the FCI has E1', manners: { fci: 'iot' } },
  lpae: {
    summary: 'an LPA in the eUICC (LPAe), based on CAT and on SCWS: the FCI says so, LpaeActivation is ok for one kind at a time',
    manners: { lpae: ['lpaeUsingCat', 'lpaeUsingScws'] },
  },
  'lpae-cat': { summary: 'an LPAe based on CAT alone: SCWS is notSupported', manners: { lpae: ['lpaeUsingCat'] } },
  'small-blocks': { summary: 'STORE DATA blocks of more than 120 octets are 6700', manners: { maxBlock: 120 } },
  'no-refresh': { summary: 'a switch with refreshFlag is undefinedError', manners: { refusesRefresh: true } },
  'aid-only': { summary: 'a profile named by its ICCID is iccidOrAidNotFound', manners: { aidOnly: true } },
  'aid-no-refresh': {
    summary: 'only the ISD-P AID and only without refreshFlag',
    manners: { aidOnly: true, refusesRefresh: true },
  },
  'whole-list': { summary: 'RetrieveNotificationsList by number or event is undefinedError', manners: { wholeListOnly: true } },
  'v2.0-lists': { summary: 'an empty notification list is noResultAvailable', manners: { emptyListIsError: true } },
  'untrimmed-bits': { summary: 'BIT STRINGs with trailing zero bits', manners: { untrimmedBits: true } },
  'cat-busy': { summary: 'the first two switches are catBusy', manners: { catBusyTimes: 2 } },
  'refresh-6f00': {
    summary: 'the answer to a switch is lost in the refresh: 61xx, then 6F00',
    manners: { answerLostInRefresh: true },
  },
  'deaf-until-reset': { summary: 'after a switch 6985 until a reset', manners: { deafUntilReset: true } },
  'self-reset': { summary: 'restarts itself after a switch, without a proactive command', manners: { resetsItself: true } },
  'terminal-profile': { summary: 'REFRESH is asked for only after TERMINAL PROFILE', manners: { needsTerminalProfile: true } },
  'refresh-init-all': refreshAs('NAA Initialization and Full File Change', 'initAndFullFileChange'),
  'refresh-files': refreshAs('File Change Notification', 'fileChange'),
  'refresh-init-files': refreshAs('NAA Initialization and File Change Notification', 'initAndFileChange'),
  'refresh-init': refreshAs('NAA Initialization', 'init'),
  'refresh-application': refreshAs('NAA Application Reset', 'applicationReset'),
  'refresh-session': refreshAs('NAA Session Reset', 'sessionReset'),
  'refresh-profile-state': refreshAs('eUICC Profile State Change', 'eUICCProfileStateChange'),
  menu: { summary: 'a SET UP MENU waits from the start: 91xx before anybody asked', manners: { hasMenu: true } },
  'falls-back': { summary: 'the next start but one brings the old profile back', manners: { fallsBack: true } },
  'strict-t0': { summary: 'at T=0 a command with Le after its data is 6700', manners: { strictT0: true } },
  'counts-octets': { summary: 'names in metadata are limited in octets, not characters', manners: { countsOctets: true } },
  'little-memory': { summary: 'room for some 12 KB of profiles', manners: { memory: 12_000 } },
  'forbids-rules': { summary: 'ppr1 and ppr2 are forbidden', manners: { forbiddenRules: ['ppr1', 'ppr2'] } },
  'empty-rat': { summary: 'no rule is authorised: the RAT is empty', manners: { rat: 'BF4302A000' } },
  'no-tuak': { summary: 'no TUAK: packages that need it are refused', manners: { lacks: ['akaTuak128', 'akaTuak256'] } },
  'no-test-profiles': { summary: 'profiles of class test are unsupportedProfileClass', manners: { lacks: ['test'] } },
  'slow-authenticate': { summary: 'AuthenticateServer takes eleven seconds', manners: { authenticateServerMs: 11_000 } },
  'slow-load': { summary: 'loading a package takes ten seconds in all', manners: { loadMs: 10_000 } },
  'small-store': { summary: 'keeps four notifications', manners: { notificationStore: 4 } },
  'strict-segments': {
    summary: 'segments end at the borders of data objects and hold at most 1020 octets each',
    manners: { strictSegments: true, maxSegment: 1020 },
  },
} as const satisfies Readonly<Record<string, NamedManners>>;

export type MannersName = keyof typeof MANNERS;

/** @throws {RangeError} for a name that is not in the table */
export function mannersOf(names: readonly string[], more: Partial<Manners> = {}): Manners {
  const bundles = names.map((name) => {
    const found = (MANNERS as Readonly<Record<string, NamedManners>>)[name];
    if (!found) throw new RangeError(`manners: ${name} is none of ${Object.keys(MANNERS).join(', ')}`);
    return found.manners;
  });
  return Object.assign({}, GOOD, ...bundles, more);
}
