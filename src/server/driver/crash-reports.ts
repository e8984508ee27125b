import type { Crash } from './driver.ts';

/** Who is told of crashes. */
export interface Reports {
  watch(onCrash: (crash: Crash) => void): () => void;
  /** Tells everyone who watches, or else keeps it for the first who does. */
  tell(crash: Crash): void;
  /** Drops what is kept about a sandbox: it was released, nobody needs to know any more. */
  forget(sandboxId: string): void;
  /** Nobody is told anything from now on. */
  close(): void;
}

/** Nobody watches yet, and nothing is kept. */
export function createReports(): Reports {
  const watchers = new Set<{ readonly onCrash: (crash: Crash) => void }>();
  const kept = new Map<string, Crash>();

  function tell(crash: Crash) {
    if (watchers.size === 0) kept.set(crash.sandboxId, crash);
    for (const { onCrash } of watchers) onCrash(crash);
  }

  function tellKept() {
    if (watchers.size === 0) return;
    const crashes = [...kept.values()];
    kept.clear();
    for (const crash of crashes) tell(crash);
  }

  return {
    watch(onCrash) {
      const watcher = { onCrash };
      watchers.add(watcher);
      // Not before the caller has what it needs to stop watching.
      queueMicrotask(tellKept);
      return () => void watchers.delete(watcher);
    },
    tell,
    forget: (sandboxId) => void kept.delete(sandboxId),
    close() {
      watchers.clear();
      kept.clear();
    },
  };
}
