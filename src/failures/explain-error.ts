/** Cause and remedy of an error, by the codes that it carries. The tables stand beside this file. */
import {
  CancelledError,
  CardError,
  type CodeState,
  DecodeError,
  EuiccError,
  type LpaError,
  NetworkError,
  PolicyError,
  ServerError,
  StatusWordError,
  TrustError,
  UsageError,
} from '../lpa/errors.ts';
import { cardProblem } from './card-problems.ts';
import { euiccResult } from './euicc-results.ts';
import { installationFailure } from './installation.ts';
import { httpRemedy, NETWORK_REMEDIES } from './network-problems.ts';
import { serverCode } from './server-codes.ts';
import { statusWord } from './status-words.ts';
import { TRUST_REMEDIES } from './trust-checks.ts';

export interface Explanation {
  /** Reads after `lpa: `. */
  readonly message: string;
  /** What else is known, a line each. Foreign text may be among it. */
  readonly lines?: readonly string[];
  /** What the user can do. */
  readonly remedy?: string | undefined;
}

/** @param platform hints differ by operating system */
export function explain(error: LpaError, platform: NodeJS.Platform): Explanation {
  const { message, lines = [], remedy } = byClass(error, platform);
  const code = error.codeState && codeStateText(error, error.codeState);
  return { message, lines: [...lines, ...(code ? [code] : [])], remedy: error.remedy ?? remedy };
}

/** After a refusal by the user there is no advice to run the command again and install the profile. */
const codeStateText = (error: LpaError, state: CodeState): string =>
  error instanceof CancelledError && error.reason === 'endUserRejection' && state === 'likelyGood'
    ? 'the activation code is probably still valid'
    : CODE_STATES[state];

const CODE_STATES: Readonly<Record<CodeState, string>> = {
  untouched: 'the activation code is still valid',
  good: 'the activation code is still good',
  likelyGood: 'the activation code is likely still good: run the same command again with the same card',
  mayRetry: 'the same activation code may be tried again',
  used: 'the activation code is used; whether it can be used again is up to the operator',
  likelyEnded: 'the activation code has likely ended',
  ended: 'the activation code has ended',
  unknown: 'what became of the activation code is not known',
};

function byClass(error: LpaError, platform: NodeJS.Platform): Explanation {
  const { message } = error;
  if (error instanceof StatusWordError) {
    const { cause, remedy } = statusWord(error.sw) ?? {};
    return { message, ...(cause && { lines: [cause] }), remedy };
  }
  if (error instanceof CardError) return { message, remedy: cardProblem(error.problem, platform) };
  if (error instanceof EuiccError) return ofEuicc(error);
  if (error instanceof ServerError) return ofServer(error);
  if (error instanceof NetworkError) {
    return { message, remedy: error.problem === 'http' ? httpRemedy(error.httpStatus) : NETWORK_REMEDIES[error.problem] };
  }
  if (error instanceof TrustError) return { message, remedy: TRUST_REMEDIES[error.check] };
  if (error instanceof PolicyError) {
    return { message, remedy: '`lpa info` shows which rules the card allows; ask the operator for a profile without this one' };
  }
  if (error instanceof DecodeError) {
    return { message, remedy: 'run the same command again; if it stays so, please report it with a trace (`--trace-file`)' };
  }
  if (error instanceof UsageError) return { message, lines: error.lines };
  return { message };
}

function ofEuicc(error: EuiccError): Explanation {
  const { bppCommandId, errorReason, simaResponse } = error.details;
  if (typeof bppCommandId === 'string' && typeof errorReason === 'string') {
    return installationFailure(bppCommandId, errorReason, simaResponse instanceof Uint8Array ? simaResponse : undefined);
  }
  const { cause, remedy } = euiccResult(error.function, error.result) ?? {};
  return { message: error.message, ...(cause && { lines: [cause] }), remedy };
}

function ofServer(error: ServerError): Explanation {
  const { function: fn, subjectCode, reasonCode, subjectIdentifier, serverMessage, profileOnEuicc } = error;
  const { cause, remedy } = serverCode(subjectCode, reasonCode, serverMessage);
  return {
    message: `${fn}: ${cause} (${subjectCode}/${reasonCode})`,
    lines: [
      ...(profileOnEuicc ? [`this profile is already on this eUICC: ${profileOnEuicc}`] : []),
      ...(serverMessage ? [`the server says: ${serverMessage}`] : []),
      ...(subjectIdentifier ? [`it means: ${subjectIdentifier}`] : []),
    ],
    remedy: profileOnEuicc ? 'run `lpa list` to see it, and `lpa enable` to use it' : remedy,
  };
}
