/** Runs the acts of one key one after the other, in the order of the calls. Acts of different keys run concurrently. */
export interface KeyedLock {
  run<Result>(key: string, act: () => Promise<Result>): Promise<Result>;
  /** Resolves when the acts that hold or await the lock now have ended; at once without any. */
  released(key: string): Promise<void>;
}

/** Creates locks within one process. A key takes memory only while an act holds or awaits its lock. */
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
    released: (key) => Promise.resolve(tails.get(key)),
  };
}

function nothing(): void {}
