/** A card that follows a script of `> command` and `< response` lines; `#` starts a comment. */
import assert from 'node:assert/strict';
import { fromHex, toHex } from '../src/lpa/bytes.ts';
import type { Card, Link } from '../src/lpa/card/card.ts';
import { iso7816Card } from '../src/lpa/card/iso7816.ts';

/** TERMINAL CAPABILITY, MANAGE CHANNEL, SELECT: how every ES10 transcript starts on a card without quirks. */
export const OPEN = `
  > 80 AA 00 00 07 A9 05 81 00 83 01 07                       # TERMINAL CAPABILITY
  < 9000
  > 00 70 00 00 01                                            # MANAGE CHANNEL open
  < 01 9000
  > 01 A4 04 00 10 A0000005591010FFFFFFFF8900000100 00        # SELECT ISD-R
  < 61 0C
  > 01 C0 00 00 0C
  < 6F 0A E0 05 82 03 020500 84 01 00 9000`;
/** The same after a reset: the FCI, which is known by then, is left on the card. */
export const REOPEN = OPEN.slice(0, OPEN.indexOf('\n  > 01 C0'));
export const CLOSE = `
  > 00 70 80 01                                               # MANAGE CHANNEL close
  < 9000`;

/** @param script `! reset` stands where the card is to be reset */
export function scriptedLink(script: string): Link {
  const lines = script
    .split('\n')
    .map((line) => line.replace(/#.*/, '').replace(/\s+/g, ''))
    .filter(Boolean);
  return {
    name: 'scripted card',
    atr: new Uint8Array(),
    async transmit(command) {
      assert.equal(`>${toHex(command)}`, lines.shift()?.toUpperCase());
      return fromHex(lines.shift()!.slice(1));
    },
    async reset() {
      assert.equal('!reset', lines.shift(), 'the card is reset here');
    },
    async [Symbol.asyncDispose]() {
      assert.deepEqual(lines, [], 'the script has lines left');
    },
  };
}

export const scriptedCard = (script: string): Card => iso7816Card(scriptedLink(script));
