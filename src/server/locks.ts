/** Runs what belongs to one key in the order it was asked for, one after the other; different keys run side by side. */
export interface Locks {
  run<Result>(key: string, act: () => Promise<Result>): Promise<Result>;
}

/** Locks that hold within one process, and only as long as somebody waits. */
export function createLocks(): Locks {
  const tails = new Map<string, Promise<unknown>>();
  return {
    async run(key, act) {
      const turn = (tails.get(key) ?? Promise.resolve()).then(act, act);
      const tail = turn.catch(() => {});
      tails.set(key, tail);
      try {
        return await turn;
      } finally {
        if (tails.get(key) === tail) tails.delete(key);
      }
    },
  };
}
