/** What goes wrong during an operation, chosen at random from what its functions are prone to. */
import type { FaultName } from '../../src/lab/euicc/faults.ts';
import type { MannersName } from '../../src/lab/euicc/quirks.ts';
import { SERVER_FAULTS } from '../../src/lab/rsp/faults.ts';
import type { Random } from '../fuzz/random.ts';
import type { Operation } from './operation.ts';

export interface Disturbance {
  readonly cardFaults: readonly string[];
  readonly serverFaults: readonly string[];
  /** Odd, and still to be coped with. */
  readonly manners: readonly MannersName[];
  /** Whether anything is worse than odd. */
  readonly isFault: boolean;
}

const GONE: readonly FaultName[] = ['pull', 'power-lost', 'lost-answer'];
const GARBLED: readonly FaultName[] = ['truncated-answer', 'overlong-length', 'wrong-tag', 'doubled-field', 'endless-61xx'];
const STATUS_WORDS = ['6A88', '6F00', '6985', '6400'];

/** Results that a decision of the card may have. */
const REFUSALS: Readonly<Record<string, readonly string[]>> = {
  AuthenticateServer: ['invalidCertificate', 'undefinedError'],
  PrepareDownload: ['invalidSignature', 'noSessionContext', 'undefinedError'],
  CancelSession: ['invalidTransactionId', 'undefinedError'],
  EnableProfile: ['undefinedError', 'disallowedByPolicy'],
  DisableProfile: ['undefinedError', 'disallowedByPolicy'],
  DeleteProfile: ['undefinedError', 'disallowedByPolicy'],
  SetNickname: ['undefinedError'],
  eUICCMemoryReset: ['undefinedError'],
  GetProfilesInfo: ['undefinedError'],
  ListNotification: ['undefinedError'],
  RetrieveNotificationsList: ['undefinedError'],
  RemoveNotificationFromList: ['undefinedError'],
};
const SEGMENT_REFUSALS = [
  'installFailedDueToPEProcessingError',
  'installFailedDueToInsufficientMemoryForProfile',
  'scp03tSecurityError',
];

/** Segments that the smallest package has. */
const SEGMENTS = 9;

/** Oddities that change nothing about what a command comes to, and make nobody wait. */
const MANNERS = [
  't1', 'vendor-aid', 'basic-channel', 'no-channels', 'gates', 'bare-select', 'select-61xx', 'iot', 'small-blocks', 'no-refresh',
  'aid-only', 'aid-no-refresh', 'whole-list', 'v2.0-lists', 'untrimmed-bits', 'refresh-6f00', 'deaf-until-reset', 'self-reset',
  'terminal-profile', 'refresh-init-all', 'refresh-files', 'refresh-application', 'refresh-session', 'refresh-profile-state', 'menu',
  'strict-t0', 'strict-segments',
] as const satisfies readonly MannersName[]; // biome-ignore format: a list of words

/** At any function. */
const ANSWERS = ['hangup', 'cut', 'http:500', 'http:503', 'html', 'redirect', 'no-body', 'no-header', 'huge-length', 'deep-json'];

/** In a session. */
const SESSION = [
  'status:8.2.6/3.8@authenticateClient',
  'expired@authenticateClient',
  'status:8.1/4.8@getBoundProfilePackage',
  'wrong-address',
  'wrong-challenge',
  'wrong-transaction',
  'signed2-transaction',
  'metadata-unlike:profileName',
  'metadata-twice',
  'package-truncated',
  'package-order',
  'package-mac',
  'package-metadata-mac',
  'package-transaction',
  'package-signature',
  'package-empty',
  'tls-wrong-name',
  'tls-foreign-ci',
  'dpauth-stolen',
  'dppb-wrong-role',
];

const HARMLESS = Object.entries(SERVER_FAULTS)
  .filter(([, { says }]) => says.endsWith('(an LPA accepts it)'))
  .filter(([name]) => !['metadata-explicit-default', 'metadata-address-space'].includes(name)) // they make the profile larger
  .map(([name]) => name);

export function disturbance(random: Random, { card, server }: Operation): Disturbance {
  const manners = random.chance(0.3) ? [random.pick(MANNERS)] : [];
  const cardFaults = random.chance(0.3) ? [cardFault(random, random.pick(card))] : [];
  const isBad = server.length > 0 && random.chance(0.3);
  const serverFaults = isBad
    ? [serverFault(random, server)]
    : server.length > 0 && random.chance(0.2)
      ? [random.pick(HARMLESS)]
      : [];
  return { manners, cardFaults, serverFaults, isFault: isBad || cardFaults.length > 0 };
}

function cardFault(random: Random, where: string): string {
  if (where === 'segment') {
    const place = `segment:${1 + random.int(SEGMENTS)}`;
    if (random.chance(0.2)) return `refuse@${place}:${random.pick(SEGMENT_REFUSALS)}`;
    if (random.chance(0.1)) return 'no-result';
    return random.chance(0.3) ? `status-word@${place}:${random.pick(STATUS_WORDS)}` : `${random.pick(GONE)}@${place}`;
  }
  const refusals = REFUSALS[where];
  if (refusals && random.chance(0.3)) return `refuse@${where}:${random.pick(refusals)}`;
  if (where.endsWith('ableProfile') && random.chance(0.2)) return 'ignores-switch';
  if (random.chance(0.3)) return `status-word@${where}:${random.pick(STATUS_WORDS)}`;
  return `${random.pick(random.chance(0.5) ? GONE : GARBLED)}@${where}`;
}

const serverFault = (random: Random, server: readonly string[]): string =>
  server.includes('getBoundProfilePackage') && random.chance(0.5)
    ? random.pick(SESSION)
    : `${random.pick(ANSWERS)}@${random.pick(server)}`;
