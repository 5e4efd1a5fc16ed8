/**
 * The software eUICC: a card of SGP.22 v2.5, put together from its parts. It does what a good card does;
 * `manners` make it one of the odd ones that exist, `faults` make it fail.
 */
import { fromHex } from '../../bytes.ts';
import type { LabLog } from '../log.ts';
import type { CardInReader } from '../readers/reader.ts';
import { SW, statusWord, withStatus } from './apdu.ts';
import { authenticateAnswers } from './authenticate.ts';
import { cardCommand } from './card-commands.ts';
import type { Chip } from './chip.ts';
import type { ChipIdentity, TrustedCi } from './chip-keys.ts';
import { crlAnswers } from './crl.ts';
import { dispatcher } from './dispatch.ts';
import { ecasdApplication } from './ecasd.ts';
import { reportInterruption } from './ending.ts';
import { es10aAnswers } from './es10a.ts';
import { es10bAnswers } from './es10b.ts';
import { es10cAnswers } from './es10c.ts';
import { faultsOf } from './faults.ts';
import { fileView } from './files.ts';
import { isdrApplication } from './isdr.ts';
import { type Manners, mannersOf } from './manners.ts';
import { notificationAnswers } from './notifications.ts';
import { createM2mCard, createPlainUicc } from './plain-uicc.ts';
import { prepareAnswers } from './prepare.ts';
import { proactiveSession } from './proactive.ts';
import { filesOf } from './profile-files.ts';
import { IDLE } from './session.ts';
import { type CardState, ratFrom } from './state.ts';
import { fallBack, settleSwitch, switchAnswers } from './switch.ts';
import { uicc } from './uicc.ts';

export interface EuiccOptions {
  readonly state: CardState;
  /** Kept before each answer that rests on it. */
  readonly save?: (state: CardState) => void | Promise<void>;
  /** In order of preference, at least one. */
  readonly identities: readonly ChipIdentity[];
  /** The CIs it believes. */
  readonly cis: readonly TrustedCi[];
  readonly log?: LabLog;
  /** Names of manners.ts. */
  readonly manners?: readonly string[];
  /** Single manners over those. */
  readonly behaviour?: Partial<Manners>;
  /** Faults of faults.ts: `pull@segment:3`. */
  readonly faults?: readonly string[];
  /** A clock: certificates are then looked at for their dates. Real chips have none. */
  readonly now?: () => Date;
}

export interface Euicc extends CardInReader {
  readonly state: CardState;
  readonly manners: Manners;
}

/** After T=15: eUICC-related functions (ETSI TS 102 221 §6.3.3). T=1 has IFSC 254. */
const ATR = {
  0: fromHex('3B9F96803FC7828031E073FE211B574C5041204C414270'),
  1: fromHex('3B9F9681B1FE453FC7828031E073FE211B574C5041204C41427B'),
} as const;

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

const GET_RESPONSE = 0xc0;
const STORE_DATA = 0xe2;

/** @throws {RangeError} for manners or faults that are not in their tables */
export function createEuicc(options: EuiccOptions): Euicc {
  const { state } = options;
  const manners = mannersOf(options.manners ?? [], options.behaviour);
  if (manners.kind === 'plain') return { ...createPlainUicc(), state, manners };
  if (manners.kind === 'm2m') return { ...createM2mCard({ eid: state.eid }), state, manners };
  const log: Chip['log'] = (event, detail, data) => {
    const { session } = chip;
    // Of the session, or of the one that was refused before there was any.
    const transactionId = 'transactionId' in session ? session.transactionId : (data?.['transactionId'] as string | undefined);
    options.log?.({
      who: 'card',
      event,
      detail,
      ...(transactionId !== undefined && { transactionId }),
      ...(data && { data }),
    });
  };
  let dirty = false;
  let leaving: { readonly backAfterMs?: number | undefined } | undefined;
  const watching: ((present: boolean) => void)[] = [];
  const presence = (present: boolean): void => watching.forEach((listener) => void listener(present));
  const chip: Chip = {
    state,
    identities: options.identities,
    cis: options.cis,
    manners,
    maker: {
      memory: manners.memory ?? state.memory,
      forbiddenRules: manners.forbiddenRules ?? state.forbiddenRules,
      rat: ratFrom(manners.rat ?? state.rat),
    },
    faults: faultsOf(options.faults ?? [], log),
    proactive: proactiveSession(log),
    now: options.now,
    session: IDLE,
    gatesOpen: !manners.gates,
    terminalProfile: false,
    switchesRefused: 0,
    deaf: false,
    answerLost: false,
    restart: false,
    endless: false,
    log,
    changed() {
      dirty = true;
    },
    leaveReader(backAfterMs) {
      leaving = { backAfterMs };
    },
  };
  const keep = async (): Promise<void> => {
    if (!dirty) return;
    dirty = false;
    await options.save?.(state);
  };

  /** What no power outlives. */
  const forget = (): void => {
    chip.session = IDLE;
    chip.gatesOpen = !manners.gates;
    chip.terminalProfile = false;
    chip.deaf = false;
    chip.answerLost = false;
    chip.restart = false;
    chip.endless = false;
    chip.proactive.reset();
  };

  const isdr = isdrApplication(chip, dispatcher(chip, ANSWERS));
  const ecasd = ecasdApplication(state.eid);
  const card = uicc({
    atr: ATR[manners.protocol],
    protocol: manners.protocol,
    channels: manners.channels,
    selectIn61xx: manners.selectIn61xx,
    strictT0: manners.strictT0,
    applications: () => [isdr, ecasd],
    refuseSelect: (application, channel) =>
      application === isdr && channel !== 0 && manners.isdrOnBasicChannelOnly ? SW.channelNotSupported : undefined,
    openFiles: () => fileView(() => filesOf(state)),
    cardCommand: (command) =>
      cardCommand(command, chip.proactive, {
        lpaInDevice: (present) => {
          chip.gatesOpen = present || !manners.gates;
        },
        terminalProfile: () => {
          chip.terminalProfile = true;
        },
      }),
    proactiveLength: () => chip.proactive.waiting,
    async powerOn() {
      forget();
      fallBack(chip);
      settleSwitch(chip);
      reportInterruption(chip);
      if (manners.hasMenu) chip.proactive.menu('Lab');
      await keep();
    },
    async powerOff() {
      forget();
      await keep();
    },
    amend(command, response) {
      const answers = command[1] === GET_RESPONSE || (manners.protocol === 1 && command[1] === STORE_DATA);
      if (chip.answerLost && answers) {
        chip.answerLost = false;
        return statusWord(SW.technicalProblem);
      }
      if (chip.endless && answers) return withStatus(new Uint8Array(255).fill(0xff), 0x61ff);
      return response;
    },
  });

  /** A fault took the card out of its reader. */
  async function leave({ backAfterMs }: NonNullable<typeof leaving>): Promise<void> {
    leaving = undefined;
    await card.powerOff();
    presence(false);
    if (backAfterMs !== undefined) setTimeout(() => presence(true), backAfterMs).unref();
  }

  return {
    ...card,
    state,
    manners,
    onPresence(listener) {
      watching.push(listener);
    },
    async transmit(command) {
      const response = await card.transmit(command);
      await keep();
      if (leaving) await leave(leaving);
      else if (chip.restart && response.at(-2) !== 0x61) await card.powerOn(); // once the answer is out
      return response;
    },
  };
}
