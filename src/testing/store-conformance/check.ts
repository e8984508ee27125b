import type { Store } from '../../server/store/store.ts';

/** What one check works on. */
export interface Stage {
  /** The store as it is now: another one after {@link Stage.reopen}. */
  readonly store: Store;
  /** Closes the store and opens it again, if it is one that keeps anything. */
  reopen(): Promise<Store>;
}

/** One promise of a store, and how to see whether it is kept. */
export interface Check {
  readonly name: string;
  /** The option without which it cannot be seen. */
  readonly needs?: 'reopen';
  run(stage: Stage): Promise<void>;
}
