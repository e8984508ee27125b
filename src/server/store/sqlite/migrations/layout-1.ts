import type { Database } from '../database.ts';

/** The first layout: sandboxes, what happened to each, and snapshots. */
export function layout1(database: Database): void {
  database.exec(`
    CREATE TABLE sandboxes (
      id TEXT PRIMARY KEY,
      namespace TEXT NOT NULL,
      name TEXT,
      status TEXT NOT NULL,
      version INTEGER NOT NULL,
      revision INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      timeout_at INTEGER,
      unsettled INTEGER NOT NULL,
      released INTEGER NOT NULL,
      record TEXT NOT NULL,
      configuration TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE UNIQUE INDEX living_names ON sandboxes (namespace, name) WHERE name IS NOT NULL AND status <> 'terminated';
    CREATE INDEX newest ON sandboxes (namespace, created_at DESC, id DESC);
    CREATE INDEX timeouts ON sandboxes (timeout_at) WHERE timeout_at IS NOT NULL;
    CREATE INDEX unsettled_sandboxes ON sandboxes (id) WHERE unsettled = 1;

    CREATE TABLE history (
      sandbox_id TEXT NOT NULL REFERENCES sandboxes (id),
      version INTEGER NOT NULL,
      from_status TEXT,
      to_status TEXT NOT NULL,
      event TEXT NOT NULL,
      PRIMARY KEY (sandbox_id, version)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE snapshots (
      id TEXT PRIMARY KEY,
      namespace TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      in_progress INTEGER NOT NULL,
      deleted INTEGER NOT NULL DEFAULT 0,
      record TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX newest_snapshots ON snapshots (namespace, created_at DESC, id DESC) WHERE deleted = 0;
  `);
}
