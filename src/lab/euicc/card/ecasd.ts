/** The ECASD as an application: its GET DATA tells the EID, on consumer and M2M cards alike. GlobalPlatform 2.3 §11.3, SGP.02 §2.2. */
import { encodeTlv } from '../../../lpa/asn1/tlv.ts';
import { concat, fromHex } from '../../../lpa/bytes.ts';
import { SW } from './apdu.ts';
import type { Application } from './uicc.ts';

export const ECASD_AID = fromHex('A0000005591010FFFFFFFF8900000200');

const GET_DATA = 0xca;
const EID_TAG = 0x5a;

export const ecasdApplication = (eid: string): Application => ({
  aid: ECASD_AID,
  select: () => encodeTlv(0x6f, concat(encodeTlv(0x84, ECASD_AID), fromHex('A5049F6501FF'))),
  command({ ins, p1, p2 }) {
    if (ins !== GET_DATA) return { sw: SW.instructionNotSupported };
    if (p1 !== 0x00 || p2 !== EID_TAG) return { sw: SW.referencedDataNotFound };
    return { sw: SW.ok, data: encodeTlv(EID_TAG, fromHex(eid)) };
  },
});
