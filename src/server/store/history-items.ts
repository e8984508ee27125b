import type { HistoryQuery } from './queries.ts';
import type { HistoryItem, HistoryRow, MissingRow } from './records.ts';
import type { Store } from './store.ts';

/** Whether an item stands for a row that cannot be read. */
export function isMissing(item: HistoryItem | object): item is MissingRow {
  return 'isMissing' in item;
}

/** Reads the history of a store, with an item in the place of each row that cannot be read. */
export type ReadHistory = (query: Omit<HistoryQuery, 'evenMissing'>) => Promise<readonly HistoryItem[]>;

/** Creates the reading of a history with its missing rows. `onMissing` is called once for each damaged one, as far as memory allows. */
export function createHistoryReader(
  store: Pick<Store, 'history'>,
  onMissing: (row: MissingRow) => void = () => {},
): ReadHistory {
  const reported = new Set<number>();
  return async (query) => {
    // With this option, the rows of the store are items.
    const items: readonly HistoryItem[] = await store.history({ ...query, evenMissing: true });
    for (const item of items) {
      if (!isMissing(item) || item.isNewer || reported.has(item.sequence)) continue;
      if (reported.size >= mostReported) reported.clear();
      reported.add(item.sequence);
      onMissing(item);
    }
    return items;
  };
}

/** The most sequences that a reader remembers. */
const mostReported = 10_000;

/**
 * Answers a query of a store by `read`, which returns items. Without `evenMissing`, the rows that cannot be read are left out, and fewer
 * rows than the limit mean the end.
 */
export async function answerHistory(query: HistoryQuery, read: ReadHistory): Promise<readonly HistoryRow[]> {
  // The documented exception of this option: an item may be no row.
  if (query.evenMissing) return (await read(query)) as readonly HistoryRow[];
  const rows: HistoryRow[] = [];
  for (let { after } = query; ; ) {
    const items = await read({ ...query, after });
    for (const item of items) if (!isMissing(item)) rows.push(item);
    const last = items.at(-1);
    if (last === undefined || items.length < query.limit || rows.length >= query.limit)
      return rows.slice(0, query.limit);
    after = last.sequence;
  }
}
