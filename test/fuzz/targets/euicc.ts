/**
 * The software eUICC under any commands: pieces are command APDUs. It never throws, always ends in a status word that
 * exists, and after each storm a whole session goes through: the other side of the door is as robust as a card.
 */
import { concat, fromHex } from '../../../src/lpa/bytes.ts';
import { iso7816Card } from '../../../src/lpa/card/iso7816.ts';
import { toTpdu } from '../../../src/lpa/card/t0.ts';
import { listNotification, removeNotificationFromList } from '../../../src/lpa/es10/es10b.ts';
import { deleteProfile, getEid, getProfilesInfo } from '../../../src/lpa/es10/es10c.ts';
import { Isdr } from '../../../src/lpa/es10/isdr.ts';
import { REGISTRY } from '../../../src/lpa/sgp22/registry.ts';
import { bench, EID, linkTo } from '../../lab/euicc/harness.ts';
import { ICCID, install } from '../../lab/euicc/package.ts';
import { sharedServer } from '../../lab/euicc/server.ts';
import { mutatePieces, mutateTlv, pack, unpack } from '../mutate.ts';
import { hashOf, randomOf } from '../random.ts';
import { sampleOf } from '../sample.ts';
import { Finding, type Target } from '../target.ts';

/** Storms between two whole sessions: one costs as much as fifty storms. */
const STORMS = 20;

interface Standing {
  readonly card: Awaited<ReturnType<typeof bench>>['card'];
  storms: number;
}
let standing: Promise<Standing> | undefined;
const theCard = (): Promise<Standing> => {
  standing ??= bench({ state: { defaultDpAddress: 'smdp.example.com' } }).then(async ({ card }) => {
    await card.powerOn();
    return { card, storms: 0 };
  });
  return standing;
};

const storeData = (data: Uint8Array, p1 = 0x91, p2 = 0): Uint8Array =>
  concat(Uint8Array.of(0x81, 0xe2, p1, p2, data.length), data);

export const euicc: Target = {
  name: 'euicc',
  mutate: (input, random, pool, words) =>
    mutatePieces((piece, chance, others, more) => {
      if (piece.length <= 5 || chance.chance(0.4)) return mutateTlv(piece, chance, others, more);
      const data = mutateTlv(
        piece.subarray(5),
        chance,
        others.map((other) => other.subarray(5)),
        more,
      ).subarray(0, 255);
      return concat(piece.subarray(0, 4), Uint8Array.of(data.length), data);
    })(input, random, pool, words),
  limitMs: 3000,
  words: ['00A4040010A0000005591010FFFFFFFF8900000100', '0070000001', '80E29100', '00C0000000', 'BF36', '3F00', '7FFF'].map(
    fromHex,
  ),
  async seeds() {
    const random = randomOf(5);
    const open = ['80AA000007A9058100830107', '0070000001', '01A4040010A0000005591010FFFFFFFF8900000100', '01C0000021'].map(
      fromHex,
    );
    const requests = REGISTRY.filter(({ direction }) => direction !== 'response').map(({ object }) =>
      sampleOf(object, random, 0.8),
    );
    const functions = requests.map((request) =>
      pack([...open, ...blocksOf(request), fromHex('01C0000000'), fromHex('8012000010')]),
    );
    const files = [
      '00A40004023F00',
      '00C0000000',
      '00A40004022F08',
      '00B0000000',
      '00A40804047FFF6F07',
      '00B2010400',
      '80F2000000',
      '80F2000C00',
      '0020000100',
      '00B0880000',
      '00A4040C00',
      '00708002',
    ].map(fromHex);
    return [
      ...functions,
      pack(files),
      pack([...open, storeData(fromHex('BF2E00')), storeData(fromHex('BF3E035C015A'))]),
      await recordedSession(),
    ];
  },
  async run(input) {
    const place = await theCard();
    const { card } = place;
    if (place.storms % STORMS === 0) await card.powerOn(); // a session before it took its power away
    const words = new Set<string>();
    for (const command of unpack(input)) {
      const response = await card.transmit(command);
      const [sw1 = 0] = response.subarray(-2);
      if (response.length < 2) throw new Finding(`an answer of ${response.length} octets`);
      if (response.length > 258) throw new Finding(`an answer of ${response.length} octets`);
      if ((sw1 & 0xf0) !== 0x60 && (sw1 & 0xf0) !== 0x90) throw new Finding(`status word ${sw1.toString(16)}..`);
      words.add(`${sw1.toString(16)}${command[1]?.toString(16)}`);
    }
    if (++place.storms % STORMS === 0) await sessionOn(place);
    return [...words].sort().join(' ');
  },
};

const blocksOf = (request: Uint8Array): Uint8Array[] => {
  const blocks: Uint8Array[] = [];
  for (let at = 0; at < request.length; at += 255) {
    blocks.push(storeData(request.subarray(at, at + 255), at + 255 >= request.length ? 0x91 : 0x11, blocks.length));
  }
  return blocks;
};

/** The card is still one: it lists, installs, deletes. */
async function sessionOn({ card }: Standing): Promise<void> {
  await using isdr = await Isdr.open(iso7816Card(await linkTo(card)));
  if ((await getEid(isdr)) !== EID) throw new Finding('another EID');
  for (const { seqNumber } of await listNotification(isdr)) await removeNotificationFromList(isdr, seqNumber);
  if ((await getProfilesInfo(isdr)).some(({ iccid }) => iccid === ICCID)) await deleteProfile(isdr, { iccid: ICCID });
  const { data } = await install(isdr, await sharedServer());
  if (!('successResult' in data.finalResult)) throw new Finding(`after a storm: ${JSON.stringify(data.finalResult)}`);
  await deleteProfile(isdr, { iccid: ICCID });
}

/** The commands of a download, as they went. */
async function recordedSession(): Promise<Uint8Array> {
  const { card } = await bench();
  const link = await linkTo(card);
  const commands: Uint8Array[] = [];
  const listening = {
    ...link,
    transmit(command: Uint8Array): Promise<Uint8Array> {
      commands.push(toTpdu(command));
      return link.transmit(command);
    },
  };
  await using isdr = await Isdr.open(iso7816Card(listening));
  await install(isdr, await sharedServer());
  return pack(commands);
}

/** A live session whose commands are changed on their way: deeper than octets that were recorded can reach. */
export const session: Target = {
  name: 'session',
  mutate: (input, random) =>
    concat(input.subarray(0, 1), random.octets(4)).map((octet, i) => (i === 0 && random.chance(0.2) ? random.int(64) : octet)),
  limitMs: 5000,
  seeds: () => [Uint8Array.of(2, 0, 0, 0, 0), Uint8Array.of(10, 1, 2, 3, 4), Uint8Array.of(40, 1, 2, 3, 4)],
  async run(input) {
    const random = randomOf(hashOf(input));
    const rate = (input[0] ?? 0) / 256;
    const place = await theCard();
    const link = await linkTo(place.card);
    let broken: unknown;
    const words = new Set<number>();
    const distorted = {
      ...link,
      async transmit(command: Uint8Array): Promise<Uint8Array> {
        let sent = command;
        if (random.chance(rate)) {
          const data = mutateTlv(command.subarray(5), random, [command], []).subarray(0, 255);
          sent = random.chance(0.8)
            ? concat(command.subarray(0, 4), Uint8Array.of(data.length), data)
            : mutateTlv(command, random, [command], []);
        }
        try {
          const response = await link.transmit(sent);
          words.add(response.at(-2) ?? 0);
          return response;
        } catch (error) {
          broken = error;
          throw error;
        }
      },
    };
    let ended = 'ok';
    try {
      await using isdr = await Isdr.open(iso7816Card(distorted));
      await install(isdr, await sharedServer());
      await deleteProfile(isdr, { iccid: ICCID });
    } catch (error) {
      ended = error instanceof Error ? error.message.replace(/[0-9A-F]{2,}|\d+/g, '#').slice(0, 100) : 'thrown';
    }
    if (broken !== undefined) throw broken;
    if (++place.storms % STORMS === 0) await sessionOn(place);
    return ended;
  },
};
