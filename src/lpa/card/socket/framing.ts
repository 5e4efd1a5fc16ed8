/**
 * How octets reach a card at a socket: the framing of vsmartcard's vpcd. Two octets of length, then the payload; a payload of
 * one octet is a control. Who speaks for the program asks (on, off, reset, ATR, APDU); who speaks for the card answers the
 * ATR and each APDU, and nothing else.
 *
 *     00 01 01            on              00 01 04          the ATR, please
 *     00 01 00            off             00 13 3B 9F ..    ATR; empty where no card is present
 *     00 01 02            reset           00 05 00 A4 ..    APDU, answered by 00 02 90 00
 *
 * Ours alone: a card that is held by another program answers the ATR's question with `00 01 00`, then hangs up.
 */
import { concat } from '../../bytes.ts';

export const CONTROL = { off: 0, on: 1, reset: 2, atr: 4 } as const;

export const frame = (payload: Uint8Array): Uint8Array =>
  concat(Uint8Array.of(payload.length >> 8, payload.length & 0xff), payload);

export const controlFrame = (code: number): Uint8Array => frame(Uint8Array.of(code));

/** Cuts a stream into payloads: give it each chunk, it calls `onPayload` for each whole one. */
export function payloadReader(onPayload: (payload: Uint8Array) => void): (chunk: Uint8Array) => void {
  let rest: Uint8Array = new Uint8Array();
  return (chunk) => {
    rest = rest.length === 0 ? chunk : concat(rest, chunk);
    for (;;) {
      const [high, low] = rest;
      if (high === undefined || low === undefined) return;
      const end = 2 + high * 256 + low;
      if (rest.length < end) return;
      const payload = rest.slice(2, end);
      rest = rest.subarray(end);
      onPayload(payload);
    }
  };
}
