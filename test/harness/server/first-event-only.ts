import type { Store } from '../../../src/server/store/store.ts';

/** Keeps only the first of several events in one commit, and reports all of them as committed. */
export function firstEventOnly(store: Store): Store {
  return {
    ...store,
    async commit({ change, ...rest }) {
      const [first] = change?.earlier ?? [];
      if (change === undefined || first === undefined)
        return store.commit({ ...rest, ...(change && { change }) });
      const { before, after } = change;
      const kept = { before, after: { ...after, sandbox: first.sandbox }, history: first };
      return store.commit({ ...rest, change: kept });
    },
  };
}
