import type { Work } from '../../model/duties.ts';
import { type BackOffLimits, backOffMs } from '../../utils/back-off.ts';
import { type Clock, elapsedBy, pause } from '../../utils/clock.ts';
import { type Captured, type Driver, DriverError } from '../driver/driver.ts';
import type { SandboxEntry } from '../store/records.ts';
import type { AttemptResult } from '../telemetry/observation.ts';
import {
  callDriver,
  type DriverReports,
  type JobFacts,
  type OperationSignals,
  type ReportWithoutTime,
} from './call-driver.ts';
import { attemptsUntilStuck, stuckRetryMs } from './stuck-releases.ts';

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
  overtaken(sandboxId: string, isTooLate: boolean): void;
  /** The release of a terminated sandbox has failed this many times. */
  releaseFailed(sandboxId: string, attempts: number, error: unknown): void;
  /** One attempt of an operation has ended, after `durationMs`. */
  tried(sandboxId: string, work: Work, result: AttemptResult, durationMs: number): void;
}

/** The surroundings of an operation. */
export interface OperationContext {
  readonly driver: Driver;
  /** Captures a snapshot, instead of the driver's method. */
  readonly capture: Driver['snapshot'];
  readonly clock: Clock;
  /** From 0 to less than 1. Spreads the retries, so that operations that failed together do not retry together. */
  readonly random: () => number;
  readonly events: OperationEvents;
  readonly facts: JobFacts;
  /** Called when an attempt has failed and another one will follow. */
  readonly onRetry: (sandboxId: string) => void;
  /** Whether this host holds a sandbox. A host that was paused learns it from the time alone, before any signal aborts. */
  readonly holds: (sandboxId: string) => boolean;
  /** Whether no later operation of a sandbox is waiting to start. */
  readonly isTooLate: (sandboxId: string) => boolean;
}

const pauses: BackOffLimits = { firstMs: 200, longestMs: 30_000 };
const stuckPauses: BackOffLimits = { firstMs: stuckRetryMs, longestMs: stuckRetryMs };

/**
 * Retries an operation until it is settled or aborted. After its deadline, the timeout of the record aborts it. Reports nothing after the
 * host has let go of it, or while the host does not hold the sandbox.
 */
export async function runOperation(
  entry: SandboxEntry,
  work: Work,
  signals: OperationSignals,
  context: OperationContext,
): Promise<void> {
  const { clock, random, events, onRetry } = context;
  const ends = endsOf(signals);
  const isOver = () => ends.some(({ aborted }) => aborted) || !context.holds(entry.sandbox.id);
  for (let failures = 1; !isOver(); failures++) {
    try {
      return await tryOnce(entry, work, signals, context);
    } catch (error) {
      // The driver or the store, which commits the report, has failed. Both are idempotent for one operation.
      if (isOver()) return;
      onRetry(entry.sandbox.id);
      events.problem(error, entry.sandbox.id);
      const isRelease = work.kind === 'release';
      if (isRelease) events.releaseFailed(entry.sandbox.id, failures, error);
      // Nothing else ends a release, so it is attempted for ever, but rarely.
      const limits = isRelease && failures >= attemptsUntilStuck ? stuckPauses : pauses;
      await pause(clock, backOffMs(failures, limits, random), ...ends);
    }
  }
}

const endsOf = ({ signal, letGo }: OperationSignals) => (letGo ? [signal, letGo] : [signal]);

/**
 * Whether the platform is ahead of the record, as after a restore of the database. The operation then counts as completed,
 * and the next look brings the platform into the state of the record: a failed boot would end a sandbox that runs.
 */
function isBehindPlatform({ kind }: Work, { isStale }: DriverError): boolean {
  return isStale && kind !== 'snapshot';
}

async function tryOnce(
  entry: SandboxEntry,
  work: Work,
  signals: OperationSignals,
  context: OperationContext,
): Promise<void> {
  const { clock, events, holds, isTooLate } = context;
  const { signal, letGo } = signals;
  const sandboxId = entry.sandbox.id;
  const startedAt = elapsedBy(clock);
  const tried = (result: AttemptResult) =>
    events.tried(sandboxId, work, result, elapsedBy(clock) - startedAt);
  // After an abort the sandbox may be free, and a repair holds it again.
  const isLost = () => letGo?.aborted || (!signal.aborted && !holds(sandboxId));
  let captured: Captured | undefined;
  try {
    captured = await callDriver(context, entry, work, signals);
  } catch (error) {
    if (isLost()) return tried('void');
    const isFinal = work.kind !== 'release' && error instanceof DriverError && !error.retryable;
    if (signal.aborted || work.kind === 'release' || !isFinal) {
      tried(signal.aborted ? 'void' : 'retried');
      throw error;
    }
    if (!isBehindPlatform(work, error)) {
      tried('failed');
      const reason = error.message;
      return events.report(sandboxId, { type: `${work.kind}.failed`, operation: work.id, reason });
    }
    events.problem(error, sandboxId);
  }
  if (isLost()) return tried('void');
  tried(signal.aborted ? 'void' : 'completed');
  if (signal.aborted) return events.overtaken(sandboxId, isTooLate(sandboxId));
  if (work.kind === 'release') return events.released(sandboxId);
  return events.report(sandboxId, { type: `${work.kind}.completed`, operation: work.id }, captured);
}
