/**
 * Orders and notifications of an SM-DP+ as records, each found without a look at the others.
 *
 *     order, content, binding     by ICCID; what changes, what does not, and a record for each package that was handed out
 *     matching, transaction       the ICCID
 *     waiting, available, event   ICCIDs by EID without a matching ID, by profile type in stock, with an Event to register
 *     received                    notifications by number
 *     total                       what is counted
 *
 * An entry that leads to an order is written before it. After a crash it may lead to none: what is found is compared.
 */
import { type Change, MemoryRecords, type Records } from '../state/records.ts';
import { type Bound, isReleased, type Order, type OrderBook, type ReceivedNotification } from './order.ts';

/** The part of an order that never changes. */
type Content = Pick<Order, 'metadata' | 'package' | 'binding' | 'checks'>;
/** The rest, apart from its bindings. */
type Head = Omit<Order, keyof Content | 'bindings'>;

interface Totals {
  /** Orders ever made: gives each its number. */
  readonly made: number;
  readonly nextProfile: number;
  readonly ofType: Readonly<Record<string, number>>;
}

type Numbered<T> = T & { readonly number: number };

/** A state as the first version of the lab kept it: one object, orders with their last binding alone. */
export interface FirstState {
  readonly orders: readonly (Omit<Order, 'bindings'> & { readonly bound?: Bound })[];
  readonly notifications: readonly ReceivedNotification[];
  readonly nextProfile: number;
}

/** Notifications that are kept, so that a state does not grow without end. */
const MAX_KEPT = 1000;
/** Of records that are not of one order: group. */
const ALL = 'all';

export class SmdpState implements OrderBook {
  readonly #records: Records;
  /** Orders that were asked for, with their head as it was last kept. Each change of one goes by `changed`. */
  readonly #orders = new Map<string, { readonly order: Order; kept: Numbered<Head> }>();
  #totals: Totals;
  #notifications: Numbered<ReceivedNotification>[] | undefined;

  constructor(records: Records) {
    this.#records = records;
    this.#totals = (records.get('total', ALL) as Totals | undefined) ?? { made: 0, nextProfile: 1, ofType: {} };
  }

  /** Takes over the state that the first version of the lab kept. */
  addFirst({ orders, notifications, nextProfile }: FirstState): void {
    this.#totals = { ...this.#totals, nextProfile };
    const changes = orders.flatMap(({ bound, ...order }) => this.#added({ ...order, bindings: bound ? [bound] : [] }));
    this.#records.write([...changes, this.#total()]);
    for (const notification of notifications) this.addNotification(notification);
  }

  /** Orders ever made. */
  get size(): number {
    return this.#totals.made;
  }

  /** All orders, oldest first: reads each of them. */
  get orders(): readonly Order[] {
    const iccids = this.#records.keys('order');
    const read = iccids.map((iccid) => this.#read(iccid)).filter((each) => each !== undefined);
    return read.sort((a, b) => a.kept.number - b.kept.number).map(({ order }) => order);
  }

  /** The last ones, oldest first. */
  get notifications(): readonly ReceivedNotification[] {
    return this.#received();
  }

  takeProfileNumber(): number {
    const { nextProfile } = this.#totals;
    this.#totals = { ...this.#totals, nextProfile: nextProfile + 1 };
    return nextProfile;
  }

  byIccid(iccid: string): Order | undefined {
    return this.#read(iccid)?.order;
  }

  byMatchingId(matchingId: string): Order | undefined {
    const order = matchingId === '' ? undefined : this.#orderAt('matching', keyOf(matchingId));
    return order?.matchingId === matchingId ? order : undefined;
  }

  byTransaction(transactionId: string): Order | undefined {
    return this.#orderAt('transaction', transactionId.toUpperCase());
  }

  /** The oldest order that this EID can download without a matching ID. */
  waitingFor(eid: string): Order | undefined {
    return this.#listed('waiting', eid).find((order) => waitingEid(order) === eid);
  }

  /** An order of this profile type that came back to stock. */
  availableOf(profileType: string): Order | undefined {
    return this.#listed('available', profileType).find((order) => availableType(order) === profileType);
  }

  countOf(profileType: string): number {
    return this.#totals.ofType[profileType] ?? 0;
  }

  /** Released orders whose Event no SM-DS has. */
  get unregistered(): readonly Order[] {
    return this.#listed('event', ALL).filter((order) => eventOf(order) !== undefined);
  }

  add(order: Order): void {
    const changes = this.#added(order);
    this.#records.write([this.#total(), ...changes]);
  }

  /** Keeps what became of an order. */
  changed(order: Order): void {
    const { iccid, bindings } = order;
    const entry = this.#orders.get(iccid);
    if (entry?.order !== order) return; // It was removed since.
    const head = { ...headOf(order), number: entry.kept.number };
    const known = this.#transactions(iccid);
    const added = bindings.filter(({ transactionId }) => !known.includes(transactionId));
    const removed = known.filter((id) => !bindings.some(({ transactionId }) => transactionId === id));
    const { lead, mislead } = indexChanges(entry.kept, head);
    this.#records.write([
      ...lead,
      ...added.flatMap((bound) => bindingChanges(iccid, bound)),
      ...removed.flatMap((transactionId) => unboundChanges(iccid, transactionId)),
      ...(isSame(head, entry.kept) ? [] : [['order', iccid, head] as const]),
      ...mislead,
    ]);
    entry.kept = head;
  }

  remove(iccid: string): void {
    const entry = this.#read(iccid);
    if (!entry) return;
    this.#records.write([
      ...this.#transactions(iccid).flatMap((transactionId) => unboundChanges(iccid, transactionId)),
      ['order', iccid, undefined],
      ['content', iccid, undefined],
      ...indexChanges(entry.kept, undefined).mislead,
    ]);
    this.#orders.delete(iccid);
  }

  addNotification(notification: ReceivedNotification): void {
    const received = this.#received();
    const number = (received.at(-1)?.number ?? 0) + 1;
    received.push({ ...notification, number });
    const old = received.splice(0, received.length - MAX_KEPT);
    this.#records.write([
      ['received', `${ALL}.${number}`, notification],
      ...old.map((each) => ['received', `${ALL}.${each.number}`, undefined] as const),
    ]);
  }

  forgetNotifications(): void {
    this.#records.write(this.#received().map(({ number }) => ['received', `${ALL}.${number}`, undefined] as const));
    this.#notifications = [];
  }

  /** The changes that add an order, which is known from now on. */
  #added(order: Order): Change[] {
    const { iccid, metadata, package: source, binding, checks, profileType } = order;
    const made = this.#totals.made + 1;
    this.#totals = {
      ...this.#totals,
      made,
      ofType: { ...this.#totals.ofType, [profileType]: this.countOf(profileType) + 1 },
    };
    const head = { ...headOf(order), number: made };
    const content: Content = { metadata, package: source, binding, checks };
    this.#orders.set(iccid, { order, kept: head });
    return [
      ...indexChanges(undefined, head).lead,
      ...order.bindings.flatMap((bound) => bindingChanges(iccid, bound)),
      ['content', iccid, content],
      ['order', iccid, head],
    ];
  }

  #total(): Change {
    return ['total', ALL, this.#totals];
  }

  #received(): Numbered<ReceivedNotification>[] {
    this.#notifications ??= this.#records.keys('received', ALL).map((key) => ({
      ...(this.#records.get('received', key) as ReceivedNotification),
      number: Number(key.slice(ALL.length + 1)),
    }));
    return this.#notifications;
  }

  #read(iccid: string): { readonly order: Order; kept: Numbered<Head> } | undefined {
    const known = this.#orders.get(iccid);
    if (known) return known;
    const kept = this.#records.get('order', iccid) as Numbered<Head> | undefined;
    if (!kept) return undefined;
    const { number, ...head } = kept;
    const content = this.#records.get('content', iccid) as Content;
    const bindings = this.#transactions(iccid).map((id) => this.#records.get('binding', `${iccid}.${id}`) as Bound);
    const entry = { order: { ...head, ...content, bindings }, kept };
    this.#orders.set(iccid, entry);
    return entry;
  }

  #orderAt(kind: 'matching' | 'transaction', key: string): Order | undefined {
    const iccid = this.#records.get(kind, key) as string | undefined;
    return iccid === undefined ? undefined : this.byIccid(iccid);
  }

  #listed(kind: 'waiting' | 'available' | 'event', group: string): Order[] {
    const iccids = this.#records.keys(kind, group).map((key) => key.slice(group.length + 1));
    return iccids.flatMap((iccid) => this.byIccid(iccid) ?? []);
  }

  #transactions(iccid: string): readonly string[] {
    return this.#records.keys('binding', iccid).map((key) => key.slice(iccid.length + 1));
  }
}

/** @param records where the state is kept; without it, in memory */
export const newSmdpState = (records: Records = new MemoryRecords()): SmdpState => new SmdpState(records);

const headOf = ({ metadata, package: source, binding, checks, bindings, ...head }: Order): Head => head;

const isSame = (a: Head, b: Head): boolean => JSON.stringify(a) === JSON.stringify(b);

/** A matching ID may have any character; a key may not. */
const keyOf = (matchingId: string): string => Buffer.from(matchingId).toString('hex');

const bindingChanges = (iccid: string, bound: Bound): Change[] => [
  ['transaction', bound.transactionId, iccid],
  ['binding', `${iccid}.${bound.transactionId}`, bound],
];

const unboundChanges = (iccid: string, transactionId: string): Change[] => [
  ['transaction', transactionId, undefined],
  ['binding', `${iccid}.${transactionId}`, undefined],
];

/** The entries that lead to an order and have to be added, and those that no longer do. */
function indexChanges(before: Head | undefined, after: Head | undefined): Record<'lead' | 'mislead', readonly Change[]> {
  const [from, to] = [before, after].map((head) => (head ? entriesOf(head) : []));
  const without = (entries: readonly Change[] = [], others: readonly Change[] = []): readonly Change[] =>
    entries.filter(([kind, key]) => !others.some((other) => other[0] === kind && other[1] === key));
  return { lead: without(to, from), mislead: without(from, to).map(([kind, key]) => [kind, key, undefined]) };
}

function entriesOf(head: Head): Change[] {
  const { iccid, matchingId } = head;
  const [eid, type, event] = [waitingEid(head), availableType(head), eventOf(head)];
  return [
    ...(matchingId === '' ? [] : [['matching', keyOf(matchingId), iccid] as const]),
    ...(eid === undefined ? [] : [['waiting', `${eid}.${iccid}`, true] as const]),
    ...(type === undefined ? [] : [['available', `${type}.${iccid}`, true] as const]),
    ...(event === undefined ? [] : [['event', `${ALL}.${iccid}`, true] as const]),
  ];
}

const waitingEid = ({ matchingId, state, eid }: Head): string | undefined =>
  matchingId === '' && (isReleased(state) || state === 'confirmed') ? eid : undefined;

const availableType = ({ state, profileType }: Head): string | undefined => (state === 'available' ? profileType : undefined);

const eventOf = ({ smdsAddress, eid, isRegistered, state }: Head): string | undefined =>
  smdsAddress !== undefined && !isRegistered && state === 'released' ? eid : undefined;
