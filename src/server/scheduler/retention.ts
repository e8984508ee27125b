import { elapsedBy } from '../../utils/clock.ts';
import type { Holding } from '../hosts/holding.ts';
import type { SandboxEntry } from '../store/records.ts';
import { createBatches } from './batches.ts';
import { createHistoryCuts } from './history-cuts.ts';
import { createRetentionReport } from './retention-report.ts';
import { createRetentionSteps, type RetentionParts } from './retention-steps.ts';

/** Archives and deletes what is old, as the settings of a host say. */
export interface Retention {
  /** Begins the first run. */
  start(): void;
  /** Waits with everything: the clock may be wrong. */
  hold(): void;
  /** Notes a commit, which may have made a history too long. */
  committed(entry: SandboxEntry): void;
  close(): void;
}

/** The options of {@link createRetention}. */
interface RetentionOptions extends Omit<RetentionParts, 'batches' | 'report' | 'closing'> {
  /** Notices a step of the clock, and resolves when the records are right for the present time. */
  readonly adjusted: () => Promise<void>;
  /** How long it waits after a start and a step of the clock, in ms. */
  readonly graceMs: number;
  /** Whether the database is a restored one. Then it only forgets responses and deleted snapshots. */
  readonly restored: boolean;
  /** One host at a time runs it. */
  readonly holding: Pick<Holding, 'turn'>;
}

/** The time between two runs, in ms. */
const intervalMs = 10 * 60 * 1000;

/** Creates the retention of a store. It runs at startup and then every ten minutes, in small batches. */
export function createRetention(options: RetentionOptions): Retention {
  const { store, clock, settings, graceMs, restored, observe, onProblem } = options;
  const closing = new AbortController();
  const batches = createBatches(closing.signal, onProblem);
  const report = createRetentionReport(observe);
  const parts = { ...options, batches, report, closing: closing.signal };
  const steps = createRetentionSteps(parts);
  const histories = createHistoryCuts({ ...parts, kept: restored ? null : settings.eventsPerSandbox });
  let heldUntil = Number.NEGATIVE_INFINITY;
  let cancel = () => {};

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
    await options.adjusted();
    // The instant is read right after the look at the clock: a later step has no part in it.
    const now = clock.now();
    const isHeld = elapsedBy(clock) < heldUntil;
    if (!isHeld) await steps.forget(now);
    if (!restored && !isHeld && store.retention && (await isTurn())) {
      await steps.archiveAndDelete(store.retention, now);
      await steps.deleteSnapshots(store.retention, now);
      await histories.cutAll();
      report.send();
    }
    if (closing.signal.aborted) return;
    const heldMs = heldUntil - elapsedBy(clock);
    cancel = clock.wake(heldMs > 0 ? Math.min(heldMs, intervalMs) : intervalMs, () => void run());
  }

  /** Whether this host does the work of this interval. Of several hosts on one store, one does. Does not reject. */
  async function isTurn(): Promise<boolean> {
    try {
      return await options.holding.turn('retention', intervalMs / 2);
    } catch (error) {
      if (!closing.signal.aborted) onProblem(error, null);
      return false;
    }
  }
}
