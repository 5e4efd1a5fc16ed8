/** `--trace`, `--trace-file`, `--record` and `--pcap`. What goes wrong in one of them is a warning and never ends the command. */

import type { Listener } from '../../lpa/events.ts';
import { fileReason } from '../../lpa/file-error.ts';
import type { Doors } from '../devices/transports.ts';
import type { Io } from '../io.ts';
import type { Settings } from '../settings.ts';
import type { Masking, Secrets } from './secrets.ts';

export interface SideChannels {
  readonly listeners: readonly Listener[];
  /** Returns the same transports; a recording sees what passes through them. */
  through(doors: Doors): Doors;
  /** Writes what was kept back and closes the files. It does not throw. */
  close(): Promise<void>;
}

export interface SideChannelParts {
  readonly io: Io;
  readonly settings: Settings;
  readonly secrets: Secrets;
  readonly version: string;
  /** The command, for the first line of a recording. */
  readonly command: string;
  /** Reports a side channel that is lost. */
  readonly warn: (text: string) => void;
}

/** What a listener or a recording calls; it must not throw. */
type Shield = <A extends readonly unknown[]>(step: (...args: A) => void) => (...args: A) => void;

/**
 * Opens the files that the options name, before a card is used.
 *
 * @throws {UsageError} when a file cannot be opened
 */
export async function openSideChannels(parts: SideChannelParts): Promise<SideChannels> {
  const masking = await maskingFor(parts);
  const trace = await openTrace(parts, masking);
  const recorder = await openRecorder(parts, masking);
  const open = [trace, recorder].filter((channel) => channel !== undefined);
  return {
    listeners: open.map(({ listener }) => listener),
    through: (doors) => recorder?.through(doors) ?? doors,
    async close() {
      for (const channel of open) await channel.close();
    },
  };
}

interface Channel {
  readonly listener: Listener;
  close(): Promise<void>;
}

/** Masks secrets, and with `--redact` replaces identities: the same in a trace and in a recording. */
async function maskingFor({ settings, secrets }: SideChannelParts): Promise<Masking> {
  if (!settings.redact) return secrets;
  const { Identities, redacting } = await import('./redact.ts');
  const identities = new Identities();
  if (settings.imei !== undefined) identities.add('imei', settings.imei);
  return redacting(secrets, identities);
}

/** After the first exception the channel stays silent: a second one would say the same. */
function shieldFor(option: string, warn: (text: string) => void): Shield {
  let isBroken = false;
  return (step) =>
    (...args) => {
      if (isBroken) return;
      try {
        step(...args);
      } catch (cause) {
        isBroken = true;
        warn(`${option}: stopped: ${fileReason(cause)}. The command continues.`);
      }
    };
}

/** To stderr, to a file, or to both. */
async function openTrace({ io, settings, warn }: SideChannelParts, masking: Masking): Promise<Channel | undefined> {
  const { trace: toStderr, traceFile } = settings;
  if (!toStderr && traceFile === undefined) return undefined;
  const [{ traceTo }, { openPrivate }] = await Promise.all([import('./trace.ts'), import('./private-file.ts')]);
  const file = traceFile === undefined ? undefined : openPrivate('--trace-file', traceFile, warn);
  const shield = shieldFor(traceFile === undefined ? '--trace' : '--trace-file', warn);
  const trace = traceTo((lines) => {
    if (toStderr) io.stderr(`${lines}\n`);
    file?.write(`${lines}\n`);
  }, masking);
  return {
    listener: shield(trace.listener),
    async close() {
      shield(trace.end)();
      await file?.close();
    },
  };
}

async function openRecorder(
  { settings, version, command, warn }: SideChannelParts,
  masking: Masking,
): Promise<(Channel & { through(doors: Doors): Doors }) | undefined> {
  const { recordFile, pcapFile, redact } = settings;
  if (recordFile === undefined && pcapFile === undefined) return undefined;
  const [{ recorderTo }, { openPrivate }, { withoutSerial }] = await Promise.all([
    import('./record.ts'),
    import('./private-file.ts'),
    import('./redact.ts'),
  ]);
  const text = recordFile === undefined ? undefined : openPrivate('--record', recordFile, warn);
  const pcap = pcapFile === undefined ? undefined : openPrivate('--pcap', pcapFile, warn);
  const shield = shieldFor(recordFile === undefined ? '--pcap' : '--record', warn);
  const recorder = recorderTo(
    {
      secrets: masking,
      shield,
      ...(redact && { readerName: withoutSerial }),
      ...(text && { text: text.write }),
      ...(pcap && { pcap: pcap.write }),
    },
    `lpa ${version}: ${command}`,
  );
  return {
    listener: recorder.listener,
    through: recorder.through,
    async close() {
      recorder.end();
      await text?.close();
      await pcap?.close();
    },
  };
}
