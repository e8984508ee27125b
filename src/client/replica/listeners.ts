/** A set of listeners. */
export interface Listeners {
  /** Adds a listener. Returns a function that removes it, and returns false if it had removed it before. */
  add(listener: () => void): () => boolean;
  /** Calls every listener. An exception is rethrown in a microtask and does not stop the others. */
  notify(): void;
  /** Runs a function whose notifications become one, after it. */
  batch(run: () => void): void;
}

/** Creates an empty set of listeners. */
export function createListeners(): Listeners {
  const listeners = new Set<() => void>();
  let isBatch = false;
  let isChanged = false;

  function notify(): void {
    isChanged = true;
    if (isBatch) return;
    isChanged = false;
    for (const listener of [...listeners]) {
      try {
        listener();
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  return {
    add(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    notify,
    batch(run) {
      if (isBatch) {
        run();
        return;
      }
      isBatch = true;
      try {
        run();
      } finally {
        isBatch = false;
        if (isChanged) notify();
      }
    },
  };
}
