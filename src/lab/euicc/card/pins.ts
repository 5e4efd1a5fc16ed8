/** The PINs of a profile as they are now: values, retry counters, and which were verified since the card was powered. TS 102 221 §9.5. */
import { equalBytes, fromHex, toHex } from '../../../lpa/bytes.ts';
import { contextOf } from '../../../lpa/saip/check/rule.ts';
import { MF } from '../../../lpa/saip/created-files.ts';
import type { Pin } from '../../profile/pins.ts';
import type { PinChange, ProfileChanges } from '../state.ts';

/** One PIN; contexts that share it have the same. */
export interface PinState {
  readonly pin: Pin;
  readonly enabled: boolean;
  readonly triesLeft: number;
  /** Files behind it are open: it was verified, or is disabled. */
  readonly holds: boolean;
  /** Returns whether the value is right; a wrong one costs a try. */
  present(value: Uint8Array): boolean;
  change(value: Uint8Array): void;
  setEnabled(enabled: boolean): void;
  /** Undefined where the PIN has no PUK. */
  readonly pukTriesLeft: number | undefined;
  /** Returns whether the PUK is right, and sets the new value then. */
  unblock(puk: Uint8Array, value: Uint8Array): boolean;
}

export interface PinStates {
  /** The PIN of a key reference for a directory, by the paths of the directory and of the application it belongs to. */
  find(reference: number, directory: string, application?: string): PinState | undefined;
  /** No PIN is verified any more: the power was off. */
  reset(): void;
}

/** b8 of a key reference: the PIN belongs to a directory or application, not to the whole card. */
const LOCAL = 0x80;

/** @param changed called once a change stands in `changes` */
export function pinStates(pins: readonly Pin[], changes: ProfileChanges, changed: () => void): PinStates {
  const verified = new Set<string>();
  const states = new Map(pins.map((pin) => [`${pin.context} ${pin.reference}`, stateOf(pin)]));

  function stateOf(pin: Pin): PinState {
    const key = `${pin.owner} ${pin.reference}`;
    const now = (): PinChange =>
      changes.pins?.[key] ?? { value: toHex(pin.value), enabled: pin.enabled, triesLeft: pin.triesLeft };
    const keep = (change: Partial<PinChange>): void => {
      changes.pins = { ...changes.pins, [key]: { ...now(), ...change } };
      changed();
    };
    const pukTriesLeft = (): number | undefined => pin.puk && (changes.puks?.[pin.puk.reference] ?? pin.puk.triesLeft);
    const keepPuk = (triesLeft: number): void => {
      if (!pin.puk) return;
      changes.puks = { ...changes.puks, [pin.puk.reference]: triesLeft };
      changed();
    };
    return {
      pin,
      get enabled() {
        return now().enabled;
      },
      get triesLeft() {
        return now().triesLeft;
      },
      get holds() {
        return !now().enabled || verified.has(key);
      },
      present(value) {
        if (!equalBytes(fromHex(now().value), value)) {
          verified.delete(key);
          keep({ triesLeft: Math.max(0, now().triesLeft - 1) });
          return false;
        }
        verified.add(key);
        if (now().triesLeft !== pin.tries) keep({ triesLeft: pin.tries });
        return true;
      },
      change: (value) => keep({ value: toHex(value) }),
      setEnabled: (enabled) => keep({ enabled }),
      get pukTriesLeft() {
        return pukTriesLeft();
      },
      unblock(puk, value) {
        if (!pin.puk || !equalBytes(pin.puk.value, puk)) {
          keepPuk(Math.max(0, (pukTriesLeft() ?? 0) - 1));
          return false;
        }
        keepPuk(pin.puk.tries);
        keep({ value: toHex(value), enabled: true, triesLeft: pin.tries });
        verified.add(key);
        return true;
      },
    };
  }

  return {
    find(reference, directory, application) {
      const places = reference & LOCAL ? [contextOf(directory), application, MF] : [MF];
      for (const place of places) {
        const found = place === undefined ? undefined : states.get(`${place} ${reference}`);
        if (found) return found;
      }
      return undefined;
    },
    reset: () => verified.clear(),
  };
}
