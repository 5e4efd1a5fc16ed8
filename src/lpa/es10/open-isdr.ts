/**
 * Which application on this card is the ISD-R, and what kind of card is it? Vendors moved the ISD-R to AIDs of
 * their own, and an SGP.02 (M2M) card answers to the same AID as a consumer eUICC.
 */

import { parseTlv, type Tlv } from '../asn1/tlv.ts';
import { fromHex, toHex } from '../bytes.ts';
import { readAtr } from '../card/atr.ts';
import type { Card, FciUse } from '../card/card.ts';
import { send } from '../card/iso7816.ts';
import { CardError, LpaError, StatusWordError } from '../errors.ts';
import type { Listener } from '../events.ts';
import { getEid } from './es10c.ts';
import { Isdr } from './isdr.ts';

/** In the order in which they are tried, GSMA's first. */
// biome-ignore format: a table
export const ISDR_AIDS: readonly {
  readonly aid: string;
  readonly maker: string;
  /** Such a card may hold another eUICC, at another AID that is marked so. */
  readonly oneOfSeveral?: true;
}[] = [
  { aid: 'A0000005591010FFFFFFFF8900000100', maker: 'GSMA' },
  { aid: 'A0000005591010FFFFFFFF8900050500', maker: '5ber' },
  { aid: 'A0000005591010000000008900000300', maker: 'eSIM.me' },
  { aid: 'A0000005591010FFFFFFFF8900000177', maker: 'Xesim' },
  { aid: 'A000000559104C696E6B736669656C64', maker: 'Linksfield' },
  { aid: 'A0000006281010FFFFFFFF8900000100', maker: 'GlocalMe' },
  { aid: 'A06573746B6D65FFFF4953442D522030', maker: 'eSTK.me SE0', oneOfSeveral: true },
  { aid: 'A06573746B6D65FFFF4953442D522031', maker: 'eSTK.me SE1', oneOfSeveral: true },
  { aid: 'A06573746B6D65FFFFFFFF4953442D52', maker: 'eSTK.me AUX' },
];

const ECASD_AID = fromHex('A0000005591010FFFFFFFF8900000200');

/** SELECT says so when there is no such application, or none that may be selected now. */
const NO_APPLICATION = new Set([0x6a82, 0x6a80, 0x6a86, 0x6985, 0x6999, 0x6d00, 0x6e00, 0x6f00]);

export type EuiccKind = 'consumer' | 'iot' | 'm2m';

/** Disposing of it closes the ISD-R and lets the card go. */
export interface FoundIsdr extends AsyncDisposable {
  readonly isdr: Isdr;
  readonly kind: 'consumer' | 'iot';
}

/**
 * Select the ISD-R, whatever AID it has. The card is let go when there is none.
 *
 * @param aid tried alone where it is given
 * @param fci `readUnlessUsual` saves a command; the FCI is then absent for most consumer eUICCs
 * @throws {CardError} `noEuicc` for a plain UICC, `m2m` for an SGP.02 card
 */
export async function openIsdr(
  card: Card,
  options: { aid?: string | undefined; listener?: Listener; fci?: FciUse } = {},
): Promise<FoundIsdr> {
  try {
    const found = await selectIsdr(card, options.aid === undefined ? ISDR_AIDS.map(({ aid }) => aid) : [options.aid], options);
    if (found) return found;
    throw await noIsdr(card);
  } catch (error) {
    await card[Symbol.asyncDispose]();
    throw error;
  }
}

/** An eUICC whose ISD-R hides is another thing than a plain UICC: its ECASD answers, or its ATR says so. */
async function noIsdr(card: Card): Promise<CardError> {
  const eid = await eidOfEcasd(card);
  if (eid === undefined && !saysEuicc(card.atr)) {
    return new CardError(`${card.name}: the card has no ISD-R: a plain UICC`, { problem: 'noEuicc' });
  }
  return new CardError(`${card.name}: an eUICC${eid ? `, EID ${eid}` : ''}, whose ISD-R has none of the AIDs that were tried`, {
    problem: 'noEuicc',
    eid,
    remedy: 'its maker can tell the AID of its ISD-R: give it with --aid, and please report it',
  });
}

function saysEuicc(atr: Uint8Array): boolean {
  try {
    return readAtr(atr).euicc;
  } catch {
    return false; // no ATR, or none that can be read, says nothing
  }
}

async function selectIsdr(
  card: Card,
  aids: readonly string[],
  { listener, fci }: { listener?: Listener; fci?: FciUse },
): Promise<FoundIsdr | undefined> {
  for (const aid of aids) {
    try {
      const isdr = await Isdr.open(card, fromHex(aid), listener, fci);
      return { isdr, kind: await kindOf(isdr, card), [Symbol.asyncDispose]: () => isdr[Symbol.asyncDispose]() };
    } catch (error) {
      if (!(error instanceof StatusWordError) || !NO_APPLICATION.has(error.sw)) throw error;
    }
  }
  return undefined;
}

/**
 * By the FCI where it says, else by asking for the EID: an SGP.02 ISD-R does not know the question (SGP.22 §5.7.20).
 *
 * @throws {CardError} `m2m`
 */
async function kindOf(isdr: Isdr, card: Card): Promise<'consumer' | 'iot'> {
  if (isdr.selectResponse === undefined) return 'consumer'; // by the length of its FCI
  const tags = tagsIn(isdr.selectResponse);
  if (tags.has(0xe1)) return 'iot';
  if (tags.has(0xe0)) return 'consumer';
  try {
    await getEid(isdr);
    return 'consumer';
  } catch (error) {
    if (!(error instanceof StatusWordError) && !(error instanceof LpaError && error.code === 'decode')) throw error;
    const eid = await eidOfEcasd(card);
    throw new CardError(`${card.name}: an M2M eUICC (SGP.02)${eid ? `, EID ${eid}` : ''}`, { problem: 'm2m', eid, cause: error });
  }
}

/** The EID where the ECASD tells it by GET DATA, as on M2M eUICCs (SGP.02 §4.1.1.2). */
async function eidOfEcasd(card: Card): Promise<string | undefined> {
  try {
    await using ecasd = await card.openChannel(ECASD_AID);
    const data = await send(ecasd.transmit, 'GET DATA', Uint8Array.of(0x80, 0xca, 0x00, 0x5a, 0x00));
    const { content } = parseTlv(data, 'GET DATA');
    return content.length === 16 ? toHex(content) : undefined;
  } catch {
    return undefined; // the EID is a help to the reader of the message, no more
  }
}

/** Tags anywhere in an FCI; cards nest the proprietary template in different ways, and some get its lengths wrong. */
function tagsIn(fci: Uint8Array): ReadonlySet<number> {
  const tags = new Set<number>();
  const walk = (tlv: Tlv): void => {
    tags.add(tlv.tag);
    tlv.children.forEach(walk);
  };
  try {
    if (fci.length > 0) walk(parseTlv(fci, 'FCI'));
  } catch {
    tags.clear(); // says nothing that can be believed; the EID will tell
  }
  return tags;
}
