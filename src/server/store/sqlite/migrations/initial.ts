/**
 * The initial layout: facts about the database itself (its identity, its driver, its last heartbeat), sandboxes, their
 * metadata and history, snapshots, the responses under idempotency keys, the usage of each namespace, and the numbers of
 * sandboxes and snapshots and the last deleted row of each history, which triggers keep. The ranks of sandboxes are in `paging.ts`.
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
    ended_at INTEGER,
    rank INTEGER NOT NULL,
    archived_at INTEGER,
    timeout_at INTEGER,
    unsettled INTEGER NOT NULL,
    incarnation INTEGER,
    generation INTEGER NOT NULL,
    released INTEGER NOT NULL,
    restores_from TEXT,
    schema INTEGER NOT NULL,
    oldest_reader INTEGER NOT NULL,
    broken TEXT,
    record TEXT NOT NULL,
    configuration TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX living_names ON sandboxes (namespace, name) WHERE name IS NOT NULL AND status <> 'terminated';
  CREATE INDEX listed ON sandboxes (namespace, rank, created_at, id) WHERE broken IS NULL;
  CREATE INDEX listed_by_name ON sandboxes (namespace, name, rank, created_at, id) WHERE name IS NOT NULL AND broken IS NULL;
  CREATE INDEX listed_by_status ON sandboxes (namespace, status, rank, created_at, id)
    WHERE status <> 'terminated' AND broken IS NULL;
  CREATE INDEX timeouts ON sandboxes (timeout_at)
    WHERE timeout_at IS NOT NULL AND broken IS NULL AND (status <> 'suspended' OR unsettled = 1);
  CREATE INDEX discards ON sandboxes (timeout_at)
    WHERE timeout_at IS NOT NULL AND broken IS NULL AND status = 'suspended' AND unsettled = 0;
  CREATE INDEX unsettled_sandboxes ON sandboxes (id) WHERE unsettled = 1 AND broken IS NULL;
  CREATE INDEX living_sandboxes ON sandboxes (id) WHERE status NOT IN ('pending', 'terminated') AND broken IS NULL;
  CREATE INDEX broken_sandboxes ON sandboxes (id) WHERE broken IS NOT NULL;
  CREATE INDEX restoring ON sandboxes (restores_from) WHERE restores_from IS NOT NULL;
  CREATE INDEX ended_sandboxes ON sandboxes (rank, ended_at) WHERE status = 'terminated' AND released = 1 AND broken IS NULL;
  CREATE INDEX deleting_sandboxes ON sandboxes (rank, id) WHERE rank = -2;

  CREATE TABLE metadata (
    namespace TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    rank INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    sandbox_id TEXT NOT NULL REFERENCES sandboxes (id),
    PRIMARY KEY (namespace, key, value, rank, created_at, sandbox_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX metadata_of_sandbox ON metadata (sandbox_id);

  CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE policies (id INTEGER PRIMARY KEY, policy TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE history (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
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
    oldest_reader INTEGER NOT NULL,
    record TEXT NOT NULL,
    first_kept INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE UNIQUE INDEX history_of_sandbox ON history (sandbox_id, version);
  CREATE INDEX history_of_namespace ON history (namespace, sequence);

  CREATE TABLE snapshots (
    id TEXT PRIMARY KEY,
    namespace TEXT NOT NULL,
    sandbox_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    in_progress INTEGER NOT NULL,
    completed INTEGER NOT NULL,
    deleted_at INTEGER,
    garbage INTEGER NOT NULL DEFAULT 0,
    record TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX snapshots_of_namespace ON snapshots (namespace);
  CREATE INDEX newest_snapshots ON snapshots (namespace, created_at DESC, id DESC) WHERE deleted_at IS NULL;
  CREATE INDEX settled_snapshots ON snapshots (created_at, id) WHERE deleted_at IS NULL AND in_progress = 0;
  CREATE INDEX completed_snapshots ON snapshots (sandbox_id, created_at DESC, id DESC) WHERE deleted_at IS NULL AND completed = 1;
  CREATE INDEX removable_snapshots ON snapshots (id) WHERE garbage = 1 AND in_progress = 0;
  CREATE INDEX deleted_snapshots ON snapshots (deleted_at) WHERE deleted_at IS NOT NULL AND garbage = 0;

  CREATE TABLE responses (
    namespace TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    at INTEGER NOT NULL,
    result TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX responses_by_key ON responses (namespace, key);
  CREATE INDEX oldest_responses ON responses (at);

  CREATE TABLE usage (
    namespace TEXT NOT NULL,
    day INTEGER NOT NULL,
    running INTEGER NOT NULL,
    running_ms INTEGER NOT NULL,
    suspended INTEGER NOT NULL,
    suspended_ms INTEGER NOT NULL,
    PRIMARY KEY (namespace, day)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE deleted_history (namespace TEXT PRIMARY KEY, last INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TRIGGER note_deleted_history AFTER DELETE ON history BEGIN
    INSERT INTO deleted_history (namespace, last) VALUES (OLD.namespace, OLD.sequence)
      ON CONFLICT (namespace) DO UPDATE SET last = max(last, excluded.last);
  END;

  CREATE TABLE status_counts (status TEXT PRIMARY KEY, count INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TRIGGER count_new_sandbox AFTER INSERT ON sandboxes BEGIN
    INSERT INTO status_counts (status, count) VALUES (NEW.status, 1) ON CONFLICT (status) DO UPDATE SET count = count + 1;
  END;
  CREATE TRIGGER count_changed_sandbox AFTER UPDATE OF status ON sandboxes WHEN OLD.status <> NEW.status BEGIN
    UPDATE status_counts SET count = count - 1 WHERE status = OLD.status;
    INSERT INTO status_counts (status, count) VALUES (NEW.status, 1) ON CONFLICT (status) DO UPDATE SET count = count + 1;
  END;
  CREATE TRIGGER count_deleted_sandbox AFTER DELETE ON sandboxes BEGIN
    UPDATE status_counts SET count = count - 1 WHERE status = OLD.status;
  END;

  CREATE TABLE namespace_counts (
    namespace TEXT PRIMARY KEY,
    living INTEGER NOT NULL DEFAULT 0,
    snapshots INTEGER NOT NULL DEFAULT 0
  ) STRICT, WITHOUT ROWID;
  CREATE TRIGGER count_living_sandbox AFTER INSERT ON sandboxes WHEN NEW.status <> 'terminated' BEGIN
    INSERT INTO namespace_counts (namespace, living) VALUES (NEW.namespace, 1) ON CONFLICT (namespace) DO UPDATE SET living = living + 1;
  END;
  CREATE TRIGGER count_ended_sandbox AFTER UPDATE OF status ON sandboxes WHEN OLD.status <> 'terminated' AND NEW.status = 'terminated' BEGIN
    UPDATE namespace_counts SET living = living - 1 WHERE namespace = NEW.namespace;
  END;
  CREATE TRIGGER count_deleted_living_sandbox AFTER DELETE ON sandboxes WHEN OLD.status <> 'terminated' BEGIN
    UPDATE namespace_counts SET living = living - 1 WHERE namespace = OLD.namespace;
  END;
  CREATE TRIGGER count_new_snapshot AFTER INSERT ON snapshots WHEN NEW.deleted_at IS NULL BEGIN
    INSERT INTO namespace_counts (namespace, snapshots) VALUES (NEW.namespace, 1) ON CONFLICT (namespace) DO UPDATE SET snapshots = snapshots + 1;
  END;
  CREATE TRIGGER count_hidden_snapshot AFTER UPDATE OF deleted_at ON snapshots WHEN OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL BEGIN
    UPDATE namespace_counts SET snapshots = snapshots - 1 WHERE namespace = NEW.namespace;
  END;
  CREATE TRIGGER count_deleted_snapshot AFTER DELETE ON snapshots WHEN OLD.deleted_at IS NULL BEGIN
    UPDATE namespace_counts SET snapshots = snapshots - 1 WHERE namespace = OLD.namespace;
  END;
  CREATE TRIGGER forget_namespace AFTER UPDATE ON namespace_counts WHEN NEW.living = 0 AND NEW.snapshots = 0 BEGIN
    DELETE FROM namespace_counts WHERE namespace = NEW.namespace;
  END;
`;
