import type { Found } from '../driver/driver.ts';
import { hasPassed, type Span } from './absence.ts';

/** The sandboxes on the platform that have no record. They are in memory, so after a restart their grace begins again. */
export interface Orphans {
  /** Adds a look with all orphans that it found. Every other one counts as removed. */
  add(
    look: Span,
    found: readonly string[],
  ): {
    /** The orphans that no earlier look found. */
    readonly appeared: readonly string[];
    /** Those that every look has found for the grace. */
    readonly expired: readonly string[];
  };
}

/** Creates the set of orphans. `graceMs`: how long every look must find one before it may be released. */
export function createOrphans(graceMs: number): Orphans {
  /** The end of the first look that found each orphan. */
  const since = new Map<string, number>();
  return {
    add({ startedAt, endedAt }, found) {
      const now = new Set(found);
      for (const id of since.keys()) if (!now.has(id)) since.delete(id);
      const appeared = found.filter((id) => !since.has(id));
      const expired = found.filter((id) => hasPassed(since.get(id) ?? endedAt, startedAt, graceMs));
      for (const id of appeared) since.set(id, endedAt);
      return { appeared, expired };
    },
  };
}

/** Whether a sandbox has the mark of another database, so that it is not for this host to judge. */
export function isForeign({ owner }: Pick<Found, 'owner'>, own: string | null): boolean {
  return owner != null && owner !== own;
}
