/**
 * The software eUICC: a card of SGP.22 v2.5, put together from its parts. It does what a good card does;
 * `manners` make it one of the odd ones that exist, `faults` make it fail.
 */
import { fromHex } from '../../lpa/bytes.ts';
import type { CardInReader } from '../readers/reader.ts';
import type { LabLog } from '../state/log.ts';
import { SW, statusWord, withStatus } from './card/apdu.ts';
import { cardCommand } from './card/card-commands.ts';
import { ecasdApplication } from './card/ecasd.ts';
import { fileView } from './card/file-view.ts';
import { createM2mCard, createPlainUicc } from './card/plain-uicc.ts';
import { productApplication } from './card/product.ts';
import { profileCards } from './card/profile-card.ts';
import { uicc } from './card/uicc.ts';
import type { TrustedCi } from './chip-keys.ts';
import { createElement, type ElementOptions, type Shared } from './element.ts';
import { type Manners, mannersOf } from './quirks.ts';
import type { CardState } from './state.ts';

export interface EuiccOptions extends ElementOptions {
  /** Kept before each answer that rests on it; the other eUICC's with it. */
  readonly save?: (state: CardState) => void | Promise<void>;
  /** The other eUICC, for the manners that have one. */
  readonly second?: ElementOptions | undefined;
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

const GET_RESPONSE = 0xc0;
const STORE_DATA = 0xe2;

/** @throws {RangeError} for manners or faults that are not in their tables */
export function createEuicc(options: EuiccOptions): Euicc {
  const { state } = options;
  const manners = mannersOf(options.manners ?? [], options.behaviour);
  if (manners.kind === 'plain') return { ...createPlainUicc(), state, manners };
  if (manners.kind === 'm2m') return { ...createM2mCard({ eid: state.eid }), state, manners };
  if (manners.secondIsdrAid && !options.second) throw new RangeError('manners: the second eUICC of the card is not there');
  let dirty = false;
  let leaving: { readonly backAfterMs?: number | undefined } | undefined;
  const watching: ((present: boolean) => void)[] = [];
  const presence = (present: boolean): void => watching.forEach((listener) => void listener(present));
  const shared: Shared = {
    cis: options.cis,
    manners,
    now: options.now,
    labLog: options.log,
    faultNames: options.faults,
    changed() {
      dirty = true;
    },
    leaveReader(backAfterMs) {
      leaving = { backAfterMs };
    },
  };
  const first = createElement(options, shared);
  const { faults, proactive } = first.chip;
  const other =
    manners.secondIsdrAid &&
    options.second &&
    createElement(options.second, { ...shared, faults, proactive, manners: { ...manners, isdrAid: manners.secondIsdrAid } });
  const elements = other ? [first, other] : [first];
  const chips = elements.map(({ chip }) => chip);
  const isdrs = elements.map(({ isdr }) => isdr);
  const keep = async (): Promise<void> => {
    if (!dirty) return;
    dirty = false;
    await options.save?.(state);
  };

  /** What no power outlives. */
  const forget = (): void => {
    for (const element of elements) element.forget();
    proactive.reset();
    profiles.reset();
  };

  /** Of the eUICC whose profile the device sees. */
  const stateInUse = (): CardState =>
    chips.map((chip) => chip.state).find(({ profiles }) => profiles.some(({ enabled }) => enabled)) ?? state;
  const profiles = profileCards(stateInUse, shared.changed);

  const ecasd = ecasdApplication(state.eid);
  const product = manners.product ? [productApplication(manners.product)] : [];
  const card = uicc({
    atr: ATR[manners.protocol],
    protocol: manners.protocol,
    channels: manners.channels,
    highChannelsFirst: manners.highChannelsFirst,
    selectIn61xx: manners.selectIn61xx,
    strictT0: manners.strictT0,
    applications: () => [...isdrs, ecasd, ...product],
    refuseSelect: (application, channel) =>
      isdrs.includes(application) && channel !== 0 && manners.isdrOnBasicChannelOnly ? SW.channelNotSupported : undefined,
    openFiles: () => fileView(profiles.current),
    cardCommand: (command) =>
      cardCommand(command, proactive, {
        lpaInDevice: (present) => {
          for (const chip of chips) chip.gatesOpen = present || !manners.gates;
        },
        terminalProfile: () => {
          for (const chip of chips) chip.terminalProfile = true;
        },
      }),
    proactiveLength: () => proactive.waiting,
    async powerOn() {
      forget();
      for (const element of elements) element.start();
      if (manners.hasMenu) proactive.menu('Lab');
      await keep();
    },
    async powerOff() {
      forget();
      await keep();
    },
    amend(command, response) {
      const answers = command[1] === GET_RESPONSE || (manners.protocol === 1 && command[1] === STORE_DATA);
      const losing = chips.find(({ answerLost }) => answerLost);
      if (losing && answers) {
        losing.answerLost = false;
        return statusWord(SW.technicalProblem);
      }
      if (answers && chips.some(({ endless }) => endless)) return withStatus(new Uint8Array(255).fill(0xff), 0x61ff);
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
      else if (chips.some(({ restart }) => restart) && response.at(-2) !== 0x61) await card.powerOn(); // once the answer is out
      return response;
    },
  };
}
