import type { Work } from '../../model/duties.ts';
import { type BackOffLimits, backOffMs } from '../../utils/back-off.ts';
import { type Clock, pause } from '../../utils/clock.ts';
import { type Captured, type Driver, DriverError } from '../driver/driver.ts';
import type { SandboxEntry } from '../store/store.ts';
import type { AttemptResult } from '../telemetry/observation.ts';
import { callDriver, type DriverReports, type ReportWithoutTime } from './call-driver.ts';

/** The events of operations. */
export interface OperationEvents extends DriverReports {
  /** A report for the machine; `captured` describes a snapshot. When it throws, the operation is retried. */
  report(sandboxId: string, report: ReportWithoutTime, captured?: Captured): Promise<void>;
  /** The platform has released a terminated sandbox. When it throws, the release is retried. */
  released(sandboxId: string): Promise<void>;
  /**
   * An operation completed although it was aborted: the platform may be ahead of the record. `isTooLate` when no later
   * operation can compensate for it.
   */
  overtaken(entry: SandboxEntry, work: Work, isTooLate: boolean): void;
  /** One attempt of an operation has ended, after `durationMs`. */
  tried(sandboxId: string, work: Work, result: AttemptResult, durationMs: number): void;
}

/** The surroundings of an operation. */
export interface OperationContext {
  readonly driver: Driver;
  readonly clock: Clock;
  /** From 0 to less than 1. Spreads the retries, so that operations that failed together do not retry together. */
  readonly random: () => number;
  readonly events: OperationEvents;
  /** Whether no later operation of a sandbox is waiting to start. */
  readonly isTooLate: (sandboxId: string) => boolean;
}

const pauses: BackOffLimits = { firstMs: 200, longestMs: 30_000 };

/** Retries an operation until it is settled or aborted. After its deadline, the timeout of the record aborts it. */
export async function runOperation(
  entry: SandboxEntry,
  work: Work,
  signal: AbortSignal,
  context: OperationContext,
): Promise<void> {
  const { clock, random, events } = context;
  for (let failures = 1; !signal.aborted; failures++) {
    try {
      return await tryOnce(entry, work, signal, context);
    } catch (error) {
      // The driver or the store, which commits the report, has failed. Both are idempotent for one operation.
      if (signal.aborted) return;
      events.problem(error, entry.sandbox.id);
      await pause(clock, backOffMs(failures, pauses, random), signal);
    }
  }
}

async function tryOnce(
  entry: SandboxEntry,
  work: Work,
  signal: AbortSignal,
  { driver, clock, events, isTooLate }: OperationContext,
): Promise<void> {
  const sandboxId = entry.sandbox.id;
  const startedAt = clock.now();
  const tried = (result: AttemptResult) => events.tried(sandboxId, work, result, clock.now() - startedAt);
  let captured: Captured | undefined;
  try {
    captured = await callDriver(driver, clock, entry, work, signal, events);
  } catch (error) {
    const isFinal = work.kind !== 'release' && error instanceof DriverError && !error.retryable;
    tried(signal.aborted ? 'void' : isFinal ? 'failed' : 'retried');
    if (signal.aborted || work.kind === 'release' || !isFinal) throw error;
    return events.report(sandboxId, {
      type: `${work.kind}.failed`,
      operation: work.id,
      reason: error.message,
    });
  }
  tried(signal.aborted ? 'void' : 'completed');
  if (signal.aborted) return events.overtaken(entry, work, isTooLate(sandboxId));
  if (work.kind === 'release') return events.released(sandboxId);
  return events.report(sandboxId, { type: `${work.kind}.completed`, operation: work.id }, captured);
}
