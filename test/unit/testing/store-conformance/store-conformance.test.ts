import { AssertionError } from 'node:assert';
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Status } from '../../../../src/model/sandbox.ts';
import {
  ConflictError,
  KeyUsedError,
  NamespaceDeletingError,
  NameTakenError,
  QuotaError,
  SnapshotUnusableError,
} from '../../../../src/server/store/errors.ts';
import { createUsageTable } from '../../../../src/server/store/memory/usage-table.ts';
import { memoryStore } from '../../../../src/server/store/memory.ts';
import type { HistoryRow, SandboxEntry } from '../../../../src/server/store/records.ts';
import type { StoreRetention } from '../../../../src/server/store/retention.ts';
import type {
  Commit,
  Committed,
  Store,
  StoreNamespaces,
  StoreOrphans,
  StoreStats,
  StoreUsage,
} from '../../../../src/server/store/store.ts';
import { storeConformance } from '../../../../src/testing/store-conformance/index.ts';

/** A correct store, except for the methods that a test replaces. */
function spoiled(spoil: (store: Store) => Partial<Store>): Store {
  const store = memoryStore();
  return { ...store, ...spoil(store) };
}

/** A store with a faulty `commit`. */
const spoiledCommit = (act: (commit: Commit, store: Store) => Promise<Committed>) => () =>
  spoiled((store) => ({ commit: (commit) => act(commit, store) }));

/** A store whose usage counts other rows than those of its commits. */
function withUsage(counted: (row: NewRow, isLast: boolean) => readonly NewRow[]): Store {
  const table = createUsageTable();
  return spoiled((store) => ({
    usage: table.queries,
    async commit(commit) {
      const committed = await store.commit(commit);
      const { earlier = [], history } = commit.change ?? {};
      for (const row of [...earlier, ...(history ? [history] : [])])
        for (const one of counted(row, row === history)) table.add(one);
      return committed;
    },
  }));
}

/** A store with another deletion of namespaces. */
const withNamespaces = (change: (namespaces: StoreNamespaces) => Partial<StoreNamespaces>): Store =>
  spoiled(({ namespaces }) => ({
    namespaces: { ...namespaces, ...change(namespaces as StoreNamespaces) } as StoreNamespaces,
  }));

type NewRow = Omit<HistoryRow, 'sequence'>;

/** A store whose numbers of sandboxes are wrong by these differences. */
function withCounts(difference: (status: Status) => number): Store {
  return spoiled((store) => ({
    async stats() {
      const stats = (await store.stats?.()) as StoreStats;
      const counts = Object.entries(stats.sandboxes) as [Status, number][];
      const sandboxes = Object.fromEntries(
        counts.map(([status, count]) => [status, count + difference(status)]),
      );
      return { ...stats, sandboxes: sandboxes as StoreStats['sandboxes'] };
    },
  }));
}

/** A store whose decisions about sandboxes without a record have other methods. */
function withDecisions(
  changes: Partial<StoreOrphans> | ((decisions: StoreOrphans) => Partial<StoreOrphans>),
): Store {
  return spoiled(({ orphans: decisions = {} as StoreOrphans }) => ({
    orphans: { ...decisions, ...(typeof changes === 'function' ? changes(decisions) : changes) },
  }));
}

/** Changes a commit so that it never conflicts. */
async function forced({ change, ...rest }: Commit, store: Store): Promise<Commit> {
  const now = change?.before && (await store.get(change.before.sandbox.id));
  return change && now
    ? { ...rest, change: { ...change, before: now } }
    : { ...rest, ...(change && { change }) };
}

/** A store with a fault in its retention. */
const spoiledRetention =
  (spoil: (retention: StoreRetention, store: Store) => Partial<StoreRetention>) => () =>
    spoiled((store) => {
      const retention = store.retention as StoreRetention;
      return { retention: { ...retention, ...spoil(retention, store) } };
    });

const ever = Number.MAX_SAFE_INTEGER;

/** Stores that each have one fault, by the check that must find it. */
const wrong: Readonly<Record<string, readonly (() => Store)[]>> = {
  'archives only sandboxes that are terminated and released, and ended before an instant': [
    spoiledRetention((retention) => ({ archive: (_, ...rest) => retention.archive(ever, ...rest) })),
    spoiledRetention((retention) => ({
      archive: (before, ...rest) => retention.archive(before + 1, ...rest),
    })),
    // Takes the sandboxes out of the list that are terminated and not released.
    () =>
      spoiled((store) => ({
        async list(query) {
          const { items, ...page } = await store.list(query);
          return {
            ...page,
            items: items.filter(({ sandbox, released }) => sandbox.status !== 'terminated' || released),
          };
        },
      })),
  ],
  'archives the longest ended sandboxes first, at most as many as the limit': [
    spoiledRetention((retention) => ({ archive: (before, at) => retention.archive(before, at, 99) })),
    spoiledRetention((retention) => ({
      archive: async (before, at, limit) => Math.min(limit, 2 * (await retention.archive(before, at, limit))),
    })),
    // The newest first.
    () =>
      spoiled((store) => {
        let archived = 0;
        const all = () => store.list({ namespace: 'default', limit: 99 });
        return {
          list: async (query) => ({
            ...(await all()),
            items: (await store.list(query)).items.slice(archived),
          }),
          retention: {
            ...(store.retention as StoreRetention),
            archive: async (_before, _at, limit) => {
              archived += Math.min(limit, (await all()).items.length - archived);
              return limit;
            },
          },
        };
      }),
  ],
  'finds an archived sandbox by id, unchanged and with its history': [
    // Only the list finds what is archived.
    () =>
      spoiled((store) => ({
        async get(id) {
          const archived = await store.retention?.listArchived({ namespace: 'default', limit: 99 });
          return archived?.items.some(({ sandbox }) => sandbox.id === id) ? undefined : store.get(id);
        },
      })),
    // Archives with a commit.
    () =>
      spoiled((store) => ({
        async get(id) {
          const entry = await store.get(id);
          return entry?.released ? { ...entry, revision: entry.revision + 1 } : entry;
        },
      })),
    // Deletes the history at once.
    () =>
      spoiled((store) => ({
        async history(query) {
          const archived = await store.retention?.listArchived({ namespace: 'default', limit: 99 });
          return archived?.items.length ? [] : store.history(query);
        },
      })),
    spoiledRetention((_, store) => ({ lastDeleted: () => store.lastSequence() })),
    spoiledRetention(() => ({ archivedAt: async () => 77_777 })),
    spoiledRetention(() => ({ archivedAt: async () => null })),
    spoiledRetention((retention) => ({
      archive: (before, _, limit) => retention.archive(before, before, limit),
    })),
  ],
  'lists archived sandboxes in pages and by name and metadata, and no others with them': [
    spoiledRetention((_, store) => ({
      async listArchived(query) {
        const page = await store.list({ ...query, statuses: ['terminated'] });
        return { ...page, items: page.items.map((entry) => ({ ...entry, archivedAt: 77_777 })) };
      },
    })),
    spoiledRetention((retention) => ({
      listArchived: ({ name: _, ...query }) => retention.listArchived(query),
    })),
    spoiledRetention((retention) => ({
      listArchived: ({ metadata: _, ...query }) => retention.listArchived(query),
    })),
    spoiledRetention((retention) => ({
      listArchived: ({ statuses: _, ...query }) => retention.listArchived(query),
    })),
    spoiledRetention((retention) => ({
      listArchived: ({ direction: _, ...query }) => retention.listArchived(query),
    })),
    spoiledRetention((retention) => ({
      listArchived: ({ cursor: _, ...query }) => retention.listArchived(query),
    })),
    // The list still has what is archived.
    () =>
      spoiled((store) => ({
        async list(query) {
          const archived = await store.retention?.listArchived(query);
          const page = await store.list(query);
          return { ...page, items: [...page.items, ...(archived?.items ?? [])] };
        },
      })),
  ],
  'lists an archived sandbox again when a commit says that it is not released': [
    // Stays out of the list.
    () => {
      const archived = new Set<string>();
      return spoiled((store) => ({
        async list(query) {
          const page = await store.list(query);
          return { ...page, items: page.items.filter(({ sandbox }) => !archived.has(sandbox.id)) };
        },
        retention: {
          ...(store.retention as StoreRetention),
          async archive(...query) {
            const { items } = await store.list({ namespace: 'default', limit: 99 });
            for (const { sandbox } of items) archived.add(sandbox.id);
            return (await store.retention?.archive(...query)) ?? 0;
          },
        },
      }));
    },
    // Sets it aside.
    () => {
      const archived = new Set<string>();
      return spoiled((store) => ({
        async commit(commit) {
          const { after } = commit.change ?? {};
          if (after && (await store.retention?.archivedAt(after.sandbox.id)) && !after.released)
            archived.add(after.sandbox.id);
          return store.commit(commit);
        },
        unsettled: async (...part) =>
          (await store.unsettled(...part)).filter(({ sandbox }) => !archived.has(sandbox.id)),
      }));
    },
    () =>
      spoiled(() => ({ broken: async () => [{ sandboxId: 'a', namespace: 'default', problem: 'rank' }] })),
    spoiledRetention((retention, store) => ({
      archivedAt: async (id) => ((await store.get(id)) ? 77_777 : retention.archivedAt(id)),
    })),
  ],
  'deletes only archived sandboxes that ended before an instant, with their history': [
    spoiledRetention((retention) => ({
      deleteArchived: (_, limit) => retention.deleteArchived(ever, limit),
    })),
    spoiledRetention((retention) => ({
      async deleteArchived(before, limit) {
        await retention.archive(before, 0, limit);
        return retention.deleteArchived(before, limit);
      },
    })),
    // Deletes the record and keeps the history.
    () => {
      const rows: HistoryRow[] = [];
      return spoiled((store) => ({
        async history(query) {
          const found = await store.history(query);
          if (found.length > 0) rows.push(...found);
          return found.length > 0 || query.sandboxId !== 'early' ? found : [{ ...rows[0] } as HistoryRow];
        },
      }));
    },
  ],
  'deletes in parts, and finds a sandbox no more from the first part on': [
    spoiledRetention((retention) => ({ deleteArchived: (before) => retention.deleteArchived(before, 99) })),
    // Finds the record until its last row of history is deleted.
    () => {
      const known = new Map<string, SandboxEntry>();
      return spoiled((store) => ({
        async commit(commit) {
          const { after } = commit.change ?? {};
          if (after) known.set(after.sandbox.id, after);
          return store.commit(commit);
        },
        async get(id) {
          const rows = await store.history({ sandboxId: id, after: 0, limit: 1 });
          return rows.length > 0 ? known.get(id) : undefined;
        },
      }));
    },
    // Uses the sequences of deleted rows again.
    () =>
      spoiled((store) => ({
        async lastSequence() {
          const [first] = await store.history({ after: 0, limit: 1 });
          return first?.sandboxId === 'a' ? store.lastSequence() : 0;
        },
      })),
  ],
  'continues a deletion that has begun, whatever its instant, and lets no commit change the sandbox': [
    spoiledRetention((retention) => ({
      deleteArchived: async (before, limit) => (before === 0 ? 0 : retention.deleteArchived(before, limit)),
    })),
    spoiledCommit((commit, store) => store.commit(commit).catch(() => ({ sequence: null }))),
  ],
  'keeps the snapshots, the usage and the stored responses of a deleted sandbox': [
    spoiledRetention((retention, store) => ({
      async deleteArchived(before, limit) {
        await store.commit({ deletedSnapshot: { id: 's1', at: 0 } });
        return retention.deleteArchived(before, limit);
      },
    })),
    spoiledRetention((retention, store) => ({
      async deleteArchived(before, limit) {
        await store.forgetResponses(ever, 99);
        return retention.deleteArchived(before, limit);
      },
    })),
    () =>
      spoiled((store) => ({
        usage: {
          ...(store.usage as StoreUsage),
          rows: async (...query) =>
            (await store.get('a')) ? ((await store.usage?.rows(...query)) ?? []) : [],
        },
      })),
  ],
  'cuts the oldest rows of a history in parts, and marks the first row that is left': [
    spoiledRetention((retention) => ({ cutHistory: (id, kept) => retention.cutHistory(id, kept, 99) })),
    spoiledRetention((retention) => ({
      cutHistory: (id, kept, most) => retention.cutHistory(id, kept - 1, most),
    })),
    spoiledRetention(() => ({ cutHistory: async () => 0 })),
    spoiledRetention(() => ({ lastDeleted: async () => 0 })),
    // Without the mark.
    () =>
      spoiled((store) => ({
        history: async (query) => (await store.history(query)).map(({ isFirstKept: _, ...row }) => row),
      })),
  ],
  'notes the last deleted row of each namespace, of deleted sandboxes too': [
    spoiledRetention((retention) => ({ lastDeleted: () => retention.lastDeleted('default') })),
    spoiledRetention(() => ({ lastDeleted: async () => 0 })),
  ],
  'returns the snapshots that were created before an instant, without those in use': [
    spoiledRetention((retention) => ({
      expiredSnapshots: (before) => retention.expiredSnapshots(before, 99),
    })),
    spoiledRetention((retention) => ({
      expiredSnapshots: (before, limit) => retention.expiredSnapshots(before + 1, limit),
    })),
    spoiledRetention((retention) => ({
      expiredSnapshots: async (...query) => [...(await retention.expiredSnapshots(...query))].reverse(),
    })),
    // Whether or not a boot reads them.
    spoiledRetention((_, store) => ({
      async expiredSnapshots(before, limit) {
        const { items } = await store.listSnapshots({ namespace: 'default', limit: 99 });
        const settled = items.filter(({ status }) => status === 'completed' || status === 'failed');
        return settled
          .filter(({ createdAt }) => createdAt < before)
          .reverse()
          .slice(0, limit);
      },
    })),
  ],
  'returns the completed snapshots of each sandbox above a number, without those in use': [
    spoiledRetention((retention) => ({
      surplusSnapshots: (kept, ...rest) => retention.surplusSnapshots(kept + 1, ...rest),
    })),
    spoiledRetention((retention) => ({
      surplusSnapshots: async (...query) => ({
        ...(await retention.surplusSnapshots(...query)),
        lastSandboxId: null,
      }),
    })),
    // Counts the snapshots of a namespace, and those that a boot reads.
    spoiledRetention((_, store) => ({
      async surplusSnapshots(kept) {
        const { items } = await store.listSnapshots({ namespace: 'default', limit: 99 });
        return { snapshots: items.slice(kept), lastSandboxId: null };
      },
    })),
  ],
  'returns what was committed, and nothing else': [
    () => spoiled((store) => ({ getByName: (_, name) => store.getByName('default', name) })),
    spoiledCommit(async (commit, store) =>
      store
        .commit(commit.change?.before ? { change: { ...commit.change, before: null } } : commit)
        .catch(() => ({ sequence: 1 })),
    ),
  ],
  'rejects a commit on a record that has changed, already exists, or does not exist': [
    spoiledCommit(async (commit, store) => store.commit(await forced(commit, store))),
    spoiledCommit(async (commit, store) => {
      const { change } = commit;
      const before = change && ((await store.get(change.after.sandbox.id)) ?? null);
      return store.commit(
        change?.before === null ? { change: { ...change, before: before ?? null } } : commit,
      );
    }),
  ],
  'detects a conflict with a change that was made without an event': [
    spoiledCommit(async (commit, store) => {
      const now = commit.change?.before && (await store.get(commit.change.before.sandbox.id));
      const same = now?.sandbox.version === commit.change?.before?.sandbox.version;
      return store.commit(same ? await forced(commit, store) : commit);
    }),
  ],
  'keeps every row of a commit with several events, in order and with consecutive sequences': [
    // Writes only the last row.
    spoiledCommit(async ({ change, ...rest }, store) => {
      if (change === undefined) return store.commit(rest);
      const { earlier: _, ...last } = change;
      return store.commit({ ...rest, change: last });
    }),
  ],
  'keeps no row of a commit with several events that is rejected': [
    // Checks the name only after it has written the earlier rows.
    spoiledCommit(async (commit, store) => {
      const { change } = commit;
      const [first] = change?.earlier ?? [];
      if (change === undefined || first === undefined) return store.commit(commit);
      const { before, after } = change;
      const early = { ...after, sandbox: first.sandbox };
      await store.commit({ change: { before, after: early, history: first } });
      throw new NameTakenError(after.sandbox.name ?? '');
    }),
  ],
  'lets exactly one of many concurrent writers of a record win': [
    // Compares before the wait, and overwrites after it.
    spoiledCommit(async (commit, store) => {
      const { change } = commit;
      const now = change && (await store.get(change.after.sandbox.id));
      if (now?.revision !== change?.before?.revision) throw new ConflictError('a');
      await setImmediate();
      return store.commit(await forced(commit, store));
    }),
  ],
  'loses no update of writers that read again after a conflict': [
    spoiledCommit(async (commit, store) => {
      await setImmediate();
      return store.commit(await forced(commit, store));
    }),
  ],
  'applies a timeout once when two hosts send it at the same time': [
    spoiledCommit(async (commit, store) => {
      if (commit.change?.history?.event.type !== 'timeout') return store.commit(commit);
      return store.commit(commit).catch(async () => store.commit(await forced(commit, store)));
    }),
    // The second host gets a success.
    spoiledCommit((commit, store) =>
      store.commit(commit).catch((error) => {
        if (commit.change?.history?.event.type === 'timeout') return { sequence: 1 };
        throw error;
      }),
    ),
  ],
  'keeps a thousand concurrent commits': [
    () =>
      spoiled((store) => {
        let inOneTurn = 0;
        return {
          async commit(commit) {
            if (inOneTurn++ === 0) void setImmediate().then(() => (inOneTurn = 0));
            return inOneTurn > 256 ? { sequence: inOneTurn } : store.commit(commit);
          },
        };
      }),
  ],
  'accepts no new sandbox in a namespace while its deletion is recorded': [
    // Only the host that deletes knows of it.
    () => withNamespaces(({ deleteRows, isEmpty, ...rest }) => ({ ...rest, record: async () => {} })),
    () => {
      const { record, recorded } = memoryStore().namespaces as StoreNamespaces;
      return withNamespaces(() => ({ record, recorded }));
    },
    // Refuses every change of the namespace.
    spoiledCommit(async (commit, store) => {
      const recorded = (await store.namespaces?.recorded()) ?? [];
      const namespace = commit.change?.after.namespace ?? '';
      if (recorded.some((deletion) => deletion.namespace === namespace))
        throw new NamespaceDeletingError(namespace);
      return store.commit(commit);
    }),
    // Refuses also where only the begin of the name is the same.
    spoiledCommit(async (commit, store) => {
      const recorded = (await store.namespaces?.recorded()) ?? [];
      const namespace = commit.change?.after.namespace ?? '';
      if (
        commit.change?.before === null &&
        recorded.some((deletion) => deletion.namespace.startsWith(namespace))
      )
        throw new NamespaceDeletingError(namespace);
      return store.commit(commit);
    }),
    // Keeps the first record.
    () =>
      withNamespaces(({ record, recorded }) => ({
        async record(namespace, deletion) {
          if (deletion === null || (await recorded()).length === 0) await record(namespace, deletion);
        },
      })),
  ],
  'deletes the rows of one namespace in parts, and only what has ended': [
    () => withNamespaces(() => ({ deleteRows: async () => 0 })),
    () => withNamespaces(({ deleteRows }) => ({ deleteRows: (namespace) => deleteRows(namespace, 99) })),
    () => withNamespaces(() => ({ isEmpty: async () => true })),
    () => withNamespaces(() => ({ isEmpty: async () => false })),
    // Deletes the rows of another namespace too.
    () =>
      withNamespaces(({ deleteRows }) => ({
        async deleteRows(namespace, limit) {
          await deleteRows('other', limit);
          return deleteRows(namespace, limit);
        },
      })),
  ],
  'adds the time that sandboxes run and are suspended to the usage of their namespace': [
    () => withUsage((row) => (row.from === 'suspending' ? [{ ...row, from: 'suspended' }] : [row])),
    // Counts a boot as running.
    () => withUsage((row) => [row.to === 'pending' ? { ...row, to: 'running' } : row]),
    // Leaves the last operation out.
    () => withUsage((row) => (row.event.type === 'terminate' ? [] : [row])),
    () =>
      spoiled(({ usage }) => ({
        usage: { ...usage, namespaces: async () => ['default', 'other'] } as StoreUsage,
      })),
  ],
  'adds each event of a commit to the usage, and an event of an earlier day to all later days': [
    () => withUsage((row, isLast) => (isLast ? [row] : [])),
    // The newest day takes every event.
    () =>
      spoiled(({ usage }) => ({
        usage: {
          ...usage,
          rows: async (namespace, from, to) => ((await usage?.rows(namespace, from, to)) ?? []).slice(-1),
        } as StoreUsage,
      })),
  ],
  'adds nothing of a rejected commit to the usage or to the numbers': [
    () => {
      const table = createUsageTable();
      return spoiled((store) => ({
        usage: table.queries,
        commit(commit) {
          if (commit.change?.history) table.add(commit.change.history);
          return store.commit(commit);
        },
      }));
    },
    () => withCounts((status) => (status === 'terminated' ? 1 : 0)),
  ],
  'keeps one decision for each sandbox without a record, in the order of the ids, until it is deleted': [
    // Never deletes one.
    () => withDecisions({ forget: async () => {} }),
    // Keeps the first decision.
    () =>
      withDecisions((decisions) => ({
        async put(decision) {
          if ((await decisions.get(decision.sandboxId)) === undefined) await decisions.put(decision);
        },
      })),
    // Begins each list at the first id.
    () => withDecisions((decisions) => ({ list: (_, limit) => decisions.list('', limit) })),
    // The order of the decisions.
    () =>
      withDecisions((decisions) => ({
        list: async (afterId, limit) =>
          [...(await decisions.list(afterId, 99))].sort((a, b) => a.at - b.at).slice(0, limit),
      })),
  ],
  'counts the sandboxes of each status': [
    () => withCounts((status) => (status === 'terminated' ? -1 : 0)),
    () => withCounts((status) => (status === 'suspending' ? -1 : 0)),
  ],
  'keeps nothing of a commit whose record has changed': [
    spoiledCommit(async ({ snapshot, ...rest }, store) => {
      if (snapshot) await store.commit({ snapshot });
      return store.commit(rest);
    }),
    spoiledCommit(async ({ deletedSnapshot, ...rest }, store) => {
      if (deletedSnapshot !== undefined) await store.commit({ deletedSnapshot });
      return store.commit(rest);
    }),
  ],
  'keeps nothing of a commit whose name is taken': [
    spoiledCommit(async ({ response, ...rest }, store) => {
      if (response) await store.commit({ response });
      return store.commit(rest);
    }),
  ],
  'keeps nothing of a commit whose idempotency key is already used': [
    spoiledCommit(async ({ response, ...rest }, store) => {
      const committed = await store.commit(rest);
      if (response) await store.commit({ response });
      return committed;
    }),
  ],
  'keeps nothing of a commit whose snapshot has changed or cannot be restored': [
    spoiledCommit(async ({ snapshotBefore, snapshot, ...rest }, store) => {
      const committed = await store.commit(rest);
      if (snapshot) await store.commit({ snapshot, ...(snapshotBefore && { snapshotBefore }) });
      return committed;
    }),
    spoiledCommit(async ({ restoredFrom, ...rest }, store) => {
      const committed = await store.commit(rest);
      if (restoredFrom) await store.commit({ restoredFrom });
      return committed;
    }),
  ],
  'rolls back only the rejected ones of concurrent commits': [
    () =>
      spoiled((store) => {
        let batch: Promise<unknown>[] = [];
        return {
          async commit(commit) {
            const own = store.commit(commit);
            own.catch(() => {});
            batch.push(own);
            await setImmediate();
            const all = batch;
            await setImmediate();
            batch = [];
            await Promise.all(all);
            return own;
          },
        };
      }),
  ],
  'allows a name once among the living sandboxes of a namespace': [
    () => sharded(async () => {}),
    () =>
      spoiled((store) => {
        const ever = new Set<string | null>();
        return {
          async commit(commit) {
            const { before = null, after } = commit.change ?? {};
            const name = after?.sandbox.name ?? null;
            const key = `${after?.namespace} ${name}`;
            if (before === null && name !== null && ever.has(key)) throw new NameTakenError(name);
            ever.add(key);
            return store.commit(commit);
          },
        };
      }),
  ],
  'gives a name to one of many concurrent creations, in each namespace': [() => sharded(mustBeFree)],
  'gives a name to one of many concurrent renames': [() => sharded(mustBeFree)],
  'frees the old name of a renamed sandbox, and reserves its new name': [
    () =>
      spoiled((store) => ({
        async getByName(namespace, name) {
          const { items } = await store.list({ namespace, limit: 99 });
          const rows = await store.history({ after: 0, limit: 99 });
          const had = rows.find(({ sandbox }) => sandbox.name === name);
          return items.find(({ sandbox }) => sandbox.id === had?.sandboxId);
        },
      })),
  ],
  'does not reserve the names of terminated sandboxes': [
    () =>
      spoiled((store) => ({
        async getByName(namespace, name) {
          const { items } = await store.list({ namespace, limit: 99 });
          return items.find(({ sandbox }) => sandbox.name === name);
        },
      })),
  ],
  'allows any number of sandboxes without a name': [
    spoiledCommit(async (commit, store) => {
      const { items } = await store.list({ namespace: 'default', limit: 99 });
      if (commit.change?.before === null && items.some(({ sandbox }) => sandbox.name === null))
        throw new NameTakenError('null');
      return store.commit(commit);
    }),
  ],
  'returns a stored response by its namespace and key': [
    () => spoiled((store) => ({ response: (_, key) => store.response('default', key) })),
  ],
  'distinguishes all pairs of namespace and key': [
    () => {
      const one = (namespace: string, key: string) => ['', `${namespace}:${key}`] as const;
      return spoiled((store) => ({
        response: (namespace, key) => store.response(...one(namespace, key)),
        commit({ response, ...rest }) {
          const [namespace, key] = one(response?.namespace ?? '', response?.key ?? '');
          return store.commit({ ...rest, ...(response && { response: { ...response, namespace, key } }) });
        },
      }));
    },
  ],
  'lets one of many concurrent commits with one key win, and keeps nothing of the others': [
    spoiledCommit(async (commit, store) => {
      const { response, ...rest } = commit;
      if (response && (await store.response(response.namespace, response.key)))
        throw new KeyUsedError(response.key);
      await setImmediate();
      return store.commit(commit).catch(() => store.commit(rest));
    }),
  ],
  'deletes only the responses from before an instant, and frees their keys': [
    () => spoiled((store) => ({ forgetResponses: (before) => store.forgetResponses(before + 1, 99) })),
    () => spoiled(() => ({ forgetResponses: async () => 0 })),
  ],
  'deletes expired responses in parts, the oldest first, and counts them': [
    () => spoiled((store) => ({ forgetResponses: (before) => store.forgetResponses(before, 99) })),
    () =>
      spoiled((store) => ({
        forgetResponses: async (...part) => Math.min(await store.forgetResponses(...part), 1),
      })),
  ],
  'reports the states of the living sandboxes as their records have them, in parts': [
    () => spoiled((store) => ({ livingStates: (after) => store.livingStates(after, 99) })),
    () =>
      spoiled((store) => ({
        livingStates: async (...part) =>
          (await store.livingStates(...part)).map((state) => ({ ...state, isBetween: false })),
      })),
  ],
  'returns the removable snapshots in parts, ordered by id, and forgets deleted ones in parts': [
    () => spoiled((store) => ({ removableSnapshots: (_, limit) => store.removableSnapshots('', limit) })),
    () =>
      spoiled((store) => ({
        removableSnapshots: async (...part) => [...(await store.removableSnapshots(...part))].reverse(),
      })),
    () => spoiled((store) => ({ forgetSnapshots: (before) => store.forgetSnapshots(before, 99) })),
  ],
  'lists only the sandboxes that meet all conditions, also in pages and backward': [
    // Any of the metadata.
    () =>
      spoiled((store) => ({
        list: ({ metadata, ...query }) =>
          store.list({
            ...query,
            ...(metadata && { metadata: Object.fromEntries(Object.entries(metadata).slice(0, 1)) }),
          }),
      })),
    () =>
      spoiled((store) => ({
        list: ({ statuses, ...query }) =>
          store.list({ ...query, ...(statuses && !query.metadata && { statuses }) }),
      })),
  ],
  'returns each row of history as it was committed, with the sequence that the commit returned': [
    () =>
      spoiled((store) => ({
        history: async (query) => (await store.history(query)).map((row) => ({ ...row, actor: 'user' })),
      })),
    () =>
      spoiled((store) => ({
        history: async (query) =>
          (await store.history(query)).map((row) => ({ ...row, sequence: row.sequence + 1 })),
      })),
  ],
  'assigns a growing sequence to each row, and none to a commit without a row': [
    spoiledCommit(async (commit, store) => {
      const { sequence } = await store.commit(commit);
      return { sequence: sequence === null ? await store.lastSequence() : sequence };
    }),
    spoiledCommit(async (commit, store) => {
      const { sequence } = await store.commit(commit);
      return { sequence: sequence && 1_000 - sequence };
    }),
  ],
  'orders the rows of concurrent commits, without a gap in any sandbox': [
    () =>
      spoiled((store) => ({
        history: async (query) =>
          [...(await store.history(query))].sort((a, b) => (a.sandboxId < b.sandboxId ? -1 : 1)),
      })),
  ],
  'filters the history by namespace, sandbox, sequence, version and limit': [
    () => spoiled((store) => ({ history: ({ namespace: _, ...query }) => store.history(query) })),
    () => spoiled((store) => ({ history: ({ sandboxId: _, ...query }) => store.history(query) })),
    () => spoiled((store) => ({ history: ({ afterVersion: _, ...query }) => store.history(query) })),
    () => spoiled((store) => ({ history: (query) => store.history({ ...query, limit: 99 }) })),
    () => spoiled((store) => ({ history: (query) => store.history({ ...query, after: query.after - 1 }) })),
  ],
  'never adds a row before one that was read, so that a reader that follows the history misses nothing': [
    // Like a database that assigns sequences before the commit: the row of a slow writer appears after later rows.
    () =>
      spoiled((store) => {
        const seen = new Map<number, number>();
        return {
          async history(query) {
            const rows = await store.history(query);
            return rows.filter(({ sequence }) => {
              const times = (seen.get(sequence) ?? 0) + 1;
              seen.set(sequence, times);
              return sequence % 5 !== 0 || times > 2;
            });
          },
        };
      }),
  ],
  'lists in pages, newest first, forward and backward': [
    () => spoiled((store) => ({ list: ({ direction: _, ...query }) => store.list(query) })),
    () =>
      spoiled((store) => ({
        async list(query) {
          const { items, ...cursors } = await store.list(query);
          return { ...cursors, items: query.direction === 'backward' ? [...items].reverse() : items };
        },
      })),
  ],
  'reports the end of the list on the page with the last item': [
    () =>
      spoiled((store) => ({
        async list(query) {
          const page = await store.list(query);
          const full = page.items.length === query.limit;
          return { ...page, nextCursor: full ? (page.nextCursor ?? 'more') : null };
        },
      })),
  ],
  'ends a page early when its items exceed 4 MiB, and continues it from the cursor': [
    // Bounds a page by its number of items only.
    () =>
      spoiled((store) => ({
        async list(query) {
          const first = await store.list(query);
          if (first.nextCursor === null || query.direction === 'backward') return first;
          const { items, nextCursor } = await store.list({ ...query, cursor: first.nextCursor });
          return { ...first, items: [...first.items, ...items].slice(0, query.limit), nextCursor };
        },
      })),
    // Ends early and names no next page.
    () =>
      spoiled((store) => ({
        async list(query) {
          const page = await store.list(query);
          return page.items.length < query.limit ? { ...page, nextCursor: null } : page;
        },
      })),
  ],
  'lists an item that alone exceeds a page': [
    () =>
      spoiled((store) => ({
        async list(query) {
          const { items, ...cursors } = await store.list(query);
          return { ...cursors, items: items.filter((item) => JSON.stringify(item).length < 4 * 1024 * 1024) };
        },
      })),
  ],
  'lets concurrent creations together not exceed the quota of living sandboxes': [
    // Counts before the wait, and writes after it.
    spoiledCommit(async ({ quotas, ...commit }, store) => {
      const { items } = await store.list({ namespace: commit.change?.after.namespace ?? '', limit: 99 });
      await setImmediate();
      if (items.length >= (quotas?.livingSandboxes ?? 99)) throw new QuotaError('living sandboxes', 5);
      return store.commit(commit);
    }),
    // One quota for all namespaces.
    () => {
      let living = 0;
      return spoiled((store) => ({
        async commit({ quotas, ...commit }) {
          if (commit.change?.before === null) living += 1;
          if (living > (quotas?.livingSandboxes ?? 99)) throw new QuotaError('living sandboxes', 5);
          return store.commit(commit);
        },
      }));
    },
  ],
  'counts neither terminated sandboxes nor commits that were rejected against the quota': [
    () => {
      let created = 0;
      return spoiled((store) => ({
        async commit({ quotas, ...commit }) {
          const isNew = commit.change?.before === null;
          if (isNew && created >= (quotas?.livingSandboxes ?? 99))
            throw new QuotaError('living sandboxes', 2);
          const committed = await store.commit(commit);
          if (isNew) created += 1;
          return committed;
        },
      }));
    },
  ],
  'limits the snapshots of a namespace that are not deleted': [
    spoiledCommit(({ quotas: _, ...commit }, store) => store.commit(commit)),
    () => {
      let snapshots = 0;
      return spoiled((store) => ({
        async commit({ quotas, ...commit }) {
          if (commit.snapshotBefore === null) snapshots += 1;
          if (snapshots > (quotas?.snapshots ?? 99)) throw new QuotaError('snapshots', 2);
          return store.commit(commit);
        },
      }));
    },
  ],
  'lists only the requested statuses, also in pages': [
    () => spoiled((store) => ({ list: ({ statuses: _, ...query }) => store.list(query) })),
    // Filters each page after it was read.
    () =>
      spoiled((store) => ({
        async list({ statuses, ...query }) {
          const page = await store.list(query);
          return {
            ...page,
            items: page.items.filter(({ sandbox }) => statuses?.includes(sandbox.status) ?? true),
          };
        },
      })),
  ],
  'lists terminated sandboxes after all others, also across pages': [
    // Sorts each page by itself.
    () => spoiled(unordered),
    // The newest first, whether or not they have ended.
    () =>
      spoiled((store) => ({
        async list(query) {
          const { items, ...cursors } = await store.list(query);
          const at = ({ sandbox }: SandboxEntry) => sandbox.createdAt;
          return { ...cursors, items: [...items].sort((a, b) => at(b) - at(a)) };
        },
      })),
  ],
  'lists only the sandboxes of a name, living or terminated': [
    () => spoiled((store) => ({ list: ({ name: _, ...query }) => store.list(query) })),
    () =>
      spoiled((store) => ({
        async list(query) {
          const holder = query.name && (await store.getByName(query.namespace, query.name));
          return holder ? { items: [holder], previousCursor: null, nextCursor: null } : store.list(query);
        },
      })),
  ],
  'lists only the sandboxes with all of the metadata, as it is now': [
    () => spoiled((store) => ({ list: ({ metadata: _, ...query }) => store.list(query) })),
    // Finds by the first pair only.
    () =>
      spoiled((store) => ({
        list({ metadata = {}, ...query }) {
          return store.list({ ...query, metadata: Object.fromEntries(Object.entries(metadata).slice(0, 1)) });
        },
      })),
    // Remembers the metadata of the creation.
    () =>
      spoiled((store) => {
        const first = new Map<string, SandboxEntry['configuration']['metadata']>();
        return {
          async commit(commit) {
            const { after } = commit.change ?? {};
            if (after && !first.has(after.sandbox.id))
              first.set(after.sandbox.id, after.configuration.metadata);
            return store.commit(commit);
          },
          async list({ metadata = {}, ...query }) {
            const { items, ...cursors } = await store.list(query);
            const has = ({ sandbox }: SandboxEntry) =>
              Object.entries(metadata).every(([key, value]) => first.get(sandbox.id)?.[key] === value);
            return { ...cursors, items: items.filter(has) };
          },
        };
      }),
  ],
  'omits no sandbox while others are created and terminated between pages': [
    () => spoiled((store) => ({ list: (query) => pagesByNumber(store, query) })),
  ],
  'rejects a cursor that it did not issue': [
    () =>
      spoiled((store) => ({
        list: ({ cursor, ...query }) =>
          store.list({ ...query, ...(cursor && { cursor }) }).catch(() => store.list(query)),
      })),
  ],
  'finds the due timeouts, the longest overdue first, and the next timeout': [
    () => spoiled((store) => ({ due: async (at, limit) => [...(await store.due(at, limit))].reverse() })),
    () => spoiled((store) => ({ due: (at, limit) => store.due(at - 1, limit) })),
    () => spoiled((store) => ({ due: async (at, limit) => (await store.due(at, 99)).slice(-limit) })),
  ],
  'finds the deadline of an operation as well as the end of a time limit': [
    () =>
      spoiled((store) => ({
        async nextTimeoutAt() {
          const running = (await store.list({ namespace: 'default', limit: 99 })).items;
          return running[0]?.sandbox.expiresAt ?? null;
        },
      })),
  ],
  'finds timeouts with and without the suspended limits': [
    () => spoiled((store) => ({ due: (at, limit) => store.due(at, limit) })),
    () => spoiled((store) => ({ nextTimeoutAt: () => store.nextTimeoutAt() })),
    () => spoiled((store) => ({ due: (at, limit) => store.due(at, limit, { withoutDiscards: true }) })),
    // Leaves out every suspended sandbox.
    () =>
      spoiled((store) => ({
        async due(at, limit, query) {
          const found = await store.due(at, limit, query);
          const entries = await Promise.all(found.map(({ sandboxId }) => store.get(sandboxId)));
          const isLeftOut = (index: number) => entries[index]?.sandbox.status === 'suspended';
          return query?.withoutDiscards ? found.filter((_, index) => !isLeftOut(index)) : found;
        },
      })),
  ],
  'finds unsettled and living sandboxes of every kind': [
    () => spoiled((store) => ({ unsettled: only(store.unsettled, ({ status }) => status !== 'terminated') })),
    () => spoiled((store) => ({ unsettled: only(store.unsettled, ({ status }) => status !== 'suspended') })),
    () => spoiled((store) => ({ living: only(store.living, ({ status }) => status !== 'suspended') })),
  ],
  'finds a terminated sandbox again when it still holds something on the platform': [
    () =>
      spoiled((store) => {
        const released = new Set<string>();
        return {
          commit(commit) {
            if (commit.change?.after.released) released.add(commit.change.after.sandbox.id);
            return store.commit(commit);
          },
          unsettled: only(store.unsettled, ({ id }) => !released.has(id)),
        };
      }),
  ],
  'returns unsettled and living sandboxes in parts, ordered by id': [
    () => spoiled((store) => ({ unsettled: (after) => store.unsettled(after, 99) })),
    () =>
      spoiled((store) => ({
        living: async (after, limit) => [...(await store.living(after, 99))].reverse().slice(0, limit),
      })),
  ],
  'stores a snapshot in the commit that begins it, and updates it in the commit that ends it': [
    spoiledCommit(async ({ snapshot, ...rest }, store) => {
      const known = snapshot && (await store.getSnapshot(snapshot.id));
      return store.commit({ ...rest, ...(snapshot && !known && { snapshot }) });
    }),
  ],
  'lists the snapshots of a namespace, newest first': [
    () =>
      spoiled((store) => ({
        async listSnapshots(query) {
          const page = await store.listSnapshots(query);
          return { ...page, items: [...page.items].reverse() };
        },
      })),
    () =>
      spoiled((store) => ({
        listSnapshots: (query) => store.listSnapshots({ ...query, namespace: 'default' }),
      })),
  ],
  'lists snapshots in pages, forward and backward': [
    () => spoiled((store) => ({ listSnapshots: (query) => store.listSnapshots({ ...query, limit: 99 }) })),
    () =>
      spoiled((store) => ({
        listSnapshots: ({ direction: _, ...query }) => store.listSnapshots(query),
      })),
    () =>
      spoiled((store) => ({
        listSnapshots: ({ cursor, ...query }) =>
          store
            .listSnapshots({ ...query, ...(cursor && { cursor }) })
            .catch(() => store.listSnapshots(query)),
      })),
  ],
  'hides a deleted snapshot at once, and keeps it until its capture has ended': [
    () => spoiled((store) => ({ getSnapshot: (id) => store.getSnapshot(id, { evenDeleted: true }) })),
    () => spoiled(() => ({ snapshotRemoved: async () => {} })),
  ],
  'forgets the records of snapshots that were deleted before an instant and whose data was removed': [
    () => spoiled(() => ({ forgetSnapshots: async () => 0 })),
    () => spoiled((store) => ({ forgetSnapshots: (before) => store.forgetSnapshots(before + 1, 99) })),
    // The last deletion counts, not the first one.
    () =>
      spoiled((store) => {
        const deleted = new Map<string, number>();
        return {
          async commit(commit) {
            const { deletedSnapshot } = commit;
            if (deletedSnapshot) deleted.set(deletedSnapshot.id, deletedSnapshot.at);
            return store.commit(commit);
          },
          forgetSnapshots: async (before) =>
            (deleted.get('early') ?? 0) < before ? store.forgetSnapshots(before, 99) : 0,
        };
      }),
    // Deletes the record as soon as the data was removed.
    () =>
      spoiled((store) => ({
        async snapshotRemoved(id) {
          await store.snapshotRemoved(id);
          await store.forgetSnapshots(Number.POSITIVE_INFINITY, 99);
        },
      })),
  ],
  'rejects a commit on a snapshot that has changed, already exists, or does not exist': [
    spoiledCommit(({ snapshotBefore: _, ...rest }, store) => store.commit(rest)),
    spoiledCommit((commit, store) => {
      const { snapshotBefore, ...rest } = commit;
      return store.commit(snapshotBefore === null ? rest : commit);
    }),
    spoiledCommit((commit, store) => {
      const { snapshotBefore: _, ...rest } = commit;
      return store.commit(commit.deletedSnapshot ? rest : commit);
    }),
  ],
  'lets exactly one of many concurrent writers of a snapshot win': [
    // Compares before the wait, and overwrites after it.
    spoiledCommit(async ({ snapshotBefore, ...rest }, store) => {
      const now = rest.snapshot && (await store.getSnapshot(rest.snapshot.id));
      if (snapshotBefore && now?.status !== snapshotBefore.status) throw new ConflictError('s1');
      await setImmediate();
      return store.commit(rest);
    }),
  ],
  'creates a sandbox only from a snapshot that can be restored': [
    spoiledCommit(({ restoredFrom: _, ...rest }, store) => store.commit(rest)),
    // Accepts any snapshot that exists and was not deleted.
    spoiledCommit(async (commit, store) => {
      const { restoredFrom, ...rest } = commit;
      return store.commit((await store.getSnapshot(restoredFrom ?? '')) ? rest : commit);
    }),
    spoiledCommit(async (commit, store) => {
      const { restoredFrom, ...rest } = commit;
      const found = await store.getSnapshot(restoredFrom ?? '', { evenDeleted: true });
      return store.commit(found?.status === 'completed' ? rest : commit);
    }),
  ],
  'decides between a deletion and a concurrent restoration': [
    // Looks at the snapshot before the wait, and creates the sandbox after it.
    spoiledCommit(async ({ restoredFrom, ...rest }, store) => {
      if (restoredFrom && !(await store.getSnapshot(restoredFrom)))
        throw new SnapshotUnusableError(restoredFrom);
      await setImmediate();
      return restoredFrom ? { sequence: 1 } : store.commit(rest);
    }),
    () => spoiled((store) => ({ removableSnapshots: async () => ignoringReaders(store, ['first', 'last']) })),
  ],
  'keeps the data of a snapshot while a pending sandbox restores from it': [
    () => spoiled(() => ({ isBeingRestored: async () => false })),
    () => spoiled((store) => ({ removableSnapshots: () => ignoringReaders(store, ['deleted', 'failed']) })),
    // Forgets the reader when its record changes.
    () =>
      spoiled((store) => ({
        async isBeingRestored(id) {
          return (await store.get(`from ${id}`))?.sandbox.version === 1;
        },
      })),
    // Never lets go of a snapshot that was read once.
    () =>
      spoiled((store) => ({
        isBeingRestored: async (id) => (await store.get(`from ${id}`)) !== undefined,
      })),
  ],
  'keeps the data of a snapshot until the last of several readers has left': [
    // Counts only the first reader.
    () =>
      spoiled((store) => ({
        async removableSnapshots() {
          const isRead = (await store.get('a'))?.sandbox.status === 'pending';
          return isRead ? [] : ignoringReaders(store, ['s']);
        },
      })),
  ],
  'lists a failed snapshot as removable, and keeps its record': [
    () =>
      spoiled((store) => ({
        async removableSnapshots() {
          const ids = await store.removableSnapshots('', 99);
          const kept = await Promise.all(ids.map((id) => store.getSnapshot(id)));
          return ids.filter((_, index) => kept[index] === undefined);
        },
      })),
  ],
  'accepts the deletion of a snapshot that was already deleted or never existed': [
    spoiledCommit(async (commit, store) => {
      const { id } = commit.deletedSnapshot ?? {};
      if (id !== undefined && !(await store.getSnapshot(id))) throw new Error('The snapshot does not exist.');
      return store.commit(commit);
    }),
  ],
  'finds nothing by a text that only starts like, or looks like, a stored one': [
    () => spoiled((store) => ({ get: (id) => store.get(cut(id)) })),
    () => spoiled((store) => ({ getByName: (namespace, name) => store.getByName(namespace, cut(name)) })),
    () => spoiled((store) => ({ response: (namespace, key) => store.response(namespace, wellFormed(key)) })),
    () =>
      spoiled((store) => ({
        history: (query) => store.history({ ...query, sandboxId: cut(query.sandboxId ?? '') }),
      })),
    () =>
      spoiled((store) => ({
        listSnapshots: (query) => store.listSnapshots({ ...query, namespace: wellFormed(query.namespace) }),
      })),
    () =>
      spoiled((store) => ({
        list: ({ name, ...query }) =>
          store.list({ ...query, ...(name !== undefined && { name: cut(name) }) }),
      })),
  ],
  'deletes nothing by a text that only starts like, or looks like, a stored one': [
    spoiledCommit(({ deletedSnapshot, ...rest }, store) =>
      store.commit({
        ...rest,
        ...(deletedSnapshot && { deletedSnapshot: { ...deletedSnapshot, id: cut(deletedSnapshot.id) } }),
      }),
    ),
    () => spoiled((store) => ({ snapshotRemoved: (id) => store.snapshotRemoved(wellFormed(id)) })),
  ],
  'stores an id, a name and a key unchanged, or rejects the whole commit': [
    // Stored under another id, as by a column that cannot hold the text.
    spoiledCommit((commit, store) => store.commit(renamed(commit, wellFormed))),
    spoiledCommit((commit, store) => store.commit(renamed(commit, cut))),
  ],
  'stores a key and the id of a snapshot unchanged, or rejects them': [
    spoiledCommit(({ response, ...rest }, store) =>
      store.commit({ ...rest, ...(response && { response: { ...response, key: cut(response.key) } }) }),
    ),
    spoiledCommit(({ snapshot, ...rest }, store) =>
      store.commit({ ...rest, ...(snapshot && { snapshot: { ...snapshot, id: wellFormed(snapshot.id) } }) }),
    ),
  ],
  'stores all other texts in a record, an event, a configuration and a response unchanged': [
    spoiledCommit((commit, store) =>
      store.commit(JSON.parse(JSON.stringify(commit).replaceAll('\\u0000', ''))),
    ),
    spoiledCommit((commit, store) =>
      store.commit(JSON.parse(JSON.stringify(commit).replaceAll('__proto__', 'x'))),
    ),
  ],
  'stores the actor and the cause of an event unchanged, or rejects the whole commit': [
    () =>
      spoiled((store) => ({
        history: async (query) =>
          (await store.history(query)).map((row) => ({ ...row, cause: wellFormed(row.cause) })),
      })),
  ],
};

const checks = storeConformance({ open: memoryStore });

test('every check without a reopen has a store that fails it', () => {
  const names = checks.map(({ name }) => name).filter((name) => !name.startsWith('(skipped'));
  expect(Object.keys(wrong).sort()).toEqual([...names].sort());
});

test.each(Object.entries(wrong))('%s: finds the faulty store', async (name, stores) => {
  for (const [index, open] of stores.entries()) {
    const failure = await failureOf(name, { open });
    expect(failure, `store ${index}`).toBeInstanceOf(Error);
  }
});

/** Stores with a fault that shows only after a reopen. */
const wrongReopened = {
  'keeps everything across a reopen': [
    async () => memoryStore(),
    async (store: Store) => ({ ...store, removableSnapshots: async () => [] }),
    async (store: Store) => ({ ...store, due: async () => [] }),
  ],
  'rejects the same commits after a reopen as before': [
    async (store: Store) => ({ ...store, commit: async () => ({ sequence: 1 }) }),
  ],
  'continues the sequence after a reopen': [
    async (store: Store) => ({ ...store, lastSequence: async () => 0 }),
    async (store: Store) => ({
      ...store,
      commit: async (commit: Commit) => {
        await store.commit(commit);
        return { sequence: 1 };
      },
    }),
  ],
} as const;

test.each(Object.entries(wrongReopened))('%s: finds the faulty store', async (name, reopens) => {
  for (const reopen of reopens)
    expect(await failureOf(name, { open: memoryStore, reopen })).toBeInstanceOf(AssertionError);
});

test('the suite finds a store that acknowledges a commit before it is stored', async () => {
  const queued: (() => void)[] = [];
  const inner = memoryStore();
  const early = {
    ...inner,
    async commit(commit: Commit) {
      queued.push(() => void inner.commit(commit));
      return { sequence: queued.length };
    },
  };
  const options = {
    open: () => early,
    reopen: async () => {
      for (const keep of queued.slice(0, 200)) keep();
      return inner;
    },
  };
  const name = 'keeps exactly the acknowledged commits when it is closed during commits';
  expect(await failureOf(name, options)).toBeInstanceOf(AssertionError);
  // It accepts a store that keeps what it has acknowledged.
  expect(await failureOf(name, { open: memoryStore, reopen: (store) => store })).toBeUndefined();
});

/** The failure of a check on these stores; undefined when it passes. */
async function failureOf(
  checkName: string,
  options: Parameters<typeof storeConformance>[0],
): Promise<unknown> {
  const check = storeConformance(options).find(({ name }) => name === checkName);
  if (check === undefined) throw new Error(`Unknown check "${checkName}".`);
  return check.run().then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** A store made of one store for each sandbox. It looks a name up in all of them, and assigns it in one. */
function sharded(before: (commit: Commit, named: SandboxEntry | undefined) => Promise<void>): Store {
  const shards = new Map<string, Store>();
  const shardOf = (id: string) => {
    const shard = shards.get(id) ?? memoryStore();
    shards.set(id, shard);
    return shard;
  };
  const getByName: Store['getByName'] = async (namespace, name) => {
    const found = await Promise.all([...shards.values()].map((shard) => shard.getByName(namespace, name)));
    return found.find((entry) => entry !== undefined);
  };
  return {
    ...memoryStore(),
    getByName,
    get: (id) => shardOf(id).get(id),
    async commit(commit) {
      const { namespace, sandbox } = commit.change?.after ?? {};
      await before(commit, await getByName(namespace ?? '', sandbox?.name ?? ''));
      return shardOf(sandbox?.id ?? '').commit(commit);
    },
  };
}

/** Checks that a name is free, and then waits before it is assigned. */
async function mustBeFree({ change }: Commit, named: SandboxEntry | undefined): Promise<void> {
  const { id, name } = change?.after.sandbox ?? {};
  if (named && named.sandbox.id !== id) throw new NameTakenError(name ?? '');
  await setImmediate();
}

/** Pages with a number as the cursor. */
async function pagesByNumber(store: Store, { cursor, limit, ...query }: Parameters<Store['list']>[0]) {
  const { items } = await store.list({ ...query, limit: 999 });
  const begin = Number(cursor ?? 0);
  const end = begin + limit;
  return {
    items: items.slice(begin, end),
    previousCursor: begin > 0 ? String(begin - limit) : null,
    nextCursor: end < items.length ? String(end) : null,
  };
}

/** The snapshots of these ids that are deleted or failed and have no capture, whether or not a boot reads them. */
async function ignoringReaders(store: Store, ids: readonly string[]): Promise<readonly string[]> {
  const removable = await Promise.all(
    ids.map(async (id) => {
      const isShown = (await store.getSnapshot(id)) !== undefined;
      const status = (await store.getSnapshot(id, { evenDeleted: true }))?.status;
      return status === 'failed' || (!isShown && status === 'completed') ? [id] : [];
    }),
  );
  return removable.flat();
}

/** A list in the order of creation, in pages that each show the terminated sandboxes last. */
function unordered(store: Store): Partial<Store> {
  return {
    async list(query) {
      const all = (await store.list({ ...query, limit: 999 })).items;
      const newest = [...all].sort((a, b) => b.sandbox.createdAt - a.sandbox.createdAt);
      const page = newest.slice(0, query.limit);
      const isOver = ({ sandbox }: SandboxEntry) => Number(sandbox.status === 'terminated');
      const items = page.sort((a, b) => isOver(a) - isOver(b));
      return { items, previousCursor: null, nextCursor: null };
    },
  };
}

const only =
  (read: Store['living'], holds: (sandbox: SandboxEntry['sandbox']) => boolean): Store['living'] =>
  async (after, limit) =>
    (await read(after, limit)).filter(({ sandbox }) => holds(sandbox));

const cut = (text: string) => text.split('\0')[0] ?? '';
const wellFormed = (text: string) => text.replace(/\p{Surrogate}/gu, '\ufffd');

function renamed(commit: Commit, change: (text: string) => string): Commit {
  if (!commit.change) return commit;
  const { after } = commit.change;
  const sandbox = { ...after.sandbox, id: change(after.sandbox.id) };
  return { ...commit, change: { ...commit.change, after: { ...after, sandbox } } };
}
