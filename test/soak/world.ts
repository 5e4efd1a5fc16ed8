/** Card, SM-DP+ and SM-DS in this process, and programs that use the card one after the other: each opens it, works and lets go. */

import { createEuicc } from '../../src/lab/euicc/euicc.ts';
import { type CardState, newCardState } from '../../src/lab/euicc/state.ts';
import type { CardInReader } from '../../src/lab/readers/reader.ts';
import { createSmdp, type Smdp } from '../../src/lab/smdp/smdp.ts';
import { newSmdpState } from '../../src/lab/smdp/state.ts';
import { createSmds, type Smds } from '../../src/lab/smds/smds.ts';
import { newSmdsState } from '../../src/lab/smds/state.ts';
import { iso7816Card } from '../../src/lpa/card/iso7816.ts';
import { openRspDoor } from '../../src/lpa/es9/https.ts';
import { openIsdr } from '../../src/lpa/es10/open-isdr.ts';
import { publicPoint } from '../../src/lpa/pki/ecdsa.ts';
import type { JournalEntry } from '../../src/lpa/procedures/journal.ts';
import { deviceInfoOf, type Lpa } from '../../src/lpa/procedures/lpa.ts';
import { linkTo } from '../lab/euicc/harness.ts';
import { EID, mintDomain } from '../lab/smdp/harness.ts';

export interface Conditions {
  readonly cardFaults?: readonly string[];
  readonly manners?: readonly string[];
}

export interface World extends AsyncDisposable {
  readonly smdp: Smdp;
  readonly smds: Smds;
  readonly card: CardState;
  /** What a program that was interrupted left behind, by transaction. */
  readonly journal: Map<string, JournalEntry>;
  /** Logical channels that programs have left open on a card that was there. */
  readonly channelsLeft: () => number;
  /** One program on the card, from power-up to letting go. */
  use<T>(conditions: Conditions, work: (lpa: Lpa) => Promise<T>): Promise<T>;
  /** A minute goes by for the servers. */
  tick(): void;
}

/** Octets for profiles: a handful fit. */
const MEMORY = 60_000;
const MINUTE_MS = 60_000;

export async function openWorld(): Promise<World> {
  const domain = await mintDomain();
  const { ciPKId, curve, ci, card: keys } = domain;
  let clock = Date.now();
  const now = (): Date => new Date(clock);
  const log = (): void => {};
  const ports = new Map<string, string>();
  const smds = await createSmds({ pki: { domains: [domain] }, state: newSmdsState(), log, now });
  await smds.listen();
  ports.set(smds.address, (await smds.listenOperator()).address);
  const es12Of = (address: string): string => ports.get(address) ?? address;
  const smdp = await createSmdp({ pki: { domains: [domain] }, state: newSmdpState(), log, now, es12Of });
  await smdp.listen();
  const card = newCardState({
    eid: EID,
    memory: MEMORY,
    rootDsAddress: smds.address,
    defaultDpAddress: smdp.address,
    initialDpAddress: smdp.address,
  });
  const journal = new Map<string, JournalEntry>();
  let channelsLeft = 0;

  return {
    smdp,
    smds,
    card,
    journal,
    channelsLeft: () => channelsLeft,
    tick() {
      clock += MINUTE_MS;
    },
    async use({ cardFaults = [], manners = [] }, work) {
      const euicc = createEuicc({
        state: card,
        identities: [
          {
            ciPKId,
            curve,
            privateKey: keys.euicc.privateKey,
            euiccCertificate: keys.euicc.certificate,
            eumCertificate: keys.eum.certificate,
          },
        ],
        cis: [{ ciPKId, curve, publicKey: publicPoint(ci.privateKey) }],
        manners,
        faults: cardFaults,
      });
      const counted = countingChannels(euicc);
      const door = openRspDoor({
        anchors: async () => ({ ciPKIds: [ciPKId], ca: [], allowTestCi: false, strictCi: false }),
        env: {},
      });
      try {
        const { isdr } = await openIsdr(iso7816Card(await linkTo(counted.card, euicc.manners.protocol)));
        try {
          return await work({
            isdr,
            servers: door,
            device: deviceInfoOf(),
            journal: {
              write: (entry) => void journal.set(entry.transactionId, entry),
              remove: (transactionId) => void journal.delete(transactionId),
            },
          });
        } finally {
          await isdr[Symbol.asyncDispose]();
        }
      } finally {
        channelsLeft += counted.left();
        await door[Symbol.asyncDispose]();
      }
    },
    async [Symbol.asyncDispose]() {
      await smdp.close();
      await smds.close();
    },
  };
}

/** Counts the channels that are open when the program takes the power away; a card that is gone has none. */
function countingChannels(card: CardInReader): { readonly card: CardInReader; left(): number } {
  let open = 0;
  let left = 0;
  card.onPresence?.(() => {
    open = 0;
  });
  return {
    left: () => left,
    card: {
      ...card,
      async powerOn() {
        open = 0;
        await card.powerOn();
      },
      async powerOff() {
        left = open;
        await card.powerOff();
      },
      async transmit(command) {
        const response = await card.transmit(command);
        const isDone = response.at(-2) === 0x90 || response.at(-2) === 0x91;
        if (command[1] === 0x70 && isDone) open += command[2] === 0x80 ? -1 : 1;
        return response;
      },
    },
  };
}
