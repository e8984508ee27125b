/** Counts by key. A key whose count is 0 takes no memory. */
export interface KeyedCounts {
  of(key: string): number;
  /** Counts one more of a key. Returns the function that takes it off again, of which only the first call counts. */
  enter(key: string): () => void;
}

/**
 * Creates counts that are all 0.
 *
 * @example
 * const open = createKeyedCounts();
 * const leave = open.enter('ada');
 * open.of('ada'); // 1
 * leave();
 */
export function createKeyedCounts(): KeyedCounts {
  const counts = new Map<string, number>();
  const of = (key: string) => counts.get(key) ?? 0;
  return {
    of,
    enter(key) {
      counts.set(key, of(key) + 1);
      let isInside = true;
      return () => {
        if (!isInside) return;
        isInside = false;
        const left = of(key) - 1;
        if (left > 0) counts.set(key, left);
        else counts.delete(key);
      };
    },
  };
}
