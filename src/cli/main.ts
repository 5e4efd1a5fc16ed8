/** From argv to an exit code. */
import { CancelledError, UsageError } from '../lpa/errors.ts';
import { exitCodeOf } from '../terminal/exit-codes.ts';
import { displayText, jsonText } from '../terminal/safe-text.ts';
import { type Paint, paintFor, plainPaint } from '../terminal/style.ts';
import { wrapped } from '../terminal/wrap.ts';
import { App } from './app.ts';
import { looksLikeCode, noteGiven, Secrets } from './capture/secrets.ts';
import { openSideChannels } from './capture/side-channels.ts';
import type { AnyCommand, Look } from './command.ts';
import { ENTRIES } from './commands/index.ts';
import { type Doors, realDoors } from './devices/transports.ts';
import type { Io } from './io.ts';
import { withJsonStderr } from './output/json-stderr.ts';
import { presentError, presentResult } from './output/present.ts';
import { type Parsed, parse, wordsIn } from './parse.ts';
import { commandNamed } from './registry.ts';
import { type Settings, settingsFrom, wantsJson } from './settings.ts';

/** @returns the exit code of the process */
export async function main(argv: readonly string[], version: string, process: Io, doors: Doors = realDoors): Promise<number> {
  const secrets = new Secrets();
  noteGiven(argv, secrets);
  // Until the options are read, what stands in argv has to do: an error in them is JSON too.
  let json = wantsJson({ json: argv.includes('--json') }, process.env);
  let paint: Paint = plainPaint;
  const interruption: Interruption = {};
  let io = wantsJsonProgress(argv) ? withJsonStderr(process) : process;
  try {
    const { words, without } = wordsIn(argv, MAX_WORDS);
    if (asksFor(argv, '--version', '-V')) {
      io.stdout(`lpa ${version}\n`);
      return 0;
    }
    if (words.length === 0 || asksFor(argv, '--help', '-h')) return await printHelp(words, argv, io);
    const { entry, taken } = commandNamed(ENTRIES, words);
    const named = await entry.load();
    const parsed = parse(named, entry.name, without(taken));
    const settings = settingsFrom(parsed.global, io.env);
    json = settings.json;
    io = settings.progress === 'json' ? withJsonStderr(process) : process;
    if (!named.takesCode) refuseCodes(parsed);
    const all = settings.reader === 'all' && named.everyReader;
    const command = all ? (await import('./devices/every-reader.ts')).onEveryReader(named) : named;
    if (settings.progress !== 'json') paint = await paintFor(colorOn(settings, io.stderrColumns, io));
    const run = { io, settings, doors: await doorsFor(settings, doors), secrets, paint, version, interruption };
    return exitCodeWhen(interruption, await runCommand(command, parsed, run));
  } catch (error) {
    await presentError(io, error, { json: json || io !== process, secrets, paint });
    return exitCodeWhen(interruption, exitCodeOf(error));
  }
}

/** Before the options are read. */
const wantsJsonProgress = (argv: readonly string[]): boolean =>
  argv.some((arg, i) => arg === '--progress=json' || (arg === '--progress' && argv[i + 1] === 'json'));

/** The command that usually follows. */
function showNext({ io, settings, paint }: Run, next: string): void {
  if (settings.progress === 'json') {
    io.stderr(`${jsonText({ next })}\n`);
    return;
  }
  const line = wrapped(`next: ${next}`, 'next: '.length, io.stderrColumns);
  io.stderr(`${paint.faint('next:')}${line.slice('next:'.length)}\n`);
}

/** Before an error shows a part of it, or a card is touched. @throws {UsageError} */
function refuseCodes({ args }: Parsed): void {
  if (!args.flat().some((arg) => typeof arg === 'string' && looksLikeCode(arg))) return;
  throw new UsageError('an activation code does not belong here', { remedy: '`lpa download` takes it' });
}

/** `profile notifications send` would be the longest. */
const MAX_WORDS = 3;

interface Run {
  readonly io: Io;
  readonly settings: Settings;
  readonly doors: Doors;
  readonly secrets: Secrets;
  readonly paint: Paint;
  readonly version: string;
  readonly interruption: Interruption;
}

async function doorsFor({ reader }: Settings, doors: Doors): Promise<Doors> {
  if (reader === undefined || !reader.startsWith('replay:')) return doors;
  return (await import('./capture/replay.ts')).replayNamed(reader, doors);
}

async function runCommand(command: AnyCommand, parsed: Parsed, run: Run): Promise<number> {
  const { io, settings } = run;
  const interrupt = new AbortController();
  // A file can fail at its first line, before there is an app that prints warnings.
  const early: string[] = [];
  let warn = (text: string): void => void early.push(text);
  const channels = await openSideChannels({
    ...run,
    command: command.usage.replace(/ [[<(].*/, ''),
    warn: (text) => warn(text),
  });
  const quietSteps =
    settings.progress !== 'none' &&
    settings.progress !== 'json' &&
    (settings.trace || (settings.progress === 'auto' && io.stderrColumns === undefined && !command.session && !command.changes));
  const app = new App({
    ...run,
    doors: channels.through(run.doors),
    settings: quietSteps ? { ...settings, progress: 'waits' } : settings,
    signal: interrupt.signal,
    listeners: channels.listeners,
  });
  warn = (text) => app.warn(text);
  early.forEach(warn);
  const stopListening = io.onInterrupt((signal) => void interrupted(app, command, interrupt, run.interruption, signal));
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
    await app.warnWhereUndone();
    if (command.afterwards) result = await command.afterwards(app, result);
    if (settings.json) show(result);
    const next = settings.json || settings.quiet || !isTold(command, io) ? undefined : command.next?.(result);
    if (next !== undefined) {
      app.progress.clear();
      showNext(run, displayText(next, 200));
    }
    return command.exitCode?.(result) ?? 0;
  } catch (error) {
    app.progress.clear();
    if (command.changes && app.leavesOpen(error)) app.warn('the card was told to do it, and may have done it: look at it again');
    throw error;
  } finally {
    stopListening();
    try {
      await app[Symbol.asyncDispose]();
    } catch (error) {
      // What was to be done is done or has failed already; a card that cannot be let go of changes neither.
      app.warn(`closing the card: ${displayText(error instanceof Error ? error.message : String(error), 200)}`);
    }
    await channels.close();
  }
}

/** A change is always followed by what comes next; what only shows something, for a person who sees both it and the hint. */
const isTold = ({ changes }: AnyCommand, { stdoutColumns, stderrColumns }: Io): boolean =>
  changes === true || (stdoutColumns !== undefined && stderrColumns !== undefined);

/** What ended a command from outside. */
interface Interruption {
  /** The first signal. */
  signal?: NodeJS.Signals | undefined;
}

/**
 * The first Ctrl-C ends a session in good order, or lets the card finish what it is writing; the second ends the process.
 *
 * A closed terminal counts as the first Ctrl-C, and never as the second: its shell often sends SIGHUP once more.
 */
async function interrupted(
  app: App,
  command: AnyCommand,
  interrupt: AbortController,
  interruption: Interruption,
  signal?: NodeJS.Signals,
): Promise<void> {
  const again = interrupt.signal.aborted;
  if (again && signal === 'SIGHUP') return;
  interruption.signal ??= signal;
  interrupt.abort(CANCELLED);
  if (!again && app.wrote) app.notice('the card is writing: this is finished first. Ctrl-C again leaves at once');
  else if (!again && app.writing) app.notice('cancelling; a card that is writing finishes first. Ctrl-C again leaves at once');
  else if (!again && command.session) app.notice('cancelling. Ctrl-C again leaves at once');
  else {
    app.progress.clear();
    if (app.settings.json || app.settings.progress === 'json')
      await presentError(app.io, CANCELLED, { json: true, secrets: app.secrets });
    else if (!again) app.io.stderr('cancelled\n');
    app.io.leave(exitCodeWhen(interruption, exitCodeOf(CANCELLED)));
  }
}

/** A service manager that sends SIGTERM expects 128 and its number. */
const SIGTERM_CODE = 143;

const exitCodeWhen = ({ signal }: Interruption, exitCode: number): number =>
  signal === 'SIGTERM' && exitCode === exitCodeOf(CANCELLED) ? SIGTERM_CODE : exitCode;

const CANCELLED = new CancelledError('postponed', { message: 'cancelled' });

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
  const { helpFor } = await import('./help/help.ts');
  io.stdout(`${await helpFor(ENTRIES, words, io.stdoutColumns)}\n`);
  return 0;
}
