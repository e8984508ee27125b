/** A set of listeners. */
export interface Listeners {
  /** Adds a listener. Returns a function that removes it. */
  add(listener: () => void): () => void;
  /** Calls every listener. An exception is rethrown in a microtask and does not stop the others. */
  notify(): void;
}

/** Creates an empty set of listeners. */
export function createListeners(): Listeners {
  const listeners = new Set<() => void>();
  return {
    add(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    notify() {
      for (const listener of [...listeners]) {
        try {
          listener();
        } catch (error) {
          queueMicrotask(() => {
            throw error;
          });
        }
      }
    },
  };
}
