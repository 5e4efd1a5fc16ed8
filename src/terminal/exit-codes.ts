/** The exit code of each kind of error, for both programs. */
import {
  CancelledError,
  CardError,
  DecodeError,
  EuiccError,
  NetworkError,
  OutputError,
  PolicyError,
  ServerError,
  TrustError,
  UsageError,
} from '../lpa/errors.ts';

/** Most specific first: the first class that an error is an instance of decides. */
const EXIT_CODES: readonly (readonly [abstract new (...args: never[]) => Error, number])[] = [
  [UsageError, 2],
  [CardError, 3],
  [EuiccError, 4],
  [ServerError, 5],
  [NetworkError, 6],
  [DecodeError, 7],
  [TrustError, 8],
  [PolicyError, 9],
  [OutputError, 10],
  [CancelledError, 130],
];

const BUG = 1;

export const exitCodeOf = (error: unknown): number => EXIT_CODES.find(([type]) => error instanceof type)?.[1] ?? BUG;
