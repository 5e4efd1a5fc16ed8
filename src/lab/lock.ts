/**
 * Who holds which part of the lab's folder: a card that two programs save would lose what one of them wrote.
 * A lock is a file with the holder in it; one whose holder is gone (crashed, killed, another boot) blocks nobody.
 */
import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { UsageError } from '../errors.ts';
import { isAlive, ownMark, type ProcessMark } from '../process-alive.ts';

/** `setup` is held for moments, while ports are chosen and certificates made. Taken in this order, so nobody waits in a circle. */
export const PARTS = ['setup', 'card', 'smdp', 'smds'] as const;
export type Part = (typeof PARTS)[number];

export interface Holder extends ProcessMark {
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
const POLL_MS = 20;

/** @throws {UsageError} naming the program that holds a part and goes on doing so */
export async function hold(dir: string, parts: readonly Part[], command: string, control?: string): Promise<Hold> {
  const me: Holder = { ...ownMark(), command, ...(control && { control }) };
  const taken: Part[] = [];
  const release = () => {
    for (const part of taken) rmSync(lockPath(dir, part), { force: true });
  };
  try {
    for (const part of PARTS.filter((each) => parts.includes(each))) {
      await take(dir, part, me);
      taken.push(part);
    }
  } catch (error) {
    release();
    throw error;
  }
  return { parts: taken, [Symbol.asyncDispose]: async () => release() };
}

/** The one that holds a part now. */
export function holderOf(dir: string, part: Part): Holder | undefined {
  const holder = read(lockPath(dir, part));
  return holder && isAlive(holder) ? holder : undefined;
}

const lockPath = (dir: string, part: Part): string => join(dir, `${part}.lock`);

async function take(dir: string, part: Part, me: Holder): Promise<void> {
  const path = lockPath(dir, part);
  const own = `${path}.${randomUUID()}`;
  const deadline = Date.now() + MOMENT_MS;
  writeFileSync(own, JSON.stringify(me), { mode: 0o600 });
  try {
    for (;;) {
      // A link appears with its content and fails where there is one: nobody ever reads half a lock.
      if (link(own, path)) return;
      const holder = read(path);
      if (!holder) continue;
      if (!isAlive(holder)) {
        clearStale(path, holder);
      } else if (holder.control !== undefined || Date.now() > deadline) {
        throw new UsageError(`\`lpa-lab ${holder.command}\` (process ${holder.pid}) holds the lab in ${dir}`, {
          remedy: 'end it first, or give this one a folder of its own with --state <dir>',
        });
      } else {
        await pause(POLL_MS);
      }
    }
  } finally {
    rmSync(own, { force: true });
  }
}

function link(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Of two that see a stale lock one moves it away; where a fresh one was moved by mistake it is put back. */
function clearStale(path: string, stale: Holder): void {
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const moved = read(aside);
  if (moved && (moved.pid !== stale.pid || moved.started !== stale.started)) link(aside, path);
  else if (stale.control) clearControl(stale.control);
  rmSync(aside, { force: true });
}

/** The socket of a holder that did not take it along. */
function clearControl(path: string): void {
  rmSync(path, { force: true });
  try {
    rmdirSync(dirname(path));
  } catch {
    // Gone, or not empty: then it is none of ours.
  }
}

function read(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Holder;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
