/** What holds for every command: global options, their environment variables, their defaults. In that order. */
import { existsSync } from 'node:fs';
import { delimiter } from 'node:path';
import { UsageError } from '../lpa/errors.ts';
import type { OptionsOf, OptionTable } from '../terminal/option.ts';

export const GLOBAL_OPTIONS = {
  reader: {
    flags: '-r, --reader <name>',
    text: 'part of a reader\'s name, its number, tcp:host:port, replay:file (a recording), or "all"',
    env: 'LPA_READER',
  },
  wait: { flags: '--wait <seconds>', text: 'how long to wait for a card that another program holds (10)' },
  aid: { flags: '--aid <hex>', text: 'another ISD-R AID', env: 'LPA_ISDR_AID' },
  ca: {
    flags: '--ca <file>',
    text: 'also trust these CI certificates (PEM) for RSP servers; may be repeated',
    repeat: true,
    env: 'LPA_CA',
  },
  allowTestCi: {
    flags: '--allow-test-ci',
    text: 'allow sessions with servers under the public test CIs',
    env: 'LPA_ALLOW_TEST_CI',
  },
  strictCi: { flags: '--strict-ci', text: "refuse servers that only the web's roots vouch for", env: 'LPA_STRICT_CI' },
  lenientRoles: {
    flags: '--lenient-roles',
    text: 'accept TLS certificates without a GSMA role under a CI of the eUICC',
    env: 'LPA_LENIENT_ROLES',
  },
  imei: { flags: '--imei <digits>', text: 'IMEI that is sent to servers', env: 'LPA_IMEI' },
  tac: { flags: '--tac <digits>', text: 'TAC that is sent to servers, without an IMEI (00101000)', env: 'LPA_TAC' },
  noNotify: { flags: '--no-notify', text: 'leave notifications on the card' },
  timeout: {
    flags: '--timeout <seconds>',
    text: 'for each answer of a server (60, and 180 for the package)',
    env: 'LPA_TIMEOUT',
  },
  json: { flags: '--json', text: 'the result as JSON on stdout', env: 'LPA_JSON' },
  progress: {
    flags: '--progress <how>',
    text: 'auto, plain, json (one object a line on stderr) or none',
    choices: ['auto', 'plain', 'json', 'none'],
  },
  quiet: { flags: '-q, --quiet', text: 'no progress, no success lines' },
  yes: { flags: '-y, --yes', text: 'yes to the question of a download' },
  noInput: { flags: '--no-input', text: 'never prompt', env: 'CI' },
  color: {
    flags: '--color <when>',
    text: 'auto, always or never',
    choices: ['auto', 'always', 'never'],
    env: 'NO_COLOR, FORCE_COLOR',
  },
  trace: { flags: '--trace', text: 'every ES function and every APDU on stderr, codes and keys masked', env: 'LPA_TRACE' },
  traceFile: { flags: '--trace-file <file>', text: 'the same to a file' },
  record: {
    flags: '--record <file>',
    text: 'write down the session, codes masked: for a report, a diff, or --reader replay:<file>',
  },
  pcap: { flags: '--pcap <file>', text: 'every APDU with its answer as GSMTAP, for Wireshark' },
  redact: {
    flags: '--redact',
    text: 'replace EID, ICCIDs and IMEI in traces, recordings and captures; keys and signatures stay',
  },
  version: { flags: '-V, --version', text: 'the version' },
  help: { flags: '-h, --help', text: 'help for a command' },
} as const satisfies OptionTable;

export type GlobalOptions = OptionsOf<typeof GLOBAL_OPTIONS>;

/** Variables that have no option. */
export const OTHER_VARIABLES = {
  LPA_PROMPT_TIMEOUT: 'seconds that a prompt waits for an answer (600)',
} as const;

export interface Settings {
  readonly reader?: string;
  readonly waitMs: number;
  /** Upper-case hex. */
  readonly aid?: string;
  readonly caFiles: readonly string[];
  readonly allowTestCi: boolean;
  readonly strictCi: boolean;
  readonly lenientRoles: boolean;
  /** 15 digits. */
  readonly imei?: string;
  /** Eight digits; never beside an IMEI. */
  readonly tac?: string;
  readonly notify: boolean;
  /** Absent: the usual ones. */
  readonly timeoutMs?: number;
  readonly promptTimeoutMs: number;
  readonly json: boolean;
  /** `waits`, which no option says: only what is waited for. */
  readonly progress: 'auto' | 'plain' | 'json' | 'waits' | 'none';
  readonly quiet: boolean;
  readonly yes: boolean;
  readonly input: boolean;
  readonly color: 'auto' | 'always' | 'never';
  readonly trace: boolean;
  readonly traceFile?: string;
  readonly recordFile?: string;
  readonly pcapFile?: string;
  readonly redact: boolean;
}

type Env = Readonly<Record<string, string | undefined>>;

/** @throws {UsageError} naming the option or the variable that cannot be used */
export function settingsFrom(options: GlobalOptions, env: Env): Settings {
  const reader = options.reader ?? given(env, 'LPA_READER');
  const aid = aidFrom(options.aid, env);
  const { imei, tac } = deviceFrom(options, env);
  const timeoutMs = secondsFrom(options.timeout, '--timeout', env, 'LPA_TIMEOUT');
  return {
    ...(reader !== undefined && { reader }),
    waitMs: secondsFrom(options.wait, '--wait', {}, '') ?? 10_000,
    ...(aid !== undefined && { aid }),
    caFiles: caFilesFrom(options.ca, env),
    allowTestCi: options.allowTestCi ?? isSet(env, 'LPA_ALLOW_TEST_CI'),
    strictCi: options.strictCi ?? isSet(env, 'LPA_STRICT_CI'),
    lenientRoles: options.lenientRoles ?? isSet(env, 'LPA_LENIENT_ROLES'),
    ...(imei !== undefined && { imei }),
    ...(tac !== undefined && { tac }),
    notify: !options.noNotify,
    ...(timeoutMs !== undefined && { timeoutMs }),
    promptTimeoutMs: secondsFrom(undefined, '', env, 'LPA_PROMPT_TIMEOUT') ?? 600_000,
    json: wantsJson(options, env),
    progress: options.quiet ? 'none' : (options.progress ?? 'auto'),
    quiet: options.quiet ?? false,
    yes: options.yes ?? false,
    input: !(options.noInput ?? isSet(env, 'CI')),
    color: options.color ?? (given(env, 'NO_COLOR') ? 'never' : isSet(env, 'FORCE_COLOR') ? 'always' : 'auto'),
    trace: options.trace ?? isSet(env, 'LPA_TRACE'),
    ...(options.traceFile !== undefined && { traceFile: options.traceFile }),
    ...(options.record !== undefined && { recordFile: options.record }),
    ...(options.pcap !== undefined && { pcapFile: options.pcap }),
    redact: redactFrom(options, env),
  };
}

/** Apart, for an error in the other options has to be printed as JSON too. */
export const wantsJson = (options: { readonly json?: boolean }, env: Env): boolean => options.json ?? isSet(env, 'LPA_JSON');

const given = (env: Env, name: string): string | undefined => env[name] || undefined;

/** A switch: anything but empty, 0, false and no. */
const isSet = (env: Env, name: string): boolean => !['', '0', 'false', 'no'].includes((env[name] ?? '').toLowerCase());

const MAX_SECONDS = 24 * 60 * 60;

function secondsFrom(option: string | undefined, flag: string, env: Env, variable: string): number | undefined {
  const text = option ?? given(env, variable);
  if (text === undefined) return undefined;
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(seconds <= MAX_SECONDS)) throw new UsageError(`${option === undefined ? variable : flag}: not a number of seconds`);
  return seconds * 1000;
}

function aidFrom(option: string | undefined, env: Env): string | undefined {
  const text = (option ?? given(env, 'LPA_ISDR_AID'))?.replaceAll(/[\s:]/g, '');
  if (text === undefined) return undefined;
  if (!/^([0-9A-Fa-f]{2}){5,16}$/.test(text)) {
    throw new UsageError(`${option === undefined ? 'LPA_ISDR_AID' : '--aid'}: an AID has 5 to 16 octets in hexadecimal`);
  }
  return text.toUpperCase();
}

/** An option wins over a variable; an IMEI has a TAC of its own. */
function deviceFrom({ imei, tac }: GlobalOptions, env: Env): { imei?: string | undefined; tac?: string | undefined } {
  if (imei !== undefined && tac !== undefined) throw new UsageError('--tac cannot be used with --imei');
  if (tac === undefined) {
    const given = imeiFrom(imei, env);
    if (given !== undefined) return { imei: given };
  }
  return { tac: tacFrom(tac, env) };
}

function tacFrom(option: string | undefined, env: Env): string | undefined {
  const text = option ?? given(env, 'LPA_TAC');
  if (text === undefined || /^\d{8}$/.test(text)) return text;
  throw new UsageError(`${option === undefined ? 'LPA_TAC' : '--tac'}: a TAC has 8 digits`, {
    remedy: 'a TAC is the first eight digits of an IMEI',
  });
}

function imeiFrom(option: string | undefined, env: Env): string | undefined {
  const text = (option ?? given(env, 'LPA_IMEI'))?.replaceAll(/[\s-]/g, '');
  if (text === undefined) return undefined;
  if (!/^\d{15}$/.test(text)) {
    throw new UsageError(`${option === undefined ? 'LPA_IMEI' : '--imei'}: an IMEI has 15 digits`, {
      remedy: 'dial *#06# on a device to see its IMEI; a 16-digit IMEISV is not one',
    });
  }
  return text;
}

/** What a command prints is never redacted: whoever thinks so is told before it is shared. */
function redactFrom({ redact = false, trace, traceFile, record, pcap }: GlobalOptions, env: Env): boolean {
  if (redact && !trace && !isSet(env, 'LPA_TRACE') && (traceFile ?? record ?? pcap) === undefined) {
    throw new UsageError('--redact: there is nothing to redact', {
      remedy: 'it goes with --trace, --trace-file, --record or --pcap; the result of a command stays as it is',
    });
  }
  return redact;
}

function caFilesFrom(option: readonly string[] | undefined, env: Env): readonly string[] {
  const files = option ?? given(env, 'LPA_CA')?.split(delimiter).filter(Boolean) ?? [];
  const missing = files.find((file) => !existsSync(file));
  if (missing !== undefined) throw new UsageError(`--ca: there is no file ${missing}`);
  return files;
}
