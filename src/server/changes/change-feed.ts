import { type Clock, pause } from '../../utils/clock.ts';
import type { WatchQuery } from '../host.ts';
import type { HistoryRow, Store } from '../store/store.ts';
import type { Unapplied } from './unapplied.ts';

/** Wakes watchers after each change. A watcher reads the changes from the store, from its own position. */
export interface ChangeFeed {
  /** Wakes the watchers of a committed change. */
  publish(row: HistoryRow): void;
  /** Passes an unapplied event to the watchers that include such events. */
  publishUnapplied(unapplied: Unapplied): void;
  /** Yields every change, in the order of the commits, until the signal aborts or the host closes. */
  watch(query: WatchQuery): AsyncIterable<HistoryRow>;
  /** Yields every change, and between the changes the events that are not applied. */
  watchAll(query: WatchQuery): AsyncIterable<HistoryRow | Unapplied>;
  /** Starts to listen for changes, so that a caller misses none between two reads. */
  listen(subject: Subject): Listener;
  /** Ends every watch. */
  close(): void;
}

/** A namespace, or one sandbox of it. */
type Subject = Pick<WatchQuery, 'namespace' | 'sandboxId'>;

/** A subscription to changes. */
interface Listener {
  /**
   * Resolves when something may have changed since the last call: after a published change, or after a time without one.
   * Also resolves when the signal aborts, `mostMs` have passed, or the host closes.
   */
  changed(signal: AbortSignal, mostMs?: number): Promise<void>;
  /** Whether the host has closed. After that, the feed publishes nothing. */
  isOver(): boolean;
  /** Ends the subscription. */
  end(): void;
}

/** The number of rows in one read. */
const batchSize = 100;

/**
 * The time between two reads when nothing is published, in ms: another server may write to the same store, and a store may
 * persist a commit and still report an error.
 */
const pollMs = 5_000;

/** The maximum number of unapplied events that wait for one watcher. Beyond it, the oldest are dropped. */
const mostUnapplied = 1_000;

/** Creates the change feed of a store. */
export function createChangeFeed(store: Store, clock: Clock): ChangeFeed {
  const wakers = new Set<(item: HistoryRow | Unapplied) => void>();
  const closing = new AbortController();
  const wakeAll = (item: HistoryRow | Unapplied) => {
    for (const wake of wakers) wake(item);
  };

  return {
    publish: wakeAll,
    publishUnapplied: wakeAll,
    // Without a list for unapplied events, it yields changes only.
    watch: (query) => watchWith(query) as AsyncIterable<HistoryRow>,
    watchAll: (query) => watchWith(query, []),
    listen,
    close: () => closing.abort(),
  };

  async function* watchWith(
    query: WatchQuery,
    unapplied?: Unapplied[],
  ): AsyncGenerator<HistoryRow | Unapplied> {
    const listener = listen(query, unapplied);
    try {
      yield* readChanges(store, query, listener, unapplied);
    } finally {
      listener.end();
    }
  }

  function listen({ namespace, sandboxId }: Subject, unapplied?: Unapplied[]): Listener {
    let isNew = false;
    let woken = new AbortController();
    const wake = (item: HistoryRow | Unapplied) => {
      if (item.namespace !== namespace || (sandboxId ?? item.sandboxId) !== item.sandboxId) return;
      if (!('sequence' in item)) {
        if (unapplied === undefined) return;
        unapplied.push(item);
        if (unapplied.length > mostUnapplied) unapplied.shift();
      }
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

/** Reads the rows of history batch by batch, and inserts the unapplied events between them. */
async function* readChanges(
  store: Store,
  { namespace, sandboxId, after, signal }: WatchQuery,
  listener: Listener,
  unapplied: Unapplied[] = [],
): AsyncGenerator<HistoryRow | Unapplied> {
  const isOver = () => signal.aborted || listener.isOver();
  const subject = { namespace, ...(sandboxId !== undefined && { sandboxId }) };
  const due: Unapplied[] = [];
  let position = after ?? (await store.lastSequence());
  while (!isOver()) {
    // The changes before these events are durable: already yielded, or among the rows of the next read.
    if (due.length === 0) due.push(...unapplied.splice(0));
    const rows = await store.history({ ...subject, after: position, limit: batchSize });
    for (const item of inOrder(rows, due, rows.length < batchSize)) {
      if (isOver()) return;
      if ('sequence' in item) position = item.sequence;
      yield item;
    }
    if (rows.length === 0) await listener.changed(signal);
  }
}

/** Puts each due event before the next change of its sandbox, and the others after the last row when `areAll`. */
function* inOrder(
  rows: readonly HistoryRow[],
  due: Unapplied[],
  areAll: boolean,
): Generator<HistoryRow | Unapplied> {
  for (const row of rows) {
    const isBefore = ({ sandboxId, version }: Unapplied) =>
      sandboxId === row.sandboxId && version < row.version;
    for (let at = due.findIndex(isBefore); at >= 0; at = due.findIndex(isBefore)) yield* due.splice(at, 1);
    yield row;
  }
  if (areAll) yield* due.splice(0);
}
