/** A number from 0 to less than 1 for each word: the same one whenever it is asked for. */
export type Draw = (what: string) => number;

/**
 * What is left to chance in one attempt of one operation. Each number is a hash of the seed, the key and the word, and not the
 * next one of a sequence: so what happens to one sandbox does not shift what happens to another.
 */
export function seededDraws(seed: number, ...key: readonly (string | number)[]): Draw {
  const prefix = [seed, ...key].join('/');
  return (what) => hash(`${prefix}/${what}`) / 2 ** 32;
}

/** FNV-1a, and the finalizer of MurmurHash3 to spread it: 32 bits. */
function hash(text: string): number {
  let bits = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    bits = Math.imul(bits ^ text.charCodeAt(index), 0x01000193);
  }
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/** A time between two, both in ms. */
export function between([least, most]: readonly [number, number], drawn: number): number {
  return least + Math.round((most - least) * drawn);
}
