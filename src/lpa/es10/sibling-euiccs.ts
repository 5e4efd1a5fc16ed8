/** Cards that hold more than one eUICC behind their contacts: each has an ISD-R at an AID of its own, and an EID. */
import { fromHex, toHex } from '../bytes.ts';
import type { Card } from '../card/card.ts';
import { LpaError } from '../errors.ts';
import { getEid } from './es10c.ts';
import { Isdr } from './isdr.ts';
import { ISDR_AIDS } from './open-isdr.ts';

export interface OtherEuicc {
  /** Hex; what `--aid` takes. */
  readonly isdrAid: string;
  readonly eid: string;
}

const SIBLINGS: readonly string[] = ISDR_AIDS.filter(({ oneOfSeveral }) => oneOfSeveral).map(({ aid }) => aid);

/** Whether cards with this AID hold another eUICC, or may. */
export const mayHaveSiblings = ({ aid }: Isdr): boolean => SIBLINGS.includes(toHex(aid));

/**
 * The other eUICCs of the card, which has to be asked for each by its AID. `isdr` stays as it is.
 *
 * @param eid of the eUICC that `isdr` belongs to
 * @returns nothing for an ISD-R on the basic channel: to look for another there would be to leave this one
 */
export async function otherEuiccs(isdr: Isdr, eid: string): Promise<readonly OtherEuicc[]> {
  if (isdr.isOnBasicChannel) return [];
  const known = new Set([eid]); // one eUICC may have several AIDs
  const others: OtherEuicc[] = [];
  for (const isdrAid of SIBLINGS) {
    if (isdrAid === toHex(isdr.aid)) continue;
    const eid = await eidAt(isdr.card, isdrAid);
    if (eid === undefined || known.has(eid)) continue;
    known.add(eid);
    others.push({ isdrAid, eid });
  }
  return others;
}

async function eidAt(card: Card, aid: string): Promise<string | undefined> {
  try {
    await using other = await Isdr.open(lent(card), fromHex(aid));
    return await getEid(other);
  } catch (error) {
    if (error instanceof LpaError) return undefined; // there is none, or none that can be used
    throw error;
  }
}

/** A card that outlives whoever it is lent to. */
const lent = (card: Card): Card => ({
  name: card.name,
  atr: card.atr,
  transmit: card.transmit,
  openChannel: (aid) => card.openChannel(aid),
  reset: () => card.reset(),
  [Symbol.asyncDispose]: async () => {},
});
