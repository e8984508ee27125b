import type { Every } from './options.ts';
import { isThere } from './sandbox-processes.ts';
import type { ProcessTable } from './table/table.ts';
import type { TrackedProcess } from './tracked.ts';

/** Notices the ends of processes that an earlier server started, by polling. */
interface OrphanWatcher {
  watch(tracked: TrackedProcess): void;
  unwatch(tracked: TrackedProcess): void;
  /** The processes that it watches. */
  watched(): ReadonlySet<TrackedProcess>;
}

/** Settings of the polls. */
export interface OrphanWatcherContext {
  readonly table: ProcessTable;
  readonly every: Every;
  readonly watchIntervalMs: number;
}

/** Creates a watcher without processes. Its timer runs only while it watches some. Calls back for each end. */
export function createOrphanWatcher(
  { table, every, watchIntervalMs }: OrphanWatcherContext,
  onEnd: (tracked: TrackedProcess) => void,
): OrphanWatcher {
  const orphans = new Set<TrackedProcess>();
  let stopTimer: (() => void) | undefined;
  let polling = false;

  async function poll() {
    if (polling) return;
    polling = true;
    try {
      const watched = [...orphans];
      const found = await table.look(watched.map(({ processFile }) => processFile.pid));
      // An orphan may have been unwatched meanwhile.
      for (const one of watched) if (orphans.has(one) && !isThere(one.processFile, found)) onEnd(one);
    } catch {
      // A failed poll does not show that a process has exited. The next poll tries again.
    } finally {
      polling = false;
    }
  }

  return {
    watch(tracked) {
      orphans.add(tracked);
      stopTimer ??= every(watchIntervalMs, () => void poll());
    },
    unwatch(tracked) {
      orphans.delete(tracked);
      if (orphans.size > 0) return;
      stopTimer?.();
      stopTimer = undefined;
    },
    watched: () => orphans,
  };
}
