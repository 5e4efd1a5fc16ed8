/** `--reader replay:<file>`: a recording in the place of card and servers. */
import { readFileSync } from 'node:fs';
import { fromHex } from '../bytes.ts';
import { replayCards } from '../card/record.ts';
import { UsageError } from '../errors.ts';
import { replayServers } from '../es9/record.ts';
import { type Entry, parseRecording } from '../recording.ts';
import type { Doors } from './doors.ts';

const PREFIX = 'replay:';

/** @throws {UsageError} where there is no such file @throws {DecodeError} where it is no recording */
export function replayNamed(reader: string, doors: Doors): Doors {
  let text: string;
  try {
    text = readFileSync(reader.slice(PREFIX.length), 'utf8');
  } catch (cause) {
    throw new UsageError('--reader replay: the recording cannot be read', { cause });
  }
  return replayDoors(parseRecording(text), doors);
}

/** Doors that lead into a recording; nothing is asked of a reader or the network. */
export function replayDoors(entries: readonly Entry[], doors: Doors): Doors {
  const cards = replayCards(entries);
  const servers = replayServers(entries);
  const trusted = entries.filter((entry) => entry.type === 'tls');
  return {
    ...doors,
    openLink: async () => cards.open(),
    listReaders: async () =>
      entries.flatMap((entry) => (entry.type === 'card' ? [{ name: entry.name, present: true, atr: fromHex(entry.atr) }] : [])),
    async openServers({ anchors, listener = () => {} }) {
      const told = new Set<string>();
      const trustOf = (address: string) => trusted.find((entry) => entry.address === address);
      return {
        async post(request) {
          const tls = trustOf(request.address);
          if (tls && !told.has(request.address)) {
            await anchors(); // as a handshake does: where nothing has told them yet, the card was asked here
            listener({ ...tls, type: 'connected' });
          }
          told.add(request.address);
          return servers.post(request);
        },
        connect() {},
        trustOf,
        async [Symbol.asyncDispose]() {},
      };
    },
  };
}
