import { duties, type Work } from '../../model/duties.ts';
import type { Report, WithoutTime } from '../../model/events.ts';
import { type Clock, pause, waitAtMost } from '../../utils/clock.ts';
import { type Captured, type Driver, DriverError, type Job } from '../driver/driver.ts';
import type { SandboxEntry } from '../store/store.ts';
import type { OperationResult } from '../telemetry/observation.ts';
import { tryRelease } from './release.ts';

/** What a runner tells its host. */
export interface OperationRunnerEvents {
  /** A report for the machine; `captured` is what is known of a snapshot. When it throws, the operation is tried again. */
  report(sandboxId: string, report: ReportWithoutTime, captured?: Captured): Promise<void>;
  /** A terminated sandbox holds nothing any more. When it throws, the release is tried again. */
  released(sandboxId: string): Promise<void>;
  /**
   * An operation did its work although it had been called off meanwhile: the platform may be ahead of the record.
   * `tooLate` when what came in its place had begun already, and so cannot have made up for it.
   */
  overtaken(entry: SandboxEntry, work: Work, tooLate: boolean): void;
  /** A snapshot can be restored from, although its capture goes on. */
  localReady(sandboxId: string, snapshotId: string): Promise<void>;
  /** One try at an operation has ended, after so many ms. */
  tried(sandboxId: string, work: Work, result: OperationResult, durationMs: number): void;
  /** Something went wrong that will be tried again. */
  problem(error: unknown, sandboxId: string): void;
}

/** A report whose time the host has still to tell. */
type ReportWithoutTime = WithoutTime<Report>;

/** Carries out what records ask for: at most one operation of a sandbox at a time, each until it is settled or void. */
export interface OperationRunner {
  /** Makes what is under way for a sandbox what its record asks for: begins it, leaves it be, or calls it off. */
  reconcile(entry: SandboxEntry): void;
  /** Resolves when this operation of a sandbox, or whatever is under way, has been reported: at once when it is not. */
  settled(sandboxId: string, operation?: number): Promise<void>;
  /** The sandboxes for which something is under way. */
  busy(): readonly string[];
  /** Whether anything is under way for a sandbox. */
  isBusy(sandboxId: string): boolean;
  /**
   * Does something to a sandbox while nothing is under way for it: what is begun meanwhile waits, but for a release. When
   * something is under way, answers false and does nothing.
   */
  whileIdle(sandboxId: string, act: () => Promise<void>): Promise<boolean>;
  /** Calls everything off, and resolves when all has settled. */
  close(): Promise<void>;
}

interface Running {
  readonly operation: number;
  readonly controller: AbortController;
  /** False while it waits for an earlier one, which was called off, to end. */
  begun: boolean;
  done: Promise<void>;
}

/** The first pause between two tries, and the longest, in ms. */
const firstPauseMs = 200;
const longestPauseMs = 30_000;

/**
 * How long the next operation of a sandbox waits for one that was called off, and a close for all of them, in ms: a
 * driver that hangs must not keep a sandbox from being released, or a server from ending.
 */
export const graceMs = 10_000;

/**
 * A runner on a driver. What is to be done is read from the record each time, never remembered. `random`, from 0 to less
 * than 1, spreads the tries, so that what failed together does not come back together.
 */
export function createOperationRunner(
  driver: Driver,
  clock: Clock,
  random: () => number,
  events: OperationRunnerEvents,
): OperationRunner {
  /** What each record asks for now. */
  const running = new Map<string, Running>();
  /** The last that was begun for each sandbox, also when it was called off, until it has settled. */
  const last = new Map<string, Promise<void>>();
  /** What is done to a sandbox between its operations. */
  const between = new Map<string, Promise<unknown>>();
  let closed = false;

  return {
    reconcile(entry) {
      const { id } = entry.sandbox;
      const work = entry.released ? undefined : duties(entry.sandbox).operation;
      const current = running.get(id);
      if (current?.operation === work?.id) return;
      current?.controller.abort();
      running.delete(id);
      if (work && !closed) begin(entry, work);
    },
    async settled(sandboxId, operation) {
      const current = running.get(sandboxId);
      if (operation === undefined || current?.operation === operation) await current?.done;
    },
    busy: () => [...running.keys()],
    isBusy: (sandboxId) => running.has(sandboxId),
    async whileIdle(sandboxId, act) {
      if (running.has(sandboxId)) return false;
      const acted = Promise.resolve(between.get(sandboxId)).then(act);
      const over = acted.catch(() => {});
      between.set(sandboxId, over);
      try {
        await acted;
      } finally {
        if (between.get(sandboxId) === over) between.delete(sandboxId);
      }
      return true;
    },
    async close() {
      closed = true;
      for (const { controller } of running.values()) controller.abort();
      await waitAtMost(clock, graceMs, Promise.allSettled(last.values()));
      for (const id of last.keys())
        events.problem(new Error('The driver did not let go of an operation in time.'), id);
    },
  };

  function begin(entry: SandboxEntry, work: Work): void {
    const { id } = entry.sandbox;
    const controller = new AbortController();
    const before = last.get(id);
    const current: Running = { operation: work.id, controller, begun: false, done: Promise.resolve() };
    // In a turn of its own, so that the driver is called when it is on the list already, and after the caller is done.
    current.done = Promise.resolve()
      .then(() => before && waitAtMost(clock, graceMs, before))
      .then(() => (work.kind === 'release' ? undefined : between.get(id)))
      .then(() => {
        current.begun = true;
        return carryOut(entry, work, controller.signal);
      })
      .finally(() => {
        if (running.get(id) === current) running.delete(id);
        if (last.get(id) === current.done) last.delete(id);
      });
    running.set(id, current);
    last.set(id, current.done);
  }

  /** Tries until it is settled or called off. Past its deadline the timeout of the record calls it off. */
  async function carryOut(entry: SandboxEntry, work: Work, signal: AbortSignal): Promise<void> {
    for (let pauseMs = firstPauseMs; !signal.aborted; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      try {
        return await carryOutOnce(entry, work, signal);
      } catch (error) {
        // The driver, or the store that was to keep the report. Both take the same operation again.
        if (signal.aborted) return;
        events.problem(error, entry.sandbox.id);
        await pause(clock, Math.ceil(pauseMs * (1 - random() / 2)), signal);
      }
    }
  }

  async function carryOutOnce(entry: SandboxEntry, work: Work, signal: AbortSignal): Promise<void> {
    const sandboxId = entry.sandbox.id;
    const begun = clock.now();
    const tell = (result: OperationResult) => events.tried(sandboxId, work, result, clock.now() - begun);
    let captured: Captured | undefined;
    try {
      captured = await attempt(entry, work, signal);
    } catch (error) {
      const isFinal = work.kind !== 'release' && error instanceof DriverError && !error.retryable;
      tell(signal.aborted ? 'void' : isFinal ? 'failed' : 'retried');
      if (signal.aborted || work.kind === 'release' || !isFinal) throw error;
      return events.report(sandboxId, {
        type: `${work.kind}.failed`,
        operation: work.id,
        reason: error.message,
      });
    }
    tell(signal.aborted ? 'void' : 'completed');
    if (signal.aborted) return events.overtaken(entry, work, running.get(sandboxId)?.begun !== false);
    if (work.kind === 'release') return events.released(sandboxId);
    return events.report(sandboxId, { type: `${work.kind}.completed`, operation: work.id }, captured);
  }

  /** Progress that cannot be kept is no reason to stop: what comes next will be. */
  async function tellProgress(
    sandboxId: string,
    report: ReportWithoutTime,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      if (!signal.aborted) await events.report(sandboxId, report);
    } catch (error) {
      events.problem(error, sandboxId);
    }
  }

  async function attempt(
    entry: SandboxEntry,
    { id, kind, deadline }: Work,
    signal: AbortSignal,
  ): Promise<Captured | undefined> {
    const { sandbox, configuration } = entry;
    const snapshotId = sandbox.snapshotId ?? '';
    const tellLocalReady = async () => {
      if (signal.aborted) return;
      await events
        .localReady(sandbox.id, snapshotId)
        .catch((error: unknown) => events.problem(error, sandbox.id));
    };
    const release = { sandboxId: sandbox.id, operation: id, signal };
    if (kind === 'release' || deadline === null) return void (await tryRelease(driver, clock, release));
    const job: Job = { ...release, deadline, configuration };
    switch (kind) {
      case 'boot': {
        const progress = (pendingReason: NonNullable<typeof sandbox.pendingReason>) =>
          void tellProgress(sandbox.id, { type: 'boot.progressed', operation: id, pendingReason }, signal);
        await driver.boot({ ...job, snapshotId: configuration.snapshotId, progress });
        return undefined;
      }
      case 'snapshot':
        return await driver.snapshot({ ...job, snapshotId, localReady: () => void tellLocalReady() });
      default:
        await driver[kind](job);
        return undefined;
    }
  }
}
