/** What waits for this eUICC: at its default SM-DP+, and at the SM-DS that it names. SGP.22 v2.5 §3.2, §3.3, §3.6. */
import { CancelledError, LpaError, ServerError, TrustError } from '../errors.ts';
import { AuthenticateClient, type EventEntry, InitiateAuthentication } from '../es9/es11.ts';
import { callRsp, sameTransaction } from '../es9/function.ts';
import { getEuiccConfiguredAddresses } from '../es10/es10a.ts';
import type { Isdr } from '../es10/isdr.ts';
import { parseAddress } from './address.ts';
import { authenticate, type Target } from './authenticate.ts';
import { beforeSession } from './download.ts';
import { explainRefusal } from './installed-before.ts';
import { callOptions, type Lpa } from './lpa.ts';
import { authenticateClient, type OfferSoFar, readOffer } from './offer.ts';
import { endSession } from './session.ts';

/** A profile that may be downloaded: go to `rspServerAddress` with `eventId` as the MatchingID. */
export interface Discovered {
  readonly rspServerAddress: string;
  /** Absent at the default SM-DP+: it knows the eUICC by its EID. */
  readonly eventId?: string;
  readonly source: 'defaultSmdp' | 'smds';
}

/** An Event whose server could not be asked; the other Events were followed. */
export interface FailedEvent {
  /** As the SM-DS gave it: foreign text. */
  readonly rspServerAddress: string;
  readonly eventId: string;
  readonly error: LpaError;
}

/** A place that could not be asked; the others were. */
export interface Unreached {
  readonly address: string;
  readonly error: LpaError;
}

/** Servers asked on behalf of one SM-DS: the specification has a root and those below it, none of them many. */
const MAX_SERVERS = 16;

/** How a server says that it has nothing for this eUICC: no failure. */
const NOTHING_PENDING: ReadonlySet<string> = new Set(['8.2.6/3.8', '8.2.5/4.3', '8.1.1/3.8', '8.9.5/3.9']);

export interface Found {
  /** What waits, in the order in which it should be taken. */
  readonly found: Discovered[];
  /** Events that lead nowhere, each with its own error. */
  readonly failed: FailedEvent[];
  /** The places that could not be asked. */
  readonly unreached: Unreached[];
  /** How many places there are to ask. */
  readonly places: number;
}

/** Where a profile for this eUICC may wait. */
export interface Places {
  readonly defaultDpAddress?: string;
  readonly smds: readonly string[];
}

/** Returns the places that the eUICC names (ES10a.GetEuiccConfiguredAddresses). */
export async function placesOn(isdr: Isdr): Promise<Places> {
  const { defaultDpAddress, rootDsAddress, additionalRootDsAddresses = [] } = await getEuiccConfiguredAddresses(isdr);
  const smds = [rootDsAddress, ...additionalRootDsAddresses].flatMap((address) => (address ? [address] : []));
  return { ...(defaultDpAddress !== undefined && { defaultDpAddress }), smds };
}

/**
 * Ask every place, the default SM-DP+ first.
 *
 * @param where those to ask; without it, those that the eUICC names
 */
export async function discover(lpa: Lpa, where?: Places): Promise<Found> {
  const { defaultDpAddress, smds } = where ?? (await placesOn(lpa.isdr));
  const found: Discovered[] = [];
  const failed: FailedEvent[] = [];
  const unreached: Unreached[] = [];
  let places = 0;
  const ask = async (address: string, question: (address: string) => Promise<Discovered[]>): Promise<void> => {
    places += 1;
    try {
      found.push(...(await question(checkedAddress(address))));
    } catch (error) {
      unreached.push({ address, error: failureOf(lpa, error) });
    }
  };
  if (defaultDpAddress) {
    await ask(defaultDpAddress, async (address) =>
      (await hasOffer(lpa, address)) ? [{ rspServerAddress: address, source: 'defaultSmdp' }] : [],
    );
  }
  for (const root of smds) {
    await ask(root, (address) => followEvents(lpa, { address }, { left: MAX_SERVERS, above: [], failed }));
  }
  return { found, failed, unreached, places };
}

/** One failure among several things that are asked. @throws what ends the whole command: a cancellation, a bug */
function failureOf(lpa: Lpa, error: unknown): LpaError {
  if (!(error instanceof LpaError) || error.code === 'cancelled' || lpa.signal?.aborted) throw error;
  return error;
}

/** @throws {TrustError} where a card or a server names something that is no host */
export function checkedAddress(text: string, what = 'the address of an RSP server'): string {
  const address = parseAddress(text.trim());
  if ('problem' in address) throw new TrustError('rspServerAddress', `${what}: ${address.problem}`);
  return address.authority;
}

export interface Inspected extends OfferSoFar {
  /** Why this eUICC would not take it, where it would not. */
  readonly refusal?: LpaError;
}

/**
 * What the server offers, and nothing taken: the session is postponed, whatever the offer holds, so that the order stays
 * released. The server may count an attempt.
 *
 * @throws {ServerError} also where the server has nothing for this eUICC: `isNothingPending`
 */
export async function inspectOffer(lpa: Lpa, target: Target): Promise<Inspected> {
  const handshake = await beforeSession(lpa, () => authenticate(lpa, target));
  let inspected: Inspected | undefined;
  try {
    const { offer, refusal } = await readOffer(lpa, handshake, await authenticateClient(lpa, handshake));
    inspected = { ...offer, ...(refusal && { refusal }) };
    throw new CancelledError('postponed');
  } catch (cause) {
    const error = await endSession(lpa, handshake, cause);
    if (target.matchingId) await explainRefusal(lpa, handshake, error);
    if (!inspected || lpa.signal?.aborted) throw error; // with an offer in hand, this is the postponement that was asked for
  }
  return inspected;
}

/** Whether the SM-DP+ has a profile for this eUICC, by its EID alone. */
async function hasOffer(lpa: Lpa, address: string): Promise<boolean> {
  try {
    await inspectOffer(lpa, { address });
    return true;
  } catch (error) {
    if (isNothingPending(error)) return false;
    throw error;
  }
}

/** The server says that it has nothing for this eUICC. */
export const isNothingPending = (error: unknown): boolean =>
  error instanceof ServerError && NOTHING_PENDING.has(`${error.subjectCode}/${error.reasonCode}`);

/** What Events are followed from: one SM-DS, those above it, and what they have in common. */
interface Following {
  /** Servers that may still be asked. */
  left: number;
  /** SM-DS that led here, by address. */
  readonly above: readonly string[];
  readonly failed: FailedEvent[];
}

/** The Events of one SM-DS, with those of the SM-DS behind it in their places. Each Event is handled by itself. */
async function followEvents(lpa: Lpa, target: Target, following: Following): Promise<Discovered[]> {
  const found: Discovered[] = [];
  const below: Following = { ...following, above: [...following.above, target.address] };
  for (const { eventId, rspServerAddress } of await eventsAt(lpa, target)) {
    try {
      found.push(...(await followEvent(lpa, { address: checkedAddress(rspServerAddress), matchingId: eventId }, below)));
    } catch (error) {
      following.failed.push({ rspServerAddress, eventId, error: failureOf(lpa, error) });
    }
  }
  following.left = below.left;
  return found;
}

/** @throws {TrustError} where an SM-DS names itself, or one that led to it */
async function followEvent(lpa: Lpa, event: Target & { matchingId: string }, below: Following): Promise<Discovered[]> {
  if (below.above.some((address) => withPort(address) === withPort(event.address))) {
    throw new TrustError('rspServerAddress', `the SM-DS ${event.address} names itself as the server of an Event`);
  }
  below.left -= 1;
  const behind = below.left > 0 ? await eventsBehind(lpa, event, below) : undefined;
  return behind ?? [{ rspServerAddress: event.address, eventId: event.matchingId, source: 'smds' }];
}

/** HTTPS has a port of its own, which an address may leave out. */
const withPort = (authority: string): string => (authority.includes(':') ? authority : `${authority}:443`);

/** @returns undefined where the address is an SM-DP+: the certificate that it shows says so, before the eUICC signs anything */
async function eventsBehind(lpa: Lpa, event: Target, following: Following): Promise<Discovered[] | undefined> {
  try {
    return await followEvents(lpa, event, following);
  } catch (error) {
    if (error instanceof TrustError && (error.check === 'tlsRole' || error.check === 'certificateRole')) return undefined;
    throw error;
  }
}

/** ES11.AuthenticateClient: the session is over with it, there is nothing to cancel. */
async function eventsAt(lpa: Lpa, target: Target): Promise<readonly EventEntry[]> {
  const { address, transactionId, authenticateServerResponse } = await authenticate(lpa, target, InitiateAuthentication, 'ds');
  try {
    const answer = await callRsp(
      lpa.servers.post,
      address,
      AuthenticateClient,
      { transactionId, authenticateServerResponse },
      callOptions(lpa),
    );
    if (answer.transactionId !== undefined && !sameTransaction(answer.transactionId, transactionId)) {
      throw new TrustError('transactionId', `${AuthenticateClient.name}: the transaction is not this session's`);
    }
    return answer.eventEntries;
  } catch (error) {
    if (isNothingPending(error)) return [];
    throw error;
  }
}
