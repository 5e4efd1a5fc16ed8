/**
 * Which profile each activation code installed from this computer, as a file: a code that is given twice is recognised, and the
 * profile named, after the server has forgotten the order. A line holds salted hashes alone.
 */
import { join } from 'node:path';
import type { CodeHistory } from '../../lpa/procedures/installed-before.ts';
import { isHashOf, newSalt, saltedHash } from './salted-hash.ts';
import { type StateLines, stateLines } from './state-lines.ts';

const linesIn = (folder: string): StateLines => stateLines(join(folder, 'used-codes'));

/**
 * @param folder of the state that outlives commands
 * @param code that this command was given, where it has one
 */
export function codeHistoryIn(folder: string, code: () => string | undefined): CodeHistory {
  const lines = linesIn(folder);
  return {
    installed(iccid) {
      const given = code();
      if (given === undefined) return;
      const salt = newSalt();
      noteInstalled(folder, { salt, codeHash: saltedHash(salt, given) }, iccid);
    },
    isFrom(iccid) {
      const given = code();
      const entries = entriesIn(lines).filter(({ salt, iccidHash }) => isHashOf(iccidHash, salt, iccid));
      if (entries.length === 0 || given === undefined) return undefined;
      return entries.some(({ salt, codeHash }) => isHashOf(codeHash, salt, given));
    },
  };
}

/** Notes an activation code that is known by its hash only, as the journal has it. @throws the error of the file system */
export function noteInstalled(folder: string, { salt, codeHash }: HashedCode, iccid: string): void {
  linesIn(folder).add({ salt, codeHash, iccidHash: saltedHash(salt, iccid) });
}

interface HashedCode {
  readonly salt: string;
  readonly codeHash: string;
}
interface Entry extends HashedCode {
  readonly iccidHash: string;
}

const entriesIn = (lines: StateLines): Entry[] =>
  lines.read().flatMap(({ salt, codeHash, iccidHash }) => {
    const isEntry = typeof salt === 'string' && typeof codeHash === 'string' && typeof iccidHash === 'string';
    return isEntry ? [{ salt, codeHash, iccidHash }] : [];
  });
