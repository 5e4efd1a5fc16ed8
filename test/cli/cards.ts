/** Several software eUICCs under one CI, each with an EID of its own, in readers of this process. */

import type { Doors } from '../../src/cli/devices/transports.ts';
import { createEuicc, type Euicc, type EuiccOptions } from '../../src/lab/euicc/euicc.ts';
import { type CardState, newCardState } from '../../src/lab/euicc/state.ts';
import { mintEuicc } from '../../src/lab/pki/mint.ts';
import { findReaders } from '../../src/lpa/card/select-reader.ts';
import { CardError } from '../../src/lpa/errors.ts';
import { openRspDoor, reachServer } from '../../src/lpa/es9/https.ts';
import { publicPoint } from '../../src/lpa/pki/ecdsa.ts';
import { linkTo } from '../lab/euicc/harness.ts';
import type { TestDomain } from '../lab/smdp/harness.ts';

export interface NumberedCard {
  readonly eid: string;
  readonly state: CardState;
  readonly card: Euicc;
}

/** EIDs of one maker that differ in a number, with check digits that hold (SGP.29: modulo 97 is 1). */
export function eidNumber(number: number): string {
  const digits = `89049032${String(number).padStart(22, '0')}`;
  return digits + String(98n - ((BigInt(digits) * 100n) % 97n)).padStart(2, '0');
}

export async function makeCards(
  { ci, ciPKId, curve, card: { eum } }: TestDomain,
  count: number,
  log: EuiccOptions['log'] = () => {},
  manners: readonly string[] = [],
): Promise<NumberedCard[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const eid = eidNumber(i + 1);
      const { privateKey, certificate } = await mintEuicc(eum, eid);
      const state = newCardState({ eid });
      const card = createEuicc({
        state,
        identities: [{ ciPKId, curve, privateKey, euiccCertificate: certificate, eumCertificate: eum.certificate }],
        cis: [{ ciPKId, curve, publicKey: publicPoint(ci.privateKey) }],
        log,
        manners,
      });
      return { eid, state, card };
    }),
  );
}

export const readerName = (index: number): string => `Lab 0${index} 00`;

/** Doors to these cards, in readers `Lab 00 00`, `Lab 01 00`, ...; one program at a time has a card. */
export function doorsTo(cards: readonly NumberedCard[]): Partial<Doors> {
  const held = new Set<number>();
  const readers = cards.map((_, i) => ({ name: readerName(i), present: true }));
  return {
    listReaders: async () => readers,
    async openLink({ reader = '' }) {
      const [found] = findReaders(readers, reader);
      const index = readers.findIndex(({ name }) => name === found?.name);
      if (held.has(index)) throw new CardError(`${reader}: another program holds the card`, { problem: 'busy' });
      held.add(index);
      const link = await linkTo(cards[index]!.card);
      return {
        ...link,
        name: readerName(index),
        async [Symbol.asyncDispose]() {
          await link[Symbol.asyncDispose]();
          held.delete(index);
        },
      };
    },
    openServers: async (options) => openRspDoor(options),
    reachServer,
  };
}
