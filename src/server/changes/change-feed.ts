import { type Clock, pause } from '../../utils/clock.ts';
import type { WatchQuery } from '../host.ts';
import type { HistoryRow, Store } from '../store/store.ts';
import type { Unapplied } from './unapplied.ts';

/** Tells who waits that there is something new. What it is they read from the store, each from where it was. */
export interface ChangeFeed {
  /** Something was committed. */
  publish(row: HistoryRow): void;
  /** Something was not applied. */
  publishUnapplied(unapplied: Unapplied): void;
  /** Every change, in the order of the commits, none left out, until the signal aborts or the host closes. */
  watch(query: WatchQuery): AsyncIterable<HistoryRow>;
  /** The same, and what was not applied meanwhile. */
  watchAll(query: WatchQuery): AsyncIterable<HistoryRow | Unapplied>;
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

/** How much that was not applied waits for one who watches; of more, what came first is forgotten. */
const mostUnapplied = 1_000;

/** Changes of a store. */
export function createChangeFeed(store: Store, clock: Clock): ChangeFeed {
  const wakers = new Set<(news: HistoryRow | Unapplied) => void>();
  const closing = new AbortController();
  const wakeAll = (news: HistoryRow | Unapplied) => {
    for (const wake of wakers) wake(news);
  };

  return {
    publish: wakeAll,
    publishUnapplied: wakeAll,
    // Where nothing else is kept, nothing but changes comes out.
    watch: (query) => look(query) as AsyncIterable<HistoryRow>,
    watchAll: (query) => look(query, []),
    listen,
    close: () => closing.abort(),
  };

  async function* look(
    { namespace, sandboxId, after, signal }: WatchQuery,
    unapplied?: Unapplied[],
  ): AsyncGenerator<HistoryRow | Unapplied> {
    const isOver = () => signal.aborted || closing.signal.aborted;
    const of = { namespace, ...(sandboxId !== undefined && { sandboxId }) };
    const listener = listen(of, unapplied);
    const due: Unapplied[] = [];
    try {
      let position = after ?? (await store.lastSequence());
      while (!isOver()) {
        // What these came after is on the disk, and so it has been told, or is among what is read next.
        if (due.length === 0) due.push(...(unapplied?.splice(0) ?? []));
        const rows = await store.history({ ...of, after: position, limit: batchSize });
        for (const news of inOrder(rows, due, rows.length < batchSize)) {
          if (isOver()) return;
          if ('sequence' in news) position = news.sequence;
          yield news;
        }
        if (rows.length === 0) await listener.changed(signal);
      }
    } finally {
      listener.end();
    }
  }

  function listen(
    { namespace, sandboxId }: Pick<WatchQuery, 'namespace' | 'sandboxId'>,
    unapplied?: Unapplied[],
  ): Listener {
    let isNew = false;
    let woken = new AbortController();
    const wake = (news: HistoryRow | Unapplied) => {
      if (news.namespace !== namespace || (sandboxId ?? news.sandboxId) !== news.sandboxId) return;
      if (!('sequence' in news)) {
        if (unapplied === undefined) return;
        unapplied.push(news);
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

/** Puts what is due before the change of its sandbox that it came before, and the rest behind all changes, when these are all. */
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
