import type { HistoryItem } from '../store/records.ts';

/** The rows of the history in an interval without a gap: all after `start`, up to `end`. */
export interface RecentRows {
  /** The sequence after which all rows are here; undefined before the first row is known. */
  start(): number | undefined;
  /** The sequence of the last row; undefined before it is known. */
  end(): number | undefined;
  /** Adds the row that follows the last one. Evicts the oldest rows above the limits. */
  push(row: HistoryItem): void;
  /** Whether no row after a position is missing. */
  covers(position: number): boolean;
  /** At most `most` rows after a position that match, and the position up to which all matching ones are among them. */
  read(after: number, most: number, matches: (row: HistoryItem) => boolean): RecentPart;
  /** Removes all rows, and starts after this sequence. */
  restart(end: number | undefined): void;
}

/** A part of the recent rows. */
interface RecentPart {
  readonly rows: readonly HistoryItem[];
  readonly position: number;
}

/** The limits of the rows in memory. */
const mostRows = 5_000;
const mostBytes = 8 * 1024 * 1024;

/** Creates an empty interval. `bytesOf` estimates the memory of a row. */
export function createRecentRows(bytesOf: (row: HistoryItem) => number): RecentRows {
  let rows: HistoryItem[] = [];
  // The index of the oldest row: the places before it are removed in one piece.
  let first = 0;
  let bytes = 0;
  let start: number | undefined;
  let end: number | undefined;

  function evict(): void {
    while (rows.length - first > 1 && (rows.length - first > mostRows || bytes > mostBytes)) {
      const oldest = rows[first] as HistoryItem;
      bytes -= bytesOf(oldest);
      start = oldest.sequence;
      first += 1;
    }
    // Half of the places, so that each row moves a few times at most, and few evicted rows stay in memory.
    if (first <= rows.length / 2) return;
    rows = rows.slice(first);
    first = 0;
  }

  /** The index of the first row after a position. */
  function indexAfter(position: number): number {
    let [low, high] = [first, rows.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((rows[middle] as HistoryItem).sequence > position) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  return {
    start: () => start,
    end: () => end,
    push(row) {
      rows.push(row);
      bytes += bytesOf(row);
      start ??= row.sequence - 1;
      end = row.sequence;
      evict();
    },
    covers: (position) => start !== undefined && position >= start,
    read(after, most, matches) {
      const found: HistoryItem[] = [];
      for (let index = indexAfter(after); index < rows.length; index++) {
        const row = rows[index] as HistoryItem;
        if (!matches(row)) continue;
        found.push(row);
        if (found.length === most) return { rows: found, position: row.sequence };
      }
      return { rows: found, position: Math.max(after, end ?? after) };
    },
    restart(at) {
      rows = [];
      first = 0;
      bytes = 0;
      start = at;
      end = at;
    },
  };
}
