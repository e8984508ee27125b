import { type Clock, elapsedBy } from '../../utils/clock.ts';
import type { Committer } from '../commands/committer.ts';
import type { Driver } from '../driver/driver.ts';
import type { Holding } from '../hosts/holding.ts';
import { isLiving, isUnsettled } from '../store/indexed-fields.ts';
import type { HistoryRow, SandboxEntry } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import type { Observation } from '../telemetry/observation.ts';
import { createAbsenceEvidence } from './absence.ts';
import type { Absences } from './absences.ts';
import { createAdoption } from './adoption.ts';
import { createBackgroundTasks } from './background-tasks.ts';
import type { JobFacts } from './call-driver.ts';
import { type ConfigurationSync, createConfigurationSync } from './configuration-sync.ts';
import { createDriftRepair } from './drift-repair.ts';
import type { OperationCounts } from './operation-counts.ts';
import { createOperationRunner, graceMs, type OperationRunner } from './operation-runner.ts';
import { createOrphanDecisions, type OrphanDecisions } from './orphan-decisions.ts';
import { checkCaptured, platformEvent } from './platform-event.ts';
import { createReconcileLoop } from './reconcile-loop.ts';
import { repair } from './repair.ts';
import { reportEnd } from './report-end.ts';
import type { OperationEvents } from './run-operation.ts';
import { createSnapshotRemoval } from './snapshot-removal.ts';
import { createStuckReleases } from './stuck-releases.ts';

/** The parts of a host that a reconciler uses. */
export interface ReconcilerOptions {
  readonly store: Store;
  readonly driver: Driver;
  readonly clock: Clock;
  readonly random: () => number;
  /** The identity of the database; null without one. */
  readonly owner: string | null;
  readonly driftIntervalSeconds: number;
  readonly absenceGraceSeconds: number;
  readonly orphanGraceSeconds: number;
  readonly orphans: 'release' | 'keep';
  /** Whether the database is a restored one: the host keeps the data of snapshots, and most releases wait. */
  readonly restored: boolean;
  readonly committer: Committer;
  readonly holding: Holding;
  /** On a store that several hosts share: how long operations may go on at a close, in ms. Else null. */
  readonly drainMs: number | null;
  /** Reads the instant of the next timeout from the store. */
  readonly expectTimeouts: () => Promise<void>;
  readonly observe: (observation: Observation) => void;
  readonly onProblem: (error: unknown, sandboxId: string | null) => void;
}

/** Makes the platform match the records: operations, reports, crashes, drift. */
export interface Reconciler {
  /**
   * Adopts the sandboxes that should exist, and starts unfinished operations again, in the background. On a store that several hosts
   * share it does neither: the sandboxes may be at work for another host, and drift finds what is wrong.
   */
  start(): Promise<void>;
  /**
   * Makes the operation in progress of a sandbox, and its configuration, the ones that its record demands. `rows` are those of the
   * commit.
   */
  reconcile(entry: SandboxEntry, rows: readonly HistoryRow[]): void;
  /** Makes the operation in progress of a sandbox the one that its record demands now. */
  look(sandboxId: string): Promise<void>;
  /** Stops the operation in progress of a sandbox, and undoes nothing. */
  letGo(sandboxId: string): void;
  /** Whether an operation of a sandbox is in progress. */
  isBusy(sandboxId: string): boolean;
  /** The generation of the configuration that the platform has, if known. */
  readonly appliedGeneration: ConfigurationSync['appliedGeneration'];
  /** Removes the snapshots with deleted or failed records from the platform, in the background. */
  removeSnapshots(): void;
  /** The absent sandboxes that wait for an operator; null when none does. */
  absences(): Absences | null;
  /** Ends the waiting sandboxes that are still absent. Returns their ids. Throws `RuleError` when not `count` wait. */
  confirmAbsences(count: number): Promise<readonly string[]>;
  readonly orphans: OrphanDecisions['list'];
  readonly decideOrphans: OrphanDecisions['decide'];
  /** As {@link OrphanDecisions.takeOver}, where `act` commits a record, which the driver then adopts. */
  readonly adoptOrphans: OrphanDecisions['takeOver'];
  /** How many operations are in flight. */
  operationCounts(): OperationCounts;
  /** How many tasks in the background are in progress, without the operations. */
  backgroundTasks(): number;
  /** Aborts all operations and waits until they have settled. */
  close(): Promise<void>;
}

/** Creates a reconciler. Before `start` it acts only on calls of `reconcile`. */
export function createReconciler(options: ReconcilerOptions): Reconciler {
  const { store, driver, clock, holding, drainMs, observe, onProblem } = options;
  const isShared = drainMs !== null;
  const background = createBackgroundTasks(clock, onProblem, options.random);
  const snapshotRemoval = createSnapshotRemoval(store, driver, background, {
    isHeld: options.restored,
    holding: isShared ? holding : undefined,
  });
  const startRepair = (sandboxId: string, isTooLate: boolean) =>
    background.run(
      async () => void (await holding.whileHeld(sandboxId, () => repair(sandboxId, isTooLate, parts))),
      sandboxId,
    );
  const sync = createConfigurationSync({ store, driver, background, holding, onProblem });
  const evidence = createAbsenceEvidence(absenceLimits(options), () => elapsedBy(clock));
  const onStarted: OperationEvents['started'] = (sandboxId, configured) => {
    evidence.started(sandboxId);
    sync.started(sandboxId, configured);
  };
  const onReleased = isShared ? snapshotRemoval.start : () => {};
  const events = operationEvents(options, startRepair, onStarted, onReleased);
  const facts: JobFacts = {
    owner: options.owner,
    snapshotTypeOf: async (id) => (await store.getSnapshot(id, { evenDeleted: true }))?.type ?? 'filesystem',
  };
  const { random } = options;
  const { capture } = snapshotRemoval;
  const { holds } = holding;
  const releases = { absenceMs: options.orphanGraceSeconds * 1000, onlyByUsers: options.restored };
  const runner = withConfiguration(
    withHolding(
      createOperationRunner({ driver, capture, clock, random, events, facts, holds, releases, drainMs }),
      holding,
    ),
    sync,
  );
  const adoption = createAdoption({ ...options, runner, background, onAdopted: evidence.started });
  const { closing } = background;
  const adopt = async (sandboxId: string) =>
    void (await holding.whileHeld(sandboxId, () => adoption.adopt(sandboxId)));
  const parts = { ...options, runner, adoption, closing, isShared };
  const stopWatching = driver.watch((end) => background.run(() => reportEnd(end, parts), end.sandboxId));
  const orphans = createOrphanDecisions({
    ...options,
    closing,
    run: (act) => background.run(act, null),
  });
  const drift = createDriftRepair({
    ...options,
    decisions: orphans,
    evidence,
    isBusy: runner.isBusy,
    adopt,
    onDrift: ({ kind, sandboxId }) => observe({ type: 'drift', kind, sandboxId }),
    onAbsences: (absences) => observe({ type: 'absences', count: absences?.count ?? 0 }),
    onUnreadable: onProblem,
    onLiving: sync.check,
  });
  const loop = createReconcileLoop({
    ...parts,
    async look(signal) {
      // One host at a time, because a look reads the whole platform.
      if (!(await holding.turn('drift', options.driftIntervalSeconds * 1000))) return;
      snapshotRemoval.start();
      await drift.look(signal);
    },
  });

  return {
    async start() {
      if (options.restored) await orphans.forgetReleases();
      if (isShared) return background.run(loop.run, null);
      await loop.reconcileAll((entry) => !isLiving(entry));
      background.run(async () => {
        await adoption.adoptAll();
        background.run(loop.run, null);
      }, null);
      snapshotRemoval.start();
    },
    reconcile(entry, rows) {
      if (rows.some(({ event }) => event.type === 'created' || event.type === 'resume')) sync.begun(entry);
      runner.reconcile(entry);
    },
    look: loop.reconcile,
    letGo: runner.letGo,
    isBusy: runner.isBusy,
    appliedGeneration: sync.appliedGeneration,
    removeSnapshots: snapshotRemoval.start,
    operationCounts: runner.counts,
    backgroundTasks: background.count,
    absences: drift.absences,
    orphans: orphans.list,
    decideOrphans: orphans.decide,
    adoptOrphans: (sandboxIds, prepare, act) =>
      orphans.takeOver(sandboxIds, prepare, async (prepared, found) => {
        await act(prepared, found);
        background.run(() => adopt(found.sandboxId), found.sandboxId);
      }),
    confirmAbsences: (count) => drift.confirmAbsences(count, closing),
    async close() {
      background.stop();
      try {
        stopWatching();
      } catch (error) {
        onProblem(error, null);
      }
      await runner.close();
      await background.settled(graceMs);
    },
  };
}

/** The limits of the evidence: an absence lasts at least an interval and a grace. */
function absenceLimits({ driftIntervalSeconds, absenceGraceSeconds }: ReconcilerOptions) {
  const youthMs = absenceGraceSeconds * 1000;
  return { leastMs: driftIntervalSeconds * 1000 + youthMs, youthMs };
}

/**
 * A runner that carries out only the work of sandboxes that this host holds. Another host continues the others, or has completed their
 * last operation, which an abort could undo.
 */
function withHolding(runner: OperationRunner, { holds }: Holding): OperationRunner {
  return {
    ...runner,
    reconcile(entry) {
      const { id, lastOperation } = entry.sandbox;
      const isOfOthers = isUnsettled(entry) || lastOperation?.result === 'completed';
      if (isOfOthers && !holds(id)) runner.letGo(id);
      else runner.reconcile(entry);
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
  startRepair: (sandboxId: string, isTooLate: boolean) => void,
  started: OperationEvents['started'],
  onReleased: () => void,
): OperationEvents {
  const stuck = createStuckReleases(observe);
  return {
    async report(sandboxId, report, returned) {
      const event = platformEvent(report, clock.now());
      const cause = 'operation' in report ? `operation ${report.operation}` : 'operation';
      const captured = returned && checkCaptured(returned, (error) => onProblem(error, sandboxId));
      const { result } = await committer.apply(sandboxId, event, { actor: 'platform', cause, captured });
      if (result.reason === 'stale') startRepair(sandboxId, true);
    },
    async released(sandboxId) {
      await committer.setReleased(sandboxId, true);
      stuck.released(sandboxId);
      onReleased();
    },
    overtaken: startRepair,
    releaseFailed: stuck.failed,
    localReady: committer.setLocalReady,
    started,
    tried(sandboxId, { id: operation, kind }, result, durationMs) {
      observe({ type: 'operation', sandboxId, operation, kind, result, durationMs });
    },
    problem: onProblem,
  };
}
