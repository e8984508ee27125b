import type { SandboxEvent } from '../machine/events.ts';
import type { Policy } from '../machine/policy.ts';
import { type Transition, transition } from '../machine/transition.ts';
import type { Configuration } from './configuration.ts';
import type { Captured } from './driver/driver.ts';
import { NotFoundError } from './errors.ts';
import { createLocks } from './locks.ts';
import { begunSnapshot, settledSnapshot } from './snapshots.ts';
import { type Commit, ConflictError, type Entry, type SnapshotRecord, type Store } from './store/store.ts';

/** What came of an event, and all that is kept of the sandbox now. */
export interface Answer {
  readonly entry: Entry;
  readonly result: Transition;
}

/** What goes into the same commit as an event. */
interface Besides {
  /** Of which type a snapshot is that the event begins. */
  readonly snapshotType?: SnapshotRecord['type'];
  /** What is known of a snapshot that the event completes. */
  readonly captured?: Captured | undefined;
  /** What is set up anew. */
  readonly configuration?: Partial<Configuration>;
}

/** The only way to the store's `commit`: one transaction a step, the steps of a sandbox one after the other. */
export interface Steps {
  /** Keeps a new sandbox. Throws `NameTakenError`. */
  create(entry: Omit<Entry, 'revision' | 'released'>): Promise<Entry>;
  /** Applies an event to a sandbox as it is when its turn comes. Throws `NotFoundError`, `NameTakenError`. */
  apply(id: string, event: SandboxEvent, besides?: Besides): Promise<Answer>;
  /** Changes what is set up. Throws what `check` throws for the sandbox as it is, and `NotFoundError`. */
  configure(id: string, changes: Partial<Configuration>, check: (entry: Entry) => void): Promise<Entry>;
  /** Notes whether a terminated sandbox still holds something on the platform. */
  setReleased(id: string, released: boolean): Promise<Entry>;
}

/** How often a step is decided anew because another writer was faster. More than that is no race but a fault. */
const mostTries = 10;

/** Steps on a store. `onCommit` is called after each commit, in the order of the commits of a sandbox. */
export function createSteps(store: Store, policy: Policy, onCommit: (commit: Commit) => void): Steps {
  const locks = createLocks();

  return {
    create({ sandbox, namespace, configuration }) {
      const { id, name, timeoutMs, createdAt: at, status, version } = sandbox;
      return locks.run(id, () =>
        commit({
          before: null,
          after: { sandbox, namespace, configuration, released: false, revision: 1 },
          history: {
            sandboxId: id,
            version,
            from: null,
            to: status,
            event: { type: 'created', name, timeoutMs, at },
          },
        }),
      );
    },
    apply(id, event, besides = {}) {
      return onCurrent(id, async (before) => {
        const result = transition(before.sandbox, event, policy);
        if (result.outcome !== 'applied') return { entry: before, result };
        const { sandbox } = result;
        const snapshot = await snapshotOf(before, event, result, besides);
        const entry = await commit({
          before,
          after: next(before, {
            sandbox,
            configuration: { ...before.configuration, ...besides.configuration },
          }),
          history: {
            sandboxId: id,
            version: sandbox.version,
            from: before.sandbox.status,
            to: sandbox.status,
            event,
          },
          ...(snapshot && { snapshot }),
        });
        return { entry, result };
      });
    },
    configure(id, changes, check) {
      return onCurrent(id, async (before) => {
        check(before);
        return commit({
          before,
          after: next(before, { configuration: { ...before.configuration, ...changes } }),
        });
      });
    },
    setReleased(id, released) {
      return onCurrent(id, (before) => commit({ before, after: next(before, { released }) }));
    },
  };

  /** Acts on the entry as it is, and again when somebody else was faster. */
  function onCurrent<Result>(id: string, act: (entry: Entry) => Promise<Result>): Promise<Result> {
    return locks.run(id, async () => {
      for (let tries = 1; ; tries++) {
        const entry = await store.get(id);
        if (entry === undefined) throw new NotFoundError('sandbox', id);
        try {
          return await act(entry);
        } catch (error) {
          if (!(error instanceof ConflictError) || tries === mostTries) throw error;
        }
      }
    });
  }

  async function commit(step: Commit): Promise<Entry> {
    await store.commit(step);
    onCommit(step);
    return step.after;
  }

  async function snapshotOf(
    before: Entry,
    event: SandboxEvent,
    { sandbox: after }: Transition,
    { snapshotType = 'filesystem', captured }: Besides,
  ): Promise<SnapshotRecord | undefined> {
    if (before.sandbox.status !== 'snapshotting') return begunSnapshot(before, after, snapshotType);
    if (after.status === 'snapshotting') return undefined;
    const snapshot = await store.getSnapshot(before.sandbox.snapshotId ?? '', { evenDeleted: true });
    return snapshot && settledSnapshot(snapshot, event, captured);
  }
}

function next(before: Entry, changes: Partial<Entry>): Entry {
  return { ...before, ...changes, revision: before.revision + 1 };
}
