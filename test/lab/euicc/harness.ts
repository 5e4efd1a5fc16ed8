/** A software eUICC with keys minted here, in a reader in this process. */
import type { KeyObject } from 'node:crypto';
import type { ChipIdentity, TrustedCi } from '../../../src/lab/euicc/chip-keys.ts';
import { createEuicc, type Euicc, type EuiccOptions } from '../../../src/lab/euicc/euicc.ts';
import { type CardState, newCardState, usedMemory } from '../../../src/lab/euicc/state.ts';
import { type Identity, mintCi, mintEuicc, mintEum } from '../../../src/lab/pki/mint.ts';
import type { CardInReader } from '../../../src/lab/readers/reader.ts';
import type { LogEntry } from '../../../src/lab/state/log.ts';
import { concat, fromHex, toHex } from '../../../src/lpa/bytes.ts';
import type { Link } from '../../../src/lpa/card/card.ts';
import { iso7816Card } from '../../../src/lpa/card/iso7816.ts';
import { toTpdu } from '../../../src/lpa/card/t0.ts';
import { CardError } from '../../../src/lpa/errors.ts';
import { Isdr } from '../../../src/lpa/es10/isdr.ts';
import { readCertificate } from '../../../src/lpa/pki/certificate.ts';
import { type Curve, keyIdentifier, publicPoint } from '../../../src/lpa/pki/ecdsa.ts';

export const EID = '89049032123451234512345678901235';

export interface World {
  readonly curve: Curve;
  readonly ci: Identity;
  readonly ciPKId: string;
  readonly eum: Identity;
  readonly euicc: Identity;
  readonly identity: ChipIdentity;
  readonly trusted: TrustedCi;
}

/** A CI, an EUM and an eUICC under it. */
export async function world(curve: Curve = 'P-256'): Promise<World> {
  const ci = await mintCi({ curve });
  const eum = await mintEum(ci, {}, { curve });
  const euicc = await mintEuicc(eum, EID, { curve });
  const ciPKId = keyIdentifier(publicPoint(ci.privateKey));
  return {
    curve,
    ci,
    ciPKId,
    eum,
    euicc,
    identity: {
      ciPKId,
      curve,
      privateKey: euicc.privateKey,
      euiccCertificate: euicc.certificate,
      eumCertificate: eum.certificate,
    },
    trusted: { ciPKId, curve, publicKey: publicPoint(ci.privateKey) },
  };
}

/** One world is enough for most tests. */
let shared: Promise<World> | undefined;
export const sharedWorld = (): Promise<World> => {
  shared ??= world();
  return shared;
};

export type Logged = Omit<LogEntry, 'time'>;

export interface Bench {
  readonly card: Euicc;
  readonly state: CardState;
  readonly log: Logged[];
  /** What the log says last of an event. */
  said(event: string): string | undefined;
}

export async function bench(
  options: Partial<Omit<EuiccOptions, 'state'>> & { state?: Partial<CardState>; worlds?: readonly World[] } = {},
): Promise<Bench> {
  const worlds = options.worlds ?? [await sharedWorld()];
  const state = newCardState({ eid: EID, ...options.state });
  const log: Logged[] = [];
  const card = createEuicc({
    identities: worlds.map(({ identity }) => identity),
    cis: worlds.map(({ trusted }) => trusted),
    log: (entry) => log.push(entry),
    ...options,
    state,
  });
  return { card, state, log, said: (event) => log.findLast((entry) => entry.event === event)?.detail };
}

/** Octets that are free for profiles. */
export const freeIn = (state: CardState): number => state.memory - usedMemory(state);

/** What a PC/SC reader does: power, and at T=0 no Le after data. */
export async function linkTo(card: CardInReader, protocol: 0 | 1 = 0): Promise<Link> {
  let gone = false;
  card.onPresence?.((present) => {
    gone ||= !present;
  });
  await card.powerOn();
  return {
    name: 'in process',
    atr: card.atr,
    async transmit(command) {
      const response = gone ? undefined : await card.transmit(protocol === 0 ? toTpdu(command) : command);
      if (gone || !response) throw new CardError('in process: the card is gone', { problem: 'gone' });
      return response;
    },
    async reset() {
      await card.powerOn();
    },
    async [Symbol.asyncDispose]() {
      await card.powerOff();
    },
  };
}

export const openIsdr = async (card: CardInReader, protocol: 0 | 1 = 0): Promise<Isdr> =>
  Isdr.open(iso7816Card(await linkTo(card, protocol)));

/**
 * Play a transcript: each `>` line is sent as it stands, the answer has to be the next `<` line.
 * Spaces mean nothing; `..` in an answer stands for any octets to the end; `#` begins a comment.
 */
export async function play(card: CardInReader, transcript: string): Promise<void> {
  let command = '';
  let got = '';
  for (const line of transcript.split('\n')) {
    const text = line.replace(/#.*/, '').replace(/\s/g, '');
    if (text.startsWith('>')) {
      command = text.slice(1);
      got = toHex(await card.transmit(fromHex(command)));
    } else if (text.startsWith('<')) {
      const wanted = text.slice(1);
      const [start = '', end] = wanted.split('..');
      const fits = end === undefined ? got === wanted : got.startsWith(start) && got.endsWith(end);
      if (!fits) throw new Error(`> ${command}\n  expected ${wanted}\n  got      ${got}`);
    }
  }
}

export const hex = (...parts: readonly Uint8Array[]): string => toHex(concat(...parts));

export type { Identity, KeyObject };
export { readCertificate };
