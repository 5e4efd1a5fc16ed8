/**
 * The card's side of T=1: blocks in, blocks out. ISO 7816-3 §11.
 *
 *     NAD PCB LEN | INF | LRC or CRC
 *     PCB 0NM00000 I-block (N sequence, M more follow) · 100N00ee R-block (N expected, ee error) · 11rxxxxx S-block (r response)
 */
import { concat } from '../../lpa/bytes.ts';
import { readAtr } from '../../lpa/card/atr.ts';
import type { CardInReader } from './reader.ts';

const RESYNCH = 0xc0;
const IFS = 0xc1;
const ABORT = 0xc2;
const S_RESPONSE = 0x20;
const MORE = 0x20;

/** Blocks of one card since its last reset. The answer to a block is a block: nobody speaks out of turn. */
export function t1Face(card: CardInReader): (block: Uint8Array) => Promise<Uint8Array> {
  const { ifsc, crc } = readAtr(card.atr).t1 ?? { ifsc: 32, crc: false };
  let ifsd = 32;
  let ours = 0;
  let theirs = 0;
  let command: Uint8Array = new Uint8Array();
  let outgoing: Uint8Array = new Uint8Array();
  let last: Uint8Array = new Uint8Array();

  const build = (nad: number, pcb: number, inf: Uint8Array = new Uint8Array()): Uint8Array => {
    const block = concat(Uint8Array.of(nad, pcb, inf.length), inf);
    return concat(block, checkOctets(block, crc));
  };
  const swapped = (nad: number): number => ((nad & 0x07) << 4) | ((nad >> 4) & 0x07);
  const nextPart = (nad: number): Uint8Array => {
    const part = outgoing.subarray(0, ifsd);
    return build(nad, (ours << 6) | (outgoing.length > ifsd ? MORE : 0), part);
  };
  const say = (block: Uint8Array): Uint8Array => {
    last = block;
    return block;
  };

  return async (block) => {
    const [nad = 0, pcb = 0, length = 0] = block;
    const back = swapped(nad);
    const inf = block.slice(3, 3 + length);
    const check = block.slice(3 + length);
    const expected = checkOctets(block.subarray(0, 3 + length), crc);
    const errorBlock = (error: number) => build(back, 0x80 | (theirs << 4) | error);
    if (check.length !== expected.length || !check.every((octet, i) => octet === expected[i])) return errorBlock(1);

    if ((pcb & 0xc0) === 0xc0) {
      switch (pcb) {
        case RESYNCH:
          ours = 0;
          theirs = 0;
          command = new Uint8Array();
          outgoing = new Uint8Array();
          return say(build(back, RESYNCH | S_RESPONSE));
        case IFS:
          ifsd = inf[0] ?? ifsd;
          return build(back, IFS | S_RESPONSE, inf);
        case ABORT:
          command = new Uint8Array();
          outgoing = new Uint8Array();
          return say(build(back, ABORT | S_RESPONSE, inf));
        default:
          return errorBlock(2);
      }
    }

    if ((pcb & 0xc0) === 0x80) {
      // An R-block with our next number takes the part before it; with our own number it asks for it again.
      const number = (pcb >> 4) & 1;
      if (number === ours || outgoing.length <= ifsd) return last;
      outgoing = outgoing.slice(ifsd);
      ours ^= 1;
      return say(nextPart(back));
    }

    if (((pcb >> 6) & 1) !== theirs || length > ifsc) return errorBlock(2);
    theirs ^= 1;
    // A new command takes what was left of the last answer.
    if (outgoing.length > 0) {
      outgoing = new Uint8Array();
      ours ^= 1;
    }
    command = concat(command, inf);
    if (pcb & MORE) return say(build(back, 0x80 | (theirs << 4)));
    const whole = command;
    command = new Uint8Array();
    outgoing = await card.transmit(whole);
    return say(nextPart(back));
  };
}

/** Epilogue: LRC (xor), or CRC-16 of ISO/IEC 13239 as libccid takes it: not complemented, high octet first. */
function checkOctets(block: Uint8Array, crc: boolean): Uint8Array {
  if (!crc) return Uint8Array.of(block.reduce((xor, octet) => xor ^ octet, 0));
  let register = 0xffff;
  for (const octet of block) {
    register ^= octet;
    for (let bit = 0; bit < 8; bit++) register = register & 1 ? (register >> 1) ^ 0x8408 : register >> 1;
  }
  return Uint8Array.of(register >> 8, register & 0xff);
}
