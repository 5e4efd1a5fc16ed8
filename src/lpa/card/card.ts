/**
 * Bytes in, bytes out. PC/SC readers, modems, sockets, the software eUICC and the scripted
 * card of the tests differ only in how they carry a command APDU to a card.
 */

/** Send one command APDU; the answer ends in SW1 SW2. @throws {CardError} when the card is gone. */
export type Transmit = (command: Uint8Array) => Promise<Uint8Array>;

/** A powered card at the end of something that carries raw APDUs: what a reader driver has to give. */
export interface Link extends AsyncDisposable {
  /** What the user would call it: a reader name, a device path, an address. */
  readonly name: string;
  /** Answer To Reset; empty where the way to the card does not tell it. */
  readonly atr: Uint8Array;
  /** As ISO 7816-4 cases 1 to 4 have it; a link that speaks T=0 drops the Le of case 4 by itself. */
  readonly transmit: Transmit;
  /** Warm reset: every channel and session is gone afterwards. */
  reset(): Promise<void>;
  /** Disposing of it takes the power from the card, which closes all channels. */
  readonly powersOff?: boolean;
}

/** A powered card. Disposing of it releases the reader. */
export interface Card extends AsyncDisposable {
  readonly name: string;
  readonly atr: Uint8Array;
  /** Select an application on a logical channel of its own, or on the basic channel where the card has no other. */
  openChannel(aid: Uint8Array, fci?: FciUse): Promise<Channel>;
  /** The basic channel: FETCH, TERMINAL RESPONSE, STATUS. */
  readonly transmit: Transmit;
  reset(): Promise<void>;
  /** As {@link Link.powersOff}. */
  readonly powersOff?: boolean;
}

/**
 * Whether an answer to SELECT that has to be fetched (61xx, a command of its own) is fetched: `read`; `readUnlessUsual`, where
 * its length is not that of a consumer eUICC's FCI with nothing unusual in it; `skip`.
 */
export type FciUse = 'read' | 'readUnlessUsual' | 'skip';

/** A selected application. Commands carry CLA without channel bits; the channel puts them in. */
export interface Channel extends AsyncDisposable {
  readonly transmit: Transmit;
  /** The answer to SELECT (FCI), often empty; absent where it was not fetched. */
  readonly selectResponse?: Uint8Array;
  /** Another application that is selected on the basic channel takes the place of this one. */
  readonly isBasic?: boolean;
}
