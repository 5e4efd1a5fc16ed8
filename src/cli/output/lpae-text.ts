/** The LPA in the eUICC (LPAe) as text, for every command that shows it. */
import type { LpaeKind } from '../../lpa/es10/lpae.ts';

const NAMES: Readonly<Record<LpaeKind, string>> = { lpaeUsingCat: 'CAT', lpaeUsingScws: 'SCWS' };

/** Returns the kinds of LPAe as text, such as `CAT, SCWS`. */
export function lpaeText(kinds: readonly LpaeKind[] | undefined): string {
  if (kinds === undefined) return 'unknown';
  return kinds.length === 0 ? '(none)' : kinds.map((kind) => NAMES[kind]).join(', ');
}

/** Returns what an LPAe means for `lpa`. */
export function lpaeMeaning(kinds: readonly LpaeKind[] | undefined): string {
  if (kinds === undefined) return 'The answer to SELECT of the ISD-R does not say whether there is one. `lpa` works without it.';
  if (kinds.length === 0) return '`lpa` works without it.';
  return '`lpa` works without it. Both manage the same profiles: a change by one shows in the other.';
}
