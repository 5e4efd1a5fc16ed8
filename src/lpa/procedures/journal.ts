/**
 * What is under way, kept beside the card: so that after a crash, a pulled card or `kill -9` the next command knows that
 * there is something to look for, and can tell what became of the activation code.
 *
 * An entry holds what finds the session again and nothing that could be used: no code, no confirmation code, no package.
 */
import { sameTransaction } from '../es9/function.ts';
import type { Isdr } from '../es10/isdr.ts';
import type { ProfileInstallationResultData } from '../sgp22/notification.ts';
import { installationResults } from './pending-notifications.ts';

/**
 * How far a download was: `authenticated` (the server knows the eUICC), `bound` (the package was asked for), `loading` (the
 * first segment went to the card).
 */
export type JournalStage = 'authenticated' | 'bound' | 'loading';

export interface JournalEntry {
  readonly eid: string;
  readonly address: string;
  readonly transactionId: string;
  readonly stage: JournalStage;
}

/** Where entries are kept. Keyed by transaction: a second `lpa` with another card is not in the way. */
export interface Journal {
  write(entry: JournalEntry): void;
  remove(transactionId: string): void;
}

/** What an interrupted download turned out to be, once its card was asked. */
export type Interrupted =
  /** The eUICC holds the result: it says how the installation ended, and is a notification to deliver. */
  | { readonly entry: JournalEntry; readonly outcome: 'result'; readonly result: ProfileInstallationResultData }
  /** Nothing had gone to the card: the session lapses, and the code is likely good. */
  | { readonly entry: JournalEntry; readonly outcome: 'lapsed' }
  /** Segments had gone to the card, and it knows nothing of them. */
  | { readonly entry: JournalEntry; readonly outcome: 'unknown' };

/** @param results that the card holds */
export function whatBecameOf(entry: JournalEntry, results: readonly ProfileInstallationResultData[]): Interrupted {
  const result = results.find(({ transactionId }) => sameTransaction(transactionId, entry.transactionId));
  if (result) return { entry, outcome: 'result', result };
  return { entry, outcome: entry.stage === 'loading' ? 'unknown' : 'lapsed' };
}

/** Ask the card what became of downloads that its journal tells of. Results stay on the card: they are notifications. */
export async function lookInto(isdr: Isdr, entries: readonly JournalEntry[]): Promise<Interrupted[]> {
  // Where nothing had gone to the card, it has nothing to tell.
  const results = entries.some(({ stage }) => stage === 'loading') ? await installationResults(isdr) : [];
  return entries.map((entry) => whatBecameOf(entry, results));
}
