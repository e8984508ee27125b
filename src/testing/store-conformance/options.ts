import type { Store } from '../../server/store/store.ts';

/** Options of the suite. A check that needs a missing option is skipped, and its name says so. */
export interface StoreConformanceOptions {
  /** Opens an empty store for each check. */
  readonly open: () => Store | Promise<Store>;
  /** Closes a store and opens it again on the same data. Leave it out for a store that does not persist. */
  readonly reopen?: (store: Store) => Store | Promise<Store>;
  /** Opens the data of a store once more, as another host does. The store has `shared`. */
  readonly another?: (store: Store) => Store | Promise<Store>;
  /** Lets this many ms pass by the time of the store. */
  readonly passTime?: (store: Store, milliseconds: number) => void | Promise<void>;
  /** Ends the connections of all stores to their database, as its restart does. Leave it out for a store without connections. */
  readonly cut?: (store: Store) => void | Promise<void>;
  /** Makes the record of a sandbox one of a newer release. Leave it out for a store that does not persist. */
  readonly makeNewer?: (store: Store, sandboxId: string) => void | Promise<void>;
}
