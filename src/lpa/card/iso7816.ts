/** Cards that take raw APDUs: logical channels and GET RESPONSE as ISO 7816-4 §5.4, §11.1 and ETSI TS 102 221 §10, §11.1 define them. */
import { concat, fromHex } from '../bytes.ts';
import { CardError, DecodeError, StatusWordError } from '../errors.ts';
import type { Card, Channel, FciUse, Link, Transmit } from './card.ts';

/** "All that you have": ISO case 4. A link that speaks T=0 drops it, for T=0 knows no Le after data. */
export const LE = Uint8Array.of(0x00);

/** Octets that a card may answer to one function; a whole notification list may ask for more. */
export const MAX_ANSWER = 64 * 1024;

/** GET RESPONSEs for each 256 octets that an answer may have: cards give less than that at a time, but not an octet each. */
const MAX_PARTS = 8;

/**
 * TERMINAL CAPABILITY: extended logical channels, and LUId, LPDd, LDSd in the device (ETSI TS 102 221 §11.1.19).
 * Cards that gate ES10 open it by this; those that do not know the command say so, and nothing is lost.
 */
const TERMINAL_CAPABILITY = fromHex('80AA000007A9058100830107');

/**
 * 61xx to SELECT of the ISD-R, with the length of the FCI { AID of 16 octets, A5 04 9F6501xx, E0 05 82 SVN }: a consumer eUICC
 * without an LPAe. An FCI with `lpaeSupport`, of an IoT eUICC or of an M2M eUICC has another length.
 */
const USUAL_FCI = 0x6121;

/** Status words with which a card says that it has no (further) logical channel, or none for this application. */
const NO_CHANNEL = new Set([0x6881, 0x6882, 0x6a81, 0x6d00, 0x6e00, 0x6999]);

/** Make a card of whatever carries APDUs. */
export function iso7816Card(link: Link): Card {
  let greeted = false;
  const greet = async (): Promise<void> => {
    if (greeted) return;
    await link.transmit(TERMINAL_CAPABILITY); // whatever it answers: a card that does not gate needs no yes
    greeted = true;
  };
  return {
    name: link.name,
    atr: link.atr,
    transmit: link.transmit,
    ...(link.powersOff && { powersOff: true }),
    async openChannel(aid, fci = 'read') {
      await greet();
      const number = await assignChannel(link.transmit);
      if (number === 0) return selected(link, 0, aid, fci);
      try {
        return await selected(link, number, aid, fci);
      } catch (error) {
        await closeChannel(link.transmit, number).catch(() => {}); // the failed SELECT matters more
        // Some cards (ATR 3B9F96801FC78031E073FE211B57AA866016010001BA) give channels and have the ISD-R on the basic one only.
        if (error instanceof StatusWordError && NO_CHANNEL.has(error.sw)) return selected(link, 0, aid, fci);
        throw error;
      }
    },
    async reset() {
      greeted = false;
      await link.reset();
    },
    [Symbol.asyncDispose]: () => Promise.resolve(link[Symbol.asyncDispose]()),
  };
}

/** MANAGE CHANNEL open. @returns 1 to 19, or 0 where the card has no channel to give. */
async function assignChannel(transmit: Transmit): Promise<number> {
  try {
    const [number] = await send(transmit, 'MANAGE CHANNEL', Uint8Array.of(0x00, 0x70, 0x00, 0x00, 0x01));
    if (number === undefined || number < 1 || number > 19) {
      throw new CardError(`MANAGE CHANNEL: the card assigned channel ${number ?? '(none)'}`, { problem: 'protocol' });
    }
    return number;
  } catch (error) {
    if (error instanceof StatusWordError && NO_CHANNEL.has(error.sw)) return 0;
    throw error;
  }
}

const closeChannel = (transmit: Transmit, number: number): Promise<Uint8Array> =>
  send(transmit, 'MANAGE CHANNEL', Uint8Array.of(0x00, 0x70, 0x80, number));

async function selected(link: Link, number: number, aid: Uint8Array, fci: FciUse): Promise<Channel> {
  const onChannel: Transmit = ([cla = 0, ...rest]) => link.transmit(Uint8Array.of(withChannel(cla, number), ...rest));
  const select = concat(Uint8Array.of(0x00, 0xa4, 0x04, 0x00, aid.length), aid, LE);
  const isLeft = (sw: number): boolean => (sw === USUAL_FCI && fci !== 'read') || (sw >> 8 === 0x61 && fci === 'skip');
  const { data, sw } = await exchange(onChannel, 'SELECT ISD-R', select, MAX_ANSWER, isLeft);
  const left = isLeft(sw);
  if (!left && !isSuccess(sw)) throw new StatusWordError('SELECT ISD-R', sw);
  return {
    transmit: onChannel,
    ...(!left && { selectResponse: data }),
    isBasic: number === 0,
    async [Symbol.asyncDispose]() {
      if (number !== 0) await closeChannel(link.transmit, number);
    },
  };
}

export interface Answer {
  readonly data: Uint8Array;
  readonly sw: number;
}

/**
 * One command and, while SW1 is 61, its GET RESPONSEs; 6Cxx is asked again with the length the card wants.
 *
 * @param isLeft whether the answer that 61xx announces is left on the card: the next command discards it (ISO 7816-4 §11.1)
 */
export async function exchange(
  transmit: Transmit,
  name: string,
  command: Uint8Array,
  maxAnswer = MAX_ANSWER,
  isLeft: (sw: number) => boolean = () => false,
): Promise<Answer> {
  const parts: Uint8Array[] = [];
  let length = 0;
  let corrected = false;
  for (let apdu = command; ; ) {
    const response = await transmit(apdu);
    if (response.length < 2) throw new CardError(`${name}: an answer of ${response.length} octets`, { problem: 'protocol' });
    const [sw1 = 0, sw2 = 0] = response.subarray(-2);
    parts.push(response.subarray(0, -2));
    length += response.length - 2;
    if (length > maxAnswer) throw new DecodeError(name, `the card's answer is longer than ${maxAnswer} octets`);
    if (parts.length * 256 > maxAnswer * MAX_PARTS)
      throw new CardError(`${name}: an answer in more than ${parts.length - 1} parts`, { problem: 'protocol' });
    if (sw1 === 0x61 && !isLeft(sw1 * 0x100 + sw2)) {
      // An answer that grows by nothing would never end.
      if (apdu !== command && response.length === 2)
        throw new CardError(`${name}: GET RESPONSE without octets`, { problem: 'protocol' });
      apdu = Uint8Array.of(interindustry(command[0] ?? 0), 0xc0, 0x00, 0x00, sw2);
    } else if (sw1 === 0x6c && !corrected) {
      corrected = true;
      apdu = withLe(apdu, sw2);
    } else return { data: parts.length === 1 ? parts[0]! : concat(...parts), sw: sw1 * 0x100 + sw2 };
  }
}

/** The same command with another Le; what data it has stays. */
function withLe(apdu: Uint8Array, le: number): Uint8Array {
  const lc = apdu.length > 5 ? (apdu[4] ?? 0) : 0;
  return concat(apdu.subarray(0, lc > 0 ? 5 + lc : 4), Uint8Array.of(le));
}

/** The data of one command. @throws {StatusWordError} unless it ends in 9000 or 91xx. */
export async function send(transmit: Transmit, name: string, command: Uint8Array): Promise<Uint8Array> {
  const { data, sw } = await exchange(transmit, name, command);
  if (!isSuccess(sw)) throw new StatusWordError(name, sw);
  return data;
}

/** 91xx is success with a proactive command waiting (ETSI TS 102 221 §7.4.2). */
export const isSuccess = (sw: number): boolean => sw === 0x9000 || sw >> 8 === 0x91;

/** GET RESPONSE is an interindustry command: the class keeps its channel and loses the proprietary bit (ETSI TS 102 221 §10.1.1). */
const interindustry = (cla: number): number => cla & 0x7f;

/** Channels 0 to 3 go in the low bits of CLA; 4 to 19 in the "further interindustry" form (ISO 7816-4 §5.4.1). */
const withChannel = (cla: number, channel: number): number =>
  channel < 4 ? (cla & 0xbc) | channel : (cla & 0xb0) | 0x40 | (channel - 4);
