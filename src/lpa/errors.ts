/**
 * Every error `lpa` raises on purpose. Anything else that reaches the top is a bug.
 *
 * An error carries what failed as codes and fields; cause and remedy in words stand beside the
 * codes in `explain/`, and the command line asks there. `remedy` is for what only the thrower knows.
 */

export interface ErrorOptions {
  readonly remedy?: string | undefined;
  readonly cause?: unknown;
}

/**
 * What became of an activation code when a download ended: `untouched` (the server never saw it), `good`, `likelyGood`,
 * `mayRetry` (used, but the failure is one that may be tried again), `used`, `likelyEnded`, `ended`, `unknown`.
 */
export type CodeState = 'untouched' | 'good' | 'likelyGood' | 'mayRetry' | 'used' | 'likelyEnded' | 'ended' | 'unknown';

export abstract class LpaError extends Error {
  /** Stable, machine-readable: printed as `error.code` with `--json`. */
  abstract readonly code: string;
  /** What the user can do next, where only the place that threw knows it. */
  readonly remedy: string | undefined;
  /** Set by the download procedure on the error that ended a session. */
  codeState?: CodeState;

  constructor(message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = new.target.name;
    this.remedy = options.remedy;
  }
}

/** The command line cannot be carried out as given. Exit code 2. */
export class UsageError extends LpaError {
  readonly code = 'usage';
  /** Further lines under the message, such as the candidates of an ambiguous word. */
  readonly lines: readonly string[];

  constructor(message: string, options: ErrorOptions & { readonly lines?: readonly string[] } = {}) {
    super(message, options);
    this.lines = options.lines ?? [];
  }
}

/** What is wrong between the program and the card. */
export type CardProblem =
  | 'noDriver'
  | 'noService'
  | 'noReader'
  | 'readerNotFound'
  | 'noCard'
  | 'busy'
  | 'gone'
  | 'reset'
  | 'unresponsive'
  | 'noEuicc'
  | 'm2m'
  | 'severalReaders'
  | 'protocol'
  | 'other';

/** No reader, no card, or the card stopped answering. Exit code 3. */
export class CardError extends LpaError {
  readonly code: string = 'card';
  readonly problem: CardProblem;
  /** The PC/SC result where there is one, for instance 0x8010002E. */
  readonly pcsc: number | undefined;
  /** Of an eUICC that is not for an LPA, where it tells its EID all the same. */
  readonly eid: string | undefined;

  constructor(
    message: string,
    options: ErrorOptions & { problem?: CardProblem; pcsc?: number | undefined; eid?: string | undefined } = {},
  ) {
    super(message, options);
    this.eid = options.eid;
    this.problem = options.problem ?? 'other';
    this.pcsc = options.pcsc;
  }
}

/** The card answered a command with a status word that is not success. Exit code 3. */
export class StatusWordError extends CardError {
  override readonly code = 'card/status-word';
  readonly function: string;
  readonly sw: number;

  constructor(fn: string, sw: number, options: ErrorOptions = {}) {
    super(`${fn}: status word ${sw.toString(16).toUpperCase().padStart(4, '0')}`, options);
    this.function = fn;
    this.sw = sw;
  }
}

/** The eUICC carried out the function and refused. Exit code 4. */
export class EuiccError extends LpaError {
  readonly code = 'euicc';
  readonly function: string;
  /** The result by the specification's name: `catBusy`, or `unknown(9)`. */
  readonly result: string;
  /** Further members of the JSON error, such as the failed element of an installation. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(fn: string, result: string, options: ErrorOptions & { message?: string; details?: Record<string, unknown> } = {}) {
    super(options.message ?? `${fn}: ${result}`, options);
    this.function = fn;
    this.result = result;
    this.details = options.details ?? {};
  }
}

/** The SM-DP+ or SM-DS answered with a failed execution status. Exit code 5. */
export class ServerError extends LpaError {
  readonly code = 'server';
  readonly function: string;
  readonly subjectCode: string;
  readonly reasonCode: string;
  readonly subjectIdentifier: string | undefined;
  /** The server's own words: foreign text. */
  readonly serverMessage: string | undefined;
  /** The ICCID of the profile that the refused order installed on this eUICC before. Set by the download procedure. */
  profileOnEuicc?: string | undefined;

  constructor(
    fn: string,
    status: { subjectCode: string; reasonCode: string; subjectIdentifier?: string | undefined; message?: string | undefined },
    options: ErrorOptions = {},
  ) {
    super(`${fn}: refused (${status.subjectCode}/${status.reasonCode})`, options);
    this.function = fn;
    this.subjectCode = status.subjectCode;
    this.reasonCode = status.reasonCode;
    this.subjectIdentifier = status.subjectIdentifier;
    this.serverMessage = status.message;
  }
}

export type NetworkProblem =
  | 'name'
  | 'refused'
  | 'unreachable'
  | 'reset'
  | 'timeout'
  | 'tls'
  | 'http'
  | 'size'
  | 'proxy'
  | 'other';

/** The server could not be reached, or did not answer as a server should. Exit code 6. */
export class NetworkError extends LpaError {
  readonly code = 'network';
  readonly problem: NetworkProblem;
  readonly httpStatus: number | undefined;

  constructor(message: string, options: ErrorOptions & { problem?: NetworkProblem; httpStatus?: number } = {}) {
    super(message, options);
    this.problem = options.problem ?? 'other';
    this.httpStatus = options.httpStatus;
  }
}

/** Octets or text do not fit the data object they should be. Exit code 7. */
export class DecodeError extends LpaError {
  readonly code = 'decode';
  /** Where: `ProfileInfoListResponse/profileInfoListOk/0/iccid`. */
  readonly path: string;

  constructor(path: string, problem: string, options: ErrorOptions = {}) {
    super(`${path}: ${problem}`, options);
    this.path = path;
  }
}

/** The check that failed: each is a row of the trust tables, with a test and a remedy of its own. */
export type TrustCheck =
  // TLS
  | 'tlsPath'
  | 'tlsAnchor'
  | 'tlsSignature'
  | 'tlsInspected'
  | 'tlsExpired'
  | 'tlsNotYetValid'
  | 'tlsName'
  | 'tlsRole'
  | 'tlsRoleMissing'
  | 'tlsKeyUsage'
  | 'tlsCriticalExtension'
  | 'webRootOnly'
  | 'testCi'
  // session
  | 'serverAddress'
  | 'euiccChallenge'
  | 'transactionId'
  | 'certificateRole'
  | 'certificateCi'
  | 'euiccCiPKIdToBeUsed'
  | 'smdpOid'
  | 'ciPKIndicator'
  | 'dpPbOid'
  | 'metadata'
  | 'notificationAddress'
  | 'rspServerAddress';

/** A certificate, an address, an OID or a transaction is not what it must be. Exit code 8. */
export class TrustError extends LpaError {
  readonly code = 'trust';
  readonly check: TrustCheck;

  constructor(check: TrustCheck, message: string, options: ErrorOptions = {}) {
    super(message, options);
    this.check = check;
  }
}

/** A profile policy rule that this eUICC does not allow; refused before the card was asked. Exit code 9. */
export class PolicyError extends LpaError {
  readonly code = 'policy';
  /** `ppr1` or `ppr2`. */
  readonly rule: string;

  constructor(rule: string, message: string, options: ErrorOptions = {}) {
    super(message, options);
    this.rule = rule;
  }
}

/** The command ended, and its output could not be written (a full disk). Exit code 10, where the command itself succeeded. */
export class OutputError extends LpaError {
  readonly code = 'output';
}

/** The End User said no, said later, did not answer, or pressed Ctrl-C. Exit code 130. */
export class CancelledError extends LpaError {
  readonly code = 'cancelled';
  /** A CancelSessionReason, SGP.22 v2.5 §5.7.14. */
  readonly reason: 'endUserRejection' | 'postponed' | 'timeout';

  constructor(reason: CancelledError['reason'], options: ErrorOptions & { message?: string } = {}) {
    const usual = { endUserRejection: 'refused for good', postponed: 'postponed', timeout: 'no answer at the prompt' }[reason];
    super(options.message ?? usual, options);
    this.reason = reason;
  }
}
