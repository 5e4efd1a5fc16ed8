/** How the ISD-R answers ES10: the functions as `es10/` declares them, each with what the card does. */
import type { Tlv } from '../../../lpa/asn1/tlv.ts';
import { DecodeError } from '../../../lpa/errors.ts';
import type { Es10Function } from '../../../lpa/es10/isdr.ts';
import type { Chip } from '../chip.ts';
import { untrimmed } from './untrimmed.ts';

export interface Es10Answer {
  readonly name: string;
  readonly tag: number;
  /** @throws {Refused} where the answer is a status word */
  readonly respond: (chip: Chip, request: Tlv) => Promise<Uint8Array>;
}

/** The card answers with a status word and no data. */
export class Refused extends Error {
  readonly sw: number;

  constructor(sw: number, why: string) {
    super(why);
    this.name = 'Refused';
    this.sw = sw;
  }
}

/**
 * @param reply what the card does; `tlv` is the request as received, where what was signed or unknown matters
 * @param malformed the response to a request that cannot be read; without it the status word is 6A80
 */
export const answer = <Request, Response>(
  fn: Es10Function<Request, Response>,
  reply: (chip: Chip, request: Request, tlv: Tlv) => Response | Promise<Response>,
  malformed?: Response,
): Es10Answer => ({
  name: fn.name,
  tag: fn.request.tag,
  async respond(chip, tlv) {
    let request: Request;
    try {
      request = fn.request.decode(tlv.bytes);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      chip.log(
        fn.name,
        `the request cannot be read, ${error.message}: ${malformed === undefined ? '6A80' : "the function's error"}`,
      );
      if (malformed === undefined) throw new Refused(0x6a80, error.message);
      return fn.response.encode(malformed);
    }
    const response = fn.response.encode(await reply(chip, request, tlv));
    return chip.manners.untrimmedBits ? untrimmed(fn.response.type.shape, response) : response;
  },
});
