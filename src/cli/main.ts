/** From argv to an exit code. */
import { CancelledError, UsageError } from '../errors.ts';
import type { Listener } from '../events.ts';
import { App } from './app.ts';
import type { AnyCommand, Look } from './command.ts';
import { commandNamed } from './commands/index.ts';
import { type Doors, realDoors } from './doors.ts';
import type { Io } from './io.ts';
import { type Paint, paintFor, plainPaint } from './paint.ts';
import { type Parsed, parse, wordsIn } from './parse.ts';
import { exitCodeOf, presentError, presentResult } from './present.ts';
import { Secrets } from './secrets.ts';
import { type Settings, settingsFrom, wantsJson } from './settings.ts';

/** @returns the exit code of the process */
export async function main(argv: readonly string[], version: string, io: Io, doors: Doors = realDoors): Promise<number> {
  const secrets = new Secrets();
  // Until the options are read, what stands in argv has to do: an error in them is JSON too.
  let json = wantsJson({ json: argv.includes('--json') }, io.env);
  let paint: Paint = plainPaint;
  try {
    const { words, without } = wordsIn(argv, MAX_WORDS);
    if (asksFor(argv, '--version', '-V')) {
      io.stdout(`lpa ${version}\n`);
      return 0;
    }
    if (words.length === 0 || asksFor(argv, '--help', '-h')) return await printHelp(words, argv, io);
    const { entry, taken } = commandNamed(words);
    const command = await entry.load();
    const parsed = parse(command, entry.name, without(taken));
    const settings = settingsFrom(parsed.global, io.env);
    json = settings.json;
    paint = await paintFor(colorOn(settings, io.stderrColumns, io));
    return await runCommand(command, parsed, { io, settings, doors, secrets, paint });
  } catch (error) {
    await presentError(io, error, { json, secrets, paint });
    return exitCodeOf(error);
  }
}

/** `profile notifications send` would be the longest. */
const MAX_WORDS = 3;

interface Run {
  readonly io: Io;
  readonly settings: Settings;
  readonly doors: Doors;
  readonly secrets: Secrets;
  readonly paint: Paint;
}

async function runCommand(command: AnyCommand, parsed: Parsed, run: Run): Promise<number> {
  const { io, settings, paint } = run;
  const interrupt = new AbortController();
  const listeners: Listener[] = [];
  const quietSteps = settings.progress === 'auto' && io.stderrColumns === undefined && !command.session && !command.changes;
  await using app = new App({
    ...run,
    settings: quietSteps ? { ...settings, progress: 'none' } : settings,
    signal: interrupt.signal,
    listeners,
  });
  const stopListening = io.onInterrupt(() => interrupted(app, command, interrupt));
  try {
    const look: Look = {
      paint: await paintFor(colorOn(settings, io.stdoutColumns, io)),
      ...(io.stdoutColumns !== undefined && { columns: io.stdoutColumns }),
    };
    const show = (result: unknown): void => {
      app.progress.clear();
      presentResult(io, command, result, settings, look, parsed.options);
    };
    let result: unknown = await command.run(app, parsed.options, ...parsed.args);
    // A person sees what happened before servers are told; a script gets one object, and that says whether they were.
    if (!settings.json) show(result);
    if (command.afterwards) result = await command.afterwards(app, result);
    if (settings.json) show(result);
    const next = settings.json || settings.quiet ? undefined : command.next?.(result);
    if (next !== undefined) app.say(`${paint.faint('next:')} ${next}`);
    return command.exitCode?.(result) ?? 0;
  } catch (error) {
    app.progress.clear();
    throw error;
  } finally {
    stopListening();
  }
}

/** The first Ctrl-C ends a session in good order, or lets the card finish what it is writing; the second ends the process. */
function interrupted(app: App, command: AnyCommand, interrupt: AbortController): void {
  if (interrupt.signal.aborted) app.io.leave(exitCodeOf(CANCELLED));
  else if (app.wrote) app.notice('the card is writing: this is finished first. Ctrl-C again leaves at once');
  else if (command.session) app.notice('cancelling. Ctrl-C again leaves at once');
  else {
    app.notice('cancelled');
    app.io.leave(exitCodeOf(CANCELLED));
  }
  interrupt.abort(CANCELLED);
}

const CANCELLED = new CancelledError('postponed');

function colorOn({ color }: Settings, columns: number | undefined, { env }: Io): boolean {
  return color === 'auto' ? columns !== undefined && env['TERM'] !== 'dumb' : color === 'always';
}

/** An option that takes the place of a command. What stands after `--` is no option. */
function asksFor(argv: readonly string[], ...flags: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return (end < 0 ? argv : argv.slice(0, end)).some((arg) => flags.includes(arg));
}

async function printHelp(words: readonly string[], argv: readonly string[], io: Io): Promise<number> {
  const unknown = argv.find((arg) => arg.startsWith('-') && !['-h', '--help'].includes(arg));
  if (words.length === 0 && unknown !== undefined && !argv.includes('--help') && !argv.includes('-h')) {
    throw new UsageError('options alone say nothing to do', { remedy: '`lpa help` lists the commands' });
  }
  const { helpFor } = await import('./help.ts');
  io.stdout(`${await helpFor(words, io.stdoutColumns)}\n`);
  return 0;
}
