import { isUnsettled } from '../store/indexed-fields.ts';
import type { TimeoutQuery } from '../store/queries.ts';
import { readReadable } from '../store/read-readable.ts';
import type { SandboxEntry } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import type { Membership } from './membership.ts';

/** How long a timeout of another share waits for its own host, in ms. */
const othersMs = 1_500;

/**
 * A store as one of several hosts uses it: its commits name the host, its unsettled sandboxes are those that it holds, and its timeouts
 * are first those of its own share.
 */
export function hostStore(store: Store, membership: Membership): Store {
  const { name, held, alive, committed, hostFor } = membership;

  const own = (query?: TimeoutQuery): TimeoutQuery => {
    const index = alive().indexOf(name);
    return index < 0 ? { ...query } : { ...query, share: { index, of: alive().length } };
  };

  return {
    ...store,
    async commit(commit) {
      if (commit.change === undefined) return store.commit(commit);
      const host = hostFor(commit.change.after.sandbox.id);
      const result = await store.commit(host === undefined ? commit : { ...commit, host });
      committed(commit.change.after, result.holder ?? null);
      return result;
    },
    async unsettled(afterId, limit) {
      const entries: SandboxEntry[] = [];
      for (const id of held()) {
        if (entries.length === limit) break;
        const entry = id > afterId ? await readReadable(store, id) : undefined;
        if (entry && isUnsettled(entry)) entries.push(entry);
      }
      return entries;
    },
    async due(at, limit, query) {
      const mine = await store.due(at, limit, own(query));
      return mine.length > 0 ? mine : store.due(at - othersMs, limit, query);
    },
    async nextTimeoutAt(query) {
      const [mine, all] = [await store.nextTimeoutAt(own(query)), await store.nextTimeoutAt(query)];
      if (mine === null || all === null) return all === null ? null : all + othersMs;
      return Math.min(mine, all + othersMs);
    },
  };
}
