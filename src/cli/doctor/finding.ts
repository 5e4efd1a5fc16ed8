/** What one check found. */

import { explain } from '../../failures/explain-error.ts';
import type { LpaError } from '../../lpa/errors.ts';
import { exitCodeOf } from '../../terminal/exit-codes.ts';
import type { App } from '../app.ts';

/** In the order in which they are told: what comes first stands in the way of what comes after. */
export const CHECKS = {
  pcscLibrary: 'PC/SC library',
  pcscService: 'PC/SC service',
  readers: 'readers',
  card: 'card',
  channel: 'channel',
  isdr: 'ISD-R',
  ciKeys: 'CI keys',
  clock: 'clock',
  name: 'name',
  server: 'server',
  notifications: 'notifications',
  memory: 'memory',
} as const;

export type CheckName = keyof typeof CHECKS;

export interface Finding {
  readonly check: CheckName;
  readonly ok: boolean;
  /** Foreign text may be in it. */
  readonly message: string;
  readonly remedy?: string;
  /** Where it is not ok: the exit code of what would go wrong. */
  readonly exitCode?: number;
}

export const good = (check: CheckName, message: string): Finding => ({ check, ok: true, message });

/** What would become of a download: the class of error that it would meet. */
export const EXIT = { card: 3, euicc: 4, network: 6, trust: 8 } as const;

export const bad = (check: CheckName, exitCode: number, message: string, remedy?: string): Finding => ({
  check,
  ok: false,
  message,
  ...(remedy !== undefined && { remedy }),
  exitCode,
});

/** An error, told as every command would tell it. */
export function badBecause(app: App, check: CheckName, error: LpaError): Finding {
  const { message, lines = [], remedy } = explain(error, app.io.platform);
  return bad(check, exitCodeOf(error), [message, ...lines].join('; '), remedy);
}
