/** The ISD-R as an application: STORE DATA in blocks, each series one ES10 function or one segment of a package. SGP.22 v2.5 §5.7.2. */
import { encodeTlv, hexTag } from '../../../lpa/asn1/tlv.ts';
import { concat, fromHex } from '../../../lpa/bytes.ts';
import { ISDRProprietaryApplicationTemplate } from '../../../lpa/sgp22/euicc-info.ts';
import { ISDRProprietaryApplicationTemplateIoT } from '../../../lpa/sgp32/iot.ts';
import type { Chip } from '../chip.ts';
import { Refused } from '../es10/es10.ts';
import { type Command, hexSw, type Reply, SW } from './apdu.ts';
import type { Application } from './uicc.ts';

const STORE_DATA = 0xe2;
const P1 = { more: 0x11, last: 0x91 } as const;

/** Octets of one series: 256 blocks of 255. */
const MAX_SERIES = 256 * 255;

/** @param carryOut what a whole series asks for; throws {@link Refused} where the answer is a status word */
export function isdrApplication(chip: Chip, carryOut: (data: Uint8Array) => Promise<Uint8Array>): Application {
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
        : ISDRProprietaryApplicationTemplate.encode({
            svn: '2.5.0',
            ...(manners.lpae.length > 0 && { euiccConfiguration: [...manners.lpae] }),
          }),
    ),
  );
}
