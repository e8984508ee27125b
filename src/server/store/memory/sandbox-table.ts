import { isLiving, isUnsettled, timeoutAtOf } from '../indexed-fields.ts';
import { comparePlaces, fromCursor, type Place, toPage } from '../paging.ts';
import {
  ConflictError,
  type DueTimeout,
  type ListQuery,
  NameTakenError,
  type SandboxEntry,
  type Store,
  type StoreChange,
} from '../store.ts';

type SandboxQueries = Pick<
  Store,
  'get' | 'getByName' | 'list' | 'due' | 'nextTimeoutAt' | 'unsettled' | 'living' | 'broken'
>;

/** The sandboxes of a memory store. */
interface SandboxTable {
  /** Throws {@link ConflictError} or {@link NameTakenError} for a change that cannot be committed. */
  mustFit(change: StoreChange): void;
  put(entry: SandboxEntry): void;
  readonly queries: SandboxQueries;
}

/** Creates an empty table. */
export function createSandboxTable(): SandboxTable {
  const entries = new Map<string, SandboxEntry>();
  const all = () => [...entries.values()];

  function named(namespace: string, name: string): SandboxEntry | undefined {
    return all().find(
      (entry) =>
        entry.namespace === namespace && entry.sandbox.name === name && entry.sandbox.status !== 'terminated',
    );
  }

  return {
    mustFit({ before, after }) {
      const { id, name, status } = after.sandbox;
      if (entries.get(id)?.revision !== before?.revision) throw new ConflictError(id);
      const holder = name === null || status === 'terminated' ? undefined : named(after.namespace, name);
      if (name !== null && holder !== undefined && holder.sandbox.id !== id) throw new NameTakenError(name);
    },
    put: (entry) => void entries.set(entry.sandbox.id, structuredClone(entry)),
    queries: {
      get: async (id) => entries.get(id),
      getByName: async (namespace, name) => named(namespace, name),
      list: async (query) => pageOf(all(), query),
      due: async (at, limit) =>
        timeoutsOf(all())
          .filter(({ timeoutAt }) => timeoutAt <= at)
          .slice(0, limit),
      nextTimeoutAt: async () => timeoutsOf(all())[0]?.timeoutAt ?? null,
      unsettled: async (afterId, limit) => part(all().filter(isUnsettled), afterId, limit),
      living: async (afterId, limit) => part(all().filter(isLiving), afterId, limit),
      broken: async () => [],
    },
  };
}

function pageOf(
  entries: readonly SandboxEntry[],
  { namespace, statuses, limit, cursor, direction }: ListQuery,
) {
  const backward = direction === 'backward';
  const sign = backward ? -1 : 1;
  const from = cursor === undefined ? undefined : fromCursor(cursor);
  const found = entries
    .filter((entry) => entry.namespace === namespace && (statuses?.includes(entry.sandbox.status) ?? true))
    .sort((a, b) => comparePlaces(placeOf(a), placeOf(b)) * sign)
    .filter((entry) => from === undefined || comparePlaces(placeOf(entry), from) * sign > 0);
  return toPage(found.slice(0, limit + 1), { limit, backward, fromStart: from === undefined }, placeOf);
}

function timeoutsOf(entries: readonly SandboxEntry[]): DueTimeout[] {
  return entries
    .flatMap((entry): DueTimeout[] => {
      const timeoutAt = timeoutAtOf(entry);
      return timeoutAt === null ? [] : [{ sandboxId: entry.sandbox.id, timeoutAt }];
    })
    .sort((a, b) => a.timeoutAt - b.timeoutAt);
}

function part(entries: readonly SandboxEntry[], afterId: string, limit: number): SandboxEntry[] {
  return entries
    .filter(({ sandbox }) => sandbox.id > afterId)
    .sort((a, b) => (a.sandbox.id < b.sandbox.id ? -1 : 1))
    .slice(0, limit);
}

const placeOf = ({ sandbox }: SandboxEntry): Place => [sandbox.createdAt, sandbox.id];
