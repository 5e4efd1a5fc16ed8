/**
 * The lab's folder: what survives between commands. Everything in it is written whole or not at all.
 *
 *     lab.json     ports, chosen once            card.records     the eUICC's memory (record-file.ts)
 *     pki/         certificates and keys         smdp.records/    orders (record-folder.ts)
 *     log.jsonl    what was decided, and why     smds.records/    Events
 *     bin/         lpa and lpa-lab for `run`     *.lock           who holds which part (lock.ts)
 */
import { readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { UsageError } from '../../lpa/errors.ts';
import { makeFolder, writeWhole } from '../pki/folder.ts';
import { takePorts } from './ports.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** `--state`, else LPA_LAB_STATE, else below the user's state directory. Absolute. */
export function labFolder(option: string | undefined, env: Env, platform: NodeJS.Platform = process.platform): string {
  const given = option ?? (env['LPA_LAB_STATE'] || undefined);
  if (given !== undefined) return resolve(given);
  const home = homedir();
  if (platform === 'win32') return join(env['LOCALAPPDATA'] || join(home, 'AppData', 'Local'), 'lpa-lab');
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'lpa-lab');
  // A relative one is to be ignored: XDG Base Directory Specification.
  const xdg = env['XDG_STATE_HOME'];
  return join(xdg?.startsWith('/') ? xdg : join(home, '.local', 'state'), 'lpa-lab');
}

/** The names below the folder. */
export const FILES = {
  lab: 'lab.json',
  card: 'card.records',
  furtherCards: 'further-cards.records',
  smdp: 'smdp.records',
  smds: 'smds.records',
  log: 'log.jsonl',
  pki: 'pki',
  bin: 'bin',
} as const;

/** The names that the first version of the lab gave to four of them. */
export const FIRST_FILES = {
  card: 'card.json',
  furtherCards: 'further-cards.json',
  smdp: 'smdp.json',
  smds: 'smds.json',
} as const;

/** What the folder says of itself. */
export interface LabFile {
  /** Of the folder's files; a program that cannot read them says so. In format 1 the state was JSON (FIRST_FILES). */
  readonly format: 1 | 2;
  readonly ports: Ports;
}

const FORMAT = 2;

/** On this machine; `card` is the socket that the card is offered at. */
export interface Ports {
  readonly card: number;
  readonly smdp: number;
  readonly smds: number;
  /** ES2+ of the SM-DP+. */
  readonly es2: number;
  /** ES12 of the SM-DS. */
  readonly es12: number;
}

/** Choose the ports, the first time, or change the wanted ones; the caller holds `setup`. */
export async function openLabFile(dir: string, wanted: Partial<Ports> = {}): Promise<LabFile> {
  const path = join(dir, FILES.lab);
  const known = readJson<LabFile>(path);
  if (known === undefined) {
    await takePorts(dir, 5, ownsPort, ([card = 0, smdp = 0, smds = 0, es2 = 0, es12 = 0]) =>
      writeJson(path, { format: 2, ports: { card, smdp, smds, es2, es12, ...wanted } } satisfies LabFile),
    );
    return openLabFile(dir);
  }
  if (known.format !== 1 && known.format !== FORMAT) {
    throw new UsageError(`${dir}: made by another version of lpa-lab`, {
      remedy: 'use another folder (--state <dir>), or begin anew with `lpa-lab reset`',
    });
  }
  const ports = { ...known.ports, ...wanted };
  const file: LabFile = { ...known, format: FORMAT, ports };
  if (Object.keys(wanted).length > 0 || known.format !== FORMAT) writeJson(path, file);
  return file;
}

function ownsPort(dir: string, port: number): boolean {
  try {
    return Object.values(readJson<LabFile>(join(dir, FILES.lab))?.ports ?? {}).includes(port);
  } catch {
    return true; // a file that cannot be read may be read tomorrow
  }
}

/** Only for the user: there are keys in it. @throws {UsageError} */
export function makeLabFolder(dir: string): void {
  try {
    makeFolder(dir);
  } catch (error) {
    throw new UsageError(`the lab's folder cannot be made: ${(error as Error).message}`, {
      cause: error,
      remedy: 'name another with --state <dir> or LPA_LAB_STATE',
    });
  }
}

/** @returns undefined where there is no such file */
export function readJson<T>(path: string): T | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return JSON.parse(text) as T;
  } catch (error) {
    throw new UsageError(`${path}: not what the lab wrote there`, { cause: error, remedy: 'begin anew with `lpa-lab reset`' });
  }
}

export const writeJson = (path: string, value: unknown): void => writeWhole(path, `${JSON.stringify(value)}\n`, 0o600);

/** Take away what the lab made there, and nothing else: the folder may be any that somebody named. */
export function clearFolder(dir: string): void {
  const known = new Set<string>([...Object.values(FILES), ...Object.values(FIRST_FILES)]);
  for (const name of readdirSync(dir)) {
    // Beside a file or a lock stands what a program wrote that was killed before it could rename it.
    if (known.has(name.replace(/\.new$/, '')) || /\.lock((\.stale)+|(\.stale)*\.[0-9a-f-]{36})$/.test(name)) {
      rmSync(join(dir, name), { recursive: true, force: true });
    }
  }
}

/** The folder itself, where nothing of somebody else's is in it. */
export function removeFolder(dir: string): void {
  try {
    rmdirSync(dir);
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT', 'EBUSY'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
