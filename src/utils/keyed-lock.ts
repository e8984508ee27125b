/** Runs what belongs to one key in the order it was asked for, one after the other; different keys run side by side. */
export interface KeyedLock {
  run<Result>(key: string, act: () => Promise<Result>): Promise<Result>;
}

/** Locks that hold within one process, and only as long as somebody waits. */
export function createKeyedLock(): KeyedLock {
  const tails = new Map<string, Promise<void>>();
  return {
    async run(key, act) {
      const before = tails.get(key);
      const turn = before === undefined ? act() : before.then(act);
      const tail = turn.then(nothing, nothing);
      tails.set(key, tail);
      try {
        return await turn;
      } finally {
        if (tails.get(key) === tail) tails.delete(key);
      }
    },
  };
}

function nothing(): void {}
