/** Real shells in a pseudo-terminal (`script`, of bsdutils): what they make of a line when a key asks for all completions at once. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export type Shell = 'bash' | 'zsh' | 'fish';

const PROMPT = 'READY> ';
/** A key that puts every completion into the line, and what the shell has to be told for it. */
const INTERACTIVE = {
  bash: {
    argv: ['bash', '--noprofile', '--norc', '-i'],
    key: '\x1b*',
    setUp: [`PS1='${PROMPT}'`, "bind 'set enable-bracketed-paste off'", 'source $SCRIPTS/_lpa'],
  },
  zsh: {
    argv: ['zsh', '-f', '-i'],
    key: '\x18a',
    setUp: [
      `PS1='${PROMPT}'`,
      'unsetopt prompt_cr prompt_sp',
      // Found in $fpath, as one that was installed is.
      'fpath=($SCRIPTS $fpath)',
      'autoload -Uz compinit && compinit -D -u',
      "zstyle ':completion:all-matches:*' completer _all_matches _complete",
      "zstyle ':completion:all-matches:*' insert true",
      'zle -C all-matches complete-word _generic',
      "bindkey '^Xa' all-matches",
    ],
  },
} as const;

const STEP_MS = 30_000;

/**
 * What the shell completes each line to: the words that it puts in place of the last one.
 *
 * @param script what `lpa completion` printed
 * @param cwd where files are looked for
 */
export async function completionsOf(shell: Shell, script: string, lines: readonly string[], cwd: string): Promise<string[][]> {
  const dir = mkdtempSync(join(tmpdir(), 'lpa-shell-'));
  try {
    const file = join(dir, '_lpa');
    writeFileSync(file, script);
    return shell === 'fish' ? inFish(file, lines, cwd) : await inTerminal(shell, file, lines, cwd, join(dir, 'out'));
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** fish tells what it would show. */
function inFish(file: string, lines: readonly string[], cwd: string): string[][] {
  return lines.map((line) => {
    const { status, stdout, stderr } = spawnSync('fish', ['--no-config', '-c', `source ${file}; complete -C ${quoted(line)}`], {
      encoding: 'utf8',
      cwd,
    });
    if (status !== 0 || stderr !== '') throw new Error(`fish: ${status} ${stderr}`);
    return stdout
      .split('\n')
      .filter(Boolean)
      .map((each) => each.replace(/\t.*/, ''));
  });
}

/** `lpa` is a function there, which writes down what it was given. */
async function inTerminal(
  shell: 'bash' | 'zsh',
  file: string,
  lines: readonly string[],
  cwd: string,
  out: string,
): Promise<string[][]> {
  const { argv, key, setUp } = INTERACTIVE[shell];
  const child = spawn('script', ['-qec', `exec ${argv.map(quoted).join(' ')}`, '/dev/null'], {
    cwd,
    env: {
      PATH: process.env['PATH'],
      HOME: cwd,
      SHELL: '/bin/sh',
      TERM: 'dumb',
      LC_ALL: 'C.UTF-8',
      HISTFILE: '',
      SCRIPTS: dirname(file),
    },
  });
  let screen = '';
  let wake = (): void => {};
  child.stdout.on('data', (chunk: Buffer) => {
    screen += chunk.toString('utf8');
    wake();
  });
  const ended = new Promise<void>((resolve, reject) => {
    child.on('close', () => resolve());
    child.on('error', (cause) => reject(new Error(`no pseudo-terminal: apt-get install bsdutils ${shell}`, { cause })));
  });
  /** Type, and wait until the shell asks for more. */
  const enter = async (text: string, ready: () => boolean): Promise<void> => {
    child.stdin.write(text);
    const deadline = Date.now() + STEP_MS;
    while (!ready()) {
      if (Date.now() > deadline) throw new Error(`${shell} does not come back after ${JSON.stringify(text)}:\n${screen}`);
      await new Promise<void>((resolve) => {
        wake = resolve;
        setTimeout(resolve, 100);
      });
    }
  };
  const prompts = (): number => screen.split(`${PROMPT}`).length;
  try {
    const marks = [
      `lpa() { printf '%s\\n' "$@" '' >> ${out}; }`,
      ...setUp,
      `source ${file}`,
      `printf '\\n' > ${out}`,
      "echo DO''NE",
    ];
    await enter(`${marks.join('\n')}\n`, () => /\nDONE\r?\n.*READY> /s.test(screen));
    for (const line of lines) {
      const before = prompts();
      await enter(`${line}${key}\n`, () => prompts() > before);
    }
    child.stdin.write('exit\n');
    await ended;
  } finally {
    child.kill('SIGKILL');
  }
  const runs = readFileSync(out, 'utf8').slice(1).split('\n\n').slice(0, -1);
  if (runs.length !== lines.length) throw new Error(`${shell} ran ${runs.length} of ${lines.length} lines:\n${screen}`);
  // What stood in the line before its last word is none of the completions, and neither is `lpa` itself.
  return runs.map((run, i) => run.split('\n').slice((lines[i] ?? '').split(/\s+/).length - 2));
}

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;
