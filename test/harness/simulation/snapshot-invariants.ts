import type { SandboxEntry, SnapshotRecord } from '../../../src/server/store/records.ts';
import { must, mustEqual, Violation } from '../shared/violation.ts';

/** Checks the effect of one commit on a snapshot: it begins with its sandbox, and is settled once. */
export function checkSnapshot(
  before: SnapshotRecord | undefined,
  after: SnapshotRecord,
  entry: SandboxEntry | undefined,
  event: string | undefined,
): void {
  const of = (what: string) => `snapshot ${after.id} by ${event}: ${what}`;
  if (after.status === 'local_ready') {
    must(before?.status === 'in_progress', of(`it was ${before?.status}, and became local_ready`));
    return;
  }
  must(entry?.sandbox.id === after.sandboxId, of('it was not committed with its sandbox'));
  if (before === undefined) {
    must(after.status === 'in_progress', of('it does not begin in progress'));
    must(entry.sandbox.snapshotId === after.id, of('its sandbox does not capture it'));
    return;
  }
  const isSettled = before.status !== 'in_progress' && before.status !== 'local_ready';
  must(!isSettled, of(`it was ${before.status} already`));
  must(entry.sandbox.status !== 'snapshotting', of('it was settled during its capture'));
  const expected = event === 'snapshot.completed' ? 'completed' : 'failed';
  mustEqual(after.status, expected, of('its status'));
  must(
    (after.error !== null) === (expected === 'failed'),
    of('it does not have an error exactly when it failed'),
  );
}

/** The violation of a removal of the data of a snapshot, if any: a pending sandbox still restores from it. */
export function removalProblem(id: string, entries: Iterable<SandboxEntry>): Violation | undefined {
  for (const { sandbox, configuration } of entries) {
    if (sandbox.status === 'pending' && configuration.snapshotId === id)
      return new Violation(`the data of snapshot ${id} is removed while ${sandbox.id} restores from it`);
  }
  return undefined;
}

/** Checks that the snapshot that a new sandbox is restored from can be restored at the commit. */
export function checkOrigin(
  { sandbox, configuration: { snapshotId } }: SandboxEntry,
  snapshots: ReadonlyMap<string, SnapshotRecord>,
  deleted: ReadonlySet<string>,
): void {
  if (snapshotId === null) return;
  const status = snapshots.get(snapshotId)?.status ?? 'missing';
  const problem = deleted.has(snapshotId) ? 'was deleted' : `is ${status}`;
  const isRestorable = problem === 'is completed' || problem === 'is local_ready';
  must(isRestorable, `${sandbox.id} was created from snapshot ${snapshotId}, which ${problem}`);
}
