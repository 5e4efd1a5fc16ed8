/** Cards that are no consumer eUICC: a plain UICC without an ISD-R, and an M2M eUICC (SGP.02) whose ISD-R knows no ES10. */
import { encodeTlv } from '../../../lpa/asn1/tlv.ts';
import { concat, fromHex } from '../../../lpa/bytes.ts';
import { ISDR_AID } from '../../../lpa/es10/isdr.ts';
import { readProfilePackage } from '../../../lpa/saip/package.ts';
import { fileSystemOf } from '../../profile/file-system.ts';
import type { CardInReader } from '../../readers/reader.ts';
import { SW } from './apdu.ts';
import { cardCommand } from './card-commands.ts';
import { ecasdApplication } from './ecasd.ts';
import { fileView } from './file-view.ts';
import { plainProfilePackage } from './own-files.ts';
import { proactiveSession } from './proactive.ts';
import { profileCard } from './profile-card.ts';
import { type Application, uicc } from './uicc.ts';

/** The same as the software eUICC's but for T=15: nothing is said of an eUICC. */
const ATR = {
  plain: fromHex('3B9F96801FC78031E073FE211B57504C41494E2020BA'),
  m2m: fromHex('3B9F96801FC78031E073FE211B574D324D204C4142BD'),
};

export interface PlainUiccOptions {
  readonly iccid?: string;
  readonly imsi?: string;
}

/** A SIM card as operators give it away: files and no ISD-R. */
export const createPlainUicc = (options: PlainUiccOptions = {}): CardInReader => cardWith(ATR.plain, [], options);

/** An M2M eUICC: its ISD-R selects under the same AID, STORE DATA is not for a device's LPA; the ECASD tells the EID. */
export const createM2mCard = ({ eid, ...options }: PlainUiccOptions & { readonly eid: string }): CardInReader =>
  cardWith(ATR.m2m, [m2mIsdr, ecasdApplication(eid)], options);

const m2mIsdr: Application = {
  aid: ISDR_AID,
  select: () => encodeTlv(0x6f, concat(encodeTlv(0x84, ISDR_AID), fromHex('A5049F6501FF'))),
  command: () => ({ sw: SW.securityStatus }),
};

function cardWith(
  atr: Uint8Array,
  applications: readonly Application[],
  { iccid = '8949000000000000095', imsi = '001010123456789' }: PlainUiccOptions,
): CardInReader {
  const upp = plainProfilePackage({ iccid, imsi, serviceProviderName: 'Plain' });
  const profile = profileCard(fileSystemOf(readProfilePackage(upp)));
  const proactive = proactiveSession(() => {});
  return uicc({
    atr,
    protocol: 0,
    channels: 3,
    applications: () => applications,
    openFiles: () => fileView(() => profile),
    cardCommand: (command) => cardCommand(command, proactive, { lpaInDevice: () => {}, terminalProfile: () => {} }),
    proactiveLength: () => 0,
    powerOn: () => {},
    powerOff: () => profile.pins.reset(),
    amend: (_, response) => response,
  });
}
