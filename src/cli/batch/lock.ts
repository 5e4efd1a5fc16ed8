/** One program at a time on a plan. A lock whose holder is gone blocks nobody. */
import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { UsageError } from '../../errors.ts';
import { isAlive, ownMark, type ProcessMark } from '../../process-alive.ts';

/** @throws {UsageError} where another program holds it */
export function takeLock(path: string): Disposable {
  const own = `${path}.${randomUUID()}`;
  const me = JSON.stringify(ownMark());
  try {
    writeFileSync(own, me, { mode: 0o600, flag: 'wx' });
  } catch (cause) {
    throw new UsageError('the folder of the plan cannot be written to, and what was done has to be noted there', { cause });
  }
  try {
    for (;;) {
      // A link appears with its content and fails where there is one: nobody ever reads half a lock.
      if (link(own, path)) return { [Symbol.dispose]: () => release(path, me) };
      const holder = contentOf(path);
      if (holder === undefined) continue;
      const mark = markIn(holder);
      if (mark && isAlive(mark)) {
        throw new UsageError('another lpa is at work on this plan', { remedy: 'wait for its end, or end it first' });
      }
      clearStale(path, holder);
    }
  } finally {
    rmSync(own, { force: true });
  }
}

function release(path: string, me: string): void {
  if (contentOf(path) === me) rmSync(path, { force: true });
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
function clearStale(path: string, stale: string): void {
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (contentOf(aside) !== stale) link(aside, path);
  rmSync(aside, { force: true });
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** What is no mark of ours was not written whole: a lock appears with its content, so nobody holds it. */
function markIn(content: string): ProcessMark | undefined {
  try {
    const { pid, started } = (JSON.parse(content) ?? {}) as Partial<ProcessMark>;
    if (typeof pid !== 'number') return undefined;
    return { pid, ...(typeof started === 'string' && { started }) };
  } catch {
    return undefined;
  }
}
