/** A cache of the values that were used last. */
export interface Cache<Value> {
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
  delete(key: string): void;
}

/** The values of a generation, and their size. */
interface Generation<Value> {
  readonly values: Map<string, Value>;
  bytes: number;
}

/**
 * Creates a cache of values of at most `mostBytes` together, in two generations. A value that is used moves to the young
 * generation. When that generation has half of the bytes it becomes the old one, and the previous old generation is evicted.
 * A lookup costs at most two map lookups and one insertion. A value that is larger than half of the cache is not kept.
 */
export function createCache<Value>(mostBytes: number, bytesOf: (value: Value) => number): Cache<Value> {
  let young: Generation<Value> = { values: new Map(), bytes: 0 };
  let old: Generation<Value> = { values: new Map(), bytes: 0 };

  function set(key: string, value: Value): void {
    const replaced = young.values.get(key);
    const bytes = bytesOf(value);
    if (replaced !== undefined) {
      young.values.delete(key);
      young.bytes -= bytesOf(replaced);
    }
    if (young.bytes + bytes > mostBytes / 2) {
      old = young;
      young = { values: new Map(), bytes: 0 };
    }
    // The previous value of the key must not be found again.
    if (bytes > mostBytes / 2) old.values.delete(key);
    else {
      young.values.set(key, value);
      young.bytes += bytes;
    }
  }

  return {
    get(key) {
      const value = young.values.get(key);
      if (value !== undefined) return value;
      const older = old.values.get(key);
      if (older !== undefined) set(key, older);
      return older;
    },
    set,
    delete(key) {
      const value = young.values.get(key);
      if (value !== undefined) young.bytes -= bytesOf(value);
      young.values.delete(key);
      old.values.delete(key);
    },
  };
}
