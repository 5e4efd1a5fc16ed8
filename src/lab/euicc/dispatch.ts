/** What one series of STORE DATA asks for: an ES10 function, or a segment of a package; and where faults are made. */
import { hexTag, parseTlv, type Tlv } from '../../lpa/asn1/tlv.ts';
import { equalBytes, fromHex } from '../../lpa/bytes.ts';
import { DecodeError } from '../../lpa/errors.ts';
import { SW } from './card/apdu.ts';
import type { Chip } from './chip.ts';
import { type Es10Answer, Refused } from './es10/es10.ts';
import { failLoading, loadSegment } from './es10/load.ts';
import type { Mishap, Place } from './faults.ts';

const BOUND_PROFILE_PACKAGE = fromHex('BF36');

/** How segments of a package begin: with the whole, a part, or an 86, 87 or 88. */
const PACKAGE_TAGS = [BOUND_PROFILE_PACKAGE, ...['86', '87', '88', 'A0', 'A1', 'A2', 'A3'].map(fromHex)];

/** How long a card is away that comes back by itself. */
const BACK_AFTER_MS = 300;

/** @returns what carries out the data of a series, or throws {@link Refused} where the answer is a status word */
export function dispatcher(chip: Chip, answers: readonly Es10Answer[]): (data: Uint8Array) => Promise<Uint8Array> {
  const byTag = new Map(answers.map((each) => [each.tag, each]));
  const calls = new Map<string, number>();
  let segments = 0;

  return (data) => {
    chip.endless = false;
    if (chip.deaf) {
      chip.log('STORE DATA', 'a switch waits for a reset: 6985');
      throw new Refused(SW.conditionsNotSatisfied, 'deaf until reset');
    }
    if (isSegment(data)) {
      segments = startsPackage(data) ? 1 : segments + 1;
      return segment({ segment: segments }, data);
    }
    const tlv = readRequest(data);
    const found = byTag.get(tlv.tag);
    if (!found) {
      chip.log('STORE DATA', `no function has tag ${hexTag(tlv.tag)}: 6D00`);
      throw new Refused(SW.instructionNotSupported, hexTag(tlv.tag));
    }
    if (!chip.gatesOpen) {
      chip.log(found.name, 'the device did not announce an LPA by TERMINAL CAPABILITY: 6985');
      throw new Refused(SW.conditionsNotSatisfied, 'gated');
    }
    const nth = (calls.get(found.name) ?? 0) + 1;
    calls.set(found.name, nth);
    return functionCall({ function: found.name, nth }, found, tlv);
  };

  async function segment(place: Place, data: Uint8Array): Promise<Uint8Array> {
    const mishap = chip.faults.at(place);
    if (mishap?.kind === 'fail') return failLoading(chip, mishap.reason);
    const result = await around(mishap, () => loadSegment(chip, data));
    if (chip.faults.losesResult()) return new Uint8Array();
    if (result.length === 0) return result; // all but the last
    if (chip.faults.endless(place)) chip.endless = true;
    return chip.faults.garble(place, result);
  }

  async function functionCall(place: Place, found: Es10Answer, tlv: Tlv): Promise<Uint8Array> {
    const response = await around(chip.faults.at(place), () => found.respond(chip, tlv));
    if (chip.faults.endless(place)) chip.endless = true;
    return chip.faults.garble(place, response);
  }

  async function around(mishap: Mishap | undefined, work: () => Promise<Uint8Array>): Promise<Uint8Array> {
    switch (mishap?.kind) {
      case undefined:
      case 'fail':
        return work();
      case 'refuse':
        return mishap.response;
      case 'status-word':
        throw new Refused(mishap.sw, 'fault');
      case 'pull':
        chip.leaveReader();
        throw new Refused(SW.technicalProblem, 'pulled');
      case 'lost-answer':
        await work();
        chip.leaveReader(BACK_AFTER_MS);
        throw new Refused(SW.technicalProblem, 'pulled');
      case 'power-lost':
        chip.leaveReader(BACK_AFTER_MS);
        throw new Refused(SW.technicalProblem, 'no power');
    }
  }

  /** A part of a package: by its tag, or, while one is loaded, whatever is no function. Packages are cut as the other side likes. */
  function isSegment(data: Uint8Array): boolean {
    if (PACKAGE_TAGS.some((tag) => startsWith(data, tag))) return true;
    const { session } = chip;
    if (!('loader' in session && session.loader.begun)) return false;
    try {
      return !byTag.has(parseTlv(data).tag);
    } catch (error) {
      if (error instanceof DecodeError) return true;
      throw error;
    }
  }

  function startsPackage(data: Uint8Array): boolean {
    return startsWith(data, BOUND_PROFILE_PACKAGE) && !('loader' in chip.session && chip.session.loader.begun);
  }

  function readRequest(data: Uint8Array): Tlv {
    try {
      return parseTlv(data, 'STORE DATA');
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      chip.log('STORE DATA', `not one data object, ${error.message}: 6A80`);
      throw new Refused(SW.wrongData, error.message);
    }
  }
}

/** Also where a tag is cut in two. */
const startsWith = (data: Uint8Array, tag: Uint8Array): boolean =>
  data.length > 0 && equalBytes(data.subarray(0, tag.length), tag.subarray(0, data.length));
