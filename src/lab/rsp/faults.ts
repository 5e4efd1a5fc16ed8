/**
 * What may go wrong with a server, by name: `<name>[:<argument>][@<function>]`, such as `tls-expired`, `delay:50ms`,
 * `http:503@handleNotification` or `status:8.2.6/3.8@authenticateClient`. A fault is a few hooks into a server that is
 * else as good as can be.
 */
import { UsageError } from '../../lpa/errors.ts';
import * as es9p from '../../lpa/es9/es9p.ts';
import * as es2p from './es2p.ts';
import * as es12 from './es12.ts';
import type { FaultRow, Hooks } from './fault-hooks.ts';
import { answerFaults, httpFaults } from './faults-http.ts';
import { packageFaults } from './faults-package.ts';
import { sessionFaults } from './faults-session.ts';
import { tlsFaults } from './faults-tls.ts';

export interface ServerFault extends Hooks {
  /** As it was asked for. */
  readonly text: string;
  /** The last part of a function's path; absent: every function. */
  readonly where?: string;
}

export const SERVER_FAULTS: Readonly<Record<string, FaultRow>> = {
  ...tlsFaults,
  ...sessionFaults,
  ...packageFaults,
  ...answerFaults,
  ...httpFaults,
};

/** What may stand behind the @: the last part of a function's path. */
export const FUNCTIONS: readonly string[] = [es9p, es2p, es12]
  .flatMap((functions) => Object.values(functions))
  .flatMap((fn) => (typeof fn === 'object' && 'path' in fn ? [fn.path.slice(fn.path.lastIndexOf('/') + 1)] : []));

/** @throws {UsageError} for a fault that there is not */
export function parseServerFault(text: string): ServerFault {
  const [, name = '', argument = '', where] = /^([^:@]*)(?::([^@]*))?(?:@(.*))?$/.exec(text) ?? [];
  const row = Object.hasOwn(SERVER_FAULTS, name) ? SERVER_FAULTS[name] : undefined;
  if (!row) throw new UsageError(`no such fault of a server: ${name}`);
  if (where !== undefined && !FUNCTIONS.includes(where)) {
    throw new UsageError(`no such function: ${where}; one of ${FUNCTIONS.join(', ')}`);
  }
  const place = where ?? row.where;
  return { ...row.hooks(argument), text, ...(place !== undefined && { where: place }) };
}
