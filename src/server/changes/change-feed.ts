import type { Clock } from '../../utils/clock.ts';
import { onAbort } from '../../utils/on-abort.ts';
import type { WatchAllQuery, WatchQuery } from '../host.ts';
import { isMissing, type ReadHistory } from '../store/history-items.ts';
import type { HistoryItem, HistoryRow } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import { type ChangeTail, createChangeTail } from './change-tail.ts';
import type { Follower, Subject } from './followers.ts';
import type { Unapplied } from './unapplied.ts';

/** Passes changes to watchers, each from its own position. All of them share one tail of the history. */
export interface ChangeFeed {
  /** Passes a committed change to its watchers. */
  publish(row: HistoryRow): void;
  /** Reads the changes of other hosts. */
  refresh(): void;
  /** Passes an unapplied event to the watchers that include such events. */
  publishUnapplied(unapplied: Unapplied): void;
  /** Yields every change that can be read, in the order of the commits, until the signal aborts or the host closes. */
  watch(query: WatchQuery): AsyncIterable<HistoryRow>;
  /** Yields every change, an item in the place of each that cannot be read, and between them the events that are not applied. */
  watchAll(query: WatchAllQuery): AsyncIterable<HistoryItem | Unapplied>;
  /** Follows the changes from now on. */
  follow(subject: Subject): Follower;
  /** Whether the host has closed. After that, the feed publishes nothing. */
  isOver(): boolean;
  /** Ends every watch. */
  close(): void;
}

/** The maximum number of unapplied events that wait for one watcher. Beyond it, the oldest are dropped. */
const mostUnapplied = 1_000;

/** Creates the change feed of a store. */
export function createChangeFeed(
  store: Pick<Store, 'history' | 'lastSequence' | 'retention'>,
  clock: Clock,
  readHistory?: ReadHistory,
): ChangeFeed {
  const tail = createChangeTail(store, clock, readHistory);
  let isClosed = false;
  const isOver = () => isClosed;

  return {
    publish: tail.publish,
    refresh: tail.refreshFollowed,
    publishUnapplied(unapplied) {
      for (const follower of tail.followersOf(unapplied)) follower.onUnapplied?.(unapplied);
    },
    async *watch(query) {
      for await (const item of watchWith(query)) if (!isMissing(item) && !('outcome' in item)) yield item;
    },
    watchAll: ({ unapplied = true, ...query }) => watchWith(query, unapplied ? [] : undefined),
    follow: (subject) => tail.follow(subject),
    isOver,
    close() {
      isClosed = true;
      tail.close();
    },
  };

  async function* watchWith(
    query: WatchQuery,
    unapplied?: Unapplied[],
  ): AsyncGenerator<HistoryItem | Unapplied> {
    const { namespace, sandboxId, after, signal } = query;
    const subject = { namespace, ...(sandboxId !== undefined && { sandboxId }) };
    const follower = tail.follow(subject, after ?? (await store.lastSequence()));
    const stopListening = onAbort(signal, follower.wake);
    if (unapplied) {
      follower.onUnapplied = (item) => {
        unapplied.push(item);
        if (unapplied.length > mostUnapplied) unapplied.shift();
        follower.wake();
      };
    }
    try {
      yield* readChanges(tail, follower, () => signal.aborted || isOver(), unapplied);
    } finally {
      stopListening();
      follower.end();
    }
  }
}

/** Reads the rows batch by batch, and inserts the unapplied events between them. */
async function* readChanges(
  tail: Pick<ChangeTail, 'refresh'>,
  follower: Follower,
  isOver: () => boolean,
  unapplied: Unapplied[] = [],
): AsyncGenerator<HistoryItem | Unapplied> {
  const due: Unapplied[] = [];
  while (!isOver()) {
    if (due.length === 0 && unapplied.length > 0) {
      due.push(...unapplied.splice(0));
      // The changes before these events are durable, but the tail has not all of them when the answer of a commit was lost.
      await tail.refresh();
    }
    const rows = await follower.read();
    for (const item of inOrder(rows, due, rows.length === 0)) {
      if (isOver()) return;
      yield item;
    }
    if (rows.length === 0 && unapplied.length === 0) await follower.changed();
  }
}

/** Puts each due event before the next change of its sandbox, and the others after the last row when `areAll`. */
function* inOrder(
  rows: readonly HistoryItem[],
  due: Unapplied[],
  areAll: boolean,
): Generator<HistoryItem | Unapplied> {
  for (const row of rows) {
    const isBefore = ({ sandboxId, version }: Unapplied) =>
      sandboxId === row.sandboxId && version < row.version;
    for (let at = due.findIndex(isBefore); at >= 0; at = due.findIndex(isBefore)) yield* due.splice(at, 1);
    yield row;
  }
  if (areAll) yield* due.splice(0);
}
