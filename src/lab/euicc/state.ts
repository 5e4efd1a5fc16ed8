/** What the card keeps without power, as plain data: JSON in, JSON out. An RSP session is not among it. */
import { fromBase64, fromHex, toBase64, toHex } from '../../lpa/bytes.ts';
import type { BppCommandId } from '../../lpa/sgp22/notification.ts';
import { GetRatResponse } from '../../lpa/sgp22/policy.ts';
import { type ProfileMetadata, StoreMetadataRequest } from '../../lpa/sgp22/profile.ts';

export interface CardState {
  readonly eid: string;
  defaultDpAddress: string;
  /** What the default SM-DP+ address is after a memory reset. */
  readonly initialDpAddress: string;
  rootDsAddress: string;
  /** In the order of installation. */
  profiles: ProfileRecord[];
  /** One counter for every notification, installation results among them. */
  nextSeqNumber: number;
  notifications: StoredNotification[];
  /** GetRatResponse, hex: the maker's table. */
  readonly rat: string;
  readonly forbiddenRules: readonly ('pprUpdateControl' | 'ppr1' | 'ppr2')[];
  /** Octets of non-volatile memory for profiles. */
  readonly memory: number;
  /** A switch that waits for its REFRESH or a reset. */
  pendingSwitch?: PendingSwitch | undefined;
  /** What the next start brings back, by its manners. */
  fallback?: PendingSwitch | undefined;
  /** A package that was being loaded: what is left of it after a loss of power is an installation result. */
  loading?: LoadingRecord | undefined;
  /** One-time keys kept for a package that may be delivered again. */
  oneTimeKeys: OneTimeKeyRecord[];
  /** The operational profile that was enabled when a test profile took its place. */
  enabledBeforeTest?: string | undefined;
  /** Certificate revocation lists by the key identifier of the CI. */
  crls: Record<string, CrlRecord[]>;
  /** The other eUICC, of a card that has two. */
  second?: KeptEuicc | undefined;
}

/** An eUICC that is not that of the lab's identity: what it keeps, keys and all. */
export interface KeptEuicc {
  readonly state: CardState;
  readonly keys: readonly KeyRecord[];
}

/** What an eUICC signs with under one CI. */
export interface KeyRecord {
  readonly ciPKId: string;
  /** PKCS #8, base64. */
  readonly privateKey: string;
  /** CERT.EUICC, base64. */
  readonly certificate: string;
}

export interface CrlRecord {
  readonly number: number;
  readonly thisUpdate: string;
  /** Serial numbers, upper-case hex. */
  readonly revoked: readonly string[];
  /** Of a segmented CRL: which part of how many. */
  readonly part?: number;
  readonly parts?: number;
}

export interface ProfileRecord {
  readonly isdpAid: string;
  readonly iccid: string;
  enabled: boolean;
  profileNickname?: string | undefined;
  /** StoreMetadataRequest as the SM-DP+ gave it, base64. */
  readonly metadata: string;
  /** From ConfigureISDP. */
  readonly dpOid?: string | undefined;
  /** Under which CI its notifications are signed. */
  readonly ciPKId?: string | undefined;
  /** Octets it takes of the memory. */
  readonly size: number;
  /** Put there by the maker: a memory reset of field-loaded test profiles leaves it. */
  readonly preLoaded?: boolean | undefined;
  /** The profile package, base64: its files are read from it. */
  readonly package?: string | undefined;
  /** What was changed on the profile since its installation. */
  changes?: ProfileChanges | undefined;
}

/** Changes of a profile by commands to its files, PINs and applications. */
export interface ProfileChanges {
  /** Content of updated files by path, base64. */
  files?: Record<string, string>;
  /** By owner's path and key reference: `3F00 1`. */
  pins?: Record<string, PinChange>;
  /** Tries left, by the name of the PUK. */
  puks?: Record<string, number>;
  /** Highest sequence number accepted of each index, by the application's path. */
  sequences?: Record<string, number[]>;
}

export interface PinChange {
  /** Eight octets, hex. */
  readonly value: string;
  readonly enabled: boolean;
  readonly triesLeft: number;
}

export type NotificationEvent = 'notificationInstall' | 'notificationEnable' | 'notificationDisable' | 'notificationDelete';

export interface StoredNotification {
  readonly seqNumber: number;
  readonly event: NotificationEvent;
  readonly address: string;
  readonly iccid?: string | undefined;
  /** PendingNotification as signed, base64. */
  readonly signed: string;
}

/** ICCIDs; what is enabled after the switch, and what before. */
export interface PendingSwitch {
  readonly enable?: string | undefined;
  readonly disable?: string | undefined;
}

export interface LoadingRecord {
  readonly transactionId: string;
  readonly smdpOid: string;
  readonly address: string;
  readonly ciPKId: string;
  readonly iccid?: string | undefined;
  readonly bppCommandId: BppCommandId;
}

export interface OneTimeKeyRecord {
  readonly smdpOid: string;
  /** Uncompressed point, hex. */
  readonly publicKey: string;
  /** PKCS #8, base64. */
  readonly privateKey: string;
}

/** A card as it leaves its maker. PPR1 and PPR2 are allowed to every operator, with the End User's consent. */
export function newCardState(options: Partial<CardState> & { readonly eid: string }): CardState {
  return {
    defaultDpAddress: options.initialDpAddress ?? '',
    initialDpAddress: '',
    rootDsAddress: 'testrootsmds.gsma.com',
    profiles: [],
    nextSeqNumber: 1,
    notifications: [],
    rat: DEFAULT_RAT,
    forbiddenRules: [],
    memory: 1_500_000,
    oneTimeKeys: [],
    crls: {},
    ...options,
  };
}

const DEFAULT_RAT = toHex(
  GetRatResponse.encode({
    rat: [{ pprIds: ['ppr1', 'ppr2'], allowedOperators: [{ mccMnc: 'EEE-EEE', ...anyGroup() }], pprFlags: ['consentRequired'] }],
  }),
);

/** An empty identifier stands for any, an absent one for none. */
function anyGroup(): { gid1: Uint8Array; gid2: Uint8Array } {
  return { gid1: new Uint8Array(), gid2: new Uint8Array() };
}

/** @param rat GetRatResponse, hex */
export const ratFrom = (rat: string) => GetRatResponse.decode(fromHex(rat)).rat;

export const metadataOf = (profile: ProfileRecord): ProfileMetadata => StoreMetadataRequest.decode(fromBase64(profile.metadata));

export const usedMemory = ({ profiles }: CardState): number => profiles.reduce((sum, { size }) => sum + size, 0);

const ISDP_PREFIX = 'A0000005591010FFFFFFFF8900';

/** The lowest ISD-P AID that no profile has: 89 0000 10 00, then 11, 12 (SGP.02 §2.2.3). */
export function freeIsdpAid({ profiles }: CardState): string {
  for (let number = 0x0010; ; number++) {
    const aid = `${ISDP_PREFIX}${number.toString(16).toUpperCase().padStart(4, '0')}00`;
    if (!profiles.some(({ isdpAid }) => isdpAid === aid)) return aid;
  }
}

/** Put a profile on the card without any server: what a maker pre-loads, and what tests begin with. */
export function preloadProfile(
  state: CardState,
  metadata: ProfileMetadata,
  more: Partial<Omit<ProfileRecord, 'metadata' | 'iccid'>> = {},
): ProfileRecord {
  const record: ProfileRecord = {
    isdpAid: freeIsdpAid(state),
    iccid: metadata.iccid,
    enabled: false,
    metadata: toBase64(StoreMetadataRequest.encode(metadata)),
    size: 20_000,
    ...more,
  };
  state.profiles.push(record);
  return record;
}
