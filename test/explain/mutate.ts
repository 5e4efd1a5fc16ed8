/** Random damage to octets, the same in every run. */

export function mutate(bytes: Uint8Array, random: () => number): Uint8Array {
  const below = (n: number): number => Math.floor(random() * n);
  const copy = [...bytes];
  for (let left = 1 + below(3); left > 0; left--) {
    const at = below(copy.length + 1);
    switch (below(7)) {
      case 0:
        copy[at % Math.max(copy.length, 1)] = below(256);
        break;
      case 1:
        copy[at % Math.max(copy.length, 1)]! ^= 1 << below(8);
        break;
      case 2:
        copy.splice(at, 1 + below(4));
        break;
      case 3:
        copy.splice(at, 0, ...Array.from({ length: 1 + below(4) }, () => below(256)));
        break;
      case 4:
        copy.length = at;
        break;
      case 5:
        copy.splice(at, 0, ...copy.slice(below(copy.length), below(copy.length)));
        break;
      default:
        copy[at % Math.max(copy.length, 1)] = [0x00, 0x80, 0x84, 0xff, 0x7f, 0x30, 0xbf, 0x1f][below(8)]!;
    }
  }
  return Uint8Array.from(copy);
}

export function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
