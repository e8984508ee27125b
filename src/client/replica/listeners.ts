/** Who is told of changes. */
export interface Listeners {
  /** Calls back after each change, until the function that it answers is called. */
  add(listener: () => void): () => void;
  tell(): void;
}

/** Nobody, as yet. */
export function createListeners(): Listeners {
  const listeners = new Set<() => void>();
  return {
    add(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    tell() {
      for (const listener of [...listeners]) {
        try {
          listener();
        } catch (error) {
          // It is reported like any other, and does not keep the client from its work.
          queueMicrotask(() => {
            throw error;
          });
        }
      }
    },
  };
}
