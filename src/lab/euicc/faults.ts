/**
 * What may go wrong on the card, by name: `pull@segment:3`, `refuse@EnableProfile:catBusy`. A place is a segment of a
 * package by its number from 1, or an ES10 function by its name without the interface: `GetProfilesInfo`, and
 * `GetProfilesInfo#2` where the second call is meant.
 */
import type { DataObject } from '../../lpa/asn1/schema.ts';
import { encodeTlv } from '../../lpa/asn1/tlv.ts';
import { concat } from '../../lpa/bytes.ts';
import { SetDefaultDpAddress } from '../../lpa/es10/es10a.ts';
import {
  AuthenticateServer,
  CancelSession,
  ListNotification,
  LoadCrl,
  PrepareDownload,
  RemoveNotificationFromList,
  RetrieveNotificationsList,
} from '../../lpa/es10/es10b.ts';
import {
  DeleteProfile,
  DisableProfile,
  EnableProfile,
  EuiccMemoryReset,
  GetProfilesInfo,
  SetNickname,
} from '../../lpa/es10/es10c.ts';
import { authenticateErrorCode } from '../../lpa/sgp22/authentication.ts';
import { downloadErrorCode } from '../../lpa/sgp22/download.ts';
import { type ErrorReason, errorReason } from '../../lpa/sgp22/notification.ts';

interface FaultKind {
  readonly summary: string;
  /** A place is needed. */
  readonly place?: 'any';
  readonly argument?: string;
  /** Happens the first time and never again. */
  readonly once?: true;
}

/** For `--fault`; several may be given. */
export const FAULTS = {
  pull: { summary: 'the card is pulled out of the reader before it takes this', place: 'any', once: true },
  'power-lost': { summary: 'the card loses its power before it takes this, and is back after 300 ms', place: 'any', once: true },
  'lost-answer': {
    summary: 'the card does this and is pulled before it answers; it is back after 300 ms',
    place: 'any',
    once: true,
  },
  'status-word': {
    summary: 'this is answered with a status word alone, 6A88 if none is given',
    place: 'any',
    argument: 'status word',
    once: true,
  },
  refuse: { summary: 'this is answered with the result named', place: 'any', argument: 'result' },
  'no-result': { summary: 'the last segment is answered with 9000 alone; the result is on the card' },
  'truncated-answer': { summary: 'the second half of the answer is missing', place: 'any' },
  'overlong-length': { summary: 'the answer says that it is longer than it is', place: 'any' },
  'wrong-tag': { summary: 'the answer has the tag of another function', place: 'any' },
  'doubled-field': { summary: 'the first member of the answer stands twice', place: 'any' },
  'endless-61xx': { summary: 'the answer never ends: each GET RESPONSE gives more', place: 'any' },
  'hostile-names': { summary: 'names and addresses carry terminal escapes, line breaks and right-to-left overrides' },
  'ignores-switch': { summary: 'enable and disable say ok and change nothing' },
} as const satisfies Readonly<Record<string, FaultKind>>;

export type FaultName = keyof typeof FAULTS;

interface Fault {
  readonly name: FaultName;
  readonly segment?: number;
  readonly function?: string;
  /** Which call of the function, from 1; absent: any. */
  readonly nth?: number;
  readonly argument?: string;
}

/** A place in what the card does. */
export interface Place {
  readonly segment?: number;
  /** As declared: `ES10c.EnableProfile`. */
  readonly function?: string;
  /** How often the function has been called, this call among them. */
  readonly nth?: number;
}

/** What happens at a place before the card works. */
export type Mishap =
  | { readonly kind: 'pull' | 'power-lost' | 'lost-answer' }
  | { readonly kind: 'status-word'; readonly sw: number }
  | { readonly kind: 'refuse'; readonly response: Uint8Array }
  | { readonly kind: 'fail'; readonly reason: ErrorReason };

export interface Faults {
  at(place: Place): Mishap | undefined;
  /** What becomes of a function's answer. */
  garble(place: Place, response: Uint8Array): Uint8Array;
  endless(place: Place): boolean;
  ignoresSwitch(): boolean;
  losesResult(): boolean;
  /** What takes the place of a text. */
  text(good: string): string;
}

/** OSC 52, cursor movement, line break, right-to-left override, C1, a zero-width space. */
const HOSTILE = 'A\u001b]52;c;aGk=\u0007\u001b[2A\r\nerror: none\u202egpj.\u009b31m\u200b';

/** @throws {RangeError} for a fault that is not in the table, or has no place or argument where it needs one */
export function faultsOf(texts: readonly string[], log: (event: string, detail: string) => void): Faults {
  const faults = texts.map(parseFault);
  const spent = new Set<Fault>();

  const find = (place: Place, ...names: FaultName[]): Fault | undefined => {
    const found = faults.find((fault) => names.includes(fault.name) && !spent.has(fault) && isAt(fault, place));
    if (!found) return undefined;
    if ('once' in FAULTS[found.name]) spent.add(found);
    log(
      'fault',
      `${found.name} at ${place.segment === undefined ? place.function : `segment ${place.segment}`}: ${FAULTS[found.name].summary}`,
    );
    return found;
  };

  return {
    at(place) {
      const fault = find(place, 'pull', 'power-lost', 'lost-answer', 'status-word', 'refuse');
      return fault && mishapOf(fault, place);
    },
    garble(place, response) {
      const fault = find(place, 'truncated-answer', 'overlong-length', 'wrong-tag', 'doubled-field');
      return fault ? garbled(fault.name, response) : response;
    },
    endless: (place) => find(place, 'endless-61xx') !== undefined,
    ignoresSwitch: () => faults.some(({ name }) => name === 'ignores-switch'),
    losesResult: () => faults.some(({ name }) => name === 'no-result'),
    text: (good) => (faults.some(({ name }) => name === 'hostile-names') ? HOSTILE : good),
  };
}

function parseFault(text: string): Fault {
  const [name = '', where = ''] = text.split('@');
  const kind = (FAULTS as Readonly<Record<string, FaultKind>>)[name];
  if (!kind) throw new RangeError(`${name} is none of ${Object.keys(FAULTS).join(', ')}`);
  const [first = '', ...rest] = where.split(':');
  const [fn = '', call] = first.split('#');
  const segment = first === 'segment' ? Number(rest.shift()) : undefined;
  const nth = call === undefined ? undefined : Number(call);
  const fault: Fault = {
    name: name as FaultName, // a key of the table, as was just seen
    ...(segment !== undefined && { segment }),
    ...(segment === undefined && fn !== '' && { function: fn }),
    ...(nth !== undefined && { nth }),
    ...(rest[0] !== undefined && { argument: rest[0] }),
  };
  if (segment !== undefined && !(Number.isInteger(segment) && segment > 0))
    throw new RangeError(`${text}: segments count from 1`);
  if (nth !== undefined && !(Number.isInteger(nth) && nth > 0)) throw new RangeError(`${text}: calls count from 1`);
  if (kind.place && where === '') throw new RangeError(`${name}: where? ${name}@segment:3 or ${name}@EnableProfile`);
  if (name === 'refuse') mishapOf(fault, { ...(segment === undefined ? { function: fn } : { segment }) });
  return fault;
}

const isAt = (fault: Fault, place: Place): boolean =>
  fault.segment === undefined
    ? fault.function !== undefined &&
      place.function?.split('.')[1] === fault.function &&
      (fault.nth === undefined || fault.nth === place.nth)
    : fault.segment === place.segment;

function mishapOf({ name, argument, function: fn }: Fault, place: Place): Mishap | undefined {
  if (name === 'pull' || name === 'power-lost' || name === 'lost-answer') return { kind: name };
  if (name === 'status-word') return { kind: 'status-word', sw: Number.parseInt(argument ?? '6A88', 16) };
  if (argument === undefined) throw new RangeError(`refuse: which result? refuse@${fn ?? 'segment:1'}:undefinedError`);
  if (place.segment !== undefined) {
    if (!names(errorReason).includes(argument))
      throw new RangeError(`refuse: ${argument} is none of ${names(errorReason).join(', ')}`);
    return { kind: 'fail', reason: argument as ErrorReason }; // it is one of its names
  }
  const refusal = REFUSALS.find((each) => each.name.split('.')[1] === fn);
  if (!refusal) throw new RangeError(`refuse: ${fn} is none of ${REFUSALS.map((each) => each.name.split('.')[1]).join(', ')}`);
  return { kind: 'refuse', response: refusal.encode(argument) };
}

const names = (type: { shape: { kind: string } }): string[] =>
  'names' in type.shape ? Object.keys(type.shape.names as Readonly<Record<string, number>>) : [];

interface FunctionRefusal {
  readonly name: string;
  /** The response with this result. @throws {RangeError} where the function has no such result */
  encode(result: string): Uint8Array;
}

/** The response of each function with a result; `key` names the member that carries it. */
const refusal = <Response>(fn: { name: string; response: DataObject<Response> }, key: string): FunctionRefusal => ({
  name: fn.name,
  encode(result) {
    try {
      return fn.response.encode({ [key]: result } as Response); // the one key is a member of the response
    } catch (error) {
      throw new RangeError(`refuse: ${fn.name} has no result ${result}`, { cause: error });
    }
  },
});

const errorObject = (
  fn: { name: string; response: { tag: number } },
  code: typeof authenticateErrorCode | typeof downloadErrorCode,
): FunctionRefusal => ({
  name: fn.name,
  encode(result) {
    if (!names(code).includes(result)) throw new RangeError(`refuse: ${fn.name} has no result ${result}`);
    const encode = code.encode as (result: string) => Uint8Array; // it is one of its names
    return encodeTlv(fn.response.tag, encodeTlv(0xa1, encodeTlv(0x02, encode(result))));
  },
});

const REFUSALS: readonly FunctionRefusal[] = [
  errorObject(AuthenticateServer, authenticateErrorCode),
  errorObject(PrepareDownload, downloadErrorCode),
  {
    name: CancelSession.name,
    encode: (result) =>
      encodeTlv(CancelSession.response.tag, encodeTlv(0x81, Uint8Array.of(result === 'invalidTransactionId' ? 5 : 127))),
  },
  refusal(EnableProfile, 'enableResult'),
  refusal(DisableProfile, 'disableResult'),
  refusal(DeleteProfile, 'deleteResult'),
  refusal(EuiccMemoryReset, 'resetResult'),
  refusal(SetNickname, 'setNicknameResult'),
  refusal(GetProfilesInfo, 'profileInfoListError'),
  refusal(ListNotification, 'listNotificationsResultError'),
  refusal(RetrieveNotificationsList, 'notificationsListResultError'),
  refusal(RemoveNotificationFromList, 'deleteNotificationStatus'),
  refusal(SetDefaultDpAddress, 'setDefaultDpAddressResult'),
  refusal(LoadCrl, 'loadCRLResponseError'),
];

function garbled(name: FaultName, response: Uint8Array): Uint8Array {
  const content = response.subarray(3);
  const tag = response.subarray(0, 2);
  switch (name) {
    case 'truncated-answer':
      return response.subarray(0, Math.ceil(response.length / 2));
    case 'overlong-length':
      return concat(tag, Uint8Array.of(0x84, 0x7f, 0xff, 0xff, 0xff), content);
    case 'wrong-tag':
      return concat(Uint8Array.of(0xbf, 0x7e), response.subarray(2));
    default: // doubled-field
      return encodeTlv(((tag[0] ?? 0) << 8) | (tag[1] ?? 0), concat(contentOf(response), contentOf(response)));
  }
}

/** Everything after tag and length. */
function contentOf(response: Uint8Array): Uint8Array {
  const first = response[2] ?? 0;
  return response.subarray(first < 0x80 ? 3 : 3 + (first & 0x7f));
}
