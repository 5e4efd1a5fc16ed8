/** What a command may reach for. Each thing is opened on first use, kept for the whole command and closed by whoever made the app. */
import type { EuiccKind, FoundIsdr } from '../es10/find.ts';
import type { Isdr } from '../es10/isdr.ts';
import type { DoorEvent, Listener } from '../events.ts';
import { openEuicc } from './cards.ts';
import type { Doors } from './doors.ts';
import type { Io } from './io.ts';
import type { Paint } from './paint.ts';
import { type Progress, progressTo } from './progress.ts';
import type { Secrets } from './secrets.ts';
import type { Settings } from './settings.ts';

/** Functions that change the card: once one of them was sent, Ctrl-C waits for its end. */
const WRITING = new Set([
  'ES10a.SetDefaultDpAddress',
  'ES10b.LoadBoundProfilePackage',
  'ES10b.RemoveNotificationFromList',
  'ES10c.EnableProfile',
  'ES10c.DisableProfile',
  'ES10c.DeleteProfile',
  'ES10c.SetNickname',
  'ES10c.eUICCMemoryReset',
]);

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
  #euicc: Promise<FoundIsdr> | undefined;
  #wrote = false;

  constructor(parts: AppParts) {
    this.#parts = parts;
    this.settings = parts.settings;
    this.secrets = parts.secrets;
    this.signal = parts.signal;
    this.progress = progressTo(parts.io, parts.settings);
    const listeners = [(event: DoorEvent) => this.#watch(event), ...(parts.listeners ?? []), this.progress.listener];
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

  get doors(): Doors {
    return this.#parts.doors;
  }

  /** The ISD-R of the card that is meant. @throws {CardError} */
  async openIsdr(): Promise<Isdr> {
    return (await this.#openEuicc()).isdr;
  }

  /** What kind of eUICC it is. @throws {CardError} */
  async kindOfEuicc(): Promise<EuiccKind> {
    return (await this.#openEuicc()).kind;
  }

  #openEuicc(): Promise<FoundIsdr> {
    const { doors, settings } = this.#parts;
    const waiting = (text: string): void => this.progress.step(text);
    this.#euicc ??= openEuicc({ doors, settings, listener: this.listener, waiting });
    return this.#euicc;
  }

  /** One line on stderr that needs no answer. */
  warn(text: string): void {
    this.progress.clear();
    this.io.stderr(`${this.#parts.paint.caution('warning:')} ${text}\n`);
  }

  /** What the user should know while the command goes on; left out with `--quiet`. */
  say(text: string): void {
    if (this.settings.quiet) return;
    this.progress.clear();
    this.io.stderr(`${text}\n`);
  }

  /** What has to be seen, whatever is quiet. */
  notice(text: string): void {
    this.progress.clear();
    this.io.stderr(`${text}\n`);
  }

  #watch(event: DoorEvent): void {
    if ((event.type === 'call' || event.type === 'progress') && WRITING.has(event.name)) this.#wrote = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.progress.clear();
    const euicc = await this.#euicc?.catch(() => undefined); // a card that could not be opened was let go by whoever tried
    await euicc?.isdr[Symbol.asyncDispose]();
  }
}
