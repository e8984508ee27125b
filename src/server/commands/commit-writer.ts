import type { HistoryRow, SandboxEntry, SnapshotRecord, StoredResponse } from '../store/records.ts';
import type { Commit, Store, StoreChange, StoreQuotas } from '../store/store.ts';

/** A committed entry, with its rows of history and its snapshot record, if any. */
export interface CommitResult {
  readonly entry: SandboxEntry;
  /** One row for each applied event, in order. */
  readonly rows: readonly HistoryRow[];
  readonly snapshot: SnapshotRecord | undefined;
  /** The time from the call of the store until the commit was durable, in ms. */
  readonly durationMs: number;
}

/** A snapshot record to write, and the one from which it was computed; null for a new snapshot. */
export interface SnapshotChange {
  readonly before: SnapshotRecord | null;
  readonly after: SnapshotRecord;
}

/** Further records in the same commit as a change. */
interface AlsoCommitted {
  readonly snapshot?: SnapshotChange | undefined;
  /** The snapshot that a new sandbox is restored from. */
  readonly restoredFrom?: string | null | undefined;
  readonly response?: StoredResponse | undefined;
}

/** Writes to a store and reports each commit. */
export interface CommitWriter {
  /** Commits a change. Returns the entry after it. */
  commit(change: StoreChange, also?: AlsoCommitted): Promise<SandboxEntry>;
  /** Stores the response to a keyed request that changed nothing, so that its repetitions get the same response. */
  storeResponse(response: StoredResponse | undefined): Promise<void>;
}

/** Creates a writer. `onCommit` is called after each commit. `quotas` limit the new sandboxes and snapshots. */
export function createCommitWriter(
  store: Store,
  onCommit: (committed: CommitResult) => void,
  quotas: StoreQuotas,
): CommitWriter {
  return {
    async commit(change, { snapshot, restoredFrom = null, response } = {}) {
      const startedAt = performance.now();
      const commit: Commit = {
        change,
        ...(snapshot && { snapshot: snapshot.after, snapshotBefore: snapshot.before }),
        ...(restoredFrom !== null && { restoredFrom }),
        ...(response && { response }),
        ...((change.before === null || snapshot?.before === null) && { quotas }),
      };
      const { sequence } = await store.commit(commit);
      const rows = sequence === null ? [] : numbered(change, sequence);
      const durationMs = performance.now() - startedAt;
      onCommit({ entry: change.after, rows, snapshot: snapshot?.after, durationMs });
      return change.after;
    },
    async storeResponse(response) {
      if (response) await store.commit({ response });
    },
  };
}

/** The rows of a change, of which the last has this sequence. */
function numbered({ earlier = [], history }: StoreChange, last: number): readonly HistoryRow[] {
  if (history === undefined) return [];
  const first = last - earlier.length;
  return [...earlier, history].map((row, index) => ({ sequence: first + index, ...row }));
}

/** The next revision of an entry. Lists the fields one by one, which is several times faster than a spread. */
export function nextEntry(before: SandboxEntry, changes: Partial<SandboxEntry>): SandboxEntry {
  return {
    sandbox: changes.sandbox ?? before.sandbox,
    namespace: before.namespace,
    configuration: changes.configuration ?? before.configuration,
    released: changes.released ?? before.released,
    revision: before.revision + 1,
  };
}
