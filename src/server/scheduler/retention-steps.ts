import type { RetentionSettings } from '../../schema/retention.ts';
import type { Clock } from '../../utils/clock.ts';
import type { SnapshotRecord } from '../store/records.ts';
import type { StoreRetention } from '../store/retention.ts';
import type { Store } from '../store/store.ts';
import type { Observation } from '../telemetry/observation.ts';
import type { Batches } from './batches.ts';
import type { RetentionReport } from './retention-report.ts';

/** The parts of a host that retention uses. */
export interface RetentionParts {
  readonly store: Pick<
    Store,
    'forgetResponses' | 'forgetSnapshots' | 'livingStates' | 'retention' | 'shared'
  >;
  readonly clock: Clock;
  readonly settings: RetentionSettings;
  readonly deleteSnapshot: (namespace: string, id: string) => Promise<void>;
  readonly observe: (observation: Observation) => void;
  readonly onProblem: (error: unknown, sandboxId: string | null) => void;
  readonly batches: Batches;
  readonly report: RetentionReport;
  readonly closing: AbortSignal;
}

/** The steps of a run of retention. None rejects: each reports its errors, and the next run tries again. */
interface RetentionSteps {
  /** Deletes responses, and the records of snapshots that were deleted long ago, as of an instant (epoch ms). */
  forget(now: number): Promise<void>;
  /** Archives sandboxes that have ended, and deletes archived ones, as of an instant (epoch ms). */
  archiveAndDelete(retention: StoreRetention, now: number): Promise<void>;
  /** Deletes snapshots that have expired at an instant (epoch ms), and those above the number for each sandbox. */
  deleteSnapshots(retention: StoreRetention, now: number): Promise<void>;
}

/** The time that the store keeps the record of a deleted snapshot, in ms. */
const deletedSnapshotMs = 24 * 60 * 60 * 1000;

/** The instant (epoch ms) before which something is older than an age; null without one. */
function before(now: number, ageSeconds: number | null): number | null {
  return ageSeconds === null ? null : now - ageSeconds * 1000;
}

/** Creates the steps. */
export function createRetentionSteps(parts: RetentionParts): RetentionSteps {
  const { store, settings, batches, report, closing } = parts;

  return {
    async forget(now) {
      const responses = before(now, settings.forgetResponsesAfterSeconds);
      if (responses !== null) await batches.repeat((limit) => store.forgetResponses(responses, limit));
      const snapshots = now - deletedSnapshotMs;
      await batches.repeat((limit) => store.forgetSnapshots(snapshots, limit));
    },
    async archiveAndDelete(retention, now) {
      const { archiveAfterSeconds, deleteAfterSeconds } = settings;
      // A sandbox is archived before it is deleted, whatever the settings.
      const ages = [archiveAfterSeconds, deleteAfterSeconds].filter((age) => age !== null);
      const archived = before(now, ages.length > 0 ? Math.min(...ages) : null);
      if (archived !== null)
        report.add(
          'archivedSandboxes',
          await batches.repeat((limit) => retention.archive(archived, now, limit)),
        );
      // Without an age, it continues the deletions that have begun.
      const deleted = before(now, deleteAfterSeconds) ?? 0;
      const deleteSome = (limit: number) => retention.deleteArchived(deleted, limit);
      report.add('deletedRows', await batches.repeat(deleteSome, 'until nothing is left'));
    },
    async deleteSnapshots(retention, now) {
      const { expireSnapshotsAfterSeconds, snapshotsPerSandbox } = settings;
      const expired = before(now, expireSnapshotsAfterSeconds);
      if (expired !== null) {
        const deleteSome = async (limit: number) =>
          deleteEach(await retention.expiredSnapshots(expired, limit));
        await batches.repeat(deleteSome, 'until nothing is left');
      }
      if (snapshotsPerSandbox !== null) await deleteSurplus(retention, snapshotsPerSandbox);
    },
  };

  async function deleteSurplus(retention: StoreRetention, kept: number): Promise<void> {
    let after: string | null = '';
    await batches.repeat(async (limit) => {
      const { snapshots, lastSandboxId } = await retention.surplusSnapshots(kept, after ?? '', limit);
      await deleteEach(snapshots);
      after = lastSandboxId;
      return after === null ? 0 : limit;
    });
  }

  /** Deletes snapshots, and returns how many. One that cannot be deleted does not keep the others. */
  async function deleteEach(snapshots: readonly SnapshotRecord[]): Promise<number> {
    let deleted = 0;
    for (const { namespace, id, sandboxId } of snapshots) {
      if (closing.aborted) break;
      try {
        await parts.deleteSnapshot(namespace, id);
        deleted += 1;
      } catch (error) {
        if (!closing.aborted) parts.onProblem(error, sandboxId);
      }
    }
    report.add('deletedSnapshots', deleted);
    return deleted;
  }
}
