/** Whether the process that left a lock behind is still there, and no other one that has its number by now. */
import { readFileSync } from 'node:fs';

export interface ProcessMark {
  readonly pid: number;
  /** Tells this process from a later one of the same number, where the system says when it started. */
  readonly started?: string;
}

/** Of this process: what goes into a lock. */
export function ownMark(): ProcessMark {
  const started = startOf(process.pid);
  return { pid: process.pid, ...(started !== undefined && { started }) };
}

export function isAlive({ pid, started }: ProcessMark): boolean {
  if (!(pid > 0)) return false; // 0 and below are groups of processes: a signal would reach somebody
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const now = startOf(pid);
  return started === undefined || now === undefined || started === now;
}

/** On Linux: the boot, and clock ticks from it to the start of the process (proc(5), field 22). */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie holds nothing any more.
    if (fields[0] === 'Z') return 'ended';
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${fields[19]}`;
  } catch {
    return undefined; // no such file system here
  }
}
