import type { SandboxEvent } from '../../model/events.ts';
import { retryMs } from '../../utils/back-off.ts';
import { type Clock, pause, waitAtMost } from '../../utils/clock.ts';
import { forEachLimited } from '../../utils/for-each-limited.ts';
import { nextTurn } from '../../utils/next-turn.ts';
import { singleFlight } from '../../utils/single-flight.ts';
import type { Committer } from '../commands/committer.ts';
import type { Crash, Driver } from '../driver/driver.ts';
import { isLiving } from '../store/indexed-fields.ts';
import type { SandboxEntry, Store } from '../store/store.ts';
import type { Observation } from '../telemetry/observation.ts';
import { createBackgroundTasks } from './background-tasks.ts';
import { createDriftWatch } from './drift-repair.ts';
import { createOperationRunner, graceMs } from './operation-runner.ts';

/** What joins a host to its platform. */
export interface ReconcilerOptions {
  readonly store: Store;
  readonly driver: Driver;
  readonly clock: Clock;
  readonly random: () => number;
  readonly driftIntervalSeconds: number;
  readonly steps: Committer;
  /** Looks in the store when the next timeout is due. */
  readonly expectTimeouts: () => Promise<void>;
  readonly observe: (observation: Observation) => void;
  readonly onProblem: (error: unknown, sandboxId: string | null) => void;
}

/** The platform's side of a host: its work, its reports and its crashes. */
export interface Reconciler {
  /** After a start: what should be there is adopted, and what was not finished is begun again, in the background. */
  start(): Promise<void>;
  /** Makes what is under way for a sandbox what its record asks for. */
  reconcile(entry: SandboxEntry): void;
  /** Removes what deleted and failed snapshots still hold, in the background. */
  removeSnapshots(): void;
  /** Calls everything off and closes the driver. */
  close(): Promise<void>;
}

/** How many records are read at once. */
const batchSize = 200;

/** How many sandboxes are adopted at once. */
const mostAdoptions = 16;

/** Joins a host to its platform. Nothing is done before `takeUp`, but what `reconcile` asks for. */
export function createReconciler(options: ReconcilerOptions): Reconciler {
  const { store, driver, clock, steps, observe, onProblem } = options;
  const background = createBackgroundTasks(clock, onProblem);
  const { closing, run: inBackground } = background;
  const runner = createOperationRunner(driver, clock, options.random, {
    async report(sandboxId, report, captured) {
      const event = { ...report, at: clock.now() } as SandboxEvent;
      const cause = 'operation' in report ? `operation ${report.operation}` : 'operation';
      const { result } = await steps.apply(sandboxId, event, { actor: 'platform', cause, captured });
      if (result.reason === 'stale') repair(sandboxId, true);
    },
    async released(sandboxId) {
      await steps.setReleased(sandboxId, true);
    },
    overtaken({ sandbox }, { kind }, tooLate) {
      if (kind === 'snapshot')
        inBackground(() => removeUnlessCompleted(sandbox.snapshotId ?? ''), sandbox.id);
      repair(sandbox.id, tooLate);
    },
    localReady: (sandboxId, snapshotId) => steps.setLocalReady(sandboxId, snapshotId),
    tried(sandboxId, { id: operation, kind }, result, durationMs) {
      observe({ type: 'operation', sandboxId, operation, kind, result, durationMs });
    },
    problem: onProblem,
  });
  const stopWatching = driver.watch((crash) => inBackground(() => reportCrash(crash), crash.sandboxId));
  const removeSnapshots = singleFlight(() => background.untilDone(removeAllSnapshots, null));
  const lookForDrift = createDriftWatch({
    store,
    driver,
    steps,
    isBusy: (sandboxId) => runner.isBusy(sandboxId),
    adopt,
    clock,
    onDrift: ({ kind, sandboxId }) => observe({ type: 'drift', kind, sandboxId }),
    onBroken: (error) => onProblem(error, error.row.sandboxId),
    onProblem,
  });

  return {
    async start() {
      await reconcileAll((entry) => !isLiving(entry));
      inBackground(adoptAll, null);
      inBackground(removeSnapshots, null);
    },
    reconcile: (entry) => runner.reconcile(entry),
    removeSnapshots: () => inBackground(removeSnapshots, null),
    async close() {
      background.stop();
      stopWatching();
      await runner.close();
      await background.settled(graceMs);
      await waitAtMost(clock, graceMs, driver.close());
    },
  };

  /** Takes up what should be there, a few at a time, and from then on looks whether it still is. */
  async function adoptAll(): Promise<void> {
    await forEachEntry(
      (after, limit) => store.living(after, limit),
      async ({ sandbox }) => {
        try {
          await adoptOne(sandbox.id);
        } catch (error) {
          // Each for itself: one that cannot be adopted must not keep the others from it.
          onProblem(error, sandbox.id);
          inBackground(async () => {
            await pause(clock, retryMs, closing);
            await adoptOne(sandbox.id);
          }, sandbox.id);
        }
      },
    );
    inBackground(watchDrift, null);
  }

  async function adoptOne(sandboxId: string): Promise<void> {
    if (closing.aborted) return;
    if (await adopt(sandboxId)) await steps.inspectLocked(sandboxId, runner.reconcile);
    // Somebody asked for something already: that comes first.
    else inBackground(() => runner.settled(sandboxId).then(() => adoptOne(sandboxId)), sandboxId);
  }

  /** Begins what the records ask for and is not under way, and calls off what they ask for no more. */
  function reconcileAll(holds: (entry: SandboxEntry) => boolean): Promise<void> {
    return forEachEntry(
      (after, limit) => store.unsettled(after, limit),
      async (entry) => {
        if (holds(entry)) await steps.inspectLocked(entry.sandbox.id, runner.reconcile);
      },
    );
  }

  async function watchDrift(): Promise<void> {
    while (!closing.aborted) {
      try {
        // A store may keep a commit and yet fail to say so: then nobody here knows of it.
        await reconcileAll(() => true);
        await forEachLimited(runner.busy(), mostAdoptions, (id) => steps.inspectLocked(id, runner.reconcile));
        await options.expectTimeouts();
        inBackground(removeSnapshots, null);
        await lookForDrift(closing);
      } catch (error) {
        onProblem(error, null);
      }
      await pause(clock, options.driftIntervalSeconds * 1000, closing);
    }
  }

  async function reportCrash({ sandboxId, incarnation, reason }: Crash): Promise<void> {
    // What crashes before its boot or resume is on record would be stale now, and true a moment later.
    await runner.settled(sandboxId, incarnation);
    const event = { type: 'crashed', incarnation, reason, at: clock.now() } as const;
    await steps.apply(sandboxId, event, { actor: 'platform', cause: `operation ${incarnation}` });
  }

  /** Makes the platform what the record says, once nothing is under way: a late suspend must not stay unnoticed. */
  function repair(sandboxId: string, tooLate: boolean): void {
    inBackground(async () => {
      for (let before = -1; ; ) {
        await runner.settled(sandboxId);
        const entry = await store.get(sandboxId);
        // Done when nothing has changed since it was put back.
        if (entry === undefined || entry.revision === before) return;
        if (runner.isBusy(sandboxId)) continue;
        if (!isLiving(entry)) {
          // What came up after the release is released in its turn.
          if (entry.released && tooLate) await steps.setReleased(sandboxId, false);
          return;
        }
        if (await adopt(sandboxId)) before = entry.revision;
      }
    }, sandboxId);
  }

  /**
   * Has the driver make a sandbox what its record says, unless something is under way for it. No operation begins before
   * that is done: one that was suspended meanwhile would be woken, and nobody would know.
   */
  function adopt(sandboxId: string): Promise<boolean> {
    return runner.whileIdle(sandboxId, async () => {
      const entry = await store.get(sandboxId);
      if (entry && isLiving(entry))
        await driver.adopt([{ sandboxId, incarnation: entry.sandbox.incarnation }]);
    });
  }

  /**
   * A snapshot failed when its capture was called off, so nobody would ever ask for what was captured all the same: but
   * for one whose completion is on record, and only the answer of the store was lost.
   */
  async function removeUnlessCompleted(snapshotId: string): Promise<void> {
    const snapshot = await store.getSnapshot(snapshotId, { evenDeleted: true });
    if (snapshot?.status !== 'completed') await driver.deleteSnapshot(snapshotId);
  }

  async function removeAllSnapshots(): Promise<void> {
    const failures: unknown[] = [];
    for (const id of await store.removableSnapshots()) {
      try {
        await driver.deleteSnapshot(id);
        await store.snapshotRemoved(id);
      } catch (error) {
        // The others do not wait for this one.
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  /** Reads entries part by part, so that never all of them are in memory. */
  async function forEachEntry(
    read: (afterId: string, limit: number) => Promise<readonly SandboxEntry[]>,
    act: (entry: SandboxEntry) => Promise<void>,
  ): Promise<void> {
    for (let afterId = ''; !closing.aborted; ) {
      const entries = await read(afterId, batchSize);
      await forEachLimited(entries, mostAdoptions, act);
      const last = entries.at(-1);
      if (last === undefined) return;
      afterId = last.sandbox.id;
      // Others have their turn between two parts: a store may do all its work without waiting for anything.
      await nextTurn();
    }
  }
}
