/** lpa-lab as a process, in a folder of its own: what is shipped where it was built, else what the compiler wrote. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { quoted } from '../../src/lab/cli/run.ts';

// From build/test/lab.
const shipped = fileURLToPath(new URL('../../../dist/bin/lpa-lab.js', import.meta.url));
const LAB = existsSync(shipped) ? shipped : fileURLToPath(new URL('../../bin/lpa-lab.js', import.meta.url));

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly outcome: Promise<Outcome>;
  /** Resolves when stdout matches. */
  printed(pattern: RegExp): Promise<void>;
}

export interface TestLab extends AsyncDisposable {
  readonly dir: string;
  start(args: readonly string[], env?: Readonly<Record<string, string | undefined>>): Running;
  /** In a pseudo-terminal: stdin is its keyboard. */
  startInTerminal(args: readonly string[]): Running;
  run(args: readonly string[], env?: Readonly<Record<string, string | undefined>>): Promise<Outcome>;
}

/** Variables of the person who runs the tests must not reach them. */
const CLEAN = { LPA_READER: undefined, LPA_JSON: undefined, LPA_TRACE: undefined, PCSCLITE_CSOCK_NAME: undefined, CI: undefined };

export function testLab(): TestLab {
  const dir = mkdtempSync(join(tmpdir(), 'lab-test-'));
  const children = new Set<ChildProcessWithoutNullStreams>();
  const startProgram = (program: string, args: readonly string[], env: Readonly<Record<string, string | undefined>>): Running => {
    const child = spawn(program, args, {
      env: { ...process.env, ...CLEAN, LPA_LAB_STATE: dir, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    children.add(child);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const outcome = once(child, 'close').then(([code, signal]) => {
      children.delete(child);
      return { code: (code as number | null) ?? (signal === 'SIGKILL' ? 137 : -1), stdout, stderr };
    });
    return {
      child,
      stdout: () => stdout,
      stderr: () => stderr,
      outcome,
      async printed(pattern) {
        while (!pattern.test(stdout)) {
          if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode} before it printed ${pattern}: ${stderr}`);
          await Promise.race([once(child.stdout, 'data'), outcome]);
        }
      },
    };
  };
  const start: TestLab['start'] = (args, env = {}) => startProgram(process.execPath, [LAB, ...args], env);
  return {
    dir,
    start,
    startInTerminal: (args) => {
      // exec: a shell that stays between would take Ctrl-C too, and end by it.
      const line = ['exec', process.execPath, LAB, ...args].map(quoted).join(' ');
      return startProgram('script', ['-qec', line, '/dev/null'], { SHELL: '/bin/sh' });
    },
    run(args, env) {
      const running = start(args, env);
      running.child.stdin.end();
      return running.outcome;
    },
    async [Symbol.asyncDispose]() {
      for (const child of children) {
        child.kill('SIGKILL');
        await once(child, 'close');
      }
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
