/** The memory of eUICCs as records: a change writes the parts that differ, and not the packages of all profiles. */
import type { CardState, KeptEuicc, KeyRecord, ProfileRecord, StoredNotification } from '../euicc/state.ts';
import type { RecordFile } from './record-file.ts';
import type { Change, Records } from './records.ts';

/** The state of a card without its lists, which have records of their own. */
interface CardRecord extends Omit<CardState, 'profiles' | 'notifications' | 'second'> {
  /** ICCIDs in the order of installation. */
  readonly profiles: readonly string[];
  /** Numbers in the order in which they were stored. */
  readonly notifications: readonly number[];
  /** The EID of the second eUICC. */
  readonly second?: string | undefined;
}

/** Reads the state of the eUICC with this EID; undefined when there is none. */
export function readCard(records: Records, eid: string): CardState | undefined {
  const card = records.get('card', eid) as CardRecord | undefined;
  if (!card) return undefined;
  const { profiles, notifications, second, ...rest } = card;
  const other = second === undefined ? undefined : readEuicc(records, second);
  return {
    ...rest,
    profiles: profiles.map((iccid): ProfileRecord => {
      const content = records.get('package', `${eid}.${iccid}`) as string | undefined;
      const profile = records.get('profile', `${eid}.${iccid}`) as ProfileRecord;
      return content === undefined ? profile : { ...profile, package: content };
    }),
    notifications: notifications.map((number) => records.get('notification', `${eid}.${number}`) as StoredNotification),
    ...(other && { second: other }),
  };
}

/** Reads an eUICC that has keys of its own. */
export function readEuicc(records: Records, eid: string): KeptEuicc | undefined {
  const state = readCard(records, eid);
  return state && { state, keys: records.get('keys', eid) as readonly KeyRecord[] };
}

export function* cardParts({ profiles, notifications, second, ...rest }: CardState): Iterable<Change> {
  const { eid } = rest;
  for (const { package: content, ...profile } of profiles) {
    yield ['profile', `${eid}.${profile.iccid}`, profile];
    if (content !== undefined) yield ['package', `${eid}.${profile.iccid}`, content];
  }
  for (const notification of notifications) yield ['notification', `${eid}.${notification.seqNumber}`, notification];
  if (second) yield* euiccParts(second);
  const card: CardRecord = {
    ...rest,
    profiles: profiles.map(({ iccid }) => iccid),
    notifications: notifications.map(({ seqNumber }) => seqNumber),
    ...(second && { second: second.state.eid }),
  };
  yield ['card', eid, card];
}

export function* euiccParts({ state, keys }: KeptEuicc): Iterable<Change> {
  yield ['keys', state.eid, keys];
  yield* cardParts(state);
}

/**
 * Keeps the parts of something in a file: each call writes the parts that differ from those of the call before.
 *
 * @param partsOf all the parts, each time
 */
export function partWriter(records: RecordFile, partsOf: () => Iterable<Change>): () => void {
  let kept = new Map<string, unknown>();
  for (const [kind, key] of records.names()) kept.set(`${kind} ${key}`, comparable(records.get(kind, key)));
  return () => {
    const changes: Change[] = [];
    const now = new Map<string, unknown>();
    for (const [kind, key, value] of partsOf()) {
      const name = `${kind} ${key}`;
      const text = comparable(value);
      if (kept.get(name) !== text) changes.push([kind, key, value]);
      now.set(name, text);
    }
    for (const name of kept.keys()) {
      if (!now.has(name)) changes.push([...(name.split(' ') as [kind: string, key: string]), undefined]);
    }
    records.write(changes);
    kept = now;
  };
}

/** Text is compared as it is: a package is long, and hardly ever changes. */
const comparable = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
