/** What a vendor's applet says of the card it sells: eSTK.me cards have one. Its serial number is left where it is: it names the card's owner. */
import { fromHex, utf8Text } from '../bytes.ts';
import type { Card, Transmit } from '../card/card.ts';
import { send } from '../card/iso7816.ts';
import { LpaError } from '../errors.ts';
import type { Isdr } from './isdr.ts';

export interface Product {
  readonly sku?: string;
  readonly firmware?: string;
}

export const PRODUCT_AID = fromHex('A06573746B6D65FFFFFFFFFFFF6D6774');

/** 00 00 P1 00, and all that there is. */
export const QUESTIONS = { firmware: 0x02, sku: 0x03 } as const;

/** @returns undefined where the card has no such applet, or its ISD-R is on the channel that the applet would take */
export async function readProduct({ card, isOnBasicChannel }: Isdr): Promise<Product | undefined> {
  if (isOnBasicChannel) return undefined;
  try {
    return await askProduct(card);
  } catch (error) {
    if (error instanceof LpaError) return undefined; // what a card is sold as is not worth a command
    throw error;
  }
}

async function askProduct(card: Card): Promise<Product> {
  await using applet = await card.openChannel(PRODUCT_AID);
  const sku = await answerOf(applet.transmit, QUESTIONS.sku);
  const firmware = await answerOf(applet.transmit, QUESTIONS.firmware);
  return { ...(sku && { sku }), ...(firmware && { firmware }) };
}

const answerOf = async (transmit: Transmit, question: number): Promise<string> =>
  utf8Text(await send(transmit, 'product', Uint8Array.of(0x00, 0x00, question, 0x00, 0x00))).trim();
