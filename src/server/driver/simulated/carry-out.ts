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

/** Everything that a simulated platform has, and had. */
export interface PlatformContents {
  readonly sandboxes: Map<string, PlatformSandbox>;
  readonly snapshots: Map<string, SimulatedSnapshot>;
  readonly effects: SimulatedEffect[];
}

/** Carries out an operation, once by its id. Throws a `DriverError` that is not retryable when it cannot be. */
export function carryOut(contents: PlatformContents, job: SimulatedJob): Captured | undefined {
  const { sandboxes, snapshots, effects } = contents;
  const { kind, sandboxId, operation, snapshotId, unordered = false } = job;
  const sandbox = sandboxes.get(sandboxId) ?? newPlatformSandbox();
  sandboxes.set(sandboxId, sandbox);
  // A release ends whatever is there, each time.
  if (kind === 'release' || !isDone(sandbox, kind, operation, unordered)) {
    if (perform(sandbox, snapshots, job)) {
      recordDone(sandbox, kind, operation);
      effects.push({ kind, sandboxId, operation });
    }
  } else if (kind !== 'snapshot') requireInstance(sandbox);
  if (kind !== 'snapshot') return undefined;
  const captured = snapshots.get(snapshotId ?? '');
  if (!captured) throw permanent(`The snapshot ${snapshotId} was captured, and deleted since.`);
  return { sizeBytes: captured.sizeBytes, uri: captured.uri };
}

/** Performs an operation, whether it was carried out before or not. Returns whether it had an effect. */
function perform(
  sandbox: PlatformSandbox,
  snapshots: PlatformContents['snapshots'],
  { kind, sandboxId, operation, snapshotId }: SimulatedJob,
): boolean {
  switch (kind) {
    case 'boot':
      if (sandbox.instance && sandbox.instance.incarnation !== operation) {
        throw permanent(`There is something else under the id ${sandboxId} already.`);
      }
      if (snapshotId != null && !snapshots.has(snapshotId)) {
        throw permanent(`The snapshot ${snapshotId} is not there (any more).`);
      }
      sandbox.instance = { state: 'running', incarnation: operation, changedBy: operation };
      return true;
    case 'snapshot':
      requireInstance(sandbox);
      if (typeof snapshotId === 'string')
        snapshots.set(snapshotId, capture(sandboxId, operation, snapshotId));
      return true;
    case 'suspend':
      Object.assign(requireInstance(sandbox), { state: 'paused', changedBy: operation });
      return true;
    case 'resume':
      Object.assign(requireInstance(sandbox), {
        state: 'running',
        incarnation: operation,
        changedBy: operation,
      });
      return true;
    case 'release': {
      const isThere = sandbox.instance !== undefined;
      sandbox.instance = undefined;
      // Also when there was nothing: a boot that comes now comes too late.
      sandbox.newestOperation = Math.max(sandbox.newestOperation, operation);
      return isThere;
    }
  }
}

/** The size is of no meaning, but is the same one each time. */
function capture(sandboxId: string, operation: number, snapshotId: string): SimulatedSnapshot {
  const uri = `simulated://snapshots/${snapshotId}`;
  return { snapshotId, sandboxId, operation, sizeBytes: 1_000_000 + operation, uri };
}
