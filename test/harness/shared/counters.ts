/** How often each thing happened. */
export interface Counters {
  count(what: string): void;
  /** Adds another's. */
  add(other: Counters): void;
  of(what: string): number;
  /** All of them, sorted by name. */
  all(): readonly (readonly [string, number])[];
}

/** Nothing has happened yet. */
export function createCounters(): Counters {
  const counts = new Map<string, number>();
  const more = (what: string, by: number) => void counts.set(what, (counts.get(what) ?? 0) + by);
  return {
    count: (what) => more(what, 1),
    add: (other) => {
      for (const [what, by] of other.all()) more(what, by);
    },
    of: (what) => counts.get(what) ?? 0,
    all: () => [...counts].sort(([a], [b]) => (a < b ? -1 : 1)),
  };
}
