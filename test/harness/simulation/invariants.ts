import type { HistoryRow, SandboxEntry, SnapshotRecord } from '../../../src/server/store/records.ts';
import type { Commit, Store } from '../../../src/server/store/store.ts';
import type { Counters } from '../shared/counters.ts';
import { must } from '../shared/violation.ts';
import { checkChange, checkRow } from './change-invariants.ts';
import { checkOrigin, checkSnapshot } from './snapshot-invariants.ts';

/** The sandbox that held a name, and from which commit to which. */
export interface Holding {
  readonly id: string;
  readonly from: number;
  to: number;
}

/** An audit of a store: it records every commit and checks it on arrival. */
export interface Invariants {
  /** The number of commits so far. */
  readonly commits: number;
  readonly entries: ReadonlyMap<string, SandboxEntry>;
  readonly snapshots: ReadonlyMap<string, SnapshotRecord>;
  readonly deletedSnapshots: ReadonlySet<string>;
  /** The whole history, in order. */
  readonly rows: readonly HistoryRow[];
  /** The version of a sandbox; 0 when the sandbox does not exist. */
  versionOf(id: string): number;
  /** One applied event. */
  row(id: string, version: number): HistoryRow | undefined;
  /** The rows that one request led to, by its cause. */
  causedBy(cause: string): readonly HistoryRow[];
  holdings(namespace: string, name: string): readonly Holding[];
  /** Wraps a store and audits its commits. */
  watch(store: Store): Store;
}

/** Creates the audit of an empty store. Calls `onRow` for each event and `onViolation` for each violation. */
export function createInvariants(
  counters: Counters,
  onRow: (line: string, row: HistoryRow) => void,
  onViolation: (error: unknown) => void,
): Invariants {
  const entries = new Map<string, SandboxEntry>();
  const snapshots = new Map<string, SnapshotRecord>();
  const deletedSnapshots = new Set<string>();
  const rows: HistoryRow[] = [];
  const rowsOf = new Map<string, HistoryRow[]>();
  const byCause = new Map<string, HistoryRow[]>();
  const holdingsOf = new Map<string, Holding[]>();
  const keys = new Set<string>();
  let commits = 0;

  function note({ change, snapshot, deletedSnapshot, response }: Commit, sequence: number | null): void {
    commits += 1;
    if (change) {
      const { after, history, earlier = [] } = change;
      if (change.before === null) checkOrigin(after, snapshots, deletedSnapshots);
      const before = entries.get(after.sandbox.id);
      checkChange(before, after, history);
      entries.set(after.sandbox.id, after);
      noteName(before, after);
      must(
        (sequence !== null) === (history !== undefined),
        'a commit must have a sequence exactly when it has a row',
      );
      must(history !== undefined || earlier.length === 0, 'a commit has earlier rows, and no last one');
      if (history && sequence !== null) {
        const first = sequence - earlier.length;
        for (const [index, row] of [...earlier, history].entries())
          noteRow({ sequence: first + index, ...row });
      }
    }
    if (snapshot) {
      checkSnapshot(snapshots.get(snapshot.id), snapshot, change?.after, change?.history?.event.type);
      snapshots.set(snapshot.id, snapshot);
    }
    if (deletedSnapshot) deletedSnapshots.add(deletedSnapshot.id);
    if (response) {
      const key = `${response.namespace} ${response.key}`;
      must(!keys.has(key), `the key ${key} has two responses`);
      keys.add(key);
    }
  }

  function noteRow(row: HistoryRow): void {
    const last = rows.at(-1);
    must(row.sequence > (last?.sequence ?? 0), 'the sequence did not increase');
    checkRow(rowsOf.get(row.sandboxId)?.at(-1), row);
    rows.push(row);
    add(rowsOf, row.sandboxId, row);
    add(byCause, row.cause, row);
    if (row.from !== null && row.from !== row.to) counters.count(`edge ${row.from}→${row.to}`);
    counters.count(`event ${row.event.type}`);
    onRow(`${row.sandboxId} v${row.version} ${row.event.type} → ${row.to} (${row.cause})`, row);
  }

  function noteName(before: SandboxEntry | undefined, { sandbox, namespace }: SandboxEntry): void {
    const had = before?.sandbox.status === 'terminated' ? null : (before?.sandbox.name ?? null);
    const has = sandbox.status === 'terminated' ? null : sandbox.name;
    if (had === has) return;
    for (const holding of holdings(namespace, had))
      if (holding.id === sandbox.id) holding.to = Math.min(holding.to, commits);
    if (has === null) return;
    for (const { id, to } of holdings(namespace, has)) {
      must(to < Number.POSITIVE_INFINITY, `${sandbox.id} took the name ${has} of ${id}, which has not ended`);
    }
    add(holdingsOf, `${namespace}/${has}`, { id: sandbox.id, from: commits, to: Number.POSITIVE_INFINITY });
  }

  function holdings(namespace: string, name: string | null): readonly Holding[] {
    return holdingsOf.get(`${namespace}/${name}`) ?? [];
  }

  return {
    get commits() {
      return commits;
    },
    entries,
    snapshots,
    deletedSnapshots,
    rows,
    versionOf: (id) => entries.get(id)?.sandbox.version ?? 0,
    row: (id, version) => rowsOf.get(id)?.[version - 1],
    causedBy: (cause) => byCause.get(cause) ?? [],
    holdings,
    watch: (store) => ({
      ...store,
      async commit(commit) {
        const committed = await store.commit(commit);
        try {
          note(commit, committed.sequence);
        } catch (error) {
          // Thrown into the host, it would only be one more failure to retry.
          onViolation(error);
        }
        return committed;
      },
    }),
  };
}

function add<Item>(lists: Map<string, Item[]>, key: string, item: Item): void {
  const list = lists.get(key);
  if (list) list.push(item);
  else lists.set(key, [item]);
}
