import type { Transition } from '../../machine/transition.ts';
import type { SandboxEvent } from '../../model/events.ts';
import type { Policy } from '../../model/policy.ts';
import { createKeyedLock } from '../../utils/keyed-lock.ts';
import { type Unapplied, unappliedOf } from '../changes/unapplied.ts';
import type { Configuration } from '../configuration.ts';
import type { Captured } from '../driver/driver.ts';
import { NotFoundError, VersionError } from '../errors.ts';
import type { CommandResult, WriteOptions } from '../host.ts';
import {
  type Commit,
  ConflictError,
  type Created,
  type HistoryRow,
  type SandboxEntry,
  type SnapshotRecord,
  type Store,
  type StoreChange,
  type StoredResponse,
} from '../store/store.ts';
import { applyPolicy } from './apply-policy.ts';
import { begunSnapshot, settledSnapshot } from './snapshot-records.ts';

/** Who does a step and why, and what may keep it from being done. */
interface Step<Result> extends Pick<WriteOptions, 'ifVersion'> {
  readonly actor: string;
  readonly cause: string;
  /** The answer as it is to be kept in the same commit, if it is. */
  readonly keep?: ((result: Result) => StoredResponse | undefined) | undefined;
}

/** What goes into the same commit as an event. */
interface CommitContext extends Step<CommandResult> {
  /** Of which type a snapshot is that the event begins. */
  readonly snapshotType?: SnapshotRecord['type'] | undefined;
  /** What is known of a snapshot that the event completes. */
  readonly captured?: Captured | undefined;
  /** What is set up anew, also when the event changes nothing. */
  readonly configuration?: Partial<Configuration>;
}

/** The only way to the store's `commit`: one transaction a step, the steps of a sandbox one after the other. */
export interface Committer {
  /** Keeps a new sandbox. Throws `NameTakenError`. */
  create(entry: Omit<SandboxEntry, 'revision' | 'released'>, step: Step<SandboxEntry>): Promise<SandboxEntry>;
  /** Applies an event to a sandbox as it is when its turn comes. Throws `NotFoundError`, `NameTakenError`, `VersionError`. */
  apply(id: string, event: SandboxEvent, besides: CommitContext): Promise<CommandResult>;
  /** Changes what is set up. Throws what `check` throws for the sandbox as it is, and as `apply`. */
  configure(
    id: string,
    changes: Partial<Configuration>,
    step: Omit<Step<SandboxEntry>, 'actor' | 'cause'> & { check: (entry: SandboxEntry) => void },
  ): Promise<SandboxEntry>;
  /** Looks at a sandbox as it is, while no step of it is under way. Passes over one that is not there. */
  inspectLocked(id: string, look: (entry: SandboxEntry) => void): Promise<void>;
  /** Notes that a snapshot can be restored from while its capture goes on. Passes over one that is settled. */
  setLocalReady(id: string, snapshotId: string): Promise<void>;
  /** Notes whether a terminated sandbox still holds something on the platform. */
  setReleased(id: string, released: boolean): Promise<SandboxEntry>;
}

/** What was committed: the sandbox now, and its row of history and snapshot if there were any. */
export interface CommitResult {
  readonly entry: SandboxEntry;
  readonly row: HistoryRow | undefined;
  readonly snapshot: SnapshotRecord | undefined;
  /** From when it was asked for until it was on the disk, in ms. */
  readonly durationMs: number;
}

/** How often a step is decided anew because another writer was faster. More than that is no race but a fault. */
const mostTries = 10;

/**
 * Steps on a store. `onCommit` is called after each commit, in the order of the commits of a sandbox, and between them
 * `onUnapplied` for each event that was not applied.
 */
export function createCommitter(
  store: Store,
  policy: Policy,
  onCommit: (stepped: CommitResult) => void,
  onUnapplied: (unapplied: Unapplied) => void = () => {},
): Committer {
  const locks = createKeyedLock();

  return {
    create({ sandbox, namespace, configuration }, { actor, cause, keep }) {
      const { id, name, timeoutMs, createdAt: at } = sandbox;
      const after: SandboxEntry = { sandbox, namespace, configuration, released: false, revision: 1 };
      const history = rowOf(null, after, { type: 'created', name, timeoutMs, at }, actor, cause);
      return locks.run(id, () => commit({ before: null, after, history }, { answer: keep?.(after) }));
    },
    apply(id, event, besides) {
      const { actor, cause, keep, ifVersion } = besides;
      return onCurrent(id, ifVersion, async (before) => {
        const result = applyPolicy(before.sandbox, event, policy);
        const isSetUp = besides.configuration !== undefined && !result.refusal;
        if (result.outcome !== 'applied' && !isSetUp) {
          const answer = await keepOnly({ entry: before, result }, keep);
          onUnapplied(unappliedOf(before, event, result, besides));
          return answer;
        }
        const after = next(before, {
          sandbox: result.sandbox,
          ...(isSetUp && { configuration: { ...before.configuration, ...besides.configuration } }),
        });
        if (result.outcome !== 'applied') {
          await commit({ before, after }, { answer: keep?.({ entry: after, result }) });
          onUnapplied(unappliedOf(before, event, result, besides));
          return { entry: after, result };
        }
        const history = rowOf(before, after, event, actor, cause);
        const snapshot = await snapshotOf(before, event, result, besides);
        const answer = keep?.({ entry: after, result });
        await commit({ before, after, history }, { snapshot, answer });
        return { entry: after, result };
      });
    },
    configure(id, changes, { check, keep, ifVersion }) {
      return onCurrent(id, ifVersion, async (before) => {
        check(before);
        const after = next(before, { configuration: { ...before.configuration, ...changes } });
        return commit({ before, after }, { answer: keep?.(after) });
      });
    },
    inspectLocked(id, look) {
      return locks.run(id, async () => {
        const entry = await store.get(id);
        if (entry) look(entry);
      });
    },
    setLocalReady(id, snapshotId) {
      return locks.run(id, async () => {
        const snapshot = await store.getSnapshot(snapshotId, { evenDeleted: true });
        if (snapshot?.status !== 'in_progress' || snapshot.sandboxId !== id) return;
        await store.commit({ snapshot: { ...snapshot, status: 'local_ready' } });
      });
    },
    setReleased(id, released) {
      return onCurrent(id, undefined, (before) => commit({ before, after: next(before, { released }) }, {}));
    },
  };

  /** Acts on the entry as it is, and again when somebody else was faster. */
  function onCurrent<Result>(
    id: string,
    ifVersion: number | undefined,
    act: (entry: SandboxEntry) => Promise<Result>,
  ): Promise<Result> {
    return locks.run(id, async () => {
      for (let tries = 1; ; tries++) {
        const entry = await store.get(id);
        if (entry === undefined) throw new NotFoundError('sandbox', id);
        const { version } = entry.sandbox;
        if (ifVersion !== undefined && version !== ifVersion) throw new VersionError(ifVersion, version);
        try {
          return await act(entry);
        } catch (error) {
          if (!(error instanceof ConflictError) || tries === mostTries) throw error;
        }
      }
    });
  }

  async function commit(
    change: StoreChange,
    besides: { snapshot?: SnapshotRecord | undefined; answer?: StoredResponse | undefined },
  ): Promise<SandboxEntry> {
    const begun = performance.now();
    const { snapshot, answer } = besides;
    const step: Commit = { change, ...(snapshot && { snapshot }), ...(answer && { response: answer }) };
    const { sequence } = await store.commit(step);
    const row = change.history && sequence !== null ? { sequence, ...change.history } : undefined;
    onCommit({ entry: change.after, row, snapshot, durationMs: performance.now() - begun });
    return change.after;
  }

  /** An answer that changed nothing is kept too: the same request gets the same answer, whatever comes between. */
  async function keepOnly(answer: CommandResult, keep: Step<CommandResult>['keep']): Promise<CommandResult> {
    const kept = keep?.(answer);
    if (kept) await store.commit({ response: kept });
    return answer;
  }

  function rowOf(
    before: SandboxEntry | null,
    { namespace, sandbox }: SandboxEntry,
    event: SandboxEvent | Created,
    actor: string,
    cause: string,
  ): Omit<HistoryRow, 'sequence'> {
    const { id: sandboxId, version, status: to } = sandbox;
    const from = before?.sandbox.status ?? null;
    return { namespace, sandboxId, version, from, to, event, at: event.at, actor, cause, policy, sandbox };
  }

  async function snapshotOf(
    before: SandboxEntry,
    event: SandboxEvent,
    { sandbox: after }: Transition,
    { snapshotType = 'filesystem', captured }: Pick<CommitContext, 'snapshotType' | 'captured'>,
  ): Promise<SnapshotRecord | undefined> {
    if (before.sandbox.status !== 'snapshotting') return begunSnapshot(before, after, snapshotType);
    if (after.status === 'snapshotting') return undefined;
    const snapshot = await store.getSnapshot(before.sandbox.snapshotId ?? '', { evenDeleted: true });
    return snapshot && settledSnapshot(snapshot, event, captured);
  }
}

/** The fields one by one: engines make that several times as fast as a spread. */
function next(before: SandboxEntry, changes: Partial<SandboxEntry>): SandboxEntry {
  return {
    sandbox: changes.sandbox ?? before.sandbox,
    namespace: before.namespace,
    configuration: changes.configuration ?? before.configuration,
    released: changes.released ?? before.released,
    revision: before.revision + 1,
  };
}
