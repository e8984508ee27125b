/** Runs many commits in one call. */
export interface Batches<Item, Result> {
  /** Resolves or rejects as the item's place in its batch says. */
  add(item: Item): Promise<Result>;
  /** How many items wait for the next batch. */
  waiting(): number;
  /** Resolves when nothing waits. */
  drained(): Promise<void>;
}

/** How one item of a batch ended. */
export type Settled<Result> = { readonly result: Result } | { readonly error: unknown };

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/** The most commits in one call, which limits how long the first one waits. */
const mostInBatch = 64;

/**
 * Creates the batches of a store: one is in progress at a time, and what arrives meanwhile goes into the next one. `run`
 * returns how each item ended; when it rejects, all items of the batch reject.
 */
export function createBatches<Item, Result>(
  run: (items: readonly Item[]) => Promise<readonly Settled<Result>[]>,
): Batches<Item, Result> {
  let waiting: Waiting<Item, Result>[] = [];
  let running: Promise<void> | undefined;

  async function runAll(): Promise<void> {
    // The commits of one turn of the event loop share a batch.
    await Promise.resolve();
    while (waiting.length > 0) {
      const batch = waiting.slice(0, mostInBatch);
      waiting = waiting.slice(mostInBatch);
      try {
        const ends = await run(batch.map(({ item }) => item));
        batch.forEach(({ resolve, reject }, index) => {
          const end = ends[index] ?? { error: new Error('The database returned no result for a commit.') };
          if ('result' in end) resolve(end.result);
          else reject(end.error);
        });
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    running = undefined;
  }

  return {
    add(item) {
      const added = new Promise<Result>((resolve, reject) => waiting.push({ item, resolve, reject }));
      running ??= runAll();
      return added;
    },
    waiting: () => waiting.length,
    drained: async () => running,
  };
}
