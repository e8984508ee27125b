import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  BrokenRow,
  HistoryRow,
  SandboxEntry,
  SnapshotRecord,
  Store,
} from '../../../src/server/index.ts';
import { sqliteStore } from '../../../src/server/store/sqlite/index.ts';

/** The data of a folder that no server has open. */
export interface StoredData {
  /** The rows of history after the requested sequence. */
  readonly rows: readonly HistoryRow[];
  /** Every sandbox, by id. */
  readonly entries: ReadonlyMap<string, SandboxEntry>;
  readonly snapshots: readonly SnapshotRecord[];
  readonly broken: readonly BrokenRow[];
}

/**
 * Reads a copy of the database. To open it in place would recover and remove the write-ahead log, and the next server
 * would not have to recover from it.
 */
export async function readStoredData(data: string, after: number): Promise<StoredData> {
  const folder = mkdtempSync(join(tmpdir(), 'sandbox-lifecycle-copy-'));
  try {
    for (const file of ['sandboxes.db', 'sandboxes.db-wal']) {
      if (existsSync(join(data, file))) copyFileSync(join(data, file), join(folder, file));
    }
    const store = sqliteStore(join(folder, 'sandboxes.db'));
    return await readStore(store, after).finally(() => store.close());
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Reads all that a store has. */
export async function readStore(store: Store, after: number): Promise<StoredData> {
  return {
    rows: await rowsOf(store, after),
    entries: await entriesOf(store),
    snapshots: (await store.listSnapshots({ namespace: 'default', limit: 1_000_000 })).items,
    broken: await store.broken('', 99),
  };
}

async function rowsOf(store: Store, after: number): Promise<HistoryRow[]> {
  const rows: HistoryRow[] = [];
  for (;;) {
    const part = await store.history({ after: rows.at(-1)?.sequence ?? after, limit: 1000 });
    if (part.length === 0) return rows;
    rows.push(...part);
  }
}

async function entriesOf(store: Store): Promise<Map<string, SandboxEntry>> {
  const entries = new Map<string, SandboxEntry>();
  let cursor: string | null = null;
  do {
    const query = { namespace: 'default', limit: 1000 };
    const page = await store.list(cursor === null ? query : { ...query, cursor });
    for (const entry of page.items) entries.set(entry.sandbox.id, entry);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return entries;
}
