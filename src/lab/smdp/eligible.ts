/** Which order an eUICC asks for, and whether it may have it. SGP.22 v2.5 §3.1.3 steps 8 to 11, §5.6.2. */
import { readHeader } from '../../lpa/asn1/tlv.ts';
import { DecodeError } from '../../lpa/errors.ts';
import { CAPABILITY_OF_SERVICE } from '../../lpa/saip/check/rules-card.ts';
import type { ProfileHeader } from '../../lpa/saip/header.ts';
import { only, readProfilePackage } from '../../lpa/saip/package.ts';
import type { EUICCInfo2 } from '../../lpa/sgp22/euicc-info.ts';
import { Refusal, unless } from '../rsp/refusal.ts';
import { endOrder, isReleased, type Order, packageOf } from './order.ts';
import type { SmdpState } from './state.ts';

/**
 * @param matchingId absent or empty: what waits for this EID without a token
 * @throws {Refusal} 8.2.6/3.8, 8.1.1/3.8, 8.2/1.2
 */
export function findOrder(state: SmdpState, matchingId: string | undefined, eid: string): Order {
  const order = matchingId ? byMatchingId(state, matchingId) : waitingFor(state, eid);
  unless(order.eid === undefined || order.eid === eid, '8.1.1/3.8', `the order is for EID ${order.eid}, not ${eid}`);
  if (order.state === 'confirmed') throw new Refusal('8.2/1.2', 'the order is confirmed and not yet released');
  return order;
}

function byMatchingId(state: SmdpState, matchingId: string): Order {
  const order = state.byMatchingId(matchingId);
  unless(order !== undefined, '8.2.6/3.8', 'no order has this matching ID');
  const why = order.ended === undefined ? 'not confirmed' : order.ended;
  unless(isReleased(order.state) || order.state === 'confirmed', '8.2.6/3.8', `the order is ${order.state}: ${why}`);
  return order;
}

function waitingFor(state: SmdpState, eid: string): Order {
  const order = state.waitingFor(eid);
  unless(order !== undefined, '8.2.6/3.8', `nothing waits for EID ${eid}`);
  return order;
}

/** Also for GetBoundProfilePackage: time goes by while somebody reads. @throws {Refusal} 8.8.5/4.10, 8.8.5/6.4 */
export function checkLimits(order: Order, now: Date): void {
  if (order.expires !== undefined && now >= new Date(order.expires)) {
    endOrder(order, 'error', 'expired');
    throw new Refusal('8.8.5/4.10', `the order expired at ${order.expires}`);
  }
  if (order.downloads >= order.maxDownloads) {
    endOrder(order, 'error', 'too many downloads');
    throw new Refusal(
      '8.8.5/6.4',
      `the package was handed out ${order.downloads} times, no more than ${order.maxDownloads} are allowed`,
    );
  }
}

/** @throws {Refusal} 8.2.5/4.3 what the package needs and the eUICC has not; 8.1/4.8 too little memory; or a limit is reached */
export function checkEligible(order: Order, euiccInfo2: EUICCInfo2, now: Date): void {
  checkLimits(order, now);
  if (order.checks.length === 0) return;
  const octets = packageOf(order);
  if (order.checks.includes('capabilities')) {
    const lack = lackOf(octets, euiccInfo2);
    unless(lack === undefined, '8.2.5/4.3', `the eUICC cannot run the profile: ${lack}`);
  }
  const free = euiccInfo2.extCardResource?.freeNonVolatileMemory;
  if (!order.checks.includes('memory') || free === undefined) return;
  unless(free >= octets.length, '8.1/4.8', `the package has ${octets.length} octets, the eUICC ${free} free`);
}

/** Returns nothing where the header cannot be read: then the eUICC decides. */
function headerOf(octets: Uint8Array): ProfileHeader | undefined {
  try {
    const { end } = readHeader(octets, 0, 'ProfilePackage');
    return only(readProfilePackage(octets.subarray(0, end)), 'header')[0]?.value;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return undefined;
  }
}

function lackOf(octets: Uint8Array, { profileVersion, uiccCapability }: EUICCInfo2): string | undefined {
  const header = headerOf(octets);
  if (!header) return undefined;
  const { 'major-version': major, 'minor-version': minor, 'eUICC-Mandatory-services': services } = header;
  const [cardMajor = 0, cardMinor = 0] = (profileVersion ?? '').split('.').map(Number);
  const isNewer = major > cardMajor || (major === cardMajor && minor > cardMinor);
  if (profileVersion !== undefined && isNewer) return `version ${major}.${minor}, it knows ${profileVersion}`;
  const missing = Object.keys(services).find((service) => {
    const capability = CAPABILITY_OF_SERVICE[service];
    return capability !== undefined && uiccCapability && !uiccCapability.some((known) => known === capability);
  });
  return missing && `service ${missing}`;
}
