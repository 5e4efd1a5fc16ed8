/** Orders of profiles and their life. SGP.22 v2.5 §3.1.1 (what the operator does), §3.1.3, §5.3 (ES2+). An order is plain data: JSON in, JSON out. */
import { createHash, randomBytes } from 'node:crypto';
import { fromBase64, toBase64, toHex } from '../../lpa/bytes.ts';
import { DecodeError, UsageError } from '../../lpa/errors.ts';
import { matchingIdFault } from '../../lpa/procedures/activation-code.ts';
import { readProfilePackage } from '../../lpa/saip/package.ts';
import { luhnHolds } from '../../lpa/sgp22/identifiers.ts';
import type { OperatorId } from '../../lpa/sgp22/policy.ts';
import {
  type NotificationConfigurationInformation,
  type ProfileMetadata,
  StoreMetadataRequest,
} from '../../lpa/sgp22/profile.ts';
import { buildProfilePackage, type PackageOptions } from '../profile/build.ts';

/**
 * available is in stock; allocated and linked (to an EID) wait for the operator's confirmation; confirmed waits for its release; released and
 * downloaded can be downloaded; installed, error and unavailable (cancelled by the operator) have come to an end.
 */
export type OrderState =
  | 'available'
  | 'allocated'
  | 'linked'
  | 'confirmed'
  | 'released'
  | 'downloaded'
  | 'installed'
  | 'error'
  | 'unavailable';

/** The orders of a server (state.ts), as a new order needs them. */
export interface OrderBook {
  readonly size: number;
  /** Counts up: for ICCIDs that the server chooses. */
  takeProfileNumber(): number;
  byIccid(iccid: string): Order | undefined;
  byMatchingId(matchingId: string): Order | undefined;
  add(order: Order): void;
}

export interface Order {
  /** Digits; names the order, since every profile is ordered once. */
  readonly iccid: string;
  state: OrderState;
  /** Why it ended. */
  ended?: string | undefined;
  /** Empty: for whoever has the EID. */
  matchingId: string;
  eid?: string | undefined;
  /** SHA-256 of the confirmation code, hex. */
  hashedConfirmationCode?: string | undefined;
  /** Wrong confirmation codes that end the order. */
  confirmationCodeTries: number;
  /** Packages that were handed out, and how many may be. */
  downloads: number;
  maxDownloads: number;
  /** ISO 8601. */
  expires?: string | undefined;
  readonly profileType: string;
  /** Who ordered it over ES2+: functionRequesterIdentifier. */
  requester?: string | undefined;
  /** The SM-DS that is to tell the eUICC of it, and whether it was told. */
  smdsAddress?: string | undefined;
  isRegistered?: boolean | undefined;
  /** StoreMetadataRequest, base64. */
  metadata: string;
  /** Unprotected profile package, base64, or how to build it. */
  readonly package: { readonly bytes: string } | { readonly sample: SampleOptions };
  readonly binding: BindingOptions;
  /** Refuse an eUICC that cannot run the package (8.2.5/4.3), and one whose free memory is less than its octets (8.1/4.8). */
  readonly checks: readonly ('capabilities' | 'memory')[];
  /** One for each package that was handed out, in this order: each installation result belongs to one of them. */
  readonly bindings: readonly Bound[];
  /** Last told by the eUICC. */
  profileState?: 'disabled' | 'enabled' | 'deleted' | undefined;
}

export type SampleOptions = Omit<PackageOptions, 'key' | 'opc'>;

/** How the package is protected and cut. */
export interface BindingOptions {
  /** Protect the profile with keys of its own, handed over by ReplaceSessionKeys. */
  readonly ppk: boolean;
  /** Octets of an 86 or 88 with its header. */
  readonly segmentOctets: number;
  readonly metadataSegmentOctets: number;
  /** What a download with another otPK.EUICC gets: a new binding, or 8.2/3.7. */
  readonly rebind: boolean;
}

export interface Bound {
  readonly transactionId: string;
  readonly eid: string;
  /** CERT.EUICC of that session, base64: the installation result is verified with it. */
  readonly euiccCertificate: string;
  /** Uncompressed point, hex. */
  readonly euiccOtpk: string;
  /** PKCS #8, base64. */
  readonly smdpOtsk: string;
  /** initialMacChainingValue, ppkEnc, ppkCmac: hex, one after the other. */
  readonly ppk?: string | undefined;
}

export interface ReceivedNotification {
  readonly time: string;
  readonly operation: string;
  readonly seqNumber: number;
  readonly notificationAddress: string;
  readonly iccid?: string | undefined;
  readonly eid?: string | undefined;
  /** Whether signature, chain and EID hold. */
  readonly verified: boolean;
  readonly why?: string | undefined;
  /** Of an installation: `ok`, or bppCommandId and errorReason. */
  readonly result?: string | undefined;
  /** The same was received before. */
  readonly repeated?: boolean | undefined;
}

export interface NewOrder {
  readonly profileName?: string | undefined;
  readonly serviceProviderName?: string | undefined;
  readonly profileClass?: 'test' | 'provisioning' | 'operational' | undefined;
  /** 18 to 20 digits; else the package's, else the next one. */
  readonly iccid?: string | undefined;
  readonly icon?: { readonly type?: 'jpg' | 'png'; readonly bytes: Uint8Array } | undefined;
  readonly profileOwner?: OperatorId | undefined;
  readonly rules?: readonly ('pprUpdateControl' | 'ppr1' | 'ppr2')[] | undefined;
  /** Instead of: enable, disable and delete to this server. */
  readonly notifications?: readonly NotificationConfigurationInformation[] | undefined;
  /** The only eUICC that may have it. */
  readonly eid?: string | undefined;
  /** '' for none, then `eid` is needed; else a random one. */
  readonly matchingId?: string | undefined;
  /** An SM-DS that tells the eUICC of it: `eid` is needed. */
  readonly smdsAddress?: string | undefined;
  readonly confirmationCode?: string | undefined;
  readonly confirmationCodeTries?: number | undefined;
  /** Whether the activation code says that a confirmation code is needed; it does when left out. */
  readonly ccFlag?: boolean | undefined;
  /** Name the server's OID in the activation code. */
  readonly withOid?: boolean | undefined;
  readonly maxDownloads?: number | undefined;
  readonly expires?: Date | undefined;
  readonly profileType?: string | undefined;
  /** A profile package, or how to build one. */
  readonly package?: Uint8Array | SampleOptions | undefined;
  readonly binding?: Partial<BindingOptions> | undefined;
  readonly checks?: Order['checks'] | undefined;
  /** `released` when left out. */
  readonly state?: 'allocated' | 'confirmed' | 'released' | undefined;
}

const HOME: OperatorId = { mccMnc: '001-01' };

/**
 * Put an order among the others.
 *
 * @param address of this server: where the eUICC reports
 * @throws {UsageError} when the order cannot be, such as an ICCID that is ordered already
 */
export function addOrder(state: OrderBook, wanted: NewOrder, address: string): Order {
  const { iccid, source } = packageFor(state, wanted);
  const { eid, state: orderState = 'released' } = wanted;
  const matchingId = wanted.matchingId ?? (orderState === 'allocated' ? '' : newMatchingId());
  const fault = matchingIdFault(matchingId);
  if (fault) throw new UsageError(`matching ID: ${fault.problem}`);
  if (matchingId === '' && !eid && orderState !== 'allocated')
    throw new UsageError('an order without a matching ID needs an EID');
  if (wanted.smdsAddress !== undefined && !eid) throw new UsageError('an order with an Event needs an EID');
  if (eid !== undefined && !/^\d{32}$/.test(eid)) throw new UsageError('an EID has 32 digits');
  if (matchingId && state.byMatchingId(matchingId)) throw new UsageError('this matching ID is in use');
  const order: Order = {
    iccid,
    state: orderState,
    matchingId,
    ...(eid !== undefined && { eid }),
    ...(wanted.smdsAddress !== undefined && { smdsAddress: wanted.smdsAddress }),
    ...(wanted.confirmationCode !== undefined && { hashedConfirmationCode: hashOf(wanted.confirmationCode) }),
    confirmationCodeTries: wanted.confirmationCodeTries ?? 3,
    downloads: 0,
    maxDownloads: wanted.maxDownloads ?? 10,
    ...(wanted.expires && { expires: wanted.expires.toISOString() }),
    profileType: wanted.profileType ?? 'lab',
    metadata: toBase64(StoreMetadataRequest.encode(metadataFor(wanted, iccid, address))),
    package: source,
    binding: { ppk: true, segmentOctets: 1020, metadataSegmentOctets: 1020, rebind: true, ...wanted.binding },
    checks: wanted.checks ?? ['capabilities'],
    bindings: [],
  };
  state.add(order);
  return order;
}

/** The order can be downloaded. */
export const isReleased = (state: OrderState): boolean => state === 'released' || state === 'downloaded';

/** Ends an order, with the reason. An order whose profile is installed stays so. */
export function endOrder(order: Order, state: 'installed' | 'error' | 'unavailable', why: string): void {
  if (order.state === 'installed') return;
  order.state = state;
  order.ended = why;
}

/** Makes an order ready for another download. An order that has ended stays so. */
export function releaseAgain(order: Order): void {
  if (isReleased(order.state)) order.state = 'released';
}

/** The unprotected profile package. Building one takes longer than all else that a download needs, so it is built once. */
export function packageOf({ package: source }: Order): Uint8Array {
  const known = built.get(source);
  if (known) return known;
  const octets = 'bytes' in source ? fromBase64(source.bytes) : buildProfilePackage(source.sample);
  built.set(source, octets);
  return octets;
}
const built = new WeakMap<Order['package'], Uint8Array>();

export const hashOf = (confirmationCode: string): string => toHex(createHash('sha256').update(confirmationCode).digest());

/** 80 random bits, in a form that survives being read aloud: no 0, O, 1, I. */
export function newMatchingId(): string {
  const letters = [...randomBytes(16)].map((octet) => 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'[octet % 32]).join('');
  return letters.replace(/.{4}(?=.)/g, '$&-');
}

/** The package decides on the ICCID where nobody else does; a sample is built for the ICCID. */
function packageFor(
  state: OrderBook,
  { iccid, package: given, ...wanted }: NewOrder,
): { iccid: string; source: Order['package'] } {
  const chosen = (other: string | undefined): string => {
    const digits = iccid ?? other ?? nextIccid(state);
    if (!/^\d{18,20}$/.test(digits)) throw new UsageError('an ICCID has 18 to 20 digits');
    if (state.byIccid(digits)) throw new UsageError(`ICCID ${digits} is ordered already`);
    return digits;
  };
  if (given instanceof Uint8Array) {
    return { iccid: chosen(iccidIn(given)), source: { bytes: toBase64(given) } };
  }
  const own = chosen(given?.iccid);
  const subscriber = String(state.size + 1).padStart(10, '0');
  const sample: SampleOptions = {
    imsi: `00101${subscriber}`,
    serviceProviderName: wanted.serviceProviderName ?? 'Lab',
    testProfile: wanted.profileClass === 'test',
    ...given,
    iccid: given?.iccid ?? own,
  };
  const source = { sample };
  built.set(source, buildProfilePackage(sample)); // what cannot be built is told to whoever orders
  return { iccid: own, source };
}

/** Returns nothing for a package that cannot be read: `lpa-lab order --allow-invalid` orders one to see what an LPA does. */
function iccidIn(octets: Uint8Array): string | undefined {
  try {
    return readProfilePackage(octets).iccid;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return undefined;
  }
}

/** 19 digits under 89 000 44, with a check digit. */
function nextIccid(state: OrderBook): string {
  for (;;) {
    const head = `8900044${String(state.takeProfileNumber()).padStart(11, '0')}`;
    const iccid = [...'0123456789'].map((digit) => head + digit).find(luhnHolds);
    if (iccid && !state.byIccid(iccid)) return iccid;
  }
}

function metadataFor(wanted: NewOrder, iccid: string, address: string): ProfileMetadata {
  const { icon, rules = [], profileClass = 'operational' } = wanted;
  const events = ['notificationEnable', 'notificationDisable', 'notificationDelete'] as const;
  const own = events.map((event) => ({ profileManagementOperation: [event], notificationAddress: address }));
  return {
    iccid,
    serviceProviderName: wanted.serviceProviderName ?? 'Lab',
    profileName: wanted.profileName ?? 'Lab profile',
    ...(icon?.type && { iconType: icon.type }),
    ...(icon && { icon: icon.bytes }),
    profileClass,
    notificationConfigurationInfo: [...(wanted.notifications ?? own)],
    profileOwner: wanted.profileOwner ?? HOME,
    ...(rules.length > 0 && { profilePolicyRules: [...rules] }),
  };
}
