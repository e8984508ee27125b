import type { HistoryRow } from '../../../src/server/index.ts';

/** All rows of a history, indexed by sandbox and by cause. */
export interface History {
  readonly rows: readonly HistoryRow[];
  /** Appends rows. */
  add(rows: readonly HistoryRow[]): void;
  /** The rows of a sandbox, in order. */
  of(sandboxId: string): readonly HistoryRow[];
  /** The row that led to this version. */
  at(sandboxId: string, version: number): HistoryRow | undefined;
  /** The rows that one of these requests led to. */
  causedBy(requestIds: readonly string[]): readonly HistoryRow[];
}

/** Creates an empty history. */
export function createHistory(): History {
  const rows: HistoryRow[] = [];
  const bySandbox = new Map<string, HistoryRow[]>();
  const byCause = new Map<string, HistoryRow[]>();
  const of = (sandboxId: string) => bySandbox.get(sandboxId) ?? [];

  return {
    rows,
    add(more) {
      for (const row of more) {
        rows.push(row);
        append(bySandbox, row.sandboxId, row);
        append(byCause, row.cause, row);
      }
    },
    of,
    at: (sandboxId, version) => of(sandboxId).find((row) => row.version === version),
    causedBy: (requestIds) => requestIds.flatMap((requestId) => byCause.get(requestId) ?? []),
  };
}

function append(map: Map<string, HistoryRow[]>, key: string, row: HistoryRow): void {
  const rows = map.get(key);
  if (rows) rows.push(row);
  else map.set(key, [row]);
}
