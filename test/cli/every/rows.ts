/** How each command of the index ends in each kind of error: a command without a row, or a row without a kind, fails. */
import { EID, type Server, SPARE, USED, type World } from './world.ts';

/** What goes wrong. */
export const SITUATIONS = [
  'unknownOption',
  'tooManyWords',
  'noService',
  'noReader',
  'noCard',
  'held',
  'plainUicc',
  'm2m',
  'pulled',
  'statusWord',
  'refused',
  'garbage',
  'network',
  'tls',
  'serverStatus',
  'cancelled',
] as const;
export type Situation = (typeof SITUATIONS)[number];

export interface Outcome {
  readonly exit: number;
  /** `error.code` of the JSON error, which comes with an empty stdout; absent where there is a result. */
  readonly error?: string;
}

const done: Outcome = { exit: 0 };
const failed = (exit: number, error: string): Outcome => ({ exit, error });
/** Told in the result itself. */
const told = (exit: number): Outcome => ({ exit });

const USAGE = failed(2, 'usage');
const CARD = failed(3, 'card');

export type Outcomes = Readonly<Record<Situation, Outcome>>;

const NEEDS_NOTHING: Outcomes = {
  unknownOption: USAGE,
  tooManyWords: USAGE,
  noService: done,
  noReader: done,
  noCard: done,
  held: done,
  plainUicc: done,
  m2m: done,
  pulled: done,
  statusWord: done,
  refused: done,
  garbage: done,
  network: done,
  tls: done,
  serverStatus: done,
  cancelled: done,
};

/** A server matters to it only for what it delivers afterwards, and that is a warning. */
const NEEDS_CARD: Outcomes = {
  ...NEEDS_NOTHING,
  noService: CARD,
  noReader: CARD,
  noCard: CARD,
  held: CARD,
  plainUicc: CARD,
  m2m: CARD,
  pulled: CARD,
  statusWord: failed(3, 'card/status-word'),
  refused: failed(4, 'euicc'),
  garbage: failed(7, 'decode'),
  cancelled: failed(130, 'cancelled'),
};

const NEEDS_SERVER: Outcomes = {
  ...NEEDS_CARD,
  network: failed(6, 'network'),
  tls: failed(8, 'trust'),
  serverStatus: failed(5, 'server'),
};

export interface Row {
  /** As typed where all is well. */
  readonly argv: (world: World, server: Server) => readonly string[];
  readonly outcomes: Outcomes;
  /** Its own ES10 function, by the tag of the request, and how the eUICC refuses that where it can. */
  readonly asks?: readonly [tag: string, refusal?: string];
  /** On a card that has nothing to tell servers. */
  readonly toldAll?: true;
}

const LIST: readonly [string, string] = ['BF2D', 'BF2D0381017F'];
const PREPARE_REFUSED = 'BF2108A106800101020101';
const NOTIFICATIONS: readonly [string, string] = ['BF28', 'BF280381017F'];

export const ROWS: Readonly<Record<string, Row>> = {
  download: {
    argv: (world, server) => ['download', world.code(server), '--yes'],
    outcomes: NEEDS_SERVER,
    asks: ['BF21', PREPARE_REFUSED],
  },
  inspect: {
    argv: (world, server) => ['inspect', world.code(server)],
    // It ends before the eUICC is asked for what this row lets it refuse.
    outcomes: NEEDS_SERVER,
    asks: LIST,
  },
  discover: { argv: () => ['discover'], outcomes: { ...NEEDS_SERVER, refused: done }, asks: ['BF3C'] },
  list: { argv: () => ['list', '--wide'], outcomes: NEEDS_CARD, asks: LIST },
  enable: { argv: () => ['enable', SPARE], outcomes: NEEDS_CARD, asks: ['BF31', 'BF3103800103'] },
  disable: { argv: () => ['disable', USED], outcomes: NEEDS_CARD, asks: ['BF32', 'BF3203800103'] },
  rename: { argv: () => ['rename', SPARE, 'work'], outcomes: NEEDS_CARD, asks: ['BF29', 'BF290380017F'] },
  delete: { argv: () => ['delete', SPARE, '--confirm', SPARE], outcomes: NEEDS_CARD, asks: ['BF33', 'BF3303800103'] },
  notifications: { argv: () => ['notifications'], outcomes: NEEDS_CARD, asks: NOTIFICATIONS },
  'notifications list': { argv: () => ['notifications', 'list'], outcomes: NEEDS_CARD, asks: NOTIFICATIONS },
  'notifications send': {
    argv: () => ['notifications', 'send'],
    outcomes: { ...NEEDS_SERVER, network: told(6), tls: told(8), serverStatus: told(6), cancelled: told(130) },
    asks: NOTIFICATIONS,
  },
  'notifications save': {
    argv: (world) => ['notifications', 'save', `${world.file(`pending-${world.count()}`, '')}.der`],
    outcomes: NEEDS_CARD,
    asks: NOTIFICATIONS,
  },
  'notifications remove': {
    argv: () => ['notifications', 'remove', '--all', '--confirm', EID],
    outcomes: NEEDS_CARD,
    asks: ['BF30', 'BF300380017F'],
  },
  batch: {
    argv: (world, server) => [
      'batch',
      world.file(`plan-${world.count()}.csv`, `reader,code\nLab 00,${world.code(server)}\n`),
      '--yes',
    ],
    outcomes: {
      ...NEEDS_SERVER,
      plainUicc: told(3),
      m2m: told(3),
      held: told(3),
      pulled: told(3),
      statusWord: told(3),
      refused: told(4),
      garbage: told(7),
      network: told(6),
      tls: told(8),
      serverStatus: told(5),
      cancelled: told(130),
      noReader: told(3),
      noCard: told(3),
    },
    asks: ['BF21', PREPARE_REFUSED],
  },
  info: { argv: () => ['info'], outcomes: { ...NEEDS_CARD, refused: done }, asks: ['BF22'] },
  'info eid': { argv: () => ['info', 'eid'], outcomes: { ...NEEDS_CARD, refused: done }, asks: ['BF3E'] },
  smdp: { argv: () => ['smdp', 'smdp.example.com'], outcomes: NEEDS_CARD, asks: ['BF3F', 'BF3F0380017F'] },
  lpae: { argv: () => ['lpae'], outcomes: { ...NEEDS_CARD, refused: done }, asks: ['BF22'] },
  'lpae status': { argv: () => ['lpae', 'status'], outcomes: { ...NEEDS_CARD, refused: done }, asks: ['BF22'] },
  'lpae activate': {
    argv: () => ['lpae', 'activate', '--cat', '--yes'],
    outcomes: NEEDS_CARD,
    asks: ['BF42', 'BF4203800101'],
  },
  reset: {
    argv: () => ['reset', '--operational', '--confirm', EID],
    outcomes: NEEDS_CARD,
    asks: ['BF34', 'BF340380017F'],
  },
  readers: {
    argv: () => ['readers'],
    // A card that cannot be asked is told of in its line.
    outcomes: { ...NEEDS_NOTHING, noService: CARD, cancelled: failed(130, 'cancelled') },
    asks: ['BF3E'],
  },
  doctor: {
    argv: (world, server) => ['doctor', world.code(server)],
    outcomes: {
      ...NEEDS_NOTHING,
      noService: told(3),
      noReader: told(3),
      noCard: told(3),
      held: told(3),
      plainUicc: told(3),
      m2m: told(3),
      pulled: told(3),
      statusWord: told(3),
      garbage: told(7),
      network: told(6),
      tls: told(8),
      cancelled: failed(130, 'cancelled'),
    },
    asks: ['BF20'],
    toldAll: true,
  },
  qr: { argv: (world) => ['qr', world.code()], outcomes: NEEDS_NOTHING },
  explain: { argv: () => ['explain', '8.2.6/3.8'], outcomes: { ...NEEDS_NOTHING, tooManyWords: USAGE } },
  completion: { argv: () => ['completion', 'bash'], outcomes: NEEDS_NOTHING },
  help: { argv: () => ['help', 'list'], outcomes: NEEDS_NOTHING },
};
