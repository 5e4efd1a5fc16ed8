/** How an RSP session ends, other than by its own success. SGP.22 v2.5 §3.0.1, §5.7.6. */
import type { Chip } from './chip.ts';
import { IDLE } from './session.ts';

export function endSession(chip: Chip, why: string): void {
  if (chip.session.state === 'idle') return;
  chip.log('session', `${chip.session.state}: ended, ${why}`);
  chip.session = IDLE;
}
