/** The two ways out of this process, to cards and to servers: the real ones. Tests put others in their place, and nothing else. */
import type { Link } from '../card/card.ts';
import type { OpenOptions } from '../card/open.ts';
import type { ReaderState } from '../card/pcsc.ts';

export interface Doors {
  /** The card that is meant, powered and ours alone. */
  openLink(options: OpenOptions): Promise<Link>;
  /** Every reader, in the order whose numbers `--reader` takes. */
  listReaders(): Promise<readonly ReaderState[]>;
}

export const realDoors: Doors = {
  openLink: async (options) => (await import('../card/open.ts')).openLink(options),
  listReaders: async () => (await import('../card/open.ts')).listReaders(),
};
