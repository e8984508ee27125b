import { statuses } from '../../model/sandbox.ts';
import { type Clock, pause } from '../../utils/clock.ts';
import { NamespaceDeletingError, NotFoundError, RuleError } from '../errors.ts';
import type { Host } from '../host.ts';
import { isUnreadable } from '../store/errors.ts';
import type { NamespaceDeletion, Store } from '../store/store.ts';
import type { Committer } from './committer.ts';

/** The deletions of namespaces that are in progress. Each continues after a restart. */
export interface NamespaceDeletions extends Pick<Host, 'deleteNamespace' | 'namespaceDeletion'> {
  /** Continues the deletions that an earlier host has begun. With `waits`, each continues when it is requested again. */
  start(options: { readonly waits: boolean }): Promise<void>;
  /** Throws `NamespaceDeletingError` for a namespace that is being deleted. */
  mustAcceptSandboxes(namespace: string): void;
  /** Ends the work. The next host continues it. */
  close(): Promise<void>;
}

/** The parts of a host that delete namespaces. */
interface NamespaceDeletionParts {
  readonly store: Pick<Store, 'namespaces' | 'list' | 'listSnapshots'>;
  readonly clock: Clock;
  readonly committer: Pick<Committer, 'apply'>;
  readonly deleteSnapshot: (namespace: string, id: string) => Promise<void>;
  readonly onProblem: (error: unknown, sandboxId: string | null) => void;
}

/** The most sandboxes, snapshots and rows in one batch. */
const batchSize = 50;

/** The time between two looks while the platform still releases sandboxes, and after an error, in ms. */
const lookMs = 1_000;

const livingStatuses = statuses.filter((status) => status !== 'terminated');

/** Creates deletions. A store without namespaces cannot delete one. */
export function createNamespaceDeletions(parts: NamespaceDeletionParts): NamespaceDeletions {
  const { store, clock, onProblem } = parts;
  const { namespaces } = store;
  const inProgress = new Map<string, NamespaceDeletion>();
  const waiting = new Set<string>();
  const work = new Set<Promise<void>>();
  const closing = new AbortController();

  function run(namespace: string): void {
    const done = deleteUntilEmpty(namespace);
    work.add(done);
    void done.finally(() => work.delete(done));
  }

  /** Deletes batch after batch. Waits between two batches of which the first found nothing to do, and after an error. */
  async function deleteUntilEmpty(namespace: string): Promise<void> {
    while (!closing.signal.aborted) {
      const before = inProgress.get(namespace);
      if (namespaces === undefined || before === undefined) return;
      try {
        const { deletion, isOver } = await deleteBatch(before, parts, namespaces);
        if (isOver) {
          await namespaces.record(namespace, null);
          inProgress.delete(namespace);
          return;
        }
        if (deletion !== before) {
          inProgress.set(namespace, deletion);
          await namespaces.record(namespace, deletion);
          continue;
        }
      } catch (error) {
        if (!closing.signal.aborted) onProblem(error, null);
      }
      await pause(clock, lookMs, closing.signal);
    }
  }

  return {
    async start({ waits }) {
      for (const deletion of (await namespaces?.recorded()) ?? []) {
        inProgress.set(deletion.namespace, deletion);
        if (waits) waiting.add(deletion.namespace);
        else run(deletion.namespace);
      }
    },
    async deleteNamespace(namespace, { actor = 'user', cause = 'request' } = {}) {
      if (namespaces === undefined)
        throw new RuleError('The store of this server cannot delete a namespace.');
      const known = inProgress.get(namespace);
      if (known && waiting.delete(namespace)) run(namespace);
      if (known) return known;
      const deletion: NamespaceDeletion = {
        ...{ namespace, requestedAt: clock.now(), actor, cause },
        ...{ terminatedSandboxes: 0, deletedSnapshots: 0, deletedRows: 0 },
      };
      // From here on no sandbox is created in it.
      inProgress.set(namespace, deletion);
      try {
        await namespaces.record(namespace, deletion);
      } catch (error) {
        inProgress.delete(namespace);
        throw error;
      }
      run(namespace);
      return deletion;
    },
    namespaceDeletion: (namespace) => inProgress.get(namespace),
    mustAcceptSandboxes(namespace) {
      if (inProgress.has(namespace)) throw new NamespaceDeletingError(namespace);
    },
    async close() {
      closing.abort();
      await Promise.all(work);
    },
  };
}

/** Terminates sandboxes, deletes snapshots, and deletes the rows of what is released, a batch of each. */
async function deleteBatch(
  before: NamespaceDeletion,
  { store, clock, committer, deleteSnapshot, onProblem }: NamespaceDeletionParts,
  namespaces: NonNullable<Store['namespaces']>,
): Promise<{ readonly deletion: NamespaceDeletion; readonly isOver: boolean }> {
  const { namespace, actor, cause } = before;
  const page = { namespace, limit: batchSize };
  const { items: living } = await store.list({ ...page, statuses: livingStatuses });
  const terminated = await countDone(living, ({ sandbox: { id } }) =>
    committer.apply(id, { type: 'terminate', at: clock.now() }, { actor, cause }),
  );
  const { items: snapshots } = await store.listSnapshots(page);
  const deleted = await countDone(snapshots, ({ id }) => deleteSnapshot(namespace, id));
  const rows = await namespaces.deleteRows(namespace, batchSize);
  if (terminated + deleted + rows === 0)
    return {
      deletion: before,
      isOver: living.length + snapshots.length === 0 && (await namespaces.isEmpty(namespace)),
    };
  const deletion = {
    ...before,
    terminatedSandboxes: before.terminatedSandboxes + terminated,
    deletedSnapshots: before.deletedSnapshots + deleted,
    deletedRows: before.deletedRows + rows,
  };
  return { deletion, isOver: false };

  /** Acts on each item, and counts those for which it succeeds. A broken record stays, and does not keep others. */
  async function countDone<Item>(
    items: readonly Item[],
    act: (item: Item) => Promise<unknown>,
  ): Promise<number> {
    let count = 0;
    for (const item of items) {
      try {
        await act(item);
        count += 1;
      } catch (error) {
        if (error instanceof NotFoundError) continue;
        if (!isUnreadable(error)) throw error;
        onProblem(error, error.row.sandboxId);
      }
    }
    return count;
  }
}
