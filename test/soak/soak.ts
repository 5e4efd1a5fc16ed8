/**
 * Thousands of operations on one card with one server, whatever goes wrong: after each, card and server are looked at and
 * compared with a model. A seed repeats a run: everything that is chosen follows from it.
 */
import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { packageOf } from '../../src/lab/smdp/order.ts';
import { fromBase64 } from '../../src/lpa/bytes.ts';
import { CancelledError, EuiccError, LpaError, ServerError } from '../../src/lpa/errors.ts';
import { lookInto } from '../../src/lpa/procedures/journal.ts';
import { type Random, randomOf } from '../fuzz/random.ts';
import { EID } from '../lab/smdp/harness.ts';
import { drop, list, remove, rename, reset, switchTo } from './card-operations.ts';
import { type Disturbance, disturbance } from './disturbance.ts';
import { isOffered, look, type Model, newModel, type OrderFacts, type Picture } from './model.ts';
import type { Operation, Outcome, Seen } from './operation.ts';
import { discovery, download, send } from './server-operations.ts';
import { openWorld, type World } from './world.ts';

export interface SoakOptions {
  readonly operations: number;
  readonly seed: number;
  /** After each hundred operations. */
  readonly progress?: (done: number) => void;
}

export interface SoakReport {
  readonly operations: number;
  readonly disturbed: number;
  /** How operations ended, by kind and ending. */
  readonly endings: ReadonlyMap<string, number>;
  readonly ms: number;
  /** Octets of heap in use after a collection: after the first hundred operations, and at the end. */
  readonly heap: readonly [number, number];
  /** Open handles of the process, likewise. */
  readonly handles: readonly [readonly string[], readonly string[]];
  readonly channelsLeft: number;
}

/** A difference from the model, or an error that is nobody's fault but ours. */
export class SoakFailure extends Error {
  override readonly name = 'SoakFailure';
}

/** Operations before the first look at heap and handles. */
const WARM_UP = 100;
const SETTLE_MS = 500;
/** Codes at hand at a time. */
const OPEN_ORDERS = 6;
/** Notifications that wait on the card at most: its store holds 64. */
const MANY_PENDING = 40;
/** Octets of packages: the card fills up. */
const SIZES = [2400, 2400, 6000, 11_000] as const;
/** What a profile takes on the card besides package and metadata. */
const ISDP_OCTETS = 2048;

const CALM: Disturbance = { cardFaults: [], serverFaults: [], manners: [], isFault: false };

export async function soak({ operations, seed, progress = () => {} }: SoakOptions): Promise<SoakReport> {
  const random = randomOf(seed);
  await using world = await openWorld();
  const empty = await look(world);
  const model = newModel(empty.free);
  assert.deepEqual(empty, model.picture);
  const activationCodes = new Map<string, string>();
  const endings = new Map<string, number>();
  let disturbed = 0;
  let heap = 0;
  let handles: readonly string[] = [];
  const begun = performance.now();
  for (let number = 1; number <= operations; number++) {
    await makeOrders(world, random, model, activationCodes);
    const before = model.picture;
    const operation = choose(random, model, before, activationCodes);
    const about = disturbance(random, operation);
    const conditions = before.pending.length < MANY_PENDING ? about : CALM;
    if (conditions.isFault) disturbed++;
    let outcome: Outcome | undefined;
    try {
      outcome = await carryOut(world, operation, conditions);
      await judge(world, model, operation, { before, outcome, disturbed: conditions.isFault });
    } catch (cause) {
      const { cardFaults, serverFaults, manners } = conditions;
      const under = [...cardFaults, ...serverFaults, ...manners].join(', ') || 'nothing';
      const why = cause instanceof Error ? cause.message : String(cause);
      const told = outcome ? `, told: ${outcome.ends} ${outcome.error instanceof LpaError ? outcome.error.codeState : ''}` : '';
      throw new SoakFailure(`operation ${number} of seed ${seed}, ${operation.name}, under ${under}${told}: ${why}`, { cause });
    }
    const kind = `${operation.name.split(/[ (]/)[0]}: ${outcome.ends}`;
    endings.set(kind, (endings.get(kind) ?? 0) + 1);
    forget(world, model, activationCodes);
    world.tick();
    if (number === Math.min(WARM_UP, operations)) {
      await wait(SETTLE_MS); // connections that were closed take a moment to be gone
      heap = heapInUse();
      handles = openHandles();
    }
    if (number % 100 === 0) progress(number);
  }
  const ms = performance.now() - begun;
  for (let tries = 0; tries < 40 && openHandles().join() !== handles.join(); tries++) await wait(50);
  return {
    operations,
    disturbed,
    endings,
    ms,
    heap: [heap, heapInUse()],
    handles: [handles, openHandles()],
    channelsLeft: world.channelsLeft(),
  };
}

/** The operator sells a few profiles, so that there is always a code to use. */
async function makeOrders(
  { smdp, smds }: World,
  random: Random,
  model: Model,
  activationCodes: Map<string, string>,
): Promise<void> {
  const open = smdp.state.orders.filter(({ state }) => state === 'released' || state === 'downloaded');
  if (open.length >= OPEN_ORDERS) return;
  const hasDefault = open.some(({ matchingId }) => matchingId === '');
  const by = random.pick(['code', 'code', 'event', hasDefault ? 'code' : 'default'] as const);
  const confirmationCode = random.chance(0.4) ? String(random.int(1_000_000)) : undefined;
  const rules = random.chance(0.1) ? [random.pick(['ppr1', 'ppr2'] as const)] : [];
  const { order, activationCode } = smdp.createOrder({
    ...(by === 'default' && { matchingId: '', eid: EID }),
    ...(by === 'event' && { eid: EID, smdsAddress: smds.address }),
    ...(confirmationCode !== undefined && { confirmationCode }),
    ...(rules.length > 0 && { rules }),
    package: { size: random.pick(SIZES) },
  });
  if (by === 'event') assert.deepEqual([...(await smdp.publishEvents())], []);
  const { iccid, matchingId } = order;
  const size = packageOf(order).length + fromBase64(order.metadata).length + ISDP_OCTETS;
  const facts: OrderFacts = { iccid, by, matchingId, rules, size, ...(confirmationCode !== undefined && { confirmationCode }) };
  model.facts.set(iccid, facts);
  model.picture.orders[iccid] = { state: 'released', tries: 3, downloads: 0 };
  activationCodes.set(iccid, activationCode);
}

function choose(random: Random, model: Model, { profiles, pending, orders }: Picture, codes: Map<string, string>): Operation {
  if (pending.length >= MANY_PENDING) return send();
  const buy = (): Operation => {
    // Once in a while a code that has come to its end.
    const wanted = [...model.facts.values()].filter(
      ({ iccid, by }) => isOffered(orders[iccid]!) || (by !== 'default' && random.chance(0.1)),
    );
    const facts = random.pick(wanted);
    return download(random, facts, codes.get(facts.iccid) ?? '');
  };
  const pick = random.int(100);
  if (pick < 30 || profiles.length === 0) return pick < 25 ? buy() : pick < 60 ? send() : pick < 80 ? discovery() : list();
  if (pick < 42) return send();
  if (pick < 45 && pending.length > 0)
    return drop(
      random,
      pending.map(({ seqNumber }) => seqNumber),
    );
  if (pick < 52) return discovery();
  if (pick < 55) return list();
  if (pick < 68) return switchTo(random, profiles, 'enabled');
  if (pick < 76) return switchTo(random, profiles, 'disabled');
  if (pick < 88) return remove(random, profiles);
  return pick < 97 ? rename(random, profiles) : reset();
}

async function carryOut({ smdp, use }: World, operation: Operation, conditions: Disturbance): Promise<Outcome> {
  const { serverFaults } = conditions;
  if (serverFaults.length > 0) await smdp.setFaults(serverFaults);
  try {
    return { ends: 'ok', value: await use(conditions, (lpa) => operation.run(lpa)) };
  } catch (error) {
    if (!(error instanceof LpaError)) throw error;
    return { ends: endingOf(error), error };
  } finally {
    if (serverFaults.length > 0) await smdp.setFaults([]);
    await smdp.settled();
  }
}

function endingOf(error: LpaError): string {
  if (error instanceof EuiccError) return `euicc ${error.result}`;
  if (error instanceof ServerError) return `server ${error.subjectCode}/${error.reasonCode}`;
  return error instanceof CancelledError ? `cancelled ${error.reason}` : error.code;
}

async function judge(
  world: World,
  model: Model,
  operation: Operation,
  { before, outcome, disturbed }: Pick<Seen, 'before' | 'outcome' | 'disturbed'>,
): Promise<void> {
  const now = await look(world);
  const { smdp, smds } = world;
  const received = [...smdp.state.notifications];
  smdp.state.forgetNotifications();
  const numbers = (verified: boolean): ReadonlySet<number> =>
    new Set(received.filter((each) => each.verified === verified).map(({ seqNumber }) => seqNumber));
  operation.judge(model, { before, now, outcome, disturbed, verified: numbers(true), unverified: numbers(false) });
  const waiting = [...model.facts.values()].filter(({ by, iccid }) => by === 'event' && isOffered(now.orders[iccid]!));
  assert.deepEqual(
    smds.state.events.map(({ eventId }) => eventId).sort(),
    waiting.map(({ matchingId }) => matchingId).sort(),
    'the SM-DS has other Events than there are orders',
  );
  await judgeJournal(world, outcome, before, now);
  model.nextSeqNumber = Math.max(model.nextSeqNumber, world.card.nextSeqNumber);
  model.picture = now;
}

/** What is not known is in the journal, and the card then tells all that it can. */
async function judgeJournal({ journal, use }: World, { error }: Outcome, before: Picture, now: Picture): Promise<void> {
  const isUnknown = error instanceof LpaError && error.codeState === 'unknown';
  if (!isUnknown) assert.equal(journal.size, 0, 'the journal has an entry of what is known');
  if (journal.size === 0) return;
  const found = await use({}, ({ isdr }) => lookInto(isdr, [...journal.values()]));
  journal.clear();
  const added = now.pending.filter(({ seqNumber }) => !before.pending.some((each) => each.seqNumber === seqNumber));
  assert.equal(found.filter(({ outcome }) => outcome === 'result').length, added.length, 'results found by the journal');
}

/** Orders that have come to an end and left nothing on the card are of no more use to anybody. */
function forget({ smdp, card }: World, model: Model, codes: Map<string, string>): void {
  const { picture, facts, downloadOf, told } = model;
  const pending = new Set(picture.pending.map(({ seqNumber }) => seqNumber));
  const inUse = new Set([
    ...picture.profiles.map(({ iccid }) => iccid),
    ...picture.pending.flatMap(({ iccid, seqNumber }) => [iccid, downloadOf.get(seqNumber)?.iccid ?? iccid]),
  ]);
  const over = [...facts.keys()].filter((iccid) => !isOffered(picture.orders[iccid]!) && !inUse.has(iccid));
  for (const iccid of over.slice(0, -KEPT_ORDERS)) {
    smdp.state.remove(iccid);
    facts.delete(iccid);
    codes.delete(iccid);
    delete picture.orders[iccid];
  }
  for (const number of downloadOf.keys()) if (!pending.has(number)) downloadOf.delete(number);
  for (const number of told) if (!pending.has(number)) told.delete(number);
  assert.ok(card.notifications.length === pending.size);
}

/** Ended orders that are kept, so that their codes may be tried again. */
const KEPT_ORDERS = 5;

/** Octets. @throws {Error} without --expose-gc */
function heapInUse(): number {
  if (!globalThis.gc) throw new Error('the soak needs node --expose-gc');
  globalThis.gc();
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}

/** By kind; timers come and go. */
const openHandles = (): readonly string[] =>
  process
    .getActiveResourcesInfo()
    .filter((kind) => !/^(Timeout|Immediate|FSReqPromise)$/.test(kind))
    .sort();
