import type { SandboxEntry, Store } from '../../../src/server/index.ts';

/** A store and a record of its commits. */
export interface Ledger {
  readonly store: Store;
  /** Every sandbox in its current state, the oldest first. */
  readonly entries: ReadonlyMap<string, SandboxEntry>;
  /** The namespace of each snapshot, deleted ones included, the oldest first. */
  readonly snapshots: ReadonlyMap<string, string>;
  readonly lastSequence: number;
  /** The number of commits that changed a sandbox or a snapshot. */
  readonly changes: number;
}

/** Wraps a store and records its commits. */
export function ledgerOf(store: Store): Ledger {
  const entries = new Map<string, SandboxEntry>();
  const snapshots = new Map<string, string>();
  let lastSequence = 0;
  let changes = 0;

  return {
    entries,
    snapshots,
    get lastSequence() {
      return lastSequence;
    },
    get changes() {
      return changes;
    },
    store: {
      ...store,
      async commit(commit) {
        const committed = await store.commit(commit);
        const { change, snapshot, deletedSnapshot } = commit;
        if (change) entries.set(change.after.sandbox.id, change.after);
        if (snapshot) snapshots.set(snapshot.id, snapshot.namespace);
        if (change || snapshot || deletedSnapshot !== undefined) changes += 1;
        lastSequence = committed.sequence ?? lastSequence;
        return committed;
      },
    },
  };
}
