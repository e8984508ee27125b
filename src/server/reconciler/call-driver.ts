import type { Work } from '../../model/duties.ts';
import type { Report, WithoutTime } from '../../model/events.ts';
import type { Sandbox } from '../../model/sandbox.ts';
import type { Clock } from '../../utils/clock.ts';
import type { Captured, Driver, Job } from '../driver/driver.ts';
import type { SandboxEntry, SnapshotRecord } from '../store/records.ts';
import { tryRelease } from './release.ts';

/** A report to which the host adds the time. */
export type ReportWithoutTime = WithoutTime<Report>;

/** The facts in jobs that are neither in the record nor in the configuration. */
export interface JobFacts {
  /** The identity of the database; null without one. */
  readonly owner: string | null;
  /** The type of a snapshot, deleted ones included. */
  snapshotTypeOf(snapshotId: string): Promise<SnapshotRecord['type']>;
}

/** The reports of a driver during an operation. */
export interface DriverReports {
  /** A report for the machine. */
  report(sandboxId: string, report: ReportWithoutTime): Promise<void>;
  /** A snapshot can be restored although its capture is still in progress. */
  localReady(sandboxId: string, snapshotId: string): Promise<void>;
  /** A boot or a resume has completed, and what runs has this generation of the configuration. */
  started(sandboxId: string, configured: { readonly incarnation: number; readonly generation: number }): void;
  /** An error that leads to a retry. */
  problem(error: unknown, sandboxId: string): void;
}

/** The ends of an operation from outside. */
export interface OperationSignals {
  /** Aborts when the record no longer demands the operation. */
  readonly signal: AbortSignal;
  /** Aborts when another host continues the operation. Undefined on a host that has its store alone. */
  readonly letGo: AbortSignal | undefined;
}

/** Calls the driver once for an operation. Rejects as the driver does. Returns the description of a snapshot. */
export async function callDriver(
  {
    driver,
    capture,
    clock,
    facts,
    holds,
    events: reports,
  }: {
    readonly driver: Driver;
    readonly capture: Driver['snapshot'];
    readonly clock: Clock;
    readonly facts: JobFacts;
    readonly holds: (sandboxId: string) => boolean;
    readonly events: DriverReports;
  },
  { sandbox, configuration }: SandboxEntry,
  { id: operation, kind, deadline }: Work,
  { signal, letGo }: OperationSignals,
): Promise<Captured | undefined> {
  const { id: sandboxId } = sandbox;
  const snapshotId = sandbox.snapshotId ?? '';
  const release = { sandboxId, operation, signal };
  if (kind === 'release' || deadline === null) return void (await tryRelease(driver, clock, release));
  const { generation } = sandbox;
  const job: Job = { ...release, ...(letGo && { letGo }), deadline, configuration };
  switch (kind) {
    case 'boot': {
      const progress = (pendingReason: NonNullable<Sandbox['pendingReason']>) =>
        void keepGoing(() =>
          reports.report(sandboxId, { type: 'boot.progressed', operation, pendingReason }),
        );
      const from = configuration.snapshotId;
      const snapshotType = from === null ? null : await facts.snapshotTypeOf(from);
      const { owner } = facts;
      await driver.boot({ ...job, generation, snapshotId: from, snapshotType, owner, progress });
      reports.started(sandboxId, { incarnation: operation, generation });
      return undefined;
    }
    case 'snapshot': {
      const localReady = () => void keepGoing(() => reports.localReady(sandboxId, snapshotId));
      const snapshotType = await facts.snapshotTypeOf(snapshotId);
      return await capture({ ...job, snapshotId, snapshotType, localReady });
    }
    case 'resume':
      await driver.resume({ ...job, generation });
      reports.started(sandboxId, { incarnation: operation, generation });
      return undefined;
    default:
      await driver.suspend(job);
      return undefined;
  }

  /** Progress that cannot be committed does not stop the operation: a later report supersedes it. */
  async function keepGoing(commit: () => Promise<void>): Promise<void> {
    try {
      if (!signal.aborted && !letGo?.aborted && holds(sandboxId)) await commit();
    } catch (error) {
      reports.problem(error, sandboxId);
    }
  }
}
