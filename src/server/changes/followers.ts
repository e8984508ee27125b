import { HistoryDeletedError } from '../errors.ts';
import type { WatchQuery } from '../host.ts';
import type { ReadHistory } from '../store/history-items.ts';
import type { HistoryItem } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import type { RecentRows } from './recent-rows.ts';
import type { Unapplied } from './unapplied.ts';

/** A namespace, or one sandbox of it. */
export type Subject = Pick<WatchQuery, 'namespace' | 'sandboxId'>;

/** Reads the rows of a subject, each once, in order. */
export interface Follower {
  /**
   * The next rows, at most 100, with an item in the place of each that cannot be read; none at the end of the history. Rejects when the
   * store fails, and with {@link HistoryDeletedError} when rows after the position at which it began were deleted before it read them. A
   * follower without a position passes over those.
   */
  read(): Promise<readonly HistoryItem[]>;
  /** Resolves when there may be more rows, after {@link wake}, and when the tail closes. */
  changed(): Promise<void>;
  /** Ends the wait in {@link changed}. */
  wake(): void;
  /** Ends the subscription. */
  end(): void;
  /** Called with each unapplied event of the subject. */
  onUnapplied: ((unapplied: Unapplied) => void) | undefined;
}

/** A follower, as the tail sees it. */
export interface FollowerState extends Follower {
  /** Notes a row that was added to the tail. */
  onRow(row: HistoryItem): void;
  /** Notes that the tail no longer has all rows. */
  lose(): void;
}

/** The followers of a tail, by their subjects, so that a row costs nothing for those of others. */
export interface Followers {
  add(subject: Subject, after: number | undefined): Follower;
  of(subject: Required<Subject>): Iterable<FollowerState>;
  isEmpty(): boolean;
  wakeAll(): void;
  /** Makes each follower read from its own position again. */
  loseAll(): void;
}

/** The parts of a tail that its followers use. */
interface TailParts {
  readonly store: Pick<Store, 'retention'>;
  readonly readHistory: ReadHistory;
  readonly recent: RecentRows;
  readonly batchSize: number;
  readonly refresh: () => Promise<void>;
}

/** Creates an empty set. */
export function createFollowers(tail: TailParts): Followers {
  const byNamespace = new Map<string, Set<FollowerState>>();
  const bySandbox = new Map<string, Set<FollowerState>>();
  const all = new Set<FollowerState>();

  return {
    add(subject, after) {
      const { namespace, sandboxId } = subject;
      const [index, key] =
        sandboxId === undefined ? [byNamespace, namespace] : [bySandbox, keyOf(namespace, sandboxId)];
      const follower = createFollower(tail, subject, after, () => {
        all.delete(follower);
        const others = index.get(key);
        others?.delete(follower);
        if (others?.size === 0) index.delete(key);
      });
      const others = index.get(key) ?? new Set();
      index.set(key, others.add(follower));
      all.add(follower);
      return follower;
    },
    *of({ namespace, sandboxId }) {
      yield* byNamespace.get(namespace) ?? [];
      yield* bySandbox.get(keyOf(namespace, sandboxId)) ?? [];
    },
    isEmpty: () => all.size === 0,
    wakeAll() {
      for (const follower of all) follower.wake();
    },
    loseAll() {
      for (const follower of all) follower.lose();
    },
  };
}

/** The most rows that a follower keeps for its next read. */
const mostKept = 16;

const keyOf = (namespace: string, sandboxId: string) => `${namespace}\0${sandboxId}`;

function createFollower(
  { store, readHistory, recent, batchSize, refresh }: TailParts,
  { namespace, sandboxId }: Subject,
  after: number | undefined,
  onEnd: () => void,
): FollowerState {
  // All rows of the subject up to here were returned.
  let position = after ?? recent.end() ?? 0;
  // Whether the rows between the position and the tail are unknown.
  let isBehind = after !== undefined || recent.end() === undefined;
  // The first row of the subject since then: no earlier one is missing, however far the tail has moved.
  let firstNew: number | undefined;
  // All rows of the subject since then, if they are few: so no read has to look for them.
  let few: HistoryItem[] | undefined = [];
  let resolve: (() => void) | undefined;
  let isAwake = false;
  const matches = (row: HistoryItem) =>
    row.namespace === namespace && (sandboxId === undefined || row.sandboxId === sandboxId);
  const subject = { namespace, ...(sandboxId !== undefined && { sandboxId }) };
  // Rows up to here may be missing: a follower from the very beginning begins with the oldest row that is left.
  let mayMiss = after === undefined ? Number.POSITIVE_INFINITY : 0;

  function wake(): void {
    isAwake = true;
    resolve?.();
    resolve = undefined;
  }

  /** Reads from this position of the store next. */
  function fallBehind(from: number): void {
    position = from;
    firstNew = undefined;
    few = undefined;
    isBehind = true;
  }

  function takeFew(rows: readonly HistoryItem[]): readonly HistoryItem[] {
    position = rows.at(-1)?.sequence ?? position;
    firstNew = undefined;
    few = [];
    return rows;
  }

  function readRecent(from: number): readonly HistoryItem[] {
    const part = recent.read(from, batchSize, matches);
    position = part.position;
    firstNew = undefined;
    few = [];
    isBehind = part.rows.length === batchSize;
    return part.rows;
  }

  /** Reads the store until the rest is in the tail. */
  async function readStore(): Promise<readonly HistoryItem[]> {
    for (;;) {
      if (recent.end() === undefined) await refresh();
      if (recent.covers(position)) return readRecent(position);
      const covered = recent.end() ?? position;
      const rows = await readHistory({ ...subject, after: position, limit: batchSize });
      await mustBeWhole();
      const last = rows.at(-1);
      if (last !== undefined) {
        position = last.sequence;
        return rows;
      }
      // The store had nothing of the subject, up to what the tail had when the read began.
      if (position >= covered && recent.end() === undefined) return [];
      position = Math.max(position, covered);
    }
  }

  /** Throws when a row after the position was deleted. */
  async function mustBeWhole(): Promise<void> {
    if (mayMiss === Number.POSITIVE_INFINITY) return;
    const deleted = (await store.retention?.lastDeleted(namespace)) ?? 0;
    if (position === 0) mayMiss = Math.max(mayMiss, deleted);
    if (deleted > Math.max(position, mayMiss)) throw new HistoryDeletedError();
  }

  return {
    async read() {
      if (!isBehind) {
        if (firstNew === undefined) return [];
        if (few !== undefined) return takeFew(few);
        const from = Math.max(position, firstNew - 1);
        if (recent.covers(from)) return readRecent(from);
        fallBehind(from);
      }
      return readStore();
    },
    async changed() {
      if (!isAwake && firstNew === undefined && !isBehind)
        await new Promise<void>((woken) => {
          resolve = woken;
        });
      isAwake = false;
    },
    wake,
    end: onEnd,
    onRow(row) {
      const { sequence } = row;
      if (sequence <= position) return;
      // While it is behind, rows between its position and this one may be missing in the tail.
      if (!isBehind) {
        firstNew ??= sequence;
        if (few !== undefined && few.push(row) > mostKept) few = undefined;
      }
      wake();
    },
    lose() {
      fallBehind(firstNew === undefined ? position : Math.max(position, firstNew - 1));
      wake();
    },
    onUnapplied: undefined,
  };
}
