/** The one place that prints results and errors, and that turns an error into an exit code. */
import {
  CancelledError,
  CardError,
  type CodeState,
  DecodeError,
  EuiccError,
  LpaError,
  NetworkError,
  PolicyError,
  ServerError,
  StatusWordError,
  TrustError,
} from '../../lpa/errors.ts';
import { triesLeftIn } from '../../lpa/server-message.ts';
import { displayText, jsonText } from '../../terminal/safe-text.ts';
import { type Paint, plainPaint } from '../../terminal/style.ts';
import { wrapped } from '../../terminal/wrap.ts';
import type { App } from '../app.ts';
import type { Secrets } from '../capture/secrets.ts';
import type { AnyCommand, Look } from '../command.ts';
import type { Io } from '../io.ts';

/** Columns of one line of an error: long enough for any of ours, short enough for what a server made up. */
const MAX_LINE = 500;

export function presentResult(
  io: Io,
  command: AnyCommand,
  result: unknown,
  { json, quiet }: { readonly json: boolean; readonly quiet: boolean },
  look: Look,
  options: Readonly<Record<string, unknown>>,
): void {
  const hidden = quiet && command.changes === true && !json;
  const text = json ? jsonText(command.json?.(result) ?? result, 2) : hidden ? '' : command.text(result, look, options);
  if (text !== '') io.stdout(`${text}\n`);
}

export interface Wording {
  /** Instead of the error's own message, where words are better than codes. */
  readonly message: string;
  /** More of what is known, a line each. */
  readonly lines?: readonly string[];
  readonly remedy?: string | undefined;
}

/**
 * Cause and remedy, on stderr; with `--json` as one object on the last line.
 *
 * @param paint of stderr
 */
export async function presentError(
  io: Io,
  error: unknown,
  { json, secrets, paint = plainPaint }: { readonly json: boolean; readonly secrets: Secrets; readonly paint?: Paint },
): Promise<void> {
  const { message, lines = [], remedy } = await wordingOf(error, io.platform);
  const shown = (text: string): string => displayText(secrets.maskText(text), MAX_LINE);
  if (json) {
    const told = {
      code: error instanceof LpaError ? error.code : 'bug',
      message,
      ...(lines.length > 0 && { lines }),
      ...(remedy !== undefined && { remedy }),
      ...fieldsOf(error),
      ...(error instanceof LpaError && stateMember(error)),
    };
    // What was done before it is ours: a short code may stand in an ICCID by chance, and that has to stay whole.
    const members = { ...masked(told, secrets), ...(error instanceof LpaError && further.get(error)) };
    io.stderr(`${jsonText({ error: members })}\n`);
    return;
  }
  const say = (label: string, paintLabel: (text: string) => string, text: string): void => {
    const line = wrapped(`${label}${shown(text)}`, label.length, io.stderrColumns);
    io.stderr(`${paintLabel(label.trimEnd())}${line.slice(label.trimEnd().length)}\n`);
  };
  say('lpa: ', paint.bad, message);
  for (const line of lines) say('', (text) => text, line);
  if (remedy !== undefined) say('hint: ', paint.strong, remedy);
}

/** An error as a member of a result: one of several things that were tried. Further members are those of its class. */
export interface ErrorMembers {
  readonly code: string;
  readonly message: string;
  readonly remedy?: string;
  /** The state of the activation code that was used. */
  readonly activationCode?: CodeState;
}

/** A server may repeat the code that it was given: secrets are masked here too. */
export async function errorMembers(error: LpaError, { io, secrets }: Pick<App, 'io' | 'secrets'>): Promise<ErrorMembers> {
  const { message, remedy } = await wordingOf(error, io.platform);
  const members = { code: error.code, message, ...(remedy !== undefined && { remedy }), ...fieldsOf(error) };
  return masked({ ...members, ...stateMember(error) }, secrets);
}

/** The state of the activation code, where the error determines it. */
const stateMember = ({ codeState }: LpaError): { readonly activationCode?: CodeState } =>
  codeState === undefined ? {} : { activationCode: codeState };

/** Secrets masked in every text, members that are none as they are. */
function masked<T>(value: T, secrets: Secrets): T {
  if (typeof value === 'string') return secrets.maskText(value) as T;
  if (Array.isArray(value)) return value.map((item) => masked(item, secrets)) as T;
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, masked(member, secrets)])) as T;
}

async function wordingOf(error: unknown, platform: NodeJS.Platform): Promise<Wording> {
  if (!(error instanceof LpaError)) {
    return {
      message: `unexpected: ${error instanceof Error ? error.message : String(error)}`,
      lines: stackOf(error),
      remedy: 'this is a fault of lpa: please report it with the lines above and what you typed, without the activation code',
    };
  }
  const { explain } = await import('../../failures/explain-error.ts');
  return explain(error, platform);
}

/** Where it happened, without the paths of this machine. */
const stackOf = (error: unknown): string[] =>
  (error instanceof Error ? (error.stack ?? '') : '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 5)
    .map((line) =>
      line.replace(
        /\(?(file:\/\/)?\/?[^\s()]*\/((bin|src|dist|chunks)\/)/,
        (_, _scheme, room) => `${line.includes('(') ? '(' : ''}${room}`,
      ),
    );

const further = new WeakMap<Error, Readonly<Record<string, unknown>>>();

/** Say beside an error what was done before it. */
export const alsoTell = (error: LpaError, members: Readonly<Record<string, unknown>>): void => void further.set(error, members);

/** Further members of the JSON error, by the class. */
function fieldsOf(error: unknown): Record<string, unknown> {
  if (error instanceof StatusWordError) return { function: error.function, sw: hex(error.sw, 4) };
  if (error instanceof CardError) {
    return {
      problem: error.problem,
      ...(error.pcsc !== undefined && { pcsc: hex(error.pcsc, 8) }),
      ...(error.eid && { eid: error.eid }),
    };
  }
  if (error instanceof EuiccError) return { function: error.function, result: error.result, ...error.details };
  if (error instanceof ServerError) {
    const { subjectCode, reasonCode, subjectIdentifier, serverMessage, profileOnEuicc } = error;
    const triesLeft = subjectCode === '8.2.7' && reasonCode === '3.8' ? triesLeftIn(serverMessage) : undefined;
    return {
      function: error.function,
      subjectCode,
      reasonCode,
      ...(subjectIdentifier !== undefined && { subjectIdentifier }),
      ...(serverMessage !== undefined && { serverMessage }),
      ...(triesLeft !== undefined && { confirmationCodeTriesLeft: triesLeft }),
      ...(profileOnEuicc !== undefined && { iccid: profileOnEuicc }),
    };
  }
  if (error instanceof NetworkError) {
    return { problem: error.problem, ...(error.httpStatus !== undefined && { httpStatus: error.httpStatus }) };
  }
  if (error instanceof DecodeError) return { path: error.path };
  if (error instanceof TrustError) return { check: error.check };
  if (error instanceof PolicyError) return { rule: error.rule };
  if (error instanceof CancelledError) return { reason: error.reason };
  return {};
}

const hex = (value: number, digits: number): string => value.toString(16).toUpperCase().padStart(digits, '0');
