/** What a command may reach for. Each thing is opened on first use, kept for the whole command and closed by whoever made the app. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { utf8Text } from '../lpa/bytes.ts';
import { CardError, DecodeError, EuiccError, LpaError, StatusWordError, UsageError } from '../lpa/errors.ts';
import { getEid } from '../lpa/es10/es10c.ts';
import type { Isdr } from '../lpa/es10/isdr.ts';
import type { FoundIsdr } from '../lpa/es10/open-isdr.ts';
import { mayHaveSiblings, type OtherEuicc, otherEuiccs } from '../lpa/es10/sibling-euiccs.ts';
import type { DoorEvent, Listener } from '../lpa/events.ts';
import type { Certificate } from '../lpa/pki/certificate.ts';
import { deviceInfoOf, type Lpa, type RspServers } from '../lpa/procedures/lpa.ts';
import type { RefusedNotifications } from '../lpa/procedures/notifications.ts';
import { displayText, jsonText } from '../terminal/safe-text.ts';
import type { Paint } from '../terminal/style.ts';
import { wrapped } from '../terminal/wrap.ts';
import type { Secrets } from './capture/secrets.ts';
import { openEuicc } from './devices/open-euicc.ts';
import type { Doors } from './devices/transports.ts';
import type { ChipAnchors } from './devices/trust-anchors.ts';
import { stateFolder } from './downloads/state-folder.ts';
import { type Answer, type Prompt, promptOn } from './input/prompt.ts';
import type { Io } from './io.ts';
import { type Progress, progressTo } from './output/progress.ts';
import type { Settings } from './settings.ts';

/** Functions that change the card: once one of them was sent, Ctrl-C waits for its end. */
const WRITING = new Set([
  'ES10a.SetDefaultDpAddress',
  'ES10b.LoadBoundProfilePackage',
  'ES10b.LpaeActivation',
  'ES10b.RemoveNotificationFromList',
  'ES10c.EnableProfile',
  'ES10c.DisableProfile',
  'ES10c.DeleteProfile',
  'ES10c.SetNickname',
  'ES10c.eUICCMemoryReset',
]);

/** Columns of one line that is said; longer ones are cut. */
const MAX_LINE = 500;
const WARNING = 'warning:';

export interface AppParts {
  readonly io: Io;
  readonly settings: Settings;
  readonly doors: Doors;
  readonly secrets: Secrets;
  /** Of stderr. */
  readonly paint: Paint;
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal;
  readonly listeners?: readonly Listener[];
}

export class App implements AsyncDisposable {
  readonly settings: Settings;
  readonly secrets: Secrets;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  readonly listener: Listener;
  readonly #parts: AppParts;
  #anchors: ChipAnchors | undefined;
  readonly #prompt: Prompt;
  #euicc: Promise<FoundIsdr> | undefined;
  #eid: Promise<string> | undefined;
  #siblings: Promise<readonly OtherEuicc[]> | undefined;
  #servers: (RspServers & AsyncDisposable) | undefined;
  #wrote = false;
  readonly #others = new Set<App>();
  #onClose: () => void = () => {};
  #code: string | undefined;
  #refused: RefusedNotifications | undefined;
  readonly #byWebRoot = new Set<string>();

  constructor(parts: AppParts) {
    this.#parts = parts;
    this.settings = parts.settings;
    this.secrets = parts.secrets;
    this.signal = parts.signal;
    this.progress = progressTo(parts.io, parts.settings);
    this.#prompt = promptOn(parts.io, { timeoutMs: parts.settings.promptTimeoutMs, signal: parts.signal });
    const listeners = [
      (event: DoorEvent) => this.#watch(event),
      (event: DoorEvent) => this.#anchors?.listener(event),
      ...(parts.listeners ?? []),
      this.progress.listener,
    ];
    this.listener = (event) => {
      for (const listener of listeners) listener(event);
    };
  }

  get io(): Io {
    return this.#parts.io;
  }

  /** The card was told to change something. */
  get wrote(): boolean {
    return this.#wrote;
  }

  /** After this error nobody knows whether the card did what it was told: it could not be read again. */
  leavesOpen(error: unknown): boolean {
    if (!this.#wrote || !(error instanceof LpaError) || error.codeState !== undefined) return false;
    const { function: fn = '' } = error as { function?: string };
    const isAnswer = error instanceof EuiccError || error instanceof StatusWordError;
    return isAnswer ? !WRITING.has(fn) : error instanceof CardError || error instanceof DecodeError;
  }

  get doors(): Doors {
    return this.#parts.doors;
  }

  /** This card, or one in another reader that is served now, was told to change something. */
  get writing(): boolean {
    return this.#wrote || [...this.#others].some((other) => other.writing);
  }

  /** The same for the card in one reader; to be closed apart. */
  inReader(reader: string, parts: Partial<AppParts> = {}): App {
    const other = new App({ ...this.#parts, ...parts, settings: { ...(parts.settings ?? this.settings), reader } });
    this.#others.add(other);
    other.#onClose = () => this.#others.delete(other);
    return other;
  }

  /** The ISD-R of the card that is meant. @throws {CardError} */
  async openIsdr(): Promise<Isdr> {
    return (await this.#openEuicc()).isdr;
  }

  /** The ISD-R with its FCI, for a command that shows what stands in it; it is to be the first that opens the card. @throws {CardError} */
  async openIsdrWithFci(): Promise<Isdr> {
    return (await this.#openEuicc(true)).isdr;
  }

  async #openEuicc(wholeFci = false): Promise<FoundIsdr> {
    const { doors, settings } = this.#parts;
    if (settings.reader === 'all') {
      throw new UsageError('this command wants one reader, not "all"', { remedy: '`lpa readers` lists them' });
    }
    const waiting = (text: string): void => this.progress.step(text);
    this.#euicc ??= openEuicc({ doors, settings, listener: this.listener, waiting, wholeFci }).then((found) =>
      this.#lookAround(found),
    );
    return this.#euicc;
  }

  /** What the user should know of the card before anything is done with it. */
  async #lookAround(found: FoundIsdr): Promise<FoundIsdr> {
    try {
      if (this.settings.aid === undefined) await this.#tellOthers(found.isdr);
    } catch (error) {
      await found.isdr[Symbol.asyncDispose]();
      throw error;
    }
    return this.#lookBack(found);
  }

  /** The card holds several eUICCs, and nobody said which is meant. */
  async #tellOthers(isdr: Isdr): Promise<void> {
    if (!mayHaveSiblings(isdr)) return;
    for (const { isdrAid, eid } of await this.otherEuiccs(isdr)) {
      this.say(`this card holds another eUICC, EID ${eid}: \`--aid ${isdrAid}\` takes that one`);
    }
  }

  /** The EID of the card in use; read once in a command. */
  eid(isdr: Isdr): Promise<string> {
    this.#eid ??= getEid(isdr);
    return this.#eid;
  }

  /** The other eUICCs of the card in use; looked for once in a command. */
  otherEuiccs(isdr: Isdr): Promise<readonly OtherEuicc[]> {
    this.#siblings ??= this.eid(isdr).then((eid) => otherEuiccs(isdr, eid));
    return this.#siblings;
  }

  /** A download that was interrupted is told of by the next command on its card. */
  async #lookBack(found: FoundIsdr): Promise<FoundIsdr> {
    const folder = this.#journalFolder;
    if (folder === undefined || !existsSync(folder)) return found;
    try {
      const { tellInterrupted } = await import('./downloads/interrupted-downloads.ts');
      const told = {
        platform: this.io.platform,
        warn: (text: string) => this.warn(text),
        eid: () => this.eid(found.isdr),
      };
      await tellInterrupted(told, folder, found.isdr, this.#code);
      return found;
    } catch (error) {
      await found.isdr[Symbol.asyncDispose]();
      throw error;
    }
  }

  get #journalFolder(): string | undefined {
    const folder = this.#stateFolder;
    return folder && join(folder, 'journal');
  }

  get #stateFolder(): string | undefined {
    return stateFolder(this.io.env, this.io.platform);
  }

  /** The code that is about to be used: the journal knows it again by its hash. */
  useCode(address: string, matchingId: string): void {
    this.secrets.addText(matchingId);
    this.#code = `${address}$${matchingId}`;
  }

  /** Card and servers, for the procedures. @throws {CardError, UsageError} */
  async lpa(): Promise<Lpa> {
    const isdr = await this.openIsdr();
    this.#servers ??= await this.#openServers(isdr);
    return {
      isdr,
      servers: this.#servers,
      device: deviceInfoOf(this.settings.imei, this.settings.tac),
      allowTestCi: this.settings.allowTestCi,
      listener: this.listener,
      signal: this.signal,
      ...(await this.#memory(isdr)),
    };
  }

  /** What outlives a command; nothing where the user has no state folder. */
  async #memory(isdr: Isdr): Promise<Pick<Lpa, 'journal' | 'codeHistory' | 'refusedNotifications'>> {
    const [folder, journalFolder] = [this.#stateFolder, this.#journalFolder];
    if (folder === undefined || journalFolder === undefined) return {};
    const [{ fileJournal }, { codeHistoryIn }] = await Promise.all([
      import('./downloads/journal-files.ts'),
      import('./downloads/activation-code-history.ts'),
    ]);
    const code = (): string | undefined => this.#code;
    const refusedNotifications = await this.refusedNotifications();
    return {
      journal: fileJournal(journalFolder, code, isdr.card.atr),
      codeHistory: codeHistoryIn(folder, code),
      ...(refusedNotifications && { refusedNotifications }),
    };
  }

  /** Undefined where the user has no state folder. */
  async refusedNotifications(): Promise<RefusedNotifications | undefined> {
    const folder = this.#stateFolder;
    if (folder === undefined) return undefined;
    const { refusedNotificationsIn } = await import('./downloads/refused-notifications.ts');
    this.#refused ??= refusedNotificationsIn(folder, (text) => this.warn(text));
    return this.#refused;
  }

  async #openServers(isdr: Isdr): Promise<RspServers & AsyncDisposable> {
    const { allowTestCi, strictCi, lenientRoles, caFiles, timeoutMs } = this.settings;
    if (allowTestCi) this.warn('test CIs are allowed: their keys are public, so anybody can pass for a server under them');
    const ca = await readCaFiles(caFiles);
    const { chipAnchors } = await import('./devices/trust-anchors.ts');
    const anchors = chipAnchors();
    this.#anchors = anchors;
    return this.#parts.doors.openServers({
      anchors: async () => ({ ciPKIds: await anchors.ciPKIds(isdr), ca, allowTestCi, strictCi, lenientRoles }),
      ...(timeoutMs !== undefined && { timeoutMs, packageTimeoutMs: timeoutMs }),
      listener: this.listener,
      env: this.io.env,
    });
  }

  /** After a change: on an IoT eUICC the LPA has not the last word. */
  async warnWhereUndone(): Promise<void> {
    const found = await this.#euicc;
    if (this.#wrote && found?.kind === 'iot') {
      this.warn('this is an IoT eUICC (SGP.32): an eIM that manages it may undo the change');
    }
  }

  /** Somebody is there to answer. */
  get interactive(): boolean {
    return this.settings.input && this.io.stdin.isTTY === true && this.io.stderrColumns !== undefined;
  }

  /** Ask the user; only where somebody is there to answer. */
  ask(question: string, options?: { readonly hidden?: boolean }): Promise<Answer> {
    this.progress.clear();
    const lines = question.split('\n').map((line) => wrapped(line, 0, this.io.stderrColumns));
    return this.#prompt.ask(lines.join('\n'), options);
  }

  /** One line on stderr that needs no answer. */
  warn(text: string): void {
    this.progress.clear();
    if (this.#asJson('warning', text)) return;
    const line = this.#shown(`${WARNING} ${text}`, WARNING.length + 1);
    this.io.stderr(`${this.#parts.paint.caution(WARNING)}${line.slice(WARNING.length)}\n`);
  }

  /** What the user should know while the command goes on; left out with `--quiet`. */
  say(text: string): void {
    if (this.settings.quiet) return;
    this.notice(text);
  }

  /** What has to be seen, whatever is quiet. */
  notice(text: string): void {
    this.progress.clear();
    if (this.#asJson('message', text)) return;
    this.io.stderr(`${this.#shown(text)}\n`);
  }

  /** With `--progress json` a line is an object. @returns whether it was */
  #asJson(member: string, text: string): boolean {
    if (this.settings.progress !== 'json') return false;
    this.io.stderr(`${jsonText({ [member]: displayText(this.secrets.maskText(text), MAX_LINE) })}\n`);
    return true;
  }

  /** Whatever a card or a server may have put into it; lines are our own. */
  #shown(text: string, indent = 0): string {
    return this.secrets
      .maskText(text)
      .split('\n')
      .map((line) => wrapped(displayText(line, MAX_LINE), /^ */.exec(line)?.[0].length || indent, this.io.stderrColumns))
      .join('\n');
  }

  #watch(event: DoorEvent): void {
    if (event.type === 'warning') this.warn(displayText(event.message, 300));
    if (event.type === 'connected' && event.trustedBy === 'web') this.#sayWebRoot(event.address);
    if ((event.type === 'call' || event.type === 'progress') && WRITING.has(event.name)) this.#wrote = true;
  }

  /** Once for each server: a web root is a weaker anchor than a CI of the eUICC, and NODE_EXTRA_CA_CERTS adds to the web roots. */
  #sayWebRoot(address: string): void {
    if (this.#byWebRoot.has(address)) return;
    this.#byWebRoot.add(address);
    this.say(`${address}: the server's certificate chains to a web root, not to a CI on this eUICC`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#onClose();
    this.progress.clear();
    const euicc = await this.#euicc?.catch(() => undefined); // a card that could not be opened was let go by whoever tried
    await this.#servers?.[Symbol.asyncDispose]();
    await euicc?.isdr[Symbol.asyncDispose]();
  }
}

/** A few hundred certificates. */
const MAX_CA_FILE = 1024 * 1024;

export async function readCaFiles(files: readonly string[]): Promise<readonly Certificate[]> {
  if (files.length === 0) return [];
  const [{ readPem }, { readInput }] = await Promise.all([import('../lpa/pki/pem.ts'), import('../lpa/input-file.ts')]);
  const certificates = files.map(async (file) => {
    try {
      return await readPem(utf8Text(await readInput(file, MAX_CA_FILE)));
    } catch (cause) {
      const why = cause instanceof LpaError ? cause.message : 'it cannot be read';
      throw new UsageError(`--ca ${displayText(file, 200)}: ${why}`, { cause });
    }
  });
  return (await Promise.all(certificates)).flat();
}
