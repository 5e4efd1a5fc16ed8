/**
 * The CIs that the chip believes, for the door to servers. A handshake may be ready before the card has told them, and a card
 * answers one question at a time: so what procedures ask of it anyway is overheard, and it is asked only when it is idle.
 */
import { GetEuiccInfo1 } from '../../lpa/es10/es10b.ts';
import type { Isdr } from '../../lpa/es10/isdr.ts';
import type { Listener } from '../../lpa/events.ts';
import { EUICCInfo1 } from '../../lpa/sgp22/euicc-info.ts';

export interface ChipAnchors {
  readonly listener: Listener;
  /** euiccCiPKIdListForVerification, upper-case hex. */
  ciPKIds(isdr: Isdr): Promise<readonly string[]>;
}

export function chipAnchors(): ChipAnchors {
  let known: readonly string[] | undefined;
  let busy = false;
  let idle: (() => void)[] = [];
  return {
    listener(event) {
      if (!('door' in event) || event.door !== 'card') return;
      busy = event.type === 'call';
      if (event.type === 'answer' && event.name === GetEuiccInfo1.name && event.response.length > 0) {
        known = EUICCInfo1.decode(event.response).value.euiccCiPKIdListForVerification;
      }
      if (busy) return;
      const waiting = idle;
      idle = [];
      for (const wake of waiting) wake();
    },
    async ciPKIds(isdr) {
      while (!known && busy) await new Promise<void>((resolve) => idle.push(resolve));
      known ??= (await isdr.call(GetEuiccInfo1, {})).value.euiccCiPKIdListForVerification;
      return known;
    },
  };
}
