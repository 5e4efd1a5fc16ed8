/**
 * Cards and servers in which each kind of error waits for a command: four servers, of which one is good, and for each a card
 * that has it as default SM-DP+ and notifications for it. A card is made anew for every run.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Doors } from '../../../src/cli/devices/transports.ts';
import { createEuicc } from '../../../src/lab/euicc/euicc.ts';
import { type CardState, newCardState, preloadProfile } from '../../../src/lab/euicc/state.ts';
import { createSmdp, type Smdp } from '../../../src/lab/smdp/smdp.ts';
import { newSmdpState } from '../../../src/lab/smdp/state.ts';
import { concat, fromHex, toHex } from '../../../src/lpa/bytes.ts';
import type { Link } from '../../../src/lpa/card/card.ts';
import { CardError } from '../../../src/lpa/errors.ts';
import { openRspDoor, reachServer } from '../../../src/lpa/es9/https.ts';
import { publicPoint } from '../../../src/lpa/pki/ecdsa.ts';
import { linkTo } from '../../lab/euicc/harness.ts';
import { EID, sharedDomain } from '../../lab/smdp/harness.ts';
import { lpa, type RunOptions } from '../harness.ts';

/** What the server of a card and of its codes does. */
export type Server = 'good' | 'network' | 'tls' | 'status';

const FAULTS: Readonly<Record<Exclude<Server, 'network'>, readonly string[]>> = {
  good: [],
  tls: ['tls-foreign-ci'],
  status: ['status:8.1/4.8@authenticateClient', 'http:503@handleNotification'],
};
/** Nobody listens there. */
const NOBODY = 'localhost:1';

/** On every card: the first is in use. */
export const USED = '8949000000000000029';
export const SPARE = '8949000000000000011';
export { EID };

export interface World extends AsyncDisposable {
  readonly addresses: Readonly<Record<Server, string>>;
  /** An activation code that nobody has used. */
  code(server?: Server, order?: Parameters<Smdp['createOrder']>[0]): string;
  state(server?: Server): CardState;
  /** Doors to a card. @param around what stands between it and the program */
  doors(card?: CardOptions, around?: (link: Link) => Link): Partial<Doors>;
  /** Another number each time. */
  count(): number;
  /** A file of that content, in a folder that is gone afterwards. */
  file(name: string, content: string): string;
}

export interface CardOptions {
  readonly server?: Server;
  readonly state?: CardState;
  readonly manners?: readonly string[];
}

export const READER = 'Lab 00';

export async function openWorld(dir: string): Promise<World> {
  const domain = await sharedDomain();
  const servers = new Map<Server, Smdp>();
  for (const [name, faults] of Object.entries(FAULTS)) {
    const smdp = await createSmdp({ pki: { domains: [domain] }, state: newSmdpState(), log: () => {}, faults });
    await smdp.listen(0);
    servers.set(name as Server, smdp);
  }
  const addressOf = (name: Server): string => servers.get(name)?.address ?? NOBODY;
  const addresses = { good: addressOf('good'), network: NOBODY, tls: addressOf('tls'), status: addressOf('status') };
  const { ciPKId, curve, ci, card: keys } = domain;
  const euiccWith = (state: CardState, manners: readonly string[] = ['lpae']) =>
    createEuicc({
      state,
      manners,
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
      log: () => {},
    });

  const states = new Map<Server, string>();
  for (const name of ['good', 'network', 'tls', 'status'] as const) {
    const state = newCardState({ eid: EID, rootDsAddress: '', defaultDpAddress: addresses[name] });
    for (const [iccid, profileName] of [
      [USED, 'Used'],
      [SPARE, 'Spare'],
    ] as const) {
      preloadProfile(
        state,
        {
          iccid,
          profileName,
          serviceProviderName: 'Lab Mobile',
          profileClass: 'operational',
          notificationConfigurationInfo: [
            { profileManagementOperation: ['notificationEnable'], notificationAddress: addresses[name] },
          ],
        },
        { ciPKId },
      );
    }
    // A notification that is really signed comes from a switch.
    const doors = { openLink: () => linkTo(euiccWith(state)) };
    const ran = await lpa(['enable', USED, '--no-notify', '--quiet'], { doors });
    if (ran.code !== 0) throw new Error(ran.err);
    states.set(name, JSON.stringify(state));
  }
  const state = (server: Server = 'good'): CardState => JSON.parse(states.get(server)!);

  let counted = 0;
  const count = (): number => {
    counted += 1;
    return counted;
  };
  return {
    addresses,
    state,
    count,
    code(server = 'good', order = {}) {
      const smdp = servers.get(server);
      return smdp ? smdp.createOrder(order).activationCode : `LPA:1$${NOBODY}$ORDER-${count()}`;
    },
    doors: (card = {}, around = (link) => link) => ({
      listReaders: async () => [{ name: READER, present: true }],
      openLink: async () => around(await linkTo(euiccWith(card.state ?? state(card.server), card.manners))),
      openServers: async (options) => openRspDoor(options),
      reachServer,
    }),
    file(name, content) {
      writeFileSync(join(dir, name), content);
      return join(dir, name);
    },
    async [Symbol.asyncDispose]() {
      for (const smdp of servers.values()) await smdp.close();
    },
  };
}

/** A card that answers each ES10 request which begins so with these octets, or with a status word of four digits. */
export function answering(prefix: string, answer: string): (link: Link) => Link {
  const octets = fromHex(answer.replaceAll(' ', ''));
  return (link) => {
    let collected: Uint8Array = new Uint8Array();
    return {
      ...link,
      get atr() {
        return link.atr;
      },
      async transmit(command) {
        const [, ins = 0, p1 = 0, , length = 0] = command;
        if (ins !== 0xe2) return link.transmit(command);
        collected = concat(collected, command.subarray(5, 5 + length));
        const meant = toHex(collected).startsWith(prefix);
        if ((p1 & 0x80) !== 0) collected = new Uint8Array();
        if (!meant) return link.transmit(command);
        if ((p1 & 0x80) === 0 || octets.length === 2) return octets.length === 2 ? octets : fromHex('9000');
        return concat(octets, fromHex('9000'));
      },
    };
  };
}

/** A card that is pulled out at the first ES10 request. */
export const pulled = (link: Link): Link => ({
  ...link,
  get atr() {
    return link.atr;
  },
  async transmit(command) {
    if (command[1] === 0xe2) throw new CardError(`${READER}: the card is gone`, { problem: 'gone' });
    return link.transmit(command);
  },
});

/** Doors behind which there is no card, for this reason. */
export function noCard(problem: CardError['problem'], message: string): Partial<Doors> {
  const fail = () => Promise.reject(new CardError(message, { problem }));
  return {
    openLink: fail,
    listReaders:
      problem === 'noService'
        ? fail
        : async () => (problem === 'noReader' ? [] : [{ name: READER, present: problem !== 'noCard' }]),
    reachServer,
  };
}

/** Ctrl-C while the card is opened. */
export function interruptedAtCard(doors: Partial<Doors>): RunOptions {
  let press: () => void = () => {};
  const pressed =
    <A extends unknown[], R>(door: (...args: A) => Promise<R>) =>
    (...args: A): Promise<R> => {
      press();
      return door(...args);
    };
  return {
    onInterrupt: (interrupt) => {
      press = interrupt;
    },
    doors: { ...doors, openLink: pressed(doors.openLink!), listReaders: pressed(doors.listReaders!) },
  };
}
