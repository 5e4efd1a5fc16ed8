/** What every function of the software eUICC works on: its state, its keys, its session, its log. */
import type { ProfilePolicyAuthorisationRule } from '../../lpa/sgp22/policy.ts';
import type { Proactive } from './card/proactive.ts';
import type { ChipIdentity, TrustedCi } from './chip-keys.ts';
import type { Session } from './es10/session.ts';
import type { Faults } from './faults.ts';
import type { Manners } from './quirks.ts';
import { type CardState, usedMemory } from './state.ts';

export interface Chip {
  readonly state: CardState;
  /** In order of preference: euiccCiPKIdListForSigning. */
  readonly identities: readonly ChipIdentity[];
  /** euiccCiPKIdListForVerification. */
  readonly cis: readonly TrustedCi[];
  readonly manners: Manners;
  /** What its maker gave it. */
  readonly maker: {
    readonly memory: number;
    readonly forbiddenRules: CardState['forbiddenRules'];
    readonly rat: ProfilePolicyAuthorisationRule[];
  };
  readonly proactive: Proactive;
  /** The card's clock; a chip has none, then no date is looked at. */
  readonly now: (() => Date) | undefined;
  session: Session;
  readonly faults: Faults;
  /** ES10 is open to this device. */
  gatesOpen: boolean;
  /** The device sent TERMINAL PROFILE. */
  terminalProfile: boolean;
  /** Switches answered with catBusy so far, by its manners. */
  switchesRefused: number;
  /** The ISD-R answers 6985 until a reset. */
  deaf: boolean;
  /** The answer that waits for GET RESPONSE will not come: 6F00. */
  answerLost: boolean;
  /** The card restarts itself after this answer. */
  restart: boolean;
  /** GET RESPONSE gives more for ever. */
  endless: boolean;
  /** Out of the reader; with a time, back in after it. */
  leaveReader(backAfterMs?: number): void;
  /** @param event the function's name as the specification has it */
  log(event: string, detail: string, data?: Readonly<Record<string, unknown>>): void;
  /** The state was changed: it is saved before the card answers. */
  changed(): void;
}

/** Octets that are free for profiles. */
export const freeOn = ({ maker, state }: Chip): number => maker.memory - usedMemory(state);

/** The key with which notifications of a profile are signed: under its own CI, where the card has one there. */
export function signerFor(chip: Chip, ciPKId: string | undefined): ChipIdentity {
  const identity = chip.identities.find((each) => each.ciPKId === ciPKId) ?? chip.identities[0];
  if (!identity) throw new Error('the card has no key to sign with');
  return identity;
}
