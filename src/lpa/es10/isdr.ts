/** The door to the eUICC: data objects in, data objects out. SGP.22 v2.5 §5.7.1, §5.7.2. */

import type { DataObject } from '../asn1/schema.ts';
import { concat, fromHex } from '../bytes.ts';
import type { Card, Channel, FciUse } from '../card/card.ts';
import { exchange, isSuccess, LE, MAX_ANSWER } from '../card/iso7816.ts';
import { nowMs } from '../clock.ts';
import { CardError, DecodeError, StatusWordError } from '../errors.ts';
import type { Listener } from '../events.ts';

/** An ES10 function, declared once: called by the LPA, answered by the software eUICC. */
export interface Es10Function<Request, Response> {
  /** As the specification names it: `ES10c.GetProfilesInfo`. Errors, progress and the trace print it. */
  readonly name: string;
  readonly request: DataObject<Request>;
  readonly response: DataObject<Response>;
  /** Octets that the answer may have, where it is more than usual. */
  readonly maxAnswer?: number;
}

export const es10Function = <Request, Response>(
  name: string,
  request: DataObject<Request>,
  response: DataObject<Response>,
  maxAnswer?: number,
): Es10Function<Request, Response> => ({ name, request, response, ...(maxAnswer !== undefined && { maxAnswer }) });

export const ISDR_AID = fromHex('A0000005591010FFFFFFFF8900000100');

/** Octets of command data in one STORE DATA: what a short APDU holds. */
const MAX_BLOCK = 255;

/** What cards and modems take that refuse a full block. */
const SMALL_BLOCK = 120;
const WRONG_LENGTH = 0x6700;
/** To a command on a channel that was open: a reset has closed it. ISO 7816-4 §5.4.1. */
const NO_SUCH_CHANNEL = 0x6881;

/** Blocks of one STORE DATA series: P2 counts them in one octet. */
const MAX_BLOCKS = 256;

/** The selected ISD-R on a card. Disposing of it closes the channel and releases the card. */
export class Isdr implements AsyncDisposable {
  readonly card: Card;
  readonly aid: Uint8Array;
  /** The FCI of the ISD-R, empty where the card gave none; undefined where it was not fetched. */
  readonly selectResponse: Uint8Array | undefined;
  readonly #listener: Listener;
  #channel: Channel | undefined;
  #pendingProactive = 0;
  #maxBlock = MAX_BLOCK;
  /** Settles, without an error, when the function under way has ended. */
  #underWay: Promise<void> | undefined;

  private constructor(card: Card, aid: Uint8Array, channel: Channel, listener: Listener) {
    this.card = card;
    this.aid = aid;
    this.#channel = channel;
    this.selectResponse = channel.selectResponse;
    this.#listener = listener;
  }

  /** @throws {StatusWordError} 6A82 where the card has no such application */
  static async open(card: Card, aid: Uint8Array = ISDR_AID, listener: Listener = () => {}, fci?: FciUse): Promise<Isdr> {
    return new Isdr(card, aid, await card.openChannel(aid, fci), listener);
  }

  get isOnBasicChannel(): boolean {
    return this.#channel?.isBasic ?? false;
  }

  /** Octets of the proactive command that the last answer announced by 91xx; 0 for none. */
  get pendingProactive(): number {
    return this.#pendingProactive;
  }

  /**
   * Calls one function. A card answers one command at a time, so a call waits for the one that is under way.
   *
   * @throws {DecodeError} when the answer is not the function's response
   */
  async call<Request, Response>(fn: Es10Function<Request, Response>, request: Request): Promise<Response> {
    while (this.#underWay) await this.#underWay;
    const work = this.#call(fn, request);
    this.#underWay = work.then(
      () => {},
      () => {},
    );
    try {
      return await work;
    } finally {
      this.#underWay = undefined;
    }
  }

  async #call<Request, Response>(fn: Es10Function<Request, Response>, request: Request): Promise<Response> {
    const encoded = fn.request.encode(request);
    const started = nowMs();
    this.#listener({ type: 'call', door: 'card', name: fn.name, request: encoded });
    try {
      const response = await this.storeData(encoded, fn.name, fn.maxAnswer);
      this.#listener({ type: 'answer', door: 'card', name: fn.name, response, ms: nowMs() - started });
      // An eUICC that gates ES10, or lost its session, may say 9000 and nothing more.
      if (response.length === 0) throw new DecodeError(fn.name, 'the eUICC answered without data');
      return fn.response.decode(response);
    } catch (error) {
      this.#listener({ type: 'failed', door: 'card', name: fn.name, ms: nowMs() - started });
      throw error;
    }
  }

  /** STORE DATA in as many blocks as it takes; the answer to the last one. @throws {StatusWordError} */
  async storeData(data: Uint8Array, name: string, maxAnswer = MAX_ANSWER): Promise<Uint8Array> {
    const channel = this.#channel;
    if (!channel) throw new Error('the ISD-R is closed');
    const most = this.#maxBlock;
    if (data.length > most * MAX_BLOCKS) throw new DecodeError(name, `${data.length} octets do not fit in ${MAX_BLOCKS} blocks`);
    for (let start = 0, number = 0; ; start += most, number++) {
      const block = data.subarray(start, start + most);
      const last = start + most >= data.length;
      const header = Uint8Array.of(0x80, 0xe2, last ? 0x91 : 0x11, number, block.length);
      const { data: answer, sw } = await exchange(channel.transmit, name, concat(header, block, LE), maxAnswer);
      if (sw === WRONG_LENGTH && number === 0 && block.length > SMALL_BLOCK) {
        // Nothing of the series was taken: it may begin anew in blocks that fit.
        this.#maxBlock = SMALL_BLOCK;
        return this.storeData(data, name, maxAnswer);
      }
      if (sw === NO_SUCH_CHANNEL) {
        const cause = new StatusWordError(name, sw);
        throw new CardError(`${cause.message}: the card was reset in between`, { problem: 'reset', cause });
      }
      if (!isSuccess(sw)) throw new StatusWordError(name, sw);
      this.#pendingProactive = sw >> 8 === 0x91 ? sw & 0xff || 256 : 0;
      if (last || answer.length > 0) return answer; // an answer before the last block is a result that ends the series
    }
  }

  /** Tell whoever listens how far a long transfer is. */
  progress(name: string, sent: number, total: number): void {
    this.#listener({ type: 'progress', name, sent, total });
  }

  /** Reset the card and select the ISD-R again: every session of the eUICC is gone, its state is what a fresh power-up shows. */
  async reset(): Promise<void> {
    this.#channel = undefined; // a reset closes all channels; there is nothing to send
    this.#pendingProactive = 0;
    await this.card.reset();
    this.#channel = await this.card.openChannel(this.aid, 'skip');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const channel = this.#channel;
    this.#channel = undefined;
    try {
      // A card that loses its power has its channels closed by that; so has a card that is gone, or refuses.
      if (!this.card.powersOff) await Promise.resolve(channel?.[Symbol.asyncDispose]()).catch(() => {});
    } finally {
      await this.card[Symbol.asyncDispose]();
    }
  }
}
