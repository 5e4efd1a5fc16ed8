/** The ISD-R as an application: STORE DATA in blocks, each series one ES10 function or one segment of a package. SGP.22 v2.5 §5.7.2. */
import { encodeTlv, hexTag, parseTlv, type Tlv } from '../../asn1/tlv.ts';
import { concat, equalBytes, fromHex } from '../../bytes.ts';
import { DecodeError } from '../../errors.ts';
import { ISDRProprietaryApplicationTemplate, ISDRProprietaryApplicationTemplateIoT } from '../../sgp22/euicc-info.ts';
import { type Command, hexSw, type Reply, SW } from './apdu.ts';
import type { Chip } from './chip.ts';
import { type Es10Answer, Refused } from './es10.ts';
import { loadSegment } from './load.ts';
import type { Application } from './uicc.ts';

const STORE_DATA = 0xe2;
const P1 = { more: 0x11, last: 0x91 } as const;

/** Octets of one series: 256 blocks of 255. */
const MAX_SERIES = 256 * 255;

/** How segments of a package begin: with the whole, a part, or an 86, 87 or 88. */
const PACKAGE_TAGS = ['BF36', '86', '87', '88', 'A0', 'A1', 'A2', 'A3'].map(fromHex);

export function isdrApplication(chip: Chip, answers: readonly Es10Answer[]): Application {
  const byTag = new Map(answers.map((each) => [each.tag, each]));
  const series = new Map<number, Uint8Array[]>();

  async function storeData({ p1, p2, data, channel }: Command): Promise<Reply> {
    if (p1 !== P1.more && p1 !== P1.last) return refused(SW.wrongP1P2, `P1 is ${hexTag(p1)}, expected 11 or 91`);
    if (data.length > chip.manners.maxBlock)
      return refused(SW.wrongLength, `a block of ${data.length} octets, ${chip.manners.maxBlock} at most`);
    const blocks = p2 === 0 ? [] : (series.get(channel) ?? []); // block 0 begins a new series, whatever was begun before
    if (p2 !== blocks.length) {
      series.delete(channel);
      return refused(SW.wrongP1P2, `block ${p2}, expected ${blocks.length}`);
    }
    if (p1 === P1.more) {
      series.set(channel, [...blocks, data]);
      return { sw: SW.ok };
    }
    series.delete(channel);
    const whole = concat(...blocks, data);
    if (whole.length > MAX_SERIES) return refused(SW.wrongData, `a series of ${whole.length} octets`);
    try {
      return { sw: SW.ok, data: await carryOut(whole) };
    } catch (error) {
      if (error instanceof Refused) return { sw: error.sw };
      throw error;
    }
  }

  async function carryOut(data: Uint8Array): Promise<Uint8Array> {
    if (isSegment(data)) return loadSegment(chip, data);
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
    return found.respond(chip, tlv);
  }

  /** A part of a package: by its tag, or, while one is loaded, whatever is no function. Packages are cut as the other side likes. */
  function isSegment(data: Uint8Array): boolean {
    if (PACKAGE_TAGS.some((tag) => equalBytes(data.subarray(0, tag.length), tag.subarray(0, Math.max(data.length, 1)))))
      return true;
    const { session } = chip;
    if (!('loader' in session && session.loader.begun)) return false;
    try {
      return !byTag.has(parseTlv(data).tag);
    } catch (error) {
      if (error instanceof DecodeError) return true;
      throw error;
    }
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

  function refused(sw: number, why: string): Reply {
    chip.log('STORE DATA', `${why}: ${hexSw(sw)}`);
    return { sw };
  }

  return {
    aid: chip.manners.isdrAid,
    select: () => fileControlInformation(chip),
    command(command) {
      if (command.ins !== STORE_DATA) return { sw: SW.instructionNotSupported };
      return command.proprietary ? storeData(command) : { sw: SW.classNotSupported };
    },
    left: (channel) => void series.delete(channel),
  };
}

/** 6F { 84 AID, A5 { 9F65 maximum length }, E0 or E1 }. */
function fileControlInformation({ manners }: Chip): Uint8Array {
  if (manners.fci === 'none') return new Uint8Array();
  return encodeTlv(
    0x6f,
    concat(
      encodeTlv(0x84, manners.isdrAid),
      fromHex('A5049F6501FF'),
      manners.fci === 'iot'
        ? ISDRProprietaryApplicationTemplateIoT.encode({ euiccConfiguration: ['ipaeSupported'] })
        : ISDRProprietaryApplicationTemplate.encode({ svn: '2.5.0' }),
    ),
  );
}
