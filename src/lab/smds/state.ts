/** Events of an SM-DS as records, by EID. */
import { MemoryRecords, type Records } from '../state/records.ts';
import type { RspEvent } from './registrar.ts';

export interface EventRecord extends RspEvent {
  /** An SM-DP+, or an SM-DS below this one. */
  readonly rspServerAddress: string;
  /** The server that registered it, and may delete it. */
  readonly requester: string;
  /** The Event ID that it has at the parent. */
  readonly forwardedAs?: string | undefined;
}

/** The Events of one EID by Event ID, each with the number of its record. */
interface OfEid {
  readonly events: Map<string, { readonly event: EventRecord; readonly number: number }>;
  next: number;
}

export class SmdsState {
  readonly #records: Records;
  /** EIDs that were asked for. */
  readonly #known = new Map<string, OfEid>();

  constructor(records: Records) {
    this.#records = records;
  }

  /** All Events, by EID: reads each of them. */
  get events(): readonly EventRecord[] {
    const eids = new Set(this.#records.keys('event').map((key) => key.split('.', 1)[0]!));
    return [...eids].flatMap((eid) => this.eventsFor(eid));
  }

  /** The Events of an EID, oldest first. */
  eventsFor(eid: string): readonly EventRecord[] {
    return [...this.#ofEid(eid).events.values()].map(({ event }) => event);
  }

  find({ eid, eventId }: RspEvent): EventRecord | undefined {
    return this.#ofEid(eid).events.get(eventId)?.event;
  }

  add(event: EventRecord): void {
    const ofEid = this.#ofEid(event.eid);
    const number = ofEid.next++;
    this.#records.write([['event', `${event.eid}.${number}`, event]]);
    ofEid.events.set(event.eventId, { event, number });
  }

  remove({ eid, eventId }: RspEvent): void {
    const { events } = this.#ofEid(eid);
    const known = events.get(eventId);
    if (!known) return;
    this.#records.write([['event', `${eid}.${known.number}`, undefined]]);
    events.delete(eventId);
  }

  #ofEid(eid: string): OfEid {
    const known = this.#known.get(eid);
    if (known) return known;
    const ofEid: OfEid = { events: new Map(), next: 1 };
    for (const key of this.#records.keys('event', eid)) {
      const event = this.#records.get('event', key) as EventRecord;
      const number = Number(key.slice(eid.length + 1));
      ofEid.events.set(event.eventId, { event, number });
      ofEid.next = Math.max(ofEid.next, number + 1);
    }
    this.#known.set(eid, ofEid);
    return ofEid;
  }
}

/** @param records where the Events are kept; without it, in memory */
export const newSmdsState = (records: Records = new MemoryRecords()): SmdsState => new SmdsState(records);
