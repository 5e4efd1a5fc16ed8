/** Write down what is said to servers, and play back what was written. */

import { fromBase64, utf8Bytes } from '../bytes.ts';
import { NetworkError, type NetworkProblem, type TrustCheck, TrustError } from '../errors.ts';
import { type Entry, STAR } from '../recording.ts';
import type { Post } from './function.ts';

type PostEntry = Extract<Entry, { type: 'post' }>;

/** The same door; each call is written once it has its answer. Nothing is masked yet. */
export const recordedPost =
  (post: Post, write: (entry: PostEntry) => void): Post =>
  async (request) => {
    const { name, address, path, body } = request;
    try {
      const answer = await post(request);
      write({ type: 'post', name, address, path, body, answer });
      return answer;
    } catch (error) {
      const { code = 'other', problem, check } = error as { code?: string; problem?: string; check?: string };
      const message = error instanceof Error ? error.message : String(error);
      write({ type: 'post', name, address, path, body, answer: { code, detail: problem ?? check ?? '', message } });
      throw error;
    }
  };

export interface ReplayedServers {
  readonly post: Post;
  /** Calls that nobody has made yet. */
  left(): number;
}

/**
 * Servers that answer as those of the recording did, to the same calls in the same order; what is masked in a body fits
 * anything of its length. Another call than the recorded one is a NetworkError that names both.
 */
export function replayServers(entries: readonly Entry[]): ReplayedServers {
  const calls = entries.filter((entry): entry is PostEntry => entry.type === 'post');
  let at = 0;
  return {
    async post({ name, address, path, body }) {
      const call = calls[at];
      const same = call?.name === name && call.address === address && call.path === path;
      if (!same) throw new NetworkError(`recording: its ${at + 1}. call is ${call?.name ?? 'none'}, and called was ${name}`);
      const member = differing(call.body, body);
      if (member !== undefined) throw new NetworkError(`recording: ${name} differs in ${member}`);
      at += 1;
      const { answer } = call;
      if ('status' in answer) return answer;
      if (answer.code === 'trust') throw new TrustError(answer.detail as TrustCheck, answer.message);
      throw new NetworkError(answer.message, { problem: (answer.detail || 'other') as NetworkProblem });
    },
    left: () => calls.length - at,
  };
}

/** @returns the first member that is not as recorded */
function differing(recorded: string, asked: string): string | undefined {
  if (recorded === asked) return undefined;
  const [was, is] = [membersOf(recorded), membersOf(asked)];
  return [...new Set([...Object.keys(was), ...Object.keys(is)])].find((name) => !fits(was[name], is[name]));
}

/** Bodies of this door's requests are flat objects; one that is none is a member without a name. */
function membersOf(body: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(body);
  } catch {
    return { body };
  }
}

function fits(was: unknown, is: unknown): boolean {
  if (typeof was !== 'string' || typeof is !== 'string') return JSON.stringify(was) === JSON.stringify(is);
  return was === is || sameButStars(utf8Bytes(was), utf8Bytes(is)) || sameButStars(octetsOf(was), octetsOf(is));
}

const sameButStars = (was: Uint8Array, is: Uint8Array): boolean =>
  was.length > 0 && was.length === is.length && was.every((octet, i) => octet === STAR || octet === is[i]);

function octetsOf(text: string): Uint8Array {
  try {
    return fromBase64(text);
  } catch {
    return new Uint8Array(); // a text like any other
  }
}
