import { BrokenRecordError } from '../errors.ts';
import { deletingRank } from '../paging.ts';
import type { SandboxEntry } from '../records.ts';
import { type Row, toEntry } from '../rows.ts';
import { recordSchema } from '../schemas.ts';
import { type Database, sourceOf } from './database.ts';

/** Reads entries. Sets a broken row aside the first time that it reads it. */
export interface Reader {
  /** The entry of this id. Throws {@link BrokenRecordError}, `NewerRecordError`. */
  one(id: string): SandboxEntry | undefined;
  /** The entries of a partial index, ordered by id, after this id, at most `limit`. */
  part(index: PartIndex, afterId: string, limit: number): SandboxEntry[];
}

/** The conditions of the partial indexes that are read in parts. A row of a newer release is left to a newer host. */
export const partConditions = {
  unsettled_sandboxes: `unsettled = 1 AND broken IS NULL AND oldest_reader <= ${recordSchema}`,
  living_sandboxes: `status NOT IN ('pending', 'terminated') AND broken IS NULL AND oldest_reader <= ${recordSchema}`,
} as const;

type PartIndex = keyof typeof partConditions;

const columns =
  'id, namespace, name, status, version, created_at, ended_at, rank, timeout_at, unsettled, incarnation, generation, restores_from, record, schema, oldest_reader, configuration, released, revision, broken';

/** Creates a reader of the sandboxes of a database. */
export function createReader(database: Database): Reader {
  const setAside = database.prepare('UPDATE sandboxes SET broken = ? WHERE id = ? AND broken IS NULL');
  const source = sourceOf(database);
  const byId = database.prepare(`SELECT ${columns} FROM sandboxes WHERE id = ? AND rank > ${deletingRank}`);
  const partOf = (index: PartIndex) =>
    database.prepare(
      `SELECT ${columns} FROM sandboxes INDEXED BY ${index} WHERE ${partConditions[index]} AND id > ? ORDER BY id LIMIT ?`,
    );
  const parts = {
    unsettled_sandboxes: partOf('unsettled_sandboxes'),
    living_sandboxes: partOf('living_sandboxes'),
  };

  return {
    one(id) {
      const row = byId.get(id);
      return row && readEntry(row);
    },
    part(index, afterId, limit) {
      // Reads again after it sets a row aside, so that fewer entries than `limit` always mean the end.
      for (;;) {
        const rows = parts[index].all(afterId, limit);
        const entries = rows.flatMap(readHealthy);
        if (entries.length === rows.length) return entries;
      }
    },
  };

  function readHealthy(row: Row): SandboxEntry[] {
    try {
      return [readEntry(row)];
    } catch (error) {
      if (error instanceof BrokenRecordError) return [];
      throw error;
    }
  }

  function readEntry(row: Row): SandboxEntry {
    try {
      return toEntry(row, source);
    } catch (error) {
      if (error instanceof BrokenRecordError) setAside.run(error.row.problem, error.row.sandboxId);
      throw error;
    }
  }
}
