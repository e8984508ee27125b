import { isLiving, isUnsettled, timeoutAtOf } from './derived.ts';
import { fromCursor, type Place, toPage } from './paging.ts';
import {
  ConflictError,
  type Entry,
  type HistoryRow,
  NameTakenError,
  type SnapshotRecord,
  type Store,
} from './store.ts';

/**
 * A store that forgets everything with its process: for tests, and for trying things out.
 *
 * @example
 * const host = await createHost({ store: memoryStore(), driver });
 */
export function memoryStore(): Store {
  const entries = new Map<string, Entry>();
  const histories = new Map<string, HistoryRow[]>();
  const snapshots = new Map<string, SnapshotRecord>();
  const deleted = new Set<string>();

  const all = () => [...entries.values()];
  const visible = (id: string) => (deleted.has(id) ? undefined : snapshots.get(id));
  const named = (namespace: string, name: string) =>
    all().find(
      (entry) =>
        entry.namespace === namespace && entry.sandbox.name === name && entry.sandbox.status !== 'terminated',
    );

  return {
    async commit({ before, after, history, snapshot }) {
      const { id, name, status } = after.sandbox;
      if (entries.get(id)?.revision !== before?.revision) throw new ConflictError(id);
      const holder = name === null ? undefined : named(after.namespace, name);
      if (name !== null && holder && holder.sandbox.id !== id && status !== 'terminated')
        throw new NameTakenError(name);
      entries.set(id, structuredClone(after));
      if (history) histories.set(id, [...(histories.get(id) ?? []), structuredClone(history)]);
      if (snapshot) snapshots.set(snapshot.id, structuredClone(snapshot));
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
        .filter(([timeoutAt]) => timeoutAt <= at)
        .slice(0, limit)
        .map(([, id]) => id);
    },
    async nextTimeoutAt() {
      return timeouts()[0]?.[0] ?? null;
    },
    async unsettled() {
      return all().filter(isUnsettled);
    },
    async living() {
      return all().filter(isLiving);
    },
    async history(id) {
      return histories.get(id) ?? [];
    },
    async getSnapshot(id, { evenDeleted = false } = {}) {
      return evenDeleted ? snapshots.get(id) : visible(id);
    },
    async listSnapshots(namespace) {
      return [...snapshots.values()]
        .filter((snapshot) => snapshot.namespace === namespace && !deleted.has(snapshot.id))
        .sort((a, b) => comparePlaces([a.createdAt, a.id], [b.createdAt, b.id]));
    },
    async deleteSnapshot(id) {
      if (visible(id) === undefined) return false;
      deleted.add(id);
      return true;
    },
    async removableSnapshots() {
      return [...deleted].filter((id) => snapshots.get(id)?.status !== 'in_progress');
    },
    async forgetSnapshot(id) {
      deleted.delete(id);
      snapshots.delete(id);
    },
    async close() {},
  };

  function timeouts(): [number, string][] {
    return all()
      .flatMap((entry): [number, string][] => {
        const timeoutAt = timeoutAtOf(entry);
        return timeoutAt === null ? [] : [[timeoutAt, entry.sandbox.id]];
      })
      .sort(([a], [b]) => a - b);
  }
}

const placeOf = ({ sandbox }: Entry): Place => [sandbox.createdAt, sandbox.id];

/** Newest first. */
function comparePlaces([aAt, aId]: Place, [bAt, bId]: Place): number {
  return bAt - aAt || (aId < bId ? 1 : aId > bId ? -1 : 0);
}
