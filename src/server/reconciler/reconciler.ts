import type { SandboxEvent } from '../../model/events.ts';
import { type Clock, waitAtMost } from '../../utils/clock.ts';
import type { Committer } from '../commands/committer.ts';
import type { Driver } from '../driver/driver.ts';
import { isLiving } from '../store/indexed-fields.ts';
import type { SandboxEntry, Store } from '../store/store.ts';
import type { Observation } from '../telemetry/observation.ts';
import { createAdoption } from './adoption.ts';
import { createBackgroundTasks } from './background-tasks.ts';
import { type ConfigurationSync, createConfigurationSync } from './configuration-sync.ts';
import { createDriftRepair } from './drift-repair.ts';
import { createOperationRunner, graceMs, type OperationRunner } from './operation-runner.ts';
import { createReconcileLoop } from './reconcile-loop.ts';
import { repair } from './repair.ts';
import { reportCrash } from './report-crash.ts';
import type { OperationEvents } from './run-operation.ts';
import { createSnapshotRemoval, type SnapshotRemoval } from './snapshot-removal.ts';

/** The parts of a host that a reconciler uses. */
export interface ReconcilerOptions {
  readonly store: Store;
  readonly driver: Driver;
  readonly clock: Clock;
  readonly random: () => number;
  readonly driftIntervalSeconds: number;
  readonly committer: Committer;
  /** Reads the instant of the next timeout from the store. */
  readonly expectTimeouts: () => Promise<void>;
  readonly observe: (observation: Observation) => void;
  readonly onProblem: (error: unknown, sandboxId: string | null) => void;
}

/** Makes the platform match the records: operations, reports, crashes, drift. */
export interface Reconciler {
  /** Adopts the sandboxes that should exist, and starts unfinished operations again, in the background. */
  start(): Promise<void>;
  /** Makes the operation in progress of a sandbox, and its configuration, the ones that its record demands. */
  reconcile(entry: SandboxEntry): void;
  /** Removes the snapshots with deleted or failed records from the platform, in the background. */
  removeSnapshots(): void;
  /** Aborts all operations and closes the driver. */
  close(): Promise<void>;
}

/** Creates a reconciler. Before `start` it acts only on calls of `reconcile`. */
export function createReconciler(options: ReconcilerOptions): Reconciler {
  const { store, driver, clock, observe, onProblem } = options;
  const background = createBackgroundTasks(clock, onProblem);
  const snapshotRemoval = createSnapshotRemoval(store, driver, background);
  const startRepair = (sandboxId: string, isTooLate: boolean) =>
    background.run(() => repair(sandboxId, isTooLate, parts), sandboxId);
  const sync = createConfigurationSync({ store, driver, background, onProblem });
  const events = operationEvents(options, snapshotRemoval, startRepair, sync);
  const runner = withConfiguration(createOperationRunner(driver, clock, options.random, events), sync);
  const adoption = createAdoption({ ...options, runner, background });
  const parts = { ...options, runner, adoption };
  const stopWatching = driver.watch((crash) =>
    background.run(() => reportCrash(crash, parts), crash.sandboxId),
  );
  const repairDrift = createDriftRepair({
    ...options,
    isBusy: runner.isBusy,
    adopt: adoption.adopt,
    onDrift: ({ kind, sandboxId }) => observe({ type: 'drift', kind, sandboxId }),
    onBroken: (error) => onProblem(error, error.row.sandboxId),
    onLiving: sync.bring,
  });
  const loop = createReconcileLoop({
    ...parts,
    removeSnapshots: snapshotRemoval.start,
    repairDrift,
    closing: background.closing,
  });

  return {
    async start() {
      await loop.reconcileAll((entry) => !isLiving(entry));
      background.run(async () => {
        await adoption.adoptAll();
        background.run(loop.run, null);
      }, null);
      snapshotRemoval.start();
    },
    reconcile: runner.reconcile,
    removeSnapshots: snapshotRemoval.start,
    async close() {
      background.stop();
      stopWatching();
      await runner.close();
      await background.settled(graceMs);
      await waitAtMost(clock, graceMs, driver.close());
    },
  };
}

/** A runner that also brings a sandbox the configuration that its record demands. */
function withConfiguration(runner: OperationRunner, { bring }: ConfigurationSync): OperationRunner {
  return {
    ...runner,
    reconcile(entry) {
      runner.reconcile(entry);
      bring(entry);
    },
  };
}

/** Commits the reports of operations, and repairs the platform after a report that is too late. */
function operationEvents(
  { clock, committer, observe, onProblem }: ReconcilerOptions,
  snapshotRemoval: SnapshotRemoval,
  startRepair: (sandboxId: string, isTooLate: boolean) => void,
  { started }: ConfigurationSync,
): OperationEvents {
  return {
    async report(sandboxId, report, captured) {
      const event = { ...report, at: clock.now() } as SandboxEvent;
      const cause = 'operation' in report ? `operation ${report.operation}` : 'operation';
      const { result } = await committer.apply(sandboxId, event, { actor: 'platform', cause, captured });
      if (result.reason === 'stale') startRepair(sandboxId, true);
    },
    async released(sandboxId) {
      await committer.setReleased(sandboxId, true);
    },
    overtaken({ sandbox }, { kind }, isTooLate) {
      if (kind === 'snapshot') snapshotRemoval.removeUnlessCompleted(sandbox.snapshotId ?? '', sandbox.id);
      startRepair(sandbox.id, isTooLate);
    },
    localReady: committer.setLocalReady,
    started,
    tried(sandboxId, { id: operation, kind }, result, durationMs) {
      observe({ type: 'operation', sandboxId, operation, kind, result, durationMs });
    },
    problem: onProblem,
  };
}
