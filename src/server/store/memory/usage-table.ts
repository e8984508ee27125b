import type { HistoryRow } from '../records.ts';
import type { StoreUsage } from '../store.ts';
import { continued, dayOf, type UsageRow, usageStepOf, withStep } from '../usage.ts';

/** The usage of a memory store. */
interface UsageTable {
  /** Adds a row of history. */
  add(row: Omit<HistoryRow, 'sequence'>): void;
  readonly queries: StoreUsage;
}

/** Creates an empty table. */
export function createUsageTable(): UsageTable {
  /** The rows of each namespace, by day. */
  const tables = new Map<string, UsageRow[]>();
  const isUntil = (day: number) => (row: UsageRow) => row.day <= day;

  return {
    add(historyRow) {
      const step = usageStepOf(historyRow);
      if (step === undefined) return;
      const day = dayOf(step.at);
      const rows = tables.get(historyRow.namespace) ?? [];
      const earlier = rows.filter(isUntil(day - 1));
      const later = rows.slice(earlier.length);
      if (later[0]?.day !== day) later.unshift(continued(earlier.at(-1), day));
      tables.set(historyRow.namespace, [...earlier, ...later.map((row) => withStep(row, step))]);
    },
    queries: {
      async rows(namespace, fromDay, toDay) {
        const rows = tables.get(namespace) ?? [];
        const first = rows.filter(isUntil(fromDay - 1)).length;
        return rows.filter(isUntil(toDay - 1)).slice(Math.max(0, first - 1));
      },
      namespaces: async (after, limit) =>
        [...tables.keys()]
          .filter((namespace) => namespace > after)
          .sort()
          .slice(0, limit),
    },
  };
}
