/**
 * A small card for the tests of what lies between a program and a card: every case of ISO 7816-4, 61xx, 6Cxx, refusals.
 *
 *     80 10 00 00               case 1   9000; counts up what 80 20 gives
 *     80 20 00 00 Le            case 2   four octets: 4 x the count; another Le than 04: 6C04
 *     80 30 00 00 Lc data       case 3   9000, keeps the data
 *     80 31 00 00 Le            case 2   that data
 *     80 40 P1 00 Lc data [Le]  case 4   the data reversed, P1 times over: at T=0 61xx and GET RESPONSE, at T=1 all at once
 */

import type { CardInReader } from '../src/lab/readers/reader.ts';
import { concat, fromHex } from '../src/lpa/bytes.ts';
import { readAtr } from '../src/lpa/card/atr.ts';
import { toTpdu } from '../src/lpa/card/t0.ts';

export const T0_ATR = fromHex('3B9F96803FC7828031E073FE211B57AA8660F0020001FD');
/** T=1 alone, IFSC 254, LRC. */
export const T1_ATR = fromHex('3B808131FE458B');

/** The same with CRC. */
export const T1_CRC_ATR = fromHex('3B808171FE4501CA');

export interface ScriptedCard extends CardInReader {
  /** What was asked of it, as hex, `on` and `off` among it. */
  readonly log: string[];
  /** Take it out of the reader, put it back. */
  move(present: boolean): void;
}

export function scriptedCard({ atr = T0_ATR, delayMs = 0 } = {}): ScriptedCard {
  let count = 0;
  let kept = new Uint8Array();
  let pending: Uint8Array = new Uint8Array();
  let powered = false;
  let listener: (present: boolean) => void = () => {};
  const log: string[] = [];
  const sw = (value: number) => Uint8Array.of(value >> 8, value & 0xff);
  const more = () => sw(0x6100 | (Math.min(pending.length, 256) % 256));

  const t1 = readAtr(atr).protocols[0] === 1;
  const answerApdu = (command: Uint8Array): Uint8Array => {
    const response = answer(toTpdu(command));
    if (response.at(-2) !== 0x61) return response;
    const whole = concat(pending, sw(0x9000));
    pending = new Uint8Array();
    return whole;
  };
  const answer = (command: Uint8Array): Uint8Array => {
    const [, ins = 0, p1 = 0, , p3 = 0] = command;
    if (command.length < 5 || (command.length > 5 && command.length !== 5 + p3)) return sw(0x6700);
    const data = command.slice(5);
    switch (ins) {
      case 0x10:
        count += 1;
        return sw(0x9000);
      case 0x20:
        return p3 === 4 ? concat(new Uint8Array(4).fill(count), sw(0x9000)) : sw(0x6c04);
      case 0x30:
        kept = data;
        return sw(0x9000);
      case 0x31:
        return kept.length === p3 ? concat(kept, sw(0x9000)) : sw(0x6c00 | kept.length);
      case 0x40:
        pending = concat(...Array.from({ length: p1 }, () => Uint8Array.from(data).reverse()));
        return more();
      case 0xc0: {
        const part = pending.slice(0, p3 || 256);
        pending = pending.slice(part.length);
        return concat(part, pending.length > 0 ? more() : sw(0x9000));
      }
      default:
        return sw(0x6d00);
    }
  };

  return {
    atr,
    log,
    powerOn() {
      powered = true;
      count = 0;
      kept = new Uint8Array();
      pending = new Uint8Array();
      log.push('on');
    },
    powerOff() {
      powered = false;
      log.push('off');
    },
    async transmit(command) {
      if (!powered) throw new Error('a command to a card without power');
      log.push(Buffer.from(command).toString('hex').toUpperCase());
      if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
      return t1 ? answerApdu(command) : answer(command);
    },
    onPresence(call) {
      listener = call;
    },
    move(present) {
      listener(present);
    },
  };
}
