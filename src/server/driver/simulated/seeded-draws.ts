/** Draws a number from 0 to less than 1 for each word. The same word gives the same number. */
export type Draw = (what: string) => number;

/**
 * Creates the draws of one attempt of one operation. Each number is a hash of the seed, the key and the word, not the
 * next number of a sequence, so that the events of one sandbox do not shift those of another.
 */
export function seededDraws(seed: number, ...key: readonly (string | number)[]): Draw {
  const prefix = [seed, ...key].join('/');
  return (what) => hash(`${prefix}/${what}`) / 2 ** 32;
}

/** FNV-1a with the finalizer of MurmurHash3: 32 bits. */
function hash(text: string): number {
  let bits = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    bits = Math.imul(bits ^ text.charCodeAt(index), 0x01000193);
  }
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/** The duration at this fraction of a range, in ms. */
export function between([least, most]: readonly [number, number], drawn: number): number {
  return least + Math.round((most - least) * drawn);
}
