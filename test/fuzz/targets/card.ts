/**
 * A card that answers as it likes. The first octet says how: with the pieces as they are to every command, or politely up to
 * STORE DATA, whose answers are the pieces. When the pieces are used up they begin anew: such a card never falls silent.
 */
import { concat, fromHex } from '../../../src/lpa/bytes.ts';
import type { Link } from '../../../src/lpa/card/card.ts';
import { iso7816Card } from '../../../src/lpa/card/iso7816.ts';
import { drainProactive } from '../../../src/lpa/card/proactive.ts';
import { NetworkError } from '../../../src/lpa/errors.ts';
import { getEuiccConfiguredAddresses } from '../../../src/lpa/es10/es10a.ts';
import * as es10b from '../../../src/lpa/es10/es10b.ts';
import * as es10c from '../../../src/lpa/es10/es10c.ts';
import type { Isdr } from '../../../src/lpa/es10/isdr.ts';
import { openIsdr } from '../../../src/lpa/es10/open-isdr.ts';
import type { Lpa } from '../../../src/lpa/procedures/lpa.ts';
import { sendNotifications } from '../../../src/lpa/procedures/notifications.ts';
import { removeProfile, switchProfile } from '../../../src/lpa/procedures/switch.ts';
import { readBoundProfilePackage } from '../../../src/lpa/sgp22/bpp.ts';
import { REGISTRY } from '../../../src/lpa/sgp22/registry.ts';
import { mutatePieces, mutateTlv, pack, unpack } from '../mutate.ts';
import { randomOf } from '../random.ts';
import { sampleOf } from '../sample.ts';
import { Finding, outcomeOf, type Target } from '../target.ts';
import { samplePackage } from './bpp.ts';

/** Commands that one operation may cost on the worst card: nine answers in the smallest parts, and the whole notification list. */
const MAX_COMMANDS = 9 * 2_048 + 8_192 + 100;

const FCI = fromHex('6F07E0058203020202');
const OK = fromHex('9000');

export const card: Target = {
  name: 'card',
  mutate: (input, random, pool, words) =>
    concat(
      Uint8Array.of(random.chance(0.1) ? random.int(256) : (input[0] ?? 0)),
      mutatePieces(mutateTlv)(
        input.subarray(1),
        random,
        pool.map((each) => each.subarray(1)),
        words,
      ),
    ),
  limitMs: 15_000, // a card that is busy is waited for
  words: ['9000', '6100', '61FF', '6C00', '6CFF', '9101', '91FF', '6A82', '6881', '6F00', '6285', '63C0'].map(fromHex),
  seeds() {
    const random = randomOf(4);
    const answers = REGISTRY.filter(({ direction }) => direction === 'response').map(({ object }) =>
      concat(sampleOf(object, random), OK),
    );
    const polite = answers.map((answer) => concat(Uint8Array.of(1), pack([answer])));
    const raw = ['9000', '6100', '016101', '6C05', '9110', '019000', '6A82', 'D009810301010482028182 9000', '00 6101'].map(
      (hex) => concat(Uint8Array.of(0), pack([fromHex(hex.replaceAll(' ', ''))])),
    );
    return [...polite, ...raw, concat(Uint8Array.of(1), pack(answers))];
  },
  async run(input) {
    const pieces = unpack(input.subarray(1));
    const outcomes: string[] = [];
    for (const [name, operation] of OPERATIONS) {
      const link = hostileLink(pieces.length > 0 ? pieces : [new Uint8Array()], (input[0] ?? 0) % 2 === 1);
      try {
        outcomes.push(await outcomeOf(() => operation(link)));
      } catch (error) {
        if (error instanceof Error) error.message = `${name}: ${error.message}`;
        throw error;
      }
    }
    return outcomes.join('; ').slice(0, 400);
  },
};

/** Lets go of the card by itself, as a command does. */
const onIsdr =
  (work: (isdr: Isdr) => Promise<unknown>) =>
  async (link: Link): Promise<void> => {
    await using found = await openIsdr(iso7816Card(link));
    await work(found.isdr);
  };

const PROFILE = { iccid: '89000123456789012341', isdpAid: 'A0000005591010FFFFFFFF8900001100', profileState: 'disabled' as const };
const PACKAGE = readBoundProfilePackage(samplePackage(true));

const lpaOn = (isdr: Isdr): Lpa => ({
  isdr,
  device: { tac: '35290611', deviceCapabilities: {} },
  servers: {
    post: () => Promise.reject(new NetworkError('no network here', { problem: 'unreachable' })),
    connect: () => {},
    trustOf: () => undefined,
  },
});

const OPERATIONS: readonly (readonly [string, (link: Link) => Promise<unknown>])[] = [
  [
    'read',
    onIsdr(async (isdr) => {
      const asked = [
        () => es10c.getEid(isdr),
        () => es10c.getProfilesInfo(isdr),
        () => isdr.call(es10b.GetEuiccInfo1, {}),
        () => isdr.call(es10b.GetEuiccInfo2, {}),
        () => isdr.call(es10b.GetEuiccChallenge, {}),
        () => getEuiccConfiguredAddresses(isdr),
        () => es10b.getRat(isdr),
        () => es10b.listNotification(isdr),
        () => es10b.retrieveNotificationsList(isdr),
      ];
      for (const ask of asked) await outcomeOf(ask);
    }),
  ],
  ['list and switch', onIsdr(async (isdr) => switchProfile(isdr, 'enabled', (await es10c.getProfilesInfo(isdr))[0] ?? PROFILE))],
  ['switch', onIsdr((isdr) => switchProfile(isdr, 'enabled', PROFILE))],
  ['delete', onIsdr((isdr) => removeProfile(isdr, PROFILE))],
  ['load', onIsdr((isdr) => es10b.loadBoundProfilePackage(isdr, PACKAGE))],
  ['notifications', onIsdr((isdr) => sendNotifications(lpaOn(isdr), { deadlineMs: 1000 }))],
  ['proactive', (link) => drainProactive(link.transmit, 12)],
];

function hostileLink(pieces: readonly Uint8Array[], polite: boolean): Link {
  let at = 0;
  let commands = 0;
  const next = (): Uint8Array => pieces[at++ % pieces.length]!;
  return {
    name: 'hostile card',
    atr: new Uint8Array(),
    async transmit(command) {
      if (++commands > MAX_COMMANDS) throw new Finding(`more than ${MAX_COMMANDS} commands`);
      const [, ins = 0, p1 = 0] = command;
      if (!polite) return next().slice(0, 258);
      if (ins === 0x70) return p1 === 0 ? concat(Uint8Array.of(1), OK) : OK;
      if (ins === 0xa4) return concat(FCI, OK);
      if (ins === 0xe2 && p1 === 0x11) return OK;
      return next();
    },
    async reset() {
      if (++commands > MAX_COMMANDS) throw new Finding(`more than ${MAX_COMMANDS} commands`);
    },
    async [Symbol.asyncDispose]() {},
  };
}
