/** One command with the lab around it: its environment, its signals, its exit code. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { UsageError } from '../../lpa/errors.ts';
import { makeFolder, writeWhole } from '../pki/folder.ts';
import { FILES } from '../state/folder.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** What a program needs to meet the lab's card and servers. A variable that is undefined is taken out of the environment. */
export function labVariables(where: {
  readonly dir?: string | undefined;
  /** `tcp:127.0.0.1:port`, or the sockets of private daemons, or neither: the card is with the system's pcscd. */
  readonly reader?: string | undefined;
  readonly pcscd?: readonly string[] | undefined;
  /** host:port */
  readonly smdp?: string | undefined;
  readonly smds?: string | undefined;
}): Env {
  return {
    ...(where.dir !== undefined && { LPA_LAB_STATE: where.dir }),
    LPA_READER: where.reader,
    ...(where.pcscd && { PCSCLITE_CSOCK_NAME: where.pcscd[0] }),
    ...(where.pcscd && where.pcscd.length > 1 && { LPA_LAB_PCSCD: where.pcscd.join(delimiter) }),
    ...(where.smdp !== undefined && { LPA_LAB_SMDP: where.smdp }),
    ...(where.smds !== undefined && { LPA_LAB_SMDS: where.smds }),
  };
}

/** For another terminal. */
export const exportsOf = (variables: Env): string[] =>
  Object.entries(variables).flatMap(([name, value]) => (value === undefined ? [] : [`export ${name}=${quoted(value)}`]));

const OUR_PROGRAMS = ['lpa', 'lpa-lab'] as const;

/**
 * A folder for the front of PATH with `lpa` and `lpa-lab` in it: those that stand beside this program, installed or not.
 *
 * @param programs folder of lpa.js and lpa-lab.js
 */
export function ourPrograms(dir: string, programs: string): string {
  const bin = join(dir, FILES.bin);
  makeFolder(bin);
  for (const name of OUR_PROGRAMS) {
    const script = join(programs, `${name}.js`);
    if (process.platform === 'win32') {
      writeWhole(join(bin, `${name}.cmd`), `@"${process.execPath}" "${script}" %*\r\n`, 0o700);
    } else {
      const path = join(bin, name);
      writeWhole(path, `#!/bin/sh\nexec ${quoted(process.execPath)} ${quoted(script)} "$@"\n`, 0o700);
      chmodSync(path, 0o700);
    }
  }
  return bin;
}

/** For a shell. */
export const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;

/** The environment of the command: ours over the given one; nothing that goes to this machine goes through a proxy. */
export function environment(given: Env, variables: Env, bin: string): NodeJS.ProcessEnv {
  const noProxy = ['localhost', '127.0.0.1', given['no_proxy'] ?? given['NO_PROXY'] ?? ''].filter(Boolean).join(',');
  const path = given['PATH'] ?? '';
  return { ...given, ...variables, PATH: path ? `${bin}${delimiter}${path}` : bin, NO_PROXY: noProxy, no_proxy: noProxy };
}

/** What a shell answers when it finds no such command, or may not run it. */
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;

/**
 * Run a command to its end, stdio passed through.
 *
 * @returns its exit code; 128 and the number of the signal that ended it; 126 or 127 where it could not be started
 */
export async function runCommand(words: readonly string[], env: NodeJS.ProcessEnv, say: (text: string) => void): Promise<number> {
  const [command, ...args] = words;
  if (command === undefined) throw new UsageError('a command is missing', { remedy: 'lpa-lab run -- lpa info' });
  // Listening first: the command may have begun before spawn() returns.
  let child: ChildProcess | undefined;
  const stopForwarding = forwardSignals((signal) => void child?.kill(signal));
  try {
    const started = spawn(command, args, { env, stdio: 'inherit' });
    child = started;
    return await new Promise<number>((resolve) => {
      started.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
      started.once('error', (error: NodeJS.ErrnoException) => {
        const missing = error.code === 'ENOENT';
        say(missing ? `${command}: command not found` : `${command}: ${error.message}`);
        resolve(missing ? NOT_FOUND : NOT_EXECUTABLE);
      });
    });
  } finally {
    stopForwarding();
  }
}

/**
 * The lab outlives its command. Ctrl-C at a terminal reaches every process in the foreground, the command too: passing it on
 * would press it twice, and a second Ctrl-C means more than the first. What somebody sends to the lab alone is passed on.
 */
function forwardSignals(send: (signal: NodeJS.Signals) => void): () => void {
  const onInterrupt = (signal: NodeJS.Signals): void => {
    if (!inForeground()) send(signal);
  };
  const listeners: readonly (readonly [NodeJS.Signals, (signal: NodeJS.Signals) => void])[] = [
    ['SIGINT', onInterrupt],
    ['SIGQUIT', onInterrupt],
    ['SIGTERM', send],
    ['SIGHUP', send],
  ];
  for (const [signal, listener] of listeners) process.on(signal, listener);
  return () => {
    for (const [signal, listener] of listeners) process.off(signal, listener);
  };
}

/** Whether the terminal sends Ctrl-C to this process group: proc(5), fields 5 (pgrp) and 8 (tpgid). */
function inForeground(): boolean {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[2] === fields[5];
  } catch {
    return process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY; // no such file system here
  }
}
