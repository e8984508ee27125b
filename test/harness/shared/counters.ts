/** Counts of events by name, so that a test can check its coverage. */
export interface Counters {
  count(what: string, times?: number): void;
  /** Adds the counts of other counters. */
  add(other: Counters): void;
  /** Adds counts, with this prefix before their names. */
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
