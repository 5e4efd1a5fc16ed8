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
  /** Called with `true` when the card asks to be taken out of the reader (a fault of the lab), `false` to be put back. */
  onPresence?: (listener: (present: boolean) => void) => void;
}
