/** The parts of the lab's folder: a card that two programs save would lose what one of them wrote. */
import { join } from 'node:path';
import { UsageError } from '../../lpa/errors.ts';
import { holderOfLock, type Holder as LockHolder, takeLock } from '../../terminal/lock-file.ts';

/** `setup` is held for moments, while ports are chosen and certificates made. Taken in this order, so nobody waits in a circle. */
export const PARTS = ['setup', 'card', 'smdp', 'smds'] as const;
export type Part = (typeof PARTS)[number];

export interface Holder {
  readonly pid: number;
  /** As typed after `lpa-lab`. */
  readonly command: string;
  /** Where it takes requests (control.ts). One without it holds the folder for a moment only. */
  readonly control?: string;
}

export interface Hold extends AsyncDisposable {
  readonly parts: readonly Part[];
}

/** How long to wait for a holder that has only a moment's work to do. */
const MOMENT_MS = 10_000;

/** @throws {UsageError} naming the program that holds a part and goes on doing so */
export async function hold(dir: string, parts: readonly Part[], command: string, control?: string): Promise<Hold> {
  const taken = new Map<Part, Disposable>();
  const release = (): void => {
    for (const lock of taken.values()) lock[Symbol.dispose]();
  };
  try {
    for (const part of PARTS.filter((each) => parts.includes(each))) {
      const lock = await takeLock(lockPath(dir, part), {
        members: { command, ...(control && { control }) },
        patienceMs: (holder) => (holderFrom(holder).control === undefined ? MOMENT_MS : 0),
        held: (holder) =>
          new UsageError(`\`lpa-lab ${holderFrom(holder).command}\` (process ${holder.pid}) holds the lab in ${dir}`, {
            remedy: 'end it first, or give this one a folder of its own with --state <dir>',
          }),
      });
      taken.set(part, lock);
    }
  } catch (error) {
    release();
    throw error;
  }
  return { parts: [...taken.keys()], [Symbol.asyncDispose]: async () => release() };
}

/** The one that holds a part now. */
export function holderOf(dir: string, part: Part): Holder | undefined {
  const holder = holderOfLock(lockPath(dir, part));
  return holder && holderFrom(holder);
}

const lockPath = (dir: string, part: Part): string => join(dir, `${part}.lock`);

const holderFrom = ({ pid, command, control }: LockHolder): Holder => ({
  pid,
  command: typeof command === 'string' ? command : '',
  ...(typeof control === 'string' && { control }),
});
