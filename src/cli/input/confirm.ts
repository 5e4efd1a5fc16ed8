/** Severe changes want a proof that the right thing is meant: the last digits of an ICCID or EID, or all of them by option. */
import { CancelledError, UsageError } from '../../lpa/errors.ts';
import type { App } from '../app.ts';

const DIGITS = 4;

export interface Severe {
  /** What will happen, a sentence for the user. */
  readonly what: string;
  /** `ICCID` or `EID`, and its digits. */
  readonly identifier: 'ICCID' | 'EID';
  readonly digits: string;
  /** The value of `--confirm`. */
  readonly confirm: string | undefined;
}

/** Before anything is opened: without `--confirm`, somebody has to be there to answer. @throws {UsageError} */
export function canConfirm(app: App, confirm: string | undefined, identifier: Severe['identifier']): void {
  if (confirm !== undefined || app.interactive) return;
  throw new UsageError('this cannot be taken back and nobody is there to be asked', {
    remedy: `add --confirm with the ${identifier}`,
  });
}

/** @throws {UsageError} when `--confirm` names another. @throws {CancelledError} when the user does not agree */
export async function confirmSevere(app: App, { what, identifier, digits, confirm }: Severe): Promise<void> {
  if (confirm !== undefined) {
    if (confirm.replaceAll(/[\s-]/g, '').toUpperCase() === digits) return;
    throw new UsageError(`--confirm names another ${identifier} than ${digits}`);
  }
  const answer = await app.ask(`${what}\nTo confirm, type the last ${DIGITS} digits of the ${identifier} ${digits}: `);
  if (typeof answer !== 'string' && answer.text.trim() === digits.slice(-DIGITS)) return;
  throw new CancelledError(answer === 'timeout' ? 'timeout' : 'postponed', { message: 'not confirmed, and nothing was changed' });
}
