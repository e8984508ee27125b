import { transition } from '../../machine/transition.ts';
import type { SandboxEvent } from '../../model/events.ts';
import type { Policy } from '../../model/policy.ts';
import { createKeyedLock } from '../../utils/keyed-lock.ts';
import type { Unapplied } from '../changes/unapplied.ts';
import type { Configuration } from '../configuration.ts';
import { NotFoundError, RuleError, VersionError } from '../errors.ts';
import type { CommandResult } from '../host.ts';
import type { HistoryRow, SandboxEntry } from '../store/records.ts';
import type { Store, StoreQuotas } from '../store/store.ts';
import {
  type CommitContext,
  createEventCommitter,
  createListCommitter,
  type EventList,
  type WriteContext,
} from './commit-event.ts';
import { type CommitResult, createCommitWriter, nextEntry } from './commit-writer.ts';
import { historyRow } from './history-row.ts';
import { type RetryTiming, retryOnConflict, systemTiming } from './retry-on-conflict.ts';

/** An event, and who sent it and why. */
export interface OriginatedEvent {
  readonly event: SandboxEvent;
  readonly origin: Pick<HistoryRow, 'actor' | 'cause'>;
}

/** The only path to the store's `commit` for sandboxes: one transaction per call, one call per sandbox at a time. */
export interface Committer {
  /**
   * Commits a new sandbox. `next` are events that the same commit applies to it, each with its origin. Throws `NameTakenError`,
   * `SnapshotUnusableError`, `QuotaError`.
   */
  create(
    entry: Omit<SandboxEntry, 'revision' | 'released'>,
    context: WriteContext<SandboxEntry>,
    next?: readonly OriginatedEvent[],
  ): Promise<SandboxEntry>;
  /** Applies an event to the current state of a sandbox. Throws `NotFoundError`, `NameTakenError`, `VersionError`. */
  apply(id: string, event: SandboxEvent, context: CommitContext): Promise<CommandResult>;
  /**
   * Applies several events in one commit, all of them or none. `list` returns them for the current entry. Throws what
   * `list` throws, `RuleError` for a refused event, and as `apply` does.
   */
  applyAll(
    id: string,
    list: EventList,
    context: WriteContext<SandboxEntry> & { readonly configuration?: Partial<Configuration> },
  ): Promise<SandboxEntry>;
  /** Calls `inspect` with the current entry while no commit of the sandbox is in progress. Ignores an unknown id. */
  inspectLocked(id: string, inspect: (entry: SandboxEntry) => void): Promise<void>;
  /** Records that a snapshot can be restored before its capture ends. Ignores a settled snapshot. */
  setLocalReady(id: string, snapshotId: string): Promise<void>;
  /** Records whether the platform has released the resources of a terminated sandbox. */
  setReleased(id: string, released: boolean): Promise<SandboxEntry>;
}

/** Applies events to an entry, without a commit. Throws for one that does not apply. */
function applyAllTo(
  before: SandboxEntry,
  events: readonly OriginatedEvent[],
  policy: Policy,
): { readonly after: SandboxEntry; readonly rows: readonly Omit<HistoryRow, 'sequence'>[] } {
  const rows: Omit<HistoryRow, 'sequence'>[] = [];
  let after = before;
  for (const { event, origin } of events) {
    const { outcome, sandbox, refusal } = transition(after.sandbox, event, policy);
    if (outcome !== 'applied')
      throw new RuleError(refusal?.message ?? `The event ${event.type} changes nothing.`);
    const next = { ...after, sandbox };
    rows.push(historyRow(after, next, event, origin, policy));
    after = next;
  }
  return { after, rows };
}

/**
 * Creates a committer. `onCommit` is called after each commit, in the order of the commits of a sandbox. `onUnapplied` is
 * called in the same order for each event that was not applied. `quotas` limit the new sandboxes and snapshots. `timing` is
 * that of the attempts after a conflict.
 */
export function createCommitter(
  store: Store,
  policy: Policy,
  onCommit: (committed: CommitResult) => void,
  onUnapplied: (unapplied: Unapplied) => void = () => {},
  quotas: StoreQuotas = {},
  timing: RetryTiming = systemTiming,
): Committer {
  const locks = createKeyedLock();
  const writer = createCommitWriter(store, onCommit, quotas);
  const { commit } = writer;
  const commitEvent = createEventCommitter({ store, policy, writer, onUnapplied });
  const commitList = createListCommitter({ policy, writer, onUnapplied });

  return {
    create({ sandbox, namespace, configuration }, context, next = []) {
      const { id, name, timeoutMs, idleTimeoutMs, suspendedTimeoutMs, createdAt: at } = sandbox;
      const limits = { timeoutMs, idleTimeoutMs, suspendedTimeoutMs };
      const created: SandboxEntry = { sandbox, namespace, configuration, released: false, revision: 1 };
      const first = historyRow(null, created, { type: 'created', name, ...limits, at }, context, policy);
      const { after, rows } = applyAllTo(created, next, policy);
      const earlier = [first, ...rows];
      const history = earlier.pop() ?? first;
      return locks.run(id, () =>
        commit(
          { before: null, after, history, earlier },
          { restoredFrom: configuration.snapshotId, response: context.keep?.(after) },
        ),
      );
    },
    apply: (id, event, context) =>
      onCurrent(id, context.ifVersion, (before) => commitEvent(before, event, context)),
    applyAll: (id, list, context) =>
      onCurrent(id, context.ifVersion, (before) => commitList(before, list(before), context)),
    inspectLocked: (id, inspect) =>
      locks.run(id, async () => {
        const entry = await store.get(id);
        if (entry) inspect(entry);
      }),
    setLocalReady: (id, snapshotId) =>
      locks.run(id, () =>
        retryOnConflict(async () => {
          const snapshot = await store.getSnapshot(snapshotId, { evenDeleted: true });
          if (snapshot?.status !== 'in_progress' || snapshot.sandboxId !== id) return;
          await store.commit({
            snapshot: { ...snapshot, status: 'local_ready' },
            snapshotBefore: snapshot,
          });
        }, timing),
      ),
    setReleased: (id, released) =>
      onCurrent(id, undefined, (before) => commit({ before, after: nextEntry(before, { released }) })),
  };

  /** Acts on the current entry under the lock of its sandbox. Retries when another server has changed it meanwhile. */
  function onCurrent<Result>(
    id: string,
    ifVersion: number | undefined,
    act: (entry: SandboxEntry) => Promise<Result>,
  ): Promise<Result> {
    const actOnce = async () => {
      const entry = await store.get(id);
      if (entry === undefined) throw new NotFoundError('sandbox', id);
      const { version } = entry.sandbox;
      if (ifVersion !== undefined && version !== ifVersion) throw new VersionError(ifVersion, version);
      return act(entry);
    };
    return locks.run(id, () => retryOnConflict(actOnce, timing));
  }
}
