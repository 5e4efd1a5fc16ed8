/** How an RSP session ends, other than by its own success. SGP.22 v2.5 §3.0.1, §3.1.3.3, §5.7.6. */
import { LOAD_BOUND_PROFILE_PACKAGE } from '../../../lpa/es10/es10b.ts';
import type { Chip } from '../chip.ts';
import { addInstallationResult } from './notifications.ts';
import { IDLE } from './session.ts';

/** A new challenge ends the session before it; a package that was being loaded was interrupted. */
export function endSession(chip: Chip, why: string): void {
  if (chip.session.state === 'idle') return;
  chip.log('session', `${chip.session.state}: ended, ${why}`);
  chip.session = IDLE;
  reportInterruption(chip);
}

/** CancelSession: both sides know, there is no result to report. */
export function cancelled(chip: Chip): void {
  chip.session = IDLE;
  if (!chip.state.loading) return;
  chip.state.loading = undefined;
  chip.changed();
}

/** What a loss of power leaves of a package: a result that says so. */
export function reportInterruption(chip: Chip): void {
  const { loading } = chip.state;
  if (!loading) return;
  const { bppCommandId, ...installation } = loading;
  chip.state.loading = undefined;
  chip.log(LOAD_BOUND_PROFILE_PACKAGE, `${bppCommandId} was interrupted: installFailedDueToInterruption(11)`, {
    transactionId: installation.transactionId,
    errorReason: 'installFailedDueToInterruption',
  });
  addInstallationResult(chip, installation, { errorResult: { bppCommandId, errorReason: 'installFailedDueToInterruption' } });
}
