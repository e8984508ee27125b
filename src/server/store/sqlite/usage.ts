import type { HistoryRow } from '../records.ts';
import { usageColumns as columns, toUsageRow } from '../rows.ts';
import type { StoreUsage } from '../store.ts';
import { isText } from '../text.ts';
import { continued, dayMs, dayOf, type UsageRow, usageStepOf } from '../usage.ts';
import type { Database } from './database.ts';

/** Creates the function that adds a row of history to the usage of its namespace. */
export function usageWriter(database: Database): (row: Omit<HistoryRow, 'sequence'>) => void {
  const last = lastRow(database);
  const insert = database.prepare(`INSERT INTO usage (namespace, ${columns}) VALUES (?, ?, ?, ?, ?, ?)`);
  // An event may be older than the newest day of its namespace. It then counts in all later days too.
  const add = database.prepare(
    `UPDATE usage SET running = running + ?1, running_ms = running_ms + ?1 * ((day + 1) * ${dayMs} - ?3),
       suspended = suspended + ?2, suspended_ms = suspended_ms + ?2 * ((day + 1) * ${dayMs} - ?3)
     WHERE namespace = ?4 AND day >= ?5`,
  );

  return (historyRow) => {
    const step = usageStepOf(historyRow);
    if (step === undefined) return;
    const { namespace } = historyRow;
    const day = dayOf(step.at);
    const row = last(namespace, day);
    if (row?.day !== day) {
      const { running, runningMs, suspended, suspendedMs } = continued(row, day);
      insert.run(namespace, day, running, runningMs, suspended, suspendedMs);
    }
    add.run(step.running, step.suspended, step.at, namespace, day);
  };
}

/** Creates the queries of the usage. */
export function usageQueries(database: Database): { readonly usage: StoreUsage } {
  const last = lastRow(database);
  const rows = database.prepare(
    `SELECT ${columns} FROM usage WHERE namespace = ? AND day >= ? AND day < ? ORDER BY day`,
  );
  const next = database.prepare(
    'SELECT namespace FROM usage WHERE namespace > ? ORDER BY namespace, day LIMIT 1',
  );
  return {
    usage: {
      async rows(namespace, fromDay, toDay) {
        if (!isText(namespace)) return [];
        const before = last(namespace, fromDay - 1);
        return [...(before ? [before] : []), ...rows.all(namespace, fromDay, toDay).map(toUsageRow)];
      },
      async namespaces(after, limit) {
        const found: string[] = [];
        // One seek for each namespace, however many days it has.
        while (found.length < limit) {
          const row = next.get(found.at(-1) ?? after);
          if (row === undefined) break;
          found.push(String(row['namespace']));
        }
        return found;
      },
    },
  };
}

/** Creates the query of the last row of a namespace that is not later than a day. */
function lastRow(database: Database): (namespace: string, day: number) => UsageRow | undefined {
  const select = database.prepare(
    `SELECT ${columns} FROM usage WHERE namespace = ? AND day <= ? ORDER BY day DESC LIMIT 1`,
  );
  return (namespace, day) => {
    const row = select.get(namespace, day);
    return row && toUsageRow(row);
  };
}
