import { KeyUsedError, NamespaceDeletingError, QuotaError } from './errors.ts';
import { createHistoryTable } from './memory/history-table.ts';
import { createNamespaces } from './memory/namespaces.ts';
import { createOrphanTable } from './memory/orphan-table.ts';
import { createRetention } from './memory/retention.ts';
import { createSandboxTable } from './memory/sandbox-table.ts';
import { createSnapshotTable } from './memory/snapshot-table.ts';
import { createUsageTable } from './memory/usage-table.ts';
import type { StoredResponse } from './records.ts';
import type { Commit, Store } from './store.ts';

/**
 * Creates a store in memory, for tests and trials. Its data ends with the process.
 *
 * @example
 * const host = await createHost({ store: memoryStore(), driver });
 */
export function memoryStore(): Store {
  const sandboxes = createSandboxTable();
  const snapshots = createSnapshotTable(sandboxes.restoring);
  const usage = createUsageTable();
  const history = createHistoryTable();
  const responses = new Map<string, StoredResponse>();
  const { isDeleting, ...namespaces } = createNamespaces({ sandboxes, snapshots, history, responses });
  let heartbeat: number | null = null;

  return {
    usage: usage.queries,
    orphans: createOrphanTable(),
    stats: async () => ({
      kind: 'memory',
      sandboxes: sandboxes.countByStatus(),
      sizeBytes: null,
      waitingCommits: 0,
    }),
    async recordHeartbeat(at) {
      heartbeat = at;
    },
    lastHeartbeat: async () => heartbeat,
    async commit(commit) {
      const { change, snapshot, deletedSnapshot, response } = commit;
      if (change?.before === null && isDeleting(change.after.namespace))
        throw new NamespaceDeletingError(change.after.namespace);
      if (change) sandboxes.mustFit(change);
      snapshots.mustFit(commit);
      mustBeWithinQuotas(commit, sandboxes, snapshots);
      const key = response && keyOf(response.namespace, response.key);
      if (response && key !== undefined && responses.has(key)) throw new KeyUsedError(response.key);
      // Nothing below can throw, so the commit is atomic.
      if (change) sandboxes.put(change.after);
      if (snapshot) snapshots.put(snapshot);
      if (deletedSnapshot) snapshots.delete(deletedSnapshot);
      if (response && key !== undefined) responses.set(key, structuredClone(response));
      if (!change?.history) return { sequence: null };
      for (const row of change.earlier ?? []) {
        history.add(row);
        usage.add(row);
      }
      usage.add(change.history);
      return { sequence: history.add(change.history) };
    },
    ...sandboxes.queries,
    ...snapshots.queries,
    ...history.queries,
    response: async (namespace, key) => responses.get(keyOf(namespace, key)),
    async forgetResponses(before, limit) {
      const expired = [...responses].filter(([, { at }]) => at < before).sort(([, a], [, b]) => a.at - b.at);
      for (const [key] of expired.slice(0, limit)) responses.delete(key);
      return Math.min(expired.length, limit);
    },
    namespaces,
    retention: createRetention({ sandboxes, snapshots, history }),
    async close() {},
  };
}

/** Throws {@link QuotaError} for a new sandbox or snapshot above its quota. */
function mustBeWithinQuotas(
  { change, snapshot, snapshotBefore, quotas = {} }: Commit,
  sandboxes: { livingIn(namespace: string): number },
  snapshots: { shownIn(namespace: string): number },
): void {
  const { livingSandboxes: mostSandboxes = null, snapshots: mostSnapshots = null } = quotas;
  if (change?.before === null && mostSandboxes !== null) {
    if (sandboxes.livingIn(change.after.namespace) >= mostSandboxes)
      throw new QuotaError('living sandboxes', mostSandboxes);
  }
  if (snapshot && snapshotBefore === null && mostSnapshots !== null) {
    if (snapshots.shownIn(snapshot.namespace) >= mostSnapshots)
      throw new QuotaError('snapshots', mostSnapshots);
  }
}

const keyOf = (namespace: string, key: string) => JSON.stringify([namespace, key]);
