import type { SandboxEvent } from '../../model/events.ts';
import type { Sandbox } from '../../model/sandbox.ts';
import type { Captured } from '../driver/driver.ts';
import type { SandboxEntry, SnapshotRecord } from '../store/store.ts';

/** The snapshot that a step begins: it is in progress from the same commit on as its sandbox is snapshotting. */
export function begunSnapshot(
  entry: SandboxEntry,
  after: Sandbox,
  type: SnapshotRecord['type'],
): SnapshotRecord | undefined {
  const { snapshotId } = after;
  if (snapshotId === null || snapshotId === entry.sandbox.snapshotId) return undefined;
  return {
    id: snapshotId,
    namespace: entry.namespace,
    sandboxId: after.id,
    status: 'in_progress',
    type,
    error: null,
    uri: null,
    sizeBytes: null,
    resources: entry.configuration.resources,
    createdAt: after.updatedAt,
  };
}

/** The snapshot that a step settles: completed by the report that says so, failed by whatever else ends the capture. */
export function settledSnapshot(
  snapshot: SnapshotRecord,
  event: SandboxEvent,
  captured: Captured = {},
): SnapshotRecord {
  if (event.type === 'snapshot.completed') {
    return {
      ...snapshot,
      status: 'completed',
      uri: captured.uri ?? null,
      sizeBytes: captured.sizeBytes ?? null,
    };
  }
  return { ...snapshot, status: 'failed', error: failure(event) };
}

function failure(event: SandboxEvent): string {
  switch (event.type) {
    case 'snapshot.failed':
      return event.reason;
    case 'timeout':
      return 'The capture took longer than it may.';
    case 'crashed':
      return `The sandbox crashed while it was captured: ${event.reason}`;
    default:
      return 'The sandbox was terminated while it was captured.';
  }
}
