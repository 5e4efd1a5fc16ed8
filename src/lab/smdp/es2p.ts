/** ES2+ answered: orders as an operator makes them, with every reason to refuse one. SGP.22 v2.5 §5.3. */

import type { Values } from '../../lpa/es9/function.ts';
import * as es2p from '../rsp/es2p.ts';
import { Refusal, unless } from '../rsp/refusal.ts';
import { type Call, type Route, route } from '../rsp/routes.ts';
import type { EventRegistrar } from '../smds/registrar.ts';
import { endOrder, hashOf, newMatchingId, type Order } from './order.ts';
import type { SmdpState } from './state.ts';
import { PROFILE_TYPES, takeFromStock } from './stock.ts';

export interface Es2Server {
  readonly state: SmdpState;
  readonly address: () => string;
  /** Keeps what became of an order. */
  readonly save: (order: Order) => void;
  readonly events: Pick<EventRegistrar, 'register' | 'remove'>;
}

export const es2Routes = (server: Es2Server): readonly Route[] => [
  route(es2p.DownloadOrder, (request, call) => downloadOrder(server, request, call)),
  route(es2p.ConfirmOrder, (request, call) => confirmOrder(server, request, call)),
  route(es2p.CancelOrder, (request, call) => cancelOrder(server, request, call)),
  route(es2p.ReleaseProfile, (request, call) => releaseProfile(server, request, call)),
];

type Request<F extends { request: Readonly<Record<string, any>> }> = Values<F['request']>;

/** §5.3.1: a profile is reserved, by its ICCID or of a type. */
async function downloadOrder(
  { state, address, save }: Es2Server,
  { header, eid, iccid, profileType }: Request<typeof es2p.DownloadOrder>,
  { say }: Call,
) {
  const requester = header.functionRequesterIdentifier;
  unless(iccid !== undefined || profileType !== undefined, '8.2.1/2.3', 'neither iccid nor profileType');
  const order = iccid === undefined ? newOfType(state, profileType ?? '', address()) : inStock(state, iccid, profileType);
  order.requester = requester;
  order.state = eid === undefined ? 'allocated' : 'linked';
  order.eid = eid;
  save(order);
  say(`${order.state}, ICCID ${order.iccid}`, { iccid: order.iccid, orderState: order.state });
  return { iccid: order.iccid };
}

function newOfType(state: SmdpState, profileType: string, address: string): Order {
  const row = Object.hasOwn(PROFILE_TYPES, profileType) ? PROFILE_TYPES[profileType] : undefined;
  unless(row !== undefined, '8.2.5/3.9', `no profile type ${profileType}; there are ${Object.keys(PROFILE_TYPES).join(', ')}`);
  unless(row.forEverybody !== false, '8.2.5/1.2', `profile type ${profileType} is not for this operator`);
  const order = takeFromStock(state, profileType, address);
  unless(order !== undefined, '8.2.5/3.7', `no profile of type ${profileType} is left`);
  return order;
}

function inStock(state: SmdpState, iccid: string, profileType: string | undefined): Order {
  const order = find(state, iccid);
  unless(order.state === 'available', '8.2.1/3.3', `the profile is ${order.state}`);
  unless(
    profileType === undefined || profileType === order.profileType,
    '8.2.5/3.8',
    `the profile is of type ${order.profileType}`,
  );
  return order;
}

/** §5.3.2: what the End User will need is settled. */
async function confirmOrder(
  server: Es2Server,
  { header, iccid, eid, matchingId, confirmationCode, smdsAddress, releaseFlag }: Request<typeof es2p.ConfirmOrder>,
  { say }: Call,
) {
  const { state, address, save } = server;
  const order = owned(state, iccid, header.functionRequesterIdentifier);
  unless(order.state === 'allocated' || order.state === 'linked', '8.2.1/3.5', `the order is ${order.state}`);
  checkEid(order, eid);
  const linked = eid ?? order.eid;
  unless(smdsAddress === undefined || linked !== undefined, '8.1.1/2.2', 'an Event needs an EID');
  unless(matchingId !== '' || linked !== undefined, '8.1.1/2.2', 'an order without a matching ID needs an EID');
  unless(/^[0-9A-Za-z-]*$/.test(matchingId ?? ''), '8.2.6/2.1', 'a matching ID is made of letters, digits and hyphens');
  const other = matchingId ? state.byMatchingId(matchingId) : undefined;
  unless(other === undefined || other === order, '8.2.6/3.3', 'this matching ID is in use');
  const settled = {
    eid: linked,
    matchingId: matchingId ?? newMatchingId(),
    smdsAddress,
    hashedConfirmationCode: confirmationCode === undefined ? undefined : hashOf(confirmationCode),
  };
  // An SM-DS that refuses leaves the order as it was.
  const isRegistered = releaseFlag && (await publish(server, settled));
  Object.assign(order, { ...settled, isRegistered, state: releaseFlag ? 'released' : 'confirmed' } satisfies Partial<Order>);
  save(order);
  say(`${order.state}, ICCID ${order.iccid}`, { iccid: order.iccid, orderState: order.state });
  return { ...(linked !== undefined && { eid: linked }), matchingId: order.matchingId, smdpAddress: address() };
}

/** §5.3.4 */
async function releaseProfile(server: Es2Server, { header, iccid }: Request<typeof es2p.ReleaseProfile>, { say }: Call) {
  const order = owned(server.state, iccid, header.functionRequesterIdentifier);
  unless(order.state === 'confirmed', '8.2.1/3.5', `the order is ${order.state}`);
  order.isRegistered = await publish(server, order);
  order.state = 'released';
  server.save(order);
  say(`released, ICCID ${order.iccid}`, { iccid: order.iccid, orderState: order.state });
  return {};
}

/** @returns whether an SM-DS tells of it now */
async function publish(
  { events }: Es2Server,
  { smdsAddress, eid, matchingId }: Pick<Order, 'smdsAddress' | 'eid' | 'matchingId'>,
) {
  if (smdsAddress === undefined || eid === undefined) return false;
  await events.register(smdsAddress, { eid, eventId: matchingId });
  return true;
}

/** §5.3.3: the profile goes back to stock, or is not to be had again. */
async function cancelOrder(
  { state, save, events }: Es2Server,
  { header, iccid, eid, matchingId, finalProfileStatusIndicator }: Request<typeof es2p.CancelOrder>,
  { say }: Call,
) {
  const order = owned(state, iccid, header.functionRequesterIdentifier);
  unless(order.state !== 'installed', '8.2.1/3.3', 'the profile is installed');
  unless(order.state !== 'available' && order.state !== 'unavailable', '8.2.1/3.5', `the profile is ${order.state}`);
  checkEid(order, eid);
  unless(matchingId === undefined || matchingId === order.matchingId, '8.2.6/3.10', 'the order has another matching ID');
  if (order.isRegistered && order.smdsAddress !== undefined && order.eid !== undefined) {
    await events.remove(order.smdsAddress, { eid: order.eid, eventId: order.matchingId });
    order.isRegistered = false;
  }
  if (finalProfileStatusIndicator === 'Available') backToStock(order);
  else endOrder(order, 'unavailable', 'cancelled by the operator');
  save(order);
  say(`cancelled: ${order.state}, ICCID ${order.iccid}`, { iccid: order.iccid, orderState: order.state });
  return {};
}

function backToStock(order: Order): void {
  const { iccid, profileType, metadata, binding, checks, package: source } = order;
  for (const key of Object.keys(order)) Reflect.deleteProperty(order, key);
  Object.assign(order, {
    iccid,
    state: 'available',
    matchingId: '',
    confirmationCodeTries: 3,
    downloads: 0,
    maxDownloads: 10,
    profileType,
    metadata,
    package: source,
    binding,
    checks,
    bindings: [],
  } satisfies Order);
}

function find(state: SmdpState, iccid: string): Order {
  const digits = iccid.replace(/F+$/, '');
  const order = state.byIccid(digits);
  unless(order !== undefined, '8.2.1/3.9', `no profile has ICCID ${digits}`);
  return order;
}

/** An order is its requester's alone. */
function owned(state: SmdpState, iccid: string, requester: string): Order {
  const order = find(state, iccid);
  if (order.requester !== undefined && order.requester !== requester) {
    throw new Refusal('8.2.1/1.2', `${requester} did not order this profile`);
  }
  return order;
}

function checkEid(order: Order, eid: string | undefined): void {
  unless(eid === undefined || order.eid === undefined || eid === order.eid, '8.1.1/3.10', 'the order is linked to another EID');
}
