/**
 * Folders of a running lab below the system's folder for temporary files: sockets, and what a PC/SC daemon needs.
 * Each names the process it belongs to. A lab that was killed leaves its folders; the next one removes them.
 */
import { lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { isAlive, ownMark, type ProcessMark } from '../../lpa/process-alive.ts';

const PREFIX = 'lpa-lab-';
const OWNER = 'owner';

/** In a container the numbers of processes mean others, and /tmp may be shared. */
interface Owner extends ProcessMark {
  readonly namespace?: string;
}

/** The name of a unix socket has at most 107 octets, so a long TMPDIR will not do. */
const shortTmpdir = (): string => (tmpdir().length <= 70 ? tmpdir() : '/tmp');

/** Makes a folder for this process, readable by its user only, after removing those of processes that are gone. */
export function makeTemporaryFolder(): string {
  removeStaleFolders();
  const folder = mkdtempSync(join(shortTmpdir(), PREFIX));
  const owner: Owner = { ...ownMark(), ...namespace() };
  writeFileSync(join(folder, OWNER), JSON.stringify(owner), { mode: 0o600 });
  return folder;
}

function removeStaleFolders(): void {
  for (const name of readdirSync(shortTmpdir()).filter((each) => each.startsWith(PREFIX))) {
    const folder = join(shortTmpdir(), name);
    try {
      if (!isStale(folder)) continue;
      endProcessesOf(folder);
      rmSync(folder, { recursive: true, force: true });
    } catch {
      // Another lab removes it at this moment, or it cannot be removed: this one does without.
    }
  }
}

/** Only what this user made, and what says to whom it belongs. */
function isStale(folder: string): boolean {
  const stat = lstatSync(folder);
  if (!stat.isDirectory() || stat.uid !== process.getuid?.()) return false;
  const owner = JSON.parse(readFileSync(join(folder, OWNER), 'utf8')) as Owner;
  return owner.namespace === namespace().namespace && !isAlive(owner);
}

function namespace(): Pick<Owner, 'namespace'> {
  try {
    return { namespace: readlinkSync('/proc/self/ns/pid') };
  } catch {
    return {}; // no such file system here
  }
}

/**
 * Ends the daemon of a folder, its lines and the shell that watched over them, where that shell was killed.
 * They have a path below the folder as an argument; socat has it inside one.
 */
export function endProcessesOf(folder: string): void {
  for (const pid of processNumbers()) {
    const [path = '', ...args] = argumentsOf(pid);
    const program = basename(path);
    const isItsOwn = args.some((each) => each === folder || each.startsWith(`${folder}/`));
    const isLine = program === 'socat' && args.some((each) => each.includes(`${folder}/`));
    if (isLine || (isItsOwn && (program === 'pcscd' || program === 'sh'))) endNow(pid);
  }
}

function processNumbers(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return []; // no such file system here, and no PC/SC daemon of the lab either
  }
}

function argumentsOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return []; // it has ended
  }
}

function endNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended, or belongs to another user.
  }
}
