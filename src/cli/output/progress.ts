/** What `lpa` is doing, while it does it: one line rewritten on a terminal, a line a step elsewhere, or JSON. Always stderr. */
import type { DoorEvent, Listener } from '../../lpa/events.ts';
import { displayText, displayWidth, jsonText } from '../../terminal/safe-text.ts';
import type { Io } from '../io.ts';
import type { Settings } from '../settings.ts';
import { octetsText } from './profile-names.ts';

export interface Progress {
  readonly listener: Listener;
  /** Say something that is no call of a function: what is waited for. */
  step(text: string): void;
  /** Take the line away, so that something else can be written. */
  clear(): void;
}

/** What each function means to a person; one that follows another of the same words is not said again. */
// biome-ignore format: a table
const STEPS: Readonly<Record<string, (address: string) => string>> = {
  'ES10a.GetEuiccConfiguredAddresses': () => 'reading the eUICC',
  'ES10b.GetEUICCInfo1':               () => 'reading the eUICC',
  'ES10b.GetEUICCInfo2':               () => 'reading the eUICC',
  'ES10b.GetEUICCChallenge':           () => 'reading the eUICC',
  'ES10b.GetRAT':                      () => 'reading the eUICC',
  'ES10c.GetEID':                      () => 'reading the eUICC',
  'ES10c.GetProfilesInfo':             () => 'reading the profiles',
  'ES9+.InitiateAuthentication':       (address) => `contacting ${address}`,
  'ES10b.AuthenticateServer':          () => 'the eUICC checks the server',
  'ES9+.AuthenticateClient':           () => 'the server checks the eUICC',
  'ES10b.PrepareDownload':             () => 'preparing the download',
  'ES9+.GetBoundProfilePackage':       () => 'fetching the profile',
  'ES10b.LoadBoundProfilePackage':     () => 'installing',
  'ES10b.ListNotification':            () => 'reading notifications',
  'ES10b.RetrieveNotificationsList':   () => 'reading notifications',
  'ES10b.RemoveNotificationFromList':  () => 'reading notifications',
  'ES9+.HandleNotification':           (address) => `notifying ${address}`,
  'ES10b.CancelSession':               () => 'cancelling',
  'ES9+.CancelSession':                () => 'cancelling',
  'ES11.InitiateAuthentication':       (address) => `contacting ${address}`,
  'ES11.AuthenticateClient':           (address) => `asking ${address}`,
  'ES10c.EnableProfile':               () => 'enabling',
  'ES10c.DisableProfile':              () => 'disabling',
  'ES10c.DeleteProfile':               () => 'deleting',
  'ES10c.SetNickname':                 () => 'renaming',
  'ES10c.eUICCMemoryReset':            () => 'resetting the memory',
  'ES10a.SetDefaultDpAddress':         () => 'setting the default SM-DP+',
};

const BAR = 24;
/** A line that is gone sooner than it can be read only flickers. */
const FIRST_MS = 120;

export function progressTo(io: Io, { progress }: Pick<Settings, 'progress'>): Progress {
  if (progress === 'none') return { listener: () => {}, step: () => {}, clear: () => {} };
  if (progress === 'waits') return { ...plainProgress(io), listener: () => {} };
  if (progress === 'json') return jsonProgress(io);
  if (progress === 'plain' || io.stderrColumns === undefined) return plainProgress(io);
  // A dumb terminal cannot take a line back.
  return io.env['TERM'] === 'dumb' ? plainProgress(io) : lineProgress(io, io.stderrColumns);
}

const stepOf = (event: DoorEvent): string | undefined => {
  if (event.type !== 'call' && event.type !== 'progress') return undefined;
  const address = event.type === 'call' ? (event.address ?? '') : '';
  return STEPS[event.name]?.(displayText(address)) ?? event.name;
};

function plainProgress(io: Io): Progress {
  let last: string | undefined;
  const step = (text: string | undefined): void => {
    if (text === undefined || text === last) return;
    last = text;
    io.stderr(`${text}\n`);
  };
  return { step, listener: (event) => step(stepOf(event)), clear: () => {} };
}

function jsonProgress(io: Io): Progress {
  return {
    step: () => {},
    clear: () => {},
    listener(event) {
      if (event.type === 'call') io.stderr(`${jsonText({ step: event.name })}\n`);
      if (event.type === 'progress') {
        io.stderr(`${jsonText({ step: event.name, sent: event.sent, total: event.total })}\n`);
      }
    },
  };
}

function lineProgress(io: Io, columns: number): Progress {
  let shown = '';
  const rate = rateOf();
  const show = (text: string): void => {
    const line = displayText(text, columns - 1);
    if (line === shown) return;
    io.stderr(`\r${line}${' '.repeat(Math.max(0, displayWidth(shown) - displayWidth(line)))}`);
    shown = line;
  };
  let wanted = '';
  let timer: NodeJS.Timeout | undefined;
  const soon = (text: string): void => {
    wanted = text;
    if (shown !== '') show(text);
    else timer ??= setTimeout(() => show(wanted), FIRST_MS).unref();
  };
  return {
    step: soon,
    listener(event) {
      const step = stepOf(event);
      if (step === undefined) return;
      if (event.type === 'progress') show(`${step}  ${bar(event.sent, event.total)}${rate(event.sent)}`);
      else soon(step);
    },
    clear() {
      clearTimeout(timer);
      timer = undefined;
      if (shown === '') return;
      io.stderr(`\r${' '.repeat(displayWidth(shown))}\r`);
      shown = '';
    },
  };
}

function bar(sent: number, total: number): string {
  const share = total === 0 ? 1 : sent / total;
  const full = Math.floor(share * BAR);
  return `[${'#'.repeat(full)}${'.'.repeat(BAR - full)}] ${String(Math.floor(share * 100)).padStart(3)} %`;
}

/** Often enough to be true, seldom enough to be read. */
const RATE_MS = 500;

/** Octets a second since the first were sent, as ` 12 KiB/s`; empty until it can be told. */
function rateOf(): (sent: number) => string {
  let begun: { readonly at: number; readonly sent: number } | undefined;
  let last = 0;
  let text = '';
  return (sent) => {
    const now = performance.now();
    if (!begun || sent < begun.sent) {
      begun = { at: now, sent };
      last = now;
      text = '';
    } else if (now - last >= RATE_MS) {
      last = now;
      text = `  ${octetsText(Math.round(((sent - begun.sent) * 1000) / (now - begun.at)))}/s`;
    }
    return text;
  };
}
