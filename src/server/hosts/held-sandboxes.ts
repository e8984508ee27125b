/** The sandboxes that a host believes to hold, by its own commits and by the answers to its heartbeats. */
export interface HeldSandboxes {
  has(sandboxId: string): boolean;
  /** Ordered by id. */
  ids(): readonly string[];
  /** Notes that this host holds a sandbox. Without a revision, that of the last news stays. */
  hold(sandboxId: string, revision?: number): void;
  /** Notes that this host has freed a sandbox. */
  free(sandboxId: string): void;
  /** Forgets which record of a sandbox this host last acted on, so that the next comparison finds it changed. */
  forgetRevision(sandboxId: string): void;
  /** Forgets a sandbox that this host may have lost. */
  lose(sandboxId: string): void;
  /**
   * Compares with the answer to a heartbeat that was sent at this elapsed time. Returns the sandboxes that were lost, which it keeps, and
   * those that have changed. The commits of this host since then count for more than the answer.
   */
  compare(
    holds: ReadonlyMap<string, number>,
    sentAt: number,
  ): { readonly lost: readonly string[]; readonly changed: readonly string[] };
}

interface Held {
  /** The revision of the record that the host last acted on. */
  readonly revision: number;
  /** The elapsed time of the last news. */
  readonly notedAt: number;
}

/** Creates an empty register. `elapsed` returns the elapsed time in ms. */
export function createHeldSandboxes(elapsed: () => number): HeldSandboxes {
  const held = new Map<string, Held>();
  /** When this host last freed a sandbox. */
  const freed = new Map<string, number>();

  return {
    has: (sandboxId) => held.has(sandboxId),
    ids: () => [...held.keys()].sort(),
    hold(sandboxId, revision = held.get(sandboxId)?.revision ?? 0) {
      freed.delete(sandboxId);
      held.set(sandboxId, { revision, notedAt: elapsed() });
    },
    free(sandboxId) {
      if (held.delete(sandboxId)) freed.set(sandboxId, elapsed());
    },
    forgetRevision(sandboxId) {
      const known = held.get(sandboxId);
      if (known) held.set(sandboxId, { ...known, revision: 0 });
    },
    lose: (sandboxId) => void held.delete(sandboxId),
    compare(holds, sentAt) {
      const lost = [...held].filter(([id, { notedAt }]) => notedAt < sentAt && !holds.has(id));
      for (const [id, at] of freed) if (at < sentAt) freed.delete(id);
      const changed = [...holds].filter(
        ([id, revision]) => !freed.has(id) && held.get(id)?.revision !== revision,
      );
      for (const [id, revision] of changed)
        if ((held.get(id)?.notedAt ?? Number.NEGATIVE_INFINITY) < sentAt)
          held.set(id, { revision, notedAt: sentAt });
      return { lost: lost.map(([id]) => id), changed: changed.map(([id]) => id) };
    },
  };
}
