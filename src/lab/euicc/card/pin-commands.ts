/** VERIFY, CHANGE, DISABLE, ENABLE and UNBLOCK PIN. TS 102 221 §11.1.9 to §11.1.13. */
import { type Command, type Reply, SW } from './apdu.ts';
import type { PinState } from './pins.ts';

export const PIN_INS = { verify: 0x20, change: 0x24, disable: 0x26, enable: 0x28, unblock: 0x2c } as const;

const PIN_OCTETS = 8;

/** @param find the PIN of a key reference in the current directory */
export function pinCommand(command: Command, find: (reference: number) => PinState | undefined): Reply {
  const { ins, p1, p2, data } = command;
  if (p1 !== 0x00) return { sw: SW.wrongP1P2 };
  const pin = find(p2);
  if (!pin) return { sw: SW.referencedDataNotFound };
  if (data.length === 0 && ins === PIN_INS.verify) return { sw: SW.verificationFailed | pin.triesLeft };
  if (ins === PIN_INS.unblock) return unblock(pin, data);
  if (data.length !== (ins === PIN_INS.change ? 2 * PIN_OCTETS : PIN_OCTETS)) return { sw: SW.wrongLength };
  const refusal = refusalOf(ins, pin);
  if (refusal !== undefined) return { sw: refusal };
  if (!pin.present(data.subarray(0, PIN_OCTETS))) return { sw: SW.verificationFailed | pin.triesLeft };
  if (ins === PIN_INS.change) pin.change(data.subarray(PIN_OCTETS));
  if (ins === PIN_INS.disable) pin.setEnabled(false);
  if (ins === PIN_INS.enable) pin.setEnabled(true);
  return { sw: SW.ok };
}

/** The status word of a command that the state or the attributes of the PIN do not allow. */
function refusalOf(ins: number, { pin, enabled, triesLeft }: PinState): number | undefined {
  const mustBeEnabled = ins !== PIN_INS.enable;
  if (enabled !== mustBeEnabled) return mustBeEnabled ? SW.referencedDataInvalidated : SW.conditionsNotSatisfied;
  if (triesLeft === 0) return SW.authenticationBlocked;
  const isAllowed = ins === PIN_INS.verify || (ins === PIN_INS.change ? pin.changeable : pin.switchable);
  return isAllowed ? undefined : SW.conditionsNotSatisfied;
}

function unblock(pin: PinState, data: Uint8Array): Reply {
  const { pukTriesLeft } = pin;
  if (pukTriesLeft === undefined) return { sw: SW.referencedDataNotFound };
  if (data.length === 0) return { sw: SW.verificationFailed | pukTriesLeft };
  if (data.length !== 2 * PIN_OCTETS) return { sw: SW.wrongLength };
  if (pukTriesLeft === 0) return { sw: SW.authenticationBlocked };
  if (pin.unblock(data.subarray(0, PIN_OCTETS), data.subarray(PIN_OCTETS))) return { sw: SW.ok };
  return { sw: SW.verificationFailed | (pin.pukTriesLeft ?? 0) };
}
