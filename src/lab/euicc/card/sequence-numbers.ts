/**
 * The sequence numbers that a USIM accepts. 3GPP TS 33.102 Annex C.2.
 *
 *     SQN (48 bits) = SEQ (43 bits) | IND (5 bits)
 */
import { fromHex } from '../../../lpa/bytes.ts';
import { numberOf } from '../../../lpa/saip/types.ts';
import type { NetworkKey } from '../../profile/network-keys.ts';
import type { ProfileChanges } from '../state.ts';

const INDICES = 32;
/** Bits of sqnOptions: SEQ may not fall behind by more than the age limit, nor jump ahead by more than the delta. */
const OPTION = { ageLimit: 0x01, delta: 0x02 } as const;

export interface SequenceNumbers {
  /** Returns whether SQN is fresh; then it is the last of its index. */
  accept(sqn: Uint8Array): boolean;
  /** Returns the highest SQN accepted so far, for a resynchronisation. */
  highest(): Uint8Array;
}

export function sequenceNumbers({ owner, sequence }: NetworkKey, changes: ProfileChanges, changed: () => void): SequenceNumbers {
  const now = (): readonly number[] =>
    changes.sequences?.[owner] ?? Array.from({ length: INDICES }, (_, i) => numberOf(sequence.sqnInit[i] ?? new Uint8Array()));
  const options = sequence.sqnOptions[0] ?? 0;
  return {
    accept(sqn) {
      const value = numberOf(sqn);
      const [seq, index] = [Math.floor(value / INDICES), value % INDICES];
      const accepted = now();
      const highest = Math.max(...accepted);
      if (seq <= (accepted[index] ?? 0)) return false;
      if (options & OPTION.delta && seq - highest > numberOf(sequence.sqnDelta)) return false;
      if (options & OPTION.ageLimit && highest - seq >= numberOf(sequence.sqnAgeLimit)) return false;
      changes.sequences = { ...changes.sequences, [owner]: accepted.with(index, seq) };
      changed();
      return true;
    },
    highest() {
      const accepted = now();
      const seq = Math.max(...accepted);
      const sqn = seq * INDICES + accepted.indexOf(seq);
      return fromHex(sqn.toString(16).padStart(12, '0'));
    },
  };
}
