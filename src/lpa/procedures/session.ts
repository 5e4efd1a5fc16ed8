/**
 * How a session ends, and what becomes of the activation code. At a correct server only `postponed` and `timeout` keep an
 * order; every other reason ends it; a session that nobody cancels lapses and keeps it. SGP.22 v2.5 §3.0.2, §5.6.5, §5.7.14.
 *
 * | what ended it                                    | ES10b.CancelSession    | ES9+.CancelSession | the code      |
 * |--------------------------------------------------|------------------------|--------------------|---------------|
 * | before ES10b.AuthenticateServer succeeded        | none                   | none               | untouched     |
 * | ES10b.AuthenticateServer succeeded, and          | postponed, or timeout  | none               | untouched     |
 * |   ES9+.AuthenticateClient was not sent           |   without a connection |                    |               |
 * | refused for good                                 | endUserRejection       | yes                | ended         |
 * | later, Ctrl-C, no confirmation code at hand,     | postponed              | yes                | good          |
 * |   a rule not accepted                            |                        |                    |               |
 * | ICCID already there                              | postponed              | yes                | used where a  |
 * |                                                  |                        |                    |   success was |
 * |                                                  |                        |                    |   recorded,   |
 * |                                                  |                        |                    |   else good   |
 * | no answer at the prompt                          | timeout                | yes                | good          |
 * | network error or time-out, a TLS certificate     | timeout                | once, 5 s          | likely good   |
 * |   that is not trusted at a new connection        |                        |                    |               |
 * | the server answered Failed or Expired            | none                   | none               | as it says    |
 * | PrepareDownload refused by the eUICC             | undefinedReason        | if signed          | likely ended  |
 * |   for want of a session                          | none                   | none               | likely good   |
 * | a trust check after AuthenticateClient           | undefinedReason        | yes                | likely ended  |
 * | policy rule not allowed                          | pprNotAllowed          | yes                | ended         |
 * | metadata differs                                 | metadataMismatch       | yes                | ended         |
 * | package malformed, before the first segment      | loadBppExecutionError  | yes                | ended         |
 * | our own fault, an answer nobody can read         | none                   | none               | likely good   |
 */
import {
  CancelledError,
  type CodeState,
  DecodeError,
  EuiccError,
  LpaError,
  NetworkError,
  type NetworkProblem,
  PolicyError,
  ServerError,
  TrustError,
  UsageError,
} from '../errors.ts';
import { CancelSession } from '../es9/es9p.ts';
import { callRsp } from '../es9/function.ts';
import { cancelSession, PrepareDownload } from '../es10/es10b.ts';
import { type RefusalCause, refusalCause } from '../server-message.ts';
import type { CancelSessionReason } from '../sgp22/authentication.ts';
import type { Lpa } from './lpa.ts';

/** Where to cancel, and what. */
export interface OpenSession {
  readonly address: string;
  readonly transactionId: string;
}

interface Ending {
  readonly reason?: CancelSessionReason;
  readonly codeState: CodeState;
  /** The server is hardly there: ask it once, and not for long. */
  readonly hurried?: boolean;
  /** The server has not seen the eUICC: it has no session to cancel. */
  readonly cardOnly?: boolean;
}

/** Time for a cancellation that nobody waits for gladly, and for one that will hardly arrive. */
const CANCEL_TIMEOUT_MS = 15_000;
const HURRIED_TIMEOUT_MS = 5_000;

/** An error whose ending its class alone does not tell. */
const endings = new WeakMap<Error, Ending>();

/** Let `error` end its session with `reason`. */
export function endingWith<E extends LpaError>(error: E, reason: CancelSessionReason, codeState: CodeState): E {
  endings.set(error, { reason, codeState });
  return error;
}

/**
 * Returns the error for a session whose server has not seen the eUICC: AuthenticateClient was not sent. The eUICC alone is
 * told, and the activation code is untouched.
 */
export function beforeClient(lpa: Lpa, cause: unknown): unknown {
  const error = afterAbort(lpa, cause);
  if (!(error instanceof LpaError)) return error;
  const reason = error instanceof CancelledError ? error.reason : 'timeout';
  endings.set(error, { reason, codeState: 'untouched', cardOnly: true });
  return error;
}

/** Once the user pressed Ctrl-C, what broke meanwhile does not matter. */
const afterAbort = (lpa: Lpa, cause: unknown): unknown =>
  lpa.signal?.aborted && !(cause instanceof CancelledError) ? new CancelledError('postponed', { cause }) : cause;

function endingOf(error: unknown): Ending {
  const own = error instanceof Error ? endings.get(error) : undefined;
  if (own) return own;
  if (error instanceof CancelledError) {
    return { reason: error.reason, codeState: error.reason === 'endUserRejection' ? 'ended' : 'good' };
  }
  if (error instanceof UsageError) return { reason: 'postponed', codeState: 'good' };
  // A connection to somebody else is no connection: what the server itself said is not in doubt (docs/interpretation.md).
  if (error instanceof NetworkError || isOfConnection(error)) {
    return { reason: 'timeout', codeState: 'likelyGood', hurried: true };
  }
  if (error instanceof ServerError) return { codeState: codeStateAfter(error) };
  if (error instanceof PolicyError) return { reason: 'pprNotAllowed', codeState: 'ended' };
  if (error instanceof TrustError) return { reason: 'undefinedReason', codeState: 'likelyEnded' };
  if (error instanceof EuiccError && error.function === PrepareDownload.name) {
    const noSession = error.result === 'noSessionContext' || error.result === 'invalidTransactionId';
    // Without a session there is nothing to cancel; the server's lapses, and keeps the order.
    return noSession ? { codeState: 'likelyGood' } : { reason: 'undefinedReason', codeState: 'likelyEnded' };
  }
  return { codeState: 'likelyGood' };
}

/** A certificate of TLS that is not to be trusted, at a connection that was made anew in the middle of a session. */
const isOfConnection = (error: unknown): boolean => error instanceof TrustError && error.check.startsWith('tls');

/** What the server's own refusal means for the code (spec/es9plus §4, §5 of the specification's status codes). */
function codeStateAfter({ subjectCode, reasonCode, serverMessage }: ServerError): CodeState {
  const pair = `${subjectCode}/${reasonCode}`;
  if (pair === MATCHING_ID_REFUSED) return OVER.has(refusalCause(serverMessage)) ? 'ended' : 'unknown';
  if (GOOD_AFTER.has(pair)) return 'good';
  if (ENDED_AFTER.has(pair)) return 'ended';
  return 'unknown';
}
/** It stands for a matching ID that never existed, too: the server's message alone says which. */
const MATCHING_ID_REFUSED = '8.2.6/3.8';
const OVER: ReadonlySet<RefusalCause | undefined> = new Set(['locked', 'over']);
const GOOD_AFTER = new Set(['8.2.7/3.8', '8.2.7/2.2', '8.2/1.2', '8.1/4.8', '8.10.1/3.9', '8.9/5.1']);
const ENDED_AFTER = new Set(['8.2.7/6.4', '8.8.5/4.10', '8.8.5/6.4', '8.2.1/3.3']);

/**
 * End a session as the table above has it. What ended it matters more than how the cancellation fared; but a cancellation
 * that did not arrive changes what the code is worth, and is told.
 *
 * @returns the error to throw, with `codeState` set
 */
export async function endSession(lpa: Lpa, session: OpenSession, cause: unknown): Promise<unknown> {
  const error = afterAbort(lpa, cause);
  const { reason, codeState, hurried = false, cardOnly = false } = endingOf(error);
  if (cardOnly && reason) {
    await cancelOnCard(lpa, session, reason);
    if (error instanceof LpaError) error.codeState = codeState;
    return error;
  }
  const arrived = reason === undefined ? 'yes' : await cancelOnBothSides(lpa, session, reason, hurried);
  const told = arrived !== 'yes' && isRefusal(error) ? unheardRefusal(arrived, error) : error;
  if (told instanceof LpaError) told.codeState = hurried ? codeState : codeStateWhen(arrived, codeState);
  return told;
}

const isRefusal = (error: unknown): error is CancelledError =>
  error instanceof CancelledError && error.reason === 'endUserRejection';

/** The user refused, and the server has not confirmed it: the order may still be there. */
const unheardRefusal = (arrived: 'no' | 'perhaps', cause: CancelledError): CancelledError =>
  new CancelledError('endUserRejection', {
    cause,
    message:
      arrived === 'no'
        ? 'refused, but the server did not receive the cancellation'
        : 'refused, but the server did not confirm the cancellation',
    remedy: 'to cancel the order, run the same command again and refuse, or ask the operator to cancel it',
  });

/** Whether a cancellation reached the server: `perhaps` where it went out and no answer came that can be read. */
type Arrival = 'yes' | 'no' | 'perhaps';

/** A cancellation that did not reach the server leaves a session that lapses, and the order with it as it was. */
function codeStateWhen(arrived: Arrival, codeState: CodeState): CodeState {
  if (arrived === 'yes' || codeState === 'unknown') return codeState;
  const wouldEnd = codeState === 'ended' || codeState === 'likelyEnded';
  return arrived === 'perhaps' && wouldEnd ? 'likelyEnded' : 'likelyGood';
}

/** The signed answer of the eUICC is not needed: there is no server to send it to. */
async function cancelOnCard({ isdr, listener }: Lpa, { transactionId }: OpenSession, reason: CancelSessionReason): Promise<void> {
  try {
    await cancelSession(isdr, { transactionId, reason });
  } catch (cause) {
    listener?.({ type: 'warning', message: notCancelled(reason, cause), cause });
  }
}

const notCancelled = (reason: CancelSessionReason, cause: unknown): string =>
  `the session could not be cancelled (${reason}): ${cause instanceof Error ? cause.message : String(cause)}`;

/** The card is told first; its signed answer goes to the server. @returns whether the server took it */
export async function cancelOnBothSides(
  { isdr, servers, listener }: Lpa,
  { address, transactionId }: OpenSession,
  reason: CancelSessionReason,
  hurried = false,
): Promise<Arrival> {
  let isSigned = false;
  try {
    const cancelSessionResponse = await cancelSession(isdr, { transactionId, reason });
    isSigned = true;
    const timeoutMs = hurried ? HURRIED_TIMEOUT_MS : CANCEL_TIMEOUT_MS;
    await callRsp(
      servers.post,
      address,
      CancelSession,
      { transactionId, cancelSessionResponse },
      { timeoutMs, ...(listener && { listener }) },
    );
    return 'yes';
  } catch (cause) {
    listener?.({ type: 'warning', message: notCancelled(reason, cause), cause });
    return isSigned && mayHaveArrived(cause) ? 'perhaps' : 'no';
  }
}

/** Problems with which a connection was never made. */
const NO_CONNECTION: ReadonlySet<NetworkProblem> = new Set(['name', 'refused', 'unreachable', 'tls', 'proxy']);

/** A refusal by the server, or a server that was not reached or not trusted, is a no. */
const mayHaveArrived = (cause: unknown): boolean =>
  cause instanceof DecodeError || (cause instanceof NetworkError && !NO_CONNECTION.has(cause.problem));
