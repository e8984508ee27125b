/** How often each thing has happened, so that a test can check that it did. */
export interface Counters {
  count(what: string, times?: number): void;
  /** Adds the counts of others. */
  add(other: Counters): void;
  /** Adds counts whose names get this prefix. */
  addRecord(counts: Readonly<Record<string, number>>, prefix: string): void;
  of(what: string): number;
  /** All counts, sorted by name. */
  all(): readonly (readonly [string, number])[];
}

/** Creates counters at zero. */
export function createCounters(): Counters {
  const counts = new Map<string, number>();
  const count = (what: string, times = 1) => void counts.set(what, (counts.get(what) ?? 0) + times);
  return {
    count,
    add(other) {
      for (const [what, times] of other.all()) count(what, times);
    },
    addRecord(record, prefix) {
      for (const [what, times] of Object.entries(record)) count(prefix + what, times);
    },
    of: (what) => counts.get(what) ?? 0,
    all: () => [...counts].sort(([a], [b]) => (a < b ? -1 : 1)),
  };
}
