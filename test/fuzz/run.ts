/** The loop: inputs out of inputs, those that end in a new way kept as parents of more. */
import { createHash } from 'node:crypto';
import { toHex, utf8Bytes } from '../../src/lpa/bytes.ts';
import { corpusOf } from './corpus.ts';
import { hashOf, randomOf } from './random.ts';
import { Finding, type Target } from './target.ts';

export interface Found {
  readonly target: string;
  /** The shortest input that was found to show it. */
  readonly input: Uint8Array;
  readonly run: number;
  readonly error: unknown;
}

export interface Report {
  readonly runs: number;
  /** Different ways in which inputs ended. */
  readonly outcomes: number;
  /** Of the slowest input. */
  readonly slowestMs: number;
  readonly found?: Found;
}

export interface FuzzOptions {
  readonly seed: number;
  /** Ends after so many runs, or so much time, whichever comes first. */
  readonly runs?: number;
  readonly ms?: number;
  /** Told before each input: whoever watches knows it when it does not come back. */
  readonly before?: (input: Uint8Array, limitMs: number) => void;
}

const LIMIT_MS = 1000;
/** Parents that are remembered. */
const MAX_POOL = 600;

export async function fuzz(target: Target, { seed, runs = Number.POSITIVE_INFINITY, ms, before }: FuzzOptions): Promise<Report> {
  const random = randomOf(seed ^ hashOf(utf8Bytes(target.name)));
  const { limitMs = LIMIT_MS, words = [] } = target;
  const pool: Uint8Array[] = [];
  const outcomes = new Set<string>();
  let count = 0;
  let slowestMs = 0;
  let found: Found | undefined;

  /** @returns whether it ended in a way not seen before */
  const attempt = async (input: Uint8Array): Promise<boolean> => {
    before?.(input, limitMs);
    const started = performance.now();
    count++;
    try {
      const outcome = await target.run(input);
      const took = performance.now() - started;
      slowestMs = Math.max(slowestMs, took);
      // Another program may have had the processor: it is slow only if it is slow again.
      if (took > limitMs && (await again(target, input)) > limitMs)
        throw new Finding(`${Math.round(took)} ms, ${limitMs} at most`);
      const isNew = !outcomes.has(outcome);
      outcomes.add(outcome);
      return isNew;
    } catch (error) {
      found = { target: target.name, input, run: count, error };
      return false;
    }
  };

  const seeds = [...corpusOf(target.name).map(({ input }) => input), ...(await target.seeds())];
  for (const input of seeds) {
    await attempt(input);
    if (found) break;
    pool.push(input);
  }
  const ends = ms === undefined ? Number.POSITIVE_INFINITY : performance.now() + ms;
  while (!found && count < runs && performance.now() < ends) {
    const input = target.mutate(random.pick(pool), random, pool, words);
    if ((await attempt(input)) && pool.length < MAX_POOL) pool.push(input);
  }
  if (found) found = { ...found, input: await shortest(target, found, before) };
  return { runs: count, outcomes: outcomes.size, slowestMs, ...(found && { found }) };
}

async function again(target: Target, input: Uint8Array): Promise<number> {
  const started = performance.now();
  await target.run(input);
  return performance.now() - started;
}

/** Leave pieces out as long as the same error is shown; a few hundred attempts at most. */
async function shortest(target: Target, { input, error }: Found, before: FuzzOptions['before']): Promise<Uint8Array> {
  const wanted = signature(error);
  if (/ ms, /.test(wanted)) return input;
  let best = input;
  let left = 400;
  for (let size = Math.ceil(best.length / 2); size >= 1 && left > 0; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < best.length && left > 0; left--) {
      const shorter = Uint8Array.from([...best.subarray(0, at), ...best.subarray(at + size)]);
      before?.(shorter, LIMIT_MS);
      if (await shows(target, shorter, wanted)) best = shorter;
      else at += size;
    }
  }
  return best;
}

async function shows(target: Target, input: Uint8Array, wanted: string): Promise<boolean> {
  try {
    await target.run(input);
    return false;
  } catch (error) {
    return signature(error) === wanted;
  }
}

/** Which error it is, and where: the numbers in it may differ. */
const signature = (error: unknown): string =>
  error instanceof Error
    ? `${error.name} ${error.message.replace(/[0-9A-F]+/gi, '#')} ${error.stack?.split('\n').find((line) => /^\s+at /.test(line))}`
    : String(error);

/** A short name for an input. */
export const nameOfInput = (input: Uint8Array): string =>
  toHex(createHash('sha1').update(input).digest()).slice(0, 10).toLowerCase();
