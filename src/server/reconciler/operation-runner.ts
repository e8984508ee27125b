import { duties, type Work } from '../../model/duties.ts';
import { elapsedBy, waitAtMost } from '../../utils/clock.ts';
import { createKeyedLock } from '../../utils/keyed-lock.ts';
import type { SandboxEntry } from '../store/records.ts';
import type { OperationSignals } from './call-driver.ts';
import { countOperations, type OperationCounts } from './operation-counts.ts';
import { isReleaseHeld, type ReleaseRules, waitForRelease } from './release.ts';
import { type OperationContext, runOperation } from './run-operation.ts';

/** Runs the operations of records: at most one per sandbox at a time, each until it is settled or void. */
export interface OperationRunner {
  /** Makes the operation in progress the one that the record demands: starts it, keeps it, or aborts it. */
  reconcile(entry: SandboxEntry): void;
  /** Resolves when this operation of a sandbox, or any in progress, has been reported; at once when none is in progress. */
  settled(sandboxId: string, operation?: number): Promise<void>;
  /** The sandboxes with an operation in progress. */
  busy(): readonly string[];
  isBusy(sandboxId: string): boolean;
  /** How many operations are in flight. */
  counts(): OperationCounts;
  /**
   * Runs `act` while no operation of a sandbox is in progress. Operations that start meanwhile wait for it, except a
   * release. Returns false without a call when an operation is in progress.
   */
  whileIdle(sandboxId: string, act: () => Promise<void>): Promise<boolean>;
  /** Stops the operation in progress of a sandbox without undoing it: another host continues it. */
  letGo(sandboxId: string): void;
  /**
   * Aborts all operations, and resolves when they have settled. With `drainMs` it first lets those that have begun end for so long, and
   * then lets go of them.
   */
  close(): Promise<void>;
}

interface Running {
  readonly operation: number;
  readonly controller: AbortController;
  /** Undefined on a host that has its store alone. */
  readonly letGo: AbortController | undefined;
  /** False while it waits for the end of an earlier, aborted operation. */
  hasStarted: boolean;
  /** Whether it is a release that waits for a host with other rules. */
  readonly isHeld: boolean;
  /** Whether its last attempt failed. */
  hasFailed: boolean;
  /** The elapsed time of the clock at its begin, in ms. */
  readonly begunAtMs: number;
  done: Promise<void>;
}

/**
 * The time that the next operation of a sandbox waits for an aborted one, and that a close waits for all of them, in ms. A
 * driver that hangs must not prevent the release of a sandbox or the shutdown of a server.
 */
export const graceMs = 10_000;

/** Creates a runner on a driver. It reads the operation from the record each time and stores none. */
export function createOperationRunner(
  parts: Omit<OperationContext, 'isTooLate' | 'onRetry'> & {
    readonly releases: ReleaseRules;
    /** On a store that several hosts share: how long operations may go on at a close, in ms. */
    readonly drainMs: number | null;
  },
): OperationRunner {
  const { clock, events, releases, drainMs } = parts;
  /** The operation that each record demands now. */
  const running = new Map<string, Running>();
  /** The last operation of each sandbox, aborted or not, until it has settled. */
  const unsettled = new Map<string, Promise<void>>();
  const idle = createKeyedLock();
  const isTooLate = (sandboxId: string) => running.get(sandboxId)?.hasStarted !== false;
  const onRetry = (sandboxId: string) => {
    const current = running.get(sandboxId);
    if (current) current.hasFailed = true;
  };
  const context: OperationContext = { ...parts, isTooLate, onRetry };
  let closed = false;

  return {
    reconcile(entry) {
      const { id } = entry.sandbox;
      const work = entry.released ? undefined : duties(entry.sandbox).operation;
      const current = running.get(id);
      if (current?.operation === work?.id) return;
      current?.controller.abort();
      running.delete(id);
      if (work && !closed) start(entry, work);
    },
    async settled(sandboxId, operation) {
      const current = running.get(sandboxId);
      if (operation === undefined || current?.operation === operation) await current?.done;
    },
    busy: () => [...running.keys()],
    isBusy: (sandboxId) => running.has(sandboxId),
    counts: () => countOperations(running.values(), elapsedBy(clock)),
    async whileIdle(sandboxId, act) {
      if (running.has(sandboxId)) return false;
      await idle.run(sandboxId, act);
      return true;
    },
    letGo,
    async close() {
      closed = true;
      if (drainMs !== null) return drain(drainMs);
      for (const { controller } of running.values()) controller.abort();
      await waitAtMost(clock, graceMs, Promise.allSettled(unsettled.values()));
      for (const id of unsettled.keys())
        events.problem(new Error('The driver did not end an aborted operation in time.'), id);
    },
  };

  function letGo(sandboxId: string): void {
    running.get(sandboxId)?.letGo?.abort();
    running.delete(sandboxId);
  }

  /** Lets what has begun end, and lets go of the rest. */
  async function drain(mostMs: number): Promise<void> {
    for (const [id, { hasStarted }] of running) if (!hasStarted) letGo(id);
    await waitAtMost(clock, mostMs, Promise.allSettled([...running.values()].map(({ done }) => done)));
    for (const id of running.keys()) letGo(id);
  }

  function start(entry: SandboxEntry, work: Work): void {
    const { id } = entry.sandbox;
    const controller = new AbortController();
    const letGoController = drainMs === null ? undefined : new AbortController();
    const signals = { signal: controller.signal, letGo: letGoController?.signal };
    const before = unsettled.get(id);
    const current: Running = {
      operation: work.id,
      controller,
      letGo: letGoController,
      hasStarted: false,
      isHeld: work.kind === 'release' && isReleaseHeld(entry.sandbox, releases),
      hasFailed: false,
      begunAtMs: elapsedBy(clock),
      done: Promise.resolve(),
    };
    // In a later microtask, when the operation is in both maps and the caller has returned.
    current.done = Promise.resolve()
      .then(() => before && waitAtMost(clock, graceMs, before))
      .then(() =>
        work.kind === 'release'
          ? waitForRelease(entry.sandbox, releases, clock, anyOf(signals))
          : idle.released(id),
      )
      .then(() => {
        current.hasStarted = true;
        return runOperation(entry, work, signals, context);
      })
      .finally(() => {
        if (running.get(id) === current) running.delete(id);
        if (unsettled.get(id) === current.done) unsettled.delete(id);
      });
    running.set(id, current);
    unsettled.set(id, current.done);
  }
}

const anyOf = ({ signal, letGo }: OperationSignals) => (letGo ? AbortSignal.any([signal, letGo]) : signal);
