/**
 * The software eUICC: a card of SGP.22 v2.5, put together from its parts. It does what a good card does;
 * `manners` make it one of the odd ones that exist, `faults` make it fail.
 */
import { fromHex } from '../../bytes.ts';
import type { LabLog } from '../log.ts';
import type { CardInReader } from '../readers/reader.ts';
import { SW } from './apdu.ts';
import { authenticateAnswers } from './authenticate.ts';
import { cardCommand } from './card-commands.ts';
import type { Chip, ChipIdentity, TrustedCi } from './chip.ts';
import { crlAnswers } from './crl.ts';
import { ecasdApplication } from './ecasd.ts';
import { reportInterruption } from './ending.ts';
import { es10aAnswers } from './es10a.ts';
import { es10bAnswers } from './es10b.ts';
import { es10cAnswers } from './es10c.ts';
import { fileView } from './files.ts';
import { isdrApplication } from './isdr.ts';
import { type Manners, mannersOf } from './manners.ts';
import { notificationAnswers } from './notifications.ts';
import { prepareAnswers } from './prepare.ts';
import { proactiveSession } from './proactive.ts';
import { filesOf } from './profile-files.ts';
import { IDLE } from './session.ts';
import type { CardState } from './state.ts';
import { uicc } from './uicc.ts';

export interface EuiccOptions {
  readonly state: CardState;
  /** Kept before each answer that rests on it. */
  readonly save?: (state: CardState) => void | Promise<void>;
  /** In order of preference, at least one. */
  readonly identities: readonly ChipIdentity[];
  /** The CIs it believes; those of its identities where not given. */
  readonly cis: readonly TrustedCi[];
  readonly log?: LabLog;
  /** By name, or as such. */
  readonly manners?: readonly string[] | Partial<Manners>;
  /** A clock: certificates are then looked at for their dates. Real chips have none. */
  readonly now?: () => Date;
}

export interface Euicc extends CardInReader {
  readonly state: CardState;
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
];

export function createEuicc(options: EuiccOptions): Euicc {
  const { state } = options;
  const manners = Array.isArray(options.manners)
    ? mannersOf(options.manners)
    : mannersOf([], options.manners as Partial<Manners>);
  const log: Chip['log'] = (event, detail, data) => {
    const { session } = chip;
    options.log?.({
      who: 'card',
      event,
      detail,
      ...('transactionId' in session && { transactionId: session.transactionId }),
      ...(data && { data }),
    });
  };
  let dirty = false;
  const chip: Chip = {
    state,
    identities: options.identities,
    cis: options.cis,
    manners,
    proactive: proactiveSession(log),
    now: options.now,
    session: IDLE,
    gatesOpen: !manners.gates,
    log,
    changed() {
      dirty = true;
    },
  };
  const keep = async (): Promise<void> => {
    if (!dirty) return;
    dirty = false;
    await options.save?.(state);
  };
  const isdr = isdrApplication(chip, ANSWERS);
  const ecasd = ecasdApplication(state.eid);
  const card = uicc({
    atr: ATR[manners.protocol],
    protocol: manners.protocol,
    channels: manners.channels,
    applications: () => [isdr, ecasd],
    refuseSelect: (application, channel) =>
      application === isdr && channel !== 0 && manners.isdrOnBasicChannelOnly ? SW.channelNotSupported : undefined,
    openFiles: () => fileView(() => filesOf(state)),
    cardCommand: (command) =>
      cardCommand(command, chip.proactive, {
        lpaInDevice: (present) => {
          chip.gatesOpen = present || !manners.gates;
        },
        terminalProfile: () => {},
      }),
    proactiveLength: () => chip.proactive.waiting,
    async powerOn() {
      chip.session = IDLE;
      chip.gatesOpen = !manners.gates;
      chip.proactive.reset();
      reportInterruption(chip);
      await keep();
    },
    powerOff: keep,
  });
  return {
    ...card,
    state,
    async transmit(command) {
      const response = await card.transmit(command);
      await keep();
      return response;
    },
  };
}
