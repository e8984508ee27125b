import { isCapturing, isLiving, isUnsettled, timeoutAtOf } from './indexed-fields.ts';
import { fromCursor, type Place, toPage } from './paging.ts';
import {
  ConflictError,
  type DueTimeout,
  type HistoryRow,
  KeyUsedError,
  NameTakenError,
  type SandboxEntry,
  type SnapshotRecord,
  type Store,
  type StoreChange,
  type StoredResponse,
} from './store.ts';

/**
 * A store that forgets everything with its process: for tests, and for trying things out.
 *
 * @example
 * const host = await createHost({ store: memoryStore(), driver });
 */
export function memoryStore(): Store {
  const entries = new Map<string, SandboxEntry>();
  const rows: HistoryRow[] = [];
  const answers = new Map<string, StoredResponse>();
  const snapshots = new Map<string, SnapshotRecord>();
  const deleted = new Set<string>();
  /** Failed ones that still hold something. */
  const failed = new Set<string>();

  const all = () => [...entries.values()];
  const visible = (id: string) => (deleted.has(id) ? undefined : snapshots.get(id));
  const part = (holds: (entry: SandboxEntry) => boolean, afterId: string, limit: number) =>
    all()
      .filter((entry) => entry.sandbox.id > afterId && holds(entry))
      .sort((a, b) => (a.sandbox.id < b.sandbox.id ? -1 : 1))
      .slice(0, limit);

  return {
    async commit({ change, snapshot, deletedSnapshot, response }) {
      if (change) mustFit(change);
      const key = response && keyOf(response.namespace, response.key);
      if (response && key !== undefined && answers.has(key)) throw new KeyUsedError(response.key);
      // From here on nothing can throw, so all of it is kept.
      if (change) entries.set(change.after.sandbox.id, structuredClone(change.after));
      if (snapshot) {
        snapshots.set(snapshot.id, structuredClone(snapshot));
        if (snapshot.status === 'failed') failed.add(snapshot.id);
      }
      if (deletedSnapshot !== undefined && snapshots.has(deletedSnapshot)) deleted.add(deletedSnapshot);
      if (response && key !== undefined) answers.set(key, structuredClone(response));
      if (!change?.history) return { sequence: null };
      const sequence = rows.length + 1;
      rows.push({ sequence, ...structuredClone(change.history) });
      return { sequence };
    },
    async get(id) {
      return entries.get(id);
    },
    async getByName(namespace, name) {
      return named(namespace, name);
    },
    async list({ namespace, statuses, limit, cursor, direction }) {
      const backward = direction === 'backward';
      const from = cursor === undefined ? undefined : fromCursor(cursor);
      const found = all()
        .filter(
          (entry) => entry.namespace === namespace && (statuses?.includes(entry.sandbox.status) ?? true),
        )
        .sort((a, b) => comparePlaces(placeOf(a), placeOf(b)) * (backward ? -1 : 1))
        .filter(
          (entry) => from === undefined || comparePlaces(placeOf(entry), from) * (backward ? -1 : 1) > 0,
        );
      return toPage(found.slice(0, limit + 1), { limit, backward, fromStart: from === undefined }, placeOf);
    },
    async due(at, limit) {
      return timeouts()
        .filter(({ timeoutAt }) => timeoutAt <= at)
        .slice(0, limit);
    },
    async nextTimeoutAt() {
      return timeouts()[0]?.timeoutAt ?? null;
    },
    async unsettled(afterId, limit) {
      return part(isUnsettled, afterId, limit);
    },
    async living(afterId, limit) {
      return part(isLiving, afterId, limit);
    },
    async history({ after, limit, namespace, sandboxId, afterVersion = 0 }) {
      return rows
        .filter(
          (row) =>
            row.sequence > after &&
            row.version > afterVersion &&
            (namespace === undefined || row.namespace === namespace) &&
            (sandboxId === undefined || row.sandboxId === sandboxId),
        )
        .slice(0, limit);
    },
    async lastSequence() {
      return rows.length;
    },
    async response(namespace, key) {
      return answers.get(keyOf(namespace, key));
    },
    async forgetResponses(before) {
      for (const [key, { at }] of answers) if (at < before) answers.delete(key);
    },
    async broken() {
      return [];
    },
    async getSnapshot(id, { evenDeleted = false } = {}) {
      return evenDeleted ? snapshots.get(id) : visible(id);
    },
    async listSnapshots(namespace) {
      return [...snapshots.values()]
        .filter((snapshot) => snapshot.namespace === namespace && !deleted.has(snapshot.id))
        .sort((a, b) => comparePlaces([a.createdAt, a.id], [b.createdAt, b.id]));
    },
    async removableSnapshots() {
      return [...new Set([...deleted, ...failed])].filter(
        (id) => !isCapturing(snapshots.get(id)?.status ?? 'failed'),
      );
    },
    async snapshotRemoved(id) {
      failed.delete(id);
      if (deleted.delete(id)) snapshots.delete(id);
    },
    async close() {},
  };

  function mustFit({ before, after }: StoreChange): void {
    const { id, name, status } = after.sandbox;
    if (entries.get(id)?.revision !== before?.revision) throw new ConflictError(id);
    const holder = name === null || status === 'terminated' ? undefined : named(after.namespace, name);
    if (name !== null && holder !== undefined && holder.sandbox.id !== id) throw new NameTakenError(name);
  }

  function named(namespace: string, name: string): SandboxEntry | undefined {
    return all().find(
      (entry) =>
        entry.namespace === namespace && entry.sandbox.name === name && entry.sandbox.status !== 'terminated',
    );
  }

  function timeouts(): DueTimeout[] {
    return all()
      .flatMap((entry): DueTimeout[] => {
        const timeoutAt = timeoutAtOf(entry);
        return timeoutAt === null ? [] : [{ sandboxId: entry.sandbox.id, timeoutAt }];
      })
      .sort((a, b) => a.timeoutAt - b.timeoutAt);
  }
}

const keyOf = (namespace: string, key: string) => JSON.stringify([namespace, key]);

const placeOf = ({ sandbox }: SandboxEntry): Place => [sandbox.createdAt, sandbox.id];

/** Newest first. */
function comparePlaces([aAt, aId]: Place, [bAt, bId]: Place): number {
  return bAt - aAt || (aId < bId ? 1 : aId > bId ? -1 : 0);
}
