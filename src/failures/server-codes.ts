/**
 * What RSP servers mean by subject and reason code. SGP.22 v2.5 §5.2.6 and the functions' own tables; pairs that only v3 or
 * the field knows are among them. A pair without a row is put together from its two halves.
 */
import { type RefusalCause, refusalCause, triesLeftIn } from '../lpa/server-message.ts';
import { type Words, words } from './words.ts';

// biome-ignore format: a table
const SUBJECTS: Readonly<Record<string, string>> = {
  '1': 'general', '1.1': 'function requester', '1.2': 'function provider', '1.2.1': 'content type', '1.2.2': 'protocol version',
  '1.3': 'protocol', '1.3.1': 'request', '1.6': 'function', '8': 'eUICC remote provisioning', '8.1': 'eUICC', '8.1.1': 'EID',
  '8.1.2': 'EUM certificate', '8.1.3': 'eUICC certificate', '8.1.4': 'EID range', '8.2': 'profile', '8.2.1': 'ICCID',
  '8.2.5': 'profile type', '8.2.6': 'matching ID', '8.2.7': 'confirmation code', '8.2.8': 'policy rules', '8.2.9': 'profile metadata',
  '8.2.10': 'bound profile package', '8.2.12': 'profile owner', '8.8': 'SM-DP+', '8.8.1': 'SM-DP+ address',
  '8.8.2': 'SM-DP+ security configuration', '8.8.3': 'specification version', '8.8.4': 'SM-DP+ certificate', '8.8.5': 'download order',
  '8.9': 'SM-DS', '8.9.1': 'SM-DS address', '8.9.2': 'SM-DS security configuration', '8.9.3': 'specification version',
  '8.9.4': 'SM-DS certificate', '8.9.5': 'event record', '8.10': 'RSP operation', '8.10.1': 'transaction ID', '8.11': 'CI',
  '8.11.1': 'CI public key',
};

// biome-ignore format: a table
const REASONS: Readonly<Record<string, string>> = {
  '1.1': 'unknown', '1.2': 'not allowed', '2.1': 'invalid', '2.2': 'missing', '2.3': 'missing', '3.1': 'not supported',
  '3.2': 'too large', '3.3': 'already in use', '3.4': 'wrong destination', '3.5': 'not possible in this state', '3.6': 'still referred to',
  '3.7': 'unavailable', '3.8': 'refused', '3.9': 'unknown', '3.10': 'belongs to something else', '3.11': 'has changed',
  '3.12': 'does not match', '4.2': 'execution error', '4.3': 'stopped on warning', '4.4': 'busy', '4.8': 'not enough memory',
  '4.10': 'expired', '5.1': 'not reachable', '5.3': 'timed out', '5.4': 'did not answer', '6.1': 'verification failed', '6.3': 'expired',
  '6.4': 'tried too often',
};

const NEW_CODE = 'ask the operator for a new code';
const OPERATOR = 'the operator has to put this right: tell them the codes above';
const ELSEWHERE = 'the server and this card belong to different worlds, live and test: `lpa info` lists the CIs of the card';
const CARD_REFUSED =
  "the server does not accept this card's maker, as with a test card at a live server; try a card of another maker";
const REPORT = 'please report this with a trace (`--trace-file`)';

// biome-ignore format: a table
const PAIRS: Readonly<Record<string, Words>> = {
  '1.2.1/2.1':   words('content type refused', REPORT),
  '1.2.2/2.1':   words('protocol version refused', REPORT),
  '1.3.1/2.2':   words('request incomplete', REPORT),
  '1.6/2.1':     words('function invalid', 'servers answer so to a wrong or used code, and some when they want an IMEI: check the code, then try --imei'),
  '8.1/4.8':     words('not enough space on the eUICC', '`lpa info` shows the free memory; delete a profile that is not needed, and try the code again'),
  '8.1/6.1':     words("the eUICC's signature was not accepted", 'take the card out, put it back and run the same command again; if it stays so, the card or what is between here and the server is at fault'),
  '8.1.1/2.1':   words('EID not supported', 'the operator does not take this card'),
  '8.1.1/2.2':   words('EID missing in the order', OPERATOR),
  '8.1.1/3.1':   words('the profile is bound to another EID', 'the code was used with another card; take that one, or ask the operator for a new code'),
  '8.1.1/3.10':  words('the profile is bound to another EID', 'the code was used with another card; take that one, or ask the operator for a new code'),
  '8.1.1/3.8':   words('EID refused', 'the order is for another card: compare the EID (`lpa info eid`) with the one that the operator has'),
  '8.1.1/3.9':   words('EID unknown', 'the server does not know this card: check that it is the right server, and give the operator the EID (`lpa info eid`)'),
  '8.1.2/6.1':   words('EUM certificate not accepted', CARD_REFUSED),
  '8.1.2/6.3':   words('EUM certificate expired', CARD_REFUSED),
  '8.1.3/6.1':   words('eUICC certificate not accepted', CARD_REFUSED),
  '8.1.3/6.3':   words('eUICC certificate expired', 'the card has to be replaced'),
  '8.1.4/6.1':   words('the EID is not in the range of its maker', 'the card contradicts its certificate, and has to be replaced'),
  '8.2/1.2':     words('profile not released', 'the operator has to release the order; wait a little and run the same command again'),
  '8.2/3.7':     words('profile not available for another binding', 'it was prepared for another card, or before this one was reset: take the same card, or ask the operator for a new code'),
  '8.2.1/1.2':   words('ICCID not allowed', OPERATOR),
  '8.2.1/2.3':   words('ICCID missing in the order', OPERATOR),
  '8.2.1/3.1':   words('the ICCID is bound to another EID', NEW_CODE),
  '8.2.1/3.3':   words('ICCID already in use', NEW_CODE),
  '8.2.1/3.5':   words('the profile cannot be released', OPERATOR),
  '8.2.1/3.9':   words('ICCID unknown', OPERATOR),
  '8.2.1/3.10':  words('the ICCID is bound to another EID', NEW_CODE),
  '8.2.5/1.2':   words('profile type not allowed', OPERATOR),
  '8.2.5/3.7':   words('no profile of this type is left', OPERATOR),
  '8.2.5/3.8':   words('profile type does not fit the ICCID', OPERATOR),
  '8.2.5/3.9':   words('profile type unknown', OPERATOR),
  '8.2.5/4.3':   words('no eligible profile for this eUICC or device', 'the eUICC (`lpa info`) or the device is not eligible: ask the operator for another profile, or give --imei or --tac of the device'),
  '8.2.6/2.1':   words('matching ID invalid', OPERATOR),
  '8.2.6/3.1':   words('the matching ID is bound to another ICCID', OPERATOR),
  '8.2.6/3.3':   words('matching ID already in use', OPERATOR),
  '8.2.6/3.8':   words('matching ID refused', 'the matching ID is mistyped, or the activation code was used: compare it with the original, run `lpa list`, then ask the operator'),
  '8.2.6/3.10':  words('the matching ID is bound to another ICCID', OPERATOR),
  '8.2.7/2.2':   words('confirmation code missing', 'give what the operator told you beside the code, with --confirmation-code'),
  '8.2.7/3.8':   words('confirmation code refused', 'type it again with care: tries are few'),
  '8.2.7/6.4':   words('confirmation code tried too often', 'the order is locked: the operator has to unlock it or give a new code'),
  '8.2.9/2.3':   words('profile metadata missing', OPERATOR),
  '8.2.12/3.10': words('profile of another owner', OPERATOR),
  '8.8/3.1':     words('the OID is of another SM-DP+', 'the code belongs to another server: scan it again'),
  '8.8/3.10':    words('the OID is of another SM-DP+', 'the code belongs to another server: scan it again'),
  '8.8/4.2':     words('the SM-DP+ does not work with this eUICC', OPERATOR),
  '8.8.1/3.8':   words('SM-DP+ address refused', 'the server goes by another name: check the address in the code, letter by letter'),
  '8.8.2/3.1':   words("none of the card's CIs is known to the server", ELSEWHERE),
  '8.8.3/3.1':   words("the card's version of the specification is not supported", 'the card is too old or too new for this server'),
  '8.8.4/3.7':   words("the server has no certificate under the card's CIs", ELSEWHERE),
  '8.8.5/3.3':   words('download order already in use', NEW_CODE),
  '8.8.5/4.1':   words('download order expired', NEW_CODE),
  '8.8.5/4.10':  words('download order expired', NEW_CODE),
  '8.8.5/6.4':   words('download tried too often', NEW_CODE),
  '8.9/4.2':     words('the SM-DS failed', 'try again later'),
  '8.9/5.1':     words('the SM-DS cannot be reached', 'try again later'),
  '8.9.1/3.8':   words('SM-DS address refused', 'the server goes by another name: check the address'),
  '8.9.2/3.1':   words("none of the card's CIs is known to the SM-DS", ELSEWHERE),
  '8.9.3/3.1':   words("the card's version of the specification is not supported", 'the card is too old or too new for this server'),
  '8.9.4/3.7':   words("the SM-DS has no certificate under the card's CIs", ELSEWHERE),
  '8.9.5/3.3':   words('event already registered', OPERATOR),
  '8.9.5/3.9':   words('no event for this EID', 'nothing is waiting, or it was fetched already'),
  '8.10.1/3.9':  words('transaction unknown', 'the session has lapsed: run the same command again'),
  '8.11.1/3.9':  words('CI public key unknown', ELSEWHERE),
};

/** Every pair that has words of its own. */
export const SERVER_CODES: readonly string[] = Object.keys(PAIRS);

export interface ServerWords {
  /** Always there: `matching ID refused`. */
  readonly cause: string;
  readonly remedy: string;
}

/** What the server's own message makes of 8.2.6/3.8: a hint must not contradict it. */
const MATCHING_ID_REMEDIES: Readonly<Record<RefusalCause, string>> = {
  locked:
    'the order is locked after too many wrong confirmation codes: ask the operator to unlock it, or for a new activation code',
  over: 'the activation code is no longer valid: run `lpa list` to see whether its profile is installed, else ask the operator for a new one',
  unknown: 'the server does not know this matching ID: compare each character with the original, then ask the operator',
};

/** @param message of the server, where there is one */
export function serverCode(subjectCode: string, reasonCode: string, message?: string): ServerWords {
  const pair = `${subjectCode}/${reasonCode}`;
  const row = PAIRS[pair];
  if (row) return { cause: row.cause ?? '', remedy: remedyFor(pair, message) ?? row.remedy ?? OPERATOR };
  const subject = SUBJECTS[subjectCode];
  const reason = REASONS[reasonCode];
  const cause =
    subject || reason
      ? `${subject ?? `subject ${subjectCode}`} ${reason ?? `reason ${reasonCode}`}`
      : 'refused without known codes';
  return { cause, remedy: OPERATOR };
}

function remedyFor(pair: string, message: string | undefined): string | undefined {
  if (pair === '8.2.6/3.8') {
    const cause = refusalCause(message);
    return cause && MATCHING_ID_REMEDIES[cause];
  }
  const left = pair === '8.2.7/3.8' ? triesLeftIn(message) : undefined;
  if (left === undefined) return undefined;
  if (left === 1)
    return 'one try is left, and another wrong confirmation code locks the order: ask the operator before you use it';
  return `${left} tries are left: compare the confirmation code with the original, then run the same command again`;
}

/** `8.2.6/3.8`: every pair with a row of its own. */
export const knownServerCodes = (): readonly string[] => Object.keys(PAIRS);

/** Whether anything is known of either half. */
export const isServerCode = (subjectCode: string, reasonCode: string): boolean =>
  subjectCode in SUBJECTS || reasonCode in REASONS;
