import { type Clock, pause } from './clock.ts';
import type { WatchQuery } from './host.ts';
import type { HistoryRow, Store } from './store/store.ts';

/** Tells who waits that there is something new. What it is they read from the store, each from where it was. */
export interface Changes {
  /** Something was committed. */
  notify(row: HistoryRow): void;
  /** Every change, in the order of the commits, none left out, until the signal aborts or the host closes. */
  watch(query: WatchQuery): AsyncIterable<HistoryRow>;
  /** Begins to listen for changes of a sandbox, so that one between two looks is not missed. */
  listen(about: Pick<WatchQuery, 'namespace' | 'sandboxId'>): Listener;
  /** Ends every watching. */
  close(): void;
}

/** Somebody who waits for changes. */
interface Listener {
  /**
   * Resolves when something may have changed since the last call: it was told, or nothing was for a while. Also when the
   * signal aborts, so many ms have passed, or the host closes.
   */
  changed(signal: AbortSignal, mostMs?: number): Promise<void>;
  /** Whether the host has closed: then nothing is told any more. */
  isOver(): boolean;
  /** Listens no more. */
  end(): void;
}

/** How many rows are read at once. */
const batchSize = 100;

/**
 * How long until a look without being told, in ms: another server may write to the same store, and a store may keep a
 * commit and fail to say so.
 */
const pollMs = 5_000;

/** Changes of a store. */
export function createChanges(store: Store, clock: Clock): Changes {
  const wakers = new Set<(row: HistoryRow) => void>();
  const closing = new AbortController();

  return {
    notify(row) {
      for (const wake of wakers) wake(row);
    },
    async *watch({ namespace, sandboxId, after, signal }) {
      const isOver = () => signal.aborted || closing.signal.aborted;
      const of = { namespace, ...(sandboxId !== undefined && { sandboxId }) };
      const listener = listen(of);
      try {
        let position = after ?? (await store.lastSequence());
        while (!isOver()) {
          const rows = await store.history({ ...of, after: position, limit: batchSize });
          for (const row of rows) {
            if (isOver()) return;
            position = row.sequence;
            yield row;
          }
          if (rows.length === 0) await listener.changed(signal);
        }
      } finally {
        listener.end();
      }
    },
    listen,
    close: () => closing.abort(),
  };

  function listen({ namespace, sandboxId }: Pick<WatchQuery, 'namespace' | 'sandboxId'>): Listener {
    let isNew = false;
    let woken = new AbortController();
    const wake = (row: HistoryRow) => {
      if (row.namespace !== namespace || (sandboxId ?? row.sandboxId) !== row.sandboxId) return;
      isNew = true;
      woken.abort();
    };
    wakers.add(wake);
    return {
      async changed(signal, mostMs = pollMs) {
        if (!isNew) {
          woken = new AbortController();
          await pause(clock, Math.min(mostMs, pollMs), signal, closing.signal, woken.signal);
        }
        isNew = false;
      },
      isOver: () => closing.signal.aborted,
      end: () => void wakers.delete(wake),
    };
  }
}
