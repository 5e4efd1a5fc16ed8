/**
 * Whole downloads with somebody in the middle, who changes what the server says (but for its TLS), or what the card says.
 * The input is a seed: the first octet tells who lies and how often, the others how.
 *
 * Whatever is said: nothing but errors of our own; what the End User was shown is what is installed; an error that tells of
 * a code which may be used again means that nothing was installed. Between the storms, downloads go through.
 */
import { isDeepStrictEqual } from 'node:util';
import { Secrets } from '../../../src/cli/capture/secrets.ts';
import { traceTo } from '../../../src/cli/capture/trace.ts';
import { metadataOf } from '../../../src/lab/euicc/state.ts';
import { concat, utf8Bytes, utf8Text } from '../../../src/lpa/bytes.ts';
import { iso7816Card } from '../../../src/lpa/card/iso7816.ts';
import { type CodeState, LpaError } from '../../../src/lpa/errors.ts';
import type { Post } from '../../../src/lpa/es9/function.ts';
import { Isdr } from '../../../src/lpa/es10/isdr.ts';
import { parseActivationCode } from '../../../src/lpa/procedures/activation-code.ts';
import { downloadProfile } from '../../../src/lpa/procedures/download.ts';
import { sendNotifications } from '../../../src/lpa/procedures/notifications.ts';
import type { Offer } from '../../../src/lpa/procedures/offer.ts';
import { linkTo } from '../../lab/euicc/harness.ts';
import { type Bench, openBench } from '../../lab/smdp/harness.ts';
import { mutateTlv } from '../mutate.ts';
import { hashOf, type Random, randomOf } from '../random.ts';
import { Finding, type Target, told } from '../target.ts';
import { mutateBody } from './answer.ts';

/** Storms between two downloads that have to go through. */
const STORMS = 20;
const CARD_LIES = 0x80;
/** Nothing was installed when the code is in one of these states. */
const NOT_INSTALLED: readonly CodeState[] = ['untouched', 'good', 'likelyGood', 'ended', 'likelyEnded', 'mayRetry'];

let standing: Promise<{ readonly bench: Bench; storms: number }> | undefined;
const theBench = () => {
  standing ??= openBench().then((bench) => ({ bench, storms: 0 }));
  return standing;
};

export const download: Target = {
  name: 'download',
  mutate: (input, random) => concat(Uint8Array.of(random.chance(0.3) ? random.int(256) : (input[0] ?? 0)), random.octets(4)),
  limitMs: 10_000,
  seeds: () => [0x20, 0x60, CARD_LIES | 2, CARD_LIES | 8, CARD_LIES | 40].map((first) => Uint8Array.of(first, 1, 2, 3, 4)),
  async run(input) {
    const place = await theBench();
    const [first = 0] = input;
    const random = randomOf(hashOf(input));
    const ended =
      first & CARD_LIES
        ? await throughCard(place.bench, random, (first & ~CARD_LIES) / 512)
        : await throughServer(place.bench, random, first / 128);
    if (++place.storms % STORMS === 0) await goodDownload(place.bench);
    return ended;
  },
  async close() {
    const place = await standing;
    standing = undefined;
    await place?.bench[Symbol.asyncDispose]();
  },
};

/** One download of a new order. @returns how it ended */
async function attempt(bench: Bench, isdr: Isdr, post: Post): Promise<{ offers: Offer[]; iccid: string; error?: LpaError }> {
  const { activationCode, order } = bench.smdp.createOrder({ profileName: 'Alpha' });
  const { smdpAddress, matchingId } = parseActivationCode(activationCode);
  const trace = traceTo(() => {}, new Secrets());
  const lpa = {
    ...bench.lpa,
    isdr,
    listener: trace.listener,
    servers: { ...bench.lpa.servers, post, connect: () => {}, trustOf: () => undefined },
  };
  const offers: Offer[] = [];
  try {
    await downloadProfile(lpa, { address: smdpAddress, matchingId }, async (offer) => {
      offers.push(offer);
      return {};
    });
    return { offers, iccid: order.iccid };
  } catch (error) {
    if (!(error instanceof LpaError)) throw error;
    return { offers, iccid: order.iccid, error };
  } finally {
    trace.end();
    bench.smdp.cancelOrder(order.iccid);
  }
}

async function throughServer(bench: Bench, random: Random, rate: number): Promise<string> {
  const bodies: Uint8Array[] = [utf8Bytes('{}')];
  const distorted = (body: string, often: number): string => {
    const octets = utf8Bytes(body);
    bodies.push(octets);
    return random.chance(often) ? utf8Text(mutateBody(octets, random, bodies, [])) : body;
  };
  const post: Post = async (request) => {
    const answer = await bench.door.post({ ...request, body: distorted(request.body, rate / 8) });
    return { ...answer, body: distorted(answer.body, rate) };
  };
  const { offers, iccid, error } = await attempt(bench, bench.isdr, post);
  const { profiles } = bench.card.state;
  const installed = profiles.find((profile) => profile.iccid === iccid) ?? profiles[0];
  const shown = offers.at(-1)?.metadata;
  try {
    if (!error && !installed) throw new Finding('a download that went through left nothing');
    if (error && installed && error.codeState && NOT_INSTALLED.includes(error.codeState))
      throw new Finding(`installed, and the code is said to be ${error.codeState}: ${error.message}`);
    if (installed && !isDeepStrictEqual(metadataOf(installed), shown))
      throw new Finding('another profile than was shown is installed');
  } finally {
    profiles.length = 0;
    bench.card.state.notifications.length = 0;
  }
  const fault = bench.log.splice(0).find(({ event }) => event === 'fault of the lab');
  if (fault) throw new Finding(`the SM-DP+ broke: ${fault.detail}`);
  return outcome(error);
}

async function throughCard(bench: Bench, random: Random, rate: number): Promise<string> {
  try {
    return await onLyingCard(bench, random, rate);
  } finally {
    bench.card.state.profiles.length = 0;
    bench.card.state.notifications.length = 0;
    await bench.isdr.reset();
  }
}

async function onLyingCard(bench: Bench, random: Random, rate: number): Promise<string> {
  const link = await linkTo(bench.card);
  const isdr = await Isdr.open(
    iso7816Card({
      ...link,
      async transmit(command) {
        const response = await link.transmit(command);
        if (!random.chance(rate)) return response;
        const data = mutateTlv(response.subarray(0, -2), random, [response], []).subarray(0, 256);
        const sw = random.chance(0.7) ? response.subarray(-2) : random.pick(STATUS_WORDS);
        return random.chance(0.05) ? data : concat(data, sw);
      },
      [Symbol.asyncDispose]: async () => {},
    }),
  ).catch((error: unknown) => {
    if (error instanceof LpaError) return error;
    throw error;
  });
  if (isdr instanceof LpaError) return told(isdr);
  const { error } = await attempt(bench, isdr, bench.door.post);
  const delivered = await sendNotifications({ ...bench.lpa, isdr }, { deadlineMs: 2000 }).then(
    () => 'sent',
    (reason: unknown) => {
      if (reason instanceof LpaError) return told(reason);
      throw reason;
    },
  );
  return `${outcome(error)}; ${delivered}`;
}

const STATUS_WORDS = [0x6a80, 0x6985, 0x6f00, 0x9110, 0x6110, 0x6c05, 0x9000, 0x6881].map((sw) =>
  Uint8Array.of(sw >> 8, sw & 0xff),
);

async function goodDownload(bench: Bench): Promise<void> {
  const { iccid } = await bench.download();
  if (!(await bench.deliver()).every(({ delivered }) => delivered)) throw new Finding('a notification was not taken');
  if (bench.card.state.profiles[0]?.iccid !== iccid) throw new Finding('another profile is installed');
  bench.card.state.profiles.length = 0;
}

const outcome = (error: LpaError | undefined): string => (error ? `${error.codeState} ${told(error)}` : 'installed');
