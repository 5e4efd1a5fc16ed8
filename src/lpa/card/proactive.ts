/** Proactive commands: what a card asks of its device by 91xx. ETSI TS 102 221 §7.4.2, TS 102 223 §6.4.7, §6.8. */
import { encodeTlv, parseTlv, readHeader } from '../asn1/tlv.ts';
import { concat } from '../bytes.ts';
import { CardError } from '../errors.ts';
import type { Transmit } from './card.ts';
import { exchange, isSuccess } from './iso7816.ts';

/** Proactive commands in one go; a card that has more to say is not listening. */
const MAX_COMMANDS = 16;

const REFRESH = 0x01;
const UICC_RESET = 0x04;

/** General results of a TERMINAL RESPONSE (TS 102 223 §8.12). */
const PERFORMED = 0x00;
const BEYOND_CAPABILITIES = 0x30;

/**
 * Fetch what the card has to say until it is silent. Nothing is carried out but REFRESH, and of that only what the
 * caller does afterwards: reset the card. UICC Reset (04) takes no TERMINAL RESPONSE: the reset is the answer to it.
 *
 * @param announced octets of the first command, from SW2 of 91xx; 0 for none
 */
export async function drainProactive(transmit: Transmit, announced: number): Promise<void> {
  let length = announced;
  for (let count = 0; length > 0; count++) {
    if (count === MAX_COMMANDS)
      throw new CardError(`FETCH: more than ${MAX_COMMANDS} proactive commands`, { problem: 'protocol' });
    const { data, sw } = await exchange(transmit, 'FETCH', Uint8Array.of(0x80, 0x12, 0x00, 0x00, length & 0xff));
    if (!isSuccess(sw)) return; // the card changed its mind, or reset itself: there is nothing to answer
    const [number = 0, type = 0, qualifier = 0] = commandDetails(data);
    if (type === REFRESH && qualifier === UICC_RESET) return;
    length = await respond(transmit, [number, type, qualifier], type === REFRESH ? PERFORMED : BEYOND_CAPABILITIES);
  }
}

/**
 * Command details always stand first (TS 102 223 §6.6). D0 is a primitive tag that holds COMPREHENSION-TLVs, whose tags are
 * no BER: nothing after the first is looked at.
 */
function commandDetails(command: Uint8Array): Uint8Array {
  const { content } = parseTlv(command, 'FETCH');
  const { contentStart, end } = readHeader(content, 0, 'FETCH');
  return content.subarray(contentStart, end);
}

/** TERMINAL RESPONSE. @returns octets of the next proactive command, 0 for none */
async function respond(transmit: Transmit, details: readonly number[], result: number): Promise<number> {
  const data = concat(
    encodeTlv(0x81, Uint8Array.from(details)),
    encodeTlv(0x82, Uint8Array.of(0x82, 0x81)), // from the device to the UICC
    encodeTlv(0x83, Uint8Array.of(result)),
  );
  const { sw } = await exchange(transmit, 'TERMINAL RESPONSE', concat(Uint8Array.of(0x80, 0x14, 0x00, 0x00, data.length), data));
  return sw >> 8 === 0x91 ? sw & 0xff || 256 : 0;
}
