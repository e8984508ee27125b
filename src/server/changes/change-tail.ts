import type { Clock } from '../../utils/clock.ts';
import { rowBytes } from '../store/entry-size.ts';
import { createHistoryReader, type ReadHistory } from '../store/history-items.ts';
import type { HistoryItem, HistoryRow } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import { createFollowers, type Follower, type FollowerState, type Subject } from './followers.ts';
import { createRecentRows } from './recent-rows.ts';

/**
 * The last rows of the history, in memory, in the order of the commits. One tail serves all watchers of a process: a watcher
 * reads the store only while it is behind the tail.
 */
export interface ChangeTail {
  /** Adds a committed row. After a gap, the tail reads the missing rows from the store first. */
  publish(row: HistoryRow): void;
  /** Reads what the store has beyond the tail: rows of other servers, and commits whose response was lost. Never rejects. */
  refresh(): Promise<void>;
  /** Reads as {@link refresh} while there are followers: another host has committed. */
  refreshFollowed(): void;
  /** Follows a subject. Without a position it starts at the end of the tail. */
  follow(subject: Subject, after?: number): Follower;
  /** The followers of a sandbox: its own and those of its namespace. */
  followersOf(subject: Required<Subject>): Iterable<FollowerState>;
  /** Wakes all followers, and stops the reads. */
  close(): void;
}

/** The number of rows in one read. */
const batchSize = 100;

/** The time between two reads of the store while somebody watches, in ms: another server may write to the same store. */
const pollMs = 5_000;

/** Creates an empty tail of a store. */
export function createChangeTail(
  store: Pick<Store, 'history' | 'lastSequence' | 'retention'>,
  clock: Clock,
  readHistory: ReadHistory = createHistoryReader(store),
): ChangeTail {
  const recent = createRecentRows(rowBytes);
  const followers = createFollowers({ store, readHistory, recent, batchSize, refresh });
  let highest = 0;
  let reading: Promise<void> | undefined;
  let queued: Promise<void> | undefined;
  let cancelPoll: (() => void) | undefined;
  let isClosed = false;

  return {
    publish,
    refresh,
    refreshFollowed() {
      if (!isClosed && !followers.isEmpty()) void refresh();
    },
    follow(subject, after) {
      schedulePoll();
      return followers.add(subject, after);
    },
    followersOf: followers.of,
    close() {
      isClosed = true;
      cancelPoll?.();
      followers.wakeAll();
    },
  };

  function publish(row: HistoryRow): void {
    highest = Math.max(highest, row.sequence);
    if (recent.end() === undefined) recent.restart(row.sequence - 1);
    const end = recent.end() ?? 0;
    if (row.sequence === end + 1) append(row);
    else if (row.sequence > end) void refresh();
  }

  function append(row: HistoryItem): void {
    recent.push(row);
    for (const follower of followers.of(row)) follower.onRow(row);
  }

  /** Reads again after the read in progress, which may have begun before the last commit. */
  function refresh(): Promise<void> {
    if (reading === undefined) {
      reading = readMissing().finally(() => {
        reading = undefined;
      });
      return reading;
    }
    queued ??= reading.then(() => {
      queued = undefined;
      return refresh();
    });
    return queued;
  }

  async function readMissing(): Promise<void> {
    try {
      if (recent.end() === undefined) {
        const last = await store.lastSequence();
        if (recent.end() === undefined) recent.restart(last);
      }
      for (let isMore = true; isMore && !isClosed; ) {
        const rows = await readHistory({ after: recent.end() ?? 0, limit: batchSize });
        for (const row of rows) if (row.sequence > (recent.end() ?? 0)) append(row);
        isMore = rows.length > 0 && (rows.length === batchSize || highest > (recent.end() ?? 0));
      }
      // The store has no row that was published, so each follower looks for itself.
      if (highest > (recent.end() ?? 0)) startAgain(highest);
    } catch {
      // Each follower reads the store by itself, and reports the error if it lasts.
      startAgain(undefined);
    }
  }

  function startAgain(end: number | undefined): void {
    recent.restart(end);
    followers.loseAll();
  }

  function schedulePoll(): void {
    if (cancelPoll !== undefined || isClosed) return;
    cancelPoll = clock.wake(pollMs, () => {
      cancelPoll = undefined;
      if (isClosed || followers.isEmpty()) return;
      void refresh();
      schedulePoll();
    });
  }
}
