import { statuses } from '../../model/sandbox.ts';
import { type Clock, elapsedBy, pause } from '../../utils/clock.ts';
import { NotFoundError, RuleError } from '../errors.ts';
import type { Host } from '../host.ts';
import type { Holding } from '../hosts/holding.ts';
import { isUnreadable, NamespaceDeletingError } from '../store/errors.ts';
import type { NamespaceDeletion, Store } from '../store/store.ts';
import type { Committer } from './committer.ts';

/** The deletions of namespaces that are in progress. Each continues after a restart, and on another host when this one ends. */
export interface NamespaceDeletions extends Pick<Host, 'deleteNamespace' | 'namespaceDeletion'> {
  /** Continues the deletions that an earlier host has begun. With `waits`, each continues when it is requested again. */
  start(options: { readonly waits: boolean }): Promise<void>;
  /**
   * Throws `NamespaceDeletingError` for a namespace that is being deleted, as far as this host knows. The store refuses the sandbox in
   * any case.
   */
  mustAcceptSandboxes(namespace: string): void;
  /** Ends the work. The next host continues it. */
  close(): Promise<void>;
}

/** The parts of a host that delete namespaces. */
interface NamespaceDeletionParts {
  readonly store: Pick<Store, 'namespaces' | 'list' | 'listSnapshots' | 'shared'>;
  readonly clock: Clock;
  readonly holding: Pick<Holding, 'turn'>;
  readonly committer: Pick<Committer, 'apply'>;
  readonly deleteSnapshot: (namespace: string, id: string) => Promise<void>;
  readonly onProblem: (error: unknown, sandboxId: string | null) => void;
}

/** The most sandboxes, snapshots and rows in one batch. */
const batchSize = 50;

/** The time between two looks while the platform still releases sandboxes, and after an error, in ms. */
const lookMs = 1_000;

/** How long the turn of one host lasts, where several share the store, and how long it begins batches in it, in ms. */
const turnMs = 5_000;
const workMs = 4_000;

/** The time between two looks for deletions that other hosts have begun, in ms. */
const discoverMs = 10_000;

const livingStatuses = statuses.filter((status) => status !== 'terminated');

/** Creates deletions. A store without namespaces cannot delete one. */
export function createNamespaceDeletions(parts: NamespaceDeletionParts): NamespaceDeletions {
  const { store, clock, holding, onProblem } = parts;
  const { namespaces } = store;
  const inProgress = new Map<string, NamespaceDeletion>();
  const work = new Map<string, Promise<void>>();
  const closing = new AbortController();
  let discovering: Promise<void> = Promise.resolve();

  /** The recorded deletion of a namespace. Another host may have begun, advanced or ended it. */
  async function find(namespace: string): Promise<NamespaceDeletion | undefined> {
    const recorded = (await namespaces?.recorded()) ?? [];
    return recorded.find((deletion) => deletion.namespace === namespace);
  }

  function run(deletion: NamespaceDeletion): void {
    const { namespace } = deletion;
    inProgress.set(namespace, deletion);
    if (work.has(namespace)) return;
    work.set(namespace, deleteUntilEmpty(namespace));
  }

  /** Deletes batch after batch while it is the turn of this host, and looks again after a pause. */
  async function deleteUntilEmpty(namespace: string): Promise<void> {
    while (!closing.signal.aborted) {
      try {
        const end = await deleteInTurn(namespace);
        if (end === 'over') {
          inProgress.delete(namespace);
          work.delete(namespace);
          return;
        }
      } catch (error) {
        if (!closing.signal.aborted) onProblem(error, null);
      }
      await pause(clock, lookMs, closing.signal);
    }
  }

  /** Deletes until nothing can be done now, until the turn ends, or until nothing is left. */
  async function deleteInTurn(namespace: string): Promise<'over' | 'later'> {
    if (namespaces === undefined) return 'over';
    const isTurn = await holding.turn(`delete ${namespace}`, turnMs);
    const until = elapsedBy(clock) + workMs;
    while (!closing.signal.aborted) {
      const before = await find(namespace);
      if (before === undefined) return 'over';
      inProgress.set(namespace, before);
      if (!isTurn || elapsedBy(clock) >= until) return 'later';
      const { deletion, isOver } = await deleteBatch(before, parts, namespaces);
      if (deletion !== before || isOver) await namespaces.record(namespace, isOver ? null : deletion);
      if (isOver) return 'over';
      if (deletion === before) return 'later';
    }
    return 'later';
  }

  /** Continues what other hosts have begun, also when they have ended meanwhile. */
  async function discover(): Promise<void> {
    while (!closing.signal.aborted) {
      await pause(clock, discoverMs, closing.signal);
      if (closing.signal.aborted) return;
      try {
        for (const deletion of (await namespaces?.recorded()) ?? []) run(deletion);
      } catch (error) {
        if (!closing.signal.aborted) onProblem(error, null);
      }
    }
  }

  return {
    async start({ waits }) {
      for (const deletion of (await namespaces?.recorded()) ?? []) {
        if (waits) inProgress.set(deletion.namespace, deletion);
        else run(deletion);
      }
      if (store.shared && !waits) discovering = discover();
    },
    async deleteNamespace(namespace, { actor = 'user', cause = 'request' } = {}) {
      if (namespaces === undefined)
        throw new RuleError('The store of this server cannot delete a namespace.');
      const known = inProgress.get(namespace) ?? (await find(namespace));
      if (known) {
        run(known);
        return known;
      }
      const deletion: NamespaceDeletion = {
        ...{ namespace, requestedAt: clock.now(), actor, cause },
        ...{ terminatedSandboxes: 0, deletedSnapshots: 0, deletedRows: 0 },
      };
      await namespaces.record(namespace, deletion);
      run(deletion);
      return deletion;
    },
    namespaceDeletion: find,
    mustAcceptSandboxes(namespace) {
      if (inProgress.has(namespace)) throw new NamespaceDeletingError(namespace);
    },
    async close() {
      closing.abort();
      await Promise.all([...work.values(), discovering]);
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
