/** The built programs as somebody has them who installed them, in a lab of their own. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LogEntry } from '../../src/lab/state/log.ts';
import { type Outcome, type TestLab, testLab } from '../lab/program.ts';

// From build/test/e2e.
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
export const LPA = join(ROOT, 'dist/bin/lpa.js');
if (!existsSync(LPA)) throw new Error('there is no dist/bin/lpa.js: npm run build');

type Env = Readonly<Record<string, string | undefined>>;

/** An environment without what the person who runs the tests may have set for these programs, or for Node. */
export function cleanEnv(dir: string, more: Env = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(LPA_|NODE_|PCSC|SSL_CERT|CI$|.*_proxy$)/i.test(name));
  return { ...Object.fromEntries(kept), XDG_STATE_HOME: join(dir, 'user'), ...more };
}

/** A program of Node's to its end. Its stdin is no terminal. */
export async function runNode(argv: readonly string[], env: NodeJS.ProcessEnv, stdin = ''): Promise<Outcome> {
  const child = spawn(process.execPath, argv, { env, stdio: ['pipe', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.on('error', () => {}); // it may end without having read
  child.stdin.end(stdin);
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code: code ?? (signal === null ? -1 : 128), stdout, stderr };
}

/** What a program says with `--json` when it fails. */
export interface JsonError {
  readonly code: string;
  readonly message: string;
  readonly remedy?: string;
  readonly activationCode?: string;
  readonly [member: string]: unknown;
}

export function jsonErrorOf({ stdout, stderr }: Outcome): JsonError {
  assert.equal(stdout, '', 'an error leaves stdout empty');
  const { error } = JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? '');
  return error;
}

export interface LabUp extends AsyncDisposable {
  readonly dir: string;
  /** What `up` said one should type. */
  readonly env: NodeJS.ProcessEnv;
  /** Of the card. */
  readonly eid: string;
  /** Another command of lpa-lab beside it. */
  lab(...argv: readonly string[]): Promise<Outcome>;
  lpa(argv: readonly string[], options?: { readonly env?: Env; readonly stdin?: string }): Promise<Outcome>;
  order(...options: readonly string[]): Promise<string>;
  /** What was decided since the last look. */
  log(): Promise<LogEntry[]>;
  /** End it, and start it again with these options alone. */
  restart(...options: readonly string[]): Promise<void>;
}

/** `lpa-lab up` with these options, and a shell beside it. */
export async function labUp(...options: readonly string[]): Promise<LabUp> {
  const lab = testLab();
  try {
    let up = await start(lab, options);
    let read = 0;
    return {
      dir: lab.dir,
      get env() {
        return up.env;
      },
      get eid() {
        return up.eid;
      },
      lab: (...argv) => lab.run(argv),
      lpa: (argv, { env, stdin } = {}) => runNode([LPA, ...argv], { ...up.env, ...env }, stdin),
      order: (...words) => orderIn(lab, ...words),
      async log() {
        const entries = (await logOf(lab)).slice(read);
        read += entries.length;
        return entries;
      },
      async restart(...others) {
        await up.end();
        up = await start(lab, others);
      },
      async [Symbol.asyncDispose]() {
        await up.end();
        await lab[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await lab[Symbol.asyncDispose]();
    throw error;
  }
}

interface Up {
  readonly env: NodeJS.ProcessEnv;
  readonly eid: string;
  end(): Promise<void>;
}

async function start(lab: TestLab, options: readonly string[]): Promise<Up> {
  const up = lab.start(['up', ...options]);
  await up.printed(/Ctrl-C ends it/);
  const exported = [...up.stdout().matchAll(/^ {2}export ((?:LPA|PCSC)\w+)=(\S+)$/gm)].map(([, name, value]) => [name, value]);
  return {
    env: cleanEnv(lab.dir, { NO_PROXY: 'localhost', ...Object.fromEntries(exported) }),
    eid: /cards? (\d{32})/.exec(up.stdout())?.[1] ?? '',
    async end() {
      up.child.kill('SIGINT');
      await up.outcome;
    },
  };
}

/** An activation code, and nothing else on stdout. */
export async function orderIn(lab: Pick<TestLab, 'run'>, ...options: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await lab.run(['order', ...options]);
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(stdout, /^LPA:1\$\S+\n$/);
  return stdout.trim();
}

export async function logOf(lab: Pick<TestLab, 'run'>): Promise<LogEntry[]> {
  const { code, stdout } = await lab.run(['log', '--json']);
  assert.equal(code, 0);
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}
