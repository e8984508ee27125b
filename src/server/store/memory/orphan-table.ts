import type { OrphanDecision, StoreOrphans } from '../store.ts';

/** Creates an empty table of the decisions about sandboxes without a record. */
export function createOrphanTable(): StoreOrphans {
  const decisions = new Map<string, OrphanDecision>();
  return {
    get: async (sandboxId) => decisions.get(sandboxId),
    async list(afterId, limit) {
      const later = [...decisions.values()].filter(({ sandboxId }) => sandboxId > afterId);
      return later.sort((a, b) => (a.sandboxId < b.sandboxId ? -1 : 1)).slice(0, limit);
    },
    async put(decision) {
      decisions.set(decision.sandboxId, structuredClone(decision));
    },
    async forget(sandboxId) {
      decisions.delete(sandboxId);
    },
  };
}
