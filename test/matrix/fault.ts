/** The columns: every fault of the card, the reader, the network and the server, and what it comes to at a step. */
import { FAULTS, type FaultName } from '../../src/lab/euicc/faults.ts';
import type { Hooks } from '../../src/lab/rsp/fault-hooks.ts';
import { SERVER_FAULTS } from '../../src/lab/rsp/faults.ts';
import type { Weather } from './network.ts';
import type { Trouble } from './reader.ts';
import type { Step } from './step.ts';

export type Side = 'card' | 'reader' | 'network' | 'server';

/** What is done when the step is reached; `card` is told to the card beforehand. */
export type Deed =
  | { readonly card: string }
  | { readonly reader: Trouble }
  | { readonly network: Weather }
  /** For this call alone, or for the rest of the command. */
  | { readonly server: string; readonly lasts?: true; readonly timeoutMs?: number }
  /** By a server of its own that was begun with it. */
  | { readonly begunWith: string };

export interface Fault {
  readonly side: Side;
  readonly name: string;
  /** What to do at a step, or why it cannot happen there. */
  at(step: Step, about: About): Deed | string;
}

/** What a fault has to know of the procedure besides the step. */
export interface About {
  readonly steps: readonly Step[];
  /** The first thing that this server is asked. */
  readonly isFirst: boolean;
}

const NOT_CARD = 'the card is not asked here: what happens to it is met by the next command to it';
const NOT_SERVER = 'no server is asked here: what happens to it, or to the network, is met by the next request';

const isFunction = ({ peer, name }: Step): boolean => peer === 'card' && name.startsWith('ES10');
const isSegment = ({ name }: Step): boolean => name.startsWith('segment ');
const placeOf = ({ name, nth }: Step): string =>
  name.startsWith('segment ') ? name.replace(' ', ':') : `${name.split('.')[1]}#${nth}`;

/** Results that a function is made to answer: what may come of the form of a request, and what is a decision. */
const RESULTS: Readonly<Record<string, readonly string[]>> = {
  'ES10b.AuthenticateServer': ['invalidCertificate', 'invalidSignature', 'ciPKUnknown', 'undefinedError'],
  'ES10b.PrepareDownload': ['invalidSignature', 'noSessionContext', 'invalidTransactionId', 'undefinedError'],
  'ES10b.CancelSession': ['invalidTransactionId', 'undefinedError'],
  'ES10c.EnableProfile': ['iccidOrAidNotFound', 'disallowedByPolicy', 'catBusy', 'undefinedError'],
  'ES10c.DisableProfile': ['iccidOrAidNotFound', 'disallowedByPolicy', 'catBusy', 'undefinedError'],
  'ES10c.DeleteProfile': ['iccidOrAidNotFound', 'disallowedByPolicy', 'undefinedError'],
  'ES10c.eUICCMemoryReset': ['nothingToDelete', 'catBusy', 'undefinedError'],
  'ES10c.GetProfilesInfo': ['incorrectInputValues', 'undefinedError'],
  'ES10b.ListNotification': ['undefinedError'],
  'ES10b.RetrieveNotificationsList': ['undefinedError'],
  'ES10b.RemoveNotificationFromList': ['nothingToDelete', 'undefinedError'],
};
const SEGMENT_RESULTS = [
  'installFailedDueToInterruption',
  'installFailedDueToInsufficientMemoryForProfile',
  'installFailedDueToPEProcessingError',
];
const STATUS_WORDS = ['6A88', '6985', '6F00'];

const cardFault = (name: string, at: (step: Step, about: About) => Deed | string): Fault => ({
  side: 'card',
  name,
  at(step, about) {
    if (step.peer === 'card') return at(step, about);
    if (step.peer === 'user') return GONE.has(name) ? { reader: 'pull' } : 'no command is answered while the user decides';
    return NOT_CARD;
  },
});
const GONE: ReadonlySet<string> = new Set(['pull', 'power-lost']);

function cardFaults(name: FaultName): readonly Fault[] {
  switch (name) {
    case 'pull':
    case 'power-lost':
      return [
        cardFault(name, (step) =>
          isFunction(step) || isSegment(step) ? { card: `${name}@${placeOf(step)}` } : { reader: 'pull' },
        ),
      ];
    case 'lost-answer':
      return [
        cardFault(name, (step) =>
          isFunction(step) || isSegment(step) ? { card: `${name}@${placeOf(step)}` } : { reader: name },
        ),
      ];
    case 'status-word':
      return STATUS_WORDS.map((word) =>
        cardFault(`${name}:${word}`, (step) => {
          if (isFunction(step) || isSegment(step)) return { card: `${name}@${placeOf(step)}:${word}` };
          if (step.name === 'power on' || step.name === 'reset') return 'no command is answered here';
          return word === '6F00' ? { reader: 'status-word' } : 'of the commands that are no STORE DATA, 6F00 is tried';
        }),
      );
    case 'refuse':
      return [...new Set([...Object.values(RESULTS).flat(), ...SEGMENT_RESULTS])].map((result) =>
        cardFault(`${name}:${result}`, (step) => {
          const known = isSegment(step) ? SEGMENT_RESULTS : (RESULTS[step.name] ?? []);
          if (known.includes(result)) return { card: `${name}@${placeOf(step)}:${result}` };
          if (isSegment(step)) return 'a segment has no such result';
          return isFunction(step) ? 'the function has no such result' : 'no function is asked here';
        }),
      );
    case 'no-result':
      return [
        cardFault(name, (step, { steps }) =>
          step === steps.findLast(isSegment) ? { card: name } : 'only the last segment of a package has a result to lose',
        ),
      ];
    case 'hostile-names':
      return [
        cardFault(name, (step, { steps }) =>
          step === steps.find((each) => TELLS_NAMES.has(each.name))
            ? { card: name }
            : 'no name or address is told here for the first time',
        ),
      ];
    case 'ignores-switch':
      return [
        cardFault(name, (step) =>
          /^ES10c\.(En|Dis)ableProfile$/.test(step.name) && step.nth === 1 ? { card: name } : 'nothing is switched here',
        ),
      ];
    default: // truncated-answer, overlong-length, wrong-tag, doubled-field, endless-61xx
      return [
        cardFault(name, (step, { steps }) => {
          if (isSegment(step) && step !== steps.findLast(isSegment))
            return 'only the last segment of a package is answered with data';
          return isFunction(step) || isSegment(step) ? { card: `${name}@${placeOf(step)}` } : 'no function is asked here';
        }),
      ];
  }
}
const TELLS_NAMES = new Set(['ES10c.GetProfilesInfo', 'ES10b.ListNotification', 'ES10a.GetEuiccConfiguredAddresses']);

const READER: readonly (readonly [Trouble, string])[] = [
  ['unplugged', 'the reader is unplugged'],
  ['reset', 'warm reset by the reader or another program'],
  ['mute', 'the card stops answering'],
  ['stopped', 'the daemon is stopped'],
  ['held', 'another program holds the card'],
  ['no-reader', 'no reader is there'],
  ['no-card', 'no card is in the reader'],
];
const ONLY_FIRST: ReadonlySet<Trouble> = new Set(['held', 'no-reader', 'no-card']);

const readerFaults: readonly Fault[] = READER.map(([kind, name]) => ({
  side: 'reader',
  name,
  at({ peer, name: step, nth }) {
    const isOpening = step === 'power on' && nth === 1;
    if (peer === 'SM-DP+' || peer === 'SM-DS') return NOT_CARD;
    if (ONLY_FIRST.has(kind)) return isOpening ? { reader: kind } : 'the card is ours alone from the moment it is opened';
    if (kind === 'reset' && isOpening) return 'a card without power cannot be reset';
    return kind === 'reset' && step === 'reset' ? 'a reset is what is asked for' : { reader: kind };
  },
}));

const WEATHER: readonly (readonly [Weather, string])[] = [
  ['good', 'the connection was closed meanwhile'],
  ['name', 'the name is not known'],
  ['refused', 'the connection is refused'],
  ['reset', 'the connection ends in the handshake'],
  ['stalled', 'the handshake stalls until the time-out'],
  ['not-tls', 'what answers speaks no TLS'],
];
/** Faults of the server that are the network's as much. */
const ON_THE_WAY: ReadonlySet<string> = new Set(['hangup', 'cut', 'silent', 'slow-drip', 'delay']);

const weatherFaults: readonly Fault[] = WEATHER.map(([weather, name]) => ({
  side: 'network',
  name,
  at({ peer }, { isFirst }) {
    if (peer === 'card') return NOT_SERVER;
    return weather === 'good' && isFirst ? 'there is no connection yet' : { network: weather };
  },
}));

/** The function that a fault of what is said in a session belongs to. */
const FUNCTION_OF: Readonly<Partial<Record<keyof Hooks, string>>> = {
  relay: 'InitiateAuthentication',
  auth: 'InitiateAuthentication',
  serverSigned1: 'InitiateAuthentication',
  euiccCiPKIdToBeUsed: 'InitiateAuthentication',
  serverSignature1: 'InitiateAuthentication',
  binding: 'AuthenticateClient',
  smdpSigned2: 'AuthenticateClient',
  smdpSignature2: 'AuthenticateClient',
  shownMetadata: 'AuthenticateClient',
  packagedMetadata: 'GetBoundProfilePackage',
  parts: 'GetBoundProfilePackage',
  boundProfilePackage: 'GetBoundProfilePackage',
  diesAfterwards: 'GetBoundProfilePackage',
};
const ARGUMENTS: Readonly<Record<string, string>> = { status: '8.1/4.8', delay: '20ms' };
/** Faults that a server has from its start to its end. */
const OWN_SERVER: ReadonlySet<string> = new Set(['relay', 'dies-after-package']);
/** Short where nothing comes, long where the function has to be carried out before. */
const SILENCE_MS = 60;
const DRIP_MS = 1200;

function serverFault(name: string): Fault {
  const argument = ARGUMENTS[name];
  const text = argument === undefined ? name : `${name}:${argument}`;
  const hooks = SERVER_FAULTS[name]!.hooks(argument ?? '');
  const [hook] = Object.keys(hooks) as (keyof Hooks)[];
  const belongs = hook && FUNCTION_OF[hook];
  return {
    side: ON_THE_WAY.has(name) ? 'network' : 'server',
    name: text,
    at({ peer, name: step }) {
      if (peer === 'card') return NOT_SERVER;
      if (peer === 'user') return 'no server is asked here';
      const fn = step.split('.')[1] ?? '';
      if (hook === 'tls') return { server: text, lasts: true };
      if (belongs !== undefined) {
        if (fn !== belongs) return `a fault of ${belongs}`;
        if (peer === 'SM-DS' && belongs !== 'InitiateAuthentication') return 'an SM-DS offers no profile';
        return OWN_SERVER.has(name) ? { begunWith: text } : { server: text, lasts: true };
      }
      if (name === 'wrong-transaction' && /HandleNotification|CancelSession/.test(fn)) return 'no transaction is answered here';
      const timeoutMs = name === 'silent' ? SILENCE_MS : name === 'slow-drip' ? DRIP_MS : undefined;
      return {
        server: `${text}@${fn[0]?.toLowerCase()}${fn.slice(1)}`,
        ...(timeoutMs !== undefined && { timeoutMs }),
      };
    },
  };
}

export const ALL_FAULTS: readonly Fault[] = [
  ...(Object.keys(FAULTS) as FaultName[]).flatMap(cardFaults),
  ...readerFaults,
  ...weatherFaults,
  ...Object.keys(SERVER_FAULTS).map(serverFault),
];
