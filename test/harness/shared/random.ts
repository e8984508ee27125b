/** Pseudorandom numbers: the same seed gives the same numbers. */
export interface Random {
  /** A number from 0 to less than 1. */
  next(): number;
  /** A whole number from the least to the most, both included. */
  between(least: number, most: number): number;
  /** True with this probability: 0 is never, 1 is always. */
  chance(share: number): boolean;
  pick<Item>(items: readonly Item[]): Item;
}

/** Creates a generator: Mulberry32, with 32 bits of state. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;

  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  }

  return {
    next,
    between: (least, most) => least + Math.floor(next() * (most - least + 1)),
    chance: (share) => share > 0 && next() < share,
    pick(items) {
      if (items.length === 0) throw new Error('Cannot pick from an empty list.');
      return items[Math.floor(next() * items.length)] as (typeof items)[number];
    },
  };
}
