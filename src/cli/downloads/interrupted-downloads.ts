/** What became of a download that was interrupted: told by the next command on its card, once. */
import { dirname } from 'node:path';
import { explain } from '../../failures/explain-error.ts';
import { LpaError } from '../../lpa/errors.ts';
import type { Isdr } from '../../lpa/es10/isdr.ts';
import { installationError } from '../../lpa/procedures/install.ts';
import { type Interrupted, lookInto } from '../../lpa/procedures/journal.ts';
import type { ProfileInstallationResultData } from '../../lpa/sgp22/notification.ts';
import { displayText } from '../../terminal/safe-text.ts';
import { noteInstalled } from './activation-code-history.ts';
import { isCodeOf, mayBeOf, readEntries, removeEntry, type StoredEntry, takeExpired } from './journal-files.ts';

/** Whoever uses the card now. */
interface Told {
  readonly platform: NodeJS.Platform;
  warn(text: string): void;
  /** Reads the EID of the card in use. */
  eid(): Promise<string>;
}

/**
 * Look into what the journal has of this card, say it, and take it out. Results stay on the card: they are delivered with
 * the other notifications.
 *
 * @param code that this command was given, to say whether it is the same
 */
export async function tellInterrupted(told: Told, folder: string, isdr: Isdr, code: string | undefined): Promise<void> {
  for (const { address, eid } of takeExpired(folder)) {
    told.warn(displayText(`${EXPIRED} (from ${address}, EID ${eid})`, 500));
  }
  const entries = readEntries(folder).filter((entry) => mayBeOf(entry, isdr.card.atr));
  if (entries.length === 0) return;
  try {
    const eid = await told.eid();
    const ours = entries.filter((entry) => entry.eid === eid);
    for (const interrupted of await lookInto(isdr, ours)) {
      told.warn(displayText(`${textOf(told, interrupted)}${sameCode(interrupted.entry, code)}`, 500));
      noteSuccess(interrupted.outcome === 'result' ? interrupted.result : undefined, interrupted.entry, dirname(folder));
      removeEntry(folder, interrupted.entry.transactionId);
    }
  } catch (error) {
    if (!(error instanceof LpaError)) throw error;
    told.warn(`an interrupted download could not be looked into: ${explain(error, told.platform).message}`);
  }
}

const EXPIRED = 'the card of an interrupted download was not seen for 30 days; the journal entry was removed';

function textOf({ platform }: Told, interrupted: Interrupted): string {
  const { address } = interrupted.entry;
  switch (interrupted.outcome) {
    case 'lapsed':
      return (
        `a download from ${address} was interrupted before anything went to the card; its activation code is likely still ` +
        'good: run the same command again with this card'
      );
    case 'unknown':
      return (
        `a download from ${address} was interrupted while the card was writing, and the card knows nothing of it; ` +
        '`lpa list` shows whether the profile is there, and whether the code can be used again is up to the operator'
      );
    case 'result': {
      const { notificationMetadata } = interrupted.result;
      const error = installationError(interrupted.result);
      if (!error)
        return `a download from ${address} that was interrupted has installed its profile${named(notificationMetadata)}`;
      const { message, lines = [] } = explain(error, platform);
      return [`a download from ${address} was interrupted: ${message}`, ...lines].join('; ');
    }
  }
}

/** The code of an interrupted download that installed its profile is a used one. */
function noteSuccess(result: ProfileInstallationResultData | undefined, { salt, codeHash }: StoredEntry, folder: string): void {
  const iccid = result && 'successResult' in result.finalResult ? result.notificationMetadata.iccid : undefined;
  if (iccid === undefined || salt === undefined || codeHash === undefined) return;
  try {
    noteInstalled(folder, { salt, codeHash }, iccid);
  } catch {
    // The user was told of the profile just now; the history only makes a later message better.
  }
}

const named = ({ iccid }: { readonly iccid?: string }): string => (iccid ? `, ICCID ${iccid}` : '');

const sameCode = (entry: StoredEntry, code: string | undefined): string =>
  code !== undefined && isCodeOf(entry, code) ? ' (it is the code that was given now)' : '';
