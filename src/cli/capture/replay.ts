/** `--reader replay:<file>`: a recording in the place of card and servers. */
import { fromHex, utf8Text } from '../../lpa/bytes.ts';
import { replayCards } from '../../lpa/card/record.ts';
import { UsageError } from '../../lpa/errors.ts';
import { replayServers } from '../../lpa/es9/record.ts';
import { fileReason } from '../../lpa/file-error.ts';
import { readInput } from '../../lpa/input-file.ts';
import { type Entry, parseRecording } from '../../lpa/recording.ts';
import type { Doors } from '../devices/transports.ts';

const PREFIX = 'replay:';
const MAX_RECORDING = 64 * 1024 * 1024;

/** @throws {UsageError} where there is no such file @throws {DecodeError} where it is no recording */
export async function replayNamed(reader: string, doors: Doors): Promise<Doors> {
  let text: string;
  try {
    text = utf8Text(await readInput(reader.slice(PREFIX.length), MAX_RECORDING));
  } catch (cause) {
    throw new UsageError(`--reader replay: the recording cannot be read: ${fileReason(cause)}`, { cause });
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
