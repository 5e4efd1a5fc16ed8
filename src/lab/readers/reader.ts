/** What the lab's readers carry: a card by its electrical face. The software eUICC is one, the plain UICC another. */

export interface CardInReader {
  readonly atr: Uint8Array;
  /** Cold or warm reset: the card starts anew. */
  powerOn(): void | Promise<void>;
  powerOff(): void | Promise<void>;
  /**
   * One command as it stands on the wire. At T=0 a TPDU: five octets or five and Lc data, no Le after data;
   * answers of more than the header says come as 61xx and GET RESPONSE. At T=1 an APDU.
   */
  transmit(command: Uint8Array): Promise<Uint8Array>;
  /**
   * The card has itself taken out of its reader (`false`) and put back (`true`); a fault of the lab. The reader takes its power
   * away, and puts it back no sooner than a hand would: a second or so later. An answer that was due is never said.
   */
  onPresence?: (listener: (present: boolean) => void) => void;
}
