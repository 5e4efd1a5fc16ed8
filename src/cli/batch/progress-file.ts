/**
 * What became of each code of a plan, in a file beside it: whatever ends this program, the next run knows which codes were used.
 * Of a code there is a salted hash; the file is the user's alone, and written whole and to the disk before the next step is taken.
 */
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { UsageError } from '../../lpa/errors.ts';
import { fileReason } from '../../lpa/file-error.ts';
import { writeWhole } from '../../lpa/whole-file.ts';
import { displayText } from '../../terminal/safe-text.ts';
import type { ErrorMembers } from '../output/present.ts';

export interface Progress {
  /** `begun`: the package was asked for. `installed`: nickname, enabling and telling servers are still to be done. */
  readonly state: 'begun' | 'installed' | 'done' | 'failed';
  readonly eid: string;
  readonly iccid: string;
  /** Of `failed`: the code is spent, and trying again would not help. */
  readonly error?: ErrorMembers;
  readonly exitCode?: number;
}

interface Contents {
  readonly salt: string;
  readonly codes: Record<string, Progress>;
}

export interface ProgressFile {
  of(identity: string): Progress | undefined;
  /** On the disk when this returns. */
  note(identity: string, progress: Progress): void;
}

const MAX_FILE = 64 * 1024 * 1024;
/** A name without a link behind it; where the system knows the flag. */
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;

/** @throws {UsageError} where something else stands there: to begin anew could use a code twice */
export function openProgressFile(path: string): ProgressFile {
  const { salt, codes } = read(path) ?? { salt: randomBytes(16).toString('hex'), codes: {} };
  const key = (identity: string): string =>
    createHash('sha256').update(Buffer.from(salt, 'hex')).update(identity, 'utf8').digest('hex');
  return {
    of: (identity) => codes[key(identity)],
    note(identity, progress) {
      codes[key(identity)] = progress;
      writeBeside(path, `${JSON.stringify({ salt, codes } satisfies Contents)}\n`, 0o600);
    },
  };
}

function read(path: string): Contents | undefined {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | NO_FOLLOW | constants.O_NONBLOCK);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unreadable(path, cause);
  }
  try {
    const stat = fstatSync(file);
    if (!stat.isFile() || stat.size > MAX_FILE) throw unreadable(path);
    return contentsFrom(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw cause instanceof UsageError ? cause : unreadable(path, cause);
  } finally {
    closeSync(file);
  }
}

function contentsFrom(json: unknown): Contents {
  const { salt, codes } = (json ?? {}) as Partial<Contents>;
  const whole =
    typeof salt === 'string' &&
    /^[0-9a-f]{32}$/.test(salt) &&
    typeof codes === 'object' &&
    Object.values(codes).every(
      ({ state, eid, iccid }) =>
        ['begun', 'installed', 'done', 'failed'].includes(state) && typeof eid === 'string' && typeof iccid === 'string',
    );
  if (!whole) throw new Error('no progress of ours');
  return { salt, codes };
}

const unreadable = (path: string, cause?: unknown): UsageError =>
  new UsageError(`${displayText(path, 200)}: it is no record of what was done, or cannot be read`, {
    remedy: 'it says which codes were used: without it, take their lines out of the plan',
    cause,
  });

/** @throws {UsageError} when the file cannot be written; it is as it was before */
export function writeBeside(path: string, text: string, mode: number): void {
  try {
    writeWhole(path, text, mode);
  } catch (cause) {
    throw new UsageError(`${displayText(path, 200)}: cannot be written: ${fileReason(cause)}`, { cause });
  }
}
