import type { Crash } from './driver.ts';

/** The crashes that a driver reports to those who watch it. */
export interface CrashReports {
  watch(onCrash: (crash: Crash) => void): () => void;
  /** Reports a crash to every watcher, or else keeps it for the first one to come. */
  publish(crash: Crash): void;
  /** Drops what is kept of a sandbox, because it was released. */
  forget(sandboxId: string): void;
  /** Ends all reports. */
  close(): void;
}

/** Reports without a watcher. */
export function createCrashReports(): CrashReports {
  const watchers = new Set<{ readonly onCrash: (crash: Crash) => void }>();
  const kept = new Map<string, Crash>();

  function publish(crash: Crash) {
    if (watchers.size === 0) kept.set(crash.sandboxId, crash);
    for (const { onCrash } of watchers) onCrash(crash);
  }

  function publishKept() {
    if (watchers.size === 0) return;
    const crashes = [...kept.values()];
    kept.clear();
    for (const crash of crashes) publish(crash);
  }

  return {
    watch(onCrash) {
      const watcher = { onCrash };
      watchers.add(watcher);
      // Not before the caller has what it needs to stop watching.
      queueMicrotask(publishKept);
      return () => void watchers.delete(watcher);
    },
    publish,
    forget: (sandboxId) => void kept.delete(sandboxId),
    close() {
      watchers.clear();
      kept.clear();
    },
  };
}
