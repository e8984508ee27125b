import type { Store } from '../../server/store/store.ts';

/** What the suite needs. The checks for which something is left out are in it by name, and say so in their names. */
export interface StoreConformanceOptions {
  /** Called for each check: a store with nothing in it. */
  readonly open: () => Store | Promise<Store>;
  /** Closes a store and opens it again on what it kept; left out for one that forgets everything. */
  readonly reopen?: (store: Store) => Store | Promise<Store>;
}
