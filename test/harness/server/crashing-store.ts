import type { Store } from '../../../src/server/index.ts';

/** A store for one host, which the test can cut off as a crash of the host does. */
export interface CrashingStore {
  readonly store: Store;
  /** From now on, calls of the host never settle and do nothing. The store itself stays open. */
  crash(): void;
}

/** Puts a store behind a handle that can be cut off. */
export function crashingStore(store: Store): CrashingStore {
  let isCrashed = false;
  const never = new Promise<never>(() => {});

  function guarded<Part extends object>(part: Part): Part {
    return new Proxy(part, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (typeof value === 'function')
          return (...values: unknown[]) => (isCrashed ? never : value.apply(target, values));
        return typeof value === 'object' && value !== null ? guarded(value) : value;
      },
    });
  }

  return {
    store: guarded(store),
    crash() {
      isCrashed = true;
    },
  };
}
