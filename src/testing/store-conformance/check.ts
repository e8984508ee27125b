import type { Store } from '../../server/store/store.ts';
import type { SuiteCheck } from '../conformance.ts';
import type { StoreConformanceOptions } from './options.ts';

/** The store that one check works on. */
export interface Harness {
  /** The store as it is now: another one after {@link Harness.reopen}. */
  readonly store: Store;
  /** Closes the store and opens it again, if it is one that keeps anything. */
  reopen(): Promise<Store>;
  /** Closes the store. */
  cleanUp(): Promise<void>;
}

/** One promise of a store, and how to see whether it is kept. */
export type Check = SuiteCheck<Harness, 'reopen'>;

/** A harness with a new store. */
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
