/** From `--reader` and `--aid` to an open ISD-R. */
import type { Link } from '../../lpa/card/card.ts';
import { iso7816Card } from '../../lpa/card/iso7816.ts';
import { tracedLink } from '../../lpa/card/trace.ts';
import { CardError } from '../../lpa/errors.ts';
import { type FoundIsdr, openIsdr } from '../../lpa/es10/open-isdr.ts';
import type { Listener } from '../../lpa/events.ts';
import type { Settings } from '../settings.ts';
import type { Doors } from './transports.ts';

export interface OpenCard {
  readonly settings: Settings;
  readonly doors: Doors;
  readonly listener: Listener;
  readonly waiting: (text: string) => void;
  /** The FCI of the ISD-R is needed, whatever it says. */
  readonly wholeFci: boolean;
}

/** The one eUICC that is meant. @throws {CardError} */
export async function openEuicc({ settings, doors, listener, waiting, wholeFci }: OpenCard): Promise<FoundIsdr> {
  const link = await doors.openLink({
    reader: settings.reader,
    waitMs: settings.waitMs,
    isEuicc: (candidate) => isEuicc(candidate, settings.aid),
    onWait: (reader) => waiting(`waiting for the card in ${reader}, which another program holds`),
  });
  const card = iso7816Card(settings.trace || settings.traceFile !== undefined ? tracedLink(link, listener) : link);
  return openIsdr(card, { aid: settings.aid, listener, fci: wholeFci ? 'read' : 'readUnlessUsual' });
}

/** Whether a card is one that `lpa` can work with; the link stays open. */
export async function isEuicc(link: Link, aid: string | undefined): Promise<boolean> {
  try {
    const { isdr } = await openIsdr(iso7816Card(borrowed(link)), { aid });
    await isdr[Symbol.asyncDispose]();
    return true;
  } catch (error) {
    if (error instanceof CardError && (error.problem === 'noEuicc' || error.problem === 'm2m')) return false;
    throw error;
  }
}

/** A link that whoever disposes of it does not own. */
export const borrowed = (link: Link): Link => ({
  name: link.name,
  get atr() {
    return link.atr;
  },
  transmit: link.transmit,
  reset: () => link.reset(),
  [Symbol.asyncDispose]: async () => {},
});
