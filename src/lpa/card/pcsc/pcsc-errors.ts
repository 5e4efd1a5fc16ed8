/** PC/SC result codes: what is wrong, as a CardProblem. pcsc-lite's pcsclite.h, Windows' winerror.h. */
import { CardError, type CardProblem } from '../../errors.ts';

interface Result {
  readonly name: string;
  readonly problem: CardProblem;
  readonly what: string;
  readonly remedy?: string;
}

const NO_SERVICE = 'the PC/SC service does not run';
const RESULTS: Readonly<Record<number, Result>> = {
  31: { name: 'ERROR_GEN_FAILURE', problem: 'unresponsive', what: 'the reader failed' },
  1117: { name: 'ERROR_IO_DEVICE', problem: 'unresponsive', what: 'the reader failed, or another program uses it' },
  2148532227: { name: 'SCARD_E_INVALID_HANDLE', problem: 'gone', what: 'the connection to the card is gone' },
  2148532233: { name: 'SCARD_E_UNKNOWN_READER', problem: 'gone', what: 'the reader is gone' },
  2148532234: { name: 'SCARD_E_TIMEOUT', problem: 'unresponsive', what: 'the card does not answer' },
  2148532235: { name: 'SCARD_E_SHARING_VIOLATION', problem: 'busy', what: 'another program holds the card' },
  2148532236: { name: 'SCARD_E_NO_SMARTCARD', problem: 'noCard', what: 'no card is in the reader' },
  2148532239: { name: 'SCARD_E_PROTO_MISMATCH', problem: 'protocol', what: 'reader and card have no protocol in common' },
  2148532240: { name: 'SCARD_E_NOT_READY', problem: 'unresponsive', what: 'the reader is not ready' },
  2148532243: { name: 'SCARD_F_COMM_ERROR', problem: 'noService', what: 'the connection to the PC/SC service broke' },
  2148532246: { name: 'SCARD_E_NOT_TRANSACTED', problem: 'unresponsive', what: 'the card does not answer' },
  2148532247: { name: 'SCARD_E_READER_UNAVAILABLE', problem: 'gone', what: 'the reader is gone' },
  2148532253: { name: 'SCARD_E_NO_SERVICE', problem: 'noService', what: NO_SERVICE },
  2148532254: { name: 'SCARD_E_SERVICE_STOPPED', problem: 'noService', what: NO_SERVICE },
  2148532270: { name: 'SCARD_E_NO_READERS_AVAILABLE', problem: 'noReader', what: 'no smart card reader found' },
  2148532271: { name: 'SCARD_E_COMM_DATA_LOST', problem: 'unresponsive', what: 'the card broke off' },
  2148532325: { name: 'SCARD_W_UNSUPPORTED_CARD', problem: 'protocol', what: 'the reader cannot speak with this card' },
  2148532326: { name: 'SCARD_W_UNRESPONSIVE_CARD', problem: 'unresponsive', what: 'the card does not answer' },
  2148532327: { name: 'SCARD_W_UNPOWERED_CARD', problem: 'unresponsive', what: 'the card has no power' },
  2148532328: { name: 'SCARD_W_RESET_CARD', problem: 'reset', what: 'another program has reset the card' },
  2148532329: { name: 'SCARD_W_REMOVED_CARD', problem: 'gone', what: 'the card was taken out' },
  2148532330: {
    name: 'SCARD_W_SECURITY_VIOLATION',
    problem: 'noService',
    what: 'the PC/SC service refuses this user',
    remedy: 'run from a local session, or let polkit allow org.debian.pcsc-lite.access_pcsc and access_card',
  },
};

/** @param where the reader, or nothing where the service itself is meant */
export function pcscError(code: number, where: string | undefined, cause: unknown): CardError {
  const hex = code.toString(16).toUpperCase().padStart(8, '0');
  const { name, problem, what, remedy } = RESULTS[code] ?? { name: '', problem: 'other', what: 'the PC/SC service failed' };
  const message = `${where === undefined ? '' : `${where}: `}${what} (${name === '' ? '' : `${name}, `}${hex})`;
  return new CardError(message, { problem, pcsc: code, remedy, cause });
}

/** The code of a result by its name without prefix and underscores, in any case: `SharingViolation`. Unknown: 0. */
export function pcscCode(name: string): number {
  const found = Object.entries(RESULTS).find(([, result]) => plain(result.name) === plain(name));
  return found ? Number(found[0]) : 0;
}

const plain = (name: string): string =>
  name
    .replace(/^SCARD_[EWF]_/, '')
    .replaceAll('_', '')
    .toLowerCase();
