import type { Captured } from '../driver.ts';
import { permanent } from '../failures.ts';
import type { SimulatedEffect, SimulatedJob, SimulatedSnapshot } from './platform.ts';
import {
  isDone,
  newPlatformSandbox,
  type PlatformSandbox,
  recordDone,
  requireInstance,
} from './simulated-sandbox.ts';

/** The state and the past effects of a simulated platform. */
export interface PlatformContents {
  readonly sandboxes: Map<string, PlatformSandbox>;
  readonly snapshots: Map<string, SimulatedSnapshot>;
  readonly effects: SimulatedEffect[];
}

/** Carries out an operation, once by its id. Throws a permanent `DriverError` when it cannot. */
export function carryOut(contents: PlatformContents, job: SimulatedJob): Captured | undefined {
  const { sandboxes, snapshots, effects } = contents;
  const { kind, sandboxId, operation, snapshotId, unordered = false } = job;
  const sandbox = sandboxes.get(sandboxId) ?? newPlatformSandbox();
  sandboxes.set(sandboxId, sandbox);
  // A release takes effect each time that it finds something.
  if (kind === 'release' || !isDone(sandbox, kind, operation, unordered)) {
    if (perform(sandbox, snapshots, job)) {
      recordDone(sandbox, kind, operation);
      effects.push({ kind, sandboxId, operation });
    }
  } else if (kind !== 'snapshot') requireInstance(sandbox);
  if (kind !== 'snapshot') return undefined;
  const captured = snapshots.get(snapshotId ?? '');
  if (!captured) throw permanent(`The snapshot ${snapshotId} was captured and has been deleted since.`);
  return { sizeBytes: captured.sizeBytes, uri: captured.uri };
}

/** Makes a snapshot restorable before its capture completes. Returns whether it did. */
export function prepare({ sandboxes, snapshots }: PlatformContents, job: SimulatedJob): boolean {
  const sandbox = sandboxes.get(job.sandboxId);
  if (!sandbox?.instance || !job.snapshotId || sandbox.newestOperation >= job.operation) return false;
  snapshots.set(job.snapshotId, capture(job, job.snapshotId));
  return true;
}

/** Performs an operation, even if it was carried out before. Returns whether it had an effect. */
function perform(
  sandbox: PlatformSandbox,
  snapshots: PlatformContents['snapshots'],
  job: SimulatedJob,
): boolean {
  const { kind, sandboxId, operation, snapshotId, generation = 1 } = job;
  switch (kind) {
    case 'boot':
      if (sandbox.instance && sandbox.instance.incarnation !== operation) {
        throw permanent(`Another incarnation already exists under the id ${sandboxId}.`);
      }
      if (snapshotId != null && !snapshots.has(snapshotId)) {
        throw permanent(`The snapshot ${snapshotId} does not exist or was deleted.`);
      }
      sandbox.ended = undefined;
      sandbox.instance = {
        ...{ state: 'running', incarnation: operation, generation, changedBy: operation },
        ...{ owner: job.owner ?? undefined, bootedAt: job.at ?? 0 },
      };
      return true;
    case 'snapshot':
      requireInstance(sandbox);
      if (typeof snapshotId === 'string') snapshots.set(snapshotId, capture(job, snapshotId));
      return true;
    case 'suspend':
      Object.assign(requireInstance(sandbox), { state: 'paused', changedBy: operation });
      return true;
    case 'resume':
      Object.assign(requireInstance(sandbox), {
        state: 'running',
        incarnation: operation,
        generation,
        changedBy: operation,
      });
      return true;
    case 'release': {
      const isThere = sandbox.instance !== undefined;
      sandbox.instance = undefined;
      sandbox.ended = undefined;
      // Also without an instance, so that a later boot is stale.
      sandbox.newestOperation = Math.max(sandbox.newestOperation, operation);
      return isThere;
    }
  }
}

/** Creates a snapshot. Its size is arbitrary, but the same each time. */
function capture(
  { sandboxId, operation, snapshotType }: SimulatedJob,
  snapshotId: string,
): SimulatedSnapshot {
  const uri = `simulated://snapshots/${snapshotId}`;
  const type = snapshotType ?? 'filesystem';
  return { snapshotId, sandboxId, operation, type, sizeBytes: 1_000_000 + operation, uri };
}
