import { BrokenRecordError, type SandboxEntry } from '../store.ts';
import type { Database } from './database.ts';
import { type Row, toEntry } from './rows.ts';

type Value = string | number;

/** Reads entries. Sets a broken row aside the first time that it reads it. */
export interface Reader {
  /** The entry of this id. Throws {@link BrokenRecordError}. */
  one(id: string): SandboxEntry | undefined;
  /** The entries that match this condition, in the order that `where` contains, at most `limit`. */
  some(where: string, values: readonly Value[], limit: number): SandboxEntry[];
  /** The entries that match this condition, ordered by id, after this id, at most `limit`. */
  part(where: string, afterId: string, limit: number): SandboxEntry[];
}

const columns =
  'id, namespace, name, status, version, created_at, timeout_at, unsettled, record, schema, configuration, released, revision, broken';

/** Creates a reader of the sandboxes of a database. */
export function createReader(database: Database): Reader {
  const setAside = database.prepare('UPDATE sandboxes SET broken = ? WHERE id = ? AND broken IS NULL');
  const statements = new Map<string, ReturnType<Database['prepare']>>();

  return {
    one(id) {
      const row = statement('id = ?').get(id);
      return row && readEntry(row);
    },
    some: healthy,
    part: (where, afterId, limit) => healthy(`${where} AND id > ? ORDER BY id`, [afterId], limit),
  };

  /** Reads again after it sets a row aside, so that fewer entries than `limit` always mean the end. */
  function healthy(where: string, values: readonly Value[], limit: number): SandboxEntry[] {
    for (;;) {
      const rows = statement(`broken IS NULL AND ${where} LIMIT ?`).all(...values, limit);
      const entries = rows.flatMap((row) => {
        try {
          return [readEntry(row)];
        } catch (error) {
          if (error instanceof BrokenRecordError) return [];
          throw error;
        }
      });
      if (entries.length === rows.length) return entries;
    }
  }

  function readEntry(row: Row): SandboxEntry {
    try {
      return toEntry(row);
    } catch (error) {
      if (error instanceof BrokenRecordError) setAside.run(error.row.problem, error.row.sandboxId);
      throw error;
    }
  }

  function statement(where: string): ReturnType<Database['prepare']> {
    const known = statements.get(where);
    if (known) return known;
    const made = database.prepare(`SELECT ${columns} FROM sandboxes WHERE ${where}`);
    statements.set(where, made);
    return made;
  }
}
