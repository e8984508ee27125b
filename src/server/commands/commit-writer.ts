import type {
  Commit,
  HistoryRow,
  SandboxEntry,
  SnapshotRecord,
  Store,
  StoreChange,
  StoredResponse,
} from '../store/store.ts';

/** A committed entry, with its rows of history and its snapshot record, if any. */
export interface CommitResult {
  readonly entry: SandboxEntry;
  /** One row for each applied event, in order. */
  readonly rows: readonly HistoryRow[];
  readonly snapshot: SnapshotRecord | undefined;
  /** The time from the call of the store until the commit was durable, in ms. */
  readonly durationMs: number;
}

/** Further records in the same commit as a change. */
interface AlsoCommitted {
  readonly snapshot?: SnapshotRecord | undefined;
  readonly response?: StoredResponse | undefined;
}

/** Writes to a store and reports each commit. */
export interface CommitWriter {
  /** Commits a change. Returns the entry after it. */
  commit(change: StoreChange, also?: AlsoCommitted): Promise<SandboxEntry>;
  /** Stores the response to a keyed request that changed nothing, so that its repetitions get the same response. */
  storeResponse(response: StoredResponse | undefined): Promise<void>;
}

/** Creates a writer. `onCommit` is called after each commit. */
export function createCommitWriter(store: Store, onCommit: (committed: CommitResult) => void): CommitWriter {
  return {
    async commit(change, { snapshot, response } = {}) {
      const startedAt = performance.now();
      const commit: Commit = { change, ...(snapshot && { snapshot }), ...(response && { response }) };
      const { sequence } = await store.commit(commit);
      const rows = sequence === null ? [] : numbered(change, sequence);
      onCommit({ entry: change.after, rows, snapshot, durationMs: performance.now() - startedAt });
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
