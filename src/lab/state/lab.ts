/** The lab's folder, opened: held against other labs, with its ports, its identity, its log, and an ear for other commands. */
import { join } from 'node:path';
import type { LabPki } from '../pki/store.ts';
import { type Handlers, openControl } from './control.ts';
import { FILES, makeLabFolder, openLabFile, type Ports } from './folder.ts';
import { hold, type Part } from './lock.ts';
import type { LabLog } from './log.ts';
import { openLogFile } from './log-file.ts';

export interface OpenLab extends AsyncDisposable {
  readonly dir: string;
  readonly ports: Ports;
  readonly pki: LabPki;
  readonly log: LabLog;
  /** Take requests of other commands; those that came before are answered now. */
  answer(handlers: Handlers): void;
  /** Close it when the lab closes, before what was opened earlier. */
  closeLater(resource: AsyncDisposable): void;
}

export interface OpenOptions {
  readonly parts: readonly Part[];
  readonly typed: string;
  /** It goes on until it is told to end: others are refused, or ask it; otherwise they wait for a moment. */
  readonly lasting: boolean;
  /** From now on. */
  readonly smdpPort?: number | undefined;
  /** Certificates from a folder, another EID: from now on. */
  readonly identity?: Identity;
}

interface Identity {
  readonly from?: string | undefined;
  readonly eid?: string | undefined;
}

/**
 * @throws {UsageError} where another lab holds one of the parts
 */
export async function openLab(dir: string, options: OpenOptions): Promise<OpenLab> {
  const { parts, typed, lasting } = options;
  makeLabFolder(dir);
  const open: AsyncDisposable[] = [];
  const close = async () => {
    for (const resource of open.reverse()) await resource[Symbol.asyncDispose]();
  };
  try {
    const control = lasting ? await openControl() : undefined;
    if (control) open.push(control);
    open.push(await hold(dir, parts, typed, control?.path));
    const { ports, pki } = await setUp(dir, options);
    const logFile = openLogFile(join(dir, FILES.log));
    open.push({ [Symbol.asyncDispose]: async () => logFile[Symbol.dispose]() });
    return {
      dir,
      ports,
      pki,
      log: logFile.log,
      answer: (handlers) => control?.answer(handlers),
      closeLater: (resource) => void open.push(resource),
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function setUp(dir: string, { typed, smdpPort, identity }: OpenOptions): Promise<{ ports: Ports; pki: LabPki }> {
  await using _setup = await hold(dir, ['setup'], typed);
  const { ports } = await openLabFile(dir, smdpPort === undefined ? {} : { smdp: smdpPort });
  return { ports, pki: await openIdentity(join(dir, FILES.pki), identity) };
}

/** Apart: the compiler leaves an import() as it is in a function with `await using`. */
async function openIdentity(folder: string, { from, eid }: Identity = {}): Promise<LabPki> {
  const { loadIdentity, openPki } = await import('../pki/store.ts');
  return from === undefined ? openPki(folder, { eid }) : loadIdentity(folder, from, { eid });
}
