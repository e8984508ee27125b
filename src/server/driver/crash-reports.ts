import type { Crash, Exit } from './driver.ts';

/** The crashes and exits that a driver reports to its watchers. */
export interface CrashReports {
  watch(onEnd: (end: Crash | Exit) => void): () => void;
  /** Reports an end to every watcher. Without a watcher, keeps it for the first one. */
  publish(end: Crash | Exit): void;
  /** Drops the kept end of a sandbox, because the sandbox was released. */
  forget(sandboxId: string): void;
  /** Stops all reports and drops the kept ends. */
  close(): void;
}

/** Creates reports without a watcher. */
export function createCrashReports(): CrashReports {
  const watchers = new Set<{ readonly onEnd: (end: Crash | Exit) => void }>();
  const kept = new Map<string, Crash | Exit>();

  function publish(end: Crash | Exit) {
    if (watchers.size === 0) kept.set(end.sandboxId, end);
    for (const { onEnd } of watchers) onEnd(end);
  }

  function publishKept() {
    if (watchers.size === 0) return;
    const ends = [...kept.values()];
    kept.clear();
    for (const end of ends) publish(end);
  }

  return {
    watch(onEnd) {
      const watcher = { onEnd };
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
