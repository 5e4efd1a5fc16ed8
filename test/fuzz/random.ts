/** Chance that a seed repeats: what a fuzzer found is found again. */

export interface Random {
  /** 0 to n - 1. */
  int(n: number): number;
  chance(probability: number): boolean;
  pick<T>(from: readonly T[]): T;
  octets(length: number): Uint8Array;
}

/** Mulberry32: small, quick, good enough to choose with. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    int: (n) => Math.floor(next() * n),
    chance: (probability) => next() < probability,
    pick(from) {
      const chosen = from[Math.floor(next() * from.length)];
      if (chosen === undefined) throw new RangeError('nothing to choose from');
      return chosen;
    },
    octets: (length) => Uint8Array.from({ length }, () => Math.floor(next() * 256)),
  };
}

/** A number for a text, to give each target a seed of its own (FNV-1a). */
export const hashOf = (octets: Iterable<number>): number => {
  let hash = 0x811c9dc5;
  for (const octet of octets) hash = Math.imul(hash ^ octet, 0x01000193);
  return hash >>> 0;
};
