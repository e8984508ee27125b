import { type Status, statuses } from '../../../model/sandbox.ts';
import { ConflictError, NameTakenError } from '../errors.ts';
import {
  isDiscard,
  isLiving,
  isUnsettled,
  livingStateOf,
  restoresFrom,
  timeoutAtOf,
} from '../indexed-fields.ts';
import { archivedRank, deletingRank, pageOf, placeOfArchived, placeOfSandbox } from '../paging.ts';
import type { ListQuery, TimeoutQuery } from '../queries.ts';
import type { SandboxEntry } from '../records.ts';
import type { StoreRetention } from '../retention.ts';
import { isInShare } from '../shared.ts';
import type { DueTimeout, Store, StoreChange } from '../store.ts';

type SandboxQueries = Pick<
  Store,
  'get' | 'getByName' | 'list' | 'due' | 'nextTimeoutAt' | 'unsettled' | 'living' | 'livingStates' | 'broken'
>;

/** The sandboxes of a memory store. */
export interface SandboxTable {
  /** Throws {@link ConflictError} or {@link NameTakenError} for a change that cannot be committed. */
  mustFit(change: StoreChange): void;
  put(entry: SandboxEntry): void;
  /** All sandboxes of a namespace, also those whose deletion has begun. */
  inNamespace(namespace: string): readonly SandboxEntry[];
  /** The number of living sandboxes of a namespace. */
  livingIn(namespace: string): number;
  /** Deletes a sandbox. */
  remove(id: string): void;
  readonly archive: StoreRetention['archive'];
  readonly listArchived: StoreRetention['listArchived'];
  readonly archivedAt: StoreRetention['archivedAt'];
  /** A sandbox whose deletion has begun. */
  deleting(): string | undefined;
  /** Begins the deletion of the archived sandbox that ended first, before this instant (epoch ms). Returns whether there is one. */
  beginDeletion(endedBefore: number): boolean;
  /** The snapshots that pending sandboxes restore from. */
  restoring(): ReadonlySet<string>;
  /** How many sandboxes have each status. */
  countByStatus(): Readonly<Record<Status, number>>;
  readonly queries: SandboxQueries;
}

/** Creates an empty table. */
export function createSandboxTable(): SandboxTable {
  const entries = new Map<string, SandboxEntry>();
  const living = new Map<string, number>();
  /** The sandboxes that are archived, or whose deletion has begun. */
  const ranks = new Map<string, typeof archivedRank | typeof deletingRank>();
  const archivedAt = new Map<string, number>();
  const all = () => [...entries.values()].filter(({ sandbox }) => ranks.get(sandbox.id) !== deletingRank);

  function named(namespace: string, name: string): SandboxEntry | undefined {
    return all().find(
      (entry) =>
        entry.namespace === namespace && entry.sandbox.name === name && entry.sandbox.status !== 'terminated',
    );
  }

  const listed = () => all().filter(({ sandbox }) => !ranks.has(sandbox.id));

  /** The terminated and released sandboxes of a rank; without a rank, those in the list. */
  function ended(rank?: typeof archivedRank): SandboxEntry[] {
    const isOfRank = ({ sandbox }: SandboxEntry) => ranks.get(sandbox.id) === rank;
    return all().filter((entry) => entry.released && isOfRank(entry));
  }

  function unarchive(id: string): void {
    ranks.delete(id);
    archivedAt.delete(id);
  }

  return {
    mustFit({ before, after }) {
      const { id, name, status } = after.sandbox;
      const isUnchanged = entries.get(id)?.revision === before?.revision;
      if (!isUnchanged || ranks.get(id) === deletingRank) throw new ConflictError(id);
      const holder = name === null || status === 'terminated' ? undefined : named(after.namespace, name);
      if (name !== null && holder !== undefined && holder.sandbox.id !== id) throw new NameTakenError(name);
    },
    put(entry) {
      const { namespace, sandbox } = entry;
      const wasAlive = isAlive(entries.get(sandbox.id));
      living.set(namespace, (living.get(namespace) ?? 0) + Number(isAlive(entry)) - Number(wasAlive));
      entries.set(sandbox.id, structuredClone(entry));
      if (!entry.released) unarchive(sandbox.id);
    },
    livingIn: (namespace) => living.get(namespace) ?? 0,
    inNamespace: (namespace) => [...entries.values()].filter((entry) => entry.namespace === namespace),
    remove(id) {
      entries.delete(id);
      unarchive(id);
    },
    async archive(endedBefore, at, limit) {
      const archived = endedFirst(ended().filter(isEndedBefore(endedBefore))).slice(0, limit);
      for (const { sandbox } of archived) {
        ranks.set(sandbox.id, archivedRank);
        archivedAt.set(sandbox.id, at);
      }
      return archived.length;
    },
    async listArchived(query) {
      const page = pageOf(ended(archivedRank).filter(matcherOf(query)), query, placeOfArchived);
      const items = page.items.map((entry) => ({
        ...entry,
        archivedAt: archivedAt.get(entry.sandbox.id) ?? 0,
      }));
      return { ...page, items };
    },
    archivedAt: async (id) => (ranks.get(id) === archivedRank ? (archivedAt.get(id) ?? null) : null),
    deleting: () => [...ranks].find(([, rank]) => rank === deletingRank)?.[0],
    beginDeletion(endedBefore) {
      const [first] = endedFirst(ended(archivedRank).filter(isEndedBefore(endedBefore)));
      if (first) ranks.set(first.sandbox.id, deletingRank);
      return first !== undefined;
    },
    restoring: () => new Set(all().flatMap((entry) => restoresFrom(entry) ?? [])),
    countByStatus: () =>
      Object.fromEntries(
        statuses.map((status) => [status, all().filter(({ sandbox }) => sandbox.status === status).length]),
      ) as Record<Status, number>,
    queries: {
      get: async (id) => (ranks.get(id) === deletingRank ? undefined : entries.get(id)),
      getByName: async (namespace, name) => named(namespace, name),
      list: async (query) => pageOf(listed().filter(matcherOf(query)), query, placeOfSandbox),
      due: async (at, limit, query) =>
        timeoutsOf(all(), query)
          .filter(({ timeoutAt }) => timeoutAt <= at)
          .slice(0, limit),
      nextTimeoutAt: async (query) => timeoutsOf(all(), query)[0]?.timeoutAt ?? null,
      unsettled: async (afterId, limit) => part(all().filter(isUnsettled), afterId, limit),
      living: async (afterId, limit) => part(all().filter(isLiving), afterId, limit),
      livingStates: async (afterId, limit) => part(all().filter(isLiving), afterId, limit).map(livingStateOf),
      broken: async () => [],
    },
  };
}

const isAlive = (entry: SandboxEntry | undefined) =>
  entry !== undefined && entry.sandbox.status !== 'terminated';

const endedAt = ({ sandbox }: SandboxEntry) => sandbox.terminatedAt ?? Number.POSITIVE_INFINITY;

const isEndedBefore = (instant: number) => (entry: SandboxEntry) => endedAt(entry) < instant;

const endedFirst = (entries: SandboxEntry[]) => entries.sort((a, b) => endedAt(a) - endedAt(b));

/** The condition of a list query. */
function matcherOf({ namespace, statuses, name, metadata = {} }: ListQuery) {
  const wanted = Object.entries(metadata);
  return ({ namespace: own, sandbox, configuration }: SandboxEntry): boolean =>
    own === namespace &&
    (statuses?.includes(sandbox.status) ?? true) &&
    (name === undefined || sandbox.name === name) &&
    wanted.every(
      ([key, value]) => Object.hasOwn(configuration.metadata, key) && configuration.metadata[key] === value,
    );
}

function timeoutsOf(
  entries: readonly SandboxEntry[],
  { withoutDiscards, share }: TimeoutQuery = {},
): DueTimeout[] {
  return entries
    .filter((entry) => !withoutDiscards || !isDiscard(entry))
    .filter(({ sandbox }) => share === undefined || isInShare(sandbox.id, share))
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
