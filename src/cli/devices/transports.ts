/** The two ways out of this process, to cards and to servers: the real ones. Tests put others in their place, and nothing else. */
import { setFlagsFromString } from 'node:v8';
import type { Link } from '../../lpa/card/card.ts';
import type { ReaderState } from '../../lpa/card/pcsc/pcsc.ts';
import type { OpenOptions } from '../../lpa/card/select-reader.ts';
import type { RspDoorOptions } from '../../lpa/es9/https.ts';
import type { ServerSide, Trusted } from '../../lpa/pki/trust.ts';
import type { RspServers } from '../../lpa/procedures/lpa.ts';

export interface Doors {
  /** The card that is meant, powered and ours alone. */
  openLink(options: OpenOptions): Promise<Link>;
  /** Every reader, in the order whose numbers `--reader` takes. */
  listReaders(): Promise<readonly ReaderState[]>;
  /** The same, and again after each change. */
  watchReaders(signal: AbortSignal): AsyncIterable<readonly ReaderState[]>;
  openServers(options: RspDoorOptions): Promise<RspServers & AsyncDisposable>;
  /** Shake hands with a server and judge it; nothing is sent. @throws {NetworkError} @throws {TrustError} */
  reachServer(options: RspDoorOptions, address: string, side: ServerSide): Promise<Trusted>;
  /** @returns one of its addresses. @throws with the resolver's code; ETIMEOUT when it says nothing in time */
  resolveName(host: string, timeoutMs: number): Promise<string>;
}

export const realDoors: Doors = {
  openLink: async (options) => (await import('../../lpa/card/select-reader.ts')).openLink(options),
  listReaders: async () => (await import('../../lpa/card/select-reader.ts')).listReaders(),
  async *watchReaders(signal) {
    yield* (await import('../../lpa/card/select-reader.ts')).watchReaders(signal);
  },
  openServers: async (options) => (await loadHttps()).openRspDoor(options),
  reachServer: async (options, address, side) => (await loadHttps()).reachServer(options, address, side),
  resolveName: async (host, timeoutMs) => (await import('./resolve.ts')).resolveName(host, timeoutMs),
};

/**
 * Loads the HTTPS transport. The HTTP parser of undici is WebAssembly: V8's optimising compiler holds 25 MB for it, which a
 * handful of answers never pays back. The baseline compiler alone reads them as fast.
 */
async function loadHttps(): Promise<typeof import('../../lpa/es9/https.ts')> {
  setFlagsFromString('--liftoff-only');
  return import('../../lpa/es9/https.ts');
}
