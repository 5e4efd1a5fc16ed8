/** The program as a person meets it: in a pseudo-terminal of its own (`script`, of bsdutils), against a lab in this process. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { offerAtSocket } from '../../src/lab/readers/socket.ts';
import type { BenchOptions } from '../lab/smdp/harness.ts';
import { type Lab, openLab } from './lab.ts';

const LPA = fileURLToPath(new URL('../../bin/lpa.js', import.meta.url));
/** A step that does not come in this time will not come. */
const STEP_MS = 20_000;

/** What is waited for on the screen, and what is typed then. */
export type Step = readonly [RegExp, string];

export interface Session {
  readonly code: number | null;
  /** All that the terminal showed, echoes among it, with plain line ends. */
  readonly screen: string;
}

export interface TerminalLab extends Lab {
  /** Run `lpa` with a card at a socket, and type. */
  type(argv: readonly string[], steps: readonly Step[], env?: Readonly<Record<string, string>>): Promise<Session>;
}

export async function openTerminalLab(options: BenchOptions = {}): Promise<TerminalLab> {
  const lab = await openLab(options);
  const reader = await offerAtSocket(lab.card);
  return {
    ...lab,
    type: (argv, steps, env = {}) => typeInto(argv, steps, { LPA_READER: reader.name, ...env }),
    async [Symbol.asyncDispose]() {
      await reader[Symbol.asyncDispose]();
      await lab[Symbol.asyncDispose]();
    },
  };
}

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

function typeInto(argv: readonly string[], steps: readonly Step[], env: Readonly<Record<string, string>>): Promise<Session> {
  const { CI: _ci, LPA_READER: _reader, ...inherited } = process.env;
  // exec: a shell that stays between would take Ctrl-C too, and end by it.
  const line = `exec ${[process.execPath, LPA, ...argv].map(quoted).join(' ')}`;
  const child = spawn('script', ['-qec', line, '/dev/null'], {
    env: { ...inherited, SHELL: '/bin/sh', TERM: 'xterm', NO_COLOR: '1', ...env },
  });
  const left = [...steps];
  let screen = '';
  let seen = 0;
  return new Promise((resolve, reject) => {
    const failed = (why: string): void => {
      child.kill('SIGKILL');
      reject(new Error(`${why}; the terminal shows:\n${screen}`));
    };
    let timer = setTimeout(() => failed('nothing happens'), STEP_MS);
    child.stdout.on('data', (chunk: Buffer) => {
      screen += chunk.toString('utf8').replaceAll('\r\n', '\n');
      const [step] = left;
      const found = step?.[0].exec(screen.slice(seen));
      if (!step || !found) return;
      left.shift();
      seen += found.index + found[0].length;
      clearTimeout(timer);
      timer = setTimeout(() => failed(`waiting for ${left[0]?.[0] ?? 'the end'}`), STEP_MS);
      child.stdin.write(step[1]);
    });
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(new Error(`no pseudo-terminal: ${error.message}; apt-get install bsdutils`, { cause: error }));
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      if (left.length > 0) failed(`ended with ${code} before ${left[0]?.[0]}`);
      else resolve({ code, screen });
    });
  });
}
