/** One eUICC of a card: its chip and its ISD-R, and what becomes of both when the power comes and goes. Most cards hold one, a few hold two. */
import type { LabLog } from '../state/log.ts';
import { isdrApplication } from './card/isdr.ts';
import { proactiveSession } from './card/proactive.ts';
import type { Application } from './card/uicc.ts';
import type { Chip } from './chip.ts';
import type { ChipIdentity } from './chip-keys.ts';
import { dispatcher } from './dispatch.ts';
import { authenticateAnswers } from './es10/authenticate.ts';
import { crlAnswers } from './es10/crl.ts';
import { reportInterruption } from './es10/ending.ts';
import { es10aAnswers } from './es10/es10a.ts';
import { es10bAnswers } from './es10/es10b.ts';
import { es10cAnswers } from './es10/es10c.ts';
import { notificationAnswers } from './es10/notifications.ts';
import { prepareAnswers } from './es10/prepare.ts';
import { IDLE } from './es10/session.ts';
import { fallBack, settleSwitch, switchAnswers } from './es10/switch.ts';
import { faultsOf } from './faults.ts';
import { type CardState, ratFrom } from './state.ts';

/** What one eUICC has for itself. */
export interface ElementOptions {
  readonly state: CardState;
  /** In order of preference, at least one. */
  readonly identities: readonly ChipIdentity[];
}

export interface Element {
  readonly chip: Chip;
  readonly isdr: Application;
  /** The power is gone, or comes anew. */
  forget(): void;
  /** What was left undone is done. */
  start(): void;
}

const ANSWERS = [
  ...es10aAnswers,
  ...es10bAnswers,
  ...authenticateAnswers,
  ...prepareAnswers,
  ...notificationAnswers,
  ...crlAnswers,
  ...es10cAnswers,
  ...switchAnswers,
];

/** What it shares with the other eUICC of its card; where there is none, its own. */
export type Shared = Pick<Chip, 'cis' | 'manners' | 'now' | 'changed' | 'leaveReader'> &
  Partial<Pick<Chip, 'faults' | 'proactive'>> & {
    readonly labLog?: LabLog | undefined;
    /** Names of faults. */
    readonly faultNames?: readonly string[] | undefined;
  };

/** @throws {RangeError} for faults that are not in their table */
export function createElement({ state, identities }: ElementOptions, shared: Shared): Element {
  const { manners, labLog } = shared;
  const log: Chip['log'] = (event, detail, data) => {
    const { session } = chip;
    // Of the session, or of the one that was refused before there was any.
    const transactionId = 'transactionId' in session ? session.transactionId : (data?.['transactionId'] as string | undefined);
    labLog?.({
      who: 'card',
      event,
      detail,
      ...(transactionId !== undefined && { transactionId }),
      ...(data && { data }),
    });
  };
  const chip: Chip = {
    state,
    identities,
    cis: shared.cis,
    manners,
    maker: {
      memory: manners.memory ?? state.memory,
      forbiddenRules: manners.forbiddenRules ?? state.forbiddenRules,
      rat: ratFrom(manners.rat ?? state.rat),
    },
    faults: shared.faults ?? faultsOf(shared.faultNames ?? [], log),
    proactive: shared.proactive ?? proactiveSession(log),
    now: shared.now,
    session: IDLE,
    gatesOpen: !manners.gates,
    terminalProfile: false,
    switchesRefused: 0,
    deaf: false,
    answerLost: false,
    restart: false,
    endless: false,
    log,
    changed: shared.changed,
    leaveReader: shared.leaveReader,
  };
  return {
    chip,
    isdr: isdrApplication(chip, dispatcher(chip, ANSWERS)),
    forget() {
      chip.session = IDLE;
      chip.gatesOpen = !manners.gates;
      chip.terminalProfile = false;
      chip.deaf = false;
      chip.answerLost = false;
      chip.restart = false;
      chip.endless = false;
    },
    start() {
      fallBack(chip);
      settleSwitch(chip);
      reportInterruption(chip);
    },
  };
}
