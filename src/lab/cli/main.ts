/** lpa-lab, from argv to an exit code. */

import { LpaError, UsageError } from '../../lpa/errors.ts';
import { exitCodeOf } from '../../terminal/exit-codes.ts';
import { parseWords } from '../../terminal/parse-options.ts';
import { displayText } from '../../terminal/safe-text.ts';
import { labFolder } from '../state/folder.ts';
import type { Desk } from './command.ts';
import { COMMON_OPTIONS, commandNamed } from './commands/index.ts';
import { quoted } from './run.ts';

/** The process, as the lab's commands see it. */
export interface LabIo {
  readonly env: Readonly<Record<string, string | undefined>>;
  stdout(text: string): void;
  stderr(text: string): void;
  /** Of stdout, where it is a terminal. */
  readonly columns?: number | undefined;
  /** Aborted when the reader of stdout is gone. */
  readonly stdoutEnded?: AbortSignal;
}

/**
 * @param programs folder of lpa.js and lpa-lab.js
 * @returns the exit code of the process
 */
export async function labMain(argv: readonly string[], version: string, io: LabIo, programs: string): Promise<number> {
  try {
    const end = argv.indexOf('--');
    const own = end < 0 ? argv : argv.slice(0, end);
    const command = end < 0 ? undefined : argv.slice(end + 1);
    if (own.includes('--version') || own.includes('-V')) {
      io.stdout(`lpa-lab ${version}\n`);
      return 0;
    }
    const { name, rest } = firstWord(own);
    const wantsHelp = own.includes('--help') || own.includes('-h');
    if (name === undefined || name === 'help' || wantsHelp) {
      const { labHelp } = await import('./help.ts');
      io.stdout(`${await labHelp(name === 'help' ? firstWord(rest).name : name, io.columns)}\n`);
      return 0;
    }
    return await runNamed(name, rest, command, io, programs);
  } catch (error) {
    return report(error, io);
  }
}

async function runNamed(
  name: string,
  argv: readonly string[],
  after: readonly string[] | undefined,
  io: LabIo,
  programs: string,
): Promise<number> {
  const command = await commandNamed(name);
  const help = `\`lpa-lab help ${name}\` shows the usage`;
  const { given, args } = parseWords(['[words...]'], { ...COMMON_OPTIONS, ...command.options }, argv, help);
  const { state, help: _, ...options } = given as Readonly<Record<string, unknown>> & { state?: string };
  const extra = (args[0] as readonly string[] | undefined) ?? [];
  const takesCommand = command.takes === 'command';
  if (takesCommand && (extra.length > 0 || after === undefined || after.length === 0)) {
    throw new UsageError('the command stands after --', {
      remedy: `lpa-lab ${name} -- ${quotedWords(after ?? extra) || 'lpa info'}`,
    });
  }
  if (!takesCommand && (extra.length > 0 || after !== undefined)) {
    throw new UsageError(`${name} takes options only`, { remedy: help });
  }
  const desk: Desk = {
    dir: labFolder(state, io.env),
    env: io.env,
    typed: quotedWords([name, ...argv, ...(after ? ['--', ...after] : [])]),
    programs,
    print: (text) => io.stdout(`${text}\n`),
    say: (text) => io.stderr(`lpa-lab: ${text}\n`),
    columns: io.columns,
    ...(io.stdoutEnded && { stdoutEnded: io.stdoutEnded }),
  };
  return command.run(desk, options, after ?? []);
}

/** The command, and what is left without it. `--state` may stand before it, and its value is no command. */
function firstWord(argv: readonly string[]): { readonly name: string | undefined; readonly rest: readonly string[] } {
  const at = argv.findIndex((word, i) => !word.startsWith('-') && argv[i - 1] !== '--state');
  return { name: argv[at], rest: argv.filter((_, i) => i !== at) };
}

const quotedWords = (words: readonly string[]): string => words.map(quoted).join(' ');

/** Long enough for any message of ours and for what pcscd says. */
const MAX_MESSAGE = 1000;

function report(error: unknown, io: LabIo): number {
  if (error instanceof LpaError) {
    io.stderr(`lpa-lab: ${displayText(error.message, MAX_MESSAGE)}\n`);
    if (error.remedy !== undefined) io.stderr(`hint: ${displayText(error.remedy, MAX_MESSAGE)}\n`);
  } else {
    io.stderr(`lpa-lab: unexpected: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  }
  return exitCodeOf(error);
}
