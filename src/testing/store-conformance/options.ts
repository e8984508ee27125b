import type { Store } from '../../server/store/store.ts';

/** Options of the suite. A check that needs a missing option is skipped, and its name says so. */
export interface StoreConformanceOptions {
  /** Opens an empty store for each check. */
  readonly open: () => Store | Promise<Store>;
  /** Closes a store and opens it again on the same data. Leave it out for a store that does not persist. */
  readonly reopen?: (store: Store) => Store | Promise<Store>;
}
