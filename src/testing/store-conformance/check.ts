import assert from 'node:assert/strict';
import type { SharedStore } from '../../server/store/shared.ts';
import type { Store } from '../../server/store/store.ts';
import type { SuiteCheck } from '../conformance.ts';
import type { StoreConformanceOptions } from './options.ts';

/** A store that several hosts share. */
export type HostStore = Store & { readonly shared: SharedStore };

/** The store of one check. */
export interface Harness {
  /** The current store; another one after {@link Harness.reopen}. */
  readonly store: Store;
  /** Closes a persistent store and opens it again. */
  reopen(): Promise<Store>;
  /** The store, and the same data opened for another host. */
  two(): Promise<readonly [HostStore, HostStore]>;
  /** Opens the same data once more. */
  another(): Promise<HostStore>;
  passTime(milliseconds: number): Promise<void>;
  /** Ends the connections of all stores. */
  cut(): Promise<void>;
  makeNewer(sandboxId: string): Promise<void>;
  /** Closes the stores. */
  cleanUp(): Promise<void>;
}

/** A check of one guarantee of a store. */
export type Check = SuiteCheck<Harness, Exclude<keyof StoreConformanceOptions, 'open'>>;

/** Creates a harness with a new store. */
export async function createHarness(options: StoreConformanceOptions): Promise<Harness> {
  const { reopen, passTime, cut, makeNewer } = options;
  let store = await options.open();
  const others: Store[] = [];

  async function another(): Promise<HostStore> {
    const opened = await (options.another?.(store) ?? store);
    others.push(opened);
    return mustBeShared(opened);
  }

  return {
    get store() {
      return store;
    },
    async reopen() {
      if (reopen) store = await reopen(store);
      return store;
    },
    two: async () => [mustBeShared(store), await another()],
    another,
    passTime: async (milliseconds) => passTime?.(store, milliseconds),
    cut: async () => cut?.(store),
    makeNewer: async (sandboxId) => makeNewer?.(store, sandboxId),
    async cleanUp() {
      for (const other of others) await other.close();
      await store.close();
    },
  };
}

function mustBeShared(store: Store): HostStore {
  assert.ok(store.shared, 'a store for several hosts must have the field shared');
  return store as HostStore;
}
