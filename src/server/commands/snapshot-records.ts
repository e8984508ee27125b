import type { SandboxEvent } from '../../model/events.ts';
import type { Sandbox } from '../../model/sandbox.ts';
import type { Captured } from '../driver/driver.ts';
import type { SandboxEntry, SnapshotRecord } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import type { SnapshotChange } from './commit-writer.ts';

/** The fields of a snapshot record that are not part of the lifecycle. */
export interface SnapshotContext {
  /** The type of a snapshot that the event starts. */
  readonly snapshotType?: SnapshotRecord['type'] | undefined;
  /** The result of a capture that the event completes. */
  readonly captured?: Captured | undefined;
}

/** The change of a snapshot record that an applied event starts or settles, if any. */
export async function snapshotChange(
  store: Pick<Store, 'getSnapshot'>,
  before: SandboxEntry,
  event: SandboxEvent,
  after: Sandbox,
  { snapshotType = 'filesystem', captured }: SnapshotContext,
): Promise<SnapshotChange | undefined> {
  if (before.sandbox.status !== 'snapshotting') {
    const begun = begunSnapshot(before, after, snapshotType);
    return begun && { before: null, after: begun };
  }
  if (after.status === 'snapshotting') return undefined;
  const snapshot = await store.getSnapshot(before.sandbox.snapshotId ?? '', { evenDeleted: true });
  return snapshot && { before: snapshot, after: settledSnapshot(snapshot, event, captured) };
}

/** The snapshot that a change starts. It is `in_progress` from the commit that makes its sandbox `snapshotting`. */
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

/** The snapshot after the event that settles it: `completed` by the driver's report, `failed` by any other event. */
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
      return 'The capture exceeded its time limit.';
    case 'crashed':
      return `The sandbox crashed during the capture: ${event.reason}`;
    case 'exited':
      return 'The program of the sandbox ended during the capture.';
    default:
      return 'The sandbox was terminated during the capture.';
  }
}
