/**
 * The initial layout: sandboxes, their history, snapshots, and the responses under idempotency keys.
 *
 * Edit it in place until the first release has a tag, and write the golden files again (see CONTRIBUTING.md). The store
 * then rejects databases from before the edit. After the tag it never changes: append a migration to `migrate.ts`.
 */
export const initialLayout = `
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
    schema INTEGER NOT NULL,
    record TEXT NOT NULL,
    configuration TEXT NOT NULL,
    broken TEXT
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX living_names ON sandboxes (namespace, name) WHERE name IS NOT NULL AND status <> 'terminated';
  CREATE INDEX newest ON sandboxes (namespace, created_at DESC, id DESC);
  CREATE INDEX timeouts ON sandboxes (timeout_at) WHERE timeout_at IS NOT NULL;
  CREATE INDEX unsettled_sandboxes ON sandboxes (id) WHERE unsettled = 1;

  CREATE TABLE policies (id INTEGER PRIMARY KEY, policy TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE history (
    sequence INTEGER PRIMARY KEY,
    namespace TEXT NOT NULL,
    sandbox_id TEXT NOT NULL REFERENCES sandboxes (id),
    version INTEGER NOT NULL,
    from_status TEXT,
    to_status TEXT NOT NULL,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    cause TEXT NOT NULL,
    policy INTEGER NOT NULL REFERENCES policies (id),
    event TEXT NOT NULL,
    schema INTEGER NOT NULL,
    record TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX history_of_sandbox ON history (sandbox_id, version);
  CREATE INDEX history_of_namespace ON history (namespace, sequence);

  CREATE TABLE snapshots (
    id TEXT PRIMARY KEY,
    namespace TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    in_progress INTEGER NOT NULL,
    deleted INTEGER NOT NULL DEFAULT 0,
    garbage INTEGER NOT NULL DEFAULT 0,
    record TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX newest_snapshots ON snapshots (namespace, created_at DESC, id DESC) WHERE deleted = 0;
  CREATE INDEX garbage_snapshots ON snapshots (id) WHERE garbage = 1;

  CREATE TABLE responses (
    namespace TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    at INTEGER NOT NULL,
    result TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX responses_by_key ON responses (namespace, key);
  CREATE INDEX oldest_responses ON responses (at);
`;
