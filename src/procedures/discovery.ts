/** What waits for this eUICC: at its default SM-DP+, and at the SM-DS that it names. SGP.22 v2.5 §3.2, §3.3, §3.6. */
import { CancelledError, LpaError, ServerError, TrustError } from '../errors.ts';
import { AuthenticateClient, type EventEntry, InitiateAuthentication } from '../es9/es11.ts';
import { callRsp, sameTransaction } from '../es9/function.ts';
import { getEuiccConfiguredAddresses } from '../es10/es10a.ts';
import { parseAddress } from './address.ts';
import { authenticate, type Target } from './authenticate.ts';
import { beforeSession } from './download.ts';
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
  /** The places that could not be asked. */
  readonly unreached: Unreached[];
  /** How many places the eUICC names. */
  readonly places: number;
}

/**
 * Ask everywhere that the eUICC names, the default SM-DP+ first.
 *
 * @param where `smds` leaves out the default SM-DP+
 */
export async function discover(lpa: Lpa, where: 'everywhere' | 'smds' = 'everywhere'): Promise<Found> {
  const { defaultDpAddress, rootDsAddress, additionalRootDsAddresses = [] } = await getEuiccConfiguredAddresses(lpa.isdr);
  const found: Discovered[] = [];
  const unreached: Unreached[] = [];
  let places = 0;
  const ask = async (address: string, question: (address: string) => Promise<Discovered[]>): Promise<void> => {
    places += 1;
    try {
      found.push(...(await question(checkedAddress(address))));
    } catch (error) {
      if (!(error instanceof LpaError) || error.code === 'cancelled' || lpa.signal?.aborted) throw error;
      unreached.push({ address, error });
    }
  };
  if (defaultDpAddress && where === 'everywhere') {
    await ask(defaultDpAddress, async (address) =>
      (await hasOffer(lpa, address)) ? [{ rspServerAddress: address, source: 'defaultSmdp' }] : [],
    );
  }
  for (const root of [rootDsAddress, ...additionalRootDsAddresses]) {
    if (root) await ask(root, (address) => followEvents(lpa, { address }, { left: MAX_SERVERS }));
  }
  return { found, unreached, places };
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

/** The Events of one SM-DS, with those of the SM-DS behind it in their places. */
async function followEvents(lpa: Lpa, target: Target, servers: { left: number }): Promise<Discovered[]> {
  const found: Discovered[] = [];
  for (const { eventId, rspServerAddress } of await eventsAt(lpa, target)) {
    const event: Target = { address: checkedAddress(rspServerAddress), matchingId: eventId };
    servers.left -= 1;
    const behind = servers.left > 0 ? await eventsBehind(lpa, event, servers) : undefined;
    found.push(...(behind ?? [{ rspServerAddress: event.address, eventId, source: 'smds' as const }]));
  }
  return found;
}

/** @returns undefined where the address is an SM-DP+: the certificate that it shows says so, before the eUICC signs anything */
async function eventsBehind(lpa: Lpa, event: Target, servers: { left: number }): Promise<Discovered[] | undefined> {
  try {
    return await followEvents(lpa, event, servers);
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
