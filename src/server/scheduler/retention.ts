import type { RetentionSettings } from '../../schema/retention.ts';
import { type Clock, elapsedBy } from '../../utils/clock.ts';
import { nextTurn } from '../../utils/next-turn.ts';
import { singleFlight } from '../../utils/single-flight.ts';
import { itemPages } from '../store/entry-pages.ts';
import type { SandboxEntry, SnapshotRecord } from '../store/records.ts';
import type { Store } from '../store/store.ts';

/** Archives and deletes what is old, as the settings of a host say. */
export interface Retention {
  /** Begins the first run. */
  start(): void;
  /** Waits with everything but responses: the clock may be wrong. */
  hold(): void;
  /** Notes a commit, which may have made a history too long. */
  committed(entry: SandboxEntry): void;
  close(): void;
}

/** The parts of a host that retention uses. */
interface RetentionParts {
  readonly store: Pick<Store, 'forgetResponses' | 'forgetSnapshots' | 'livingStates' | 'retention'>;
  readonly clock: Clock;
  readonly settings: RetentionSettings;
  /** How long it waits after a start and a step of the clock, in ms. */
  readonly graceMs: number;
  /** Whether the database is a restored one. Then it deletes nothing but responses. */
  readonly restored: boolean;
  readonly deleteSnapshot: (namespace: string, id: string) => Promise<void>;
  readonly onProblem: (error: unknown, sandboxId: string | null) => void;
}

/** The time that the store keeps the record of a deleted snapshot, in ms. */
const deletedSnapshotMs = 24 * 60 * 60 * 1000;

/** The time between two runs, in ms. */
const intervalMs = 10 * 60 * 1000;

/** The most rows of one deletion. It takes a few ms, so that a request waits no longer for it. */
const batchSize = 100;

/** Creates the retention of a store. It runs at startup and then every ten minutes, in small batches. */
export function createRetention(parts: RetentionParts): Retention {
  const { store, clock, settings, graceMs, onProblem } = parts;
  const closing = new AbortController();
  let heldUntil = Number.NEGATIVE_INFINITY;
  let cancel = () => {};
  const batches = createBatches(closing.signal, onProblem);
  const histories = createHistoryCuts(parts, batches, closing.signal);

  return {
    start: () => void run(),
    hold() {
      heldUntil = elapsedBy(clock) + graceMs;
    },
    committed: histories.committed,
    close() {
      closing.abort();
      cancel();
    },
  };

  async function run(): Promise<void> {
    await forget();
    if (!parts.restored && elapsedBy(clock) >= heldUntil && store.retention) {
      await archiveAndDelete(store.retention);
      await deleteSnapshots(store.retention);
      await histories.cutAll();
    }
    if (closing.signal.aborted) return;
    const heldMs = heldUntil - elapsedBy(clock);
    cancel = clock.wake(heldMs > 0 ? Math.min(heldMs, intervalMs) : intervalMs, () => void run());
  }

  /** The instant (epoch ms) before which something is older than an age; null without one. */
  function before(ageSeconds: number | null): number | null {
    return ageSeconds === null ? null : clock.now() - ageSeconds * 1000;
  }

  async function forget(): Promise<void> {
    const responses = before(settings.forgetResponsesAfterSeconds);
    if (responses !== null) await batches.repeat((limit) => store.forgetResponses(responses, limit));
    const snapshots = clock.now() - deletedSnapshotMs;
    await batches.repeat((limit) => store.forgetSnapshots(snapshots, limit));
  }

  async function archiveAndDelete(retention: NonNullable<Store['retention']>): Promise<void> {
    const { archiveAfterSeconds, deleteAfterSeconds } = settings;
    // A sandbox is archived before it is deleted, whatever the settings.
    const ages = [archiveAfterSeconds, deleteAfterSeconds].filter((age) => age !== null);
    const archived = before(ages.length > 0 ? Math.min(...ages) : null);
    if (archived !== null) await batches.repeat((limit) => retention.archive(archived, limit));
    // Without an age, it continues the deletions that have begun.
    const deleted = before(deleteAfterSeconds) ?? 0;
    await batches.repeat((limit) => retention.deleteArchived(deleted, limit), 'until nothing is left');
  }

  async function deleteSnapshots(retention: NonNullable<Store['retention']>): Promise<void> {
    const { expireSnapshotsAfterSeconds, snapshotsPerSandbox: kept } = settings;
    const expired = before(expireSnapshotsAfterSeconds);
    if (expired !== null)
      await batches.repeat(async (limit) => deleteEach(await retention.expiredSnapshots(expired, limit)));
    if (kept === null) return;
    let after: string | null = '';
    await batches.repeat(async (limit) => {
      if (after === null) return 0;
      const { snapshots, lastSandboxId } = await retention.surplusSnapshots(kept, after, limit);
      await deleteEach(snapshots);
      after = lastSandboxId;
      return after === null ? 0 : limit;
    });
  }

  /** Deletes snapshots, and returns how many. One that cannot be deleted does not keep the others. */
  async function deleteEach(snapshots: readonly SnapshotRecord[]): Promise<number> {
    let deleted = 0;
    for (const { namespace, id, sandboxId } of snapshots) {
      if (closing.signal.aborted) break;
      try {
        await parts.deleteSnapshot(namespace, id);
        deleted += 1;
      } catch (error) {
        if (!closing.signal.aborted) onProblem(error, sandboxId);
      }
    }
    return deleted;
  }
}

/** Repeated small deletions. */
interface Batches {
  /** Repeats a deletion while it deletes as many as its limit, or until it deletes none. Reports an error, and ends. */
  repeat(deleteSome: (limit: number) => Promise<number>, end?: 'until nothing is left'): Promise<void>;
}

function createBatches(closing: AbortSignal, onProblem: RetentionParts['onProblem']): Batches {
  return {
    async repeat(deleteSome, end) {
      const least = end === undefined ? batchSize : 1;
      try {
        // Requests are served between two batches.
        while (!closing.aborted && (await deleteSome(batchSize)) >= least) await nextTurn();
      } catch (error) {
        if (!closing.aborted) onProblem(error, null);
      }
    },
  };
}

/** Cuts histories that are too long. */
interface HistoryCuts {
  /** Notes a commit. A history is cut when it has about a batch of rows too many. */
  committed(entry: SandboxEntry): void;
  /** Cuts the histories of all living sandboxes, also those that an earlier host has left too long. */
  cutAll(): Promise<void>;
}

function createHistoryCuts(
  { store, settings, restored, onProblem }: RetentionParts,
  batches: Batches,
  closing: AbortSignal,
): HistoryCuts {
  const kept = restored ? null : settings.eventsPerSandbox;
  const noted = new Set<string>();
  const cutNoted = singleFlight(async () => {
    const sandboxIds = [...noted];
    noted.clear();
    for (const sandboxId of sandboxIds) await cut(sandboxId);
  });

  return {
    committed({ sandbox: { id, version } }) {
      if (kept === null || version <= kept || version % batchSize !== 0) return;
      noted.add(id);
      void cutNoted();
    },
    async cutAll() {
      if (kept === null) return;
      try {
        for await (const states of itemPages(
          store.livingStates.bind(store),
          ({ sandboxId }) => sandboxId,
          closing,
        ))
          for (const { sandboxId, version } of states) if (version > kept) await cut(sandboxId);
      } catch (error) {
        if (!closing.aborted) onProblem(error, null);
      }
    },
  };

  async function cut(sandboxId: string): Promise<void> {
    const { retention } = store;
    if (retention === undefined || kept === null) return;
    await batches.repeat((limit) => retention.cutHistory(sandboxId, kept, limit));
  }
}
