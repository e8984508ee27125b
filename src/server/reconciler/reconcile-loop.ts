import { type Clock, pause } from '../../utils/clock.ts';
import { forEachLimited } from '../../utils/for-each-limited.ts';
import type { Committer } from '../commands/committer.ts';
import { entryPages, mostAtOnce } from '../store/entry-pages.ts';
import { isUnreadable } from '../store/errors.ts';
import type { SandboxEntry } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import type { OperationRunner } from './operation-runner.ts';

/** Compares the operations in progress with all records. */
export interface ReconcileLoop {
  /** Reconciles the operation of every unsettled record that passes the filter. */
  reconcileAll(filter?: (entry: SandboxEntry) => boolean): Promise<void>;
  /** Reconciles the operation of one sandbox. */
  reconcile(sandboxId: string): Promise<void>;
  /** Reconciles everything at intervals until the host closes. Does not throw. */
  run(): Promise<void>;
}

/** The parts of a host that the loop uses. */
interface ReconcileLoopOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly committer: Pick<Committer, 'inspectLocked'>;
  readonly runner: OperationRunner;
  readonly driftIntervalSeconds: number;
  readonly expectTimeouts: () => Promise<void>;
  /** Removes what is to be removed, and compares the platform with the records once. */
  readonly look: (signal: AbortSignal) => Promise<void>;
  readonly closing: AbortSignal;
  readonly onProblem: (error: unknown, sandboxId: string | null) => void;
}

/**
 * Creates the loop. It finds operations that no commit of this host has started: a store may persist a commit and still
 * report an error, and another host may write to the same store.
 */
export function createReconcileLoop(options: ReconcileLoopOptions): ReconcileLoop {
  const { store, clock, committer, runner, closing } = options;
  return { reconcileAll, reconcile, run };

  async function reconcileAll(filter: (entry: SandboxEntry) => boolean = () => true): Promise<void> {
    for await (const entries of entryPages((after, limit) => store.unsettled(after, limit), closing)) {
      await forEachLimited(entries, mostAtOnce, async (entry) => {
        if (filter(entry)) await reconcile(entry.sandbox.id);
      });
    }
  }

  function reconcile(sandboxId: string): Promise<void> {
    return committer.inspectLocked(sandboxId, runner.reconcile);
  }

  /** A record that this host cannot read keeps none of the others from being compared. */
  async function reconcileReadable(sandboxId: string): Promise<void> {
    try {
      await reconcile(sandboxId);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      options.onProblem(error, sandboxId);
    }
  }

  async function run(): Promise<void> {
    while (!closing.aborted) {
      try {
        await reconcileAll();
        await forEachLimited(runner.busy(), mostAtOnce, reconcileReadable);
        await options.expectTimeouts();
        await options.look(closing);
      } catch (error) {
        if (!closing.aborted) options.onProblem(error, null);
      }
      await pause(clock, options.driftIntervalSeconds * 1000, closing);
    }
  }
}
