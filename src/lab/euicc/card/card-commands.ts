/** Commands to the card as such: what the device can do, and the toolkit's. ETSI TS 102 221 §11.1.19, §11.2; TS 102 223. */
import { parseTlvs } from '../../../lpa/asn1/tlv.ts';
import { DecodeError } from '../../../lpa/errors.ts';
import { type Command, type Reply, SW } from './apdu.ts';
import type { Proactive } from './proactive.ts';

const INS = { terminalProfile: 0x10, fetch: 0x12, terminalResponse: 0x14, terminalCapability: 0xaa, envelope: 0xc2 } as const;

export interface DeviceSays {
  /** LUId, LPDd and LDSd in the device. */
  lpaInDevice(present: boolean): void;
  terminalProfile(): void;
}

const EUICC_CAPABILITIES = 0x83;
/** b1 LUId, b2 LPDd, b3 LDSd: all or none. */
const LPA_IN_DEVICE = 0x07;

/** @returns undefined for a command that belongs to the selected application */
export function cardCommand(command: Command, proactive: Proactive, device: DeviceSays): Reply | undefined {
  if (!command.proprietary) return undefined;
  switch (command.ins) {
    case INS.terminalCapability: {
      const capabilities = readCapabilities(command.data);
      if (capabilities === undefined) return { sw: SW.wrongData };
      device.lpaInDevice((capabilities & LPA_IN_DEVICE) === LPA_IN_DEVICE);
      return { sw: SW.ok };
    }
    case INS.terminalProfile:
      device.terminalProfile();
      return { sw: SW.ok };
    case INS.fetch:
      return proactive.fetch();
    case INS.terminalResponse:
      return proactive.terminalResponse(command);
    case INS.envelope:
      return { sw: SW.ok };
    default:
      return undefined;
  }
}

/** A9 { 83 }: the eUICC-related capabilities, 0 where the device has none; undefined where the data is no A9. */
function readCapabilities(data: Uint8Array): number | undefined {
  try {
    const template = parseTlvs(data, 'TERMINAL CAPABILITY').find(({ tag }) => tag === 0xa9);
    if (!template) return undefined;
    return template.children.find(({ tag }) => tag === EUICC_CAPABILITIES)?.content[0] ?? 0;
  } catch (error) {
    if (error instanceof DecodeError) return undefined; // refused with a status word
    throw error;
  }
}
