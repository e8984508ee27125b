import type { SandboxEntry, SnapshotRecord } from '../../../src/server/store/store.ts';
import { must, mustEqual } from '../shared/violation.ts';

/** Checks the effect of one commit on a snapshot: it begins with its sandbox, and is settled once. */
export function checkSnapshot(
  before: SnapshotRecord | undefined,
  after: SnapshotRecord,
  entry: SandboxEntry | undefined,
  event: string | undefined,
): void {
  const of = (what: string) => `snapshot ${after.id} by ${event}: ${what}`;
  must(entry?.sandbox.id === after.sandboxId, of('it was not committed with its sandbox'));
  if (before === undefined) {
    must(after.status === 'in_progress', of('it does not begin in progress'));
    must(entry.sandbox.snapshotId === after.id, of('its sandbox does not capture it'));
    return;
  }
  must(before.status === 'in_progress', of(`it was ${before.status} already`));
  must(entry.sandbox.status !== 'snapshotting', of('it was settled during its capture'));
  const expected = event === 'snapshot.completed' ? 'completed' : 'failed';
  mustEqual(after.status, expected, of('its status'));
  must(
    (after.error !== null) === (expected === 'failed'),
    of('it does not have an error exactly when it failed'),
  );
}
