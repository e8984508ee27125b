import type { Crash } from './driver.ts';

/** The crashes that a driver reports to its watchers. */
export interface CrashReports {
  watch(onCrash: (crash: Crash) => void): () => void;
  /** Reports a crash to every watcher. Without a watcher, keeps it for the first one. */
  publish(crash: Crash): void;
  /** Drops the kept crash of a sandbox, because the sandbox was released. */
  forget(sandboxId: string): void;
  /** Stops all reports and drops the kept crashes. */
  close(): void;
}

/** Creates crash reports without a watcher. */
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
      // Deferred until the caller has the function that stops watching.
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
