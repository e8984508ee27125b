import type { Applied, Refused, Unchanged } from '../../machine/transition.ts';
import type { SandboxEvent } from '../../model/events.ts';
import type { Policy } from '../../model/policy.ts';
import { createKeyedLock } from '../../utils/keyed-lock.ts';
import { type Unapplied, unappliedOf } from '../changes/unapplied.ts';
import type { Configuration } from '../configuration.ts';
import { NotFoundError, VersionError } from '../errors.ts';
import type { CommandResult, WriteOptions } from '../host.ts';
import type { SandboxEntry, Store, StoredResponse } from '../store/store.ts';
import { applyPolicy } from './apply-policy.ts';
import { type CommitResult, createCommitWriter } from './commit-writer.ts';
import { historyRow } from './history-row.ts';
import { retryOnConflict } from './retry-on-conflict.ts';
import { type SnapshotContext, snapshotChange } from './snapshot-records.ts';

/** The origin of a commit and its conditions. */
interface WriteContext<Result> extends Pick<WriteOptions, 'ifVersion'> {
  readonly actor: string;
  readonly cause: string;
  /** Makes the response that the store keeps in the same commit, if it keeps one. */
  readonly keep?: ((result: Result) => StoredResponse | undefined) | undefined;
}

/** The context of an event, and its further parts of the same commit. */
interface CommitContext extends WriteContext<CommandResult>, SnapshotContext {
  /** Changes of the configuration. They are committed also when the event changes nothing. */
  readonly configuration?: Partial<Configuration>;
}

/** The only path to the store's `commit` for sandboxes: one transaction per call, one call per sandbox at a time. */
export interface Committer {
  /** Commits a new sandbox. Throws `NameTakenError`. */
  create(
    entry: Omit<SandboxEntry, 'revision' | 'released'>,
    context: WriteContext<SandboxEntry>,
  ): Promise<SandboxEntry>;
  /** Applies an event to the current state of a sandbox. Throws `NotFoundError`, `NameTakenError`, `VersionError`. */
  apply(id: string, event: SandboxEvent, context: CommitContext): Promise<CommandResult>;
  /** Changes the configuration. Throws as `check` does for the current entry, and as `apply` does. */
  configure(
    id: string,
    changes: Partial<Configuration>,
    context: Omit<WriteContext<SandboxEntry>, 'actor' | 'cause'> & { check: (entry: SandboxEntry) => void },
  ): Promise<SandboxEntry>;
  /** Calls `inspect` with the current entry, while no commit of the sandbox is in progress. Ignores an unknown id. */
  inspectLocked(id: string, inspect: (entry: SandboxEntry) => void): Promise<void>;
  /** Notes that a snapshot can be restored before its capture ends. Ignores a snapshot that is settled. */
  setLocalReady(id: string, snapshotId: string): Promise<void>;
  /** Notes whether the platform has released the resources of a terminated sandbox. */
  setReleased(id: string, released: boolean): Promise<SandboxEntry>;
}

/**
 * Creates a committer. `onCommit` is called after each commit, in the order of the commits of a sandbox. `onUnapplied` is
 * called in the same order for each event that was not applied.
 */
export function createCommitter(
  store: Store,
  policy: Policy,
  onCommit: (committed: CommitResult) => void,
  onUnapplied: (unapplied: Unapplied) => void = () => {},
): Committer {
  const locks = createKeyedLock();
  const { commit, storeResponse } = createCommitWriter(store, onCommit);

  return {
    create({ sandbox, namespace, configuration }, context) {
      const { id, name, timeoutMs, createdAt: at } = sandbox;
      const after: SandboxEntry = { sandbox, namespace, configuration, released: false, revision: 1 };
      const history = historyRow(null, after, { type: 'created', name, timeoutMs, at }, context, policy);
      return locks.run(id, () => commit({ before: null, after, history }, { answer: context.keep?.(after) }));
    },
    apply: (id, event, context) =>
      onCurrent(id, context.ifVersion, (before) => {
        const result = applyPolicy(before.sandbox, event, policy);
        if (result.outcome === 'applied') return commitApplied(before, event, result, context);
        return leave(before, event, result, context);
      }),
    configure: (id, changes, { check, keep, ifVersion }) =>
      onCurrent(id, ifVersion, async (before) => {
        check(before);
        const after = nextEntry(before, { configuration: { ...before.configuration, ...changes } });
        return commit({ before, after }, { answer: keep?.(after) });
      }),
    inspectLocked: (id, inspect) =>
      locks.run(id, async () => {
        const entry = await store.get(id);
        if (entry) inspect(entry);
      }),
    setLocalReady: (id, snapshotId) =>
      locks.run(id, async () => {
        const snapshot = await store.getSnapshot(snapshotId, { evenDeleted: true });
        if (snapshot?.status !== 'in_progress' || snapshot.sandboxId !== id) return;
        await store.commit({ snapshot: { ...snapshot, status: 'local_ready' } });
      }),
    setReleased: (id, released) =>
      onCurrent(id, undefined, (before) => commit({ before, after: nextEntry(before, { released }) })),
  };

  /** Commits an applied event with its row of history, and with the snapshot that it starts or settles. */
  async function commitApplied(
    before: SandboxEntry,
    event: SandboxEvent,
    result: Applied,
    context: CommitContext,
  ): Promise<CommandResult> {
    const after = nextEntry(before, { sandbox: result.sandbox, ...configured(before, context) });
    const history = historyRow(before, after, event, context, policy);
    const snapshot = await snapshotChange(store, before, event, result.sandbox, context);
    await commit({ before, after, history }, { snapshot, answer: context.keep?.({ entry: after, result }) });
    return { entry: after, result };
  }

  /** Leaves the record as it is. A refusal also leaves the configuration as it is. */
  async function leave(
    before: SandboxEntry,
    event: SandboxEvent,
    result: Unchanged | Refused,
    context: CommitContext,
  ): Promise<CommandResult> {
    const isConfigured = context.configuration !== undefined && !result.refusal;
    const entry = isConfigured ? nextEntry(before, configured(before, context)) : before;
    const answer = context.keep?.({ entry, result });
    if (isConfigured) await commit({ before, after: entry }, { answer });
    else await storeResponse(answer);
    onUnapplied(unappliedOf(before, event, result, context));
    return { entry, result };
  }

  /** Acts on the current entry under the lock of its sandbox, and again when another server has changed it meanwhile. */
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
    return locks.run(id, () => retryOnConflict(actOnce));
  }
}

function configured(
  { configuration }: SandboxEntry,
  { configuration: changes }: Pick<CommitContext, 'configuration'>,
): Partial<SandboxEntry> {
  return changes === undefined ? {} : { configuration: { ...configuration, ...changes } };
}

/** Lists the fields one by one, which is several times as fast as a spread. */
function nextEntry(before: SandboxEntry, changes: Partial<SandboxEntry>): SandboxEntry {
  return {
    sandbox: changes.sandbox ?? before.sandbox,
    namespace: before.namespace,
    configuration: changes.configuration ?? before.configuration,
    released: changes.released ?? before.released,
    revision: before.revision + 1,
  };
}
