import type { Store } from '../../server/store/store.ts';
import type { SuiteCheck } from '../conformance.ts';
import type { StoreConformanceOptions } from './options.ts';

/** The store of one check. */
export interface Harness {
  /** The current store; another one after {@link Harness.reopen}. */
  readonly store: Store;
  /** Closes a persistent store and opens it again. */
  reopen(): Promise<Store>;
  /** Closes the store. */
  cleanUp(): Promise<void>;
}

/** A check of one guarantee of a store. */
export type Check = SuiteCheck<Harness, 'reopen'>;

/** Creates a harness with a new store. */
export async function createHarness({ open, reopen }: StoreConformanceOptions): Promise<Harness> {
  let store = await open();
  return {
    get store() {
      return store;
    },
    async reopen() {
      if (reopen) store = await reopen(store);
      return store;
    },
    cleanUp: async () => store.close(),
  };
}
