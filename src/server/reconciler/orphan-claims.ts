import { type Clock, elapsedBy } from '../../utils/clock.ts';
import type { Holding } from '../hosts/holding.ts';

/** The sandboxes without a record that this host decides about, adopts or releases. No other host does at the same time. */
export interface OrphanClaims {
  /** Claims a sandbox. Returns false when it is claimed, by this host or by another one. Rejects as the store does. */
  claim(sandboxId: string): Promise<boolean>;
  /** Whether a claim lasts long enough for another step. */
  isFresh(sandboxId: string): boolean;
  /** Ends a claim. Does not reject: when the store fails, the claim ends by itself. */
  free(sandboxId: string): Promise<void>;
}

/** How long a claim lasts when its host ends without freeing it, in ms. It is longer than any attempt of a release. */
const claimMs = 300_000;

/** The most characters of the name of a turn that come from an id. Two longer ids may share a claim, which only makes one wait. */
const mostCharacters = 500;

/** Creates the claims. They are turns of the store, because a sandbox without a record has no holder. */
export function createOrphanClaims({ turn }: Pick<Holding, 'turn'>, clock: Clock): OrphanClaims {
  /** The elapsed time at which each claim began. */
  const claimed = new Map<string, number>();
  // A platform may report any text as an id, and a store does not keep any text.
  const taskOf = (sandboxId: string) => `orphan ${JSON.stringify(sandboxId).slice(0, mostCharacters)}`;
  return {
    async claim(sandboxId) {
      if (claimed.has(sandboxId)) return false;
      claimed.set(sandboxId, elapsedBy(clock));
      let isMine = false;
      try {
        isMine = await turn(taskOf(sandboxId), claimMs);
      } finally {
        if (!isMine) claimed.delete(sandboxId);
      }
      return isMine;
    },
    isFresh(sandboxId) {
      const since = claimed.get(sandboxId);
      return since !== undefined && elapsedBy(clock) - since < claimMs / 2;
    },
    async free(sandboxId) {
      await turn(taskOf(sandboxId), 0).catch(() => {});
      claimed.delete(sandboxId);
    },
  };
}
